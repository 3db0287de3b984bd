"""One connection through the proxy: who called, whom it reaches, and what befalls the connection as a whole."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from clock import Clock, Task
from simulators.connection import Connection
from simulators.fault_proxy.faults import BOTH, ConnectionFault, HalfOpen, Injected, Kind, Reset, Stall, Way
from simulators.fault_proxy.lane import Lane
from simulators.fault_proxy.stream import Stream
from simulators.fault_proxy.table import Draws, Table

__all__ = ["Relayed"]

MILLISECOND = timedelta(milliseconds=1)


class Relayed:
    """A connection that was taken and is carried on to where it was meant for."""

    def __init__(self, clock: Clock, table: Table, draws: Draws, caller: Connection) -> None:
        self._clock = clock
        self._table = table
        self._draws = draws
        self._ends = {Way.THERE: caller}
        self._lanes: dict[Way, Lane] = {}

    @property
    def taken(self) -> dict[Way, int]:
        """How many bytes came in, by the direction they were to go."""
        return {way: lane.stream.taken for way, lane in self._lanes.items()}

    async def run(self, call: Callable[[], Awaitable[Connection]]) -> None:
        """Call the other side and carry bytes until both sides have ended; who can't be reached resets the caller."""
        caller = self._ends[Way.THERE]
        try:
            called = await call()
        except OSError:
            caller.reset()
        else:
            self._ends[Way.BACK] = called
            await self._carry(caller, called)

    def close(self) -> None:
        """End the connection at both sides."""
        for end in self._ends.values():
            end.close()

    async def _carry(self, caller: Connection, called: Connection) -> None:
        for way, source, sink in ((Way.THERE, caller, called), (Way.BACK, called, caller)):
            stream = Stream(self._table, self._draws, way, self._clock.now())
            self._lanes[way] = Lane(self._clock, source, sink, stream)
        faults = [fault for fault in self._table.faults if isinstance(fault, ConnectionFault)]
        troubles: list[Task[None]] = [
            self._clock.spawn(self._strike_again(fault, place), name=f"proxy {self._draws.link}, faults")
            for place, fault in enumerate(faults)
        ]
        try:
            await self._clock.gather(*(job for lane in self._lanes.values() for job in (lane.read(), lane.deliver())))
        finally:
            await self._clock.cancel(*troubles)

    async def _strike_again(self, fault: ConnectionFault, place: int) -> None:
        """Do a fault every now and then while it is at work."""
        number = 0
        while True:
            half = fault.every // 2 // MILLISECOND
            await self._clock.sleep(max(1, self._draws.number(half, 3 * half, place, number)) * MILLISECOND)
            now = self._clock.now()
            if self._table.faults and fault.at_work(now - self._table.begun):
                self._strike(fault, now, (place, number))
            number += 1

    def _strike(self, fault: ConnectionFault, now: datetime, which: tuple[int, int]) -> None:
        match fault:
            case Stall(ways=ways, lasts=lasts):
                for way in ways:
                    self._lanes[way].stream.stall(now + lasts)
            case HalfOpen(lasts=lasts):
                self._halve(now + lasts, which)
            case Reset():
                self._tell(Kind.RESET)
                for end in self._ends.values():
                    end.reset()

    def _halve(self, until: datetime, which: tuple[int, int]) -> None:
        """Tear down one end without a word to the other."""
        if not all(end.open for end in self._ends.values()):
            return
        self._tell(Kind.HALF_OPEN)
        for lane in self._lanes.values():
            lane.forget(lambda now: now >= until or not self._table.faults)
        self._ends[list(Way)[self._draws.number(0, len(BOTH) - 1, "end", *which)]].reset()

    def _tell(self, kind: Kind) -> None:
        self._table.tell(Injected(kind, self._clock.now(), self._draws.link, None, 1))
