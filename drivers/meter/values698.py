"""Attributes of DL/T 698.45 as the values that they stand for."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias

from drivers.meter.model import Freeze, Reason, Silence
from drivers.meter.numbers import present
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.zone import BEIJING
from protocols.dlt698 import CSD, OAD, ROAD, Dar, DataType, DateTimeS, Value
from protocols.dlt698.objects import entry, number, scaled
from protocols.dlt698.records import UNASSIGNED, BulkRecord, Column, Table
from protocols.dlt698.values.value import INTEGERS

Attributes: TypeAlias = dict[OAD, Value | Dar]

FORWARD_ENERGY = OAD.parse("00100200")
REVERSE_ENERGY = OAD.parse("00200200")
FREEZE_TIME = OAD.parse("20210200")
DAILY_FREEZES = OAD.parse("50040200")
ENERGIES = (FORWARD_ENERGY, REVERSE_ENERGY)
FREEZE_COLUMNS = (FREEZE_TIME, *ENERGIES)


def decimals(oad: OAD, attributes: Attributes) -> tuple[Decimal | None, ...]:
    """Give the scaled numbers of an attribute, each in its place, None for what is none; none if it was refused."""
    value = attributes.get(oad)
    if not isinstance(value, Value):
        return ()
    members = value.elements if value.type is DataType.ARRAY else (value,)
    return _scaled(oad, map(number, members))


def freeze_of(columns: Attributes, day: date) -> Reply[Freeze]:
    """Read a row of the daily freeze table; whatever it was asked for, its stamp says whose day it is.

    A row with neither a time nor a number is a meter that has not answered its concentrator; one with something else
    in the place of a number is `GARBLED`.
    """
    stamp = columns.get(FREEZE_TIME)
    shown = stamp.value if isinstance(stamp, Value) else None
    at = shown.at(BEIJING) if isinstance(shown, DateTimeS) else None
    return _freeze(day, at, *(_raws(columns.get(oad)) for oad in ENERGIES))


def _raws(value: Value | Dar | None) -> tuple[Any, ...]:
    """Give the registers of an attribute as they came; what is no number as the value that it is."""
    if not isinstance(value, Value):
        return ()
    members = value.elements if value.type is DataType.ARRAY else (value,)
    return tuple(number(member) if member.type in {*INTEGERS, DataType.NULL} else member for member in members)


def freezes_of(record: BulkRecord, day: date) -> list[Reply[Freeze]]:
    """Read the daily freezes that a concentrator has stored, row by row, as :func:`freeze_of` reads one.

    `GARBLED` is a row of which it is not certain what its numbers are.
    """
    table = record.result
    if isinstance(table, Dar):
        return []
    if not _is_plain(record.columns):
        return [Missing(Silence.GARBLED)] * table.count
    frozen = table.of(DAILY_FREEZES)
    strays = [values for column, values in zip(frozen.columns, frozen.data, strict=True) if _is_stray(column)]
    stamps = (at if isinstance(at, datetime) else None for at in frozen.values(FREEZE_TIME))
    rows = zip(stamps, *(_registers(frozen, oad) for oad in ENERGIES), strict=True)
    return [
        Missing(Silence.GARBLED) if any(values[place] is not None for values in strays) else _freeze(day, *row)
        for place, row in enumerate(rows)
    ]


def _is_plain(columns: tuple[CSD, ...]) -> bool:
    """Whether there is one column of daily freezes, in which no attribute is named twice."""
    frozen = [column for column in columns if isinstance(column, ROAD) and column.oad == DAILY_FREEZES]
    return len(frozen) == 1 and len({(oad.oi, oad.number) for oad in frozen[0].oads}) == len(frozen[0].oads)


def _is_stray(column: Column) -> bool:
    """Whether a column holds what nobody has asked for: registers in another place, or behind the last attribute."""
    wanted = {(oad.oi, oad.attribute) for oad in ENERGIES}
    return column.path[:1] == (UNASSIGNED,) or ((column.oad.oi, column.oad.attribute) in wanted and bool(column.member))


def _registers(frozen: Table, oad: OAD) -> Iterator[tuple[Any, ...]]:
    """Give the registers of each meter: as many as its array has, or the one that came without an array.

    Members of anything but an array are no registers, and are given as they would stand for one.
    """
    elements = frozen.elements(oad)
    arrays = zip(*elements, strict=True) if elements else [()] * frozen.count
    for size, alone, array in zip(frozen.sizes_of(oad), frozen.values(oad), arrays, strict=True):
        if size is None:
            members = [member for member in array if member is not None]
            yield (members or alone,)
        else:
            yield array[:size] + (None,) * (size - len(array))


def _freeze(day: date, at: datetime | None, forward: tuple[Any, ...], reverse: tuple[Any, ...]) -> Reply[Freeze]:
    """Make a freeze of its registers, whole numbers or None; anything else among them is none."""
    registers = [raw for raw in (*forward, *reverse) if raw is not None]
    if any(type(raw) is not int for raw in registers):
        return Missing(Silence.GARBLED)
    if at is None:
        return Missing(Silence.GARBLED if registers else Silence.NO_ANSWER)
    if at != datetime.combine(day, time(), BEIJING):
        return Denied(Reason.OTHER_DAY, f"{at:%Y-%m-%d %H:%M}")
    total, *tariffs = _scaled(FORWARD_ENERGY, forward) or (None,)
    backward, *_ = _scaled(REVERSE_ENERGY, reverse) or (None,)
    return Got(Freeze(day, at.astimezone(UTC), total, present(tariffs), backward))


def _scaled(oad: OAD, raws: Iterable[int | None]) -> tuple[Decimal | None, ...]:
    scaling = entry(oad).scaling
    assert scaling is not None, "what is scaled here has a scaler"
    return tuple(None if raw is None else scaled(raw, scaling.scaler) for raw in raws)
