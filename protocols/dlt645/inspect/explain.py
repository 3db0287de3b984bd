"""A frame in words, for the technician who holds it."""

from protocols.dlt645.di import DI
from protocols.dlt645.frame import Frame, count_wakeup, hexed, parse_first
from protocols.dlt645.functions.read_1997 import Read1997Answer, Read1997Request
from protocols.dlt645.functions.relay import RelayCommand
from protocols.dlt645.identifiers import find
from protocols.dlt645.identifiers_1997 import table_1997
from protocols.dlt645.inspect.fields import message_fields, payload_of
from protocols.dlt645.inspect.render import readable
from protocols.dlt645.inspect.words import FAULTS, LABELS, function_name, kind_of
from protocols.dlt645.messages import Message, Unknown, parse_message
from protocols.dlt645.refusal import Refusal
from protocols.dlt645.runstate import state_words
from protocols.errors import RemoteProtocolError


def explain_frame(raw: bytes) -> list[str]:
    """Tell in lines what the frame at the start of ``raw`` says, or what is wrong with it. Never raises."""
    try:
        frame, end = parse_first(raw)
    except RemoteProtocolError as error:
        return ["DL/T 645", _line("wrong 错误", _fault(error))]
    lines = _envelope(frame, count_wakeup(raw))
    try:
        lines += _message(parse_message(frame))
    except RemoteProtocolError as error:
        lines += [_line("data 数据", hexed(frame.data)), _line("wrong 错误", _fault(error))]
    if end < len(raw):
        lines.append(_line("left over 多余", f"{len(raw) - end} bytes: {hexed(raw[end:])}"))
    return lines


def _envelope(frame: Frame, wakeup: int) -> list[str]:
    way = "meter → master 上行" if frame.control.from_slave else "master → meter 下行"
    size = f"{frame.size} bytes" + (f" behind {wakeup} wake-up bytes" if wakeup else "")
    address = str(frame.address)
    if frame.address.is_wildcard:
        address += " (wildcard 通配)"
    elif frame.address.is_broadcast:
        address += " (broadcast 广播)"
    function = f"{frame.control.function:02X}H {function_name(frame.control.function)}"
    return [
        f"DL/T 645, {way}, {size}",
        _line("address 地址", address),
        _line("function 功能", f"{function}, {kind_of(frame.control)} (C={frame.control.byte:02X})"),
    ]


def _message(message: Message) -> list[str]:
    if isinstance(message, Refusal):
        return [_line("refused 拒绝", _refusal(message))]
    if isinstance(message, Unknown):
        return [_line("data 数据", hexed(message.data))]
    shown = message_fields(message)
    lines = _item(message)
    command = getattr(message, "command", None)
    if command is not None:
        name = f" {command.word} {command.name_zh}" if isinstance(command, RelayCommand) else " unknown 未知"
        lines.append(_line("command 命令", f"{command:02X}H{name}"))
    lines += [_line(label, str(shown[name])) for name, label in LABELS.items() if shown.get(name) is not None]
    return lines + _values(message)


def _item(message: Message) -> list[str]:
    """Name the item a message is about."""
    if isinstance(message, Read1997Request | Read1997Answer):
        row, text = table_1997().get(message.di), f"{message.di:04X} (1997)"
    else:
        di = getattr(message, "di", None)
        if not isinstance(di, DI):
            return []
        row, text = find(di), str(di)
    name = f"{row.name_en} {row.name_zh}" if row else "not in the table 未知标识"
    return [_line("item 标识", f"{text} {name}")]


def _values(message: Message) -> list[str]:
    if getattr(message, "more", False):
        return [_line("value 数值", "part of an item, more follows 有后续帧")]
    try:
        item = payload_of(message)
    except RemoteProtocolError as error:
        return [_line("wrong 错误", _fault(error))]
    if item is None:
        return []
    identifier, values = item
    lines = [_line("value 数值", readable(value, identifier.unit)) for value in values]
    for word in state_words(identifier.di, values):
        if word is not None:
            bits = ", ".join(f"{row.word} {row.name_zh}" for row in word.named) or "no bit set 全为零"
            lines.append(_line(f"word {word.number} 状态字{word.number}", bits))
    return lines or [_line("value 数值", "none 无数据")]


def _refusal(refusal: Refusal) -> str:
    reasons = "; ".join(f"{row.word.replace('_', ' ')} {row.name_zh}" for row in refusal.reasons)
    kind = "SERR" if refusal.is_security else "ERR"
    return f"{reasons or 'no named reason 未定义'} ({kind}={hexed(refusal.word[::-1])})"


def _fault(error: RemoteProtocolError) -> str:
    return f"{FAULTS.get(error.reason, error.reason)}: {error.message}"


def _line(name: str, text: str) -> str:
    return f"  {name}: {text}"
