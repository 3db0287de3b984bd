"""Live reads at the desk, over the real drivers to a simulated village."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from headend import archive, collect
from headend.desk import RefusedError
from headend.store import BUSINESS_ZONE, Room
from headend.store.tables import pending
from tests.desk.village import scene

pytestmark = pytest.mark.asyncio

ONE_OF_EACH_ROAD = (9, 200, 220)


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
