"""A device that dials in to the head-end and dials again, later and later, whenever it has lost it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock, Task
from simulators.connection import Connection
from simulators.meter import Silence

__all__ = ["Dialer", "Listener"]

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the head-end listens."""

    host: str
    port: int


class Dialer(ABC):
    """Keeps one connection to the head-end, except during its outages."""

    def __init__(self, clock: Clock, listener: Listener, *, name: str, outages: tuple[Silence, ...] = ()) -> None:
        self.clock = clock
        self.name = name
        self._listener = listener
        self._outages = outages

    def start(self) -> Task[None]:
        """Start the device; it runs until its task is cancelled."""
        return self.clock.spawn(self._run(), name=self.name)

    @abstractmethod
    async def serve(self, connection: Connection) -> bool:
        """Talk until the connection ends; True if the head-end has taken this device for one of its own."""

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            away = self._away_until(self.clock.now())
            if away is not None:
                await self.clock.sleep_until(away)
                continue
            known = await self._visit()
            pause = FIRST_PAUSE if known else min(2 * pause, LONGEST_PAUSE)
            await self.clock.sleep(pause)

    async def _visit(self) -> bool:
        try:
            connection = await Connection.dial(self.clock, self._listener.host, self._listener.port)
        except OSError:
            return False
        cutter = self.clock.spawn(self._cut_off(connection), name=f"{self.name}, outages")
        try:
            return await self.serve(connection)
        finally:
            connection.close()
            await self.clock.cancel(cutter)

    async def _cut_off(self, connection: Connection) -> None:
        """End the connection when the next outage begins."""
        starts = [outage.start for outage in self._outages if outage.start > self.clock.now()]
        if starts:
            await self.clock.sleep_until(min(starts))
            connection.close()

    def _away_until(self, now: datetime) -> datetime | None:
        return next((outage.end for outage in self._outages if outage.start <= now < outage.end), None)
