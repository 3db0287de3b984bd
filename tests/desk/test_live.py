"""Live reads at the desk, over the real drivers to a simulated village."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from clock import virtual_time
from drivers.link import LinkLimits, Links
from drivers.meter import Field, MeterSettings
from headend import archive, collect, notify, settle, strategy
from headend.collect import RelaySeen
from headend.config import Settings, defaults, read_default
from headend.desk import Desk, RefusedError
from headend.desk.linking import device_of
from headend.store import BUSINESS_ZONE, Room
from headend.store.tables import pending
from protocols.dlt645 import Password
from simulators.field import Listener
from simulators.localtime import midnight
from simulators.scenarios import VILLAGE
from simulators.village import Home, Village, archive_of, build_village, load_scenario
from simulators.world import METER_PASSWORD, World
from tests.desk.conftest import KEY, Somebody
from tests.rooms import Bench

pytestmark = pytest.mark.asyncio

ROOT = Somebody(uid=0, user="root")
ONE_OF_EACH_ROAD = (9, 200, 220)


@dataclass(frozen=True, slots=True)
class Scene:
    """A village that has dialled in to a desk."""

    bench: Bench
    village: Village
    desk: Desk

    async def call(self, act: str, **args: Any) -> Any:
        """Have an act done."""
        return await self.desk.call(ROOT, act, args)

    def relay(self, home: Home) -> RelaySeen | None:
        """Give the relay as the books have it."""
        account = self.bench.read(archive.find, home.account).id
        return self.bench.read(collect.relay, account)


@asynccontextmanager
async def scene(path: Path, *, dials_in: bool = True) -> AsyncIterator[Scene]:
    """Import the village, let it dial in, and the first quarter of an hour pass."""
    scenario = load_scenario(VILLAGE)
    village = build_village(scenario)
    async with virtual_time(midnight(scenario.start) - timedelta(minutes=10)) as clock:
        bench = Bench.open(path, clock)
        bench.write(archive.load_strategies, archive.parse_strategies(read_default("strategies.toml")))
        bench.write(notify.load_templates, notify.parse_templates(read_default("messages.toml")))
        bench.write(settle.load_prices, (defaults() / "prices.toml").read_text("utf-8"))
        bench.write(strategy.load_rules, read_default("rules.toml"))
        links = Links(clock, LinkLimits(), observe=lambda _: None)
        field = Field(clock, links, MeterSettings(password=Password(2, METER_PASSWORD)))
        settings = Settings.model_validate({"control": {"service_key": KEY}, "lab": True})
        desk = Desk(bench.store, clock, field, links, settings)

        async def admit() -> None:
            links.admit({link: device_of(*told) for link, told in bench.read(archive.links).items()})

        desk.archive_changed = admit
        here = Scene(bench, village, desk)
        report = await here.call("archive_import", document=archive_of(village))
        assert report["bad"] == []
        if dials_in:
            World(clock, village, Listener(*await links.listen("127.0.0.1", 0))).start()
        await clock.sleep_until(midnight(scenario.start) + timedelta(minutes=5))
        yield here
        await links.close()
        bench.store.close()


def value_of(told: Any, item: str, name: str) -> str:
    """Give the value of the row of an item whose name ends so."""
    [value] = [row["value"] for row in told["items"] if row["item"] == item and row["name"].endswith(name)]
    assert isinstance(value, str)
    return value


async def test_a_meter_is_read_live_on_each_road(tmp_path: Path) -> None:
    """Registers, clock and phases come from the meter itself, whatever its dialect, and its frames are kept."""
    async with scene(tmp_path / "live.db") as here:
        for number in ONE_OF_EACH_ROAD:
            home = here.village.homes[number]
            now = here.bench.clock.now()
            told = await here.call("read", account=home.account, items=["registers", "clock", "phases"])
            total = home.meter.registers(now).total / 100
            assert float(value_of(told, "registers", "total")) == pytest.approx(total, abs=0.05)
            assert value_of(told, "clock", "clock")[:13] == now.astimezone(BUSINESS_ZONE).isoformat()[:13]
            assert float(value_of(told, "phases", "voltage, phase A")) == pytest.approx(220, abs=20)
        frames = here.bench.read(lambda view: len(view.all(select(collect.duty_tables.raw_frame))))
        assert frames >= 2 * 3 * len(ONE_OF_EACH_ROAD)


async def test_a_relay_that_was_found_open_is_looked_into(tmp_path: Path) -> None:
    """A relay status is a reading: the books have it, and a change marks the account for those who decide."""
    async with scene(tmp_path / "relay.db") as here:
        home = here.village.homes[9]
        account = here.bench.read(archive.find, home.account).id
        closed = await here.call("relay_status", account=home.account)
        assert (closed["relay"], closed["answered_by"]) == ("closed", home.meter.address)
        now = here.bench.clock.now()
        home.meter.relay(now).trip(now)
        found = await here.call("relay_status", meter=home.meter.address)
        assert (found["relay"], found["ordered"], found["account"]) == ("open", "open", home.account)
        seen = here.relay(home)
        assert seen is not None
        assert (seen.open, seen.source) == (True, "desk")
        marks = here.bench.read(lambda view: view.all(select(pending).where(pending.c.account == account)))
        assert Room.STRATEGY in [mark.room for mark in marks]


async def test_a_meter_that_can_not_be_asked_has_no_state(tmp_path: Path) -> None:
    """No answer is no state: the caller learns why there is none, and nothing is noted."""
    async with scene(tmp_path / "silent.db", dials_in=False) as here:
        assert [row["up"] for row in await here.call("links")] == [False, False, False]
        home = here.village.homes[9]
        told = await here.call("read", account=home.account, items=["registers"])
        assert [(row["ok"], "silent: link_down" in row["error"]) for row in told["items"]] == [(False, True)]
        with pytest.raises(RefusedError, match="link_down"):
            await here.call("relay_status", account=home.account)
        assert here.relay(home) is None
