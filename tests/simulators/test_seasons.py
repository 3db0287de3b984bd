"""Load by kind of customer, season and weekday."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.localtime import midnight
from simulators.meter import PROFILES, Climate, Household, Load
from simulators.meter.load import HOUR, microseconds

DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
NAMES = st.integers(0, 10**6).map(str)
HOMES = [Household.SINGLE, Household.FAMILY, Household.LARGE, Household.ELDERLY]
MONDAY = date(2026, 9, 14)


def day_of(load: Load, day: date) -> list[int]:
    """Give the 24 powers of a day, in watts."""
    first = microseconds(midnight(day)) // HOUR
    return [load.watts(first + hour) for hour in range(24)]


def month_of(load: Load, year: int, month: int) -> int:
    """Give the energy of the first 28 days of a month, in Wh."""
    return sum(sum(day_of(load, date(year, month, day))) for day in range(1, 29))


@given(st.integers(0, 1000), NAMES, DAYS, st.sampled_from(Household))
def test_a_season_only_adds(seed: int, name: str, day: date, household: Household) -> None:
    """Heat and cold take nothing away: no hour is below that of a mild climate, and power is never negative."""
    mild, north = (Load(seed, name, household, 500, climate) for climate in (Climate.MILD, Climate.NORTH))
    assert all(0 <= least <= most for least, most in zip(day_of(mild, day), day_of(north, day), strict=True))


@pytest.mark.parametrize("household", HOMES)
@given(seed=st.integers(0, 1000), name=NAMES)
def test_summers_cool_and_winters_heat(household: Household, seed: int, name: str) -> None:
    """July and January use more than the same months would in a mild climate, April hardly."""
    north, mild = (Load(seed, name, household, 400, climate) for climate in (Climate.NORTH, Climate.MILD))
    april, july, january = (month_of(north, 2026, month) / month_of(mild, 2026, month) for month in (4, 7, 1))
    assert july > 1.08
    assert january > 1.08
    assert april < 1.08


def test_a_hot_day_is_hot_for_everybody() -> None:
    """The weather is shared: on the hottest July days of one home its neighbour uses more, too."""
    mine, his = (Load(3, name, Household.FAMILY, 400, Climate.SOUTH) for name in ("1", "2"))
    july = [date(2026, 7, day) for day in range(1, 32)]
    ranked = sorted(july, key=lambda day: sum(day_of(mine, day)))
    cool, hot = ranked[:8], ranked[-8:]
    assert sum(sum(day_of(his, day)) for day in hot) > 1.1 * sum(sum(day_of(his, day)) for day in cool)


@given(st.integers(0, 1000), NAMES)
def test_schools_rest_at_weekends_and_in_the_holidays(seed: int, name: str) -> None:
    """A school uses far less on Saturday than on Friday, and in August than in September."""
    load = Load(seed, name, Household.SCHOOL, 5000)
    friday, saturday = (sum(day_of(load, MONDAY + timedelta(days=days))) for days in (4, 5))
    assert saturday < friday / 2
    assert month_of(load, 2026, 8) < month_of(load, 2026, 9) / 3


@given(st.integers(0, 1000), NAMES)
def test_workshops_work_six_days(seed: int, name: str) -> None:
    """A workshop works on Saturday and rests on Sunday."""
    load = Load(seed, name, Household.WORKSHOP, 5000)
    saturday, sunday = (sum(day_of(load, MONDAY + timedelta(days=days))) for days in (5, 6))
    assert sunday < saturday / 3


@given(DAYS)
def test_street_lamps_burn_at_night(day: date) -> None:
    """Lamps are dark at noon and lit at midnight, all of them or none; winter nights are longer."""
    load = Load(1, "lamps", Household.LAMP, 900)
    powers = day_of(load, day)
    assert set(powers) == {0, 900}
    assert (powers[0], powers[12], powers[22]) == (900, 0, 900)
    assert month_of(load, day.year, 12) > month_of(load, day.year, 6)


@given(st.sampled_from(Household), st.integers(0, 1000), NAMES)
def test_the_mean_is_about_what_was_asked(household: Household, seed: int, name: str) -> None:
    """Over a working week of a common month the mean of a mild climate is near the mean that was asked."""
    low, high = PROFILES[household].mean_watts
    assert 0 < low <= high
    load = Load(seed, name, household, 1000)
    hours = [watts for days in range(5) for watts in day_of(load, MONDAY + timedelta(days=days))]
    month = PROFILES[household].by_month[MONDAY.month - 1] / 100
    mean = sum(hours) / len(hours) / month
    assert 200 < mean < 1800  # days differ by a quarter; a weekend home is nearly dark then


@given(DAYS)
def test_months_change_at_local_midnight(day: date) -> None:
    """The last hour of a month in Asia/Shanghai is still of that month, though it is before midnight in UTC."""
    load = Load(1, "pump", Household.PUMP, 1000)
    first = datetime(day.year, day.month, 1, tzinfo=UTC).date()
    by_month = PROFILES[Household.PUMP].by_month[day.month - 1]
    most, least = (1000 * by_month * hour * daily // 10**6 for hour, daily in ((121, 126), (80, 75)))
    for watts in day_of(load, first):
        assert least <= watts <= most
