"""What a task can wait for while time passes: a value to come, and a nudge."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from clock.errors import SettledError

T = TypeVar("T")


class Waiter(Generic[T]):
    """A value to come, the one thing besides time itself that `Clock.wait` waits for.

    It may have any number of waiters or none. Settling it counts each of them as running at once, before
    the event loop has scheduled them, so that no clock can move in between. A waiter that is cancelled
    leaves the value alone. Settle it on the event loop's thread: a result that a thread makes is awaited
    as a plain `asyncio` future instead, which holds time.
    """

    __slots__ = ("_done", "_error", "_listeners", "_value")

    def __init__(self) -> None:
        self._done = False
        self._error: BaseException | None = None
        self._value: T | None = None
        self._listeners: dict[Callable[[], object], None] = {}

    def done(self) -> bool:
        """Tell whether a result or an exception has come."""
        return self._done

    def set_result(self, value: T) -> None:
        """Settle with a value; raises `SettledError` when it was settled before."""
        self._settle(value, None)

    def set_exception(self, error: BaseException) -> None:
        """Settle with an error that every wait will raise; raises `SettledError` when it was settled before."""
        self._settle(None, error)

    def result(self) -> T:
        """Return the value, or raise the error, that came; raises `asyncio.InvalidStateError` before it."""
        if not self._done:
            raise asyncio.InvalidStateError("the waiter is not settled yet: wait for it through the clock")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # a settled waiter without error holds a T

    def listen(self, listener: Callable[[], object]) -> None:
        """Have `listener()` called, in the order of listening, at the moment of settling; at once if it was."""
        if self._done:
            listener()
        else:
            self._listeners[listener] = None

    def forget(self, listener: Callable[[], object]) -> None:
        """Take a listener back; one that is not there is no error."""
        self._listeners.pop(listener, None)

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        if self._done:
            raise SettledError("the waiter was settled before: ask done() where a second answer may come")
        self._done, self._value, self._error = True, value, error
        listeners, self._listeners = self._listeners, {}
        for listener in listeners:
            listener()


class Nudge:
    """A remembered tap on the shoulder of *one* worker, see `Clock.wait_nudge`.

    Nudges given while the worker is busy are remembered as one; the worker takes it with its next wait.
    """

    __slots__ = ("_coming",)

    def __init__(self) -> None:
        self._coming: Waiter[None] = Waiter()

    def set(self) -> None:
        """Nudge; a nudge that was not taken yet absorbs it."""
        if not self._coming.done():
            self._coming.set_result(None)

    def coming(self) -> Waiter[None]:
        """Return what is settled by the next nudge, or by the one not taken yet."""
        return self._coming

    def take(self) -> None:
        """Take the nudge away, so that the next wait waits for a new one."""
        if self._coming.done():
            self._coming = Waiter()


class Parking(asyncio.Future[Any]):
    """The suspension of one task in one wait.

    Whoever ends it, be it a value, an alarm or a cancellation, has `counts` called first: the task is
    running again from that moment, though the event loop will reach it later.
    """

    def __init__(self, counts: Callable[[], None]) -> None:
        super().__init__()
        self._counts = counts

    def wake(self) -> None:
        """End the suspension; once it has ended this does nothing."""
        if not self.done():
            self._counts()
            self.set_result(None)

    def cancel(self, msg: Any | None = None) -> bool:
        """End the suspension by cancelling, as the cancelled task asks for it."""
        if self.done():
            return False
        self._counts()
        return super().cancel(msg)
