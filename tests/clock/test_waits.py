"""What lets time pass for one task, and what does not."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import (
    Clock,
    DeadlineError,
    ForeignTaskError,
    InstantError,
    RealClock,
    SettledError,
    SteppedClock,
    Waiter,
    run_virtual,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Main = Callable[[Clock], Coroutine[Any, Any, None]]


def on_virtual_time(main: Main) -> None:
    """Run a scenario on time that jumps."""
    run_virtual(main, START)


def on_real_time(main: Main) -> None:
    """Run a scenario on the system's time."""
    with asyncio.Runner() as runner:
        runner.run(main(RealClock()))


both = pytest.mark.parametrize("run", [on_virtual_time, on_real_time])


async def fail(clock: Clock, error: Exception, after: float = 0) -> NoReturn:
    """Raise `error` after a while."""
    await clock.sleep(after)
    raise error


@both
def test_a_value_reaches_everybody_who_waits_for_it(run: Callable[[Main], None]) -> None:
    """Each task that waits for a value gets it, and so does one that comes later."""

    async def main(clock: Clock) -> None:
        coming: Waiter[int] = clock.future()
        tasks = [clock.spawn(clock.wait(coming), name="waits") for _ in range(3)]
        await clock.sleep(0)
        coming.set_result(7)
        assert [await clock.wait(task) for task in tasks] == [7, 7, 7]
        assert await clock.wait(coming) == 7
        assert clock.tasks() == ()

    run(main)


@both
def test_an_error_reaches_everybody_who_waits_for_it(run: Callable[[Main], None]) -> None:
    """A waiter that is settled with an error raises it in each wait."""

    async def main(clock: Clock) -> None:
        coming: Waiter[int] = clock.future()
        task = clock.spawn(clock.wait(coming), name="waits")
        await clock.sleep(0)
        coming.set_exception(KeyError("odd"))
        for waited in (task, coming):
            with pytest.raises(KeyError, match="odd"):
                await clock.wait(waited)

    run(main)


@both
def test_a_deadline_leaves_the_value_to_others(run: Callable[[Main], None]) -> None:
    """A wait that reaches its deadline raises, and the waiter can still be settled."""

    async def main(clock: Clock) -> None:
        coming: Waiter[int] = clock.future()
        until = clock.now() + timedelta(milliseconds=5)
        with pytest.raises(DeadlineError):
            await clock.wait(coming, until)
        assert clock.now() >= until
        with pytest.raises(TimeoutError):
            await clock.wait(coming, clock.now())
        coming.set_result(1)
        assert await clock.wait(coming, START) == 1

    run(main)


@both
def test_a_cancelled_wait_leaves_the_value_alone(run: Callable[[Main], None]) -> None:
    """Cancelling a task that waits ends that task only."""

    async def main(clock: Clock) -> None:
        coming: Waiter[int] = clock.future()
        task = clock.spawn(clock.wait(coming), name="waits")
        await clock.sleep(0)
        await clock.cancel(task)
        assert task.cancelled()
        assert not coming.done()

    run(main)


@both
def test_gather_gives_results_in_the_order_of_the_jobs(run: Callable[[Main], None]) -> None:
    """The results of gathered jobs come in their order, whichever ended first."""

    async def main(clock: Clock) -> None:
        async def job(number: int, after: float) -> int:
            await clock.sleep(after)
            return number

        assert await clock.gather(job(1, 0.004), job(2, 0.001), job(3, 0)) == [1, 2, 3]
        assert await clock.gather() == []

    run(main)


@both
def test_gather_raises_the_first_failure_when_all_have_ended(run: Callable[[Main], None]) -> None:
    """One failing job cancels the others, which may still clean up, and its error is raised."""

    async def main(clock: Clock) -> None:
        ended: list[str] = []

        async def tidy() -> None:
            try:
                await clock.wait(clock.future())
            finally:
                await clock.sleep(0.001)
                ended.append("tidied")

        with pytest.raises(KeyError, match="first"):
            await clock.gather(tidy(), fail(clock, KeyError("first"), 0.001), tidy())
        assert ended == ["tidied", "tidied"]
        assert clock.tasks() == ()

    run(main)


@both
def test_cancelling_the_one_who_gathers_cancels_its_jobs(run: Callable[[Main], None]) -> None:
    """No gathered job outlives a cancelled caller."""

    async def main(clock: Clock) -> None:
        job = clock.future()
        task = clock.spawn(clock.gather(clock.wait(job), clock.wait(job)), name="gathers")
        await clock.sleep(0)
        assert len(clock.tasks()) == 3
        await clock.cancel(task)
        assert clock.tasks() == ()

    run(main)


@both
def test_waiting_for_a_task_gives_what_it_ended_with(run: Callable[[Main], None]) -> None:
    """A spawned task can be waited for: its result, its error, and its being cancelled."""

    async def main(clock: Clock) -> None:
        failing = clock.spawn(fail(clock, KeyError("odd")), name="fails")
        with pytest.raises(KeyError, match="odd"):
            await clock.wait(failing)
        cancelled = clock.spawn(clock.wait(clock.future()), name="is cancelled")
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await clock.wait(cancelled)
        await clock.cancel(failing, cancelled)

    run(main)


