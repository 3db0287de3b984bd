"""The numbers of a value with their units, for those who want nothing else of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from protocols.dlt698.objects.reading import Item, describe
from protocols.dlt698.values.descriptors import OAD, ScalerUnit
from protocols.dlt698.values.value import Value

__all__ = ["Quantity", "quantities"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; the unit is empty for ratios and counts."""

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}".rstrip()


def quantities(oad: OAD, value: Value, device: ScalerUnit | None = None) -> tuple[Quantity | None, ...]:
    """Scale the numbers of an attribute, in order; None where one is missing.

    Texts, times, counts and states are left out; so is everything that the dictionary has no scaler for, unless the
    device gave its own (``device``).
    """
    return tuple(_quantities(describe(oad, value, device)))


def _quantities(item: Item) -> Iterator[Quantity | None]:
    if item.is_scaled:
        yield None if item.value is None else Quantity(item.value, item.unit)
    for member in item.members:
        yield from _quantities(member)
