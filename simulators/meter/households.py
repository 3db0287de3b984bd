"""What customers use, by kind: the shape of a day, working days, months, and what heat and cold add.

Figures are percent of the mean power of a working day in a mild month. They are the simulator's own, drawn to look like
measured profiles; no published table is behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CLIMATES", "PROFILES", "Climate", "Household", "Profile", "Season"]

SUNDAY = 6
WEEKEND = frozenset({5, SUNDAY})
EVERY_MONTH = (100,) * 12
NIGHT_LOAD = 8


class Household(StrEnum):
    """What kind of customer is behind the meter."""

    SINGLE = "single"
    FAMILY = "family"
    LARGE = "large"
    ELDERLY = "elderly"
    WEEKEND = "weekend"
    EMPTY = "empty"  # 空置
    SHOP = "shop"  # 商铺
    SCHOOL = "school"  # 学校
    WORKSHOP = "workshop"  # 作坊
    PUMP = "pump"  # 农业排灌
    LAMP = "lamp"  # 路灯


class Climate(StrEnum):
    """Where the customers live: how hot its summers are and how cold its winters."""

    MILD = "mild"  # no cooling and no heating at all
    NORTH = "north"
    SOUTH = "south"


@dataclass(frozen=True, slots=True)
class Season:
    """Need of cooling and of heating in each month from January on, in percent of the most."""

    cooling: tuple[int, ...]
    heating: tuple[int, ...]


CLIMATES: Mapping[Climate, Season] = {
    Climate.MILD: Season((0,) * 12, (0,) * 12),
    Climate.NORTH: Season((0, 0, 0, 0, 10, 60, 100, 90, 10, 0, 0, 0), (100, 85, 40, 5, 0, 0, 0, 0, 0, 5, 50, 90)),
    Climate.SOUTH: Season((0, 0, 0, 15, 50, 85, 100, 100, 75, 30, 0, 0), (40, 35, 10, 0, 0, 0, 0, 0, 0, 0, 5, 30)),
}

# Percent of the mean power by hour of the day.
COOLING = (30, 25, 20, 15, 15, 10, 10, 10, 15, 25, 40, 60, 80, 90, 90, 80, 70, 70, 85, 100, 100, 95, 75, 45)
HEATING = (45, 40, 40, 40, 45, 60, 90, 90, 60, 45, 40, 45, 50, 45, 40, 45, 60, 80, 100, 100, 100, 90, 70, 55)
AT_WORK = (0, 0, 0, 0, 0, 0, 5, 30, 70, 85, 95, 100, 100, 100, 100, 95, 90, 60, 40, 30, 20, 10, 0, 0)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of customer.

    ``working`` and ``off`` are shapes of a working day and of a day off, ``days_off`` weekdays from Monday = 0,
    ``by_month`` how much of all that is used in each month. ``cooling`` and ``heating`` are what the hottest and the
    coldest month add to the mean, spread over the day as ``warm`` and ``cold`` say. ``mean_watts`` bounds the mean
    power of one customer.
    """

    mean_watts: tuple[int, int]
    working: tuple[int, ...]
    off: tuple[int, ...]
    days_off: frozenset[int] = WEEKEND
    by_month: tuple[int, ...] = EVERY_MONTH
    cooling: int = 0
    heating: int = 0
    warm: tuple[int, ...] = COOLING
    cold: tuple[int, ...] = HEATING


