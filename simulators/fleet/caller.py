"""A device of a fleet: one object and one socket, without a task of its own."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Alarm, Clock, LinkEnd, link_key
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
    figures: Figures
    dial: "Callable[[Caller], None]"
    came_up: Callable[[], None]


class Caller(asyncio.Protocol, ABC):
    """Calls the head-end, logs in, and calls again, later and later, when the connection is lost or refused."""

    __slots__ = ("_alarm", "_end", "_means", "_pause", "_planned", "_retired", "_transport", "_up", "number")

    def __init__(self, means: Means, number: int) -> None:
        self.number = number
        self._means = means
        self._alarm: Alarm | None = None
        self._planned: datetime | None = None
        self._pause = FIRST_PAUSE
        self._transport: asyncio.Transport | None = None
        self._end: LinkEnd | None = None
        self._up = False
        self._retired = False

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
        if self._retired:
            self.hang_up()  # while the call was on its way
            return
        self.begin(self._means.clock.now())
        self._plan(self.deadline())

    def data_received(self, data: bytes) -> None:
        """Act on bytes; they count as received when all of that is done."""
        end = self._end
        try:
            self.receive(data, self._means.clock.now())
            if self._transport is not None:
                self._plan(self.deadline())
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

    def retire(self) -> None:
        """Hang up for good."""
        self._retired = True
        self._unplan()
        self.hang_up()

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
        self._unplan()
        if not self._retired:
            self._plan(self._means.clock.now() + self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _plan(self, at: datetime | None) -> None:
        """Set the timer, if it would be late by now."""
        if at is not None and (self._planned is None or at < self._planned):
            self._unplan()
            self._planned, self._alarm = at, self._means.clock.alarm(at, self._ring)

    def _unplan(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._planned = self._alarm = None

    def _ring(self) -> None:
        """Do what is due: call, or whatever the connection asks for."""
        self._planned = self._alarm = None
        if self._transport is None:
            self._means.dial(self)
            return
        self.overdue(self._means.clock.now())
        if self._transport is not None:
            self._plan(self.deadline())
