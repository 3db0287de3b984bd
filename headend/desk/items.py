"""What of a meter can be asked live: words of the business, and any item of the identifier tables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.meter import Meter, Meter698, Meter1997
from headend.desk.errors import RefusedError
from protocols.catalogue import ItemError, Protocol, find_item
from protocols.dlt645 import DI
from protocols.dlt645.items.profile import STANDARD
from protocols.dlt698 import OAD

HEX = re.compile(r"[0-9A-Fa-f]+")


class Word(StrEnum):
    """What a meter of any dialect may be asked for, in one word."""

    REGISTERS = "registers"  # 当前正向有功示数
    RELAY = "relay"  # 继电器
    PHASES = "phases"  # 电压, 电流
    CLOCK = "clock"  # 时钟
    FREEZE = "freeze"  # 今日 00:00 日冻结


@dataclass(frozen=True, slots=True)
class Number1997:
    """An identifier of the edition of 1997: four hex digits."""

    number: int


Wanted = Word | DI | OAD | Number1997


_READS: Mapping[Protocol, Callable[[str], DI | OAD | Number1997]] = {
    Protocol.DLT645: DI.parse,
    Protocol.DLT645_1997: lambda digits: Number1997(int(digits, 16)),
    Protocol.DLT698: OAD.parse,
}
DIGITS = {Protocol.DLT645: 8, Protocol.DLT645_1997: 4, Protocol.DLT698: 8}


def protocol_of(meter: Meter) -> Protocol:
    """Tell what a meter speaks."""
    if isinstance(meter, Meter1997):
        return Protocol.DLT645_1997
    return Protocol.DLT698 if isinstance(meter, Meter698) else Protocol.DLT645


def find_wanted(protocol: Protocol, text: str) -> Wanted:
    """Find what is asked for: a word, the digits of an identifier, or a name of the protocol's tables.

    Digits need not be in the tables, as a model may have items of its own. Raises :class:`RefusedError`, which names
    what is near.
    """
    if text in set(Word):
        return Word(text)
    if HEX.fullmatch(text) and len(text) == DIGITS[protocol]:
        return _READS[protocol](text.upper())
    try:
        return _READS[protocol](find_item(protocol, text, STANDARD).digits)
    except ItemError as error:
        raise RefusedError(f"{error}; {', '.join(Word)} are words that every meter understands") from error
