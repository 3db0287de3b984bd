"""The dialogue with a connection that has not said who it is: DL/T 698.45 terminal or DTU, by its first bytes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from drivers.link.connection import Connection
from drivers.link.dtu import DtuEvent, DtuStream, Registration
from drivers.link.events import DownReason, GarbageSkipped, StrangerClosed, StrangerReason
from drivers.link.line import Means
from protocols import dlt645, dlt698

Event = TypeVar("Event")

Settled = Callable[[str, StrangerReason | None], None]
"""Told that there is a stranger less of this host: why it left, None when it has said who it is."""

Terminal = Callable[[Connection, dlt698.Receiver, list[dlt698.Received]], None]
"""Takes over a connection whose first event is the frame of a 698 terminal."""

Dtu = Callable[[Connection, DtuStream, list[DtuEvent]], None]
"""Takes over a connection whose first event is the registration of a DTU."""


class Stranger:
    """Reads the first bytes both ways; whichever makes sense first decides."""

    def __init__(
        self,
        connection: Connection,
        means: Means,
        *,
        settled: Settled,
        terminal: Terminal,
        dtu: Dtu,
    ) -> None:
        self._connection = connection
        self._clock = means.clock
        self._limits = means.limits
        self._observe = means.observe
        self._settled = settled
        self._terminal = terminal
        self._dtu = dtu
        self._until = means.clock.now() + means.limits.first_frame
        self._as_terminal = dlt698.Receiver()
        self._as_dtu = DtuStream()
        self._noise_of_terminal = 0
        self._noise_of_dtu = 0
        self._received = 0
        self._over = False

    def receive(self, data: bytes) -> None:
        """Look whether it is clear by now who the peer is."""
        self._received += len(data)
        noise, frames = _until(dlt698.FrameReceived, self._as_terminal.receive(data))
        self._noise_of_terminal += noise
        if frames:
            self._settle(self._noise_of_terminal)
            self._terminal(self._connection, self._as_terminal, frames)
            return
        noise, packets = _until(Registration, self._as_dtu.receive(data))
        self._noise_of_dtu += noise
        if packets:
            self._settle(self._noise_of_dtu)
            self._dtu(self._connection, self._as_dtu, packets)
        elif self._received > self._limits.bytes_without_frame:
            self.close(StrangerReason.TOO_MANY_BYTES)

    def deadline(self) -> datetime | None:
        """Tell when patience ends."""
        return self._until

    def overdue(self) -> None:
        """Send it away, as it took too long."""
        self.close(StrangerReason.TOO_SLOW)

    def clear(self) -> None:
        """Keep what was begun: a stranger is asked nothing."""

    def ask(self, request: bytes) -> None:
        """Send nothing: only who has logged in is asked."""

    def abandon(self) -> None:
        """Do nothing: nothing was asked."""

    def ended(self, _reason: DownReason) -> None:
        """Note that it left."""
        self._leave(StrangerReason.LEFT)

    def close(self, reason: StrangerReason) -> None:
        """Send it away."""
        self._leave(reason)
        self._connection.close()

    def _settle(self, noise: int) -> None:
        self._over = True
        self._settled(self._connection.host, None)
        if noise:
            now = self._clock.now()
            self._observe(GarbageSkipped(None, self._connection.peer, noise, "before_login", now))

    def _leave(self, reason: StrangerReason) -> None:
        if not self._over:
            self._over = True
            self._settled(self._connection.host, reason)
            now = self._clock.now()
            self._observe(StrangerClosed(self._connection.peer, reason, self._received, now))


def _until(wanted: type, events: Sequence[Event]) -> tuple[int, list[Event]]:
    """Count the bytes of what comes before the first event of the wanted class; and the events from there on."""
    noise = 0
    for number, event in enumerate(events):
        if isinstance(event, wanted):
            return noise, list(events[number:])
        if isinstance(event, dlt645.Garbage | dlt698.Garbage):
            noise += len(event.data)
        elif isinstance(event, dlt645.FrameReceived):
            noise += len(event.raw)
    return noise, []
