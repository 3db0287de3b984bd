"""A device that dials in to the head-end, and dials again, later and later, whenever it has lost it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock
from simulators.connection import Connection
from simulators.meter import Silence
from simulators.ports.port import Ended, Port, Serve

__all__ = ["DialIn", "Listener"]

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the head-end listens."""

    host: str
    port: int


class DialIn(Port):
    """Keeps one connection to the head-end, except during the outages of the line."""

    def __init__(self, clock: Clock, listener: Listener, *, outages: tuple[Silence, ...] = ()) -> None:
        super().__init__(f"dialling tcp {listener.host}:{listener.port}")
        self._clock = clock
        self._listener = listener
        self._outages = outages

    async def open(self) -> None:
        """Nothing has to be open before the device calls."""

    async def run(self, serve: Serve) -> None:
        """Call, and call again."""
        pause = FIRST_PAUSE
        while True:
            away = self._away_until(self._clock.now())
            if away is not None:
                await self._clock.sleep_until(away)
                continue
            ended = await self._visit(serve)
            pause = FIRST_PAUSE if ended.known else min(2 * pause, LONGEST_PAUSE)
            await self._clock.sleep(pause if ended.away is None else ended.away)

    async def _visit(self, serve: Serve) -> Ended:
        try:
            connection = await Connection.dial(self._clock, self._listener.host, self._listener.port)
        except OSError as error:
            self.tell(f"{self._listener.host}:{self._listener.port} does not answer ({error.strerror or error})")
            return Ended(known=False)
        cutter = self._clock.spawn(self._cut_off(connection), name=f"{self.where}, outages")
        try:
            return await serve(connection)
        finally:
            connection.close()
            await self._clock.cancel(cutter)

    async def _cut_off(self, connection: Connection) -> None:
        """End the connection when the next outage begins."""
        starts = [outage.start for outage in self._outages if outage.start > self._clock.now()]
        if starts:
            await self._clock.sleep_until(min(starts))
            connection.close()

    def _away_until(self, now: datetime) -> datetime | None:
        return next((outage.end for outage in self._outages if outage.start <= now < outage.end), None)
