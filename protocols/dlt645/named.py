"""Bits with names, for error words and run state words."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedBit:
    """One bit of a word: its number, the machine word that stands for 1, and the Chinese term."""

    bit: int
    word: str
    name_zh: str


def bits(*rows: tuple[int, str, str]) -> tuple[NamedBit, ...]:
    """Table of named bits from its rows."""
    return tuple(NamedBit(*row) for row in rows)


def on(table: Iterable[NamedBit], value: int) -> tuple[NamedBit, ...]:
    """Pick the named bits that are 1 in ``value``; bits without a name are reserved and left out."""
    return tuple(row for row in table if value >> row.bit & 1)
