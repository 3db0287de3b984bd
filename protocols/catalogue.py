"""What a meter can be asked for, by its digits or by its name in the tables of its protocol."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from itertools import chain

from protocols.dissection import Words
from protocols.dlt645 import DI, Identifier, Profile, identify
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import identify_1997, table_1997
from protocols.dlt698 import NULL, OAD
from protocols.dlt698.objects import Entry, describe, entry, known_attributes
from protocols.dlt698.objects.formats import Array, Listed
from protocols.errors import LocalProtocolError

__all__ = ["Item", "ItemError", "Protocol", "find_item", "items"]


class Protocol(StrEnum):
    """What a meter speaks, as people name it."""

    DLT645 = "dlt645"
    DLT645_1997 = "dlt645-1997"
    DLT698 = "dlt698"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be read: a DI of 2007 (数据标识) or an OAD in 8 digits, a DI of 1997 in 4."""

    digits: str
    name: Words
    unit: str = ""


_HEX = re.compile(r"[0-9A-Fa-f]+")
_BETWEEN = re.compile(r"[\W_]+")
_ASIDE = re.compile(r"[((][^()()]*[))]")
_NOW = re.compile(r", now$|^\(当前\)")
_DIGITS = {Protocol.DLT645: 8, Protocol.DLT645_1997: 4, Protocol.DLT698: 8}
_NAMED_ELEMENTS = {"tariffs": 5, "phases": 3}
"""How many elements of an array have names that one asks for: total and four tariffs, three phases."""
_MOST_TOLD = 6


class ItemError(LocalProtocolError):
    """An item that is not in the tables, or whose name says too little; the message names what is near."""


def find_item(protocol: Protocol, text: str, profile: Profile) -> Item:
    """Find an item by its digits, or by its name in either language.

    Case, spaces, dashes and other marks do not matter. "now" and what stands in brackets may be left out, and other
    words too, where one item alone has all of those that are given. ``profile`` is the model of a DL/T 645 meter, with
    items of its own.

    Raises:
        ItemError: there is no such item, or there are several.

    """
    size = _DIGITS[protocol]
    if _HEX.fullmatch(text) and len(text) == size:
        return _by_digits(protocol, text.upper(), profile)
    known = items(protocol)
    for names in _NAMES:
        found = [item for item in known if _plain(text) in names(item)]
        if found:
            return _only(text, found)
    found = [item for item in known if _has_words(item, text)]
    if found:
        return _only(text, found)
    plain = {name: item for item in known for name in map(_plain, (item.name.en, item.name.zh))}
    near = [plain[name] for name in get_close_matches(_plain(text), plain, _MOST_TOLD, 0.5)]
    told = f"; near are {_listed(near)}" if near else ""
    raise ItemError(f"{text!r} is no item of {protocol}: give {size} hex digits or a name of its tables{told}")


@cache
def items(protocol: Protocol) -> tuple[Item, ...]:
    """Everything in the tables of a protocol."""
    match protocol:
        case Protocol.DLT645:
            return tuple(_of_row(str(di), row) for di, row in table().items())
        case Protocol.DLT645_1997:
            return tuple(_of_row(f"{number:04X}", row) for number, row in table_1997().items())
        case Protocol.DLT698:
            return tuple(chain.from_iterable(_of_attribute(oad, row) for oad, row in known_attributes()))


def _by_digits(protocol: Protocol, digits: str, profile: Profile) -> Item:
    try:
        match protocol:
            case Protocol.DLT645:
                return _of_row(digits, identify(DI.parse(digits), profile))
            case Protocol.DLT645_1997:
                return _of_row(digits, identify_1997(int(digits, 16), profile))
            case Protocol.DLT698:
                return _of_oad(OAD.parse(digits))
    except LocalProtocolError:
        raise ItemError(f"{digits} is not in the tables of {protocol}, nor of profile {profile.name}") from None


def _of_row(digits: str, row: Identifier) -> Item:
    return Item(digits, Words(row.name_en, row.name_zh), row.unit)


def _of_oad(oad: OAD) -> Item:
    named = describe(oad, NULL)
    return Item(str(oad), Words(named.name, named.chinese), entry(oad).unit)


def _of_attribute(oad: OAD, row: Entry) -> Iterator[Item]:
    """Give an attribute as a whole, and those of its elements that have names."""
    yield _of_oad(oad)
    layout = row.layout
    named = 0
    if isinstance(layout, Array):
        named = _NAMED_ELEMENTS.get(layout.names, 0)
    elif isinstance(layout, Listed):
        named = len(layout.members)
    for index in range(1, named + 1):
        yield _of_oad(OAD(oad.oi, oad.attribute, index))


def _full(item: Item) -> set[str]:
    return {_plain(item.name.en), _plain(item.name.zh)}


def _without_now(item: Item) -> set[str]:
    return {_plain(_NOW.sub("", name)) for name in (item.name.en, item.name.zh)}


def _without_asides(item: Item) -> set[str]:
    return {_plain(_ASIDE.sub("", name)) for name in (item.name.en, item.name.zh)}


_NAMES: tuple[Callable[[Item], set[str]], ...] = (_full, _without_now, _without_asides)
"""What an item may be called, the strictest first: the first of them that fits anything decides."""


def _plain(name: str) -> str:
    return _BETWEEN.sub(" ", name.casefold()).strip()


def _has_words(item: Item, text: str) -> bool:
    """Whether a name has all these words, English ones from their beginning: a date is no update."""
    words = [f" {word}" if word.isascii() else word for word in _plain(text).split()]
    return bool(words) and any(all(word in f" {name}" for word in words) for name in _full(item))


def _only(text: str, found: list[Item]) -> Item:
    if len(found) > 1:
        more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        raise ItemError(f"{text!r} may be {_listed(found[:_MOST_TOLD])}{more}: say it with more words or by its digits")
    return found[0]


def _listed(found: list[Item]) -> str:
    unique: Mapping[str, Item] = {item.digits: item for item in found}
    return "; ".join(f"{item.digits} {item.name.en} {item.name.zh}" for item in unique.values())
