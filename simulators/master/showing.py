"""How what a meter says looks: tables and lines for people, JSON lines for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from drivers.meter import Way, WireFrame
from drivers.zone import BEIJING
from protocols.dissection import Language, Words
from protocols.dlt645 import Profile
from protocols.inspect import explain
from simulators.master.model import Outcome, Part

__all__ = ["as_line", "frame_shown", "outcomes_drawn", "pairs_drawn", "result_console"]

WIDTH_OF_FILES = 132
_HEADINGS = (Words("item", "标识"), Words("name", "名称"), Words("value", "值"), Words("unit", "单位"))
_VALUE = 2
_NONE = "-"


def result_console() -> Console:
    """Make the console for results: its own width on a terminal, a wide one elsewhere."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=WIDTH_OF_FILES)


def as_line(document: Mapping[str, Any]) -> None:
    """Print an object as one line of JSON, at once."""
    typer.echo(json.dumps(document, ensure_ascii=False))
    sys.stdout.flush()


def outcomes_drawn(outcomes: Sequence[Outcome], language: Language) -> RenderableType:
    """Draw what was read: an item of several values has a line for each of them below its name."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for place, heading in enumerate(_HEADINGS):
        table.add_column(
            heading.said(language), justify="right" if place == _VALUE else "left", no_wrap=place == 0, overflow="fold"
        )
    failed: list[Text] = []
    for outcome in outcomes:
        item, parts = Text(outcome.item.digits, "cyan"), outcome.parts
        name = Text(outcome.item.name.said(language), "bold")
        if not outcome.ok:
            table.add_row(item, name, Text("!", "red"), "")
            failed.append(Text(f"{outcome.item.digits}: {outcome.error}", "red"))
        elif len(parts) == 1:
            table.add_row(item, name, *_cells(parts[0], language))
        else:
            table.add_row(item, name, "", "")
            for part in parts:
                table.add_row("", Text(f"  {part.name.said(language)}"), *_cells(part, language))
    return Group(table, *failed)


def _cells(part: Part, language: Language) -> tuple[Text, Text]:
    if part.fault:
        return Text(part.fault, "red"), Text("")
    shown = Text(_NONE if part.text is None else part.text)
    if part.meaning:
        shown.append(f" {part.meaning.said(language)}", "green")
    return shown, Text(part.unit, "dim")


def pairs_drawn(values: Mapping[Words, Words], language: Language) -> RenderableType:
    """Draw names and what they stand at."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, value in values.items():
        grid.add_row(name.said(language), Text(value.said(language)))
    return grid


def frame_shown(frame: WireFrame, profile: Profile, language: Language) -> None:
    """Show a frame on standard error, with its direction and time, taken apart."""
    console = Console(stderr=True, highlight=False)
    arrow, style = ("->", "cyan") if frame.way is Way.OUT else ("<-", "green")
    moment = frame.at.astimezone(BEIJING).strftime("%H:%M:%S.%f")[:-3]
    console.print(Text(f"{arrow} {moment}", style))
    console.print(Text(explain(frame.data, profile, language)), soft_wrap=True)
    console.print()
