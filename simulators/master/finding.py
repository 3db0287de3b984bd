"""The command that finds who is on a line: the search with its progress, and what is printed of it."""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clock import RealClock
from simulators.master import scanning
from simulators.master.bench import BenchError, Wish
from simulators.master.doing import Show, complain
from simulators.master.scanning import Scan, Scanned
from simulators.master.showing import as_line
from simulators.master.wires import at_wire

__all__ = ["search"]

NOBODY = (
    "nobody answers: look at protocol, speed and parity, and at the wires; where many answer at once nothing may come "
    "through, then --deep asks for them by their last digits"
)


def search(wish: Wish, show: Show, window: timedelta, *, retries: int, span: timedelta, deep: bool) -> bool:
    """Search for so long at most, print who is there, and tell whether all was searched and somebody found."""
    clock = RealClock()

    async def scan() -> Scanned:
        async with at_wire(clock, wish.way) as wire:
            whole = Scan(clock, wire, wish.protocol, window, retries=retries, deep=deep, watch=show.watch)
            with _bar(show) as bar:
                task = bar.add_task("", total=None)

                def progress(seen: scanning.Progress) -> None:
                    found = f"asking {seen.pattern}, {seen.found} found"
                    bar.update(task, description=found, completed=seen.asked, total=seen.asked + seen.left)

                return await whole.run(clock.now() + span, partial(_found, wish, show, bar), progress)

    try:
        done = asyncio.run(scan())
    except BenchError as error:
        return _ended(show, Scanned((), 0, 1), str(error))
    if done.left:
        told = f"{span.total_seconds():g} s are over, {done.left} patterns were not asked: give a longer --for"
        return _ended(show, done, told)
    return _ended(show, done, "" if done.found else NOBODY)


def _bar(show: Show) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    is_hidden = show.shows_frames or show.as_json or not console.is_terminal
    return Progress(*columns, console=console, transient=True, disable=is_hidden, redirect_stdout=False)


def _found(wish: Wish, show: Show, bar: Progress, address: str) -> None:
    if show.as_json:
        as_line({"address": address, "protocol": wish.protocol, "ok": True, "error": None})
    elif sys.stdout.isatty() and not bar.disable:
        bar.console.print(address, highlight=False)  # above the bar, on the same screen
    else:
        typer.echo(address)
        sys.stdout.flush()


def _ended(show: Show, done: Scanned, error: str) -> bool:
    summary: dict[str, Any] = {"found": len(done.found), "asked": done.asked, "left": done.left}
    if show.as_json:
        as_line(summary | {"ok": not error, "error": error or None})
    elif error:
        complain(error)
    return not error
