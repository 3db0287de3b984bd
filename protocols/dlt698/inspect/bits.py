"""What the bits of single bytes say: C, AF, the fragment word, PIID, the result of LINK (DL/T 698.45-2017)."""

from protocols.dissection import Bit, Words, counted
from protocols.dlt698.apdu.common import PIIDS
from protocols.dlt698.apdu.conformance import Conformance, FunctionBit, ProtocolBit
from protocols.dlt698.inspect.values import link_result
from protocols.dlt698.wire.address import AddressKind
from protocols.dlt698.wire.fragment import SEQUENCES, FragmentKind
from protocols.dlt698.wire.link import Control, Function

PIECES = {
    FragmentKind.FIRST: Words("first piece", "起始帧"),
    FragmentKind.MIDDLE: Words("middle piece", "中间帧"),
    FragmentKind.LAST: Words("last piece", "最后帧"),
    FragmentKind.ACKNOWLEDGE: Words("acknowledges piece", "确认帧"),
}
ADDRESS_KINDS = {
    AddressKind.SINGLE: Words("single address", "单地址"),
    AddressKind.WILDCARD: Words("wildcard address", "通配地址"),
    AddressKind.GROUP: Words("group address", "组地址"),
    AddressKind.BROADCAST: Words("broadcast address", "广播地址"),
}
_FUNCTIONS = {Function.LINK: Words("link management", "链路管理"), Function.DATA: Words("user data", "用户数据")}
_RESERVED = Words("reserved", "保留")
_EXTENDED = 0b10


def _either(flag: bool, yes: Words, no: Words) -> Words:
    return yes if flag else no


def control_bits(control: Control) -> tuple[Bit, ...]:
    """Say what the bits of C are."""
    octet = control.octet
    server = _either(
        control.from_server, Words("from the server", "服务器发出"), Words("from the client", "客户机发出")
    )
    opened = _either(
        control.client_opened,
        Words("the client opened the exchange", "客户机启动"),
        Words("the server opened the exchange", "服务器启动"),
    )
    pieces = _either(control.fragmented, Words("one of several pieces", "分帧"), Words("whole APDU", "完整APDU"))
    scrambled = _either(control.scrambled, Words("user data with 33H added", "加扰"), Words("not scrambled", "不加扰"))
    function = _FUNCTIONS.get(Function(control.function), _RESERVED) if control.function in set(Function) else _RESERVED
    return (
        Bit("D7 DIR", f"{octet >> 7}", server),
        Bit("D6 PRM", f"{octet >> 6 & 1}", opened),
        Bit("D5", f"{octet >> 5 & 1}", pieces),
        Bit("D4", f"{octet >> 4 & 1}", _RESERVED),
        Bit("D3 SC", f"{octet >> 3 & 1}", scrambled),
        Bit("D2..D0", f"{octet & 0x07:03b}", function),
    )


def af_bits(af: int) -> tuple[Bit, ...]:
    """Say what the bits of AF are."""
    logical = af >> 4 & 0b11
    if logical & _EXTENDED:
        told = Words("extended logical address, in the first byte of SA", "扩展逻辑地址,在SA首字节")
    else:
        told = Words("logical address", "逻辑地址").then(Words(str(logical)))
    size = (af & 0x0F) + 1
    return (
        Bit("D7..D6", f"{af >> 6:02b}", ADDRESS_KINDS[AddressKind(af >> 6)]),
        Bit("D5..D4", f"{logical:02b}", told),
        Bit("D3..D0", f"{af & 0x0F:04b}", counted(size, "bytes of SA", "字节的SA")),
    )


def fragment_bits(word: int) -> tuple[Bit, ...]:
    """Say what the bits of a fragment word are."""
    sequence = word & (SEQUENCES - 1)
    return (
        Bit("D15..D14", f"{word >> 14:02b}", PIECES[FragmentKind(word >> 14)]),
        Bit("D13..D12", f"{word >> 12 & 0b11:02b}", _RESERVED),
        Bit("D11..D0", f"{sequence:012b}", Words("sequence", "序号").then(Words(str(sequence)))),
    )


def piid_bits(octet: int, *, has_acd: bool) -> tuple[Bit, ...]:
    """Say what the bits of a PIID, or of a PIID-ACD, are."""
    high = _either(bool(octet & 0x80), Words("high priority", "高优先级"), Words("normal priority", "一般优先级"))
    events = _either(
        bool(octet & 0x40),
        Words("ACD, events to be read", "请求访问"),
        Words("ACD, no events to be read", "不请求访问"),
    )
    number = octet & (PIIDS - 1)
    return (
        Bit("D7", f"{octet >> 7}", high),
        Bit("D6", f"{octet >> 6 & 1}", events if has_acd else _RESERVED),
        Bit("D5..D0", f"{number:06b}", Words("service number", "服务序号").then(Words(str(number)))),
    )


def conformance_bits(block: str, octets: bytes) -> tuple[Bit, ...]:
    """Say what the bits of the ``protocol`` or ``function`` block of a CONNECT mean that are set."""
    whole = Conformance(0, octets, b"") if block == "protocol" else Conformance(0, b"", octets)
    numbers = whole.protocol_bits or whole.function_bits
    return tuple(Bit(f"bit {int(number)}", "1", _conforming(number)) for number in numbers)


def _conforming(number: int) -> Words:
    if isinstance(number, ProtocolBit | FunctionBit):
        return Words(number.name.lower().replace("_", " "), number.chinese)
    return _RESERVED


def verdict_bits(octet: int) -> tuple[Bit, ...]:
    """Say what the bits of a LINK-Response's result are."""
    clock = _either(
        bool(octet & 0x80), Words("clock can be trusted", "时钟可信"), Words("clock not trusted", "时钟不可信")
    )
    return (
        Bit("D7", f"{octet >> 7}", clock),
        Bit("D6..D3", f"{octet >> 3 & 0x0F:04b}", _RESERVED),
        Bit("D2..D0", f"{octet & 0x07:03b}", link_result(octet & 0x07)),
    )
