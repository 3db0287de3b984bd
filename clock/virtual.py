"""A world of one process whose time jumps to the next due instant as soon as all is quiet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from clock.errors import StalledError
from clock.stepped import Jumper, SteppedClock

T = TypeVar("T")


@asynccontextmanager
async def virtual_time(start: datetime, *, until: datetime | None = None) -> AsyncIterator[SteppedClock]:
    """Give a clock that jumps by itself while the block runs; the task inside the block counts as running.

    On leaving, the tasks still alive are cancelled. Raises `StalledError`, from where the block waits, when
    everybody waits and nothing is due, or nothing before `until`. All that is to happen must be spawned by
    the clock or be `busy`: what comes from outside is too late for a world that nobody holds.
    """
    clock = SteppedClock(start)
    stall = _Stall(clock, until)
    with clock.busy("virtual world"):
        jumper = Jumper(clock, until, stall.interrupt)
        try:
            try:
                yield clock
            finally:
                await clock.cancel(*clock.tasks())
        except asyncio.CancelledError as cancelled:
            raise stall.verdict(cancelled) from cancelled
        finally:
            jumper.stop()


def run_virtual(
    main: Callable[[SteppedClock], Coroutine[Any, Any, T]],
    start: datetime,
    *,
    until: datetime | None = None,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> T:
    """Run `main(clock)` in a virtual world and a loop of its own, and return its result; see `virtual_time`."""

    async def world() -> T:
        async with virtual_time(start, until=until) as clock:
            return await main(clock)

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(world())


class _Stall:
    """Interrupts the main task when nothing can happen any more."""

    def __init__(self, clock: SteppedClock, until: datetime | None) -> None:
        self._clock = clock
        self._main = asyncio.current_task()
        self._until = until
        self._error: StalledError | None = None

    def interrupt(self) -> bool:
        """Cancel the main task; what it does about it may take business time again."""
        waiting = ", ".join(task.get_name() for task in self._clock.tasks()) or "only the block itself"
        end = "ever" if self._until is None else f"until {self._until}"
        self._error = StalledError(f"nothing is due {end} after {self._clock.now()}; waiting: {waiting}")
        if self._main is not None:
            self._main.cancel()
        return True

    def verdict(self, cancelled: asyncio.CancelledError) -> BaseException:
        """Return what the main task was cancelled for: the stall, or whatever it was from outside."""
        if self._error is None or self._main is None:
            return cancelled
        self._main.uncancel()
        return self._error
