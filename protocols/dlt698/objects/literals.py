"""Plain values and texts as what the leaves of a format hold; what doesn't fit is refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from protocols.dlt698.digits import packed
from protocols.dlt698.objects import times
from protocols.dlt698.objects.formats import Leaf, Scaling, View
from protocols.dlt698.objects.numbers import BOUNDS, scaled
from protocols.dlt698.objects.words import enum_words
from protocols.dlt698.values.descriptors import OAD, OMD, ROAD, SID, TI, TSA, ComDcb, ScalerUnit, SidMac
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.selection import MS, RSD, AllMeters, NoMeters, Region
from protocols.dlt698.values.value import INTEGERS, DataType
from protocols.errors import LocalProtocolError

__all__ = ["leaf_value"]

_BOOLS: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False}
_METERS: Mapping[str, MS] = {"all": AllMeters(), "none": NoMeters()}
_MOST_DIGITS = 40
"""No number of 64 bits comes near, and a text must not cost more than its refusal."""


def leaf_value(leaf: Leaf, scaling: Scaling | None, plain: Any) -> Any:
    """Give what :class:`Value` holds for a leaf; raises LocalProtocolError that says what is wanted.

    Whole numbers come as int, Decimal or text in the unit of the leaf, never as float. Enums may also be one of their
    words, bits are a text of 0 and 1, bytes hex, moments a datetime or ISO text with ``*`` for what is not given,
    addresses digits, an interval ``15 min``, descriptors hex. What is of the type's own class is taken as it is.
    """
    if leaf.type in INTEGERS:
        return _whole(leaf.type, scaling, plain)
    own, make = _TYPES[leaf.type]
    value = plain if own is not None and isinstance(plain, own) else make(leaf, plain)
    if leaf.size is not None:
        _expect_size(leaf.type, leaf.size, value)
    return value


def _expect_size(kind: DataType, size: int, value: Any) -> None:
    if kind is DataType.BIT_STRING and len(value) != size:
        raise LocalProtocolError(f"{len(value)} bits where {size} are needed")
    if len(value) > size:
        raise LocalProtocolError(f"{len(value)} bytes where {size} at most are held")


def _whole(kind: DataType, scaling: Scaling | None, plain: Any) -> int:
    scaler = scaling.scaler if scaling else 0
    unit = f" {scaling.unit}".rstrip() if scaling else ""
    raw = scaled(_decimal(plain), -scaler)
    bounds = BOUNDS[kind]
    if not bounds.start <= raw < bounds.stop:
        low, high = (scaled(bound, scaler) for bound in (bounds.start, bounds.stop - 1))
        raise LocalProtocolError(f"{plain}{unit} is out of {low:f}..{high:f}{unit}")
    if raw != raw.to_integral_value():
        raise LocalProtocolError(f"{plain}{unit} is finer than the steps of {scaled(1, scaler):f}{unit}")
    return int(raw)


def _decimal(plain: Any) -> Decimal:
    if isinstance(plain, bool) or not isinstance(plain, int | str | Decimal):
        raise LocalProtocolError(f"{plain!r} is no exact number: an int, a Decimal or a text is needed")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise LocalProtocolError(f"{plain!r} is no number") from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise LocalProtocolError(f"{plain!r} is no number that fits")
    return number


def _text(plain: Any) -> str:
    if not isinstance(plain, str):
        raise LocalProtocolError(f"{plain!r} is no text")
    return plain


def _bool(_leaf: Leaf, plain: Any) -> bool:
    value = _BOOLS.get(str(plain).lower())
    if value is None:
        raise LocalProtocolError(f"{plain!r} is neither true nor false")
    return value


def _enum(leaf: Leaf, plain: Any) -> int:
    named = {text.lower(): number for number, word in enum_words(leaf.words).items() for text in word}
    number = named.get(str(plain).lower())
    return _whole(leaf.type, None, plain) if number is None else number


def _bits(_leaf: Leaf, plain: Any) -> str:
    text = _text(plain)
    if text.strip("01"):
        raise LocalProtocolError(f"{plain!r} is no text of 0 and 1")
    return text


def _octets(leaf: Leaf, plain: Any) -> bytes:
    text = _text(plain)
    try:
        match leaf.view:
            case View.DIGITS:
                return packed(text)
            case View.IP if "." in text:
                return _ip(text)
            case _:
                return bytes.fromhex(text)
    except ValueError:
        raise LocalProtocolError(f"{plain!r} is no {leaf.view or 'hex'} text") from None


def _ip(text: str) -> bytes:
    first, second, third, fourth = text.split(".")
    return bytes([int(first), int(second), int(third), int(fourth)])


def _ascii(_leaf: Leaf, plain: Any) -> str:
    text = _text(plain)
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise LocalProtocolError(f"{plain!r} has characters that a visible-string does not hold") from None
    return text


def _oi(leaf: Leaf, plain: Any) -> int:
    try:
        return _whole(leaf.type, None, int(plain, 16) if isinstance(plain, str) else plain)
    except ValueError:
        raise LocalProtocolError(f"{plain!r} is no OI: four hex digits are needed, such as 4000") from None


def _meters(_leaf: Leaf, plain: Any) -> MS:
    meters = _METERS.get(_text(plain))
    if meters is None:
        raise LocalProtocolError(f"{plain!r} is no set of meters: an MS, or one of {', '.join(_METERS)}")
    return meters


def _read_by(read: Callable[[str], Any]) -> Callable[[Leaf, Any], Any]:
    return lambda _leaf, plain: read(_text(plain))


def _instance_only(leaf: Leaf, plain: Any) -> Any:
    raise LocalProtocolError(f"{plain!r} is no {leaf.type.name}: a value of its own class is needed")


def _moment(own: Any, read: Callable[[str], Any]) -> Callable[[Leaf, Any], Any]:
    return lambda _leaf, plain: own.of(plain) if isinstance(plain, datetime) else read(_text(plain))


_TYPES: Mapping[DataType, tuple[Any, Callable[[Leaf, Any], Any]]] = {
    DataType.BOOL: (bool, _bool),
    DataType.BIT_STRING: (None, _bits),
    DataType.OCTET_STRING: (bytes, _octets),
    DataType.VISIBLE_STRING: (None, _ascii),
    DataType.UTF8_STRING: (str, _instance_only),
    DataType.ENUM: (None, _enum),
    DataType.FLOAT32: (float, _instance_only),
    DataType.FLOAT64: (float, _instance_only),
    DataType.DATE_TIME: (DateTime, _moment(DateTime, times.read_date_time)),
    DataType.DATE: (Date, _read_by(times.read_date)),
    DataType.TIME: (Time, _read_by(times.read_time)),
    DataType.DATE_TIME_S: (DateTimeS, _moment(DateTimeS, times.read_date_time_s)),
    DataType.OI: (None, _oi),
    DataType.OAD: (OAD, _read_by(OAD.parse)),
    DataType.ROAD: (ROAD, _instance_only),
    DataType.OMD: (OMD, _read_by(OMD.parse)),
    DataType.TI: (TI, _read_by(times.read_interval)),
    DataType.TSA: (TSA, _read_by(TSA.of)),
    DataType.MAC: (bytes, _octets),
    DataType.RN: (bytes, _octets),
    DataType.REGION: (Region, _instance_only),
    DataType.SCALER_UNIT: (ScalerUnit, _instance_only),
    DataType.RSD: (RSD, _instance_only),
    DataType.CSD: (OAD | ROAD, _read_by(OAD.parse)),
    DataType.MS: (MS, _meters),
    DataType.SID: (SID, _instance_only),
    DataType.SID_MAC: (SidMac, _instance_only),
    DataType.COMDCB: (ComDcb, _instance_only),
    DataType.RCSD: (tuple, _instance_only),
}  # the class that Value holds, None where a text needs a look too, and what makes it of something plain
