"""Numbers of meters, some of which may be missing."""

from collections.abc import Iterable, Sequence
from decimal import Decimal


def largest(values: Iterable[Decimal | None]) -> Decimal | None:
    """Give the largest magnitude of the values that are there."""
    return max((abs(value) for value in values if value is not None), default=None)


def present(registers: Sequence[Decimal | None]) -> tuple[Decimal, ...]:
    """Give tariff registers; none of them if one is missing, as a gap would shift the others."""
    there = tuple(register for register in registers if register is not None)
    return there if len(there) == len(registers) else ()
