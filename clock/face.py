"""The face of time: what every room is given as `clock`, be it real or stepped."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from clock.errors import DeadlineError, ForeignTaskError, InstantError
from clock.links import LinkEnd
from clock.waiter import Nudge, Parking, Waiter

T = TypeVar("T")
Task: TypeAlias = asyncio.Task
Job: TypeAlias = Coroutine[Any, Any, T]


class Alarm(Protocol):
    """Something that will ring at an instant unless it is cancelled."""

    def cancel(self) -> None:
        """Make sure that it does not ring any more."""


class Hold:
    """Somebody who holds time without being a task of the clock."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


def utc(at: datetime) -> datetime:
    """Return the same instant in UTC; raises `InstantError` for one without a time zone."""
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise InstantError(f"{at.isoformat()} has no time zone: give an instant as UTC-aware datetime")
    return at.astimezone(UTC)


class Clock(ABC):
    """Business time, and the only ways in which a task lets it pass.

    A task is started by `spawn` and counts as running until it ends, except inside `sleep`, `sleep_until`,
    `wait`, `wait_nudge`, `gather` and `cancel`. Every other `await` (a database thread, a socket, a plain
    `asyncio` future) holds time on a stepped clock. Instants are UTC-aware; `InstantError` is raised for others.
    All of it belongs to one event loop and its thread.
    """

    def __init__(self) -> None:
        self._ends: dict[asyncio.Task[Any], Waiter[None]] = {}
        self._counted: set[asyncio.Task[Any] | None] = set()

    @abstractmethod
    def now(self) -> datetime:
        """Return the present instant, UTC-aware."""

    @abstractmethod
    def link(self, key: str) -> LinkEnd:
        """Start counting the bytes of one end of the connection `key`, see `LinkEnd` and `link_key`."""

    @abstractmethod
    def busy(self, reason: str) -> AbstractContextManager[None]:
        """Count the present task, which the clock did not spawn, as running inside a `with` block.

        Within it the task may use the clock's waits as a spawned one does. Entered outside any task, it
        holds time until it is left. For a task that counts already it changes nothing.
        """

    def spawn(self, job: Job[T], *, name: str) -> asyncio.Task[T]:
        """Start a task that counts as running. The clock keeps it alive; its failure is for who waits for it."""
        task = asyncio.get_running_loop().create_task(job, name=name)
        self._ends[task] = Waiter()
        self._counted.add(task)
        self._hold(task)
        task.add_done_callback(self._ended)
        return task

    def tasks(self) -> tuple[asyncio.Task[Any], ...]:
        """Return the spawned tasks that have not ended, oldest first."""
        return tuple(self._ends)

    def future(self) -> Waiter[Any]:
        """Return a new value to come: `answer: Waiter[bytes] = clock.future()`."""
        return Waiter()

    def nudge(self) -> Nudge:
        """Return a new nudge for one worker."""
        return Nudge()

    def alarm(self, at: datetime, ring: Callable[[], None]) -> Alarm:
        """Have `ring()` called once, at `at` or at once where that is past, but never before this returns.

        For those who are too many to have a task each. All that it does must be done when it returns.
        """
        return self._alarm(max(utc(at), self.now()), ring)

    async def sleep(self, span: float | timedelta) -> None:
        """Let `span` (seconds, or a timedelta) of business time pass."""
        await self.sleep_until(self.now() + (span if isinstance(span, timedelta) else timedelta(seconds=span)))

    async def sleep_until(self, at: datetime) -> None:
        """Let time pass until `at`; for a past instant only let others run."""
        await self._suspend(None, utc(at))

    async def wait(self, coming: Waiter[T] | asyncio.Task[T], until: datetime | None = None) -> T:
        """Let time pass until `coming` has its result, and return it or raise its error.

        `coming` may be a spawned task; waiting for one never cancels it, and one that was cancelled raises
        `asyncio.CancelledError`. Raises `DeadlineError` when `until` comes first; a result that came at the same
        instant wins. Raises `ForeignTaskError` for a task that was not spawned by this clock.
        """
        waiter = self._end_of(coming) if isinstance(coming, asyncio.Task) else coming
        if not waiter.done():
            await self._suspend(waiter, None if until is None else utc(until))
            if not waiter.done():
                raise DeadlineError(f"nothing came until {until}")
        return coming.result()

    async def wait_nudge(self, nudge: Nudge, until: datetime | None = None) -> bool:
        """Let time pass until the nudge (True, and it is taken) or the instant `until` (False)."""
        try:
            await self.wait(nudge.coming(), until)
        except DeadlineError:
            return False
        nudge.take()
        return True

    async def gather(self, *jobs: Job[T]) -> list[T]:
        """Run `jobs` at the same time, each as a spawned task, and return their results in order.

        When one fails, or is cancelled from outside, the others are cancelled, all are waited for, and the first
        failure is raised. When the caller is cancelled so are they. No task outlives the call.
        """
        parent = asyncio.current_task()
        prefix = parent.get_name() if parent else "gather"
        tasks = [self.spawn(job, name=f"{prefix}/{number}") for number, job in enumerate(jobs)]
        running = set(tasks)
        over: Waiter[asyncio.Task[T] | None] = Waiter()

        def ended(task: asyncio.Task[T]) -> None:
            running.discard(task)
            failed = task.cancelled() or task.exception() is not None
            if not over.done() and (failed or not running):
                over.set_result(task if failed else None)

        for task in tasks:
            self._ends[task].listen(partial(ended, task))
        try:
            failure = await self.wait(over) if tasks else None
        finally:
            await self.cancel(*(task for task in tasks if task in running))
        if failure is not None:
            failure.result()
        return [task.result() for task in tasks]

    async def cancel(self, *tasks: asyncio.Task[Any]) -> None:
        """Cancel spawned tasks and let time pass until all have ended, however they end; their errors stay theirs."""
        ends = [self._end_of(task) for task in tasks]
        for task in tasks:
            task.cancel()
        for end in ends:
            await self.wait(end)

    def _end_of(self, task: asyncio.Task[Any]) -> Waiter[None]:
        end = self._ends.get(task)
        if end is None:
            if not task.done():
                raise ForeignTaskError(f"task {task.get_name()} is not this clock's: start it with clock.spawn")
            end = Waiter()
            end.set_result(None)
        return end

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._counted.discard(task)
        self._ends.pop(task).set_result(None)
        self._release(task)

    async def _suspend(self, waiter: Waiter[Any] | None, until: datetime | None) -> None:
        """Take the present task off the running ones until the waiter is settled or the instant has come."""
        if until is not None and until <= self.now():
            await asyncio.sleep(0)
            return
        task = asyncio.current_task()
        counted = task in self._counted
        holder = task if counted and task else Hold(f"{task.get_name() if task else 'a coroutine'}, waking")
        parking = Parking(partial(self._hold, holder))
        alarm = self._listen(parking.wake, waiter, until)
        if counted:
            self._release(holder)
        try:
            await parking
        finally:
            self._listen_no_more(parking.wake, waiter, alarm)
            if not counted:
                self._release(holder)

    def _listen(self, wake: Callable[[], None], waiter: Waiter[Any] | None, until: datetime | None) -> Alarm | None:
        """Have `wake()` called when the waiter is settled, or at the instant by the alarm that is returned."""
        alarm = None if until is None else self._alarm(until, wake)
        if waiter is not None:
            waiter.listen(wake)
        return alarm

    @staticmethod
    def _listen_no_more(wake: Callable[[], None], waiter: Waiter[Any] | None, alarm: Alarm | None) -> None:
        if waiter is not None:
            waiter.forget(wake)
        if alarm is not None:
            alarm.cancel()

    @abstractmethod
    def _alarm(self, at: datetime, ring: Callable[[], None]) -> Alarm:
        """Have `ring()` called at `at`, on the loop's thread."""

    @abstractmethod
    def _hold(self, holder: asyncio.Task[Any] | Hold) -> None:
        """Count the holder as running; one that is counted already stays so."""

    @abstractmethod
    def _release(self, holder: asyncio.Task[Any] | Hold) -> None:
        """Count the holder as running no more; one that is not counted is no error."""
