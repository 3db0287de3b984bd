"""What a poll costs over our links, beside a bare echo of as many bytes.

Run: ``python bench/polls.py``. Simulated devices in processes of their own (`metersim fleet`) answer at once, so that
what is measured is this process: the CPU time (user and system) that it takes for one poll, from the question as
``drivers.meter`` makes it to the registers that came of it. All links are polled at the same time, one question out on
each.

======= ================================================= =====================================================
shape   question                                          answer
======= ================================================= =====================================================
raw     DL/T 645 read of 0001FF00 over a DTU              five registers
proxy   DL/T 698.45 PROXY read of 00100200                the same in a list of results
======= ================================================= =====================================================

The peer is in the same run, on as many connections, with as many bytes either way: a task for each that writes, and
reads what comes back (asyncio streams on uvloop) within a time-out, as nobody polls a meter without one. "Callbacks" is
less than any client does: a protocol that counts what comes in and writes again. "Links" is ``drivers.link`` alone:
questions that were laid out beforehand, answers that nobody reads.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from measuring import verdict
from measuring.fleet import calling, devices, machine, run

from clock import RealClock
from drivers.link import Answered, Exchange, LinkLimits, Links, Rank
from drivers.meter import Dialect, Field, MeterSettings, Place, Road, Silence, Told
from drivers.meter.items645 import FORWARD_ENERGY
from drivers.meter.replies import Missing
from drivers.meter.roads import METER_WAIT, TOTAL_WAIT, ConcentratorRoad, DtuRoad
from protocols.dlt645 import Address, ReadAnswer, ReadRequest
from protocols.dlt698 import ProxyGetListResponse, recipes
from simulators.fleet import Plan

LINKS = 1000
POLLS = 12_000
ROUNDS = 2
AIM = 3.0
TIMEOUT = 10.0
HOST = "127.0.0.1"
BEHIND = 32
"""Meters on a line, which are polled in turn: nobody asks a raw line the same again at once, as a second copy of an
answer may still come."""
PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Shape:
    """A way to poll."""

    name: str
    plan: Plan
    place: Callable[[int, int], Place]  # by the numbers of a link and of a poll over it
    sizes: tuple[int, int]  # bytes of a question and of its answer
    ask: Callable[[Links, Place, datetime], Exchange]


@dataclass(frozen=True)
class Cost:
    """What polls took."""

    cpu_us: float
    per_second: float


async def measured(polls: int, work: Awaitable[object]) -> Cost:
    """Let the work be done, and tell what each of so many polls took."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    spent, took = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(spent / polls * 1e6, polls / took)


@asynccontextmanager
async def answered(shape: Shape, links: int) -> AsyncIterator[Links]:
    """Have links over which every device answers."""
    gateway = Links(RealClock(), LinkLimits(), observe=lambda _: None)
    gateway.admit(devices(shape.plan))
    _, port = await gateway.listen(HOST, 0)
    async with calling(shape.plan, port, "--rate=2000"):
        for link in range(links):
            assert await gateway.wait_up(shape.plan.link(link), RealClock().now() + PATIENCE)
        yield gateway
    await gateway.close()


async def ours(shape: Shape, links: int, polls: int) -> Cost:
    """Poll meters: ask for registers, and read them."""
    each = polls // links
    async with answered(shape, links) as gateway:
        field = Field(RealClock(), gateway, MeterSettings())

        async def poll(link: int) -> None:
            for number in range(each):
                told = await field.meter(shape.place(link, number)).registers(rank=Rank.POLL)
                assert isinstance(told, Told), told

        return await measured(each * links, asyncio.gather(*map(poll, range(links))))


async def bare_links(shape: Shape, links: int, polls: int) -> Cost:
    """Ask what was laid out beforehand, and leave the answers unread."""
    each = polls // links
    async with answered(shape, links) as gateway:
        expires = RealClock().now() + PATIENCE
        asked = [[shape.ask(gateway, shape.place(link, n), expires) for n in range(each)] for link in range(links)]

        async def poll(exchanges: list[Exchange]) -> None:
            for exchange in exchanges:
                outcome = await gateway.ask(exchange)
                assert isinstance(outcome, Answered), outcome

        return await measured(each * links, asyncio.gather(*map(poll, asked)))


