"""Worlds at well-known moments, made once and then copied: most tests begin where others begin too."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from clock import SteppedClock
from headend.store import Store
from tests.rooms import SITE, Bench
from tests.strategy.world import World

PLAYED = ("meters", "deaf", "receipts", "moved", "wrong_trips")
"""What a world has besides its file."""


@dataclass(frozen=True)
class Moment:
    """A world as it stood at an instant, on a closed file."""

    path: Path
    world: World
    now: datetime

    @classmethod
    def of(cls, world: World) -> Self:
        """Close a world and keep it."""
        world.bench.store.close()
        return cls(world.bench.store.path, world, world.bench.clock.now())

    def copy(self, folder: Path) -> World:
        """Give the world again, on a file and a clock of its own."""
        shutil.copy(self.path, folder / "headend.db")
        clock = SteppedClock(self.now)
        bench = Bench(Store(folder / "headend.db", clock, site=SITE), clock, dict(self.world.bench.accounts))
        return replace(self.world, bench=bench, **{name: deepcopy(getattr(self.world, name)) for name in PLAYED})

    def opened(self, folder: Path) -> Iterator[World]:
        """Give the world again for the time of a test, as a fixture does."""
        world = self.copy(folder)
        yield world
        world.bench.store.close()
