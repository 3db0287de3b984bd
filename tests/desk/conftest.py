"""A desk over the rooms of a small world."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.link import LinkLimits, Links
from drivers.meter import Field, MeterSettings
from headend import archive
from headend.config import Settings
from headend.desk import Desk, trail
from headend.desk.linking import device_of
from tests.rooms import MONDAY, SITE, Bench, home_no, shop_no
from tests.strategy.moments import Moment
from tests.strategy.world import ONE_DAY, World, make_world

WARN_THEN_SHORT = "287.00"
"""A deposit of which 2.61 yuan are left on Monday morning and -19.27 on Tuesday, at 40 kWh a day."""

SHOP_SHORT = "420.00"
"""The same for a shop at its flat price: 4.00 yuan on Monday morning, -28.00 on Tuesday."""

KEY = SITE.service_key.decode()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A peer of the socket: a user of the machine, or a script that names itself."""

    uid: int = 4711
    user: str = "nobody"
    named: Mapping[str, str] | None = None


def named(user: str, role: str = "") -> Somebody:
    """Give a script that says who it is."""
    return Somebody(named={"user": user, "role": role})


WECHAT = named("wechat", "CHANNEL")


@dataclass
class Counter:
    """A desk whose acts are called one after the other."""

    desk: Desk
    world: World

    def call(self, peer: Somebody, act: str, **args: Any) -> Any:
        """Have an act done, and what follows at this instant."""
        done = asyncio.run(self.desk.call(peer, act, args))
        while self.world._work():
            pass
        return done

    def trail(self) -> list[trail.Entry]:
        """Give the trail, newest first."""
        return self.world.bench.read(trail.entries, 1000)


def make_desk(bench: Bench) -> Desk:
    """Make a desk over a bench; nothing has dialled in."""
    links = Links(bench.clock, LinkLimits(), observe=lambda _: None)
    links.admit({link: device_of(*told) for link, told in bench.read(archive.links).items()})
    settings = Settings.model_validate({"control": {"service_key": KEY}, "lab": True})
    return Desk(bench.store, bench.clock, Field(bench.clock, links, MeterSettings()), links, settings)


def make_short_world(folder: Path) -> World:
    """Make two homes (the second was never cut before) and a shop that are warned on Monday and short on Tuesday."""
    deposits = {home_no(1): WARN_THEN_SHORT, home_no(2): WARN_THEN_SHORT, shop_no(1): SHOP_SHORT}
    bench = Bench.open(folder / "headend.db")
    return make_world(bench, deposits=deposits, changes={home_no(2): {"cut_before": False}})


@pytest.fixture(scope="session")
def when_short(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Monday 08:00: nothing has happened yet."""
    return Moment.of(make_short_world(tmp_path_factory.mktemp("short")))


@pytest.fixture(scope="session")
def when_proposed(when_short: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Tuesday: the second home (its first cut) and the shop wait for a signature, the first home is noticed."""
    world = when_short.copy(tmp_path_factory.mktemp("proposed"))
    for day in (MONDAY, MONDAY + ONE_DAY):
        world.morning(day)
    return Moment.of(world)


@pytest.fixture(scope="session")
def when_dark(when_proposed: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Wednesday: the first home was cut in the morning."""
    world = when_proposed.copy(tmp_path_factory.mktemp("dark"))
    world.morning(MONDAY + 2 * ONE_DAY)
    world.to("2026-09-16 09:10")
    return Moment.of(world)


def counter_at(moment: Moment, folder: Path) -> Iterator[Counter]:
    """Give a desk in the world of a moment, as a fixture does."""
    for world in moment.opened(folder):
        yield Counter(make_desk(world.bench), world)


@pytest.fixture
def counter(when_short: Moment, tmp_path: Path) -> Iterator[Counter]:
    """A desk in a world of two homes and a shop that are short on Tuesday."""
    yield from counter_at(when_short, tmp_path)


@pytest.fixture
def proposed(when_proposed: Moment, tmp_path: Path) -> Iterator[Counter]:
    """A desk on Tuesday, when a home and a shop wait for a signature."""
    yield from counter_at(when_proposed, tmp_path)


@pytest.fixture
def dark(when_dark: Moment, tmp_path: Path) -> Iterator[Counter]:
    """A desk on Wednesday, when the first home is in the dark."""
    yield from counter_at(when_dark, tmp_path)
