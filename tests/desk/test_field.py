"""The field at the desk: any item, links, events, rounds by hand, over the real drivers to a simulated village."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from headend import collect
from headend.desk import NotFoundError, RefusedError
from headend.store import BUSINESS_ZONE
from simulators.village import Home
from tests.desk.village import Scene, scene

pytestmark = pytest.mark.asyncio

NEW, OLD, SHOP = 9, 200, 220


def home(here: Scene, number: int) -> Home:
    """Give one of the homes."""
    return here.village.homes[number]


def values(told: Mapping[str, Any], item: str) -> list[tuple[str, str]]:
    """Give value and unit of each row of an item."""
    return [(row["value"], row["unit"]) for row in told["items"] if row["item"] == item]


async def test_any_item_is_read_of_either_dialect(tmp_path: Path) -> None:
    """By digits or by name, with the names of the tables; an item with several values has several rows."""
    async with scene(tmp_path / "items.db") as here:
        now = here.bench.clock.now()
        old = await here.call(
            "read", account=home(here, OLD).account, items=["00010000", "phase A voltage", "0001FF00"]
        )
        [(total, unit)] = values(old, "00010000")
        assert float(total) == pytest.approx(home(here, OLD).meter.registers(now).total / 100, abs=0.05)
        assert unit == "kWh"
        assert len(values(old, "0001FF00")) == 5
        new = await here.call("read", account=home(here, NEW).account, items=["00100200", "00100201", "40000200"])
        assert len(values(new, "00100200")) == 5
        assert values(new, "00100201")[0] == values(new, "00100200")[0]
        assert values(new, "40000200")[0][0][:13] == now.astimezone(BUSINESS_ZONE).isoformat()[:13]
        assert all(row["ok"] for row in new["items"])


async def test_a_bad_item_does_not_keep_the_others_from_being_read(tmp_path: Path) -> None:
    """Unknown names and what the meter refuses have their error in their row."""
    async with scene(tmp_path / "bad.db") as here:
        told = await here.call("read", account=home(here, OLD).account, items=["colour", "04FFFF01", "relay"])
        by_item = {row["item"]: row for row in told["items"]}
        assert (by_item["colour"]["ok"], "no item of dlt645" in by_item["colour"]["error"]) == (False, True)
        assert not by_item["04FFFF01"]["ok"]
        assert values(told, "relay")[0] == ("closed", "")


async def test_without_items_registers_and_relay_are_read(tmp_path: Path) -> None:
    """What a person at the counter wants to know first."""
    async with scene(tmp_path / "plain.db") as here:
        told = await here.call("read", meter=home(here, SHOP).meter.address)
        assert {row["item"] for row in told["items"]} == {"registers", "relay"}
        freeze = await here.call("read", meter=home(here, SHOP).meter.address, items=["freeze"])
        assert values(freeze, "freeze")[0][0] == "2026-09-14T00:00:00+08:00"


async def test_a_link_is_shown_with_its_meters_and_what_happened(tmp_path: Path) -> None:
    """State and area, today's counts, each meter with its reading or the reason why there is none."""
    async with scene(tmp_path / "link.db") as here:
        [link, *_] = [row["link"] for row in await here.call("links")]
        shown = await here.call("link_show", link=link)
        assert (shown["up"], shown["area"], shown["today"]) == (True, "TA-0001", {"due": 0, "read": 0, "reasons": {}})
        assert {meter["today"] for meter in shown["meters"]} == {"-"}
        await here.run(link=link)
        shown = await here.call("link_show", link=link)
        assert shown["today"]["due"] == len(shown["meters"])
        note = collect.LinkNote(link, here.bench.clock.now(), "down", {"reason": "silent"})
        here.bench.write(collect.keep_link_notes, [note])
        [happened] = (await here.call("link_show", link=link))["happened"]
        assert (happened["event"], happened["reason"]) == ("down", "silent")
        with pytest.raises(NotFoundError, match="headend link list"):
            await here.call("link_show", link="698:999999999999")


async def test_a_login_is_ended_and_the_device_comes_back(tmp_path: Path) -> None:
    """The drop is on the trail with its reason."""
    async with scene(tmp_path / "drop.db") as here:
        before = {row["link"]: row["since"] for row in await here.call("links")}
        link = next(iter(before))
        assert await here.call("link_drop", link=link, reason="hangs") == {"link": link, "was_up": True}
        assert await here.desk.links.wait_up(link, here.later(minutes=30))
        after = {row["link"]: row["since"] for row in await here.call("links")}
        assert after[link] != before[link]
        [entry, *_] = await here.call("trail")
        assert (entry["act"], entry["arguments"]["reason"]) == ("link_drop", "hangs")


