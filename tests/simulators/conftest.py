"""Meters to test with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from simulators.meter import Dialect, Household, Load, Meter, Plate, Relay, Silence, Wallet

NOON = datetime(2026, 9, 13, 4, 0, tzinfo=UTC)  # 12:00 in Asia/Shanghai

MakeMeter = Callable[..., Meter]


def new_meter(
    address: str = "000000001001",
    *,
    dialect: Dialect = Dialect.DLT645,
    drift: timedelta = timedelta(),
    register: int = 421_137,
    relay: Relay | None = None,
    silences: tuple[Silence, ...] = (),
    watts: int = 600,
    profile: str = "standard",
    wallet: Wallet | None = None,
    ct: int = 1,
) -> Meter:
    """Make a meter that was started at noon of 2026-09-13."""
    return Meter(
        Plate(address, f"37{address[-10:]}", dialect, profile=profile, ct=ct),
        Load(7, address, Household.FAMILY, watts),
        start=NOON,
        register=register,
        drift=drift,
        relay=relay,
        silences=silences,
        wallet=wallet,
    )


@pytest.fixture
def make_meter() -> MakeMeter:
    """Give a maker of meters that were started at noon of 2026-09-13."""
    return new_meter
