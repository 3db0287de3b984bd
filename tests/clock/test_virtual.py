"""The world of one process, in which time jumps when all is quiet."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from clock import Clock, StalledError, SteppedClock, Waiter, run_virtual, virtual_time
from tests.clock.village import START, Master, Meters

SECOND = timedelta(seconds=1)
Loops = Callable[[], asyncio.AbstractEventLoop]
both_loops = pytest.mark.parametrize("loops", [asyncio.new_event_loop, uvloop.new_event_loop])


@given(naps=st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=8))
def test_events_come_in_the_order_of_instant_and_id(naps: list[list[int]]) -> None:
    """Each sleeper wakes exactly when it is due; at one instant who began to sleep first wakes first."""
    woken: list[tuple[datetime, int]] = []

    async def main(clock: SteppedClock) -> None:
        begun = 0

        async def sleeper(seconds: list[int]) -> None:
            nonlocal begun
            for nap in seconds:
                begun += 1
                number, due = begun, clock.now() + nap * SECOND
                await clock.sleep(nap)
                assert clock.now() == due
                if nap:
                    woken.append((due, number))

        await clock.gather(*map(sleeper, naps))

    run_virtual(main, START)
    assert woken == sorted(woken)


@given(data=st.data())
def test_two_instants_are_never_mixed(data: st.DataObject) -> None:
    """However many hops follow from one event, they are over before time moves on."""
    hops = data.draw(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 6)), min_size=1, max_size=8))

    async def main(clock: SteppedClock) -> None:
        async def chain(seconds: int, length: int) -> None:
            await clock.sleep(seconds)
            began = clock.now()
            for _ in range(length):
                coming: Waiter[None] = clock.future()
                clock.spawn(settle(coming), name="hop")
                await clock.wait(coming)
                assert clock.now() == began

        async def settle(coming: Waiter[None]) -> None:
            coming.set_result(None)

        await clock.gather(*(chain(seconds, length) for seconds, length in hops))
        assert clock.now() == START + max(seconds for seconds, _ in hops) * SECOND

    run_virtual(main, START)


@both_loops
def test_a_thread_holds_time(loops: Loops) -> None:
    """While a task awaits a thread, nobody's time passes; afterwards it does."""
    order: list[str] = []

    async def main(clock: SteppedClock) -> None:
        release = threading.Event()

        async def other() -> None:
            await clock.sleep(1)
            order.append("other")

        task = clock.spawn(other(), name="other")
        await clock.sleep(0)
        loop = asyncio.get_running_loop()
        done = loop.run_in_executor(None, release.wait)
        for _ in range(20):
            await loop.run_in_executor(None, lambda: None)
        assert clock.now() == START
        release.set()
        await done
        order.append("thread")
        await clock.wait(task)

    run_virtual(main, START, loop_factory=loops)
    assert order == ["thread", "other"]


@both_loops
def test_bytes_under_way_hold_time(loops: Loops) -> None:
    """Two ends of real TCP connections in one virtual world tell the same story every time."""

    def story() -> list[str]:
        log: list[str] = []

        async def main(clock: SteppedClock) -> None:
            server, port = await Meters(clock, 1, log.append).listen()
            await Master(clock, port, log.append).ask_all()
            server.close()

        run_virtual(main, START, loop_factory=loops)
        return log

    first = story()
    assert len(first) == 60
    assert all(story() == first for _ in range(3))


def test_a_world_in_which_nothing_can_happen_says_so() -> None:
    """When everybody waits and nothing is due the block fails where it waits, and the waiting are named."""

    async def main(clock: SteppedClock) -> None:
        clock.spawn(clock.wait(clock.future()), name="the forgotten one")
        await clock.sleep(5)
        await clock.wait(clock.future())

    with pytest.raises(StalledError, match=r"ever after 2026-01-01 00:00:05.*the forgotten one"):
        run_virtual(main, START)


