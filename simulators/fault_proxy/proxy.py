"""The proxy as a whole: it listens, calls on for whoever dials in, and can be told to behave."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from clock import Clock, Task
from simulators.connection import Connection
from simulators.fault_proxy.faults import Fault, Kind, Way
from simulators.fault_proxy.relayed import Relayed
from simulators.fault_proxy.table import Draws, Observe, Table
from simulators.field import Listener

__all__ = ["FaultProxy"]


class FaultProxy:
    """A TCP proxy to one listener that does to its connections what a table of faults says.

    The same seed does the same to the same bytes. Connections are numbered from 0 as they come. Every fault that was
    done is counted and told to ``observe``. Without faults bytes go through at the instant they come. What is held
    back is not bounded. On a stepped clock bytes are counted at its ends, so nothing is under way unseen.
    """

    def __init__(
        self,
        clock: Clock,
        target: Listener,
        faults: Sequence[Fault] = (),
        *,
        seed: int = 0,
        observe: Observe | None = None,
    ) -> None:
        self._clock = clock
        self._target = target
        self._seed = seed
        self._table = Table(faults, clock.now(), observe)
        self._server: asyncio.Server | None = None
        self._open: dict[Relayed, Task[None]] = {}
        self._taken: Counter[Way] = Counter()
        self._accepted = 0

    @property
    def injected(self) -> Mapping[Kind, int]:
        """How often each kind of fault was done."""
        return Counter(self._table.injected)

    @property
    def accepted(self) -> int:
        """How many connections have been taken in all."""
        return self._accepted

    @property
    def open(self) -> int:
        """How many connections are carried now, half-open ones included."""
        return len(self._open)

    @property
    def taken(self) -> Mapping[Way, int]:
        """How many bytes have come in, by the direction they were to go."""
        counts = Counter(self._taken)
        for relayed in self._open:
            counts.update(relayed.taken)
        return counts

    async def listen(self, host: str, port: int) -> Listener:
        """Take connections; gives the address, with the port that was chosen for port 0. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(partial(Connection, self._clock, self._accept), host, port)
        return Listener(*self._server.sockets[0].getsockname()[:2])

    def heal(self) -> None:
        """Do no more faults. What is held comes when it is due; a half-open end learns it when it sends."""
        self._table.heal()

    async def close(self) -> None:
        """Stop listening and end all connections."""
        if self._server is not None:
            self._server.close()
        for relayed in self._open:
            relayed.close()
        await self._clock.cancel(*self._open.values())

    def _accept(self, caller: Connection) -> None:
        relayed = Relayed(self._clock, self._table, Draws(self._seed, self._accepted), caller)
        call = partial(Connection.dial, self._clock, self._target.host, self._target.port)
        task = self._clock.spawn(relayed.run(call), name=f"proxy {self._accepted}")
        self._accepted += 1
        self._open[relayed] = task
        task.add_done_callback(lambda _: self._leave(relayed))

    def _leave(self, relayed: Relayed) -> None:
        self._taken.update(relayed.taken)
        del self._open[relayed]
