"""An RS-485 line (RS-485总线): half-duplex, several meters of either dialect, at the speed of its bytes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from clock import Clock, Lock, Queue
from protocols import dlt645
from simulators.faults import Faults
from simulators.field.device import Device
from simulators.field.ear import Ear, Heard
from simulators.field.seen import Way
from simulators.field.slaves import slave_of
from simulators.meter import Meter
from simulators.ports import Channel, Ended
from simulators.seeded import between, octets

__all__ = ["BAUD", "TD_MS", "Line"]

BAUD = 2400
TD_MS = (20, 500)
"""Bounds of the response delay Td of a meter, in ms (DL/T 645-2007, 5.3)."""
LONGEST_NOISE = 64


class Line(Device):
    """The meters of one line; whoever is connected to it speaks to all of them.

    ``latency_ms`` bounds the response delay Td of the meters. ``baud`` is the speed of the line in bit/s, None where
    the bytes take their time by themselves, as on a real one. ``echoes``: its adapter hears itself, so that every
    request comes back before its answer. Two answers at once are noise.
    """

    def __init__(
        self,
        clock: Clock,
        meters: Mapping[str, Meter],
        *,
        name: str,
        seed: int,
        password: dlt645.Password,
        latency_ms: tuple[int, int] = TD_MS,
        baud: int | None = BAUD,
        echoes: bool = False,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(clock, name=name, faults=faults)
        self._slaves = tuple(slave_of(meter, password) for meter in meters.values())
        self._dialects = {meter.plate.dialect for meter in meters.values()}
        self._seed = seed
        self._latency_ms = latency_ms
        self._baud = baud
        self._echoes = echoes
        self._asked = 0
        self._turn = Lock(clock)

    async def converse(self, channel: Channel) -> Ended:
        """Answer what comes, one request after the other; somebody who says nothing is nobody."""
        requests: Queue[Heard] = Queue(self.clock)
        ear = Ear(self._dialects, self.clock.now())
        worker = self.clock.spawn(self._work(channel, requests), name=f"{self.name}, line")
        spoken = False
        try:
            while data := await channel.receive():
                spoken = True
                for heard in ear.hear(data, self.clock.now()):
                    requests.try_put(heard)
        finally:
            await self.clock.cancel(worker)
        return Ended(known=spoken)

    async def _work(self, channel: Channel, requests: Queue[Heard]) -> None:
        while True:
            heard = await requests.get()
            async with self._turn:
                await self._exchange(channel, heard)

    async def _exchange(self, channel: Channel, heard: Heard) -> None:
        """Put a request on the line, and what comes of it."""
        await self.clock.sleep(self._transfer(heard.raw))
        now = self.clock.now()
        fate = self.faults.meet(heard.raw, now)
        self.see(Way.IN, heard.raw, fate.note)
        if self._echoes or fate.echoes:
            self._send(channel, heard.raw, "echo")
        reply, took = fate.instead, timedelta()
        if reply is None:
            reply, took = self._answer(heard, now) if fate.heard else (b"", took)
        parts = fate.shape(reply)
        if not parts:
            return
        self._asked += 1
        delay = timedelta(milliseconds=between(*self._latency_ms, self._seed, "td", self.name, self._asked))
        await self.clock.sleep(delay + took)
        for part in parts:
            await self.clock.sleep(part.after + self._transfer(part.data))
            self._send(channel, part.data, part.note)

    def _answer(self, heard: Heard, now: datetime) -> tuple[bytes, timedelta]:
        """Give what the meters say, all of them at once."""
        told = [slave.answer(heard, now) for slave in self._slaves if slave.meter.hears(now)]
        answers = [answer for answer in told if answer[0]]
        if len(answers) > 1 and len({said for said, _ in answers}) > 1:
            size = min(max(len(said) for said, _ in answers), LONGEST_NOISE)
            return octets(size, self._seed, "collision", self.name, self._asked), timedelta()
        return answers[0] if answers else (b"", timedelta())

    def _send(self, channel: Channel, data: bytes, note: str) -> None:
        channel.send(data)
        self.see(Way.OUT, data, note)

    def _transfer(self, data: bytes) -> timedelta:
        return timedelta() if self._baud is None else dlt645.transfer_time(len(data), self._baud)
