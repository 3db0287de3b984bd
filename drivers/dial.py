"""One outgoing TCP connection that is called again, later each time, until it is closed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from clock import Clock, DeadlineError, Waiter


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses between calls: the first, doubled each time up to the longest."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=60)


Factory = Callable[[Waiter[None]], asyncio.BaseProtocol]
"""Makes the protocol of one connection; it settles the waiter when that connection is lost."""

Failed = Callable[[str, datetime], None]
"""Told why a call was not answered, and when it is repeated."""


class Dialler:
    """Keeps one outgoing connection up.

    A connection that held for less than the longest pause does not shorten the next one, so that a peer that
    accepts and hangs up is not called in a tight loop.
    """

    def __init__(self, clock: Clock, host: str, port: int, pauses: Pauses, *, factory: Factory, failed: Failed) -> None:
        self.peer = f"{host}:{port}"
        self._clock = clock
        self._host = host
        self._port = port
        self._pauses = pauses
        self._factory = factory
        self._failed = failed
        self._stop: Waiter[None] = clock.future()

    def start(self) -> None:
        """Begin calling."""
        self._clock.spawn(self._keep(), name=f"dial {self.peer}")

    def stop(self) -> None:
        """Call no more; a standing connection is for its owner to close."""
        if not self._stop.done():
            self._stop.set_result(None)

    async def _keep(self) -> None:
        pause = self._pauses.first
        while not self._stop.done():
            began = self._clock.now()
            ended: Waiter[None] = self._clock.future()
            try:
                await asyncio.get_running_loop().create_connection(
                    partial(self._factory, ended), self._host, self._port
                )
            except OSError as error:
                self._failed(error.strerror or str(error), self._clock.now() + pause)
            else:
                await self._clock.wait(ended)
            if self._clock.now() - began >= self._pauses.longest:
                pause = self._pauses.first
            if await self._stopped_within(pause):
                return
            pause = min(2 * pause, self._pauses.longest)

    async def _stopped_within(self, pause: timedelta) -> bool:
        try:
            await self._clock.wait(self._stop, self._clock.now() + pause)
        except DeadlineError:
            return False
        return True
