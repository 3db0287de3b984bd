"""A dissection as the rows of a table, for terminals and for files."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from protocols.dissection.model import Bit, Dissection, Fault, Field, Inner
from protocols.dissection.words import Language, Words, counted

BYTES_A_ROW = 8
MOST_ROWS = 32
"""Rows of one field; of a longer one the bytes behind are counted only."""
HEADINGS = (Words("at", "偏移"), Words("bytes", "报文"), Words("-33H"), Words("field", "字段"), Words("value", "内容"))

_INDENT = "  "
_INSIDE = Words("carried inside", "内嵌帧")


class Kind(Enum):
    """What a row is about, which settles how it looks."""

    FIELD = "field"
    KEY = "key"
    BIT = "bit"
    WRONG = "wrong"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: offset (None where the row above goes on), bytes, those of them that are wrong, name, value."""

    kind: Kind
    offset: int | None = None
    wire: bytes = b""
    wrong: frozenset[int] = frozenset()
    plain: bytes = b""
    name: str = ""
    value: str = ""


def rows_of(found: Dissection, language: Language) -> Iterator[Row]:
    """Give the rows of every field in order, what is wrong with it below it."""
    inside = {each.offset: each for each in _all_inner(found)}
    for field in found.fields:
        if field.offset in inside:
            yield from _heading(inside[field.offset], field.depth - 1, language)
        yield from _field(found, field, language)
    behind = found.fields[-1].end if found.fields else 0
    for fault in found.faults:
        if fault.offset >= behind:
            yield _wrong(fault, language)


def is_masked(found: Dissection) -> bool:
    """Whether bytes of it came with 33H added, which takes a column more."""
    return any(field.plain for field in found.fields)


def _all_inner(found: Dissection) -> Iterator[Inner]:
    for each in found.inner:
        yield each
        yield from _all_inner(each.found)


def _heading(inner: Inner, depth: int, language: Language) -> Iterator[Row]:
    yield Row(Kind.INSIDE, name=_indented(_INSIDE, depth, language), value=inner.found.headline.said(language))
    if inner.found.gist:
        yield Row(Kind.INSIDE, value=inner.found.gist.said(language))


def _field(found: Dissection, field: Field, language: Language) -> Iterator[Row]:
    faults = list(found.faults_in(field))
    wrong = {at - field.offset for fault in faults for at in fault.places}
    kind = Kind.KEY if field.is_key else Kind.FIELD
    shown = field.size if faults else min(field.size, MOST_ROWS * BYTES_A_ROW)
    for start in range(0, shown, BYTES_A_ROW):
        cut = slice(start, start + BYTES_A_ROW)
        first = start == 0
        yield Row(
            kind,
            field.offset + start,
            field.wire[cut],
            frozenset(at - start for at in wrong),
            field.plain[cut],
            _indented(field.name, field.depth, language) if first else "",
            field.value.said(language) if first else "",
        )
    if shown < field.size:
        rest = counted(field.size - shown, "bytes more", "字节未列出")
        yield Row(kind, field.offset + shown, value=f"… {rest.said(language)}")
    for fault in faults:
        yield _wrong(fault, language)
    yield from _bits(field, language)


def _bits(field: Field, language: Language) -> Iterator[Row]:
    for bit in field.bits:
        kind = Kind.BIT if not bit.is_set else Kind.KEY
        yield Row(kind, name=_place(bit, field.depth), value=bit.meaning.said(language))


def _place(bit: Bit, depth: int) -> str:
    return f"{_INDENT * (depth + 1)}{bit.place} = {bit.digits}"


def _wrong(fault: Fault, language: Language) -> Row:
    told = fault.said(language)
    return Row(Kind.WRONG, fault.offset, value=f"{told}; {fault.cause.said(language)}" if fault.cause else told)


def _indented(name: Words, depth: int, language: Language) -> str:
    return _INDENT * depth + name.said(language)
