"""What frames and APDUs say, in lines for people: names in English and Chinese, values with their units."""

from dataclasses import fields, is_dataclass
from functools import singledispatch
from typing import Any

from protocols.dlt698 import objects
from protocols.dlt698.apdu import action
from protocols.dlt698.apdu import set as setting
from protocols.dlt698.apdu.common import Apdu, GetRecord, Piid, ResultNormal, ResultRecord, TimeTag
from protocols.dlt698.apdu.link import LinkKind
from protocols.dlt698.apdu.proxy import Target, TargetResult
from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.apdu.security import Plaintext, SecurityRequest, SecurityResponse
from protocols.dlt698.inspect.plain import TIME_UNITS, column, plain
from protocols.dlt698.objects.states import BITS, set_bits
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import CSD, OAD, OMD, ROAD, TI, TSA
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.values.value import DataType, Value
from protocols.dlt698.wire.link import LinkFrame
from protocols.errors import ProtocolError

_INDENT = "  "
_SERVICES = {
    "LINK-Request": "预连接请求",
    "LINK-Response": "预连接响应",
    "CONNECT-Request": "建立应用连接请求",
    "CONNECT-Response": "建立应用连接响应",
    "RELEASE-Request": "断开应用连接请求",
    "RELEASE-Response": "断开应用连接响应",
    "RELEASE-Notification": "断开应用连接通知",
    "GET-Request": "读取请求",
    "GET-Response": "读取响应",
    "SET-Request": "设置请求",
    "SET-Response": "设置响应",
    "ACTION-Request": "操作请求",
    "ACTION-Response": "操作响应",
    "REPORT-Notification": "上报通知",
    "REPORT-Response": "上报响应",
    "PROXY-Request": "代理请求",
    "PROXY-Response": "代理响应",
    "SECURITY-Request": "安全请求",
    "SECURITY-Response": "安全响应",
}
_KINDS = {"SINGLE": "单地址", "WILDCARD": "通配地址", "GROUP": "组地址", "BROADCAST": "广播地址"}
_LINK_KINDS = {
    LinkKind.LOGIN: "login 登录",
    LinkKind.HEARTBEAT: "heartbeat 心跳",
    LinkKind.LOGOUT: "logout 退出登录",
}
_STATUS_WORDS = 0x2014


def explain_link(frame: LinkFrame) -> list[str]:
    """Tell who speaks to whom and how."""
    control, address = frame.control, frame.address
    way = "from the server 服务器发出" if control.from_server else "from the client 客户机发出"
    opened = "opened by the client 客户机启动" if control.client_opened else "opened by the server 服务器启动"
    marks = [
        word for flag, word in ((control.fragmented, "fragment 分帧"), (control.scrambled, "scrambled 扰码")) if flag
    ]
    kind = f"{address.kind.name.lower()} {_KINDS[address.kind.name]}, logical 逻辑地址 {address.logical}"
    return [
        f"C={control.octet:02X}H {', '.join([way, opened, *marks])}",
        f"server 服务器 {address.digits} ({kind}), client 客户机 {frame.client:02X}H",
    ]


def explain_apdu(apdu: Apdu) -> list[str]:
    """Tell the service, then each part of it on lines of its own."""
    kind = "" if apdu.kind is None else f" kind 类型 {apdu.kind} {type(apdu).__name__}"
    head = f"{apdu.service} {_SERVICES.get(apdu.service, '异常响应')}{kind}"
    return [head, *_indented(_parts(apdu))]


def _indented(lines: list[str]) -> list[str]:
    return [_INDENT + line for line in lines]


def _marks(*marks: tuple[bool, str]) -> list[str]:
    return [word for holds, word in marks if holds]


def _parts(item: Any) -> list[str]:
    return [line for field in fields(item) for line in _part(field.name, getattr(item, field.name))]