@both
def test_a_task_of_somebody_else_is_refused(run: Callable[[Main], None]) -> None:
    """Only a task that the clock spawned can be waited for, since it would be waited for uncounted."""

    async def main(clock: Clock) -> None:
        foreign = asyncio.get_running_loop().create_task(asyncio.Event().wait(), name="stray")
        with pytest.raises(ForeignTaskError, match="stray"):
            await clock.wait(foreign)
        foreign.cancel()

    run(main)


@both
def test_nudges_given_to_a_busy_worker_are_remembered_as_one(run: Callable[[Main], None]) -> None:
    """A nudge is taken by one wait, early or late, and two become one."""

    async def main(clock: Clock) -> None:
        nudge = clock.nudge()
        nudge.set()
        nudge.set()
        assert await clock.wait_nudge(nudge)
        assert not await clock.wait_nudge(nudge, clock.now() + timedelta(milliseconds=1))
        task = clock.spawn(clock.wait_nudge(nudge), name="worker")
        await clock.sleep(0)
        nudge.set()
        assert await clock.wait(task)

    run(main)


@both
def test_a_past_instant_lets_others_run(run: Callable[[Main], None]) -> None:
    """A loop that sleeps until the past does not starve its neighbours."""

    async def main(clock: Clock) -> None:
        coming: Waiter[int] = clock.future()

        async def settle() -> None:
            coming.set_result(1)

        clock.spawn(settle(), name="settles")
        while not coming.done():
            await clock.sleep_until(START)

    run(main)


@both
def test_an_instant_without_a_zone_is_refused(run: Callable[[Main], None]) -> None:
    """A naive datetime names no moment; one of another zone is understood."""

    async def main(clock: Clock) -> None:
        with pytest.raises(InstantError, match="no time zone"):
            await clock.sleep_until(START.replace(tzinfo=None))
        with pytest.raises(InstantError):
            await clock.wait(clock.future(), START.replace(tzinfo=None))
        await clock.sleep_until((clock.now() + timedelta(milliseconds=1)).astimezone())
        assert clock.now().tzinfo is UTC

    run(main)


def test_a_waiter_is_settled_once() -> None:
    """A second result is an error of the one who gives it; before the first there is none to read."""
    coming: Waiter[int] = Waiter()
    with pytest.raises(asyncio.InvalidStateError):
        coming.result()
    coming.set_result(1)
    with pytest.raises(SettledError):
        coming.set_result(2)
    with pytest.raises(SettledError):
        coming.set_exception(KeyError())
    assert coming.result() == 1


def test_a_listener_is_told_once_and_in_turn() -> None:
    """Listeners hear of the settling in the order in which they came; late ones at once, forgotten ones never."""
    heard: list[str] = []
    coming: Waiter[int] = Waiter()
    first, second, third = (lambda name=name: heard.append(name) for name in ("first", "second", "third"))
    for listener in (first, second, third):
        coming.listen(listener)
    coming.forget(second)
    coming.set_result(1)
    coming.listen(second)
    assert heard == ["first", "third", "second"]


ACTS = st.lists(
    st.tuples(st.sampled_from(["sleep", "wait", "deadline", "gather", "nudge"]), st.integers(0, 5)), max_size=4
)


async def act(clock: Clock, coming: Waiter[None], kind: str, seconds: int) -> None:
    """Let time pass in one of the ways that there are."""
    until = clock.now() + seconds * SECOND
    match kind:
        case "sleep":
            await clock.sleep_until(until)
        case "wait":
            await clock.wait(coming)
        case "deadline":
            with suppress(DeadlineError):
                await clock.wait(coming, until)
        case "gather":
            await clock.gather(clock.sleep(seconds), clock.wait(coming))
        case _:
            await clock.wait_nudge(clock.nudge(), until)


@given(
    programs=st.lists(ACTS, min_size=1, max_size=6),
    cancels=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=6),
    settled=st.integers(0, 12),
)
def test_cancelling_leaks_no_count(
    programs: list[list[tuple[str, int]]], cancels: list[tuple[int, int]], settled: int
) -> None:
    """Whatever tasks do and whenever they are cancelled, afterwards nobody holds time and nothing is due."""

    async def main(clock: SteppedClock) -> None:
        coming: Waiter[None] = clock.future()

        async def program(acts: list[tuple[str, int]]) -> None:
            for kind, seconds in acts:
                await act(clock, coming, kind, seconds)

        async def settle() -> None:
            await clock.sleep(settled)
            coming.set_result(None)

        async def cancel(task: asyncio.Task[None], seconds: int) -> None:
            await clock.sleep(seconds)
            await clock.cancel(task)

        tasks = [clock.spawn(program(acts), name=f"program {n}") for n, acts in enumerate(programs)]
        await clock.gather(settle(), *(cancel(tasks[n % len(tasks)], seconds) for n, seconds in cancels))
        await clock.cancel(*tasks)
        here = asyncio.current_task()
        assert here is not None
        assert clock.holders() == (here.get_name(),)
        assert clock.tasks() == ()
        assert clock.next_due() is None

    run_virtual(main, START)
