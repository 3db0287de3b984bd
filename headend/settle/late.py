"""F8, the late charge (电费违约金) on a settled bill past its due date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from headend.settle.price import ZERO, UseClass
from headend.store import half_up

RATE_RESIDENTIAL = Decimal("0.001")
RATE_OTHER = Decimal("0.002")
RATE_OTHER_CARRIED = Decimal("0.003")
"""Daily rates: of homes; of others on arrears of the current year; of others on arrears carried from an earlier one."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bill's principal that was paid on a day."""

    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Debt:
    """The principal of a settled bill in yuan, when it fell due, and what was paid of it since."""

    principal: Decimal
    due: date
    use_class: UseClass
    parts: Sequence[Part] = ()

    def unpaid(self, day: date) -> Decimal:
        """Give the principal unpaid at 00:00 of a day: what is paid on the day still counts."""
        return self.principal - sum((part.amount for part in self.parts if part.day < day), ZERO)


def late_charge(debt: Debt, until: date, minimum: Decimal = ZERO) -> Decimal:
    """Give the late charge in yuan from the day after the due date to ``until``, the day of payment, both included.

    Simple, on unpaid principal. Per rate: the sum over the days of principal at 00:00 x rate, rounded once. A charge
    above zero is at least ``minimum``.
    """
    charge = ZERO
    for rate, days in _rates(debt, until):
        charge += half_up(rate * sum((debt.unpaid(first) * count for first, count in _runs(debt, days)), ZERO), 2)
    return max(charge, minimum) if charge > 0 else Decimal("0.00")


def _rates(debt: Debt, until: date) -> list[tuple[Decimal, tuple[date, date]]]:
    """Give each rate with the days [first, last) on which it holds."""
    first, last = debt.due + ONE_DAY, until + ONE_DAY
    if debt.use_class is UseClass.RESIDENTIAL:
        return [(RATE_RESIDENTIAL, (first, last))]
    new_year = date(debt.due.year + 1, 1, 1)
    return [(RATE_OTHER, (first, min(last, new_year))), (RATE_OTHER_CARRIED, (max(first, new_year), last))]


def _runs(debt: Debt, days: tuple[date, date]) -> list[tuple[date, int]]:
    """Cut [first, last) into runs of days with the same principal: first day and number of days of each."""
    first, last = days
    if first >= last:
        return []
    steps = {part.day + ONE_DAY for part in debt.parts if first < part.day + ONE_DAY < last}
    edges = [first, *sorted(steps), last]
    return [(start, (end - start).days) for start, end in pairwise(edges)]
