"""A simulated village that has dialled in to a desk, with everything that the desk can do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clock import SteppedClock, virtual_time
from drivers.link import LinkLimits, Links
from drivers.meter import Field, MeterSettings
from headend import archive, collect, notify, settle, strategy
from headend.collect import RelaySeen
from headend.collect.collector import Collector
from headend.config import Settings, defaults, read_default
from headend.desk import Desk
from headend.desk.linking import device_of
from headend.store import Store
from protocols.dlt645 import Password
from simulators.field import Listener
from simulators.localtime import midnight
from simulators.village import Home, Village, archive_of
from simulators.world import METER_PASSWORD, World
from tests.desk.conftest import KEY, Somebody, make_desk
from tests.rooms import SITE, Bench
from tests.village import SCENARIO, new_village

ROOT = Somebody(uid=0, user="root")


@dataclass(frozen=True, slots=True)
class Scene:
    """A village that has dialled in to a desk."""

    bench: Bench
    village: Village
    desk: Desk

    async def call(self, act: str, **args: Any) -> Any:
        """Have an act done."""
        return await self.desk.call(ROOT, act, args)

    async def run(self, **of: str) -> dict[str, Any]:
        """Run a round by hand to its end, and give how it ended."""
        begun = await self.call("collect_run", **of)
        seen = -1
        while True:
            stands: dict[str, Any] = await self.call("collect_watch", run=begun["run"], seen=seen)
            if stands["finished"]:
                return stands
            seen = stands["seen"]

    def later(self, minutes: float = 0) -> datetime:
        """Give an instant from now."""
        return self.bench.clock.now() + timedelta(minutes=minutes)

    def place(self, home: Home) -> archive.Place:
        """Give the archive's entry of a home's meter."""
        account = self.bench.read(archive.find, home.account).id
        return self.bench.read(lambda view: archive.place(view, account, view.today))

    def relay(self, home: Home) -> RelaySeen | None:
        """Give the relay as the books have it."""
        account = self.bench.read(archive.find, home.account).id
        return self.bench.read(collect.relay, account)


BEFORE = midnight(SCENARIO.start) - timedelta(minutes=10)
_books: list[bytes] = []
"""The database file after the import, once it was made: that takes a second."""


@asynccontextmanager
async def scene(path: Path, *, dials_in: bool = True) -> AsyncIterator[Scene]:
    """Give a desk whose archive holds the village, let the village dial in, and the first quarter of an hour pass."""
    if not _books:
        _books.append(await _imported())
    village = new_village()
    async with virtual_time(BEFORE) as clock:
        bench = _opened(path, clock)
        links = Links(clock, LinkLimits(), observe=lambda _: None)
        field = Field(clock, links, MeterSettings(password=Password(2, METER_PASSWORD)))
        settings = Settings.model_validate({"control": {"service_key": KEY}, "lab": True})
        collector = Collector(bench.store, field, links, clock)
        desk = Desk(bench.store, clock, field, links, settings, collector=collector)

        async def admit() -> None:
            links.admit({link: device_of(*told) for link, told in bench.read(archive.links).items()})

        desk.archive_changed = admit
        await admit()
        if dials_in:
            World(clock, village, Listener(*await links.listen("127.0.0.1", 0))).start()
        await clock.sleep_until(midnight(SCENARIO.start) + timedelta(minutes=5))
        yield Scene(bench, village, desk)
        await links.close()
        bench.store.close()


async def _imported() -> bytes:
    """Make a database file into which the village was imported."""
    with TemporaryDirectory() as folder:
        async with virtual_time(BEFORE) as clock:
            bench = Bench.open(Path(folder) / "headend.db", clock)
            bench.write(archive.load_strategies, archive.parse_strategies(read_default("strategies.toml")))
            bench.write(notify.load_templates, notify.parse_templates(read_default("messages.toml")))
            bench.write(settle.load_prices, (defaults() / "prices.toml").read_text("utf-8"))
            bench.write(strategy.load_rules, read_default("rules.toml"))
            report: Any = await make_desk(bench).call(ROOT, "archive_import", {"document": archive_of(new_village())})
            assert report["bad"] == []
        return _closed(bench)


def _closed(bench: Bench) -> bytes:
    bench.store.close()
    return bench.store.path.read_bytes()


def _opened(path: Path, clock: SteppedClock) -> Bench:
    path.write_bytes(_books[0])
    return Bench(Store(path, clock, site=SITE), clock)
