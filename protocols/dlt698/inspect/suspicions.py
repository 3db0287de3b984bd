"""What looks odd in a frame of DL/T 698.45 that is formally in order."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from protocols.dissection import Words
from protocols.dlt698.apdu.action import ActionListRequest, ActionNormalRequest, ActionThenGetRequest
from protocols.dlt698.apdu.common import Apdu, ClientApdu, ServerApdu
from protocols.dlt698.apdu.link import LinkRequest, LinkResponse
from protocols.dlt698.apdu.report import ReportNotification
from protocols.dlt698.axdr import LENGTH, OCTETS, Adapted
from protocols.dlt698.axdr.trace import Part, Trace
from protocols.dlt698.inspect.values import tell, type_words
from protocols.dlt698.objects import Item
from protocols.dlt698.values.descriptors import TSA
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS
from protocols.dlt698.wire.address import AddressKind
from protocols.dlt698.wire.link import Control, Function

_LONG_FORM = 0x80
_CONTROLS = {0x8000, 0x8001}
"""Objects whose methods want a TimeTag."""
_SAY_WHO = {AddressKind.WILDCARD: "通配", AddressKind.GROUP: "组", AddressKind.BROADCAST: "广播"}
_BCD = range(0x2000, 0x2100)
"""Years 2000 to 2099 in BCD, read as a number."""
_SA_SIZE = 0x0F


def of_link(control: Control, kind: AddressKind | None) -> Iterator[Words]:
    """Say what is odd about the control field and the address."""
    if control.reserved:
        yield Words("bit D4 of C is set; it is reserved and 0", "控制域D4置位, 应保留为0")
    if control.function not in set(Function):
        yield Words(
            f"function code {control.function}; 1 is link management, 3 is user data",
            f"功能码{control.function}未定义; 1为链路管理, 3为用户数据",
        )
    if control.from_server and kind is not None and kind is not AddressKind.SINGLE:
        yield Words(
            f"an answer under a {kind.name.lower()} address does not say which device it is",
            f"以{_SAY_WHO[kind]}地址应答, 无法识别设备",
        )


def of_apdu(control: Control, trace: Trace, octets: bytes, misfits: Sequence[Item]) -> Iterator[Words]:
    """Say what is odd about an APDU and how it was sent; ``octets`` are its bytes."""
    apdu = trace.root.value
    if isinstance(apdu, Apdu):
        yield from _of_direction(control, apdu)
        yield from _of_time_tag(apdu)
    yield from _of_parts(trace.root, octets)
    for item in misfits:
        yield Words(
            f"{item.name} is {type_words(item.raw.type).en}, which is not what the dictionary has for it",
            f"{item.chinese}的数据类型与对象字典不符",
        )


def _of_direction(control: Control, apdu: Apdu) -> Iterator[Words]:
    """Say of DIR and of the function code that they contradict the service."""
    from_server = isinstance(apdu, ServerApdu | LinkRequest)
    from_client = isinstance(apdu, ClientApdu | LinkResponse)
    if (from_server and not control.from_server) or (from_client and control.from_server):
        who = Words("the server", "服务器") if from_server else Words("the client", "客户机")
        yield (
            Words("DIR in C contradicts the service, which only", "控制域DIR与服务矛盾, 该服务仅由")
            .then(who)
            .then(Words("sends", "发出"))
        )
    is_link = isinstance(apdu, LinkRequest | LinkResponse)
    if control.function in set(Function) and is_link != (control.function == Function.LINK):
        yield Words(
            f"function code {control.function} does not go with this service; LINK has 1, all others 3",
            f"功能码{control.function}与服务不符; 预连接为1, 其余为3",
        )
    if isinstance(apdu, ReportNotification) and control.client_opened:
        yield Words(
            "PRM says that the client opened the exchange, but a report is the server's", "上报由服务器启动, PRM应为0"
        )


def _of_time_tag(apdu: Apdu) -> Iterator[Words]:
    """Say of relay control and supply protection that it will be refused without a TimeTag."""
    match apdu:
        case ActionNormalRequest(timetag=None, action=action):
            methods = [action.omd]
        case ActionListRequest(timetag=None, actions=actions) | ActionThenGetRequest(timetag=None, actions=actions):
            methods = [action.omd for action in actions]
        case _:
            return
    if any(omd.oi in _CONTROLS for omd in methods):
        yield Words(
            "control of 8000 and 8001 wants a TimeTag; without one meters answer DAR 32 and do nothing",
            "8000、8001控制应带时间标签, 否则电能表应答DAR 32且不执行",
        )


def _of_parts(root: Part, octets: bytes) -> Iterator[Words]:
    """Say of single fields that they cannot be meant so, or are written in a way that others refuse."""
    told: set[Words] = set()
    for part in root.walk():
        for words in _of_part(part, octets):
            if words not in told:
                told.add(words)
                yield words


def _of_part(part: Part, octets: bytes) -> Iterator[Words]:
    if not part.is_whole:
        return
    if part.declaration is LENGTH or _is_octets(part.declaration):
        yield from _of_length(part, octets)
    match part.value:
        case DateTimeS() | DateTime() | Date() as moment:
            yield from _of_moment(moment)
        case TSA(octets=tsa) if len(tsa) > 1 and (tsa[0] & _SA_SIZE) + 1 != len(tsa) - 1:
            yield Words(
                f"the address {tsa[1:].hex().upper()} is not as long as its flag {tsa[0]:02X} says",
                f"地址{tsa[1:].hex().upper()}长度与标志{tsa[0]:02X}不符",
            )


def _is_octets(declaration: Any) -> bool:
    """Whether it is an octet-string, or a text or address made of one."""
    return declaration is OCTETS or (isinstance(declaration, Adapted) and declaration.subcon is OCTETS)


def _of_length(part: Part, octets: bytes) -> Iterator[Words]:
    """Say of a length or count that it could be written in fewer bytes."""
    first = octets[part.start]
    if first < _LONG_FORM:
        return
    size = first - _LONG_FORM
    number = int.from_bytes(octets[part.start + 1 : part.start + 1 + size], "big")
    shortest = 0 if number < _LONG_FORM else (number.bit_length() + 7) // 8
    if size > shortest:
        yield Words(
            f"the length {number} takes {size + 1} bytes where {shortest + 1} would do; some readers refuse that",
            f"长度{number}用{size + 1}字节表示, {shortest + 1}字节即可; 部分解析器会拒绝",
        )


def _of_moment(moment: DateTimeS | DateTime | Date) -> Iterator[Words]:
    year, month, day = moment.year, moment.month, moment.day
    if year in _BCD and year is not None:
        yield Words(
            f"the year {year} seems to be {year:04X} in BCD, as the drafts of 2016 had it; years are binary",
            f"年{year}疑为BCD码{year:04X}(2016年草案); 年应为二进制",
        )
        return
    if year is None or month is None or day is None:
        return
    clock = (0, 0, 0) if isinstance(moment, Date) else (moment.hour or 0, moment.minute or 0, moment.second or 0)
    try:
        instant = datetime(year, month, day, *clock)  # noqa: DTZ001  # a device's wall clock
    except ValueError:
        yield tell(moment).then(Words("is no date or time", "不是有效的日期时间"))
        return
    weekday = None if isinstance(moment, DateTimeS) else moment.weekday
    right = instant.isoweekday() % 7
    if weekday is not None and weekday != right:
        yield Words(
            f"weekday {weekday} is not that of {instant.date()}, which is {right} (0 is Sunday)",
            f"星期{weekday}与日期{instant.date()}不符, 应为{right}(0为星期日)",
        )
