"""Bits with names, for error words, run state words and mode words."""

from collections.abc import Iterable
from dataclasses import dataclass

from protocols.errors import LocalProtocolError


@dataclass(frozen=True, slots=True)
class NamedBit:
    """One bit of a word: its number, the machine word that stands for 1, and the Chinese term.

    Where 0 says more than that 1 does not hold (closed instead of open, rest instead of work), ``zero`` is the
    machine word for it and ``zero_zh`` its Chinese term; else both are empty.
    """

    bit: int
    word: str
    name_zh: str
    zero: str = ""
    zero_zh: str = ""


def bits(*rows: tuple[int, str, str] | tuple[int, str, str, str, str]) -> tuple[NamedBit, ...]:
    """Table of named bits from its rows."""
    return tuple(NamedBit(*row) for row in rows)


def on(table: Iterable[NamedBit], value: int) -> tuple[NamedBit, ...]:
    """Pick the named bits that are 1 in ``value``; bits without a name are reserved and left out."""
    return tuple(row for row in table if value >> row.bit & 1)


def states(table: Iterable[NamedBit], value: int) -> tuple[str, ...]:
    """Words for what each named bit of ``value`` says, 1 or 0; a 0 that says nothing is left out."""
    said = (row.word if value >> row.bit & 1 else row.zero for row in table)
    return tuple(word for word in said if word)


def value_of(table: Iterable[NamedBit], flags: Iterable[str], of: str) -> int:
    """Value with the named bits set; LocalProtocolError, told of the word ``of``, for a name it does not have."""
    bit_of = {row.word: row.bit for row in table}
    wanted = set(flags)
    unknown = wanted - set(bit_of)
    if unknown:
        raise LocalProtocolError(f"{of} has no bit {', '.join(sorted(unknown))}")
    return sum(1 << bit_of[flag] for flag in wanted)
