"""How results look: JSON for programs, tables and lines for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, Any]

WIDTH_OF_FILES = 160
"""Columns where the output goes into a file or a pipe, which has no width of its own."""


def console() -> Console:
    """Make the console for results: its own width on a terminal, a wide one elsewhere."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=WIDTH_OF_FILES)


def as_json(value: object) -> None:
    """Print a result as one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))


def table(title: str, rows: Sequence[Row], columns: Mapping[str, str], *, empty: str) -> None:
    """Print rows as a table; ``columns`` gives the heading of each key that is shown, in order."""
    if not rows:
        console().print(empty)
        return
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for heading in columns.values():
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(text(row.get(key)) for key in columns))
    console().print(made)


def pairs(title: str, values: Mapping[str, object]) -> None:
    """Print a heading and one line per value; empty ones are left out."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in values.items():
        if value not in (None, [], {}, ""):
            made.add_row(name, text(value))
    out = console()
    out.print(Text(title, style="bold"))
    out.print(made)


def text(value: object) -> Text:
    """Write a value as people do; nothing of it is taken for markup."""
    return Text(_words(value))


def _words(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case str():
            return local_time(value)
        case Mapping():
            return ", ".join(f"{name} {_words(part)}" for name, part in value.items()) or "none"
        case Iterable():
            return ", ".join(map(_words, value)) or "none"
    return str(value)


def local_time(value: str) -> str:
    """Shorten an ISO instant to date, time and seconds; any other text stays as it is."""
    if "T" not in value:
        return value
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return at.strftime("%Y-%m-%d %H:%M:%S")
