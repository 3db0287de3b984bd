"""A device of a fleet: one object and one socket, without a task of its own."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock, LinkEnd, link_key
from simulators.fleet.agenda import Agenda
from simulators.fleet.figures import Figures
from simulators.fleet.plan import Plan

__all__ = ["Caller", "Means"]

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Means:
    """What all devices of a process share."""

    clock: Clock
    plan: Plan
    agenda: Agenda
    figures: Figures
    dial: "Callable[[Caller], None]"
    came_up: Callable[[], None]


class Caller(asyncio.Protocol):
    """Calls the head-end, logs in, and calls again, later and later, when the connection is lost or refused."""

    __slots__ = ("_end", "_means", "_pause", "_transport", "_up", "number", "planned")

    def __init__(self, means: Means, number: int) -> None:
        self.number = number
        self.planned: datetime | None = None
        self._means = means
        self._pause = FIRST_PAUSE
        self._transport: asyncio.Transport | None = None
        self._end: LinkEnd | None = None
        self._up = False

    @abstractmethod
    def begin(self, now: datetime) -> None:
        """Log in over a new connection."""

    @abstractmethod
    def receive(self, data: bytes, now: datetime) -> None:
        """Act on what has come in."""

    @abstractmethod
    def overdue(self, now: datetime) -> None:
        """Do what is due on a connection."""

    @abstractmethod
    def deadline(self) -> datetime | None:
        """Tell when something is due on a connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        self._transport = transport  # type: ignore[assignment]  # a stream protocol is given a stream transport
        self._end = self._means.clock.link(link_key(transport))
        self.begin(self._means.clock.now())
        self._means.agenda.plan(self, self.deadline())

    def data_received(self, data: bytes) -> None:
        """Act on bytes; they count as received when all of that is done."""
        end = self._end
        try:
            self.receive(data, self._means.clock.now())
            if self._transport is not None:
                self._means.agenda.plan(self, self.deadline())
        finally:
            if end is not None:
                end.received(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Call again after a pause."""
        del exc
        if self._transport is not None and not self._up:
            self._means.figures.unanswered += 1
        self._shut()
        self._later()

    def failed(self) -> None:
        """Call again after a pause, as nobody has taken the call."""
        self._means.figures.unanswered += 1
        self._later()

    def due(self, now: datetime) -> None:
        """Do what is due: call, or whatever the connection asks for."""
        if self._transport is None:
            self._means.dial(self)
            return
        self.overdue(now)
        if self._transport is not None:
            self._means.agenda.plan(self, self.deadline())

    def send(self, data: bytes) -> None:
        """Send bytes; on an ended connection they go nowhere."""
        if data and self._transport is not None and self._end is not None:
            self._end.sent(len(data))
            self._transport.write(data)

    def hang_up(self) -> None:
        """End the connection; `connection_lost` follows."""
        if self._transport is not None:
            self._transport.close()
            self._shut()

    def is_up(self) -> None:
        """Note that the login has been taken."""
        self._pause = FIRST_PAUSE
        self._up = True
        self._means.came_up()

    def _shut(self) -> None:
        figures = self._means.figures
        if self._up:
            figures.up -= 1
            figures.lost += 1
            self._up = False
        if self._end is not None:
            self._end.lost()
        self._transport = self._end = None

    def _later(self) -> None:
        self.planned = None
        self._means.agenda.plan(self, self._means.clock.now() + self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
