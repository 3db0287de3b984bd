"""What most likely made a frame of DL/T 698.45 wrong, and what to do about it.

The classic mistakes of who writes a link layer: another check sum of two bytes, its high byte first, FCS without HCS or
before 33H was added. Those of APDUs: no tail, and services of another edition than the reader's.
"""

from typing import Any

from protocols.dissection import Words
from protocols.dlt698.apdu.common import ClientApdu, ServerApdu
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import Choice, Length, Typed
from protocols.dlt698.axdr.trace import Part, Trace
from protocols.dlt698.inspect import checks
from protocols.dlt698.inspect.declared import descrambled
from protocols.dlt698.inspect.words import service_name
from protocols.dlt698.wire.link import END, MAX_LENGTH, START
from protocols.errors import RemoteProtocolError

_AF = 4
"""Offset of AF in a frame."""
_LONGEST_SA = 16
_LONGEST_FLIP = 256
"""Bytes up to which one flipped bit is looked for; in more, some bit or other always fits."""
_SCRAMBLED = 0x33
_BLANK = {b"\x00\x00", b"\xff\xff"}
"""What stands in the place of a check sum that nobody took."""
_LATER_TAGS = {
    69: "GET-Request",
    70: "SET-Request",
    73: "PROXY-Request",
    197: "GET-Response",
    198: "SET-Response",
    201: "PROXY-Response",
}
_LATER_KINDS = {5: {13, 23}, 133: {13, 23}, 9: {8}, 137: {8}}
_REPORTS = {8, 136}
_LAST_REPORT = 3

_TAGS = "01..10, 81..90, 6E, EE"
_TYPES = "00..06, 09, 0A, 0C, 0F..12, 14..1C, 50..60"

NO_START = Words("a frame begins with 68H; the beginning is missing", "帧以68H开头; 缺少帧头")
TRAILING = Words(
    "bytes stand behind the frame: noise of the line, or two reads run together",
    "帧后有多余字节: 线路干扰或两次接收相连",
)
NO_DATA = Words(
    "a frame carries an APDU, or a fragment word of two bytes and a piece", "帧应携带APDU, 或两字节分帧格式域及数据"
)
_DAMAGED = Words("bytes were damaged on the line, or changed by hand", "字节在线路上受损或被改动")
_SWAPPED = Words("it was sent with its high byte first; the low byte goes first", "校验高字节在前发送; 应低字节在前")
_LATER = Words("of a later edition than 2017, which has no such thing: show it to the maker", "属于2017版之后的标准")
_BEFORE = Words(
    "this byte is wrong, or a value before it is longer or shorter than its type says",
    "该字节有误, 或其前数据长度与类型不符",
)


def reserved_bits(length: int) -> Words:
    """Say of L what bits 14 and 15 are."""
    rest = length & MAX_LENGTH
    if length >> 14 == 1:
        return Words(
            f"bit 14 of L is reserved in 2017; later editions count kilobytes with it; without it L is {rest}",
            f"L的bit14在2017版中保留, 后续版本用作千字节单位; 不计时L为{rest}",
        )
    return Words(
        f"bits 14 and 15 of L are reserved and 0; without them L is {rest}", f"L的bit14、bit15保留为0; 不计时L为{rest}"
    )


def too_small(smallest: int) -> Words:
    """Say of L that its own header does not fit it."""
    return Words(
        f"the header and FCS alone take {smallest} bytes by the address length in AF: L or AF is wrong",
        f"按AF地址长度, 帧头与FCS已占{smallest}字节: L或AF有误",
    )


def length_miscounted(length: int) -> Words:
    """Say that the sender's L is wrong, but its FCS is right."""
    return Words(
        f"FCS and 16H fit if L were {length}: the sender counts wrongly (L is all bytes between 68H and 16H)",
        f"若L为{length}则FCS与结束符吻合: 发送方长度计算有误(L为68H与16H之间的字节数)",
    )


def length_damaged(length: int) -> Words:
    """Say that the sender's L was right and did not arrive so."""
    return Words(
        f"with L = {length} FCS and 16H fit: L was damaged on the line or changed by hand",
        f"若L={length}则FCS与结束符吻合: L在线路上受损或被改动",
    )


def cut_in_header(missing: int, *, is_known: bool) -> Words:
    """Say what is missing of a frame that ends in its header."""
    if not is_known:
        return Words("the bytes end before the length L is there", "在长度域L之前中断")
    return Words(f"the bytes end in the header; {missing} are missing", f"在帧头中断; 共缺{missing}字节")


def cut_off(size: int, missing: int) -> Words:
    """Say what is missing behind the header."""
    if missing == 1:
        return Words("only the end byte 16H is missing", "仅缺结束字符16H")
    return Words(
        f"by L the frame has {size} bytes; {missing} are missing: the reader stopped too early, or L is wrong",
        f"按L帧长{size}字节; 缺{missing}字节: 接收过早结束或L有误",
    )


