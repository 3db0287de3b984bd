"""Two sides of a wire for the tests of time: meters that answer after a modelled delay, and a master that asks."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from clock import Clock, DeadlineError, LinkEnd, Queue, Waiter, link_key

START = datetime(2026, 1, 1, tzinfo=UTC)
METERS = 6
ROUNDS = 5


class Wire(asyncio.Protocol):
    """A counted TCP connection that carries lines."""

    def __init__(self, clock: Clock, made: Callable[["Wire"], None] | None = None) -> None:
        self.inbox: Queue[str] = Queue(clock)
        self.over: Waiter[None] = clock.future()
        self._clock = clock
        self._made = made
        self._rest = b""
        self._transport: asyncio.Transport
        self._end: LinkEnd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # TCP gives a Transport
        self._end = self._clock.link(link_key(transport))
        if self._made is not None:
            self._made(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.inbox.try_put(line.decode())
        self._end.received(len(data))

    def connection_lost(self, _exc: Exception | None) -> None:
        self._end.lost()
        self.over.set_result(None)

    def send(self, line: str) -> None:
        data = line.encode() + b"\n"
        self._end.sent(len(data))
        self._transport.write(data)

    def close(self) -> None:
        self._end.lost()
        self._transport.close()


class Meters:
    """Answers each question after a seeded delay; some questions are never answered."""

    def __init__(self, clock: Clock, seed: int, tell: Callable[[str], None]) -> None:
        self._clock = clock
        self._seed = seed
        self._tell = tell
        self._served = 0

    async def listen(self) -> tuple[asyncio.Server, int]:
        """Listen on a free port, and return it."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(self._clock, self._serve), "127.0.0.1", 0)
        return server, server.sockets[0].getsockname()[1]

    def _serve(self, wire: Wire) -> None:
        self._served += 1
        self._clock.spawn(self._answer(wire), name=f"connection {self._served}")

    async def _answer(self, wire: Wire) -> None:
        task = self._clock.spawn(self._talk(wire), name=f"talk {self._served}")
        await self._clock.wait(wire.over)
        await self._clock.cancel(task)

    async def _talk(self, wire: Wire) -> None:
        while True:
            question = await wire.inbox.get()
            delays = random.Random(f"{self._seed} {question}")
            self._tell(f"{self._clock.now():%d %H:%M:%S.%f} meter hears {question}")
            if delays.random() > 0.2:
                await self._clock.sleep(delays.choice([2, 2.5, delays.uniform(2, 8)]))
                wire.send(f"answer to {question}")


class Master:
    """Asks several meters at once, each over its own connection, several times a day."""

    def __init__(self, clock: Clock, port: int, tell: Callable[[str], None]) -> None:
        self._clock = clock
        self._port = port
        self._tell = tell

    async def ask_all(self) -> None:
        """Ask every meter in every round."""
        await self._clock.gather(*(self._ask(number) for number in range(METERS)))

    async def _ask(self, number: int) -> None:
        clock = self._clock
        await clock.sleep(1)
        for turn in range(ROUNDS):
            _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(clock), "127.0.0.1", self._port)
            question = f"{number}.{turn}"
            wire.send(question)
            answer = clock.spawn(wire.inbox.get(), name=f"answer {question}")
            try:
                heard = await clock.wait(answer, clock.now() + timedelta(seconds=6))
            except DeadlineError:
                heard = f"nothing to {question}"
                await clock.cancel(answer)
            self._tell(f"{clock.now():%d %H:%M:%S.%f} master hears {heard}")
            wire.close()
            await clock.sleep_until(START + timedelta(hours=6 * (turn + 1)))
