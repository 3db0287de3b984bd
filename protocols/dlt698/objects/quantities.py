"""The numbers of a value with their units, for those who want nothing else of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from protocols.dlt698.objects.dictionary import entry
from protocols.dlt698.objects.formats import Array, Leaf, Scaling
from protocols.dlt698.objects.numbers import MISSING, scaled
from protocols.dlt698.objects.reading import Item, at_index, describe
from protocols.dlt698.values.descriptors import OAD, ScalerUnit
from protocols.dlt698.values.value import INTEGERS, DataType, Value

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

    Texts, times, counts and states are left out, so that a place among the results is no place among the elements; so
    is everything that the dictionary has no scaler for, unless the device gave its own (``device``).
    """
    alike = None if device else _alike(oad)
    if alike is not None:
        parts = (value,) if not alike.is_array else value.elements if value.type is DataType.ARRAY else ()
        if parts and all(part.type is alike.type for part in parts):
            return tuple(alike.quantity(part) for part in parts)
    return tuple(_quantities(describe(oad, value, device)))


class _Alike(NamedTuple):
    """An attribute that is one number, or an array of numbers of one type: most of what is collected."""

    type: DataType
    scaling: Scaling
    is_array: bool

    def quantity(self, value: Value) -> Quantity | None:
        if value.value == MISSING.get(self.type):
            return None
        return Quantity(scaled(value.value, self.scaling.scaler), self.scaling.unit)


@lru_cache(maxsize=4096)
def _alike(oad: OAD) -> _Alike | None:
    row = entry(oad)
    found = at_index(row.layout, oad.index)
    form = row.layout if found is None else found[1]
    leaf = form.element if isinstance(form, Array) else form
    if not isinstance(leaf, Leaf) or leaf.type not in INTEGERS:
        return None
    scaling = leaf.scaling or row.scaling
    return None if scaling is None else _Alike(leaf.type, scaling, is_array=isinstance(form, Array))


def _quantities(item: Item) -> Iterator[Quantity | None]:
    if item.is_scaled:
        yield None if item.value is None else Quantity(item.value, item.unit)
    for member in item.members:
        yield from _quantities(member)
