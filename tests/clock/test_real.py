"""The clock that follows the system's."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from clock import DeadlineError, RealClock, Waiter

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.asyncio


class Wall:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.now = START
        self.looked = 0

    def __call__(self) -> datetime:
        self.looked += 1
        return self.now


async def looks(wall: Wall, times: int) -> None:
    """Let the loop run until the wall has been looked at so many times more."""
    goal = wall.looked + times
    while wall.looked < goal:
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)


async def test_a_sleeper_follows_a_wall_clock_that_is_set() -> None:
    """Whoever sleeps for an hour wakes when the wall clock is put forward by one, and not before."""
    wall = Wall()
    clock = RealClock(wall, look_again=0.001)
    sleeper = clock.spawn(clock.sleep(HOUR), name="sleeps")
    await looks(wall, 4)
    assert not sleeper.done()
    wall.now = START + HOUR - timedelta(microseconds=1)
    await looks(wall, 4)
    wall.now = START
    await looks(wall, 4)
    assert not sleeper.done()
    wall.now = START + HOUR
    await clock.wait(sleeper)


async def test_a_deadline_follows_a_wall_clock_that_is_set() -> None:
    """A deadline is an instant of the wall clock, not a span of the machine's."""
    wall = Wall()
    clock = RealClock(wall, look_again=0.001)
    waiting = clock.spawn(clock.wait(clock.future(), START + HOUR), name="waits")
    await looks(wall, 4)
    wall.now = START + 2 * HOUR
    with pytest.raises(DeadlineError):
        await clock.wait(waiting)


async def test_real_time_passes_whoever_is_busy() -> None:
    """A busy block does not hold real time."""
    clock = RealClock()
    with clock.busy("request"):
        began = clock.now()
        await clock.sleep(timedelta(milliseconds=1))
        assert clock.now() - began >= timedelta(milliseconds=1)
        assert began.tzinfo is UTC


async def test_an_alarm_of_the_past_rings_soon_and_never_at_once() -> None:
    """An alarm for an instant that is past rings when the loop comes round, once; a cancelled one does not."""
    wall = Wall()
    clock = RealClock(wall)
    rung: list[str] = []
    over: Waiter[None] = clock.future()

    def ring() -> None:
        rung.append("past")
        over.set_result(None)

    clock.alarm(START - HOUR, lambda: rung.append("cancelled")).cancel()
    clock.alarm(START - HOUR, ring)
    assert rung == []
    await clock.wait(over)
    assert rung == ["past"]
