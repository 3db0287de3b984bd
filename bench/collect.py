"""How many meters are collected per second of CPU, end to end: from the duty to the reading in the database.

Run: ``python bench/collect.py``. The real `Collector` makes one round over real TCP into a SQLite file; simulated
devices in processes of their own (`metersim fleet`) answer at once. CPU is that of this process, user and system, all
of its threads. "Wires" asks the same devices for the same freezes and stores nothing; what a round takes more is the
database: judging, writing, syncing.

============ ================================================================================================
way          what is asked
============ ================================================================================================
698 records  a concentrator for what it has stored of many meters, 30 in a request
645 raw      each meter behind a DTU by itself: the stamp of its freeze, then the registers
============ ================================================================================================
"""

import argparse
import asyncio
import io
import json
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from measuring.fleet import calling, devices, machine, run

from clock import RealClock
from drivers.link import LinkLimits, Links
from drivers.meter import Field, MeterSettings
from headend import archive, collect
from headend.collect.answers import wire_place
from headend.collect.collector import Collector
from headend.collect.rounds import targets
from headend.daemon.daemon import apply_defaults
from headend.desk.imports import parts, take_part
from headend.store import By, Rank, Site, Store
from headend.store.migrate import upgrade
from simulators.fleet import Plan, write_archive
from simulators.localtime import local

BY = By("system:bench", "bench", Rank.BATCH)
METERS = 1200
BEHIND = {"698 records": 100, "645 raw": 8}
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Office:
    """A head-end without its daemon: a store with the archive of a fleet, links, a collector."""

    clock: RealClock
    store: Store
    links: Links
    field: Field
    plan: Plan
    day: date


def plan_of(way: str, meters: int) -> Plan:
    """Give the fleet of a way."""
    lines = max(1, meters // BEHIND[way])
    return Plan(concentrators=lines, meters=BEHIND[way]) if way == "698 records" else Plan(dtus=lines)


@asynccontextmanager
async def office(way: str, meters: int, folder: Path) -> AsyncIterator[Office]:
    """Open an office whose devices have logged in and whose duties are planned."""
    clock, plan = RealClock(), plan_of(way, meters)
    day = local(clock.now()).date() - timedelta(days=1)  # of today concentrators have collected nothing before 00:30
    store = Store(folder / "bench.db", clock, site=Site(lab=True, service_key=bytes(32)))
    upgrade(store.engine)
    await store.write(BY, apply_defaults)
    file = io.StringIO()
    write_archive(plan, day, file)
    for part in parts(archive.read_archive(json.loads(file.getvalue()))):
        assert not (await store.write(BY, take_part, part)).bad
    await store.write(BY, collect.plan, day)
    links = Links(clock, LinkLimits(), observe=lambda _: None)
    links.admit(devices(plan))
    _, port = await links.listen("127.0.0.1", 0)
    async with calling(plan, port, "--rate=500"):
        for status in links.status():
            await links.wait_up(status.link, clock.now() + PATIENCE)
        yield Office(clock, store, links, Field(clock, links, MeterSettings()), plan, day)
    await links.close()
    store.close()


async def wires(at: Office) -> None:
    """Ask for every freeze that is due, store none."""
    due, _ = await at.store.read(targets, at.day)
    until = at.clock.now() + PATIENCE
    by_link: dict[str, list[Any]] = {}
    for target in due:
        by_link.setdefault(target.place.link, []).append(target)

    async def ask(link: str) -> None:
        if link.startswith("698:"):
            addresses = [target.place.address for target in by_link[link]]
            await at.field.concentrator(link).daily_freezes(at.day, addresses, until=until)
            return
        for target in by_link[link]:
            await at.field.meter(wire_place(target.place)).daily_freeze(at.day, until=until)

    await asyncio.gather(*map(ask, by_link))


async def measure(way: str, meters: int) -> dict[str, Any]:
    """Collect all meters once."""
    with tempfile.TemporaryDirectory() as folder:
        async with office(way, meters, Path(folder)) as at:
            count = at.plan.all_meters
            cpu, wall = time.process_time(), time.perf_counter()
            await wires(at)
            on_wires = time.process_time() - cpu
            cpu, wall = time.process_time(), time.perf_counter()
            until: datetime = at.clock.now() + PATIENCE
            await Collector(at.store, at.field, at.links, at.clock).round("bench", at.day, until)
            spent, took = time.process_time() - cpu, time.perf_counter() - wall
            due, read, _ = await at.store.read(collect.day_counts, at.day)
    assert (due, read) == (count, count), f"{read} of {due} were read"
    return {
        "way": way,
        "meters": count,
        "per_cpu_second": round(count / spent),
        "cpu_us": round(spent / count * 1e6),
        "wires_cpu_us": round(on_wires / count * 1e6),
        "per_second": round(count / took),
    }


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--meters", type=int, default=METERS, help="in each way")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found = [run(lambda way=way: measure(way, options.meters)) for way in BEHIND]
    if options.json:
        print(json.dumps(found))
        return
    print(machine())
    for one in found:
        told = f"{one['per_cpu_second']:6,} meters per CPU-second, {one['per_second']:6,} per second"
        print(f"{one['way']:12} {one['meters']:6,} meters {told}")
        print(f"{'':12} {one['cpu_us']:6,} µs of CPU for one, of it {one['wires_cpu_us']:,} µs on the wires")


if __name__ == "__main__":
    main()