def of_start(found: bytes, *, is_header: bool) -> Words:
    """Say why the first byte is not 68H; ``is_header`` = what follows is a header in order."""
    if is_header and found:
        return Words(
            "the header behind it is right: only this byte was damaged on the line, or read with other settings",
            "其后帧头正确: 仅该字节受损或串口参数不符",
        )
    return NO_START


def of_end(found: int, *, is_checked: bool) -> Words:
    """Say why the last byte is not 16H; ``is_checked`` = FCS is right."""
    if found in {END | 0x80, 0x00, 0xFF}:
        return Words(
            "the line is likely read with other settings than it is driven: set 8 data bits, even parity (8E1)",
            "串口参数可能不一致: 请设为8数据位、偶校验(8E1)",
        )
    if is_checked:
        return Words("FCS is right: only this byte was damaged or changed", "FCS正确: 仅该字节受损或被改动")
    return Words("L is wrong, or the byte was damaged on the line", "长度域L有误, 或该字节在线路上受损")


def of_hcs(raw: bytes, at: int, hcs: int, size: int) -> Words:
    """Say what the two bytes of HCS would be right for."""
    header, found = raw[at + 1 : hcs], raw[hcs : hcs + checks.CHECK_SIZE]
    cause = _of_sum(header, found, at + 1, raw[at : at + 1])
    if cause is not None:
        return cause
    fcs = at + size - 1 - checks.CHECK_SIZE
    size_of_sa = _fitting_address(raw, at, hcs, fcs)
    if size_of_sa is not None:
        return Words(
            f"HCS is right for an address of {size_of_sa} bytes: AF gives the wrong length",
            f"按{size_of_sa}字节地址HCS正确: AF中地址长度有误",
        )
    if raw[fcs : fcs + checks.CHECK_SIZE] == checks.x25_bytes(raw[at + 1 : fcs]):
        return Words(
            "FCS is right, so the header arrived as it was sent: the sender takes HCS wrongly (over L to CA)",
            "FCS正确, 帧头未受损: 发送方HCS计算有误(应为L至CA)",
        )
    return _DAMAGED


def _fitting_address(raw: bytes, at: int, hcs: int, fcs: int) -> int | None:
    """Bytes of SA with which the two bytes behind the header would be its check sum."""
    first = hcs - (raw[at + _AF] & 0x0F)
    for end in range(first, min(first + _LONGEST_SA, fcs)):
        if end != hcs and raw[end : end + checks.CHECK_SIZE] == checks.x25_bytes(raw[at + 1 : end]):
            return end - first + 1
    return None


def of_fcs(raw: bytes, at: int, hcs: int, fcs: int) -> Words:
    """Say what the two bytes of FCS would be right for."""
    body, found = raw[at + 1 : fcs], raw[fcs : fcs + checks.CHECK_SIZE]
    data = hcs + checks.CHECK_SIZE
    others = {
        "plain": raw[at + 1 : data] + descrambled(raw[data:fcs]),
        "without_hcs": raw[at + 1 : hcs] + raw[data:fcs],
        "data": raw[data:fcs],
    }
    for name, octets in others.items():
        if octets not in {body, b""} and checks.x25_bytes(octets) == found:
            return _SUMS[name]
    return _of_sum(body, found, at + 1, raw[at : at + 1]) or _DAMAGED


_SUMS = {
    "plain": Words(
        "the sender took FCS before it added 33H; it is taken over the scrambled bytes",
        "发送方在加33H之前计算了FCS; 应在加扰之后计算",
    ),
    "without_hcs": Words("the sender left HCS out of FCS; it is taken over HCS too", "发送方FCS漏计HCS; 应包含HCS"),
    "data": Words(
        "the sender took FCS over the user data only; it begins at L", "发送方FCS仅计链路用户数据; 应从L开始"
    ),
}


def _of_sum(octets: bytes, found: bytes, offset: int, start: bytes) -> Words | None:
    """Say what else a check sum of these bytes would be; ``start`` is the byte in front of them."""
    right = checks.x25_bytes(octets)
    if found in _BLANK:
        return Words(
            f"{found.hex().upper()} stands where nothing was computed: the sender left it out",
            f"{found.hex().upper()}为未计算的占位值: 发送方未计算校验",
        )
    if found == right[::-1]:
        return _SWAPPED
    if found == checks.x25_bytes(start + octets):
        return Words("the sender took 68H into it; it begins at L", "发送方将起始符68H计入; 应从L开始")
    name = checks.other_sum(octets, found)
    if name is not None:
        return Words(
            f"the sender takes CRC-16/{name}; CRC-16/X-25 belongs here", f"发送方使用CRC-16/{name}; 应为CRC-16/X-25"
        )
    if len(octets) <= _LONGEST_FLIP:
        for at, bit in checks.flipped_bits(octets, found):
            return Words(
                f"as if one bit was damaged on the line: D{bit} of byte {offset + at}",
                f"相当于第{offset + at}字节的D{bit}位在线路上翻转",
            )
    return None


