"""The lock, the semaphore and the queue."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import ClockError, Lock, Queue, Semaphore, SteppedClock, run_virtual

START = datetime(2026, 1, 1, tzinfo=UTC)

users = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.none() | st.integers(0, 6)), min_size=1, max_size=8)
"""Each comes after so many seconds, stays so many, and is cancelled after so many, if at all."""


@given(users=users, count=st.integers(1, 3))
def test_permits_are_never_exceeded_nor_lost(users: list[tuple[int, int, int | None]], count: int) -> None:
    """At most `count` are inside, in order of arrival, and whoever is cancelled takes no permit with him."""
    inside: list[int] = []
    arrived: list[int] = []
    entered: list[int] = []
    cancelled: set[int] = set()

    async def main(clock: SteppedClock) -> None:
        permits = Semaphore(clock, count)

        async def use(user: int, after: int, stay: int) -> None:
            await clock.sleep(after)
            arrived.append(user)
            async with permits:
                entered.append(user)
                inside.append(user)
                assert len(inside) <= count
                try:
                    await clock.sleep(stay)
                finally:
                    inside.remove(user)

        async def cancel(task: asyncio.Task[None], user: int, after: int | None) -> None:
            if after is not None:
                await clock.sleep(after)
                if not task.done():
                    cancelled.add(user)
                await clock.cancel(task)

        tasks = [clock.spawn(use(u, after, stay), name=f"user {u}") for u, (after, stay, _) in enumerate(users)]
        await clock.gather(*(cancel(tasks[u], u, after) for u, (_, _, after) in enumerate(users)))
        for task in tasks:
            if not task.cancelled():
                await clock.wait(task)
        assert permits.free() == count
        assert entered == [user for user in arrived if user in entered]
        assert set(arrived) - set(entered) <= cancelled

    run_virtual(main, START)


@given(
    things=st.lists(st.integers(), max_size=12),
    limit=st.none() | st.integers(1, 3),
    cancels=st.lists(st.integers(0, 8), max_size=4),
)
def test_a_queue_loses_and_doubles_nothing(things: list[int], limit: int | None, cancels: list[int]) -> None:
    """What is put comes out once and in order, however many getters are cancelled while they wait."""
    got: list[int] = []

    async def main(clock: SteppedClock) -> None:
        queue: Queue[int] = Queue(clock, limit)

        async def put() -> None:
            for thing in things:
                await clock.sleep(1)
                await queue.put(thing)
                assert limit is None or len(queue) <= limit

        async def get() -> None:
            while True:
                got.append(await queue.get())

        async def give_up(after: int) -> None:
            task = clock.spawn(get(), name="gives up")
            await clock.sleep(after)
            await clock.cancel(task)

        await clock.gather(put(), *map(give_up, [*cancels, 50]))
        assert len(queue) == 0

    run_virtual(main, START)
    assert got == things


def test_a_full_queue_and_an_empty_one_say_so() -> None:
    """The tries that wait for nothing tell whether they did anything."""

    async def main(clock: SteppedClock) -> None:
        queue: Queue[str] = Queue(clock, 1)
        assert queue.try_get() is None
        assert queue.try_put("a")
        assert not queue.try_put("b")
        putting = clock.spawn(queue.put("c"), name="puts")
        await clock.sleep(1)
        assert not putting.done()
        assert queue.try_get() == "a"
        await clock.wait(putting)
        assert await queue.get() == "c"

    run_virtual(main, START)


def test_a_released_permit_goes_to_who_came_first() -> None:
    """A task that comes while a permit is being handed on does not overtake the one that it is for."""
    order: list[str] = []

    async def main(clock: SteppedClock) -> None:
        lock = Lock(clock)

        async def enter(name: str) -> None:
            async with lock:
                order.append(name)
                await clock.sleep(1)

        async with lock:
            waiting = clock.spawn(enter("first"), name="first")
            await clock.sleep(1)
        assert lock.locked()
        await clock.gather(enter("second"), clock.wait(waiting))

    run_virtual(main, START)
    assert order == ["first", "second"]


def test_a_permit_for_a_task_that_is_cancelled_goes_to_the_next() -> None:
    """A permit, or a thing, that is handed over at the very moment of a cancelling is not lost."""
    entered: list[str] = []

    async def main(clock: SteppedClock) -> None:
        lock = Lock(clock)
        queue: Queue[str] = Queue(clock)

        async def enter(name: str) -> None:
            async with lock:
                entered.append(name)

        await lock.acquire()
        first = clock.spawn(enter("first"), name="first")
        second = clock.spawn(enter("second"), name="second")
        getting = clock.spawn(queue.get(), name="gets")
        await clock.sleep(1)
        lock.release()
        first.cancel()
        await clock.wait(second)
        assert not lock.locked()
        queue.try_put("thing")
        await clock.cancel(getting)
        assert queue.try_get() == "thing"

    run_virtual(main, START)
    assert entered == ["second"]


def test_a_lock_that_nobody_holds_cannot_be_released() -> None:
    """A second release is an error of the one who does it."""
    lock = Lock(SteppedClock(START))
    with pytest.raises(ClockError, match="not held"):
        lock.release()
