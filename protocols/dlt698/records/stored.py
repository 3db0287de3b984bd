"""What a value becomes in a column: numbers, texts, bytes or None, which any database takes as they are."""

from collections.abc import Callable, Mapping
from typing import Any

from protocols.dlt698.objects.numbers import MISSING
from protocols.dlt698.values.data import build_data
from protocols.dlt698.values.descriptors import TSA
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.value import INTEGERS, DataType, Value

SINGLE_METER = b"\x05"  # the AF-like byte of a single address of six bytes
METER_TSA_BYTES = 7

Store = Callable[[Any], Any]
"""From the Python value of a type (table in :mod:`protocols.dlt698.values.value`) to what a column holds of it."""

AS_THEY_ARE = INTEGERS | {
    DataType.NULL,
    DataType.BOOL,
    DataType.BIT_STRING,
    DataType.OCTET_STRING,
    DataType.VISIBLE_STRING,
    DataType.FLOAT32,
    DataType.FLOAT64,
    DataType.ENUM,
    DataType.OI,
    DataType.MAC,
    DataType.RN,
}
"""Types whose Python value goes into a column as it is; of integers the one that says "missing" is None there."""


def _text(moment: DateTimeS | DateTime | Date | Time) -> str | None:
    return moment.text


def _readable(text: str) -> str:
    """Put the mark of a lost character where bytes were no UTF-8: no database takes them as text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


STORES: Mapping[DataType, Store] = {
    DataType.UTF8_STRING: _readable,
    DataType.DATE_TIME: _text,
    DataType.DATE: _text,
    DataType.TIME: _text,
    DataType.DATE_TIME_S: _text,
    DataType.OAD: str,
    DataType.OMD: str,
    DataType.TSA: lambda tsa: tsa.digits,
}
"""How the other types are stored, moments as ISO text in the device's local time; the rest as its bytes on the wire."""


def meter_digits(octets: bytes) -> str:
    """Give the digits of a TSA by its bytes; of a single meter, as every row has one, without making it."""
    plain = octets[1:].hex()
    if octets[:1] == SINGLE_METER and len(octets) == METER_TSA_BYTES and plain.isdecimal():
        return plain
    return TSA(octets).digits


FROM_OCTETS: Mapping[Store | None, Callable[[bytes], Any]] = {STORES[DataType.TSA]: meter_digits}
"""Stores that can be had from the octets of a value, without the value."""


def stored(value: Value, stores: Mapping[DataType, Store] = STORES) -> Any:
    """Give what a column holds of a value that is no array and no structure."""
    kind, content = value.type, value.value
    if kind in stores:
        return stores[kind](content)
    if kind in AS_THEY_ARE:
        return None if content == MISSING.get(kind) else content
    return build_data(value)