SINGLE = (
    (40, 35, 35, 35, 35, 45, 110, 140, 60, 45, 45, 50, 60, 50, 45, 45, 50, 120, 220, 250, 240, 210, 160, 75),
    (55, 40, 35, 35, 35, 40, 60, 110, 140, 120, 110, 130, 140, 110, 100, 100, 110, 150, 210, 230, 230, 210, 170, 90),
)
FAMILY = (
    (45, 40, 40, 40, 40, 60, 140, 150, 90, 70, 70, 100, 120, 80, 70, 70, 90, 150, 230, 240, 210, 180, 110, 65),
    (50, 45, 40, 40, 40, 50, 90, 140, 150, 130, 120, 150, 160, 120, 110, 100, 110, 150, 210, 220, 200, 170, 120, 70),
)
LARGE = (
    (60, 55, 50, 50, 55, 80, 130, 140, 110, 95, 95, 125, 135, 100, 95, 95, 105, 140, 190, 200, 180, 150, 110, 80),
    (60, 55, 50, 50, 55, 70, 100, 130, 130, 120, 120, 145, 150, 120, 115, 110, 115, 140, 180, 190, 175, 150, 110, 80),
)
ELDERLY = (
    (40, 40, 40, 40, 50, 100, 140, 120, 110, 100, 100, 150, 130, 80, 90, 100, 110, 160, 190, 180, 130, 70, 50, 40),
    (40, 40, 40, 40, 50, 100, 140, 120, 110, 105, 110, 160, 140, 85, 90, 100, 115, 165, 195, 185, 130, 70, 50, 40),
)
WEEKENDER = (
    (30, 30, 30, 30, 30, 30, 35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 35, 40, 45, 45, 45, 40, 35, 30),
    (90, 80, 75, 75, 75, 80, 150, 220, 260, 250, 240, 300, 320, 250, 230, 230, 250, 320, 420, 430, 400, 330, 220, 130),
)
SHOP = (
    (30, 30, 30, 30, 30, 30, 40, 70, 140, 180, 190, 190, 180, 180, 185, 185, 185, 190, 200, 190, 150, 70, 35, 30),
    (30, 30, 30, 30, 30, 30, 40, 70, 150, 195, 205, 205, 195, 195, 200, 205, 205, 210, 220, 205, 160, 75, 35, 30),
)
SCHOOL = (
    (15, 15, 15, 15, 15, 30, 120, 220, 260, 260, 250, 240, 200, 180, 250, 250, 220, 150, 110, 90, 70, 25, 15, 15),
    (15, 15, 15, 15, 15, 15, 20, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 20, 20, 20, 20, 15, 15, 15),
)
WORKSHOP = (
    (10, 10, 10, 10, 10, 10, 30, 120, 260, 280, 280, 240, 120, 240, 280, 280, 260, 160, 80, 50, 20, 10, 10, 10),
    (10, 10, 10, 10, 10, 10, 10, 10, 15, 15, 15, 15, 15, 15, 15, 15, 15, 10, 10, 10, 10, 10, 10, 10),
)
DAY = (100,) * 24

PROFILES: Mapping[Household, Profile] = {
    Household.SINGLE: Profile((120, 210), *SINGLE, cooling=150, heating=90),
    Household.FAMILY: Profile((240, 420), *FAMILY, cooling=130, heating=80),
    Household.LARGE: Profile((430, 680), *LARGE, cooling=110, heating=70),
    Household.ELDERLY: Profile((90, 160), *ELDERLY, cooling=60, heating=130),
    Household.WEEKEND: Profile((150, 260), *WEEKENDER, cooling=60, heating=40),
    Household.EMPTY: Profile((2, NIGHT_LOAD), DAY, DAY),
    Household.SHOP: Profile((700, 2200), *SHOP, cooling=80, heating=40, warm=AT_WORK, cold=AT_WORK),
    Household.SCHOOL: Profile(
        (3000, 9000),
        *SCHOOL,
        by_month=(60, 30, 100, 100, 100, 100, 25, 20, 100, 100, 100, 100),
        cooling=60,
        heating=60,
        warm=AT_WORK,
        cold=AT_WORK,
    ),
    Household.WORKSHOP: Profile(
        (4000, 15_000), *WORKSHOP, days_off=frozenset({SUNDAY}), cooling=15, heating=15, warm=AT_WORK, cold=AT_WORK
    ),
    Household.PUMP: Profile((800, 4000), DAY, DAY, by_month=(5, 10, 80, 140, 180, 200, 120, 100, 60, 30, 20, 5)),
    Household.LAMP: Profile((400, 2500), DAY, DAY),
}
"""The figures of each kind."""

LIT = (
    (18, 7), (19, 7), (19, 6), (19, 6), (20, 5), (20, 5), (20, 5), (20, 6), (19, 6), (18, 6), (18, 7), (17, 7),
)  # fmt: skip
"""Street lamps by month: lit from the first hour on, until before the second."""
