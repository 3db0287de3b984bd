"""The least that polling costs: bare clients that write, and read what comes back, as many bytes as a poll has.

========= ======================================================= ====================================================
floor     at our end                                              at the far end
========= ======================================================= ====================================================
same      a task for each connection (asyncio streams on uvloop), the simulated devices that `Links` polls: they log
          and a time-out, as nobody polls a meter without one     in, and answer the same questions
streams   the same                                                an echo in a process that does nothing else
callbacks a protocol that counts what comes in and writes again,  the same
          which is less than any client does
========= ======================================================= ====================================================

Who writes to a process that sleeps has to wake it, which costs the writer more than the write: an echo, of which more
is asked than it can do, never sleeps, and devices sometimes do.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocols.dlt698 import (
    LINK_RESPONSE,
    Address,
    DateTime,
    LinkFrame,
    LinkResponse,
    Piid,
    Verdict,
    build_apdu,
    build_link,
)
from protocols.dlt698.wire.link import x25

TIMEOUT = 10.0
HOST = "127.0.0.1"
BACKLOG = 32_768
SOME = DateTime.of(datetime(2026, 9, 14, 1, 8, 5))  # noqa: DTZ001  a time on a device's wall
ANSWER = build_link(
    LinkFrame(
        LINK_RESPONSE,
        Address.single("900000000000"),
        0,
        build_apdu(LinkResponse(Piid(0), Verdict(0), SOME, SOME, SOME)),
    )
)


@dataclass(frozen=True)
class Cost:
    """What polls took."""

    cpu_us: float
    per_second: float


@contextmanager
def own_collector() -> Iterator[None]:
    """Let Python's collector work as often as in any other process: it is the daemon alone that spares it."""
    spared = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*spared)


async def measured(polls: int, work: Awaitable[object]) -> Cost:
    """Let the work be done, and tell what each of so many polls took."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    spent, took = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(spent / polls * 1e6, polls / took)


def login_answer(request: bytes) -> bytes:
    """Answer a login of DL/T 698.45: its address, number and time put into what is laid out, and the sums made anew."""
    answer = bytearray(ANSWER)
    answer[5:11], answer[15], answer[17:27] = request[5:11], request[15], request[19:29]
    answer[12:14] = x25(answer[1:12]).to_bytes(2, "little")
    answer[-3:-1] = x25(answer[1:-3]).to_bytes(2, "little")
    return bytes(answer)


async def same(
    calling: Callable[[int], AbstractAsyncContextManager[object]],
    welcome: Callable[[bytes], tuple[str, bytes]],
    asked: dict[str, list[bytes]],
    answer: int,
) -> Cost:
    """Poll devices that call a port: by link, what each is asked, and the bytes of an answer.

    `welcome` tells by the first bytes of a device its link, and what is answered.
    """
    ends: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
    complete = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link, told = welcome(await reader.read(1024))
        writer.write(told)
        ends[link] = reader, writer
        if len(ends) == len(asked):
            complete.set()

    server = await asyncio.start_server(accept, HOST, 0, backlog=BACKLOG)
    async with calling(server.sockets[0].getsockname()[1]):
        await complete.wait()
        polls = (_poll(*ends[link], questions, answer) for link, questions in asked.items())
        cost = await measured(sum(map(len, asked.values())), asyncio.gather(*polls))
    server.close()
    return cost


async def _poll(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, questions: Iterable[bytes], answer: int
) -> None:
    for question in questions:
        writer.write(question)
        async with asyncio.timeout(TIMEOUT):
            await reader.readexactly(answer)


ECHO = """
import asyncio, sys, uvloop
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.left = transport, ASKED
    def data_received(self, data):
        self.left -= len(data)
        if not self.left:
            self.left = ASKED
            self.transport.write(ANSWER)
async def main(port, links):
    loop = asyncio.get_running_loop()
    for _ in range(links):
        await loop.create_connection(Echo, "127.0.0.1", port)
    await asyncio.get_running_loop().create_future()
port, links, ASKED, answered = map(int, sys.argv[1:])
ANSWER = bytes(answered)
uvloop.run(main(port, links))
"""


@asynccontextmanager
async def echoing(port: int, links: int, sizes: tuple[int, int]) -> AsyncIterator[None]:
    """Have a process of its own call a port and answer."""
    arguments = map(str, (port, links, *sizes))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ECHO, *arguments)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def streams(links: int, polls: int, sizes: tuple[int, int]) -> Cost:
    """Poll by a task for each connection, with a time-out."""
    ends: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    complete, each = asyncio.Event(), polls // links
    questions = [bytes(sizes[0])] * each

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append((reader, writer))
        if len(ends) == links:
            complete.set()

    server = await asyncio.start_server(accept, HOST, 0)

    async with echoing(server.sockets[0].getsockname()[1], links, sizes):
        await complete.wait()
        cost = await measured(each * links, asyncio.gather(*(_poll(*end, questions, sizes[1]) for end in ends)))
    server.close()
    return cost


class Caller(asyncio.Protocol):
    """Writes, and again when as much has come back."""

    def __init__(self, question: bytes, answer: int, polls: int) -> None:
        self.question, self.answer, self.left, self.polls = question, answer, answer, polls
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Count."""
        self.left -= len(data)
        if not self.left:
            self.left = self.answer
            self.polls -= 1
            if self.polls:
                self.transport.write(self.question)
            else:
                self.done.set_result(None)


async def callbacks(links: int, polls: int, sizes: tuple[int, int]) -> Cost:
    """Poll by callbacks."""
    begun: list[Caller] = []
    complete, each = asyncio.Event(), polls // links

    def accept() -> Caller:
        begun.append(Caller(bytes(sizes[0]), sizes[1], each))
        if len(begun) == links:
            asyncio.get_running_loop().call_soon(complete.set)
        return begun[-1]

    server = await asyncio.get_running_loop().create_server(accept, HOST, 0)

    async def poll() -> None:
        for caller in begun:
            caller.transport.write(caller.question)
        await asyncio.gather(*(caller.done for caller in begun))

    async with echoing(server.sockets[0].getsockname()[1], links, sizes):
        await complete.wait()
        cost = await measured(each * links, poll())
    server.close()
    return cost