def test_a_world_that_goes_on_for_ever_ends_at_its_horizon() -> None:
    """A ticking task does not keep a block alive that waits for nothing beyond the horizon."""
    ticks: list[datetime] = []

    async def main(clock: SteppedClock) -> None:
        async def tick() -> None:
            while True:
                await clock.sleep(1)
                ticks.append(clock.now())

        clock.spawn(tick(), name="ticks")
        await clock.wait(clock.future())

    with pytest.raises(StalledError, match="until 2026-01-01 00:00:09"):
        run_virtual(main, START, until=START + 9 * SECOND)
    assert ticks[-1] == START + 9 * SECOND


def test_leaving_a_world_ends_its_tasks() -> None:
    """Tasks that are still alive are cancelled, and may take their business time for it."""
    ended: list[timedelta] = []

    async def main(clock: SteppedClock) -> None:
        async def slow() -> None:
            try:
                await clock.wait(clock.future())
            finally:
                await clock.sleep(3)
                ended.append(clock.now() - START)

        clock.spawn(slow(), name="slow")
        await clock.sleep(1)

    run_virtual(main, START)
    assert ended == [4 * SECOND]


def test_a_task_that_does_not_end_is_named() -> None:
    """A task that goes on waiting when it is cancelled stalls the leaving of the world, and is named."""

    async def main(clock: SteppedClock) -> None:
        async def stubborn() -> None:
            try:
                await clock.wait(clock.future())
            finally:
                await clock.wait(clock.future())

        clock.spawn(stubborn(), name="the stubborn one")
        await clock.sleep(1)

    with pytest.raises(StalledError, match="the stubborn one"):
        run_virtual(main, START)


def test_a_failure_and_a_cancelling_pass_through() -> None:
    """The block's own error comes out of a virtual world unchanged, and so does a cancelling from outside."""

    async def fails(clock: SteppedClock) -> None:
        await clock.sleep(1)
        raise KeyError("odd")

    async def cancelled(clock: SteppedClock) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await clock.sleep(1)

    with pytest.raises(KeyError, match="odd"):
        run_virtual(fails, START)
    with pytest.raises(asyncio.CancelledError):
        run_virtual(cancelled, START)


def test_a_task_from_outside_may_sleep_too() -> None:
    """A task that the clock did not spawn is woken at its instant like any other."""
    woken: list[datetime] = []

    async def main(clock: SteppedClock) -> None:
        async def stray() -> None:
            for _ in range(3):
                await clock.sleep(1)
                woken.append(clock.now())

        task = asyncio.get_running_loop().create_task(stray())
        await clock.sleep(10)
        await task

    run_virtual(main, START)
    assert woken == [START + n * SECOND for n in (1, 2, 3)]


@pytest.mark.asyncio
async def test_a_world_can_be_a_block_of_a_test() -> None:
    """`virtual_time` gives an asynchronous test its clock, on which a week takes no time."""
    async with virtual_time(datetime(2026, 3, 1, tzinfo=UTC)) as clock:
        assert isinstance(clock, Clock)
        await clock.sleep(timedelta(days=7))
        assert clock.now() == datetime(2026, 3, 8, tzinfo=UTC)


@pytest.mark.asyncio
async def test_a_stall_leaves_the_task_as_it_was() -> None:
    """After a stall that a test expects, its task can wait as if it had never been interrupted."""
    with pytest.raises(StalledError):
        async with virtual_time(START) as clock:
            await clock.wait(clock.future())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    async with virtual_time(START) as clock:
        await clock.sleep(1)


@pytest.mark.asyncio
async def test_alarms_ring_at_their_instants_in_order() -> None:
    """Alarms ring one after the other at their instants, those of one instant in the order in which they were set."""
    async with virtual_time(START) as clock:
        rung: list[tuple[str, timedelta]] = []

        def note(name: str) -> None:
            rung.append((name, clock.now() - START))

        for name, seconds in (("late", 20), ("first", 10), ("second", 10), ("past", -10), ("never", 15)):
            alarm = clock.alarm(START + timedelta(seconds=seconds), partial(note, name))
        alarm.cancel()
        await clock.sleep(30)
    assert rung == [("past", 0 * SECOND), ("first", 10 * SECOND), ("second", 10 * SECOND), ("late", 20 * SECOND)]
