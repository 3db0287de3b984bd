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

BAUD = 2400


class Dtu(Dialer):
    """One DTU. ``REG:<id>`` and a line end are its registration packet, repeated every ``heartbeat``.

    ``latency_ms`` bounds the response delay Td of the meters (DL/T 645-2007: 20 to 500 ms). ``echoes``: its RS-485
    adapter hears itself, so that every request comes back before its answer.
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
        echoes: bool = False,
    ) -> None:
        super().__init__(clock, listener, name=f"dtu {identity}", outages=outages)
        self._identity = identity
        self._servers = tuple(Server645(meter, password) for meter in meters.values())
        self._seed = seed
        self._latency_ms = latency_ms
        self._heartbeat = heartbeat
        self._echoes = echoes
        self._asked = 0

    async def serve(self, connection: Connection) -> bool:
        """Register, then carry bytes between the head-end and the line until the connection ends."""
        requests: Queue[dlt645.FrameReceived] = Queue(self.clock)
        line = self.clock.spawn(self._line(connection, requests), name=f"{self.name}, line")
        beats = self.clock.spawn(self._register(connection), name=f"{self.name}, registration")
        receiver = dlt645.Receiver()
        heard, last_byte = False, self.clock.now()
        try:
            while data := await connection.receive():
                now, heard = self.clock.now(), True
                if now - last_byte > dlt645.BYTE_GAP:
                    receiver.quiet()  # what was begun is no frame, and what came whole inside of it is too old to obey
                last_byte = now
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
            await self.clock.sleep(dlt645.transfer_time(request.wakeup + len(request.raw), BAUD))
            if self._echoes:
                connection.send(dlt645.build_frame(request.frame, wakeup=request.wakeup))
            now = self.clock.now()
            heard = [server for server in self._servers if server.meter.hears(now)]
            answers = [answer for server in heard if (answer := server.answer(request.frame, now))]
            if len(answers) != 1:
                continue  # nobody, or several at once, which nobody can read
            reply = dlt645.build_frame(answers[0])
            self._asked += 1
            delay = timedelta(milliseconds=between(*self._latency_ms, self._seed, "td", self.name, self._asked))
            await self.clock.sleep(delay + dlt645.transfer_time(len(reply), BAUD))
            connection.send(reply)
