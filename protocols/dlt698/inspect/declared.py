"""How the layouts above A-XDR are followed: Data, the rows of records, whole APDUs."""

from dataclasses import dataclass
from typing import Any

import construct as c

from protocols.dlt698.apdu.common import RESULT_RECORD_FIELD
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import LENGTH
from protocols.dlt698.axdr.trace import Trace, Tracer, follow, trace
from protocols.dlt698.values.data import DATA, Data
from protocols.dlt698.values.descriptors import CSD
from protocols.dlt698.values.value import Value
from protocols.dlt698.wire.link import HEADER

_ROWS = dict(RESULT_RECORD_FIELD.fields)["result"].alternatives[1]


def is_rows(declaration: Any) -> bool:
    """Whether it declares the rows of a record."""
    return declaration is _ROWS


@dataclass(frozen=True, slots=True)
class Row:
    """Declaration of one row: a Data for each column."""

    columns: tuple[CSD, ...]


@follow.register
def _(declaration: Data, tracer: Tracer, context: Any) -> Any:
    start = tracer.at
    known = declaration.bodies.get(tracer.read("type", c.Int8ub, context))
    if known is None:
        return tracer.refuse(start, declaration, context)
    kind, body = known
    return Value(kind, tracer.read("", body, context))


@follow.register(type(_ROWS))
def _(declaration: Any, tracer: Tracer, context: Any) -> Any:
    start, columns = tracer.at, context["columns"]
    count = tracer.read("count", LENGTH, context)
    if count and not columns:
        return tracer.refuse(start, declaration, context)
    return tuple([tracer.read("", Row(columns), context) for _ in range(count)])


@follow.register
def _(declaration: Row, tracer: Tracer, context: Any) -> Any:
    return tuple([tracer.read("", DATA, context) for _ in declaration.columns])


def trace_apdu(octets: bytes) -> Trace:
    """Follow the APDU that should fill ``octets``."""
    return trace(APDU, octets, "APDU")


_HEAD = HEADER.subcons[1].subcon.subcon.subcon
HEAD_SIZES = {part.name: part.sizeof() for part in _HEAD.subcons if part.name != "address"}
"""Bytes of the parts of the header that have always the same size."""


def descrambled(wire: bytes) -> bytes:
    """Take 33H off user data, as a receiver does where SC is set."""
    return wire.translate(_LESS_33)


_LESS_33 = bytes((octet - 0x33) & 0xFF for octet in range(256))