def raw_question(links: Links, place: Place, expires: datetime) -> Exchange:
    """Lay out a question to a raw line."""
    question = DtuRoad(links, place.link).carry(Address(place.address), ReadRequest(FORWARD_ENERGY), ReadAnswer)
    return Exchange(place.link, None, question.request, question.expects, Rank.POLL, expires, question.patience)


def proxy_question(links: Links, place: Place, expires: datetime) -> Exchange:
    """Lay out a question to a concentrator."""
    road = ConcentratorRoad(links, place.link, place.link.removeprefix("698:"), MeterSettings())
    request = recipes.proxy_get(road.piid(), place.address, [recipes.FORWARD], total=TOTAL_WAIT, each=METER_WAIT)
    question = road.ask(request, ProxyGetListResponse, lambda _: Missing(Silence.NO_ANSWER))
    return Exchange(place.link, None, question.request, question.expects, Rank.POLL, expires, question.patience)


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
    complete, question, each = asyncio.Event(), bytes(sizes[0]), polls // links

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append((reader, writer))
        if len(ends) == links:
            complete.set()

    server = await asyncio.start_server(accept, HOST, 0)

    async def poll(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(each):
            writer.write(question)
            async with asyncio.timeout(TIMEOUT):
                await reader.readexactly(sizes[1])

    async with echoing(server.sockets[0].getsockname()[1], links, sizes):
        await complete.wait()
        cost = await measured(each * links, asyncio.gather(*(poll(*end) for end in ends)))
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


def shapes(links: int) -> tuple[Shape, ...]:
    """Give both shapes, with the sizes of what goes over the wire."""
    raw, proxy = Plan(dtus=links, dtu_meters=BEHIND), Plan(concentrators=links, meters=BEHIND)
    lines, villages = ([list(plan.branch(link)) for link in range(links)] for plan in (raw, proxy))

    def dtu(link: int, number: int) -> Place:
        return Place(lines[link][number % BEHIND], Dialect.DLT645, Road.DTU, raw.link(link))

    def concentrator(link: int, number: int) -> Place:
        return Place(villages[link][number % BEHIND], Dialect.DLT698, Road.PROXY, proxy.link(link))

    return Shape("raw 645 over DTUs", raw, dtu, (20, 36), raw_question), Shape(
        "698 PROXY", proxy, concentrator, (39, 64), proxy_question
    )


async def compare(shape: Shape, options: argparse.Namespace) -> dict[str, Any]:
    """Poll each way in turn, a few times over; the cheapest time of each counts."""
    links, polls = options.links, options.polls
    best: dict[str, Cost] = {}
    for _ in range(options.rounds):
        for name, work in (
            ("ours", ours(shape, links, polls)),
            ("links", bare_links(shape, links, polls)),
            ("streams", streams(links, polls, shape.sizes)),
            ("callbacks", callbacks(links, polls, shape.sizes)),
        ):
            cost = await work
            best[name] = min(best.get(name, cost), cost, key=lambda one: one.cpu_us)
    costs = {
        name: {"cpu_us": round(cost.cpu_us, 1), "per_second": round(cost.per_second)} for name, cost in best.items()
    }
    return {"shape": shape.name, **costs, "ratio": round(best["ours"].cpu_us / best["streams"].cpu_us, 2)}


def show(found: dict[str, Any]) -> None:
    """Print it, and whether the aim holds."""
    for name in ("ours", "links", "streams", "callbacks"):
        cpu, rate = found[name]["cpu_us"], found[name]["per_second"]
        print(f"{found['shape']:18} {name:10} {cpu:8.1f} µs of CPU {rate:9,} polls/s")
    ratio = found["ratio"]
    print(f"{found['shape']}: {ratio:.2f} × the CPU of an echo (aim {AIM:g}), {verdict(ratio <= AIM)}")


def main() -> None:
    """Measure both shapes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--polls", type=int, default=POLLS, help="in each round, over all links")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.json:
        print(f"{options.links:,} links at a time; {machine()}")
    found = [run(lambda shape=shape: compare(shape, options)) for shape in shapes(options.links)]
    if options.json:
        print(json.dumps(found))
        return
    for one in found:
        show(one)


if __name__ == "__main__":
    main()
