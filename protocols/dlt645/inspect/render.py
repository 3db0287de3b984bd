"""Values of data items as JSON and as text for people."""

from decimal import Decimal

from protocols.dlt645.di import DI
from protocols.dlt645.stamp import Stamp
from protocols.dlt645.values import Faulty, Value


def jsonable(value: Value) -> str | None:
    """Value as text in display order; None for what is not available and for what cannot be read."""
    match value:
        case None | Faulty():
            return None
        case Decimal():
            return f"{value:f}"
        case bytes():
            return value.hex().upper()
        case _:
            return str(value)


def readable(value: Value, unit: str = "") -> str:
    """Value as a person reads it, with its unit where it is a number."""
    match value:
        case None:
            return "not available 无"
        case Faulty():
            return f"unreadable ({value.fault}), bytes {value.raw.hex().upper()}"
        case Decimal():
            return f"{value:f} {unit}".rstrip()
        case Stamp():
            return _readable_stamp(value)
        case DI():
            return f"DI {value}"
        case _:
            return jsonable(value) or ""


def _readable_stamp(stamp: Stamp) -> str:
    """Date and time with separators; the layout beside digits that form no date."""
    instant = stamp.instant()
    if stamp.is_never and "MM" in stamp.layout:
        return f"never 无记录 ({stamp.digits})"
    if instant is None:
        return f"{stamp.digits} ({stamp.layout})"
    weekday = stamp.part("WW")
    shown = instant.isoformat(" ") if "hh" in stamp.layout else instant.date().isoformat()
    return shown if weekday is None else f"{shown}, weekday {weekday}"
