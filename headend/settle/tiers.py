"""Tier years, the bounds that hold in them, and the tier counter (阶梯累计)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from headend.settle.price import ZERO, Basis, MonthDay, Tiers

MONTHS = 12


@dataclass(frozen=True, slots=True)
class TierUse:
    """What shortens or widens an account's tiers.

    ``since`` and ``until``: the account was opened (or changed its class or owner), or is closed, on that day; a part
    month counts as one. ``large_from`` and ``large_until``: a large household (多人口家庭) from the month after its
    acceptance until its approval ends.
    """

    since: date | None = None
    until: date | None = None
    large_from: date | None = None
    large_until: date | None = None

    def acting(self, cycle_start: date) -> "TierUse":
        """Give what acts on a cycle: new bounds from a cycle border on, a closing in its last cycle only."""
        last = self.until is not None and self.until <= add_months(cycle_start, 1)
        large = self.large_from is not None and self.large_from <= cycle_start
        return replace(self, until=self.until if last else None, large_from=self.large_from if large else None)

    def counts(self, first: date, last: date) -> bool:
        """Tell whether the tier month [first, last) belongs to the account's use."""
        opened = self.since is None or self.since < last
        return opened and (self.until is None or self.until > first)

    def large(self, first: date) -> bool:
        """Tell whether the household counts as large in the tier month that starts at ``first``."""
        started = self.large_from is not None and self.large_from <= first
        return started and (self.large_until is None or first < self.large_until)


FULL_USE = TierUse()


def add_months(day: date, months: int) -> date:
    """Give the same day of a later month (days up to the 28th; a cycle turns on no other)."""
    count = day.year * MONTHS + day.month - 1 + months
    return day.replace(year=count // MONTHS, month=count % MONTHS + 1)


def tier_year_start(start: MonthDay, day: date) -> date:
    """Give the first day of the tier year that ``day`` lies in."""
    this = date(day.year, *start)
    return this if this <= day else date(day.year - 1, *start)


@lru_cache(maxsize=4096)
def tier_bounds(tiers: Tiers, cycle_start: date, use: TierUse = FULL_USE) -> tuple[Decimal, ...]:
    """Give the bounds in kWh that hold for a cycle: of its month, or summed over the months of its tier year."""
    if tiers.basis is Basis.MONTH:
        return _month_bounds(tiers, cycle_start, use)
    use = use.acting(cycle_start)
    year = tier_year_start(tiers.year_start, cycle_start)
    firsts = [add_months(year, month) for month in range(MONTHS + 1)]
    used = [_month_bounds(tiers, first, use) for first, last in pairwise(firsts) if use.counts(first, last)]
    return tuple(sum(month, ZERO) for month in zip(*used, strict=True))


def counter_at_start(tiers: Tiers | None, cycle_start: date, before: Decimal) -> Decimal:
    """Give the tier counter at the start of a cycle, where it stood at ``before`` when the last one ended."""
    if tiers is None:
        return before
    restarts = tiers.basis is Basis.MONTH or tier_year_start(tiers.year_start, cycle_start) == cycle_start
    return ZERO if restarts else before


def _month_bounds(tiers: Tiers, first: date, use: TierUse) -> tuple[Decimal, ...]:
    bounds = tiers.large if tiers.large is not None and use.large(first) else tiers.bounds
    return bounds.of(first.month)
