"""A meter that others wrote, the server of the PyPI package `dlt645`, read by our own driver over TCP and a pty."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from dlt645.service.serversvc.server_service import MeterServerService

from clock import RealClock
from drivers.link import (
    Device,
    DeviceKind,
    DialFailed,
    Endpoint,
    LinkDown,
    LinkEvent,
    LinkLimits,
    Links,
    LinkUp,
    Parity,
    Rank,
    SerialPort,
    Tcp,
)
from drivers.meter import Answer, Dialect, Field, MeterSettings, Place, Reason, Refused, Road, Silence, Silent, Told
from tests.acceptance.cable import Cable

ADDRESS = "000000123456"
LINK = "line:bench"
PLACE = Place(ADDRESS, Dialect.DLT645, Road.DTU, LINK)
BYTES_IN_WIRE_ORDER = bytes.fromhex(ADDRESS)[::-1]  # the form in which that package takes an address


@dataclass(frozen=True)
class Foreign:
    """The foreign meter, and where we find it."""

    server: MeterServerService
    endpoint: Endpoint


def on_tcp(port: int = 0) -> Foreign:
    """Run the foreign meter on a port, a free one if none is given."""
    server = MeterServerService.new_tcp_server("127.0.0.1", port, timeout=2.0)
    server.set_address(BYTES_IN_WIRE_ORDER)
    assert server.start()
    return Foreign(server, Tcp("127.0.0.1", server.server.port))


def on_cable(cable: Cable) -> Foreign:
    """Run the foreign meter at the far end of a cable: 9600 baud and no parity bit, as a pty has none."""
    server = MeterServerService.new_rtu_server(str(cable.far), 8, 1, 9600, "N", timeout=2.0)
    server.set_address(BYTES_IN_WIRE_ORDER)
    assert server.start()
    return Foreign(server, SerialPort(str(cable.near), 9600, Parity.NONE))


@pytest.fixture(scope="module", params=["tcp", "pty"])
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    """Run the foreign meter, once for all that is read of it, as it takes its time to begin."""
    if request.param == "tcp":
        meter = on_tcp()
        yield meter
        assert meter.server.stop()
    else:
        cable = Cable(tmp_path_factory.mktemp("cable"))
        cable.plug()
        meter = on_cable(cable)
        yield meter
        assert meter.server.stop()
        cable.pull()


class Bench:
    """Our drivers, dialled to the foreign meter, on the real clock."""

    def __init__(self, clock: RealClock, endpoint: Endpoint) -> None:
        self.events: list[LinkEvent] = []
        self.clock = clock
        self.links = Links(clock, LinkLimits(), observe=self.events.append)
        self.links.admit({LINK: Device(DeviceKind.LINE_645, endpoint)})
        self.field = Field(clock, self.links, MeterSettings())
        self.meter = self.field.meter(PLACE)

    async def until_down(self) -> None:
        """Wait until the line is lost."""
        while self.links.is_up(LINK):
            await self.clock.sleep(0.01)

    async def until_failed(self) -> None:
        """Wait until the line was tried for in vain."""
        while not any(isinstance(event, DialFailed) for event in self.events):
            await self.clock.sleep(0.01)

    async def is_back(self) -> None:
        """Have the line up again, once, and the meter on it."""
        assert await self.links.wait_up(LINK, self.clock.now() + timedelta(seconds=20))
        assert told(await self.field.identify(LINK)) == ADDRESS
        kinds = [type(event) for event in self.events if isinstance(event, LinkUp | LinkDown)]
        assert kinds == [LinkUp, LinkDown, LinkUp]


def on_bench(endpoint: Endpoint, story: Callable[[Bench], Awaitable[None]]) -> None:
    """Run a story with the line up."""

    async def main() -> None:
        bench = Bench(RealClock(), endpoint)
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


def test_address_is_asked_for(foreign: Foreign) -> None:
    """The only meter on a line tells its address."""

    async def story(bench: Bench) -> None:
        assert told(await bench.field.identify(LINK)) == ADDRESS

    on_bench(foreign.endpoint, story)


def test_energies_are_read(foreign: Foreign) -> None:
    """Total and tariffs come to the hundredth; this meter knows no blocks and is asked one by one."""
    registers = {0x00010000: 1234.56, 0x00010100: 1000.06, 0x00010200: 200.25, 0x00010300: 34.25}
    for di, value in registers.items():
        assert foreign.server.set_00(di, value)

    async def story(bench: Bench) -> None:
        answer = await bench.meter.registers(rank=Rank.OPERATOR)
        assert isinstance(answer, Told), answer
        assert answer.value.total == Decimal("1234.56")
        assert answer.value.tariffs == tuple(map(Decimal, ("1000.06", "200.25", "34.25", "0.00")))

    on_bench(foreign.endpoint, story)


def test_voltage_and_current_are_read(foreign: Foreign) -> None:
    """Voltages come to 0.1 V, currents to 0.001 A."""
    assert foreign.server.set_02(0x02010100, 221.5)
    assert foreign.server.set_02(0x02020100, 1.234)

    async def story(bench: Bench) -> None:
        answer = await bench.meter.phases(rank=Rank.OPERATOR)
        assert isinstance(answer, Told), answer
        assert answer.value.voltages == (Decimal("221.5"), Decimal(0), Decimal(0))
        assert answer.value.currents == (Decimal("1.234"), Decimal(0), Decimal(0))

    on_bench(foreign.endpoint, story)


def test_date_and_time_are_read(foreign: Foreign) -> None:
    """The meter's local time comes as an instant in UTC."""
    assert foreign.server.set_04(0x04000101, "26091401")
    assert foreign.server.set_04(0x04000102, "101112")

    async def story(bench: Bench) -> None:
        expected = datetime(2026, 9, 14, 2, 11, 12, tzinfo=UTC)
        assert told(await bench.meter.clock(rank=Rank.CHECK)) == expected

    on_bench(foreign.endpoint, story)


