"""The load profile: exact, repeatable, split by tariffs."""

from hypothesis import given
from hypothesis import strategies as st

from simulators.meter import Climate, Household, Load
from simulators.meter.load import HOUR, TARIFFS, _day_of, tariff_of

HOURS = st.integers(490_000, 500_000)  # late in 2025 to early in 2027
MOMENTS = st.integers(490_000 * HOUR, 490_100 * HOUR)
LOADS = st.builds(
    Load,
    seed=st.integers(0, 2**32),
    name=st.sampled_from(["000000001001", "000000002002"]),
    household=st.sampled_from(Household),
    mean_watts=st.integers(1, 20_000),
    climate=st.sampled_from(Climate),
)
DRIFTS = st.integers(-300_000_000, 300_000_000)


def energy(load: Load, start: int, end: int, drift: int) -> list[int]:
    """Integrate the power between two moments, by tariff, in watt-microseconds."""
    sums = [0] * TARIFFS
    for segment in load.segments(start, end, drift):
        sums[segment.tariff] += segment.watts * (segment.end - segment.start)
    return sums


@given(LOADS, st.lists(MOMENTS, min_size=3, max_size=3), DRIFTS)
def test_energy_of_parts_is_energy_of_the_whole(load: Load, moments: list[int], drift: int) -> None:
    """Wherever an interval is cut, its parts hold exactly its energy, tariff by tariff."""
    start, middle, end = sorted(moments)
    first, second = energy(load, start, middle, drift), energy(load, middle, end, drift)
    assert [a + b for a, b in zip(first, second, strict=True)] == energy(load, start, end, drift)


@given(LOADS, HOURS)
def test_one_hour_costs_its_power_in_one_tariff(load: Load, hour: int) -> None:
    """Within an hour of a right clock the power is constant and lands in the tariff of that hour."""
    used = energy(load, hour * HOUR, (hour + 1) * HOUR, 0)
    assert used[tariff_of(hour % 24)] == load.watts(hour) * HOUR
    assert sum(used) == load.watts(hour) * HOUR


@given(LOADS, MOMENTS, MOMENTS, DRIFTS)
def test_a_wrong_clock_moves_energy_between_tariffs_only(load: Load, start: int, end: int, drift: int) -> None:
    """The total does not depend on what the meter's clock shows."""
    assert sum(energy(load, start, end, drift)) == sum(energy(load, start, end, 0))


@given(LOADS, HOURS)
def test_power_is_never_negative_and_repeats(load: Load, hour: int) -> None:
    """The same seed and name give the same power, which is never below zero."""
    again = load.watts(hour)
    _day_of.cache_clear()
    assert load.watts(hour) == again >= 0


def test_another_seed_gives_another_profile() -> None:
    """Seeds matter: a whole day is not the same under two of them."""
    days = [
        [Load(seed, "000000001001", Household.FAMILY, 400).watts(hour) for hour in range(497_000, 497_024)]
        for seed in (1, 2)
    ]
    assert days[0] != days[1]
