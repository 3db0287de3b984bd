"""A watch, on real time, over time that stands too long."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

PATIENCE = 5.0
"""Real seconds that time may stand before those who hold it are named."""

Tell = Callable[[tuple[str, ...]], None]


def log_holders(holders: tuple[str, ...]) -> None:
    """Log who holds time."""
    structlog.get_logger("clock").warning("time_is_held", holders=list(holders))


def whereabouts(task: asyncio.Task[Any]) -> str:
    """Return the name of a task and the place at which its innermost coroutine is suspended."""
    frame = None
    inner: Any = task.get_coro()
    while inner is not None:
        frame = getattr(inner, "cr_frame", None) or frame
        inner = getattr(inner, "cr_await", None)
    if frame is None:
        return task.get_name()
    return f"{task.get_name()} at {frame.f_code.co_filename}:{frame.f_lineno}"


class Watch:
    """Names the holders each time that `patience` seconds have passed between `begin` and `end`."""

    def __init__(self, holders: Callable[[], tuple[str, ...]], patience: float, tell: Tell) -> None:
        self._holders = holders
        self._patience = patience
        self._tell = tell
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def watching(self) -> bool:
        """Whether `begin` was called and `end` was not, yet."""
        return self._since is not None

    def begin(self) -> None:
        """Start watching, from now; the first time while the loop is running, later also when it has stopped."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._patience, self._look)

    def end(self) -> None:
        """Stop watching."""
        self._since = None

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return
        loop = asyncio.get_running_loop()
        left = self._since + self._patience - loop.time()
        if left <= 0:
            self._tell(self._holders())
            left = self._patience
        self._timer = loop.call_later(left, self._look)
