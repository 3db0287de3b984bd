"""Worlds at well-known moments."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from headend.strategy import State
from tests.rooms import MONDAY, Bench, home_no
from tests.strategy.moments import Moment
from tests.strategy.world import World, make_world

WARN_THEN_SHORT = "287.00"
"""A deposit that is nearly used up on Monday morning and short by more than ten yuan on Tuesday, at 40 kWh a day."""


@pytest.fixture(scope="session")
def at_the_start(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Monday 08:00: nothing has happened yet; the first home will be warned on Monday and short on Tuesday."""
    bench = Bench.open(tmp_path_factory.mktemp("start") / "headend.db")
    return Moment.of(make_world(bench, deposits={home_no(1): WARN_THEN_SHORT}))


@pytest.fixture(scope="session")
def when_noticed(at_the_start: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Wednesday 08:31: the first home was noticed on Tuesday and has had its 30-minute notice."""
    world = at_the_start.copy(tmp_path_factory.mktemp("noticed"))
    for day in range(3):
        world.morning(MONDAY + timedelta(days=day))
    assert world.state(world.bench.accounts[home_no(1)]) is State.NOTICED
    return Moment.of(world)


@pytest.fixture(scope="session")
def when_cut(when_noticed: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    """Wednesday 09:10: the first home was cut minutes ago."""
    world = when_noticed.copy(tmp_path_factory.mktemp("cut"))
    world.to("2026-09-16 09:10")
    assert world.state(world.bench.accounts[home_no(1)]) is State.CUT
    return Moment.of(world)


@pytest.fixture
def world(at_the_start: Moment, tmp_path: Path) -> Iterator[World]:
    """A world on Monday at 08:00."""
    yield from at_the_start.opened(tmp_path)


@pytest.fixture
def noticed(when_noticed: Moment, tmp_path: Path) -> Iterator[World]:
    """A world on Wednesday at 08:31 with one home about to be cut."""
    yield from when_noticed.opened(tmp_path)


@pytest.fixture
def cut(when_cut: Moment, tmp_path: Path) -> Iterator[World]:
    """A world on Wednesday at 09:10 with one home in the dark."""
    yield from when_cut.opened(tmp_path)