def test_relay_state_is_read(foreign: Foreign) -> None:
    """Run state word 3 of this meter says that its relay is closed."""

    async def story(bench: Bench) -> None:
        answer = await bench.meter.relay(rank=Rank.CHECK)
        assert isinstance(answer, Told), answer
        assert (answer.value.open, answer.value.word, answer.value.address) == (False, "0000", ADDRESS)

    on_bench(foreign.endpoint, story)


def test_what_it_does_not_keep_is_refused(foreign: Foreign) -> None:
    """This meter keeps no daily freezes and says so with an error word."""

    async def story(bench: Bench) -> None:
        answer = await bench.meter.daily_freeze(datetime(2026, 9, 14, tzinfo=UTC).date())
        assert isinstance(answer, Refused), answer
        assert answer.reason in {Reason.NO_DATA, Reason.OTHER}

    on_bench(foreign.endpoint, story)


def test_line_comes_back_after_the_meter_was_away() -> None:
    """While nobody answers the call it is repeated; a lost line is down until it is up again."""
    first = on_tcp()

    async def story(bench: Bench) -> None:
        await asyncio.to_thread(first.server.stop)
        await bench.until_down()
        answer = await bench.meter.clock(rank=Rank.CHECK)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.LINK_DOWN
        await bench.until_failed()
        second = await asyncio.to_thread(on_tcp, first.server.server.port)
        await bench.is_back()
        await asyncio.to_thread(second.server.stop)

    on_bench(first.endpoint, story)


def test_line_comes_back_after_its_cable_was_pulled(tmp_path: Path) -> None:
    """A pulled adapter is told and tried for; when it is plugged in again the meter is read as before."""
    cable = Cable(tmp_path)
    cable.plug()
    first = on_cable(cable)

    async def story(bench: Bench) -> None:
        await asyncio.to_thread(first.server.stop)
        await asyncio.to_thread(cable.pull)
        await bench.until_down()
        await bench.until_failed()
        cable.plug()
        second = await asyncio.to_thread(on_cable, cable)
        await bench.is_back()
        await asyncio.to_thread(second.server.stop)

    on_bench(first.endpoint, story)
    cable.pull()
