"""Estimated energy (估算电量): the mean of an account's last good days."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from headend.collect import Consumption, DayEnergy
from headend.settle.price import ENERGY_PLACES, ZERO
from headend.store import half_up

WINDOW = 7
"""How many good days an estimate looks at."""

SAME_TYPE = 3
"""From so many days of the same type (working or not) on, only those count."""

OLDEST = timedelta(days=60)


def _nothing() -> Decimal:
    return ZERO


@dataclass(frozen=True, slots=True)
class Habits:
    """An account's last good days, latest first, and what to take where there are none.

    ``working`` tells working days from others; ``fallback`` gives the area's median of the class in kWh a day and is
    asked only when it is needed.
    """

    days: tuple[DayEnergy, ...]
    working: Callable[[date], bool]
    fallback: Callable[[], Decimal] = _nothing

    def seen(self, day: DayEnergy) -> "Habits":
        """Add a later good day."""
        return replace(self, days=(day, *self.days)[:WINDOW])

    def estimate(self, day: date, *, with_tariffs: bool = False) -> Consumption:
        """Estimate the energy of a day: a mean, rounded half up to 0.0001 kWh.

        With tariffs, only days whose period registers are known count; the fallback has none.
        """
        recent = [d for d in self.days if d.day >= day - OLDEST and (d.energy.tariffs or not with_tariffs)]
        same = [d for d in recent if self.working(d.day) == self.working(day)]
        chosen = [d.energy for d in (same if len(same) >= SAME_TYPE else recent)]
        if not chosen:
            return Consumption(self.fallback())
        tariffs = zip(*(energy.tariffs for energy in chosen), strict=True) if with_tariffs else ()
        return Consumption(_mean([e.total for e in chosen]), tuple(_mean(list(part)) for part in tariffs))


def area_median(energies: list[Decimal]) -> Decimal:
    """Give the median of day energies, rounded half up to 0.0001 kWh; 0 where there are none."""
    return half_up(median(energies), ENERGY_PLACES) if energies else ZERO


def _mean(parts: list[Decimal]) -> Decimal:
    return half_up(sum(parts, ZERO) / len(parts), ENERGY_PLACES)
