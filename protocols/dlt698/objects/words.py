"""What the numbers and bits of the object dictionary mean, in English and Chinese (packaged as ``words.toml``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from protocols.dlt698.values.value import DataType, Value

__all__ = [
    "Word",
    "bit_words",
    "class_names",
    "element_name",
    "enum_words",
    "feature",
    "features",
    "is_known",
    "is_list",
    "meaning",
    "tables",
]


class Word(NamedTuple):
    """A word in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Part:
    """Bits of a whole number that mean something on their own; {} in the word is their number."""

    low: int
    width: int
    word: Word

    @property
    def place(self) -> str:
        """Where the bits are."""
        return f"D{self.low}" if self.width == 1 else f"D{self.low + self.width - 1}..D{self.low}"

    def told(self, number: int) -> Word | None:
        """Give the word for what the bits hold, None if there is nothing to be told."""
        held = number >> self.low & (1 << self.width) - 1
        if "{}" in self.word.en:
            return Word(self.word.en.format(held), self.word.zh.format(held))
        return self.word if held else None


@dataclass(frozen=True, slots=True)
class Names:
    """How the elements of an array are called: the first ones by name, the others by their number from 1."""

    first: tuple[Word, ...]
    then: Word

    def at(self, place: int) -> Word:
        """Name of the element at ``place``, from 0."""
        if place < len(self.first):
            return self.first[place]
        number = place - len(self.first) + 1
        return Word(self.then.en.format(number), self.then.zh.format(number))


_ELEMENT = ("element {}", "第{}项")


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _numbered(table: Mapping[str, list[str]]) -> dict[int, Word]:
    return {int(number): Word(*word) for number, word in table.items()}


@cache
def _all_enums() -> dict[str, dict[int, Word]]:
    return {name: _numbered(table) for name, table in _tables()["enums"].items()}


@cache
def _all_bits() -> dict[str, dict[int, Word]]:
    return {name: _numbered(table) for name, table in _tables()["bits"].items()}


@cache
def _all_parts() -> dict[str, tuple[Part, ...]]:
    return {
        name: tuple(Part(low, width, Word(en, zh)) for low, width, en, zh in rows)
        for name, rows in _tables()["parts"].items()
    }


@cache
def _all_elements() -> dict[str, Names]:
    return {
        name: Names(tuple(Word(*word) for word in row.get("first", ())), Word(*row.get("then", _ELEMENT)))
        for name, row in _tables()["elements"].items()
    }


def enum_words(table: str) -> Mapping[int, Word]:
    """Give the words of an enum by number, none if there is no such table."""
    return _all_enums().get(table, {})


def bit_words(table: str) -> Mapping[int, Word]:
    """Give the words of a bit-string by bit, bit 0 first; none if there is no such table."""
    return _all_bits().get(table, {})


def is_known(table: str) -> bool:
    """Whether there is a table of enums, bits or parts of that name."""
    return table in _all_enums() or table in _all_bits() or table in _all_parts()


def is_list(name: str) -> bool:
    """Whether there is a list of elements of that name."""
    return name in _all_elements()


def element_name(names: str, place: int) -> Word:
    """Name of an element, ``place`` from 0, by a list of elements; raises KeyError if there is no such list."""
    return _all_elements()[names].at(place)


@cache
def features() -> Mapping[int, Word]:
    """Features (属性特征) by the bits 7..5 of an attribute byte."""
    return _numbered(_tables()["features"])


def feature(number: int) -> Word | None:
    """Word a feature (属性特征), the bits 7..5 of an attribute byte; None for 0 and what the standard doesn't name."""
    return features().get(number)


def tables() -> Mapping[str, Mapping[str, Word]]:
    """Give all tables of enums, bits and parts, each by the place of its words."""
    numbered = {**_all_enums(), **_all_bits()}
    found = {name: {str(number): word for number, word in words.items()} for name, words in numbered.items()}
    parted = {name: {part.place: part.word for part in parts} for name, parts in _all_parts().items()}
    return {**found, **parted}


@cache
def class_names() -> Mapping[int, Word]:
    """Interface classes (接口类) by number."""
    return _numbered(_tables()["classes"])


def meaning(table: str, value: Value) -> tuple[Word, ...]:
    """Word what a number or a bit-string means, by a table; set bits without a word are told by their number."""
    if value.type is DataType.BIT_STRING:
        words = bit_words(table)
        return tuple(words.get(at, Word(f"bit {at}", f"第{at}位")) for at, bit in enumerate(value.value) if bit == "1")
    if not isinstance(value.value, int):
        return ()
    if table in _all_parts():
        told = (part.told(value.value) for part in _all_parts()[table])
        return tuple(word for word in told if word is not None)
    word = enum_words(table).get(value.value)
    return (word,) if word is not None else ()
