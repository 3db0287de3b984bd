"""A small archive with its history, on the morning of a day with duties."""

import pytest

from headend import collect
from headend.collect import Mark, Registers
from tests.rooms import MONDAY, Bench


@pytest.fixture
def loaded(bench: Bench) -> Bench:
    """Three homes and a shop, with the freezes of the eight days before as readings."""
    report = bench.load()
    for imported in report.accounts:
        for day, total in imported.history.items():
            bench.write(
                collect.store_reading,
                imported.account,
                imported.point,
                day,
                Registers(total),
                mark=Mark.G,
                source="history",
            )
    bench.write(collect.plan, MONDAY)
    return bench
