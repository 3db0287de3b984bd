"""Fixtures of more than one room."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.rooms import Bench

# Machines are shared and slow: no test is timed, and slowness of drawing examples is no fault.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As behind a shell's "&": processes that tests start would inherit it, and hear no Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that are given most time: one that begins last leaves the other workers idle."""
    items.sort(key=_time_given, reverse=True)


def _time_given(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    return 0 if mark is None else mark.args[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A store on a file of its own, Monday 2026-09-14 08:00 local time."""
    bench = Bench.open(tmp_path / "headend.db")
    yield bench
    bench.store.close()


@pytest.fixture
def village(bench: Bench) -> Bench:
    """A bench with three homes and a shop in the archive."""
    assert bench.load().bad == ()
    return bench
