"""A DTU: dials in, registers, and then is a pipe to an RS-485 line of DL/T 645 meters."""

from collections.abc import Mapping
from datetime import timedelta

from clock import Clock, Queue
from protocols import dlt645
from simulators.connection import Connection
from simulators.field.dialer import Dialer, Listener
from simulators.meter import Meter, Server645, Silence
from simulators.seeded import between

__all__ = ["Dtu"]

SECONDS_PER_BYTE = 11 / 2400  # 8E1 at 2400 baud: eleven bits a byte
WAKEUP = 4


class Dtu(Dialer):
    """One DTU. ``REG:<id>`` and a line end are its registration packet, repeated every ``heartbeat``.

    ``latency_ms`` bounds the response delay Td of the meters (DL/T 645-2007: 20 to 500 ms).
    """

    def __init__(
        self,
        clock: Clock,
        listener: Listener,
        identity: str,
        meters: Mapping[str, Meter],
        *,
        seed: int,
        latency_ms: tuple[int, int],
        password: dlt645.Password,
        heartbeat: timedelta,
        outages: tuple[Silence, ...] = (),
    ) -> None:
        super().__init__(clock, listener, name=f"dtu {identity}", outages=outages)
        self._identity = identity
        self._servers = tuple(Server645(meter, password) for meter in meters.values())
        self._seed = seed
        self._latency_ms = latency_ms
        self._heartbeat = heartbeat
        self._asked = 0

    async def serve(self, connection: Connection) -> bool:
        """Register, then carry bytes between the head-end and the line until the connection ends."""
        requests: Queue[dlt645.FrameReceived] = Queue(self.clock)
        line = self.clock.spawn(self._line(connection, requests), name=f"{self.name}, line")
        beats = self.clock.spawn(self._register(connection), name=f"{self.name}, registration")
        receiver = dlt645.Receiver()
        heard = False
        try:
            while data := await connection.receive():
                heard = True
                for event in receiver.receive(data):
                    if isinstance(event, dlt645.FrameReceived):
                        requests.try_put(event)
        finally:
            await self.clock.cancel(line, beats)
        return heard

    async def _register(self, connection: Connection) -> None:
        while True:
            connection.send(f"REG:{self._identity}\r\n".encode())
            await self.clock.sleep(self._heartbeat)

    async def _line(self, connection: Connection, requests: Queue[dlt645.FrameReceived]) -> None:
        """Put one request after the other on the line, at the speed of the line."""
        while True:
            request = await requests.get()
            await self.clock.sleep((request.wakeup + len(request.raw)) * SECONDS_PER_BYTE)
            now = self.clock.now()
            heard = [server for server in self._servers if server.meter.hears(now)]
            answers = [answer for server in heard if (answer := server.answer(request.frame, now))]
            if len(answers) != 1:
                continue  # nobody, or several at once, which nobody can read
            reply = dlt645.build_frame(answers[0], wakeup=WAKEUP)
            self._asked += 1
            delay = timedelta(milliseconds=between(*self._latency_ms, self._seed, "td", self.name, self._asked))
            await self.clock.sleep(delay + timedelta(seconds=len(reply) * SECONDS_PER_BYTE))
            connection.send(reply)
