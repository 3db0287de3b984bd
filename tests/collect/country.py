"""Collection over real drivers before a simulated field: a concentrator with new and old meters, and a DTU line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from drivers.link import Device, DeviceKind
from headend import archive, collect
from headend.collect.collector import Collector
from headend.config import Collection
from tests.drivers.scene import A_698, A_DTU, NEW, OLD, OTHER, PLACES, SHOP, Scene, Trouble, in_field
from tests.rooms import MONDAY, Bench, account_row, archive_file, home_no

GONE = "dtu:GONE-01"
"""A line that never dials in."""

NUMBERS = {NEW: home_no(1), OTHER: home_no(2), OLD: home_no(3), SHOP: home_no(4)}


@dataclass(frozen=True, slots=True)
class Country:
    """A field with its head-end's books, the night after Sunday."""

    scene: Scene
    bench: Bench
    collector: Collector

    def account(self, address: str) -> int:
        """Give the account of a meter."""
        return self.bench.accounts[NUMBERS[address]]

    def place(self, address: str) -> archive.Place:
        """Give the archive's entry of a meter."""
        return self.bench.read(archive.place, self.account(address), MONDAY)

    def reading(self, address: str, day: date = MONDAY) -> collect.Reading | None:
        """Give the reading of a meter."""
        return self.bench.read(collect.reading, self.place(address).point, day)

    def reasons(self, day: date = MONDAY) -> dict[str, str]:
        """Give why readings are missing, by meter."""
        missing = {row.account: row.reason for row in self.bench.read(collect.missing, day)}
        return {address: missing[self.account(address)] for address in NUMBERS if self.account(address) in missing}


def in_country(
    path: Path,
    story: Callable[[Country], Awaitable[None]],
    *,
    troubles: dict[str, Trouble] | None = None,
    manners: Collection | None = None,
    meters: Mapping[str, Mapping[str, Any]] | None = None,
    at: datetime | None = None,
) -> None:
    """Run a story from 02:00 on Monday; ``meters`` holds what the archive says otherwise of a meter, by address."""

    async def main(scene: Scene) -> None:
        bench = Bench.open(path, scene.clock)
        report = bench.load(_document(meters or {}))
        assert report.bad == (), report.bad
        scene.links.admit(
            {
                A_698: Device(DeviceKind.CONCENTRATOR),
                A_DTU: Device(DeviceKind.DTU),
                GONE: Device(DeviceKind.DTU),
            }
        )
        bench.write(collect.plan, MONDAY)
        collector = Collector(bench.store, scene.field, scene.links, scene.clock, manners or Collection())
        try:
            await story(Country(scene, bench, collector))
        finally:
            await scene.clock.cancel(*scene.clock.tasks())
            bench.store.close()

    in_field(main, troubles=troubles, at=at)


def _document(changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    document = archive_file(homes=0, shops=0)
    document["concentrators"].append({"link": GONE, "kind": "dtu", "area": "TA-0001"})
    for serial, (address, no) in enumerate(NUMBERS.items(), 1):
        row = account_row(no, serial, shop=False, start=MONDAY, daily_kwh=Decimal(5))
        place = PLACES[address]
        row["meter"] |= {"address": address, "dialect": place.dialect, "road": place.road, "link": place.link}
        row["meter"] |= changes.get(address, {})
        document["accounts"].append(row)
    return document