def of_apdu(trace: Trace, data: bytes) -> tuple[str, str, Words]:
    """Say of an APDU that cannot be read what was expected, what was found, and the cause."""
    problem = trace.problem
    assert problem is not None, "only what is wrong has a cause"
    broken = _broken(trace.root)
    expected, found, cause = problem.expected or "-", problem.found or "-", _BEFORE
    match problem.reason:
        case "truncated":
            expected, found, cause = _of_missing(trace, problem, broken, data)
        case "unknown_tag":
            expected, cause = _TAGS, _of_tag(data[0])
        case "unknown_kind":
            expected, cause = _numbers(broken), _of_kind(data)
        case "bad_choice":
            expected = _numbers(broken)
        case "bad_type":
            expected = _TYPES
        case "trailing_bytes":
            cause = _of_rest(trace, data)
    return expected, found, cause


def _broken(part: Part) -> Part:
    """Give the innermost part that could not be read, or the whole."""
    inside = next((each for each in part.parts if not each.is_whole), None)
    return part if inside is None else _broken(inside)


def _numbers(part: Part) -> str:
    """Alternatives of a choice as hex."""
    declaration = part.declaration
    return (
        ", ".join(f"{number:02X}" for number in declaration.alternatives)
        if isinstance(declaration, Choice)
        else "00, 01"
    )


def _of_missing(trace: Trace, problem: RemoteProtocolError, broken: Part, data: bytes) -> tuple[str, str, Words]:
    at = trace.end if isinstance(broken.declaration, Length) and trace.end < len(data) else problem.offset or 0
    left = max(len(data) - at, 0)
    expected, found = f"{left + (problem.missing or 0)} bytes", str(left)
    cause = Words(
        "the APDU ends too early, or a count or length before it is too large", "APDU提前结束, 或其前计数或长度过大"
    )
    if at == len(data):
        cause = _without_tail(trace.root) or cause
    return expected, found, cause


def _without_tail(root: Part) -> Words | None:
    """Say of an APDU that only its tail is missing."""
    body = next((part for part in root.walk() if _is_apdu(part.declaration)), None)
    last = body.parts[-1] if body and body.parts else None
    if body is None or last is None or last.is_whole or last.name not in {"follow", "timetag"}:
        return None
    if issubclass(body.declaration.cls, ClientApdu):
        return Words(
            "the tail byte TimeTag is missing (00 where there is none): tools of the 2016 drafts leave it out",
            "缺少时间标签域(无时间标签应为00): 2016年草案的工具常省略",
        )
    return Words(
        "the tail of a server's APDU is missing: FollowReport and TimeTag, 00 00 where there are none",
        "缺少服务器APDU尾部: 跟随上报与时间标签, 无则为00 00",
    )


def _is_apdu(declaration: Any) -> bool:
    return isinstance(declaration, Typed) and issubclass(declaration.cls, ClientApdu | ServerApdu)


def _of_tag(tag: int) -> Words:
    if tag in _LATER_TAGS:
        return Words(f"compact {_LATER_TAGS[tag]} (精简)").then(_LATER, ", ")
    if tag == START:
        return Words("a frame stands in the place of the APDU", "APDU位置出现另一帧")
    known = _service_of(tag - _SCRAMBLED & 0xFF)
    if known:
        return Words(
            "the bytes seem to be scrambled, but SC is 0: less 33H this is", "数据似已加扰但SC为0: 减33H后为"
        ).then(known)
    known = _service_of(tag + _SCRAMBLED & 0xFF)
    if known:
        return Words(
            "SC may be set on bytes without 33H: as they are this is", "数据可能未加33H而SC为1: 原字节为"
        ).then(known)
    return Words("the user data are no APDU of this standard", "链路用户数据不是本标准APDU")


def _service_of(tag: int) -> Words | None:
    cls = next((cls for cls, number in APDU.numbers.items() if number == tag), None)
    return None if cls is None else service_name(cls.service)


def _of_kind(data: bytes) -> Words:
    tag, kind = data[0], data[1] if len(data) > 1 else 0
    is_later = kind in _LATER_KINDS.get(tag, ()) or (tag in _REPORTS and kind > _LAST_REPORT)
    return Words("a kind", "该类型").then(_LATER) if is_later else _BEFORE


def _of_rest(trace: Trace, data: bytes) -> Words:
    rest = data[trace.end :]
    if not rest.strip(b"\0"):
        return Words(
            "zeros behind the tail: a client's APDU ends with one byte (TimeTag), a server's with two",
            "尾部后多余00: 客户机APDU尾部1字节, 服务器2字节",
        )
    return Words(
        "a count or length before them is too small, or two APDUs run together", "其前计数或长度过小, 或两个APDU相连"
    )
