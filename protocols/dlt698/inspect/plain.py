"""Values, frames and APDUs as plain dictionaries, lists and texts, for people and for test vectors.

Data becomes ``{"type", "value"}`` and NULL null; bytes become upper-case hex; date_time_s ISO text with ``*``
for a field that is not given, null if none is. Names of fields follow the standard's.
"""

from functools import singledispatch
from typing import Any

from protocols.dlt698.values import selection
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import CSD, OAD, OMD, ROAD, SID, TI, TSA, ComDcb, ScalerUnit, SidMac
from protocols.dlt698.values.moments import NO_BYTE, NO_WORD, Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.value import DataType, Value

TYPE_NAMES = {
    DataType.BIT_STRING: "bit-string",
    DataType.DOUBLE_LONG: "double-long",
    DataType.DOUBLE_LONG_UNSIGNED: "double-long-unsigned",
    DataType.OCTET_STRING: "octet-string",
    DataType.VISIBLE_STRING: "visible-string",
    DataType.UTF8_STRING: "UTF8-string",
    DataType.LONG_UNSIGNED: "long-unsigned",
    DataType.LONG64_UNSIGNED: "long64-unsigned",
    DataType.REGION: "Region",
    DataType.SCALER_UNIT: "Scaler_Unit",
    **{kind: kind.name for kind in DataType if kind >= DataType.OI and kind.name not in {"REGION", "SCALER_UNIT"}},
}  # the others are called by their lower-case names
TIME_UNITS = ("s", "min", "h", "d", "month", "year")


@singledispatch
def plain(value: Any) -> Any:
    """Give the plain form of a value; numbers, texts and None are themselves."""
    return value


def column(csd: CSD) -> Any:
    """Give the plain form of a column."""
    return {"road": plain(csd)} if isinstance(csd, ROAD) else str(csd)


def columns(csds: tuple[CSD, ...]) -> list[Any]:
    """Give the plain form of a column list."""
    return [column(csd) for csd in csds]


def type_name(kind: DataType) -> str:
    """Give the standard's name of a data type."""
    return TYPE_NAMES.get(kind, kind.name.lower())


@plain.register
def _(value: Value) -> Any:
    if value.type is DataType.NULL:
        return None
    content = value.value
    if value.type is DataType.OI:
        shown: Any = f"{content:04X}"
    elif value.type is DataType.CSD:
        shown = column(content)
    elif value.type is DataType.RCSD:
        shown = columns(content)
    else:
        shown = plain(content)
    return {"type": type_name(value.type), "value": shown}


@plain.register
def _(value: bytes) -> str:
    return value.hex().upper()


@plain.register
def _(value: tuple) -> list[Any]:  # type: ignore[type-arg]  # dispatch is on the bare class
    return [plain(element) for element in value]


@plain.register(OAD)
@plain.register(OMD)
def _(value: OAD | OMD) -> str:
    return str(value)


@plain.register
def _(value: Dar) -> int:
    return int(value)


@plain.register
def _(value: ROAD) -> dict[str, Any]:
    return {"oad": str(value.oad), "cols": [str(oad) for oad in value.oads]}


@plain.register
def _(value: TI) -> dict[str, Any]:
    return {"unit": TIME_UNITS[value.unit] if value.unit < len(TIME_UNITS) else value.unit, "n": value.interval}


@plain.register
def _(value: TSA) -> dict[str, Any]:
    return {"af": value.octets[:1].hex().upper(), "addr": value.digits}


@plain.register
def _(value: ScalerUnit) -> dict[str, Any]:
    return {"scaler": value.scaler, "unit": value.unit}


@plain.register
def _(value: SID) -> dict[str, Any]:
    return {"id": plain(value.identifier), "data": plain(value.data)}


@plain.register
def _(value: SidMac) -> dict[str, Any]:
    return {"sid": plain(value.sid), "mac": plain(value.mac)}


@plain.register
def _(value: ComDcb) -> dict[str, Any]:
    return {
        "baud": value.baud,
        "parity": value.parity,
        "bits": value.bits,
        "stop": value.stop,
        "flow": value.flow,
    }


def _two(field: int | None) -> str:
    return "*" if field is None else f"{field:02d}"


