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

"Links" is ``drivers.link`` alone: questions that were laid out beforehand, answers that nobody reads. The floors are in
the same run, on as many connections, with as many bytes either way (``measuring.floors``): "same" are bare streams to
the same simulated devices, "streams" and "callbacks" are to an echo. The aim is for "streams", the bare echo that
a client would write.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from measuring import verdict
from measuring.fleet import calling, devices, machine, run
from measuring.floors import HOST, Cost, callbacks, login_answer, measured, own_collector, same, streams

from clock import RealClock
from drivers.link import Answered, Exchange, LinkLimits, Links, Rank
from drivers.link.dialogue698 import link_of
from drivers.link.raw import DTU_PREFIX
from drivers.meter import Dialect, Field, MeterSettings, Place, Road, Silence, Told
from drivers.meter.items645 import FORWARD_ENERGY
from drivers.meter.replies import Missing
from drivers.meter.roads import METER_WAIT, TOTAL_WAIT, ConcentratorRoad, DtuRoad
from protocols.dlt645 import Address, ReadAnswer, ReadRequest
from protocols.dlt698 import ProxyGetListResponse, parse_link, recipes
from simulators.fleet import Plan

LINKS = 1000
POLLS = 12_000
ROUNDS = 2
AIM = 3.0
FLOORS = ("same", "streams", "callbacks")
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
    welcome: Callable[[bytes], tuple[str, bytes]]  # a device that logs in: its link, and what it is told


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
        asked = [[shape.place(link, number) for number in range(each)] for link in range(links)]

        async def poll(places: list[Place]) -> None:
            for place in places:
                told = await field.meter(place).registers(rank=Rank.POLL)
                assert isinstance(told, Told), told

        return await measured(each * links, asyncio.gather(*map(poll, asked)))


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


async def same_devices(shape: Shape, links: int, polls: int) -> Cost:
    """Ask the same of the same devices over bare streams."""
    gateway = Links(RealClock(), LinkLimits(), observe=lambda _: None)  # knows how questions are laid out, no more
    gateway.admit(devices(shape.plan))
    expires = RealClock().now() + PATIENCE
    asked = {
        shape.plan.link(link): [
            shape.ask(gateway, shape.place(link, n), expires).request for n in range(polls // links)
        ]
        for link in range(links)
    }
    return await same(lambda port: calling(shape.plan, port, "--rate=2000"), shape.welcome, asked, shape.sizes[1])


def dtu_welcome(first: bytes) -> tuple[str, bytes]:
    """Know a DTU by its registration, which is not answered."""
    return DTU_PREFIX + first.removeprefix(b"REG:").rstrip().decode(), b""


def terminal_welcome(first: bytes) -> tuple[str, bytes]:
    """Know a concentrator by its login."""
    return link_of(parse_link(first).address), login_answer(first)


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


def shapes(links: int) -> tuple[Shape, ...]:
    """Give both shapes, with the sizes of what goes over the wire."""
    raw, proxy = Plan(dtus=links, dtu_meters=BEHIND), Plan(concentrators=links, meters=BEHIND)
    lines, villages = ([list(plan.branch(link)) for link in range(links)] for plan in (raw, proxy))

    def dtu(link: int, number: int) -> Place:
        return Place(lines[link][number % BEHIND], Dialect.DLT645, Road.DTU, raw.link(link))

    def concentrator(link: int, number: int) -> Place:
        return Place(villages[link][number % BEHIND], Dialect.DLT698, Road.PROXY, proxy.link(link))

    return Shape("raw 645 over DTUs", raw, dtu, (20, 36), raw_question, dtu_welcome), Shape(
        "698 PROXY", proxy, concentrator, (39, 64), proxy_question, terminal_welcome
    )


async def compare(shape: Shape, options: argparse.Namespace) -> dict[str, Any]:
    """Poll each way in turn, a few times over; the cheapest time of each counts."""
    links, polls = options.links, options.polls
    best: dict[str, Cost] = {}
    for _ in range(options.rounds):
        for name, work in (
            ("ours", ours(shape, links, polls)),
            ("links", bare_links(shape, links, polls)),
            ("same", same_devices(shape, links, polls)),
            ("streams", streams(links, polls, shape.sizes)),
            ("callbacks", callbacks(links, polls, shape.sizes)),
        ):
            with own_collector() if name in FLOORS else nullcontext():
                cost = await work
            best[name] = min(best.get(name, cost), cost, key=lambda one: one.cpu_us)
    costs = {
        name: {"cpu_us": round(cost.cpu_us, 1), "per_second": round(cost.per_second)} for name, cost in best.items()
    }
    ratios = {
        way: {floor: round(best[way].cpu_us / best[floor].cpu_us, 2) for floor in FLOORS} for way in ("links", "ours")
    }
    return {"shape": shape.name, **costs, "ratios": ratios}


def show(found: dict[str, Any]) -> None:
    """Print it, and whether the aim holds: of the links alone, and of all that we do for a poll."""
    print(f"{found['shape']:20}{'CPU, µs':>10}{'polls/s':>10}" + "".join(f"{'× ' + floor:>13}" for floor in FLOORS))
    for name in ("links", "ours", *FLOORS):
        cpu, rate = found[name]["cpu_us"], found[name]["per_second"]
        ratios = found["ratios"].get(name, {})
        beside = "".join(f"{ratio:13.2f}" for ratio in ratios.values())
        held = f"   aim {AIM:g} × streams: {verdict(ratios['streams'] <= AIM)}" if ratios else ""
        print(f"  {name:18}{cpu:10.1f}{rate:10,}{beside}{held}")


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
