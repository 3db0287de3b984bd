"""How much a customer behind a meter uses: a seeded load profile, integrated hour by hour.

Power is constant within an hour of local time. Energy is counted in watt-microseconds, whole numbers, so
that the energy of two intervals next to each other is exactly the energy of both together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from simulators.seeded import octets

__all__ = ["HOUR", "TARIFFS", "UNIT", "Household", "Load", "microseconds", "tariff_of"]

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(hours=8)  # 1970-01-01 00:00 in Asia/Shanghai
HOUR = 3_600_000_000  # microseconds
UNIT = 10 * HOUR  # watt-microseconds in 0.01 kWh, the step of a register
TARIFFS = 4
SATURDAY = 5
HOURS_A_DAY = 24

# Hour of the meter's clock -> index of its tariff: 0 sharp (尖), 1 peak (峰), 2 flat (平), 3 valley (谷).
SCHEDULE = (3, 3, 3, 3, 3, 3, 3, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0, 2, 2, 3)


class Household(StrEnum):
    """What kind of customer is behind the meter."""

    SINGLE = "single"
    FAMILY = "family"
    LARGE = "large"
    ELDERLY = "elderly"
    WEEKEND = "weekend"
    SHOP = "shop"


# Percent of the mean power by hour of the day, working day and weekend.
SHAPES: dict[Household, tuple[tuple[int, ...], tuple[int, ...]]] = {
    Household.SINGLE: (
        (
            40, 35, 35, 35, 35, 45, 110, 140, 60, 45, 45, 50,
            60, 50, 45, 45, 50, 120, 220, 250, 240, 210, 160, 75,
        ),
        (
            55, 40, 35, 35, 35, 40, 60, 110, 140, 120, 110, 130,
            140, 110, 100, 100, 110, 150, 210, 230, 230, 210, 170, 90,
        ),
    ),
    Household.FAMILY: (
        (
            45, 40, 40, 40, 40, 60, 140, 150, 90, 70, 70, 100,
            120, 80, 70, 70, 90, 150, 230, 240, 210, 180, 110, 65,
        ),
        (
            50, 45, 40, 40, 40, 50, 90, 140, 150, 130, 120, 150,
            160, 120, 110, 100, 110, 150, 210, 220, 200, 170, 120, 70,
        ),
    ),
    Household.LARGE: (
        (
            60, 55, 50, 50, 55, 80, 130, 140, 110, 95, 95, 125,
            135, 100, 95, 95, 105, 140, 190, 200, 180, 150, 110, 80,
        ),
        (
            60, 55, 50, 50, 55, 70, 100, 130, 130, 120, 120, 145,
            150, 120, 115, 110, 115, 140, 180, 190, 175, 150, 110, 80,
        ),
    ),
    Household.ELDERLY: (
        (
            40, 40, 40, 40, 50, 100, 140, 120, 110, 100, 100, 150,
            130, 80, 90, 100, 110, 160, 190, 180, 130, 70, 50, 40,
        ),
        (
            40, 40, 40, 40, 50, 100, 140, 120, 110, 105, 110, 160,
            140, 85, 90, 100, 115, 165, 195, 185, 130, 70, 50, 40,
        ),
    ),
    Household.WEEKEND: (
        (
            30, 30, 30, 30, 30, 30, 35, 35, 35, 35, 35, 35,
            35, 35, 35, 35, 35, 40, 45, 45, 45, 40, 35, 30,
        ),
        (
            90, 80, 75, 75, 75, 80, 150, 220, 260, 250, 240, 300,
            320, 250, 230, 230, 250, 320, 420, 430, 400, 330, 220, 130,
        ),
    ),
    Household.SHOP: (
        (
            30, 30, 30, 30, 30, 30, 40, 70, 140, 180, 190, 190,
            180, 180, 185, 185, 185, 190, 200, 190, 150, 70, 35, 30,
        ),
        (
            30, 30, 30, 30, 30, 30, 40, 70, 150, 195, 205, 205,
            195, 195, 200, 205, 205, 210, 220, 205, 160, 75, 35, 30,
        ),
    ),
}  # fmt: skip


def microseconds(at: datetime) -> int:
    """Count microseconds from 1970-01-01 00:00 Asia/Shanghai to this instant."""
    return (at - EPOCH) // MICROSECOND


def tariff_of(meter_hour: int) -> int:
    """Give the index of the tariff that is in force in this hour of the meter's clock (0 to 23)."""
    return SCHEDULE[meter_hour]


@dataclass(frozen=True, slots=True)
class Load:
    """The power drawn behind one meter while its relay is closed.

    ``mean_watts`` is the mean over a working day; each hour differs from the shape by up to a fifth and
    each day by up to a quarter, drawn from ``seed`` and ``name``.
    """

    seed: int
    name: str
    household: Household
    mean_watts: int

    def watts(self, hour: int) -> int:
        """Give the power in the ``hour``-th hour since 1970-01-01 00:00 local time, in whole watts."""
        day, hour_of_day = divmod(hour, 24)
        return _day_of(self, day)[hour_of_day]

    def energy(self, start: int, end: int, drift: int) -> tuple[int, int, int, int]:
        """Integrate the power from ``start`` to ``end``, split by the tariffs of the meter's clock.

        Args:
            start: microseconds of local time, see `microseconds`.
            end: the same; an ``end`` before ``start`` is an empty interval.
            drift: how many microseconds the meter's clock is ahead.

        Returns:
            Watt-microseconds of the tariffs 1 to 4.

        """
        sums = [0] * TARIFFS
        at = start
        while at < end:
            shown = at + drift
            stop = min(end, at + HOUR - at % HOUR, at + HOUR - shown % HOUR)
            sums[tariff_of(shown // HOUR % 24)] += self.watts(at // HOUR) * (stop - at)
            at = stop
        return sums[0], sums[1], sums[2], sums[3]


@lru_cache(maxsize=32_768)
def _day_of(load: Load, day: int) -> tuple[int, ...]:
    """Draw the power of the 24 hours of a day, in watts."""
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    shape = SHAPES[load.household][weekday >= SATURDAY]
    draws = octets(HOURS_A_DAY + 1, load.seed, "load", load.name, day)
    daily = 75 + draws[HOURS_A_DAY] * 51 // 256
    return tuple(
        load.mean_watts * percent * (80 + draw * 41 // 256) * daily // 1_000_000
        for percent, draw in zip(shape, draws, strict=False)
    )
