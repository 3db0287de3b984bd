"""The billing cycle (结算周期) of an account, and where it stands in it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from headend.collect import Consumption
from headend.settle.book import PriceHistory
from headend.settle.fee import FeeLine, Piece, add_energy, cycle_energy, fee, fee_lines
from headend.settle.tiers import FULL_USE, TierUse, add_months, counter_at_start, tier_bounds

ONE_DAY = timedelta(days=1)

TURN_DAY = 1
"""Day of the month on which cycles turn, by default."""


def cycle_start(day: date, turn_day: int = TURN_DAY) -> date:
    """Give the first day of the cycle that the energy day belongs to."""
    this = day.replace(day=turn_day)
    return this if this <= day else add_months(this, -1)


def cycle_end(start: date, turn_day: int = TURN_DAY) -> date:
    """Give the first day of the next cycle; a cycle cut short by an opening ends with its month too."""
    return add_months(cycle_start(start, turn_day), 1)


@dataclass(frozen=True, slots=True)
class Terms:
    """By what an account's energy is priced: its prices over time, its use of the tiers, the day its cycles turn."""

    prices: PriceHistory
    use: TierUse = FULL_USE
    turn_day: int = TURN_DAY


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands at the freeze of ``day``: all that the next day's fee depends on.

    ``counter`` is the tier counter in kWh at the start of the cycle, ``pieces`` the cycle's energy so far.
    """

    day: date
    start: date
    counter: Decimal
    pieces: tuple[Piece, ...] = ()

    @property
    def energy(self) -> Decimal:
        """Give the cycle's energy so far in kWh."""
        return cycle_energy(self.pieces)

    def lines(self, terms: Terms) -> tuple[FeeLine, ...]:
        """Give the lines of the cycle so far."""
        tiers = self.pieces[0].price.tiers if self.pieces else None
        bounds = () if tiers is None else tier_bounds(tiers, self.start, terms.use)
        return fee_lines(self.pieces, self.counter, bounds)

    def fee(self, terms: Terms) -> Decimal:
        """Give the amount of the cycle so far in yuan (F6)."""
        return fee(self.lines(terms))

    def advance(self, energy: Consumption, terms: Terms) -> "Standing":
        """Add the energy of one day; on the first day of a cycle the last one is left behind."""
        price = terms.prices.on(self.day)
        start, counter, pieces = self.start, self.counter, self.pieces
        if cycle_start(self.day, terms.turn_day) > start:
            start = cycle_start(self.day, terms.turn_day)
            counter = counter_at_start(price.tiers, start, counter + self.energy)
            pieces = ()
        pieces = add_energy(pieces, price, price.season(self.day), energy)
        return Standing(self.day + ONE_DAY, start, counter, pieces)
