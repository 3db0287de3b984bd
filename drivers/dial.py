"""One outgoing connection that is made again, later each time, until it is closed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from clock import Clock, DeadlineError, Task, Waiter

P = TypeVar("P")
"""What carries one connection: a protocol of the event loop, or a session with a broker."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses between calls: the first, doubled each time up to the longest."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(seconds=60)


Factory = Callable[[Waiter[None]], P]
"""Makes what carries one connection; it settles the waiter when that connection is lost."""

Reach = Callable[[Callable[[], P]], Awaitable[object]]
"""Makes the connection, with what is given to carry it; raises OSError when it can't."""

Failed = Callable[[str, datetime], None]
"""Told why a call was not answered, and when it is repeated."""


def over_tcp(host: str, port: int) -> Reach[asyncio.Protocol]:
    """Reach a listener over TCP."""

    async def reach(protocol: Callable[[], asyncio.Protocol]) -> object:
        return await asyncio.get_running_loop().create_connection(protocol, host, port)

    return reach


class Dialler(Generic[P]):
    """Keeps one outgoing connection up.

    A connection that held for less than the longest pause does not shorten the next one, so that a peer that
    accepts and hangs up is not called in a tight loop.
    """

    def __init__(
        self, clock: Clock, peer: str, reach: Reach[P], pauses: Pauses, *, factory: Factory[P], failed: Failed
    ) -> None:
        self.peer = peer
        self._clock = clock
        self._reach = reach
        self._pauses = pauses
        self._factory = factory
        self._failed = failed
        self._stop: Waiter[None] = clock.future()
        self._calling: Task[None] | None = None

    def start(self) -> None:
        """Begin calling."""
        self._calling = self._clock.spawn(self._keep(), name=f"dial {self.peer}")

    def stop(self) -> None:
        """Call no more; a standing connection is for its owner to close."""
        if not self._stop.done():
            self._stop.set_result(None)

    async def ended(self) -> None:
        """Stop, and give up a call that is being made; for when no connection of it stands any more."""
        self.stop()
        if self._calling is not None:
            await self._clock.cancel(self._calling)

    async def _keep(self) -> None:
        pause = self._pauses.first
        while not self._stop.done():
            began = self._clock.now()
            ended: Waiter[None] = self._clock.future()
            try:
                await self._reach(partial(self._factory, ended))
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