async def test_a_round_by_hand_is_watched_to_its_end(tmp_path: Path) -> None:
    """It counts what comes; readings of a day before are asked for as well, those of tomorrow are not there."""
    async with scene(tmp_path / "round.db") as here:
        one = await here.run(meter=home(here, OLD).meter.address)
        assert (one["due"], one["read"], one["missed"]) == (1, 1, {})
        status = await here.call("collect_status")
        assert (status["read"], status["reasons"]) == (1, {"not_asked": status["due"] - 1})
        assert "headend collect run" in status["words"]["not_asked"]
        assert sum(link["read"] for link in status["links"]) == 1
        assert {row["reason"] for row in status["missing"]} == {"not_asked"}
        again = await here.run(account=home(here, OLD).account)
        assert again["due"] == 0
        with pytest.raises(RefusedError, match="freezes are there from 2026-07-17 to 2026-09-14"):
            await here.call("collect_run", day="2026-09-15")
        with pytest.raises(NotFoundError, match="no round 99"):
            await here.call("collect_watch", run=99)


async def test_records_of_a_meter_are_read_and_kept(tmp_path: Path) -> None:
    """A trip that the meter remembers becomes an event of its account; reading again brings nothing new."""
    async with scene(tmp_path / "events.db") as here:
        old = home(here, OLD)
        now = here.bench.clock.now()
        old.meter.relay(now).trip(now)
        await here.bench.clock.sleep(60)
        old.meter.advance(here.bench.clock.now())
        told = await here.call("event_read", account=old.account, kinds=["trip", "power_off"])
        assert (told["new"], len(told["kinds"]["trip"]["records"])) == (1, 1)
        assert (await here.call("event_read", account=old.account, kinds=["trip"]))["new"] == 0
        [event] = await here.call("events", account=old.account)
        assert (event["source"], event["name"], event["account"]) == ("record", "trip", old.account)
        with pytest.raises(RefusedError, match="no kind of event is called flood"):
            await here.call("event_read", account=old.account, kinds=["flood"])


async def test_records_of_a_meter_of_the_other_dialect_too(tmp_path: Path) -> None:
    """A DL/T 698.45 meter is asked for its record tables: number, begin and end by name, newest first, kept once."""
    async with scene(tmp_path / "events698.db") as here:
        new = home(here, NEW)
        began = []
        for _ in range(3):
            now = here.bench.clock.now()
            began.append(now)
            new.meter.relay(now).trip(now)
            await here.bench.clock.sleep(60)
            new.meter.relay(here.bench.clock.now()).close(here.bench.clock.now())
            await here.bench.clock.sleep(60)
        told = await here.call("event_read", account=new.account, kinds=["trip", "close", "power_off"], count=2)
        assert [kind["error"] for kind in told["kinds"].values()] == [None] * 3
        trips = told["kinds"]["trip"]["records"]
        assert len(trips) == 2
        for one, at in zip(trips, reversed(began), strict=False):  # by the meter's own clock
            assert abs(datetime.fromisoformat(one["began"]) - at) < timedelta(minutes=1)
        assert trips[0]["object"] == "301F0200"
        assert {value["name"]: value["value"] for value in trips[0]["value"]}["event record number"] == "3"
        assert (told["new"], told["kinds"]["power_off"]["records"]) == (4, [])
        again = await here.call("event_read", account=new.account, kinds=["trip"], count=10)
        assert (again["new"], len(again["kinds"]["trip"]["records"])) == (1, 3)
        events = await here.call("events", account=new.account)
        assert {(one["source"], one["account"], one["address"]) for one in events} == {
            ("record", new.account, new.meter.address)
        }


async def test_readings_are_shown_with_what_was_found(tmp_path: Path) -> None:
    """Every version of the last days, newest day first, findings in sentences, the clock as it was read."""
    async with scene(tmp_path / "readings.db") as here:
        await here.run(meter=home(here, OLD).meter.address)
        place = here.place(home(here, OLD))
        here.bench.write(collect.note_heard, place.link, here.later() - here.bench.clock.now())
        shown = await here.call("readings", account=home(here, OLD).account, days=3)
        [newest, *older] = shown["readings"]
        assert (newest["day"], newest["version"], newest["mark"], newest["source"]) == ("2026-09-14", 1, "G", "freeze")
        assert [each["source"] for each in older] == ["history"] * len(older)
        assert shown["found"] == []
