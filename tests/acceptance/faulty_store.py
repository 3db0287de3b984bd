"""The archive of the faulty field in a real store: an account for each of its meters."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from drivers.meter import Place
from tests.acceptance.faulty import DAY, FaultyField
from tests.rooms import Bench, account_row, archive_file

__all__ = ["number_of", "open_store"]

DAILY = Decimal("5.00")


def number_of(address: str) -> str:
    """Give the customer number of whoever has this meter."""
    return f"3701{address[2:4]}{address[8:]}"


def open_store(path: Path, scene: FaultyField) -> Bench:
    """Make a store that knows the devices and meters of the field, with freezes of the days before."""
    bench = Bench.open(path, scene.clock)
    document = archive_file(homes=0, shops=0)
    document["concentrators"] = [
        {"link": link, "kind": "dtu" if link.startswith("dtu:") else "concentrator", "area": "TA-0001"}
        for link in scene.by_link
    ]
    document["accounts"] = [
        _account(serial, place, scene.frozen(address))
        for serial, (address, place) in enumerate(scene.places.items(), 1)
    ]
    report = bench.load(document)
    assert report.bad == ()
    return bench


def _account(serial: int, place: Place, register: Decimal) -> Mapping[str, Any]:
    row = account_row(number_of(place.address), serial, shop=False, start=DAY, daily_kwh=DAILY)
    days = [(DAY - timedelta(days=back), register - back * DAILY) for back in range(8, 0, -1)]
    meter = {
        "address": place.address,
        "dialect": place.dialect.value,
        "road": place.road.value,
        "link": place.link,
        "register": str(register - 1000),
    }
    return row | {
        "meter": row["meter"] | meter,
        "history": [{"day": str(day), "total": str(total)} for day, total in days],
        "opening": row["opening"] | {"cycle_register": str(days[0][1])},
    }
