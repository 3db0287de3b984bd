"""A meter that others wrote, the server of the PyPI package `dlt645`, read over TCP through our own driver."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from dlt645.service.serversvc.server_service import MeterServerService

from clock import RealClock
from drivers.link import Device, DeviceKind, DialFailed, LinkDown, LinkEvent, LinkLimits, Links, LinkUp, Rank, Tcp
from drivers.meter import Answer, Dialect, Field, MeterSettings, Place, Reason, Refused, Road, Silence, Silent, Told

ADDRESS = "000000123456"
LINK = "line:bench"
PLACE = Place(ADDRESS, Dialect.DLT645, Road.DTU, LINK)
BYTES_IN_WIRE_ORDER = bytes.fromhex(ADDRESS)[::-1]  # the form in which that package takes an address


@pytest.fixture
def foreign() -> Iterator[MeterServerService]:
    """Run the foreign meter on a free port."""
    server = MeterServerService.new_tcp_server("127.0.0.1", 0, timeout=2.0)
    server.set_address(BYTES_IN_WIRE_ORDER)
    assert server.start()
    yield server
    assert server.stop()


class Bench:
    """Our drivers, dialled to the foreign meter, on the real clock."""

    def __init__(self, clock: RealClock) -> None:
        self.events: list[LinkEvent] = []
        self.clock = clock
        self.links = Links(clock, LinkLimits(), observe=self.events.append)
        self.field = Field(clock, self.links, MeterSettings())
        self.meter = self.field.meter(PLACE)


def on_bench(port: int, story: Callable[[Bench], Awaitable[None]]) -> None:
    """Run a story with the line up."""

    async def main() -> None:
        bench = Bench(RealClock())
        bench.links.admit({LINK: Device(DeviceKind.LINE_645, Tcp("127.0.0.1", port))})
        assert await bench.links.wait_up(LINK, bench.clock.now() + timedelta(seconds=10))
        try:
            await story(bench)
        finally:
            await bench.links.close()

    asyncio.run(main())


def told(answer: Answer[object]) -> object:
    """Take the value out of an answer that must hold one."""
    assert isinstance(answer, Told), answer
    return answer.value


def test_address_is_asked_for(foreign: MeterServerService) -> None:
    """The only meter on a line tells its address."""

    async def story(bench: Bench) -> None:
        assert told(await bench.field.identify(LINK)) == ADDRESS

    on_bench(foreign.server.port, story)


def test_energies_are_read(foreign: MeterServerService) -> None:
    """Total and tariffs come to the hundredth; this meter knows no blocks and is asked one by one."""
    registers = {0x00010000: 1234.56, 0x00010100: 1000.06, 0x00010200: 200.25, 0x00010300: 34.25}
    for di, value in registers.items():
        assert foreign.set_00(di, value)

    async def story(bench: Bench) -> None:
        answer = await bench.meter.registers(rank=Rank.OPERATOR)
        assert isinstance(answer, Told), answer
        assert answer.value.total == Decimal("1234.56")
        assert answer.value.tariffs == tuple(map(Decimal, ("1000.06", "200.25", "34.25", "0.00")))

    on_bench(foreign.server.port, story)


def test_voltage_and_current_are_read(foreign: MeterServerService) -> None:
    """Voltages come to 0.1 V, currents to 0.001 A."""
    assert foreign.set_02(0x02010100, 221.5)
    assert foreign.set_02(0x02020100, 1.234)

    async def story(bench: Bench) -> None:
        answer = await bench.meter.phases(rank=Rank.OPERATOR)
        assert isinstance(answer, Told), answer
        assert answer.value.voltages == (Decimal("221.5"), Decimal(0), Decimal(0))
        assert answer.value.currents == (Decimal("1.234"), Decimal(0), Decimal(0))

    on_bench(foreign.server.port, story)


def test_date_and_time_are_read(foreign: MeterServerService) -> None:
    """The meter's local time comes as an instant in UTC."""
    assert foreign.set_04(0x04000101, "26091401")
    assert foreign.set_04(0x04000102, "101112")

    async def story(bench: Bench) -> None:
        expected = datetime(2026, 9, 14, 2, 11, 12, tzinfo=UTC)
        assert told(await bench.meter.clock(rank=Rank.CHECK)) == expected

    on_bench(foreign.server.port, story)


def test_relay_state_is_read(foreign: MeterServerService) -> None:
    """Run state word 3 of this meter says that its relay is closed."""

    async def story(bench: Bench) -> None:
        answer = await bench.meter.relay(rank=Rank.CHECK)
        assert isinstance(answer, Told), answer
        assert (answer.value.open, answer.value.word, answer.value.address) == (False, "0000", ADDRESS)

    on_bench(foreign.server.port, story)


def test_what_it_does_not_keep_is_refused(foreign: MeterServerService) -> None:
    """This meter keeps no daily freezes and says so with an error word."""

    async def story(bench: Bench) -> None:
        answer = await bench.meter.daily_freeze(datetime(2026, 9, 14, tzinfo=UTC).date())
        assert isinstance(answer, Refused), answer
        assert answer.reason in {Reason.NO_DATA, Reason.OTHER}

    on_bench(foreign.server.port, story)


def test_line_comes_back_after_the_meter_was_away() -> None:
    """While nobody answers the call it is repeated; a lost line is down until it is up again."""
    first = MeterServerService.new_tcp_server("127.0.0.1", 0, timeout=2.0)
    first.set_address(BYTES_IN_WIRE_ORDER)
    assert first.start()
    port = first.server.port

    async def story(bench: Bench) -> None:
        await asyncio.to_thread(first.stop)
        while bench.links.is_up(LINK):
            await bench.clock.sleep(0.01)
        answer = await bench.meter.clock(rank=Rank.CHECK)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.LINK_DOWN
        while not any(isinstance(event, DialFailed) for event in bench.events):
            await bench.clock.sleep(0.01)
        second = MeterServerService.new_tcp_server("127.0.0.1", port, timeout=2.0)
        second.set_address(BYTES_IN_WIRE_ORDER)
        assert await asyncio.to_thread(second.start)
        assert await bench.links.wait_up(LINK, bench.clock.now() + timedelta(seconds=20))
        assert told(await bench.field.identify(LINK)) == ADDRESS
        kinds = [type(event) for event in bench.events if isinstance(event, LinkUp | LinkDown)]
        assert kinds == [LinkUp, LinkDown, LinkUp]
        await asyncio.to_thread(second.stop)

    on_bench(port, story)
