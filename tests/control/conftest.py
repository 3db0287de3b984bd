"""A home that every safety rule lets be cut; made once, then copied."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from clock import SteppedClock
from headend.store import Store
from tests.control.ready import Ready, make_ready
from tests.rooms import SITE, Bench

NOW = "2026-09-16 09:10"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ready, datetime]:
    """Make the database of the home on Wednesday 2026-09-16 at 09:10."""
    path = tmp_path_factory.mktemp("ready") / "headend.db"
    bench = Bench.open(path)
    ready = make_ready(bench)
    bench.store.close()
    return path, ready, bench.clock.now()


@pytest.fixture
def ready(template: tuple[Path, Ready, datetime], tmp_path: Path) -> Iterator[Ready]:
    """The home, on a file and a clock of the test's own."""
    path, made, now = template
    shutil.copy(path, tmp_path / "headend.db")
    clock = SteppedClock(now)
    bench = Bench(Store(tmp_path / "headend.db", clock, site=SITE), clock, made.bench.accounts)
    yield replace(made, bench=bench)
    bench.store.close()
