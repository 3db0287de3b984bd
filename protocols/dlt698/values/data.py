# ruff: noqa: SLF001 - construct is extended by its own protocol of _parse, _parsereport and _build
"""Declaration of Data: type byte, then the value (DL/T 698.45-2017, 数据类型编码规则).

Depth is bounded by construction: the declaration of one level holds that of the level below, and the lowest
has no containers. Counts are bounded by the bytes that are left.
"""

import io
from collections.abc import Mapping
from typing import Any

import construct as c

from protocols.dlt698.axdr import OCTETS, Adapted, Length, SequenceOf, build, parse, read, reads, writer, writes
from protocols.dlt698.axdr.reading import Read, Readers
from protocols.dlt698.axdr.writing import Write
from protocols.dlt698.values import descriptors, moments
from protocols.dlt698.values.selection import ms_field, region_field, rsd_field
from protocols.dlt698.values.value import DataType, Value
from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_DEPTH = 8  # the deepest table of the standard, the archive 6000, nests six levels
BIT_COUNT = Length(per_byte=8)
_CONTAINERS = frozenset({DataType.ARRAY, DataType.STRUCTURE, DataType.REGION, DataType.RSD, DataType.MS})


def bits_of(octets: bytes, count: int) -> str:
    """Give so many bits as a text of 0 and 1, the most significant of the first byte first."""
    return "".join([f"{octet:08b}" for octet in octets])[:count]


def octets_of(bits: str) -> bytes:
    """Give the bytes of a text of 0 and 1, filled up with 0; raises ValueError for any other text."""
    if bits.strip("01"):
        raise ValueError(f"{bits!r} is no text of 0 and 1")
    size = (len(bits) + 7) // 8
    return int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big") if bits else b""


