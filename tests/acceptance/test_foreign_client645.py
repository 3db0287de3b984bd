"""Our simulated meter, read by a client that others wrote, that of the PyPI package `dlt645`, over TCP and a pty.

It takes an address in the order of the wire, reads single items of the 2007 edition, and gives None where it sees no
answer that it understands.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from dlt645.service.clientsvc.client_service import MeterClientService

from clock import RealClock
from simulators.localtime import local
from tests.simulators.processes import Metersim, metersim

ADDRESS = "000000001001"
IN_WIRE_ORDER = bytes.fromhex(ADDRESS)[::-1].hex()
PATIENCE = 20.0

Client = Callable[[Metersim], MeterClientService]


def over_tcp(meter: Metersim) -> MeterClientService:
    """Call the meter at the port that it tells."""
    port = re.search(r"--tcp 127\.0\.0\.1:(\d+)", meter.first)
    assert port, meter.first
    return MeterClientService.new_tcp_client("127.0.0.1", int(port[1]), timeout=PATIENCE)


def over_pty(meter: Metersim) -> MeterClientService:
    """Open the serial port that it tells; a pseudo-terminal takes no parity."""
    device = re.search(r"--serial (\S+?):", meter.first)
    assert device, meter.first
    return MeterClientService.new_rtu_client(device[1], 2400, 8, 1, "N", PATIENCE)


@pytest.fixture(params=[("--listen", "127.0.0.1:0"), ("--pty",)], ids=["tcp", "pty"])
def client(request: pytest.FixtureRequest) -> Iterator[MeterClientService]:
    """Give their client with its line to a meter of ours that shows 50 kWh."""
    options: tuple[str, ...] = request.param
    with metersim("meter", "1001", "--register", "50", *options) as meter:
        client = over_pty(meter) if "--pty" in options else over_tcp(meter)
        assert client.set_address(IN_WIRE_ORDER)
        yield client
        client.client.disconnect()


def test_energies_are_read(client: MeterClientService) -> None:
    """The total is what the tariffs make together, to the hundredth, and never falls."""
    items = [client.read_00(0x00010000 + 0x100 * tariff) for tariff in range(5)]
    assert all(item is not None and item.unit == "kWh" for item in items)
    total, *tariffs = (round(100 * item.value) for item in items)
    assert 5000 <= total < 5010
    assert sum(tariffs) - 5 <= total <= sum(tariffs)
    assert round(100 * client.read_00(0x00010000).value) >= total


def test_voltage_and_current_are_read(client: MeterClientService) -> None:
    """Phase A has a voltage of the grid and a current."""
    assert 200 < client.read_02(0x02010100).value < 250
    assert client.read_02(0x02020100).value >= 0


def test_date_and_time_are_read(client: MeterClientService) -> None:
    """The clock shows the local time of the county."""
    day, time = client.read_04(0x04000101).value, client.read_04(0x04000102).value
    shown = datetime.strptime(day[:6] + time, "%y%m%d%H%M%S").replace(tzinfo=local(RealClock().now()).tzinfo)
    assert abs(shown - local(RealClock().now())) < timedelta(minutes=1)


def test_address_is_asked_for(client: MeterClientService) -> None:
    """The only meter on a line tells its address to whoever asks for anybody's."""
    assert client.read_address().value in {ADDRESS, IN_WIRE_ORDER}


def test_freeze_is_accepted(client: MeterClientService) -> None:
    """A freeze at once is obeyed and answered."""
    assert client.freeze(99, 99, 99, 99) is not None


def test_another_address_is_not_answered() -> None:
    """A request to somebody else gets no answer, and the next one to the meter gets its own."""
    with metersim("meter", "1001") as meter:
        client = over_tcp(meter)
        client.client.timeout = 0.5
        assert client.set_address("990000000000")
        assert client.read_00(0x00010000) is None
        client.client.timeout = PATIENCE
        assert client.set_address(IN_WIRE_ORDER)
        assert client.read_00(0x00010000) is not None
        client.client.disconnect()
