"""A lock, a semaphore and a queue whose waits let time pass. Whoever came first is served first."""

from collections import deque
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from clock.errors import ClockError
from clock.face import Clock

if TYPE_CHECKING:
    from clock.waiter import Waiter

T = TypeVar("T")


class Semaphore:
    """`count` permits. A released permit is handed to the longest waiting task; nobody overtakes."""

    def __init__(self, clock: Clock, count: int) -> None:
        self._clock = clock
        self._free = count
        self._turns: deque[Waiter[None]] = deque()

    def free(self) -> int:
        """Return how many permits are free."""
        return self._free

    async def acquire(self, until: datetime | None = None) -> None:
        """Take a permit, waiting for it as long as needed; a cancelled wait takes none.

        Raises DeadlineError, with no permit taken, where none came before `until`.
        """
        if self.try_acquire():
            return
        turn: Waiter[None] = self._clock.future()
        self._turns.append(turn)
        try:
            await self._clock.wait(turn, until)
        except BaseException:
            if turn.done():
                self.release()
            else:
                self._turns.remove(turn)
            raise

    def try_acquire(self) -> bool:
        """Take a permit if one is free."""
        if self._free == 0:
            return False
        self._free -= 1
        return True

    def release(self) -> None:
        """Give a permit back, or add one."""
        if self._turns:
            self._turns.popleft().set_result(None)
        else:
            self._free += 1

    async def __aenter__(self) -> Self:
        await self.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Lock(Semaphore):
    """One permit, for `async with`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, 1)

    def locked(self) -> bool:
        """Tell whether somebody has it."""
        return self.free() == 0

    def release(self) -> None:
        """Give it back; raises `ClockError` when nobody has it."""
        if not self.locked():
            raise ClockError("the lock is not held: release it once for each acquire")
        super().release()


class Queue(Generic[T]):
    """First in, first out, for any number of tasks at both ends; `limit` bounds what it holds, None does not."""

    def __init__(self, clock: Clock, limit: int | None = None) -> None:
        self._things: deque[T] = deque()
        self._filled = Semaphore(clock, 0)
        self._room = None if limit is None else Semaphore(clock, limit)

    def __len__(self) -> int:
        return len(self._things)

    async def put(self, thing: T) -> None:
        """Append, waiting for room as long as needed."""
        if self._room is not None:
            await self._room.acquire()
        self._append(thing)

    def try_put(self, thing: T) -> bool:
        """Append if there is room."""
        if self._room is not None and not self._room.try_acquire():
            return False
        self._append(thing)
        return True

    async def get(self) -> T:
        """Take the first, waiting for one as long as needed; a cancelled wait takes nothing."""
        await self._filled.acquire()
        return self._take()

    def try_get(self) -> T | None:
        """Take the first if there is one that nobody waits for."""
        return self._take() if self._filled.try_acquire() else None

    def _append(self, thing: T) -> None:
        self._things.append(thing)
        self._filled.release()

    def _take(self) -> T:
        if self._room is not None:
            self._room.release()
        return self._things.popleft()
