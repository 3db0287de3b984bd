"""From two register readings to kWh: F1 interval, F2 rollover (翻转), F5 plausible maximum."""

from decimal import Decimal

ROLLOVER_FROM = Decimal("0.95")
ROLLOVER_TO = Decimal("0.05")
MARGIN = Decimal("1.2")
NOMINAL_VOLTAGE = Decimal(220)
HOURS_A_DAY = 24


def plausible_kwh(
    hours: Decimal, *, capacity_kw: Decimal | None, current_max_a: int, phases: int, multiplier: int = 1
) -> Decimal:
    """Give the most a customer could have used (F5): 1.2 × capacity × hours.

    Without a contract capacity the meter's own is taken: 220 V × maximum current × phases, seen through its multiplier.
    """
    capacity = capacity_kw
    if capacity is None:
        capacity = NOMINAL_VOLTAGE * current_max_a * phases * multiplier / 1000
    return MARGIN * capacity * hours


def is_rollover(start: Decimal, end: Decimal, *, digits: int, multiplier: int, plausible: Decimal) -> bool:
    """Tell whether a fall is the register passing its last digit (F2): from the top 5 % to the bottom 5 %, plausibly."""
    modulus = Decimal(10) ** digits
    if end >= start or start < ROLLOVER_FROM * modulus or end > ROLLOVER_TO * modulus:
        return False
    return (modulus - start + end) * multiplier <= plausible


def interval_kwh(
    start: Decimal, end: Decimal, *, digits: int = 6, multiplier: int = 1, plausible: Decimal
) -> Decimal | None:
    """Give the energy between two readings of one meter (F1), or None where the register fell (倒走).

    A fall that :func:`is_rollover` accepts counts through the rollover. Nothing is rounded.
    """
    if end >= start:
        return (end - start) * multiplier
    if is_rollover(start, end, digits=digits, multiplier=multiplier, plausible=plausible):
        return (Decimal(10) ** digits - start + end) * multiplier
    return None
