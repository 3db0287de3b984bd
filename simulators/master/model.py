"""What a technician asks a meter for, and what came of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from protocols.catalogue import Item, ItemError, Protocol, find_item
from protocols.dissection import NOTHING, Words
from protocols.dlt645 import DI, Profile

__all__ = ["UNLISTED", "Outcome", "Part", "Wanted", "find_wanted", "unlisted_of"]

UNLISTED = Words("in no table, bytes in hex, highest first", "表外标识, 十六进制, 高位在前")
"""The name of an item that is asked for although nobody knows what it is."""
_DI = re.compile(r"[0-9A-Fa-f]{8}")


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an item. ``text`` None: the meter says that it has none; ``fault``: what it sent is none."""

    name: Words
    text: str | None
    unit: str = ""
    fault: str = ""
    meaning: Words = NOTHING

    def document(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {"name": self.name.en, "name_zh": self.name.zh, "value": self.text, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of reading one item: its values, or in ``error`` why there are none."""

    item: Item
    parts: tuple[Part, ...] = ()
    error: str = ""

    @classmethod
    def unknown(cls, text: str, error: str) -> Self:
        """Tell of something that cannot be asked for, by what was typed."""
        return cls(Item(text, NOTHING), error=error)

    @property
    def ok(self) -> bool:
        """Whether the item was read, and can be."""
        return not self.error

    @property
    def value(self) -> str | None:
        """The value as text, an exact decimal number where it is one; several are joined."""
        if len(self.parts) == 1:
            return self.parts[0].text
        return ", ".join("-" if part.text is None else part.text for part in self.parts) if self.parts else None

    @property
    def unit(self) -> str:
        """The unit of the value, or of all values; empty where they differ."""
        units = {part.unit for part in self.parts if part.text is not None} or {self.item.unit}
        return units.pop() if len(units) == 1 else ""

    def document(self) -> dict[str, Any]:
        """Give it as JSON; ``values`` is there for an item of several values."""
        shown: dict[str, Any] = {
            "item": self.item.digits,
            "name": self.item.name.en,
            "name_zh": self.item.name.zh,
            "value": self.value,
            "unit": self.unit,
            "ok": self.ok,
            "error": self.error or None,
        }
        if len(self.parts) > 1:
            shown["values"] = [part.document() for part in self.parts]
        return shown


Wanted = Item | Outcome
"""An item to be read, or why something that was typed is none."""


def find_wanted(protocol: Protocol, text: str, profile: Profile) -> Wanted:
    """Find an item by its digits or its name; what is none does not keep the others from being read.

    Eight hex digits are a DI of DL/T 645-2007 even if they are in no table: models have items of their own.
    """
    try:
        return find_item(protocol, text, profile)
    except ItemError as error:
        if protocol is Protocol.DLT645 and _DI.fullmatch(text):
            return Item(text.upper(), UNLISTED)
        return Outcome.unknown(text, str(error))


def unlisted_of(wanted: Iterable[Wanted]) -> tuple[DI, ...]:
    """Give those that are in no table."""
    return tuple(DI.parse(item.digits) for item in wanted if isinstance(item, Item) and item.name == UNLISTED)
