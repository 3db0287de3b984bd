"""A price (电价) as a value: what a kWh costs on a day, by period, season and tier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from headend.collect import Consumption
from headend.store import half_up

ZERO = Decimal(0)

ENERGY_PLACES = 4
"""Energy is kept, and where it has to be rounded is rounded, to 0.0001 kWh."""

MonthDay = tuple[int, int]
"""Month and day of a yearly date."""

JANUARY_FIRST: MonthDay = (1, 1)


class Period(StrEnum):
    """Periods of time of use (分时时段), in the order of the meter's registers T1 to T4."""

    SHARP = "sharp"  # 尖
    PEAK = "peak"  # 峰
    FLAT = "flat"  # 平
    VALLEY = "valley"  # 谷


PERIODS = tuple(Period)


class Basis(StrEnum):
    """Over what time tiers are counted."""

    MONTH = "month"
    YEAR = "year"


class UseClass(StrEnum):
    """What the electricity is used for; late charges differ by it."""

    RESIDENTIAL = "residential"  # 居民生活
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds in kWh a month of all tiers but the last, with those of months that have their own."""

    usual: tuple[Decimal, ...]
    months: tuple[tuple[int, tuple[Decimal, ...]], ...] = ()

    def of(self, month: int) -> tuple[Decimal, ...]:
        """Give the bounds of a calendar month (1 to 12)."""
        return next((bounds for own, bounds in self.months if own == month), self.usual)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiered prices (阶梯电价). ``adders`` are measured from the first tier, they do not add up."""

    basis: Basis
    adders: tuple[Decimal, ...]
    bounds: Bounds
    large: Bounds | None = None  # large household (多人口家庭)
    year_start: MonthDay = JANUARY_FIRST


@dataclass(frozen=True, slots=True)
class Rates:
    """Unit prices in yuan per kWh: of the total, or of each priced period under time of use (分时电价).

    ``minutes`` are the minutes a day of each priced period, for the one case in which a total must be split without
    period registers.
    """

    flat: Decimal
    periods: Mapping[Period, Decimal] = field(default_factory=dict)
    minutes: Mapping[Period, int] = field(default_factory=dict)

    def split(self, total: Decimal) -> Consumption:
        """Split a total over the priced periods by their length; the rest of the rounding goes to the last one."""
        if not self.periods:
            return Consumption(total)
        day = sum(self.minutes.values())
        parts = dict.fromkeys(PERIODS, ZERO)
        *others, last = self.minutes
        for period in others:
            parts[period] = half_up(total * self.minutes[period] / day, ENERGY_PLACES)
        parts[last] = total - sum(parts.values(), ZERO)
        return Consumption(total, tuple(parts.values()))


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year [start, end) with prices of its own; it may lie over the turn of the year."""

    name: str
    start: MonthDay
    end: MonthDay
    rates: Rates

    def holds(self, day: date) -> bool:
        """Tell whether the energy day belongs to the season."""
        here = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= here < self.end
        return here >= self.start or here < self.end


class PriceKey(NamedTuple):
    """What tells one version of a price from all others."""

    code: str
    valid_from: date
    version: int


@dataclass(frozen=True, slots=True)
class Price:
    """One version of a price: in force from ``valid_from`` 00:00 until the next version of its code.

    ``version`` is its id in the price book, 0 while it is in none.
    """

    code: str
    name: str
    use_class: UseClass
    voltage: str
    valid_from: date
    rates: Rates
    seasons: tuple[Season, ...] = ()
    tiers: Tiers | None = None
    free_kwh_month: Decimal = ZERO
    version: int = 0

    @property
    def key(self) -> PriceKey:
        """Tell this version from all others."""
        return PriceKey(self.code, self.valid_from, self.version)

    @property
    def time_of_use(self) -> bool:
        """Tell whether the price needs the meter's period registers."""
        return bool(self.rates.periods)

    def season(self, day: date) -> str:
        """Give the name of the season of an energy day; empty outside of all."""
        return next((s.name for s in self.seasons if s.holds(day)), "")

    def rates_in(self, season: str) -> Rates:
        """Give the unit prices of a season by its name."""
        return next((s.rates for s in self.seasons if s.name == season), self.rates)

    def prices(self, energy: Consumption) -> bool:
        """Tell whether the price can be put on that energy: its periods are known, and none without a price moved."""
        return not self.time_of_use or (bool(energy.tariffs) and not self.unpriced(energy))

    def unpriced(self, energy: Consumption) -> Mapping[Period, Decimal]:
        """Give the energy in periods for which a time-of-use price has none."""
        if not self.time_of_use:
            return {}
        parts = zip(PERIODS, energy.tariffs, strict=False)
        return {period: kwh for period, kwh in parts if kwh and period not in self.rates.periods}