def _part(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    label = name.replace("_", " ")
    lines = told(value)
    return [f"{label}: {lines[0]}"] if len(lines) == 1 else [f"{label}:", *_indented(lines)]


@singledispatch
def told(value: Any) -> list[str]:
    """Tell one value in one or more lines."""
    shown = plain(value)
    if shown is value and is_dataclass(value):
        return _parts(value) or [type(value).__name__]
    return [str(shown)]


@told.register
def _(value: tuple) -> list[str]:  # type: ignore[type-arg]  # dispatch is on the bare class
    return [line for item in value for line in told(item)] or ["none 无"]


@told.register
def _(value: LinkKind) -> list[str]:
    return [_LINK_KINDS[value]]


@told.register
def _(value: DateTime) -> list[str]:
    shown = plain(value)
    return [f"{shown['t']}.{shown['ms']:03d}"]


@told.register
def _(value: GetRecord) -> list[str]:
    wanted = ", ".join(str(column(csd)) for csd in value.columns) or "all columns 全部列"
    return [f"table 记录表 {_named(value.oad)}", f"rows 行选择: {plain(value.rows)}", f"columns 列: {wanted}"]


@told.register
def _(value: Piid) -> list[str]:
    marks = _marks((value.high, "high priority 高优先级"), (value.acd, "ACD 请求访问"))
    return [", ".join([str(value.number), *marks])]


@told.register
def _(value: TimeTag) -> list[str]:
    return [f"sent 发送 {plain(value.sent)}, allowed 允许 {_interval(value.allowed)}"]


@told.register
def _(value: Dar) -> list[str]:
    return [_refusal(value)]


@told.register
def _(value: TSA) -> list[str]:
    return [value.digits]


@told.register
def _(value: OAD) -> list[str]:
    return [_named(value)]


@told.register
def _(value: Value) -> list[str]:
    return [_data(value)]


@told.register
def _(value: ResultNormal) -> list[str]:
    return [f"{_named(value.oad)} = {_result(value.oad, value.result)}"]


@told.register
def _(value: ResultRecord) -> list[str]:
    lines = [f"table 记录表 {_named(value.oad)}"]
    if isinstance(value.result, Dar):
        return [*lines, f"{_INDENT}{_refusal(value.result)}"]
    for number, row in enumerate(value.result, 1):
        lines.append(f"{_INDENT}row 行 {number}")
        for csd, cell in zip(value.columns, row, strict=True):
            lines += [f"{_INDENT * 2}{line}" for line in _cell(csd, cell)]
    return lines if value.result else [*lines, f"{_INDENT}no rows 无记录"]


@told.register(setting.Setting)
@told.register(setting.SetThenGet)
def _(value: setting.Setting | setting.SetThenGet) -> list[str]:
    return [f"{_named(value.oad)} := {_result(value.oad, value.value)}"]


@told.register(setting.SetResult)
@told.register(setting.SetThenGetResult)
def _(value: setting.SetResult | setting.SetThenGetResult) -> list[str]:
    read = told(value.read) if isinstance(value, setting.SetThenGetResult) else []
    return [f"{_named(value.oad)}: {_refusal(value.dar)}", *_indented(read)]


@told.register(action.Action)
@told.register(action.ActionThenGet)
def _(value: action.Action | action.ActionThenGet) -> list[str]:
    return [f"{_method(value.omd)} ({_data(value.parameter)})"]


@told.register(action.ActionResult)
@told.register(action.ActionThenGetResult)
def _(value: action.ActionResult | action.ActionThenGetResult) -> list[str]:
    returned = "" if value.data is None else f", returned 返回 {_data(value.data)}"
    read = told(value.read) if isinstance(value, action.ActionThenGetResult) else []
    return [f"{_method(value.omd)}: {_refusal(value.dar)}{returned}", *_indented(read)]


@told.register(Target)
@told.register(TargetResult)
def _(value: Any) -> list[str]:
    return [f"meter 电能表 {value.server.digits}", *(_INDENT + line for item in value.items for line in told(item))]


@told.register
def _(value: Plaintext) -> list[str]:
    try:
        inner = parse_apdu(value.apdu)
    except ProtocolError as problem:
        return [f"not an APDU 不是有效APDU: {problem}"]
    if isinstance(inner, SecurityRequest | SecurityResponse):  # a peer could wrap them without end
        return [f"{inner.service} {value.apdu.hex().upper()}"]
    return explain_apdu(inner)


def _interval(interval: TI) -> str:
    unit = TIME_UNITS[interval.unit] if interval.unit < len(TIME_UNITS) else f"unit {interval.unit}"
    return f"{interval.interval} {unit}"


def _named(oad: OAD) -> str:
    entry = objects.attribute(oad)
    return str(oad) if entry is None else f"{oad} {entry.name} {entry.chinese}"


def _method(omd: OMD) -> str:
    entry = objects.method(omd)
    return str(omd) if entry is None else f"{omd} {entry.name} {entry.chinese}"


def _refusal(dar: Dar) -> str:
    return f"DAR {int(dar)} {dar.name.lower().replace('_', ' ')} {dar.chinese}"


def _result(oad: OAD, result: Value | Dar) -> str:
    if isinstance(result, Dar):
        return _refusal(result)
    if oad.oi == _STATUS_WORDS:
        return _status(oad, result)
    quantities = objects.quantities(oad, result)
    if not quantities:
        return _data(result)
    return ", ".join("missing 缺" if quantity is None else str(quantity) for quantity in quantities)


def _status(oad: OAD, value: Value) -> str:
    words = value.elements or (value,)
    return "; ".join(_word(number, word) for number, word in enumerate(words, oad.index or 1))


def _word(number: int, word: Value) -> str:
    names = [BITS.get(number, {}).get(bit, f"bit {bit}") for bit in set_bits(word) or ()]
    return f"word 状态字 {number}: {', '.join(names) or '0'}"


def _cell(csd: CSD, cell: Value) -> list[str]:
    if isinstance(csd, OAD):
        return [f"{_named(csd)} = {_result(csd, cell)}"]
    if len(cell.elements) != len(csd.oads):
        return [f"{_named(csd.oad)} = {_data(cell)}"]
    pairs = zip(csd.oads, cell.elements, strict=True)
    return [f"{_named(csd.oad)}:", *(f"{_INDENT}{_named(oad)} = {_result(oad, item)}" for oad, item in pairs)]


def _data(value: Value) -> str:
    if value.type is DataType.NULL:
        return "NULL 空"
    if value.type is DataType.ARRAY:
        return f"[{', '.join(map(_data, value.elements))}]"
    if value.type is DataType.STRUCTURE:
        return f"{{{', '.join(map(_data, value.elements))}}}"
    if isinstance(value.value, ROAD):
        return str(plain(value.value))
    return str(plain(value)["value"])
