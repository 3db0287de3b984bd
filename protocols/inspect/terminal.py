"""Frames in words as a terminal shows them: tables with colours, for command lines and panels.

No part of the face of `protocols.inspect`, as programs that only read frames need no terminal.
"""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from protocols.dissection import HEADINGS, Dissection, Kind, Language, Row, Words, is_masked, rows_of
from protocols.inspect.explain import Section

__all__ = ["WRONG", "drawn"]

WRONG = Words("wrong", "错误")
_STYLES = {Kind.FIELD: "", Kind.KEY: "bold", Kind.BIT: "dim", Kind.WRONG: "red", Kind.INSIDE: "green"}
_PLAIN = 2
"""Column of the bytes without 33H."""


def drawn(section: Section, language: Language) -> RenderableType:
    """Draw a section for a terminal."""
    heading = [Text(section.heading.said(language), "yellow")] if section.heading else []
    found = section.dissection
    if found is None:
        return Group(*heading, *(Text(line) for line in section.lines))
    title = Text(found.headline.said(language), "red" if found.faults else "green")
    gist = [Text(found.gist.said(language), "bold")] if found.gist else []
    hints = [Text(hint.said(language), "yellow") for hint in found.hints]
    return Group(*heading, title, *gist, _table(found, language), *hints)


def _table(found: Dissection, language: Language) -> Table:
    masked = is_masked(found)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for place, heading in enumerate(HEADINGS):
        if place == _PLAIN and not masked:
            continue
        table.add_column(
            heading.said(language),
            justify="right" if place == 0 else "left",
            no_wrap=place in {0, 1, 2},
            overflow="fold",
        )
    for row in rows_of(found, language):
        style = _STYLES[row.kind]
        value = f"{WRONG.said(language)}: {row.value}" if row.kind is Kind.WRONG else row.value
        offset = "" if row.offset is None else str(row.offset)
        plain = [Text(row.plain.hex(" ").upper(), "cyan")] if masked else []
        table.add_row(Text(offset, "dim"), _hex(row), *plain, Text(row.name, style), Text(value, style))
    return table


def _hex(row: Row) -> Text:
    shown = Text()
    for at, byte in enumerate(row.wire):
        shown.append(f"{byte:02X}", "bold white on red" if at in row.wrong else "")
        shown.append(" ")
    shown.rstrip()
    return shown
