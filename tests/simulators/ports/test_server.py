"""A device that is called over TCP."""

from datetime import timedelta

import pytest

from clock import SteppedClock, run_virtual
from protocols.catalogue import Protocol
from simulators.connection import Connection
from simulators.errors import PortError
from simulators.ports import TcpServer
from tests.simulators.calling import Caller, make_bench, question
from tests.simulators.conftest import NOON


def test_two_callers_share_one_line() -> None:
    """Who calls second is served too, and waits while the line is busy with the first."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT645, "1001", "1002")
        port = TcpServer(clock, "127.0.0.1", 0)
        await port.open()
        task = clock.spawn(bench.run(port), name="bench")
        one, two = [Caller(clock, await Connection.dial(clock, "127.0.0.1", port.port)) for _ in range(2)]
        ways: list[str] = []
        bench.watch(lambda seen: ways.append(seen.way))
        totals = await clock.gather(one.total("000000001001"), two.total("000000001002"))
        assert None not in totals
        assert ways == ["in", "out", "in", "out"]
        await clock.cancel(task)
        assert await one.channel.receive() == b""

    run_virtual(main, NOON)


def test_a_port_in_use_is_named() -> None:
    """A port that somebody has already is refused by its number."""

    async def main(clock: SteppedClock) -> None:
        port = TcpServer(clock, "127.0.0.1", 0)
        await port.open()
        task = clock.spawn(make_bench(clock).run(port), name="bench")
        with pytest.raises(PortError, match=f"127.0.0.1:{port.port}.*in use"):
            await TcpServer(clock, "127.0.0.1", port.port).open()
        await clock.cancel(task)

    run_virtual(main, NOON)


def test_a_device_that_is_away_hangs_up() -> None:
    """While a flapping device is away callers are hung up on; then it answers again."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        bench.act("flapping", "up=10", "down=30", "count=1")
        port = TcpServer(clock, "127.0.0.1", 0)
        await port.open()
        task = clock.spawn(bench.run(port), name="bench")
        caller = Caller(clock, await Connection.dial(clock, "127.0.0.1", port.port))
        assert await caller.total() is not None
        assert await caller.channel.receive() == b""
        assert timedelta(seconds=5) <= clock.now() - NOON <= timedelta(seconds=15)
        lost = clock.now()
        again = await Connection.dial(clock, "127.0.0.1", port.port)
        again.send(question())
        assert await again.receive() == b""
        await clock.sleep_until(lost + timedelta(seconds=30))
        assert await Caller(clock, await Connection.dial(clock, "127.0.0.1", port.port)).total() is not None
        await clock.cancel(task)

    run_virtual(main, NOON)
