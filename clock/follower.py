"""A process whose time is moved by a conductor in another one."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from clock.errors import ClockError, NoConductorError, RemoteProtocolError
from clock.stepped import SteppedClock
from clock.waiter import Waiter
from clock.wire import Answer, Command, Hello, Lines, Message


class Follower:
    """Joins the clock of this process to the conductor that listens at `path`, for an `async with` block.

    Entering waits until the clock has the conductor's time; the clock must be new and stand before it. The task
    inside the block counts as running, so that time stands until it waits through the clock. When the conductor
    goes, time stands for good and `ended` is settled. Raises `NoConductorError` when there is none, and
    `StepError` when this clock is already past the conductor's time.
    """

    def __init__(self, clock: SteppedClock, path: Path, name: str) -> None:
        self.ended: Waiter[None] = Waiter()
        self._clock = clock
        self._path = path
        self._name = name
        self._number = 0
        self._waking = False
        self._joined = asyncio.Event()
        self._block = ExitStack()
        self._lines = Lines(self._came, self._lost)

    async def __aenter__(self) -> Self:
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: self._lines, str(self._path))
        except OSError as error:
            raise NoConductorError(f"no conductor listens at {self._path} ({error}): start it first") from error
        self._lines.send(Hello(self._name))
        await self._joined.wait()
        if self.ended.done():
            self.ended.result()
            raise NoConductorError(f"the conductor at {self._path} went away before it told the time")
        self._block.enter_context(self._clock.busy(self._name))
        self._clock.when_quiet(self._quiet)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._block.close()
        self._lines.close()

    def _came(self, _lines: Lines, command: Message) -> None:
        clock = self._clock
        if not isinstance(command, Command):
            raise RemoteProtocolError(f"a conductor sends commands, not {type(command).__name__}")
        self._number = command.number
        if command.seen is None:
            clock.advance(command.to)
            self._joined.set()
        elif clock.is_quiet() and clock.version == command.seen:
            clock.advance(command.to)
            self._waking = command.wake
            self._quiet()
        else:
            clock.when_quiet(self._quiet)

    def _quiet(self) -> None:
        """Wake the next one of this instant, unless what the last one sent must first arrive; then report."""
        clock = self._clock
        if self._waking and clock.is_due() and not clock.links.moved:
            clock.fire()
            clock.when_quiet(self._quiet)
            return
        self._waking = False
        self._lines.send(Answer(self._number, clock.report()))
        clock.when_quiet(self._quiet, after=clock.version)

    def _lost(self, _lines: Lines, error: Exception | None) -> None:
        self._joined.set()
        if not self.ended.done():
            if isinstance(error, ClockError):
                self.ended.set_exception(error)
            else:
                self.ended.set_result(None)
