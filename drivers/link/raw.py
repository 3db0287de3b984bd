"""The dialogue with a line of DL/T 645 meters: of a DTU, a serial server, a serial port."""

from collections import deque
from datetime import datetime

from drivers.link.dtu import DtuEvent, DtuStream, Registration
from drivers.link.events import DownReason, GarbageSkipped, HeartbeatHeard
from drivers.link.line import Line, Login, Means
from protocols.dlt645 import FrameReceived

DTU_PREFIX = "dtu:"


class RawDialogue:
    """Frames go to the line; the registrations of a DTU are heartbeats."""

    def __init__(self, login: Login, line: Line, stream: DtuStream, means: Means) -> None:
        self._login = login
        self._line = line
        self._stream = stream
        self._pacing = line.pacing
        self._clock = means.clock
        self._limits = means.limits
        self._logins = means.logins
        self._observe = means.observe
        self._garbage = 0
        self._last_byte = means.clock.now()
        self._arrivals: deque[tuple[datetime, int]] = deque()  # of the bytes that are pending, the oldest first

    def receive(self, data: bytes) -> None:
        """Take bytes of the line."""
        self._last_byte = self._clock.now()
        self._arrivals.append((self._last_byte, len(data)))
        self.take(self._stream.receive(data))
        self._forget_arrivals(self._stream.pending)
        self._line.go_on()

    def take(self, events: list[DtuEvent]) -> None:
        """Act on what the bytes were."""
        for event in events:
            if isinstance(event, FrameReceived):
                self._garbage = 0
                self._line.hear(self._login, event)
            elif isinstance(event, Registration) and DTU_PREFIX + event.id == self._line.link:
                self._garbage = 0
                self._line.live(self._login)
                self._observe(HeartbeatHeard(self._line.link, self._login.epoch, None, self._clock.now()))
            elif isinstance(event, Registration):
                self._skip(len(event.id), "registration_of_another")
            elif not self._line.take_echo(self._login, event):
                self._skip(len(event.data), event.reason)

    def deadline(self) -> datetime | None:
        """Tell the end of a byte gap, or of the silence that a DTU is granted."""
        silent = self._logins.silent_at(self._login)
        if not self._stream.pending:
            return silent
        begun = self._arrivals[0][0] if self._arrivals else self._last_byte
        gap = min(self._last_byte + self._pacing.byte_gap, begun + self._pacing.frame)
        return gap if silent is None else min(gap, silent)

    def overdue(self) -> None:
        """Give up an unfinished frame, or the connection."""
        silent = self._logins.silent_at(self._login)
        if silent is not None and silent <= self._clock.now():
            self._line.log_out(self._login, DownReason.SILENT)
        else:
            self.clear()
            self._line.go_on()

    def clear(self) -> None:
        """Look through what was begun and not finished: on this line it can't belong to the next answer."""
        if self._stream.pending:
            self.take(self._stream.give_up())
            self._arrivals.clear()

    def ask(self, request: bytes) -> None:
        """Send the question."""
        self._login.connection.send(request)

    def abandon(self) -> None:
        """Do nothing: a question leaves in one frame."""

    def ended(self, reason: DownReason) -> None:
        """Note that the connection is gone, and why."""
        self._line.log_out(self._login, reason)
        self._logins.lost(self._login.connection)

    def _forget_arrivals(self, pending: int) -> None:
        """Keep those of the bytes that are pending."""
        if not pending:
            self._arrivals.clear()
            return
        kept = sum(count for _, count in self._arrivals)
        while self._arrivals and kept - self._arrivals[0][1] >= pending:
            kept -= self._arrivals.popleft()[1]

    def _skip(self, count: int, reason: str) -> None:
        now = self._clock.now()
        self._garbage += count
        self._observe(GarbageSkipped(self._line.link, self._login.connection.peer, count, reason, now))
        if self._garbage > self._limits.bytes_without_frame:
            self._line.log_out(self._login, DownReason.GARBAGE)