def _day(value: DateTimeS | DateTime | Date) -> str:
    year = "*" if value.year is None else f"{value.year:04d}"
    return f"{year}-{_two(value.month)}-{_two(value.day)}"


def _clock(value: DateTimeS | DateTime | Time) -> str:
    return f"{_two(value.hour)}:{_two(value.minute)}:{_two(value.second)}"


def _moment(value: DateTimeS | DateTime) -> str | None:
    text = f"{_day(value)}T{_clock(value)}"
    return None if text == "*-*-*T*:*:*" else text


@plain.register
def _(value: DateTimeS) -> str | None:
    return _moment(value)


@plain.register
def _(value: DateTime) -> dict[str, Any]:
    return {
        "t": _moment(value),
        "weekday": NO_BYTE if value.weekday is None else value.weekday,
        "ms": NO_WORD if value.millisecond is None else value.millisecond,
    }


@plain.register
def _(value: Date) -> dict[str, Any]:
    return {"d": _day(value), "weekday": NO_BYTE if value.weekday is None else value.weekday}


@plain.register
def _(value: Time) -> str:
    return _clock(value)


@plain.register
def _(value: selection.Region) -> dict[str, Any]:
    return {"kind": value.kind, "from": plain(value.start), "to": plain(value.end)}


@plain.register(selection.NoMeters)
def _(_value: selection.NoMeters) -> str:
    return "none"


@plain.register(selection.AllMeters)
def _(_value: selection.AllMeters) -> str:
    return "all"


@plain.register
def _(value: selection.UserTypes) -> dict[str, Any]:
    return {"user_type": list(value.types)}


@plain.register
def _(value: selection.MeterAddresses) -> dict[str, Any]:
    return {"address": plain(value.addresses)}


@plain.register
def _(value: selection.ConfigNumbers) -> dict[str, Any]:
    return {"config_no": list(value.numbers)}


@plain.register
def _(value: selection.UserTypeRegions) -> dict[str, Any]:
    return {"user_type_region": plain(value.regions)}


@plain.register
def _(value: selection.AddressRegions) -> dict[str, Any]:
    return {"address_region": plain(value.regions)}


@plain.register
def _(value: selection.ConfigNumberRegions) -> dict[str, Any]:
    return {"config_no_region": plain(value.regions)}


@plain.register
def _(_value: selection.AllRows) -> dict[str, Any]:
    return {"sel": 0}


@plain.register
def _(value: selection.Selector1) -> dict[str, Any]:
    return {"sel": 1, "oad": str(value.oad), "value": plain(value.value)}


def _condition(value: selection.Selector2) -> dict[str, Any]:
    return {
        "oad": str(value.oad),
        "from": plain(value.start),
        "to": plain(value.end),
        "step": plain(value.interval),
    }


@plain.register
def _(value: selection.Selector2) -> dict[str, Any]:
    return {"sel": 2, **_condition(value)}


@plain.register
def _(value: selection.Selector3) -> dict[str, Any]:
    return {"sel": 3, "list": [_condition(condition) for condition in value.conditions]}


def _at(number: int, value: selection.Selector4 | selection.Selector5) -> dict[str, Any]:
    return {"sel": number, "time": plain(value.time), "ms": plain(value.meters)}


@plain.register
def _(value: selection.Selector4) -> dict[str, Any]:
    return _at(4, value)


@plain.register
def _(value: selection.Selector5) -> dict[str, Any]:
    return _at(5, value)


_SPANS = {selection.Selector6: 6, selection.Selector7: 7, selection.Selector8: 8}


@plain.register(selection.Selector6)
@plain.register(selection.Selector7)
@plain.register(selection.Selector8)
def _(value: selection.Selector6 | selection.Selector7 | selection.Selector8) -> dict[str, Any]:
    return {
        "sel": _SPANS[type(value)],
        "from": plain(value.start),
        "to": plain(value.end),
        "ti": plain(value.interval),
        "ms": plain(value.meters),
    }


@plain.register
def _(value: selection.Selector9) -> dict[str, Any]:
    return {"sel": 9, "last": value.last}


@plain.register
def _(value: selection.Selector10) -> dict[str, Any]:
    return {"sel": 10, "last": value.last, "ms": plain(value.meters)}
