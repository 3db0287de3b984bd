"""One and the same meter on every road that runs on stepped time: sockets and pseudo-terminals are real."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
import uvloop

from clock import SteppedClock, run_virtual
from protocols.catalogue import Protocol
from tests.simulators.calling import ADDRESS, ROADS, Caller, call, check_read, make_bench, road
from tests.simulators.conftest import NOON

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("name", ROADS)
def test_a_meter_is_read_on_every_road(
    name: str, protocol: Protocol, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """A bare meter of each language answers on each road with what it shows, again and again."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, protocol)

        async def story(caller: Caller) -> None:
            for _ in range(3):
                await clock.sleep(timedelta(minutes=20))
                await check_read(caller, bench, ADDRESS, protocol)

        await call(clock, bench, await road(clock, name), story)

    run_virtual(main, NOON, loop_factory=loop)


@pytest.mark.parametrize("name", ROADS)
def test_a_long_answer_comes_whole(name: str) -> None:
    """What is longer than the system takes in one go arrives complete and in order."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT645, baud=None)
        bench.act("garbage", "bytes=64")
        bench.act("duplicate", "gap=0")

        async def story(caller: Caller) -> None:
            for _ in range(200):
                assert await caller.total() is not None
            assert sum(len(data) for _, data in caller.came) >= 200 * 64

        await call(clock, bench, await road(clock, name), story)

    run_virtual(main, NOON, loop_factory=uvloop.new_event_loop)
