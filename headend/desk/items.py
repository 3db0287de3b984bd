"""What of a meter can be asked live: words of the business, and any item of the identifier tables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any

from drivers.meter import Dialect
from headend.desk.errors import RefusedError
from protocols.dlt645 import DI
from protocols.dlt645.items.identifiers import table
from protocols.dlt698 import OAD
from protocols.dlt698.objects import known_attributes
from protocols.errors import LocalProtocolError

HEX = re.compile(r"[0-9A-Fa-f]{8}")
HEX_1997 = re.compile(r"[0-9A-Fa-f]{4}")
NEAR = 4


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


def find_item(dialect: Dialect, text: str) -> Wanted:
    """Find what is asked for: a word, hex digits, or a name of the dialect's table in either language.

    Eight digits are a DI or an OAD, four an item of DL/T 645-1997. Raises :class:`RefusedError`, which names what is
    near.
    """
    if text in set(Word):
        return Word(text)
    if HEX_1997.fullmatch(text) and dialect is Dialect.DLT645:
        return Number1997(int(text, 16))
    parse: Callable[[str], DI | OAD] = DI.parse if dialect is Dialect.DLT645 else OAD.parse
    if HEX.fullmatch(text):
        try:
            return parse(text.upper())
        except LocalProtocolError as error:
            raise RefusedError(f"{text}: {error}") from error
    known = names(dialect)
    wanted = _plain(text)
    found = known.get(wanted) or _only([name for name in known if all(word in name for word in wanted.split())], known)
    if found is not None:
        return parse(found)
    near = get_close_matches(wanted, known, NEAR, 0.3) or [name for name in known if wanted in name][:NEAR]
    told = "; ".join(f"{known[name]} {name}" for name in near)
    words = ", ".join(Word)
    raise RefusedError(f"{text!r} is no single item: give {words}, 8 hex digits, or a name; near are: {told or 'none'}")


@cache
def names(dialect: Dialect) -> Mapping[str, str]:
    """Give the identifier of each item of a dialect's table, by its names in both languages."""
    if dialect is Dialect.DLT645:
        rows: list[tuple[str, Any, Any]] = [(str(di), row.name_en, row.name_zh) for di, row in table().items()]
    else:
        rows = [(str(oad), row.name, row.chinese) for oad, row in known_attributes()]
    found: dict[str, str] = {}
    for digits, *both in rows:
        for name in both:
            found.setdefault(_plain(name), digits)
    return found


def _only(matching: list[str], known: Mapping[str, str]) -> str | None:
    """Give the identifier that all matching names mean, if it is one."""
    meant = {known[name] for name in matching}
    return meant.pop() if len(meant) == 1 else None


def _plain(name: str) -> str:
    return " ".join(name.lower().replace(",", " ").split())
