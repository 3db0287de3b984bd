"""A clock that stands until it is stepped."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from clock import StepError, SteppedClock

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.asyncio


async def test_a_step_wakes_what_is_due_and_nothing_else() -> None:
    """Stepping to an instant wakes its sleepers in their order; the next ones sleep on."""
    clock = SteppedClock(START)
    woken: list[str] = []

    async def sleeper(name: str, seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    for name, seconds in (("c", 2), ("a", 1), ("b", 1)):
        clock.spawn(sleeper(name, seconds), name=name)
    await clock.quiet()
    assert clock.next_due() == START + SECOND
    await clock.step_to(START + SECOND)
    assert woken == ["a", "b"]
    assert clock.now() == START + SECOND
    await clock.run_until(START + 9 * SECOND)
    assert woken == ["a", "b", "c"]
    assert clock.now() == START + 9 * SECOND


async def test_each_of_one_instant_is_run_to_its_end_before_the_next() -> None:
    """Two sleepers of one instant do not interleave, even where each waits for a thread."""
    clock = SteppedClock(START)
    steps: list[str] = []

    async def sleeper(name: str) -> None:
        await clock.sleep(1)
        for _ in range(3):
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            steps.append(name)

    for name in "ab":
        clock.spawn(sleeper(name), name=name)
    await clock.run_until(START + SECOND)
    assert steps == ["a", "a", "a", "b", "b", "b"]


async def test_time_steps_neither_back_nor_over_anybody() -> None:
    """A step to the past, or over a due instant, or while somebody is running, is refused."""
    clock = SteppedClock(START)
    task = clock.spawn(clock.sleep(1), name="the sleeper")
    with pytest.raises(StepError, match="the sleeper"):
        clock.advance(START)
    await clock.quiet()
    for to in (START - SECOND, START + 2 * SECOND):
        with pytest.raises(StepError):
            await clock.step_to(to)
    with pytest.raises(StepError, match="nothing is due"):
        clock.fire()
    await clock.run_until(START + SECOND)
    assert task.done()
    with pytest.raises(StepError, match="can't go back"):
        await clock.run_until(START)


async def test_who_counts_as_running_cannot_step() -> None:
    """A task of the clock that asks for quiet would wait for itself: it is told so."""
    clock = SteppedClock(START)
    task = clock.spawn(clock.run_until(START + SECOND), name="steps itself")
    with pytest.raises(StepError, match="steps itself"):
        await asyncio.shield(task)


async def test_a_forgotten_wait_makes_time_stand_and_is_named() -> None:
    """A task in a wait that is not the clock's holds time; after the patience its name and place are told."""
    named: list[tuple[str, ...]] = []
    forgotten = asyncio.get_running_loop().create_future()

    def held(holders: tuple[str, ...]) -> None:
        named.append(holders)
        assert clock.now() == START
        if len(named) == 2:
            forgotten.set_result(None)

    async def forgetful() -> None:
        await clock.sleep(0)
        await forgotten

    clock = SteppedClock(START, patience=0.01, on_held=held)
    clock.spawn(clock.sleep(1), name="sleeps")
    clock.spawn(forgetful(), name="forgets the clock")
    await clock.run_until(START + SECOND)
    assert named[0] == named[1]
    assert len(named[0]) == 1
    assert re.fullmatch(r"forgets the clock at .*test_stepped\.py:\d+", named[0][0])


async def test_bytes_that_nobody_processes_make_time_stand_and_are_named() -> None:
    """What was sent and never received holds time, and the connection is told."""
    named: list[tuple[str, ...]] = []

    def held(holders: tuple[str, ...]) -> None:
        named.append(holders)
        assert clock.now() == START
        there.received(3)

    clock = SteppedClock(START, patience=0.01, on_held=held)
    here, there = clock.link("a - b"), clock.link("a - b")
    here.sent(3)
    clock.spawn(clock.sleep(1), name="sleeps")
    await clock.run_until(START + SECOND)
    assert named == [("bytes under way: a - b",)]


async def test_busy_makes_a_task_from_outside_count() -> None:
    """Inside the block the task holds time, except in the clock's waits; afterwards it does not."""
    clock = SteppedClock(START)
    steps: list[str] = []

    async def request() -> None:
        with clock.busy("request"), clock.busy("again"):
            steps.append("begins")
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            assert clock.now() == START
            await clock.sleep(5)
            steps.append("ends")
            assert not clock.is_quiet()
        assert clock.is_quiet()

    task = asyncio.get_running_loop().create_task(request())
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    assert steps == ["begins"]
    await clock.run_until(START + 10 * SECOND)
    await task
    assert steps == ["begins", "ends"]


async def test_busy_outside_any_task_holds_time() -> None:
    """A callback of the loop can hold time over several calls, and its reason is named."""
    clock = SteppedClock(START)
    hold = clock.busy("upload")
    loop = asyncio.get_running_loop()
    entered, left = loop.create_future(), loop.create_future()
    loop.call_soon(lambda: entered.set_result(hold.__enter__()))
    await entered
    assert clock.holders() == ("upload",)
    with pytest.raises(StepError, match="upload"):
        clock.advance(START + SECOND)
    loop.call_soon(lambda: left.set_result(hold.__exit__(None, None, None)))
    await left
    clock.advance(START + SECOND)


async def test_a_report_tells_what_has_happened_since_the_last() -> None:
    """The version moves on with each event, the due instant is the smallest, and links are told once."""
    clock = SteppedClock(START)
    first = clock.report()
    clock.spawn(clock.sleep(3), name="sleeps")
    end = clock.link("a - b")
    end.sent(4)
    await clock.quiet()
    second = clock.report()
    assert second.version > first.version
    assert second.due == START + 3 * SECOND
    assert second.links == {"a - b": ((4, 0),)}
    assert clock.report().links == {}
    assert clock.report().version == second.version


async def test_quiet_is_told_once_and_not_before_something_new() -> None:
    """`when_quiet` calls when nobody runs, and with `after` only when something has happened since."""
    clock = SteppedClock(START)
    calls: list[int] = []
    clock.when_quiet(lambda: calls.append(1))
    await clock.quiet()
    await clock.quiet()
    assert calls == [1]
    clock.when_quiet(lambda: calls.append(2), after=clock.version)
    await clock.quiet()
    assert calls == [1]
    clock.spawn(clock.sleep(1), name="sleeps")
    await clock.quiet()
    assert calls == [1, 2]


async def test_a_cancelled_wait_for_quiet_is_forgotten() -> None:
    """Whoever stops waiting for quiet leaves nothing behind."""
    clock = SteppedClock(START)
    with clock.busy("holds"):
        waiting = asyncio.get_running_loop().create_task(clock.quiet())
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await clock.quiet()
