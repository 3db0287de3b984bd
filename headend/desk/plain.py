"""Values of the rooms as plain JSON: money and energy as decimal text, instants in local time, names masked."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from headend.archive import Masked
from headend.store import BUSINESS_ZONE

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """Turn a value, and what it holds, into what JSON can say.

    Raises :class:`TypeError` for what has no plain form: a float would lose digits on the way.
    """
    match value:
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case AbstractSet():
            return [plain(item) for item in sorted(value, key=str)]
        case list() | tuple():
            return [plain(item) for item in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return _scalar(value)


def _scalar(value: object) -> Plain:
    found: Plain
    match value:
        case Enum():
            found = _scalar(value.value)
        case None | bool() | int() | str():
            found = value
        case Decimal():
            found = f"{value:f}"
        case datetime():
            found = value.astimezone(BUSINESS_ZONE).isoformat()
        case date():
            found = value.isoformat()
        case Masked():
            found = str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no plain form")
    return found
