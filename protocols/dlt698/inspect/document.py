"""The page that says what of DL/T 698.45 is implemented, drawn from the declarations that the code runs on."""

from collections.abc import Iterator

from protocols.dissection import Bit, Language, Words
from protocols.dissection.pages import folded, table
from protocols.dlt698.apdu.conformance import FunctionBit, ProtocolBit
from protocols.dlt698.inspect.bits import af_bits, control_bits, fragment_bits
from protocols.dlt698.inspect.document_layouts import layouts
from protocols.dlt698.inspect.document_objects import objects
from protocols.dlt698.inspect.document_samples import samples
from protocols.dlt698.inspect.values import tell_value, type_words
from protocols.dlt698.objects.units import UNITS
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.data import MAX_DEPTH, build_data
from protocols.dlt698.values.descriptors import (
    BAUD_9600_8E1,
    OAD,
    OMD,
    ROAD,
    SID,
    TI,
    TSA,
    ScalerUnit,
    SidMac,
    TimeUnit,
)
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.selection import AllMeters, Region, Selector9
from protocols.dlt698.values.value import DataType, Value, array, structure, unsigned
from protocols.dlt698.wire.fragment import MAX_APDU
from protocols.dlt698.wire.link import MAX_FRAME, MIN_LENGTH, Control

__all__ = ["document"]

_INTRODUCTION = """# DL/T 698.45: what is there

Every layout, code and object, drawn by `tools/draw` from the declarations and tables that the code runs on. `u8` is a
number of 8 bits, `i8` one with a sign, high byte first in APDUs; `octets` are a length and bytes; `n × …` is a count
and so many; `[…]` is a byte 00, or 01 and what stands in the brackets; `0: … or 1: …` is a byte and what it picks. A
refusal of bytes is a `RemoteProtocolError` with one of the reasons below; a DAR is a value.
"""
_CONTROLS = (
    (0x43, "request of the head-end"),
    (0xC3, "answer of the device"),
    (0x81, "login, heartbeat, logout of the device"),
    (0x01, "answer of the head-end to them"),
    (0x83, "report of the device"),
    (0x03, "answer of the head-end to it"),
)
_FLAGS = (0x05, 0x15, 0x26, 0x45, 0x85, 0xC0)
_FRAGMENTS = (0x0000, 0xC001, 0x4002, 0x8002)
_OAD = OAD.parse("00100200")
_EXAMPLES = {
    DataType.NULL: None,
    DataType.ARRAY: array(unsigned(1), unsigned(2)).value,
    DataType.STRUCTURE: structure(unsigned(1), unsigned(2)).value,
    DataType.BOOL: True,
    DataType.BIT_STRING: "1010",
    DataType.DOUBLE_LONG: -2,
    DataType.DOUBLE_LONG_UNSIGNED: 1234,
    DataType.OCTET_STRING: b"\x12\x34",
    DataType.VISIBLE_STRING: "V1.1",
    DataType.UTF8_STRING: "电",
    DataType.INTEGER: -2,
    DataType.LONG: -2,
    DataType.UNSIGNED: 2,
    DataType.LONG_UNSIGNED: 2203,
    DataType.LONG64: -2,
    DataType.LONG64_UNSIGNED: 1234,
    DataType.ENUM: 1,
    DataType.FLOAT32: 0.5,
    DataType.FLOAT64: 0.5,
    DataType.DATE_TIME: DateTime(2024, 5, 20, 1, 8, 30, 0, 0),
    DataType.DATE: Date(2024, 5, 20, 1),
    DataType.TIME: Time(8, 30, 0),
    DataType.DATE_TIME_S: DateTimeS(2024, 5, 20, 8, 30, 0),
    DataType.OI: 0x4000,
    DataType.OAD: _OAD,
    DataType.ROAD: ROAD(OAD.parse("50040200"), (_OAD,)),
    DataType.OMD: OMD.parse("80008100"),
    DataType.TI: TI(TimeUnit.MINUTE, 15),
    DataType.TSA: TSA.of("210000123456"),
    DataType.MAC: bytes.fromhex("01020304"),
    DataType.RN: bytes.fromhex("0102"),
    DataType.REGION: Region(0, unsigned(1), unsigned(9)),
    DataType.SCALER_UNIT: ScalerUnit(-2, 33),
    DataType.RSD: Selector9(1),
    DataType.CSD: _OAD,
    DataType.MS: AllMeters(),
    DataType.SID: SID(bytes.fromhex("811C8310"), b"\x00\x26"),
    DataType.SID_MAC: SidMac(SID(bytes.fromhex("811C8310"), b""), bytes.fromhex("01020304")),
    DataType.COMDCB: BAUD_9600_8E1,
    DataType.RCSD: (_OAD,),
}
"""A value of each type."""


def document() -> str:
    """Page in Markdown."""
    parts = (_INTRODUCTION, *_link(), *layouts(), *_codes(), *objects(), *samples())
    return "\n".join(parts)


def _link() -> Iterator[str]:
    yield (
        f"## Link frame\n\n68H, L (low byte first, {MIN_LENGTH} at least), C, AF and SA, CA, HCS, data, FCS, 16H:\n"
        f"{MAX_FRAME} bytes at most. HCS and FCS are CRC-16/X-25, low byte first, FCS over HCS too. Several frames\n"
        f"carry an APDU of {MAX_APDU} bytes at most.\n"
    )
    controls = ((f"{octet:02X}", what, _bits(control_bits(Control.of(octet)))) for octet, what in _CONTROLS)
    yield table("Control field C 控制域", ("C", "what", "bits"), controls, level=3)
    flags = ((f"{af:02X}", _bits(af_bits(af))) for af in _FLAGS)
    yield table("Address flag AF 地址标志", ("AF", "bits"), flags, level=3)
    words = ((f"{word:04X}", _bits(fragment_bits(word))) for word in _FRAGMENTS)
    yield table("Fragment word 分帧格式域, low byte first", ("word", "bits"), words, level=3)


def _bits(bits: tuple[Bit, ...]) -> str:
    return ", ".join(f"{bit.place} {bit.digits} {_said(bit.meaning)}" for bit in bits)


def _said(words: Words) -> str:
    return words.said(Language.ENGLISH)


def _codes() -> Iterator[str]:
    types = (
        (int(kind), _said(type_words(kind)), _said(tell_value(value)), f"`{build_data(value).hex(' ').upper()}`")
        for kind, value in ((kind, Value(kind, _EXAMPLES[kind])) for kind in DataType)
    )
    head = ("tag", "type", "for example", "bytes with the tag")
    yield table(f"Types of Data 数据类型, {MAX_DEPTH} levels at most", head, types)
    results = ((int(dar), f"`{dar.name}`", dar.chinese) for dar in Dar)
    yield table("Results DAR 访问结果; other numbers are kept as they came", ("number", "name", ""), results)
    yield folded("Units of Scaler_Unit 换算-单位", ("code", "unit"), UNITS.items())
    for title, bits in (
        ("Protocol conformance 协议一致性", ProtocolBit),
        ("Function conformance 功能一致性", FunctionBit),
    ):
        yield folded(title, ("bit", "name", ""), ((int(bit), f"`{bit.name}`", bit.chinese) for bit in bits))
