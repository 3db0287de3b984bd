"""Values in words: numbers with units, times, codes, commands, words of bits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Any

from protocols.dissection import Bit, Words, counted
from protocols.dlt645.functions.baud import BAUD_OF_WORD
from protocols.dlt645.functions.clock import FreezeKind, FreezeRequest
from protocols.dlt645.functions.output import Output
from protocols.dlt645.functions.relay import RelayCommand
from protocols.dlt645.inspect.fields import find_1997
from protocols.dlt645.inspect.items import Entry
from protocols.dlt645.inspect.render import jsonable
from protocols.dlt645.inspect.words import function_name, kind_of
from protocols.dlt645.items.identifiers import find
from protocols.dlt645.items.item import Identifier
from protocols.dlt645.items.named import NamedBit
from protocols.dlt645.items.profile import Profile
from protocols.dlt645.items.runstate import NAMES, MeterType, StateWord, Supply
from protocols.dlt645.items.values import Bits, Faulty, Value
from protocols.dlt645.wire.address import Address
from protocols.dlt645.wire.control import Control
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.frame import hexed
from protocols.dlt645.wire.password import CIPHERTEXT_LEVEL, PLAINTEXT_LEVEL, Password
from protocols.dlt645.wire.stamp import Stamp

_UNKNOWN = Words("unknown", "未知")
_START, _END = "start", "end"
"""What labels call the two times of an event."""
_COMMANDS = {
    RelayCommand.TRIP: Words("trip", "跳闸"),
    RelayCommand.PERMIT_CLOSE: Words("permit closing", "合闸允许"),
    RelayCommand.DIRECT_CLOSE: Words("close directly", "直接合闸"),
    RelayCommand.TRIP_THEN_DIRECT_CLOSE: Words(
        "trip after the alarm, close directly after N2", "预跳闸1: 到时自动直接合闸"
    ),
    RelayCommand.TRIP_THEN_PERMIT_CLOSE: Words(
        "trip after the alarm, permit closing after N2", "预跳闸2: 到时自动合闸允许"
    ),
    RelayCommand.ALARM: Words("alarm", "报警"),
    RelayCommand.ALARM_OFF: Words("alarm off", "报警解除"),
    RelayCommand.PROTECT: Words("protect", "保电"),
    RelayCommand.PROTECT_OFF: Words("protection off", "保电解除"),
}
_NOT_IN_REQUESTS = Words("not used in requests", "请求帧中不用")
_ABSENT = Words("not available", "无")
_SIGNALS: dict[int, Words] = {
    Output.CLOCK_SECOND: Words("clock second pulse", "时钟秒脉冲"),
    Output.DEMAND_PERIOD: Words("demand period", "需量周期"),
    Output.SLOT_SWITCH: Words("slot switch", "时段投切"),
}
_FREEZES = {
    FreezeKind.NOW: Words("at once", "瞬时冻结"),
    FreezeKind.HOURLY: Words("every hour", "每小时冻结"),
    FreezeKind.DAILY: Words("every day", "每日冻结"),
    FreezeKind.MONTHLY: Words("every month", "每月冻结"),
    FreezeKind.DATED: Words("once", "指定时刻冻结"),
}
_LEVELS = {
    CIPHERTEXT_LEVEL: Words("ciphertext and MAC", "密文+MAC"),
    PLAINTEXT_LEVEL: Words("plaintext and MAC", "明文+MAC"),
}
_SUPPLIES = {
    Supply.MAIN: Words("main supply", "主电源供电"),
    Supply.AUXILIARY: Words("auxiliary supply", "辅助电源供电"),
    Supply.BATTERY: Words("battery supply", "电池供电"),
}
_METER_TYPES = {
    MeterType.NOT_PREPAID: Words("not a prepayment meter", "非预付费表"),
    MeterType.PREPAID_ENERGY: Words("prepayment by energy", "电量型预付费表"),
    MeterType.PREPAID_MONEY: Words("prepayment by money", "电费型预付费表"),
}


def tell(value: Value, unit: str, profile: Profile) -> Words:
    """Say what a value of a data item is, with its unit where it is a number."""
    match value:
        case None:
            return _ABSENT
        case Faulty():
            return _tell_fault(value)
        case Decimal():
            return Words(f"{value:f} {unit}".rstrip())
        case Stamp():
            return tell_stamp(value)
        case DI():
            return tell_item(value, profile)
        case _:
            return Words(jsonable(value) or "")


def tell_entries(entries: Sequence[Entry], profile: Profile) -> Iterator[Words]:
    """Say what the values of an item are; an end of zeros behind a start is that of an event that still lasts."""
    has_begun = False
    for entry in entries:
        value = entry.value
        if entry.name.en == _START:
            has_begun = isinstance(value, Stamp) and not value.is_never
        if has_begun and entry.name.en == _END and isinstance(value, Stamp) and value.is_never:
            yield Words("not ended yet", "未结束").then(Words(f"({value.digits})"))
        else:
            yield tell(value, entry.unit, profile)


def _tell_fault(value: Faulty) -> Words:
    if value.is_filler:
        return Words("no record yet", "尚无记录").then(Words(f"({hexed(value.raw)})"))
    return Words("unreadable", "无法读取").then(Words(f"({value.fault}), {hexed(value.raw)}"))


def tell_stamp(stamp: Stamp) -> Words:
    """Date and time with separators; the layout beside digits that form no date."""
    instant = stamp.instant()
    if stamp.is_never and "MM" in stamp.layout:
        return Words("never", "无记录").then(Words(f"({stamp.digits})"))
    if instant is None:
        return Words(f"{stamp.digits} ({stamp.layout})")
    weekday = stamp.part("WW")
    shown = instant.isoformat(" ") if "hh" in stamp.layout else instant.date().isoformat()
    return (
        Words(shown) if weekday is None else Words(shown).then(Words("weekday", "星期"), ", ").then(Words(str(weekday)))
    )


def tell_item(di: DI, profile: Profile) -> Words:
    """Name an item by its identifier."""
    return _named(str(di), find(di, profile))


def _tell_item_1997(di: int, profile: Profile) -> Words:
    return _named(f"{di:04X}", find_1997(di, profile))


def _named(digits: str, row: Identifier | None) -> Words:
    return Words(digits).then(Words(row.name_en, row.name_zh) if row else Words("not in the table", "未知标识"))


def tell_address(address: Address) -> Words:
    """Digits of an address, and what it stands for."""
    if address.is_wildcard:
        return Words(str(address)).then(Words("wildcard", "通配"))
    if address.is_broadcast:
        return Words(str(address)).then(Words("broadcast", "广播"))
    if not address.is_meter and address.digits.startswith("AA"):
        return Words(str(address)).then(Words("shortened", "缩位"))
    return Words(str(address))


def tell_part(name: str, value: Any, profile: Profile) -> Words:
    """Say what a field of a message holds, by its type where that tells, else by the field's name."""
    match value:
        case Stamp() if name == "at":
            return _tell_freeze(value)
        case Decimal() | Stamp() | DI() | Bits() | Faulty() | bytes() | None:
            return tell(value, "", profile)
        case int() if name == "di":
            return _tell_item_1997(value, profile)
        case int() if name in _NUMBERS:
            return _NUMBERS[name](value)
    teller = next((teller for kind, teller in _TELLERS.items() if isinstance(value, kind)), None)
    return teller(value) if teller else Words(str(value))


