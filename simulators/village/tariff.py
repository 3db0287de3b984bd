"""What the energy of a cycle costs, by the published price tables.

The village needs it to choose deposits: a story can only begin on its day if the money runs out on it.
The amount of a cycle is cumulative and rounded half up per line (business rule F6).
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from simulators.village.scenario import Price

__all__ = ["amount", "kilowatt_hours"]

FEN = Decimal("0.01")


def kilowatt_hours(register: int) -> Decimal:
    """Turn a register in steps of 0.01 kWh into kWh."""
    return Decimal(register).scaleb(-2)


def amount(price: Price, year_before: Decimal, energy: Decimal) -> Decimal:
    """Compute the amount of a cycle in yuan.

    Args:
        price: the price in force during the whole cycle.
        year_before: tier-year counter at the start of the cycle, in kWh.
        energy: energy of the cycle so far, in kWh.

    """
    total = _round(energy * price.flat)
    for lower, upper, adder in _tiers(price):
        inside = _part(year_before + energy, lower, upper) - _part(year_before, lower, upper)
        total += _round(inside * adder)
    return total


def _tiers(price: Price) -> Iterator[tuple[Decimal, Decimal | None, Decimal]]:
    """Give lower bound, upper bound (None: no end) and adder of each tier above the first."""
    for number, (lower, adder) in enumerate(zip(price.bounds, price.adders, strict=True), start=1):
        yield lower, price.bounds[number] if number < len(price.bounds) else None, adder


def _part(counter: Decimal, lower: Decimal, upper: Decimal | None) -> Decimal:
    """Give how much of the counter lies above ``lower`` and not above ``upper``."""
    top = counter if upper is None else min(counter, upper)
    return max(Decimal(0), top - lower)


def _round(yuan: Decimal) -> Decimal:
    return yuan.quantize(FEN, ROUND_HALF_UP)
