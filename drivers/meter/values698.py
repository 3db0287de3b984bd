"""Attributes of DL/T 698.45 as the values that they stand for."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from drivers.meter.model import Freeze, Reason, Silence
from drivers.meter.numbers import present
from drivers.meter.replies import Denied, Got, Missing, Reply
from drivers.zone import BEIJING
from protocols.dlt698 import NULL, OAD, Dar, DateTimeS, Value, quantities

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

    A row of NULLs is a meter that has not answered its concentrator.
    """
    if all(value == NULL for value in columns.values()):
        return Missing(Silence.NO_ANSWER)
    stamp = columns.get(FREEZE_TIME)
    shown = stamp.value if isinstance(stamp, Value) else None
    at = shown.at(BEIJING) if isinstance(shown, DateTimeS) else None
    if at is None:
        return Missing(Silence.GARBLED)
    if at != datetime.combine(day, time(), BEIJING):
        return Denied(Reason.OTHER_DAY, f"{at:%Y-%m-%d %H:%M}")
    total, *tariffs = decimals(FORWARD_ENERGY, columns) or (None,)
    reverse, *_ = decimals(REVERSE_ENERGY, columns) or (None,)
    return Got(Freeze(day, at.astimezone(UTC), total, present(tariffs), reverse))
