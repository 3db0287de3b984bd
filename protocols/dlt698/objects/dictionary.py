"""The object dictionary (对象标识): names, formats, scalers and units of attributes and methods.

Packaged as ``objects.csv``. The scalers are those that the standard gives and meters send; the device's own
word is its Scaler_Unit attribute. Numbers come out as Decimal, never as float.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from protocols.dlt698.values.descriptors import OAD, OMD
from protocols.dlt698.values.value import INTEGERS, DataType, Value

UNITS = {
    **dict(enumerate(["a", "month", "week", "day", "h", "min", "s", "degree", "degC", "yuan", "m", "m/s"], 1)),
    **dict(enumerate(["m3", "m3", "m3/h", "m3/h", "m3/d", "m3/d", "l", "kg", "N", "Nm", "Pa", "bar", "J"], 13)),
    **dict(enumerate(["J/h", "W", "kW", "VA", "kVA", "var", "kvar", "kWh", "kVAh", "kvarh", "A", "C", "V"], 26)),
    **dict(enumerate(["V/m", "F", "ohm", "ohm m2/m", "Wb", "T", "A/m", "H", "Hz", "imp/kWh", "imp/kvarh"], 39)),
    **dict(enumerate(["imp/kVAh", "%", "byte", "dBm", "yuan/kWh", "Ah", "ms"], 50)),
}  # unit codes of Scaler_Unit (换算-单位); others are reserved or none

MISSING = {
    DataType.DOUBLE_LONG_UNSIGNED: 0xFFFFFFFF,
    DataType.DOUBLE_LONG: 0x7FFFFFFF,
    DataType.LONG_UNSIGNED: 0xFFFF,
    DataType.LONG: 0x7FFF,
    DataType.LONG64_UNSIGNED: 0xFFFFFFFFFFFFFFFF,
    DataType.LONG64: 0x7FFFFFFFFFFFFFFF,
}  # what some terminals fill in where others send NULL


@dataclass(frozen=True, slots=True)
class Entry:
    """One attribute or method; ``scaler`` is a power of ten, None where nothing is to be scaled.

    ``first_only`` = the scaler is that of an amount, the first number of a structure.
    """

    name: str
    chinese: str
    format: str
    scaler: int | None
    unit: str
    access: str
    first_only: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; the unit is empty for ratios and counts."""

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}".rstrip()


@cache
def _entries() -> dict[tuple[int, str], Entry]:
    entries: dict[tuple[int, str], Entry] = {}
    with files(__package__).joinpath("objects.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            scaler, _, note = row["scaler"].partition(" ")
            entries[int(row["oi"], 16), row["attribute"]] = Entry(
                name=row["name_en"],
                chinese=row["name_zh"],
                format=row["type"],
                scaler=int(scaler) if scaler else None,
                unit=row["unit"] or ("%" if note == "(%)" else ""),
                access=row["rw"],
                first_only=note == "(amount)",
            )
    return entries


def attribute(oad: OAD) -> Entry | None:
    """Look an attribute up; features and element index do not matter."""
    return _entries().get((oad.oi, str(oad.number)))


def method(omd: OMD) -> Entry | None:
    """Look a method up."""
    return _entries().get((omd.oi, f"m{omd.method}"))


def known_attributes() -> Iterator[tuple[OAD, Entry]]:
    """All attributes of the dictionary, each as a whole (element 0)."""
    for (oi, member), entry in _entries().items():
        if not member.startswith("m"):
            yield OAD(oi, int(member), 0), entry


def number(value: Value) -> int | None:
    """Give the whole number of a value, None if it is missing: NULL, or all ones where that says so."""
    if value.type not in INTEGERS or value.value == MISSING.get(value.type):
        return None
    raw: int = value.value
    return raw


def _numbers(value: Value) -> Iterator[int | None]:
    for element in value.elements or (value,):
        if element.elements:
            yield from _numbers(element)
        elif element.type in INTEGERS or (element.type is DataType.NULL and value.type is not DataType.STRUCTURE):
            yield number(element)


def quantities(oad: OAD, value: Value) -> tuple[Quantity | None, ...]:
    """Scale the numbers of an attribute, in order; None where one is missing.

    Texts, times and states are left out; so is everything if the dictionary has no scaler for the attribute.
    """
    entry = attribute(oad)
    if entry is None or entry.scaler is None:
        return ()
    raw = list(_numbers(value))
    if entry.first_only:
        raw = raw[:1]
    step = Decimal(1).scaleb(entry.scaler)
    return tuple(None if item is None else Quantity(item * step, entry.unit) for item in raw)
