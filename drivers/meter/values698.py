"""Attributes of DL/T 698.45 as the values that they stand for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from drivers.meter.model import Freeze, Reason, Silence
from drivers.meter.numbers import present
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.zone import BEIJING
from protocols.dlt698 import OAD, Dar, DateTimeS, Value, quantities
from protocols.dlt698.objects import entry, scaled
from protocols.dlt698.records import Table

T = TypeVar("T")
Attributes: TypeAlias = dict[OAD, Value | Dar]

FORWARD_ENERGY = OAD.parse("00100200")
REVERSE_ENERGY = OAD.parse("00200200")
FREEZE_TIME = OAD.parse("20210200")
DAILY_FREEZES = OAD.parse("50040200")
FREEZE_COLUMNS = (FREEZE_TIME, FORWARD_ENERGY, REVERSE_ENERGY)


def decimals(oad: OAD, attributes: Attributes) -> tuple[Decimal | None, ...]:
    """Give the scaled numbers of an attribute; none if it was refused."""
    value = attributes.get(oad)
    if not isinstance(value, Value):
        return ()
    return tuple(None if found is None else found.amount for found in quantities(oad, value))


def freeze_of(columns: Attributes, day: date) -> Reply[Freeze]:
    """Read a row of the daily freeze table; whatever it was asked for, its stamp says whose day it is.

    A row with neither a time nor a number is a meter that has not answered its concentrator.
    """
    stamp = columns.get(FREEZE_TIME)
    shown = stamp.value if isinstance(stamp, Value) else None
    at = shown.at(BEIJING) if isinstance(shown, DateTimeS) else None
    return _freeze(day, at, decimals(FORWARD_ENERGY, columns), decimals(REVERSE_ENERGY, columns))


def freezes_of(table: Table, day: date) -> list[Reply[Freeze]]:
    """Read the daily freezes that a concentrator has stored, row by row, as :func:`freeze_of` reads one."""
    frozen = table.of(DAILY_FREEZES)
    stamps = of_type(datetime, frozen.values(FREEZE_TIME))
    energies = (_energies(frozen, oad) for oad in (FORWARD_ENERGY, REVERSE_ENERGY))
    rows = zip(stamps, *energies, strict=True)
    return [
        Missing(Silence.GARBLED) if frozen.is_unassigned(number) else _freeze(day, *row)
        for number, row in enumerate(rows)
    ]


def _energies(frozen: Table, oad: OAD) -> Iterator[tuple[Decimal | None, ...]]:
    """Give the registers of each meter: as many as its array has, or the one that came without an array."""
    scaling = entry(oad).scaling
    assert scaling is not None, "energies have a scaler"
    alone, *elements = [of_type(int, column) for column in (frozen.values(oad), *frozen.elements(oad))]
    arrays = zip(*elements, strict=True) if elements else [()] * frozen.count
    for size, one, array in zip(frozen.sizes_of(oad), alone, arrays, strict=True):
        raws = (one,) if size is None else array[:size] + (None,) * (size - len(array))
        yield tuple(None if raw is None else scaled(raw, scaling.scaler) for raw in raws)


def of_type(kind: type[T], values: list[Any]) -> list[T | None]:
    """Pass over what a device has put into a column that does not belong there."""
    return [value if isinstance(value, kind) else None for value in values]


def _freeze(
    day: date, at: datetime | None, forward: tuple[Decimal | None, ...], reverse: tuple[Decimal | None, ...]
) -> Reply[Freeze]:
    if at is None:
        has_numbers = any(number is not None for number in (*forward, *reverse))
        return Missing(Silence.GARBLED if has_numbers else Silence.NO_ANSWER)
    if at != datetime.combine(day, time(), BEIJING):
        return Denied(Reason.OTHER_DAY, f"{at:%Y-%m-%d %H:%M}")
    total, *tariffs = forward or (None,)
    backward, *_ = reverse or (None,)
    return Got(Freeze(day, at.astimezone(UTC), total, present(tariffs), backward))
