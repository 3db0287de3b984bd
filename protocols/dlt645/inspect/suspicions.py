"""What looks odd in a frame that is formally in order."""

from collections.abc import Iterator
from dataclasses import fields

from protocols.dissection import Words
from protocols.dlt645.functions.address import ReadAddressAnswer
from protocols.dlt645.functions.baud import BAUD_OF_WORD, ChangeBaudAnswer, ChangeBaudRequest
from protocols.dlt645.functions.clock import FreezeRequest
from protocols.dlt645.functions.read_next import ReadNextAnswer, ReadNextRequest
from protocols.dlt645.functions.security import SecurityAnswer, SecurityRequest, payload_form
from protocols.dlt645.inspect.items import item_of
from protocols.dlt645.items.identifiers import find
from protocols.dlt645.items.profile import Profile, profiles
from protocols.dlt645.items.values import Faulty
from protocols.dlt645.messages import Message, Unknown
from protocols.dlt645.wire.address import Address
from protocols.dlt645.wire.control import Control, Function
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.frame import Frame
from protocols.dlt645.wire.stamp import Stamp

_SIZE = 4
_MASK = 0x33
_DATE = "YYMMDD"
_WILDCARD = "99"
_MOST = {"hh": 23, "mm": 59, "ss": 59, "WW": 6}


def suspicions(frame: Frame, wire: bytes, message: Message | None, profile: Profile) -> tuple[Words, ...]:
    """Say what a sender seems to have done wrong with a frame.

    ``wire`` is the data field with its mask. ``message`` is None where the data field cannot be understood.
    """
    told = [*_of_address(frame.address, frame.control), *_of_bits(frame.control, message)]
    if message is not None:
        told += _of_identifier(frame, wire, message, profile)
        told += _of_fields(frame, message)
        told += _of_times(message, profile)
        told += _of_profile(message, profile)
    return tuple(told)


def _of_address(address: Address, control: Control) -> Iterator[Words]:
    """Say of an answer under an address that is no meter's that nobody knows whose it is."""
    if not control.from_slave:
        return
    if address.is_broadcast:
        yield Words("an answer from the broadcast address: nobody answers a broadcast", "广播地址不应有应答")
    elif address.digits.startswith("AA"):
        yield Words("an answer under AA does not identify the meter", "以AA地址应答, 无法识别电表")


def _of_bits(control: Control, message: Message | None) -> Iterator[Words]:
    """Say of status bits where none can be."""
    if not control.from_slave:
        if control.abnormal:
            yield Words("D6 is set in a request; only a meter's answer has it", "请求帧中D6置位, 仅应答帧可用")
        if control.follow:
            yield Words("D5 is set in a request; only a meter's answer has it", "请求帧中D5置位, 仅应答帧可用")
    elif control.follow and (control.abnormal or _cannot_follow(control, message)):
        yield Words(
            "D5 says more follows, which only an answer with data read can say", "D5指示有后续帧, 仅读数据应答可用"
        )


def _cannot_follow(control: Control, message: Message | None) -> bool:
    return isinstance(message, Unknown) and isinstance(control.function, Function)


def _of_identifier(frame: Frame, wire: bytes, message: Message, profile: Profile) -> Iterator[Words]:
    """Say of an identifier that it names something when it is read otherwise: without the mask, or turned round."""
    di = getattr(message, "di", None)
    if not isinstance(di, DI) or find(di, profile) is not None or len(wire) < _SIZE:
        return
    bare = DI(int.from_bytes(wire[:_SIZE], "little"))
    turned = DI(int.from_bytes(frame.data[:_SIZE], "big"))
    if find(bare, profile) is not None:
        yield Words(
            f"the data seem to have been sent without +33H: as they are on the wire they name {bare}",
            f"数据域可能未加33H发送: 线路上的字节即标识{bare}",
        )
    elif find(turned, profile) is not None:
        yield Words(
            f"the identifier seems to have been sent with its highest byte first: turned round it is {turned}",
            f"数据标识可能高字节在前发送: 倒序为{turned}",
        )


