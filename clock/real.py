"""The real clock, the only reader of the system's."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from typing import Any

from clock.face import Alarm, Clock, Hold
from clock.links import LinkEnd
from clock.waiter import Waiter

LOOK_AGAIN = 60.0
"""Seconds after which a sleeper looks at the wall clock again, so that it follows when that is set."""


system_time: Callable[[], datetime] = partial(datetime.now, UTC)
"""Tells the system's present instant in UTC. It is asked some fifteen times for a poll: no frame of Python's own."""


class RealClock(Clock):
    """Time as the system tells it, over the event loop's timers. Nothing holds it, so nothing is counted."""

    def __init__(self, wall: Callable[[], datetime] = system_time, look_again: float = LOOK_AGAIN) -> None:
        super().__init__()
        self._wall = wall
        self._look_again = look_again

    def now(self) -> datetime:
        """Return the system's present instant."""
        return self._wall()

    def link(self, key: str) -> LinkEnd:
        """Return an end whose counts concern nobody."""
        return LinkEnd(key, None)

    def busy(self, reason: str) -> AbstractContextManager[None]:  # noqa: ARG002  # real time passes whoever is busy
        """Return a block that does nothing."""
        return nullcontext()

    async def _suspend(self, waiter: Waiter[Any] | None, until: datetime | None) -> None:
        """Suspend the present task, without looking who it is."""
        if until is not None and until <= self.now():
            await asyncio.sleep(0)
            return
        parking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        wake = partial(_end, parking)
        alarm = self._listen(wake, waiter, until)
        try:
            await parking
        finally:
            self._listen_no_more(wake, waiter, alarm)

    def _alarm(self, at: datetime, ring: Callable[[], None]) -> Alarm:
        return _WallAlarm(self._wall, self._look_again, at, ring)

    def _hold(self, holder: asyncio.Task[object] | Hold) -> None:
        """Nobody holds real time."""

    def _release(self, holder: asyncio.Task[object] | Hold) -> None:
        """Nobody holds real time."""


def _end(parking: "asyncio.Future[None]") -> None:
    if not parking.done():
        parking.set_result(None)


class _WallAlarm:
    """A timer of the loop that is set again until the wall clock has reached its instant."""

    __slots__ = ("_at", "_look_again", "_ring", "_timer", "_wall")

    def __init__(self, wall: Callable[[], datetime], look_again: float, at: datetime, ring: Callable[[], None]) -> None:
        self._wall = wall
        self._look_again = look_again
        self._at = at
        self._ring = ring
        self._set((at - wall()).total_seconds())

    def cancel(self) -> None:
        self._timer.cancel()

    def _set(self, left: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(0.0, min(left, self._look_again)), self._look)

    def _look(self) -> None:
        left = (self._at - self._wall()).total_seconds()
        if left <= 0:
            self._ring()
        else:
            self._set(left)
