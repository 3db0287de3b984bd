"""A dissection as the rows of a table, for terminals and for files."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from protocols.dlt645.inspect.model import Bit, Dissection, Field
from protocols.dlt645.inspect.words import Language, Words

BYTES_A_ROW = 8
HEADINGS = (Words("at", "偏移"), Words("bytes", "报文"), Words("-33H"), Words("field", "字段"), Words("value", "内容"))


class Kind(Enum):
    """What a row is about, which settles how it looks."""

    FIELD = "field"
    KEY = "key"
    BIT = "bit"
    WRONG = "wrong"


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
    for field in found.fields:
        yield from _field(found, field, language)
    behind = found.fields[-1].end if found.fields else 0
    for fault in found.faults:
        if fault.offset >= behind:
            yield Row(Kind.WRONG, fault.offset, value=_sentence(fault.said(language), fault.cause, language))


def _field(found: Dissection, field: Field, language: Language) -> Iterator[Row]:
    faults = list(found.faults_in(field))
    wrong = {fault.offset - field.offset for fault in faults}
    kind = Kind.KEY if field.is_key else Kind.FIELD
    for start in range(0, field.size, BYTES_A_ROW):
        cut = slice(start, start + BYTES_A_ROW)
        first = start == 0
        yield Row(
            kind,
            field.offset + start,
            field.wire[cut],
            frozenset(at - start for at in wrong),
            field.plain[cut],
            field.name.said(language) if first else "",
            field.value.said(language) if first else "",
        )
    for fault in faults:
        yield Row(Kind.WRONG, fault.offset, value=_sentence(fault.said(language), fault.cause, language))
    yield from _bits(field.bits, language)


def _bits(bits: tuple[Bit, ...], language: Language) -> Iterator[Row]:
    for bit in bits:
        kind = Kind.BIT if not bit.is_set else Kind.KEY
        yield Row(kind, name=f"  {bit.place} = {bit.digits}", value=bit.meaning.said(language))


def _sentence(fault: str, cause: Words, language: Language) -> str:
    return f"{fault}; {cause.said(language)}" if cause else fault