def _tell_password(password: Password) -> Words:
    level = Words("level", "密级").then(Words(f"{password.level:02X}H"))
    protected = _LEVELS.get(password.level)
    return level.then(protected) if protected else level.then(Words(password.digits), ", ")


def _tell_command(command: int) -> Words:
    name = _COMMANDS[command] if isinstance(command, RelayCommand) else _UNKNOWN
    return Words(f"{command:02X}H").then(name)


def _tell_delay(value: int) -> Words:
    return counted(5 * value, "min", "分钟") if value else Words("none", "无")


def _tell_baud(value: int) -> Words:
    rate = BAUD_OF_WORD.get(value)
    return Words(f"{value:02X}H").then(Words(f"{rate} bit/s") if rate else _UNKNOWN)


def _tell_fen(value: int) -> Words:
    return Words(f"{Decimal(value).scaleb(-2)} CNY")


def _tell_freeze(at: Stamp) -> Words:
    kind = FreezeRequest(at).kind
    return Words(at.digits).then(_FREEZES[kind] if kind else _UNKNOWN)


def _tell_signal(value: int) -> Words:
    return Words(f"{value:02X}H").then(_SIGNALS.get(value, _UNKNOWN))


_NUMBERS: dict[str, Callable[[int], Words]] = {
    "command": _tell_command,
    "delay": _tell_delay,
    "word": _tell_baud,
    "signal": _tell_signal,
    "minutes": lambda value: counted(value, "min", "分钟"),
    "balance_fen": _tell_fen,
    "amount_fen": _tell_fen,
}
_TELLERS: dict[type, Callable[[Any], Words]] = {
    Address: tell_address,
    Password: _tell_password,
    IntEnum: lambda value: Words(f"{value:02X}H {value.name.lower().replace('_', ' ')}"),
}


