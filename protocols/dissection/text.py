"""A dissection as lines of text, for the technician who holds the frame."""

from collections.abc import Iterator
from unicodedata import east_asian_width

from protocols.dissection.model import Dissection
from protocols.dissection.rows import BYTES_A_ROW, HEADINGS, Kind, Row, is_masked, rows_of
from protocols.dissection.words import Language, Words

_WRONG = Words("wrong", "错误")
_LIKELY = Words("odd", "可疑")
_OFFSET_WIDTH = 4
_HEX_WIDTH = 3 * BYTES_A_ROW + 1
_NAME_WIDTH = {Language.ENGLISH: 22, Language.CHINESE: 16, Language.BOTH: 30}
"""Cells that most names fit in; a longer one widens its table."""


def explain_dissection(found: Dissection, language: Language = Language.BOTH) -> list[str]:
    """Tell a dissection in lines: what it is, what it says, its fields as a table, what is odd about it."""
    lines = [found.headline.said(language)]
    if found.gist:
        lines.append(found.gist.said(language))
    lines += table_lines(found, language)
    lines += [f"{_LIKELY.said(language)}: {hint.said(language)}" for hint in found.hints]
    return lines


def table_lines(found: Dissection, language: Language) -> Iterator[str]:
    """Draw the fields of a dissection in columns, wrong bytes in brackets."""
    masked = is_masked(found)
    rows = [_cells(row, language) for row in rows_of(found, language)]
    width = max([_NAME_WIDTH[language], *(_width(cells[3]) for cells in rows)])
    headings = [heading.said(language) for heading in HEADINGS]
    offset_width = max(_OFFSET_WIDTH, _width(headings[0]))
    for cells in (headings, *rows):
        offset, wire, plain, name, value = cells
        padded = [_padded(offset, offset_width), _padded(wire, _HEX_WIDTH)]
        if masked:
            padded.append(_padded(plain, _HEX_WIDTH - 1))
        yield " ".join([*padded, _padded(name, width), value]).rstrip()


def _cells(row: Row, language: Language) -> list[str]:
    value = f"{_WRONG.said(language)}: {row.value}" if row.kind is Kind.WRONG else row.value
    offset = "" if row.offset is None else f"{row.offset:{_OFFSET_WIDTH}d}"
    return [offset, _hex(row), row.plain.hex(" ").upper(), row.name, value]


def _hex(row: Row) -> str:
    shown = [f"[{byte:02X}]" if at in row.wrong else f" {byte:02X} " for at, byte in enumerate(row.wire)]
    return "".join(shown).replace("  ", " ").replace("] ", "]").replace(" [", "[")


def _padded(text: str, width: int) -> str:
    return text + " " * max(width - _width(text), 0)


def _width(text: str) -> int:
    """Cells of a text, of which a Chinese character takes two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
