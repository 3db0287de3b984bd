"""The whole village in the field, read and switched by the head-end's own drivers over real TCP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from clock import SteppedClock, virtual_time
from drivers.link import Device, DeviceKind, LinkDown, LinkEvent, LinkLimits, Links, Rank
from drivers.meter import Dialect, Field, Freeze, Meter, MeterSettings, Place, RelayState, Release, Road, Told
from drivers.meter.software_security import SoftwareModule
from protocols.dlt645 import Password
from protocols.labcipher import ROOT_KEY
from simulators.errors import ScenarioError
from simulators.faults import read_faults
from simulators.field import Listener
from simulators.localtime import midnight
from simulators.village import Home, LineKind, Village
from simulators.world import METER_PASSWORD, World
from tests.village import SCENARIO, new_village

pytestmark = pytest.mark.asyncio

DAY = SCENARIO.start
ONE_OF_EACH_KIND = (8, 9, 200, 201, 220, 221)  # by road, and by password or security chip


@dataclass(frozen=True, slots=True)
class Scene:
    """A village whose devices have dialled in."""

    clock: SteppedClock
    village: Village
    field: Field

    def meter(self, home: Home) -> Meter:
        """Give the head-end's meter of a home."""
        plate = home.meter.plate
        place = Place(plate.address, Dialect(plate.dialect.value), Road(home.line.road), home.line.link, plate.profile)
        return self.field.meter(place)

    async def relay(self, home: Home) -> RelayState:
        """Read a relay live."""
        answer = await self.meter(home).relay(rank=Rank.CHECK)
        assert isinstance(answer, Told)
        return answer.value


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Let the village dial in, and the first night pass until 00:31."""
    village = new_village()
    async with virtual_time(midnight(DAY) - timedelta(minutes=10)) as clock:
        links = Links(clock, LinkLimits(), observe=lambda _: None)
        links.admit({line.link: Device(DeviceKind(line.kind.value)) for line in SCENARIO.lines})
        World(clock, village, Listener(*await links.listen("127.0.0.1", 0))).start()
        await clock.sleep_until(midnight(DAY) + timedelta(minutes=31))
        settings = MeterSettings(password=Password(2, METER_PASSWORD))
        yield Scene(clock, village, Field(clock, links, settings, SoftwareModule(ROOT_KEY, Random(1))))
        await links.close()


async def test_every_meter_gives_the_freeze_of_its_midnight() -> None:
    """What the head-end reads as the day's freeze is what each meter showed at 00:00, but for the deaf ones."""
    async with scene() as at:
        told: dict[str, Freeze] = {}
        for line in SCENARIO.lines:
            addresses = list(at.village.on(line))
            if line.road == "dtu":
                homes = [home for home in at.village.homes if home.line.id == line.id]
                answers = {home.meter.address: await at.meter(home).daily_freeze(DAY) for home in homes}
            else:
                answers = dict(await at.field.concentrator(line.link).daily_freezes(DAY, addresses))
            told |= {key: answer.value for key, answer in answers.items() if isinstance(answer, Told)}
        deaf = {home.meter.address for home in at.village.homes if not home.meter.hears(at.clock.now())}
        assert set(told) == {home.meter.address for home in at.village.homes} - deaf
        assert 1 <= len(deaf) <= SCENARIO.noise.meters
        for home in at.village.homes:
            freeze = home.meter.freeze(DAY, at.clock.now())
            assert freeze is not None
            if home.meter.address in told:
                total, *tariffs = (Decimal(register).scaleb(-2) for register in freeze.registers.block)
                assert told[home.meter.address].total == total
                assert told[home.meter.address].tariffs == tuple(tariffs)


@pytest.mark.parametrize("number", ONE_OF_EACH_KIND)
async def test_trip_and_close_move_the_contact(number: int) -> None:
    """On each road, by password and secured, a trip opens the contact and a close closes it; the read-back tells."""
    async with scene() as at:
        home = at.village.homes[number]
        soon = at.clock.now() + timedelta(minutes=4)
        release = Release(1, home.meter.address, soon, "00000001")

        async def go() -> bool:
            return True

        tripped = await at.meter(home).trip(release, go, until=soon)
        after_trip = await at.relay(home)
        closed = await at.meter(home).close()
        after_close = await at.relay(home)
        movements = [movement.open for movement in home.meter.relay(at.clock.now()).movements]
    assert isinstance(tripped, Told)
    assert isinstance(closed, Told)
    assert (after_trip.open, after_trip.command_open, after_trip.current) == (True, True, Decimal(0))
    assert (after_close.open, after_close.command_open) == (False, False)
    assert movements == [True, False]


async def test_permission_waits_for_the_customers_key() -> None:
    """A shop that was permitted to close stays dark until the key is pressed."""
    async with scene() as at:
        home = at.village.homes[220]
        now = at.clock.now()
        home.meter.relay(now).trip(now)
        await at.meter(home).permit()
        before = await at.relay(home)
        now = at.clock.now()
        home.meter.relay(now).press_key(now)
        after = await at.relay(home)
    assert (before.open, before.command_open) == (True, False)
    assert not after.open


async def test_times_are_the_same_in_every_run() -> None:
    """Two runs of one seed end at the same instant."""
    ends = []
    for _ in range(2):
        async with scene() as at:
            await at.clock.gather(*(at.relay(home) for home in at.village.homes[140:160]))
            ends.append(at.clock.now())
    assert ends[0] == ends[1]


async def test_lines_of_the_village_have_faults() -> None:
    """A file of faults names lines by their ids: that of the shops flaps, the others stay; an unknown id is refused."""
    village = new_village()
    (shops,) = (line for line in SCENARIO.lines if line.kind is LineKind.DTU)
    plan = read_faults(f'[[fault]]\nkind = "flapping"\nup = 60\ndown = 30\ndevice = "{shops.id}"')
    down: list[str] = []
    async with virtual_time(midnight(DAY) + timedelta(hours=9)) as clock:
        links = Links(clock, LinkLimits(), observe=lambda event: _note_down(event, down))
        links.admit({line.link: Device(DeviceKind(line.kind.value)) for line in SCENARIO.lines})
        listener = Listener(*await links.listen("127.0.0.1", 0))
        World(clock, village, listener, plan).start()
        await clock.sleep(timedelta(minutes=20))
        assert 8 <= len(down) <= 20
        assert set(down) == {shops.link}
        with pytest.raises(ScenarioError, match="did you mean"):
            World(clock, village, listener, read_faults(f'[[fault]]\nkind = "half"\ndevice = "{shops.id}x"'))
        await links.close()


def _note_down(event: LinkEvent, down: list[str]) -> None:
    if isinstance(event, LinkDown):
        down.append(event.link)