def control_bits(control: Control, *, of_1997: bool) -> tuple[Bit, ...]:
    """Say what the bits of a control byte are."""
    byte = control.byte
    return (
        Bit(
            "D7",
            f"{byte >> 7:b}",
            Words("from the meter", "从站发出") if control.from_slave else Words("from the master", "主站发出"),
        ),
        Bit(
            "D6",
            f"{byte >> 6 & 1:b}",
            _status(
                control, Words("abnormal answer", "异常应答") if control.abnormal else Words("in order", "正确应答")
            ),
        ),
        Bit(
            "D5",
            f"{byte >> 5 & 1:b}",
            _status(
                control, Words("more follows", "有后续帧") if control.follow else Words("nothing follows", "无后续帧")
            ),
        ),
        Bit("D4..D0", f"{byte & 0x1F:05b}", function_name(control.function, of_1997=of_1997)),
    )


def _status(control: Control, told: Words) -> Words:
    """Leave what a status bit says to answers: a request has none."""
    return told if control.from_slave else _NOT_IN_REQUESTS


def tell_control(control: Control, *, of_1997: bool) -> Words:
    """Say function and kind of a frame."""
    name = Words(f"{control.function:02X}H").then(function_name(control.function, of_1997=of_1997))
    return name.then(kind_of(control), ", ")


def word_bits(table: Sequence[NamedBit], value: int, width: int) -> tuple[Bit, ...]:
    """Every named bit of a word with its state, and those without a name that are set."""
    names = {row.bit: row for row in table}
    return tuple(
        Bit(f"bit {bit}", f"{value >> bit & 1}", _bit_words(names.get(bit)))
        for bit in range(width)
        if bit in names or value >> bit & 1
    )


def _bit_words(row: NamedBit | None) -> Words:
    return Words(row.word, row.name_zh) if row else Words("reserved", "保留")


def state_bits(word: StateWord) -> tuple[Bit, ...]:
    """Every bit of a run state word that has a meaning, in the order of the bits."""
    single = word_bits(NAMES[word.number], word.value, word.bits.width)
    if word.number != 3:  # noqa: PLR2004  the relay's word has two fields of two bits
        return single
    pairs = [_pair(word, 1, word.supply, _SUPPLIES), _pair(word, 8, word.meter_type, _METER_TYPES)]
    taken = {f"bit {bit}" for bit in (1, 2, 8, 9)}
    rest = [bit for bit in single if bit.place not in taken]
    return tuple(sorted([*rest, *pairs], key=lambda bit: int(bit.place[4:].split(".")[0])))


def _pair(word: StateWord, first: int, code: IntEnum | None, names: Mapping[Any, Words]) -> Bit:
    meaning = _UNKNOWN if code is None else names[code]
    return Bit(f"bit {first}..{first + 1}", f"{word.value >> first & 3:02b}", meaning)