class BitString(c.Construct):  # type: ignore[misc]  # construct ships no types
    """Bit-string: number of bits, then the bytes; bit 0 is the most significant of the first."""

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> str:
        count = BIT_COUNT._parse(stream, context, path)
        return bits_of(read(stream, (count + 7) // 8), count)

    def _build(self, obj: str, stream: io.BytesIO, context: Any, path: str) -> str:
        BIT_COUNT._build(len(obj), stream, context, path)
        stream.write(octets_of(obj))
        return obj


class Data(c.Construct):  # type: ignore[misc]  # construct ships no types
    """One Data: ``bodies`` are the declarations of its types, those of containers holding Data of one level less."""

    def __init__(self, bodies: Mapping[DataType, Any]) -> None:
        super().__init__()
        self.bodies = {int(kind): (kind, body) for kind, body in bodies.items()}

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> Value:
        tag = read(stream, 1)[0]
        known = self.bodies.get(tag)
        if known is None:
            reason = "too_deep" if tag in _CONTAINERS else "bad_type"
            raise RemoteProtocolError(
                reason,
                f"more than {MAX_DEPTH} levels of Data" if tag in _CONTAINERS else f"reserved data type {tag}",
                offset=stream.tell() - 1,
                found=f"{tag:02X}",
            )
        kind, body = known
        return Value(kind, body._parsereport(stream, context, path))

    def _build(self, obj: Value, stream: io.BytesIO, context: Any, path: str) -> Value:
        known = self.bodies.get(obj.type)
        if known is None:
            raise LocalProtocolError(f"Data nests deeper than {MAX_DEPTH} levels or has the unknown type {obj.type}")
        stream.write(bytes([obj.type]))
        known[1]._build(obj.value, stream, context, path)
        return obj


@reads(BitString)
def read_bits(_declaration: BitString, readers: Readers) -> Read:
    """Read a bit-string."""
    bits = readers.of(BIT_COUNT)

    def read_one(data: bytes, at: int) -> tuple[str, int]:
        count, at = bits(data, at)
        end = at + (count + 7) // 8
        return bits_of(data[at:end], count), end

    return read_one


@writes(BitString)
def write_bits(_declaration: BitString) -> Write:
    """Write a bit-string."""
    count = writer(BIT_COUNT)

    def write_one(value: str, out: bytearray) -> None:
        octets = octets_of(value)
        count(len(value), out)
        out += octets

    return write_one


@reads(Data)
def read_data(declaration: Data, readers: Readers) -> Read:
    """Read one Data."""
    bodies = {tag: (kind, readers.of(body)) for tag, (kind, body) in declaration.bodies.items()}

    def read_one(data: bytes, at: int) -> tuple[Value, int]:
        kind, body = bodies[data[at]]
        value, at = body(data, at + 1)
        return Value(kind, value), at

    return read_one


@writes(Data)
def write_data(declaration: Data) -> Write:
    """Write one Data."""
    bodies = {tag: writer(body) for tag, (_, body) in declaration.bodies.items()}

    def write_one(value: Value, out: bytearray) -> None:
        kind = value.type
        body = bodies[kind]
        out.append(kind)
        body(value.value, out)

    return write_one


_TEXT = Adapted(OCTETS, lambda octets: octets.decode("latin-1"), lambda text: text.encode("latin-1"))
_UTF8 = Adapted(
    OCTETS,
    lambda octets: octets.decode("utf-8", "surrogateescape"),
    lambda text: text.encode("utf-8", "surrogateescape"),
)

_LEAVES: dict[DataType, Any] = {
    DataType.NULL: c.Pass,
    DataType.BOOL: Adapted(c.Int8ub, bool, lambda value: int(bool(value))),
    DataType.BIT_STRING: BitString(),
    DataType.DOUBLE_LONG: c.Int32sb,
    DataType.DOUBLE_LONG_UNSIGNED: c.Int32ub,
    DataType.OCTET_STRING: OCTETS,
    DataType.VISIBLE_STRING: _TEXT,
    DataType.UTF8_STRING: _UTF8,
    DataType.INTEGER: c.Int8sb,
    DataType.LONG: c.Int16sb,
    DataType.UNSIGNED: c.Int8ub,
    DataType.LONG_UNSIGNED: c.Int16ub,
    DataType.LONG64: c.Int64sb,
    DataType.LONG64_UNSIGNED: c.Int64ub,
    DataType.ENUM: c.Int8ub,
    DataType.FLOAT32: c.Float32b,
    DataType.FLOAT64: c.Float64b,
    DataType.DATE_TIME: moments.DATE_TIME,
    DataType.DATE: moments.DATE,
    DataType.TIME: moments.TIME,
    DataType.DATE_TIME_S: moments.DATE_TIME_S,
    DataType.OI: c.Int16ub,
    DataType.OAD: descriptors.OAD_FIELD,
    DataType.ROAD: descriptors.ROAD_FIELD,
    DataType.OMD: descriptors.OMD_FIELD,
    DataType.TI: descriptors.TI_FIELD,
    DataType.TSA: descriptors.TSA_FIELD,
    DataType.MAC: OCTETS,
    DataType.RN: OCTETS,
    DataType.SCALER_UNIT: descriptors.SCALER_UNIT_FIELD,
    DataType.CSD: descriptors.CSD_FIELD,
    DataType.SID: descriptors.SID_FIELD,
    DataType.SID_MAC: descriptors.SID_MAC_FIELD,
    DataType.COMDCB: descriptors.COMDCB_FIELD,
    DataType.RCSD: descriptors.RCSD_FIELD,
}


def _level(below: Data) -> Data:
    containers = {
        DataType.ARRAY: SequenceOf(below),
        DataType.STRUCTURE: SequenceOf(below),
        DataType.REGION: region_field(below),
        DataType.RSD: rsd_field(below),
        DataType.MS: ms_field(below),
    }
    return Data(_LEAVES | containers)


def _declare(depth: int) -> Data:
    level = Data(_LEAVES)
    for _ in range(depth):
        level = _level(level)
    return level


DATA = _declare(MAX_DEPTH)
RSD_FIELD = rsd_field(DATA)


def parse_data(octets: bytes) -> Value:
    """Read one Data with its type byte; raises RemoteProtocolError."""
    value: Value = parse(DATA, octets, "Data")
    return value


def build_data(value: Value) -> bytes:
    """Write one Data with its type byte; raises LocalProtocolError."""
    return build(DATA, value, "Data")
