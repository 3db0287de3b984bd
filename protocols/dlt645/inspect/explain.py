"""A frame in words, for the technician who holds it."""

from protocols.dlt645.di import DI
from protocols.dlt645.frame import Frame, count_wakeup, hexed, parse_first
from protocols.dlt645.functions.relay import RelayCommand
from protocols.dlt645.identifiers import find
from protocols.dlt645.inspect.fields import message_fields, payload_of
from protocols.dlt645.inspect.render import readable
from protocols.dlt645.inspect.words import function_name, kind_of
from protocols.dlt645.messages import Message, parse_message
from protocols.dlt645.refusal import Refusal
from protocols.dlt645.runstate import state_words
from protocols.errors import RemoteProtocolError

_REASONS = {
    "no_start": "no start byte 68H 缺少起始符",
    "second_start": "no second start byte 68H behind the address 缺少第二个起始符",
    "truncated": "the frame is cut off 帧不完整",
    "checksum": "checksum wrong 校验和错",
    "end_byte": "end byte is not 16H 结束符错",
    "data_length": "length does not fit the function 数据域长度不符",
    "not_bcd": "digits A to F where decimal ones belong 非BCD码",
    "payload_length_does_not_fit_identifier": "length does not fit the identifier 数据长度与标识不符",
}
_SHOWN_ELSEWHERE = {"di", "value", "values", "unit", "flags", "app_error", "partial", "err", "err_bits"} | {
    "serr",
    "serr_bits",
    "n1",
}


def explain_frame(raw: bytes) -> list[str]:
    """Lines that tell what the frame at the start of ``raw`` says, or what is wrong with it. Never raises."""
    try:
        frame, end = parse_first(raw)
    except RemoteProtocolError as error:
        return ["DL/T 645-2007", _line("wrong 错误", _fault(error))]
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
        f"DL/T 645-2007, {way}, {size}",
        _line("address 地址", address),
        _line("function 功能", f"{function}, {kind_of(frame.control)} (C={frame.control.byte:02X})"),
    ]


def _message(message: Message) -> list[str]:
    if isinstance(message, Refusal):
        kind = "SERR" if message.is_security else "ERR"
        reasons = "; ".join(f"{row.word.replace('_', ' ')} {row.name_zh}" for row in message.reasons)
        word = hexed(message.word[::-1])
        return [_line("refused 拒绝", f"{reasons or 'no named reason 未定义'} ({kind}={word})")]
    lines = []
    di = getattr(message, "di", None)
    if isinstance(di, DI):
        row = find(di)
        name = f"{row.name_en} {row.name_zh}" if row else "not in the table 未知标识"
        lines.append(_line("item 标识", f"{di} {name}"))
    command = getattr(message, "command", None)
    if isinstance(command, RelayCommand):
        lines.append(_line("command 命令", f"{command:02X}H {command.word} {command.name_zh}"))
    lines += [
        _line(name, str(value))
        for name, value in message_fields(message).items()
        if name not in _SHOWN_ELSEWHERE and value is not None
    ]
    return lines + _values(message)


def _values(message: Message) -> list[str]:
    try:
        item = payload_of(message)
    except RemoteProtocolError as error:
        return [_line("wrong 错误", _fault(error))]
    if item is None:
        return [_line("value 数值", "part of an item, more follows 后续")] if getattr(message, "more", False) else []
    identifier, values = item
    lines = [_line("value 数值", readable(value, identifier.unit)) for value in values]
    for word in state_words(identifier.di, values):
        if word is not None:
            bits = ", ".join(f"{row.word} {row.name_zh}" for row in word.named) or "all clear 全部正常"
            lines.append(_line(f"word {word.number} 状态字", bits))
    return lines or [_line("value 数值", "none 无数据")]


def _fault(error: RemoteProtocolError) -> str:
    return f"{_REASONS.get(error.reason, error.reason)}: {error.message}"


def _line(name: str, text: str) -> str:
    return f"  {name}: {text}"