def _of_fields(frame: Frame, message: Message) -> Iterator[Words]:
    """Say of single fields that they cannot be meant so."""
    match message:
        case ReadNextRequest(seq=0) | ReadNextAnswer(seq=0):
            yield Words("SEQ is 00; parts are counted from 1", "帧序号SEQ为00, 应从1开始")
        case ReadAddressAnswer(meter=meter) if meter != frame.address:
            yield Words(
                f"the data name meter {meter}, the address field {frame.address}",
                f"数据域中的表地址{meter}与地址域{frame.address}不符",
            )
        case ChangeBaudRequest(word=word) | ChangeBaudAnswer(word=word) if word not in BAUD_OF_WORD:
            rate = BAUD_OF_WORD.get((word + _MASK) & 0xFF)
            if rate:
                yield Words(
                    f"the baud word seems to have been sent without +33H: as it is on the wire it is {rate} bit/s",
                    f"速率特征字可能未加33H发送: 线路上的字节即{rate} bit/s",
                )


def _of_times(message: Message, profile: Profile) -> Iterator[Words]:
    """Say of dates and times that they cannot be; "never" and wildcards can, but in a command."""
    told = [getattr(message, field.name) for field in fields(message)]
    if not isinstance(message, FreezeRequest):
        yield from (_impossible(stamp) for stamp in told if isinstance(stamp, Stamp) and not _is_possible(stamp))
    item = item_of(message, profile)
    for value in item.values if item else ():
        if isinstance(value, Stamp) and not value.is_never and _WILDCARD not in _pairs(value):
            if not _is_possible(value):
                yield _impossible(value)
            else:
                yield from _of_weekday(value)


def _pairs(stamp: Stamp) -> list[str]:
    return [stamp.digits[at : at + 2] for at in range(0, len(stamp.digits), 2)]


def _is_possible(stamp: Stamp) -> bool:
    """Whether there is such a time and, where the year is in it, such a date."""
    if _DATE in stamp.layout and stamp.instant() is None:
        return False
    return all((stamp.part(pair) or 0) <= most for pair, most in _MOST.items())


def _impossible(stamp: Stamp) -> Words:
    if (stamp.part("WW") or 0) > _MOST["WW"]:
        return Words(f"weekday {stamp.part('WW'):02d}; they run from 00 (Sunday) to 06", "星期应为00(星期日)至06")
    return Words(f"{stamp.digits} ({stamp.layout}) is no date or time", f"{stamp.digits}不是有效的日期时间")


def _of_weekday(stamp: Stamp) -> Iterator[Words]:
    """Say of a weekday that it is not its date's."""
    day, weekday = stamp.instant(), stamp.part("WW")
    if day is None or weekday is None or weekday == day.isoweekday() % 7:
        return
    right = day.isoweekday() % 7
    yield Words(
        f"weekday {weekday:02d} is not that of {day.date()}, which is {right:02d} (00 is Sunday)",
        f"星期{weekday:02d}与日期{day.date()}不符, 应为{right:02d}(00为星期日)",
    )


def _of_profile(message: Message, profile: Profile) -> Iterator[Words]:
    """Say of data that do not fit the chosen profile which others they fit."""
    if _fits(message, profile) is not False:
        return
    others = [name for name, other in profiles().items() if other.edition is profile.edition and _fits(message, other)]
    if others:
        options = ", ".join(f"--profile {name}" for name in others)
        yield Words(
            f"the data do not fit profile {profile.name}; they fit {options}",
            f"数据与配置{profile.name}不符, 与{options}相符",
        )


def _fits(message: Message, profile: Profile) -> bool | None:
    """Whether the data of a message are such as a meter of the profile has; None where nobody can tell."""
    if isinstance(message, SecurityRequest | SecurityAnswer):
        from_slave = isinstance(message, SecurityAnswer)
        return payload_form(message.di, len(message.payload), from_slave=from_slave, profile=profile) is not None
    item = item_of(message, profile)
    if item is None or (item.identifier is None and item.fault is None):
        return None
    return item.fault is None and not any(isinstance(value, Faulty) and not value.is_filler for value in item.values)
