"""Named facts with type and unit, and their raw form: whole numbers, words and truth values, as in the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from headend.store import OutOfBoundsError
from headend.store.types import EPOCH

Value = Decimal | int | str | bool | datetime | None
"""A fact as people see it: ``Decimal`` yuan, a count, a word, a truth value, an aware instant; ``None`` is unknown."""

Raw = int | str | bool | None
"""A fact as the database has it: fen, a count, a word, a truth value, milliseconds since 1970; ``None`` is unknown."""

MILLISECOND = timedelta(milliseconds=1)


class Kind(StrEnum):
    """What a fact is."""

    MONEY = "money"  # yuan, whole fen
    COUNT = "count"  # a whole number with a unit
    WORD = "word"  # one of a list of words
    FLAG = "flag"  # true or false
    INSTANT = "instant"  # comparable with other instants only


BOUNDS = {Kind.MONEY: 10**14, Kind.COUNT: 10**9, Kind.INSTANT: 10**14, Kind.WORD: 0, Kind.FLAG: 1}
"""Largest raw magnitude per kind: with them the parser proves that no product leaves 63 bits."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact of an account: its name in conditions, kind, unit, and what people call it in English and Chinese."""

    name: str
    kind: Kind
    en: str
    zh: str
    unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def bound(self) -> int:
        """Largest raw magnitude."""
        return BOUNDS[self.kind]


class Vocabulary(Mapping[str, FactSpec]):
    """The facts that conditions may name."""

    def __init__(self, *specs: FactSpec) -> None:
        self._specs = {spec.name: spec for spec in specs}
        assert len(self._specs) == len(specs), "a fact is named twice"

    def __getitem__(self, name: str) -> FactSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)


def raw(spec: FactSpec, value: Value) -> Raw:
    """Turn a fact's value into its raw form.

    Raises :class:`~headend.store.OutOfBoundsError` for a value that the fact's kind can't hold.
    """
    match spec.kind, value:
        case _, None:
            return None
        case Kind.FLAG, bool():
            return value
        case Kind.WORD, str() if value in spec.words:
            return str(value)
        case Kind.COUNT, int() if not isinstance(value, bool) and abs(value) <= spec.bound:
            return value
        case Kind.MONEY, Decimal() if value == round(value, 2) and abs(value) * 100 <= spec.bound:
            return int(value * 100)
        case Kind.INSTANT, datetime() if value.tzinfo is not None:
            return (value - EPOCH) // MILLISECOND
        case _:
            raise OutOfBoundsError(f"{value!r} is no {spec.kind.value} for the fact {spec.name}; correct its source")


def from_raw(spec: FactSpec, value: Raw) -> Value:
    """Give a raw form back as people see it. SQLite's 0 and 1 become truth values."""
    if value is None:
        return None
    match spec.kind:
        case Kind.FLAG:
            return bool(value)
        case Kind.MONEY:
            return Decimal(int(value)).scaleb(-2)
        case Kind.INSTANT:
            return EPOCH + int(value) * MILLISECOND
        case Kind.COUNT:
            return int(value)
        case Kind.WORD:
            return str(value)
