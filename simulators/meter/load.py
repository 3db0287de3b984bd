"""How much a customer behind a meter uses: a seeded load profile, integrated hour by hour.

Power is constant within an hour of local time. Energy is counted in watt-microseconds, whole numbers, so
that the energy of two intervals next to each other is exactly the energy of both together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from simulators.meter.households import CLIMATES, LIT, PROFILES, Climate, Household, Profile
from simulators.seeded import between, octets

__all__ = ["HOUR", "MICROSECOND", "TARIFFS", "UNIT", "Load", "Segment", "microseconds", "tariff_of"]

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=8)  # 1970-01-01 00:00 in Asia/Shanghai
HOUR = 3_600_000_000  # microseconds
UNIT = 10 * HOUR  # watt-microseconds in 0.01 kWh, the step of a register
TARIFFS = 4
HOURS_A_DAY = 24
DAY = timedelta(days=1)

# Hour of the meter's clock -> index of its tariff: 0 sharp (尖), 1 peak (峰), 2 flat (平), 3 valley (谷).
SCHEDULE = (3, 3, 3, 3, 3, 3, 3, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0, 2, 2, 3)


def microseconds(at: datetime) -> int:
    """Count microseconds from 1970-01-01 00:00 Asia/Shanghai to this instant."""
    return (at - EPOCH) // MICROSECOND


def tariff_of(meter_hour: int) -> int:
    """Give the index of the tariff that is in force in this hour of the meter's clock (0 to 23)."""
    return SCHEDULE[meter_hour]


class Segment(NamedTuple):
    """A stretch of time, in microseconds of local time, with one power in watts and one tariff."""

    start: int
    end: int
    tariff: int
    watts: int


@dataclass(frozen=True, slots=True)
class Load:
    """The power drawn behind one meter while its relay is closed.

    ``mean_watts`` is the mean over a working day of a mild month; each hour differs from the shape by up to a fifth
    and each day by up to a quarter, drawn from ``seed`` and ``name``. ``climate`` says what summer and winter add: how
    much depends on the customer, and on the weather, which is that of everybody with the same seed.
    """

    seed: int
    name: str
    household: Household
    mean_watts: int
    climate: Climate = Climate.MILD

    def watts(self, hour: int) -> int:
        """Give the power in the ``hour``-th hour since 1970-01-01 00:00 local time, in whole watts."""
        day, hour_of_day = divmod(hour, HOURS_A_DAY)
        return _day_of(self, day)[hour_of_day]

    def segments(self, start: int, end: int, drift: int, held: int | None = None) -> Iterator[Segment]:
        """Part an interval where power or tariff change.

        Args:
            start: microseconds of local time, see `microseconds`.
            end: the same; an ``end`` before ``start`` is an empty interval.
            drift: how many microseconds the meter's clock is ahead: its hours choose the tariffs.
            held: a power in watts that takes the place of the profile's.

        """
        at, today = start, None
        hours: tuple[int, ...] = ()
        while at < end:
            shown = at + drift
            stop = min(end, at + HOUR - at % HOUR, at + HOUR - shown % HOUR)
            day, hour = divmod(at // HOUR, HOURS_A_DAY)
            if day != today:
                today, hours = day, _day_of(self, day) if held is None else (held,) * HOURS_A_DAY
            yield Segment(at, stop, tariff_of(shown // HOUR % HOURS_A_DAY), hours[hour])
            at = stop


@lru_cache(maxsize=32_768)
def _day_of(load: Load, day: int) -> tuple[int, ...]:
    """Draw the power of the 24 hours of a day, in watts."""
    kind = PROFILES[load.household]
    month = (EPOCH + (day + 1) * DAY - MICROSECOND).month - 1  # the last moment of a local day is of that day in UTC
    if load.household is Household.LAMP:
        return _lit(load, month)
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    shape = kind.off if weekday in kind.days_off else kind.working
    weather = _weather(load, day, month, kind) if load.climate is not Climate.MILD else None
    draws = octets(HOURS_A_DAY + 1, load.seed, "load", load.name, day)
    daily = 75 + draws[HOURS_A_DAY] * 51 // 256
    used = kind.by_month[month]
    return tuple(
        load.mean_watts
        * (percent * used // 100 + (weather[hour] if weather else 0))
        * (80 + draws[hour] * 41 // 256)
        * daily
        // 1_000_000
        for hour, percent in enumerate(shape)
    )


def _weather(load: Load, day: int, month: int, kind: Profile) -> tuple[int, ...]:
    """Give what cooling and heating add in each hour, in percent of the mean."""
    season = CLIMATES[load.climate]
    today = between(50, 150, load.seed, "weather", load.climate, day)
    bought = between(50, 130, load.seed, "climate", load.name)  # how much of it this customer has and uses
    cooling = season.cooling[month] * kind.cooling * today * bought
    heating = season.heating[month] * kind.heating * today * bought
    return tuple((cooling * warm + heating * cold) // 100**4 for warm, cold in zip(kind.warm, kind.cold, strict=True))


def _lit(load: Load, month: int) -> tuple[int, ...]:
    """Give the power of street lamps, all or none."""
    on, off = LIT[month]
    return tuple(load.mean_watts * (hour >= on or hour < off) for hour in range(HOURS_A_DAY))
