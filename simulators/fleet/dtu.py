"""A DTU of a fleet: a registration packet now and then, and DL/T 645 meters that answer at once."""

from datetime import datetime, timedelta

from protocols import dlt645
from simulators.fleet.caller import Caller, Means
from simulators.fleet.old import answer_645

__all__ = ["FleetDtu"]

TRIAL = timedelta(seconds=1)
"""After which a DTU that has neither been asked anything nor hung up on counts as logged in: nobody answers it."""


class FleetDtu(Caller):
    """Registers, again every heartbeat, and answers the frames of its line."""

    __slots__ = ("_beat", "_last_byte", "_receiver", "_trial")

    def __init__(self, means: Means, number: int) -> None:
        super().__init__(means, number)
        self._receiver = dlt645.Receiver()
        self._beat: datetime | None = None
        self._last_byte: datetime | None = None
        self._trial: datetime | None = None

    def begin(self, now: datetime) -> None:
        """Register."""
        self._receiver.quiet()
        self._register(now)
        self._trial = now + TRIAL

    def receive(self, data: bytes, now: datetime) -> None:
        """Answer the frames of the line."""
        if self._last_byte is not None and now - self._last_byte > dlt645.BYTE_GAP:
            self._receiver.quiet()  # what was begun is no frame, and too old to be answered
        self._last_byte = now
        for event in self._receiver.receive(data):
            if isinstance(event, dlt645.FrameReceived):
                self._accepted()
                self._means.figures.frames += 1
                answer = answer_645(self._means.plan.branch(self.number), event.frame, now)
                if answer is not None:
                    self.send(dlt645.build_frame(answer))

    def overdue(self, now: datetime) -> None:
        """Register again, and see whether it has been taken."""
        if self._trial is not None and self._trial <= now:
            self._accepted()
        if self._beat is not None and self._beat <= now:
            self._means.figures.heartbeats += 1
            self._register(now)

    def deadline(self) -> datetime | None:
        """Tell when it registers again, or its trial is over."""
        return self._trial or self._beat

    def _accepted(self) -> None:
        if self._trial is not None:
            self._trial = None
            self.is_up()

    def _register(self, now: datetime) -> None:
        self.send(f"REG:{self._means.plan.identity(self.number)}\r\n".encode())
        self._beat = now + self._means.plan.dtu_heartbeat
