"""Time that stands while anybody is running and is moved from one due instant to the next."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clock.agenda import Agenda
from clock.errors import StepError
from clock.face import Alarm, Clock, Hold, utc
from clock.links import Count, LinkEnd, Links
from clock.watch import PATIENCE, Tell, Watch, log_holders, whereabouts

NEVER = -1
"""A version that no clock ever has."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a quiet clock tells about itself.

    `version` moves on with everything that happens. `links` holds the connections in which something was
    counted since the report before, each with the counts of its ends in this process, () when all are lost.
    """

    version: int
    now: datetime
    due: datetime | None
    links: dict[str, tuple[Count, ...]]


class SteppedClock(Clock):
    """A clock that moves only when it is stepped, and only while it is quiet: nobody counts as running.

    Its stepper is no task of its own: a virtual world, a conductor, a follower or a test. A wait that was
    forgotten makes time stand, and after `patience` real seconds `on_held` is given the names of the holders.
    """

    def __init__(self, start: datetime, *, patience: float = PATIENCE, on_held: Tell = log_holders) -> None:
        super().__init__()
        self._now = utc(start)
        self._agenda = Agenda()
        self._holders: dict[asyncio.Task[Any] | Hold, None] = {}
        self._version = 0
        self._asked: dict[Callable[[], None], int] = {}
        self._checking = False
        self._patience = patience
        self._on_held = on_held
        self._watch = self.watch(self.whereabouts)
        self.links = Links(self._touch)

    def now(self) -> datetime:
        """Return the instant at which time stands."""
        return self._now

    def link(self, key: str) -> LinkEnd:
        """Start counting the bytes of one end of the connection `key`."""
        return self.links.open(key)

    @contextmanager
    def busy(self, reason: str) -> Iterator[None]:
        """Count the present task as running inside a `with` block."""
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        if task is not None and task in self._counted:
            yield
            return
        holder = task or Hold(reason)
        if task is not None:
            self._counted.add(task)
        self._hold(holder)
        try:
            yield
        finally:
            self._counted.discard(task)
            self._release(holder)

    @property
    def version(self) -> int:
        """A number that moves on with everything that happens."""
        return self._version

    def is_quiet(self) -> bool:
        """Tell whether nobody counts as running."""
        return not self._holders

    def holders(self) -> tuple[str, ...]:
        """Return the names of those who hold time."""
        return tuple(h.reason if isinstance(h, Hold) else h.get_name() for h in self._holders)

    def whereabouts(self) -> tuple[str, ...]:
        """Return the names of those who hold time, and where the code of each of them is."""
        return tuple(h.reason if isinstance(h, Hold) else whereabouts(h) for h in self._holders)

    def watch(self, holders: Callable[[], tuple[str, ...]]) -> Watch:
        """Return a watch, with this clock's patience, over somebody else who may hold time."""
        return Watch(holders, self._patience, self._on_held)

    def next_due(self) -> datetime | None:
        """Return the earliest instant that somebody waits for."""
        return self._agenda.next()

    def is_due(self) -> bool:
        """Tell whether somebody still waits for the present instant."""
        return self._agenda.next() == self._now

    def report(self) -> Report:
        """Return the present state, and which links moved since the report before."""
        return Report(self._version, self._now, self._agenda.next(), self.links.drain())

    def when_quiet(self, callback: Callable[[], None], after: int = NEVER) -> None:
        """Have `callback()` called once, soon, when the clock is quiet and its version is not `after`.

        Asking again with the same callback replaces the first asking.
        """
        self._asked[callback] = after
        self._check_soon()

    def forget(self, callback: Callable[[], None]) -> None:
        """Take an asking for quiet back; one that was not made is no error."""
        self._asked.pop(callback, None)

    async def quiet(self) -> None:
        """Wait, in a task that does not count, until nobody is running; raises `StepError` in one that counts."""
        task = asyncio.current_task()
        if task is not None and task in self._counted:
            raise StepError(f"task {task.get_name()} counts as running: it would wait for itself")
        while True:
            quiet = asyncio.Event()
            self.when_quiet(quiet.set)
            try:
                await quiet.wait()
            finally:
                self.forget(quiet.set)
            if not self._holders:
                return

    def advance(self, to: datetime) -> None:
        """Set the time, waking nobody.

        Raises `StepError` when somebody is running, when `to` is past, or when something is due before it.
        """
        if self._holders:
            raise StepError(f"time stands at {self._now}: {', '.join(self.holders())} running")
        due = self._agenda.next()
        if to < self._now or (due is not None and due < to):
            raise StepError(f"time is {self._now} and {due} is due next: it can't step to {to}")
        self._now = utc(to)

    def fire(self) -> None:
        """Wake the first of those that are due; raises `StepError` when none is."""
        if not self.is_due():
            raise StepError(f"nothing is due at {self._now}")
        self._agenda.pop().ring()

    async def step_to(self, to: datetime) -> None:
        """Step to `to` and wake what is due, one after the other in the order (at, id), each until all is at rest.

        Raises `StepError` as `advance` does, and in a task that counts as running.
        """
        await self.quiet()
        self.advance(to)
        await self.run_until(to)

    async def run_until(self, to: datetime) -> None:
        """Step from one due instant to the next until `to`, when this is the only process.

        Raises `StepError` when `to` is past, and in a task that counts as running.
        """
        await self.quiet()
        if to < self._now:
            raise StepError(f"time is {self._now}: it can't go back to {to}")
        reached = asyncio.Event()

        def end() -> bool:
            self.advance(to)
            reached.set()
            return False

        jumper = Jumper(self, to, end)
        try:
            await reached.wait()
        finally:
            jumper.stop()

    def _alarm(self, at: datetime, ring: Callable[[], None]) -> Alarm:
        entry = self._agenda.add(at, ring)
        self._touch()
        return entry

    def _hold(self, holder: asyncio.Task[Any] | Hold) -> None:
        if not self._holders:
            self._version += 1
            self._watch.begin()
        self._holders[holder] = None

    def _release(self, holder: asyncio.Task[Any] | Hold) -> None:
        if self._holders.pop(holder, self) is None and not self._holders:
            self._watch.end()
            self._check_soon()

    def _touch(self) -> None:
        self._version += 1
        self._check_soon()

    def _check_soon(self) -> None:
        if self._asked and not self._checking and not self._holders:
            self._checking = True
            asyncio.get_running_loop().call_soon(self._check)

    def _check(self) -> None:
        self._checking = False
        for callback, after in tuple(self._asked.items()):
            if self._holders:
                return
            if after != self._version:
                self._asked.pop(callback, None)
                callback()


class Jumper:
    """Steps a clock to the next due instant, not beyond `until`, as often as all is at rest in this process.

    When nothing is due any more `end()` is called; if it returns True it is called again as often as that changes.
    """

    def __init__(self, clock: SteppedClock, until: datetime | None, end: Callable[[], bool]) -> None:
        self._clock = clock
        self._until = until
        self._end = end
        self._watch = clock.watch(lambda: tuple(f"bytes under way: {key}" for key in sorted(clock.links.moving)))
        clock.when_quiet(self._jump)

    def stop(self) -> None:
        """Step no more."""
        self._watch.end()
        self._clock.forget(self._jump)

    def _jump(self) -> None:
        clock = self._clock
        if clock.links.moving:
            if not self._watch.watching:
                self._watch.begin()
            clock.when_quiet(self._jump, after=clock.version)
            return
        self._watch.end()
        due = clock.next_due()
        if due is not None and (self._until is None or due <= self._until):
            clock.advance(due)
            clock.fire()
            clock.when_quiet(self._jump)
        elif self._end():
            clock.when_quiet(self._jump, after=clock.version)
