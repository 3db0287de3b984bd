"""The fleet: meters that are computed, devices without tasks of their own, over real TCP."""

import asyncio
import io
import json
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import RealClock, SteppedClock, virtual_time
from drivers.link import Device, DeviceKind, LinkEvent, LinkLimits, Links, Rank, UnknownDevice
from drivers.meter import Dialect as TheirDialect
from drivers.meter import Field, MeterSettings, Place, Road, Told
from headend import archive
from protocols import dlt645, dlt698
from protocols.dlt698 import Dar, DateTimeS, LinkKind, LinkResult, recipes
from simulators.connection import Connection
from simulators.errors import FleetError
from simulators.field import Listener
from simulators.fleet import Branch, Figures, Fleet, Orders, Plan, Route, routes, write_archive
from simulators.fleet.limits import check_ports
from simulators.fleet.meter import INSTALLED, FleetMeter
from simulators.localtime import SHANGHAI, local, midnight
from simulators.meter import FREEZES_KEPT, Dialect
from tests.simulators.conftest import NOON
from tests.simulators.freezes import daily_freezes, energies, read_daily_freezes
from tests.simulators.peer import HeadEnd

TODAY = local(NOON).date()
PLAN = Plan(concentrators=3, meters=5, old=2, dtus=2, dtu_meters=3, heartbeat=timedelta(seconds=120))
NUMBERS = st.integers(0, 10**12 - 1)
INSTANTS = st.datetimes(datetime(2025, 1, 2), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SIZES = st.integers(0, 60)


@given(NUMBERS, st.integers(0, 99), INSTANTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_no_register_ever_falls(number: int, seed: int, at: datetime, later: timedelta) -> None:
    """Each register of a meter only rises, and the total is the sum of its tariffs."""
    meter = FleetMeter(f"{number:012d}", Dialect.DLT698, seed)
    before, after = meter.registers(at), meter.registers(at + later)
    assert all(old <= new for old, new in zip(before.block, after.block, strict=True))
    assert before.total == sum(before.tariffs)


@given(NUMBERS, INSTANTS, st.integers(0, 100))
def test_freezes_are_the_registers_of_midnight(number: int, now: datetime, back: int) -> None:
    """A freeze holds what the registers showed at 00:00 of its day; there is none of tomorrow, or too long ago."""
    meter, day = FleetMeter(f"{number:012d}", Dialect.DLT645, 7), local(now).date() - timedelta(days=back)
    freeze = meter.freeze(day, now)
    if back < FREEZES_KEPT and day >= INSTALLED:
        assert freeze is not None
        assert freeze.registers == meter.registers(midnight(day))
        assert freeze == meter.freeze_back(back + 1, now)
    else:
        assert freeze is None
    assert meter.freeze(local(now).date() + timedelta(days=1), now) is None


@given(SIZES, st.integers(1, 9), st.integers(0, 1), SIZES, st.integers(1, 9))
def test_an_address_belongs_to_one_line(lines: int, meters: int, old: int, dtus: int, dtu_meters: int) -> None:
    """Every meter is found on its own line alone, by the address under which the line lists it."""
    plan = Plan(lines, meters, old=old, dtus=dtus, dtu_meters=dtu_meters)
    branches = [plan.branch(number) for number in range(plan.lines)]
    addresses = [address for branch in branches for address in branch]
    assert len(set(addresses)) == plan.all_meters
    for number, branch in enumerate(branches):
        assert [branch.place(address) for address in branch] == list(range(len(branch)))
        assert [address for address in addresses if address in branch] == list(branch)
        assert sum(meter.dialect is Dialect.DLT645 for meter in branch.values()) == (
            plan.dtu_meters if plan.is_dtu(number) else old
        )


def test_meters_take_no_memory() -> None:
    """Ten thousand meters behind each device take as much memory as one."""
    taken = []
    for meters in (1, 10_000):
        plan = Plan(concentrators=50, meters=meters)
        tracemalloc.start()
        fleet = Fleet(SteppedClock(NOON), Orders(plan, routes([Listener("127.0.0.1", 1)], []), timedelta()), print)
        taken.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert fleet.figures.devices == plan.lines
    assert abs(taken[1] - taken[0]) < plan.lines * 16


@dataclass(frozen=True, slots=True)
class Scene:
    """A fleet that calls a head-end in virtual time."""

    clock: SteppedClock
    head_end: HeadEnd
    fleet: Fleet
    told: list[Figures]

    async def ask(self, connection: Connection, number: int, request: dlt698.ClientApdu) -> dlt698.Apdu:
        """Ask a concentrator and wait for its answer."""
        return await self.clock.wait(self.head_end.ask(connection, PLAN.identity(number), request))


@asynccontextmanager
async def scene(
    plan: Plan, *, span: float = 0, stay: timedelta | None = None, verdict: int = 0
) -> AsyncIterator[Scene]:
    """Set a fleet going."""
    async with virtual_time(NOON) as clock:
        head_end = HeadEnd(clock, verdict=verdict)
        listener = await head_end.listen()
        told: list[Figures] = []
        orders = Orders(plan, routes([listener], []), timedelta(seconds=span), stay)
        fleet = Fleet(clock, orders, told.append)
        running = clock.spawn(fleet.run(), name="fleet")
        yield Scene(clock, head_end, fleet, told)
        fleet.stop()
        await clock.wait(running)
        await clock.sleep(1)  # until all connections have ended
        head_end.close()


@pytest.mark.asyncio
async def test_logins_are_spread_over_the_span() -> None:
    """Ten concentrators that are to log in within twenty seconds come every two seconds, and keep their heartbeat."""
    async with scene(Plan(concentrators=10, heartbeat=timedelta(seconds=120)), span=20) as at:
        await at.clock.sleep(timedelta(seconds=200))
        times = [link.time.at(SHANGHAI) for link in at.head_end.links]
        kinds = [link.request for link in at.head_end.links]
        figures = replace(at.fleet.figures)
    starts = [(time - NOON).total_seconds() for time in times if time]
    assert starts[:10] == [2 * place for place in range(10)]
    assert starts[10:] == [120 + start for start in starts[:10]]
    assert kinds == 10 * [LinkKind.LOGIN] + 10 * [LinkKind.HEARTBEAT]
    assert (figures.up, figures.logins, figures.heartbeats, figures.seconds) == (10, 10, 10, 18.0)


@pytest.mark.asyncio
async def test_a_refused_device_tries_again_later_and_later() -> None:
    """Calls that are turned down are counted and repeated after 5, 10 and 20 seconds."""
    async with scene(Plan(concentrators=1), verdict=LinkResult.ILLEGAL_DEVICE) as at:
        await at.clock.sleep(timedelta(seconds=40))
        times = [link.time.at(SHANGHAI) for link in at.head_end.links]
        figures = replace(at.fleet.figures)
    assert [(time - NOON).total_seconds() for time in times if time] == [0, 5, 15, 35]
    assert (figures.refused, figures.logins, figures.best) == (4, 0, 0)


@pytest.mark.asyncio
async def test_a_lost_device_comes_back() -> None:
    """A connection that ends is made anew after five seconds."""
    async with scene(Plan(concentrators=1)) as at:
        connection = await at.head_end.connections.get()
        lost = at.clock.now()
        connection.close()
        await at.head_end.connections.get()
        assert at.clock.now() - lost == timedelta(seconds=5)
        await at.clock.sleep(1)
        assert (at.fleet.figures.logins, at.fleet.figures.lost) == (2, 1)


@pytest.mark.asyncio
async def test_a_fleet_ends_by_itself() -> None:
    """With a stay it ends so long after the last login, and its last figures are those of the moment before."""
    async with scene(Plan(concentrators=4), span=8, stay=timedelta(seconds=30)) as at:
        fleet = next(task for task in at.clock.tasks() if task.get_name() == "fleet")
        final = await at.clock.wait(fleet)
        assert timedelta(seconds=36) <= at.clock.now() - NOON < timedelta(seconds=37)
    assert (final.up, final.lost, final.devices) == (4, 0, 4)
    assert at.told[-1] == final
    assert final.memory > 0


@pytest.mark.asyncio
async def test_records_hold_the_freezes_of_the_meters() -> None:
    """A record request is answered with a row for each meter of the line, of either dialect, and of no other line."""
    stamp = DateTimeS.of(local(midnight(TODAY)))
    wanted = [*PLAN.branch(0), next(iter(PLAN.branch(1)))]
    async with scene(PLAN) as at:
        connection = await at.head_end.connections.get()
        answer = await at.ask(connection, 0, read_daily_freezes(at.head_end.piid(), wanted, stamp))
        assert at.fleet.figures.rows == PLAN.meters
    assert isinstance(answer, dlt698.GetRecordResponse)
    freezes = {freeze.meter: freeze for freeze in daily_freezes(answer.record)}
    assert list(freezes) == list(PLAN.branch(0))
    for address, meter in PLAN.branch(0).items():
        assert freezes[address].forward == _kwh(meter, TODAY)


def _kwh(meter: FleetMeter, day: date) -> tuple[Decimal, ...]:
    freeze = meter.freeze(day, NOON)
    assert freeze is not None
    return tuple(Decimal(register).scaleb(-2) for register in freeze.registers.block)


@pytest.mark.asyncio
async def test_meters_are_read_through_the_proxy() -> None:
    """A PROXY read gives registers of this moment; a meter of the other dialect or line is refused, as is an order."""
    new, *_, old = PLAN.branch(0)
    async with scene(PLAN) as at:
        connection = await at.head_end.connections.get()
        results = []
        for address in (new, old, next(iter(PLAN.branch(1)))):
            request = recipes.proxy_get(at.head_end.piid(), address, [recipes.FORWARD], total=60)
            answer = await at.ask(connection, 0, request)
            assert isinstance(answer, dlt698.ProxyGetListResponse)
            results.append(recipes.proxied(answer, address)[recipes.FORWARD])
        now = at.clock.now()
        unknown = recipes.proxy_get(at.head_end.piid(), new, [recipes.ESAM_SERIAL], total=60)
        answer = await at.ask(connection, 0, unknown)
        assert isinstance(answer, dlt698.ProxyGetListResponse)
        results.append(recipes.proxied(answer, new)[recipes.ESAM_SERIAL])
    block = PLAN.branch(0)[new].registers(now).block
    assert energies(results[0]) == tuple(Decimal(register).scaleb(-2) for register in block)
    assert results[1:] == [Dar.OTHER, Dar.OTHER, Dar.OBJECT_UNDEFINED]


@pytest.mark.asyncio
async def test_orders_are_not_taken() -> None:
    """A concentrator answers an order with an ERROR-Response, a forwarded write is refused by its meter."""
    *_, old = PLAN.branch(0)
    tag = dlt698.TimeTag(DateTimeS.of(local(NOON)), dlt698.TI(dlt698.TimeUnit.MINUTE, 5))
    write = dlt645.build_message(dlt645.Address(old), dlt645.freeze_now())
    async with scene(PLAN) as at:
        connection = await at.head_end.connections.get()
        order = recipes.proxy_act(at.head_end.piid(), next(iter(PLAN.branch(0))), recipes.trip(), tag, total=60)
        error = await at.ask(connection, 0, order)
        request = recipes.forward(at.head_end.piid(), dlt645.build_frame(write))
        told = await at.ask(connection, 0, request)
    assert isinstance(error, dlt698.ServerErrorResponse)
    assert isinstance(told, dlt698.ProxyTransResponse)
    back = recipes.forwarded(told)
    assert isinstance(back, bytes)
    assert isinstance(dlt645.parse_message(dlt645.parse_frame(back)), dlt645.Refusal)


@pytest.mark.asyncio
@pytest.mark.parametrize("number", [0, 3], ids=["concentrator", "dtu"])
async def test_the_drivers_read_every_road(number: int) -> None:
    """The head-end's own drivers read freeze, registers, clock and relay of each meter of a line, by each road."""
    async with virtual_time(NOON) as clock:
        links = Links(clock, LinkLimits(), observe=lambda _: None)
        kinds = {False: DeviceKind.CONCENTRATOR, True: DeviceKind.DTU}
        links.admit({PLAN.link(n): Device(kinds[PLAN.is_dtu(n)]) for n in range(PLAN.lines)})
        host, port = await links.listen("127.0.0.1", 0)
        fleet = Fleet(clock, Orders(PLAN, (Route(Listener(host, port)),), timedelta()), lambda _: None)
        running = clock.spawn(fleet.run(), name="fleet")
        assert await links.wait_up(PLAN.link(number), clock.now() + timedelta(seconds=5))
        field = Field(clock, links, MeterSettings())
        for address, meter in PLAN.branch(number).items():
            theirs = field.meter(_place(number, meter))
            freeze, registers = await theirs.daily_freeze(TODAY), await theirs.registers(rank=Rank.POLL)
            shown, relay = await theirs.clock(rank=Rank.POLL), await theirs.relay(rank=Rank.POLL)
            now = clock.now()
            assert isinstance(freeze, Told)
            assert isinstance(registers, Told)
            assert isinstance(shown, Told)
            assert isinstance(relay, Told)
            assert (freeze.value.total, *freeze.value.tariffs) == _kwh(meter, TODAY)
            assert registers.value.total == Decimal(meter.registers(now).total).scaleb(-2)
            assert abs(shown.value.astimezone(UTC) - now) < timedelta(seconds=1)
            assert not relay.value.open
            assert address == meter.address
        fleet.stop()
        await clock.wait(running)
        await clock.sleep(1)  # until all connections have ended
        await links.close()


def _place(number: int, meter: FleetMeter) -> Place:
    dialect = TheirDialect(meter.dialect.value)
    road = Road.DTU if PLAN.is_dtu(number) else Road.PROXY if dialect is TheirDialect.DLT698 else Road.FORWARD
    return Place(meter.address, dialect, road, PLAN.link(number))


def test_the_archive_file_is_what_the_head_end_reads() -> None:
    """Every row is good, each meter stands behind its own line, and its history is what its freezes say."""
    file = io.StringIO()
    assert write_archive(PLAN, TODAY, file) == PLAN.all_meters
    read = archive.read_archive(json.loads(file.getvalue()))
    assert read.bad == ()
    assert [row.link for _, row in read.concentrators] == [PLAN.link(number) for number in range(PLAN.lines)]
    by_link: dict[str, list[str]] = {}
    for _, row in read.accounts:
        by_link.setdefault(row.meter.link, []).append(row.meter.address)
    assert by_link == {PLAN.link(number): list(PLAN.branch(number)) for number in range(PLAN.lines)}
    for _, row in read.accounts:
        branch: Branch = PLAN.branch(list(by_link).index(row.meter.link))
        for entry in row.history:
            assert entry.total == _kwh(branch[row.meter.address], entry.day)[0]


def test_too_many_ports_are_refused() -> None:
    """Where one pair of addresses has not ports enough the error names addresses to call from; two pairs do."""
    with pytest.raises(FleetError, match=r"--source 127\.0\.0\.2"):
        check_ports(60_000, 1)
    check_ports(56_000, 2)


@pytest.mark.parametrize(("concentrators", "meters", "old"), [(1, 2, 3), (10**7, 11, 0)], ids=["old", "many"])
def test_a_plan_that_is_impossible_is_refused(concentrators: int, meters: int, old: int) -> None:
    """More old meters than meters, or more meters than there are addresses."""
    with pytest.raises(FleetError):
        Plan(concentrators, meters, old=old)


async def _real_links(hear: Callable[[LinkEvent], None] = lambda _: None, *, known: bool = True) -> tuple[Links, str]:
    """Listen on the real clock."""
    links = Links(RealClock(), LinkLimits(), observe=hear)
    kinds = {False: DeviceKind.CONCENTRATOR, True: DeviceKind.DTU}
    links.admit({PLAN.link(n): Device(kinds[PLAN.is_dtu(n)]) for n in range(PLAN.lines)} if known else {})
    host, port = await links.listen("127.0.0.1", 0)
    return links, f"--connect={host}:{port}"


async def _start(*options: str) -> asyncio.subprocess.Process:
    sizes = ("--concentrators=3", "--meters=5", "--old=2", "--dtus=2", "--dtu-meters=3")
    command = (*FEW_FILES, *METERSIM, *sizes, "--storm=0", "--json", *options)
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


FEW_FILES = ("sh", "-c", 'ulimit -S -n 60 && exec "$@"', "sh")
"""Starts a command with fewer open files than a fleet needs, until it asks for more."""
NO_FILES = ("sh", "-c", 'ulimit -n 200 && exec "$@"', "sh")
"""Starts a command that can't have more."""
METERSIM = (sys.executable, "-m", "simulators.cli", "fleet")


@pytest.mark.asyncio
@pytest.mark.parametrize("processes", [1, 2])
async def test_the_command_logs_all_in_and_prints_its_figures(processes: int) -> None:
    """Processes share the devices; with --json the figures of all are one object, and the code is 0."""
    links, listener = await _real_links()
    command = await _start(listener, "--stay=0.1", f"--processes={processes}")
    out, _ = await command.communicate()
    await links.close()
    told = json.loads(out)
    assert command.returncode == 0
    assert (told["devices"], told["best"], told["logins"], told["processes"]) == (5, 5, 5, processes)
    assert told["memory_mib"] > 0


@pytest.mark.asyncio
async def test_a_fleet_is_ended_by_a_signal() -> None:
    """SIGINT ends all its processes, and the figures are printed; here of devices that nobody knows."""
    refused = asyncio.Event()

    def hear(event: LinkEvent) -> None:
        if isinstance(event, UnknownDevice):
            refused.set()

    links, listener = await _real_links(hear, known=False)
    command = await _start(listener, "--processes=2")
    await refused.wait()
    command.send_signal(signal.SIGINT)
    out, _ = await command.communicate()
    await links.close()
    assert command.returncode == 1
    assert json.loads(out)["best"] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "nobody would call"),
        (("--concentrators=1", "--storm=1", "--rate=1"), "name one of them"),
        (("--concentrators=1", "--connect=2404"), "HOST:PORT"),
        (("--concentrators=100000",), "--source"),
        (("--concentrators=300",), "--processes"),
        (("--concentrators=1", "--old=101"), "name fewer"),
    ],
    ids=["nobody", "twice", "listener", "ports", "files", "old"],
)
def test_bad_options_are_told(arguments: tuple[str, ...], told: str) -> None:
    """What is wrong with the options of the command is said in words, with code 2."""
    ended = subprocess.run((*NO_FILES, *METERSIM, *arguments), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert told in ended.stderr
