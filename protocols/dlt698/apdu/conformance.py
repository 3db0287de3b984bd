"""What both sides of a CONNECT say they can: conformance blocks and the maker's version (DL/T 698.45-2017).

A conformance block is a bit-string without a length; bit 0 is the most significant of the first byte.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Self

from protocols.errors import LocalProtocolError

__all__ = [
    "FACTORY_BYTES",
    "FUNCTION_BYTES",
    "PROTOCOL_BYTES",
    "Conformance",
    "FactoryVersion",
    "FunctionBit",
    "ProtocolBit",
]

PROTOCOL_BYTES = 8
FUNCTION_BYTES = 16
FACTORY_BYTES = 32


class _Bit(IntEnum):
    """A bit of a conformance block with the standard's word."""

    chinese: str

    def __new__(cls, number: int, chinese: str) -> Self:
        bit = int.__new__(cls, number)
        bit._value_ = number
        bit.chinese = chinese
        return bit


class ProtocolBit(_Bit):
    """Protocol conformance (协议一致性): services that a side knows."""

    ASSOCIATION = 0, "应用连接协商"
    GET_NORMAL = 1, "请求对象属性"
    GET_LIST = 2, "批量请求基本对象属性"
    GET_RECORD = 3, "请求记录型对象属性"
    GET_PROXY = 4, "代理请求对象属性"
    GET_PROXY_RECORD = 5, "代理请求记录型对象属性"
    GET_NEXT = 6, "请求分帧后续帧"
    SET_NORMAL = 7, "设置基本对象属性"
    SET_LIST = 8, "批量设置基本对象属性"
    SET_THEN_GET = 9, "设置后读取"
    SET_PROXY = 10, "代理设置"
    SET_THEN_GET_PROXY = 11, "代理设置后读取"
    ACTION_NORMAL = 12, "执行对象方法"
    ACTION_LIST = 13, "批量执行对象方法"
    ACTION_THEN_GET = 14, "执行方法后读取"
    ACTION_PROXY = 15, "代理执行"
    ACTION_THEN_GET_PROXY = 16, "代理执行后读取"
    ACTIVE_REPORT = 17, "事件主动上报"
    FOLLOW_REPORT = 18, "事件跟随上报"
    ACD = 19, "事件请求访问位ACD上报"
    FRAGMENTATION = 20, "分帧数据传输"
    FRAGMENTED_GET_REQUEST = 21, "Get-request分帧"
    FRAGMENTED_GET_RESPONSE = 22, "Get-response分帧"
    FRAGMENTED_SET_REQUEST = 23, "Set-request分帧"
    FRAGMENTED_SET_RESPONSE = 24, "Set-response分帧"
    FRAGMENTED_ACTION_REQUEST = 25, "Action-request分帧"
    FRAGMENTED_ACTION_RESPONSE = 26, "Action-response分帧"
    FRAGMENTED_PROXY_REQUEST = 27, "Proxy-request分帧"
    FRAGMENTED_PROXY_RESPONSE = 28, "Proxy-response分帧"
    FRAGMENTED_REPORT = 29, "事件上报分帧"
    DLT645 = 30, "DL/T 645-2007"
    SECURITY = 31, "安全方式传输数据"
    READ_ATTRIBUTE_0 = 32, "对象属性ID为0的读取"
    SET_ATTRIBUTE_0 = 33, "对象属性ID为0的设置"


class FunctionBit(_Bit):
    """Function conformance (功能一致性): what the device measures and does.

    The names of bits 11 to 15 are unconfirmed, and later bits differ between editions: nothing is decided by them.
    """

    ENERGY = 0, "电能量计量"
    BIDIRECTIONAL = 1, "双向有功电能量计量"
    REACTIVE_ENERGY = 2, "无功电能量计量"
    APPARENT_ENERGY = 3, "视在电能量计量"
    ACTIVE_DEMAND = 4, "有功需量"
    REACTIVE_DEMAND = 5, "无功需量"
    APPARENT_DEMAND = 6, "视在需量"
    TARIFFS = 7, "复费率"
    RELAY_CONTROL = 8, "拉合闸控制"
    LOCAL_PREPAY = 9, "本地费控"
    REMOTE_PREPAY = 10, "远程费控"
    FUNDAMENTAL_ENERGY = 11, "基波电能"
    HARMONIC_ENERGY = 12, "谐波电能"
    HARMONIC_CONTENT = 13, "谐波含量"
    DISTORTION = 14, "波形失真度"
    MULTI_FUNCTION_OUTPUT = 15, "多功能端子输出"
    EVENTS = 16, "事件记录"
    EVENT_REPORT = 17, "事件上报"


@dataclass(frozen=True, slots=True)
class Conformance:
    """Protocol version and the two conformance blocks: 8 bytes of protocol, 16 of functions; bit 0 first."""

    version: int
    protocol: bytes
    function: bytes

    @classmethod
    def of(cls, version: int, protocol: Iterable[int], function: Iterable[int]) -> Self:
        """Make the blocks of the bits that are 1; raises LocalProtocolError for bits that a block does not have."""
        return cls(version, _block(protocol, PROTOCOL_BYTES), _block(function, FUNCTION_BYTES))

    @property
    def protocol_bits(self) -> tuple[int, ...]:
        """Bits of the protocol block that are 1, as ProtocolBit where they have a name."""
        return tuple(_named(ProtocolBit, number) for number in _bits(self.protocol))

    @property
    def function_bits(self) -> tuple[int, ...]:
        """Bits of the function block that are 1, as FunctionBit where they have a name."""
        return tuple(_named(FunctionBit, number) for number in _bits(self.function))


@dataclass(frozen=True, slots=True)
class FactoryVersion:
    """The six parts of a maker's version (厂商版本信息); dates as the device writes them, mostly YYMMDD."""

    maker: str
    software: str
    software_date: str
    hardware: str
    hardware_date: str
    extension: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Part a text of 32 characters; spaces and zeros that fill a part up are left out."""
        parts, at = [], 0
        for width in _WIDTHS:
            parts.append(text[at : at + width].rstrip(" \0"))
            at += width
        return cls(*parts)

    @property
    def text(self) -> str:
        """The parts as one text of 32 characters, filled up with spaces; raises LocalProtocolError."""
        filled = ""
        for field, width in zip(fields(self), _WIDTHS, strict=True):
            part: str = getattr(self, field.name)
            if len(part) > width:
                raise LocalProtocolError(f"{field.name} {part!r} of a version is longer than {width} characters")
            filled += part.ljust(width)
        return filled


_WIDTHS = (4, 4, 6, 4, 6, 8)  # of the parts of a version, in their order


def _bits(block: bytes) -> list[int]:
    return [number for number in range(len(block) * 8) if block[number // 8] & 0x80 >> number % 8]


def _block(bits: Iterable[int], size: int) -> bytes:
    block = bytearray(size)
    for number in bits:
        if not 0 <= number < size * 8:
            raise LocalProtocolError(f"bit {number} is out of 0..{size * 8 - 1} of a conformance block")
        block[number // 8] |= 0x80 >> number % 8
    return bytes(block)


def _named(names: type[_Bit], number: int) -> int:
    return names._value2member_map_.get(number, number)  # type: ignore[return-value]  # the members are its ints
