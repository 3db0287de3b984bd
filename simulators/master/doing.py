"""A command of the master from its wish to its exit code."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from clock import RealClock
from drivers.meter import Meter
from protocols.dissection import Words
from simulators.master.asking import AskError, read_items
from simulators.master.bench import Bench, BenchError, Watch, Wish, at_bench
from simulators.master.model import Outcome, Wanted
from simulators.master.options import LanguageName, language_of
from simulators.master.showing import as_line, frame_shown, pairs_drawn, result_console

__all__ = ["FAILED", "Show", "complain", "do", "read_all"]

FAILED = 1


class Show:
    """How one command shows what comes of it."""

    def __init__(self, wish: Wish, *, as_json: bool, frames: bool, lang: LanguageName | None) -> None:
        self.as_json = as_json
        self.language = language_of(lang)
        self._wish = wish
        self.shows_frames = frames

    @property
    def watch(self) -> Watch:
        """What is shown each frame as it goes."""
        if not self.shows_frames:
            return lambda _: None
        return lambda frame: frame_shown(frame, self._wish.profile, self.language)

    def told(self, document: Mapping[str, Any], words: Mapping[Words, Words]) -> None:
        """Show what a meter told."""
        if self.as_json:
            as_line(document)
        else:
            result_console().print(pairs_drawn(words, self.language))

    def failed(self, error: str) -> None:
        """Show why there is nothing to be shown."""
        if self.as_json:
            as_line({"address": self._wish.address, "ok": False, "error": error})
        else:
            complain(error)


async def read_all(wish: Wish, show: Show, wanted: Sequence[Wanted], tell: Callable[[Outcome], None]) -> None:
    """Read items; one that nobody could be asked for has that for its error."""
    if all(isinstance(item, Outcome) for item in wanted):
        _tell_all(wanted, "", tell)
        return
    try:
        async with at_bench(RealClock(), wish, show.watch) as bench:
            await read_items(bench, await bench.meter(), wanted, tell)
    except BenchError as error:
        _tell_all(wanted, str(error), tell)


def _tell_all(wanted: Iterable[Wanted], error: str, tell: Callable[[Outcome], None]) -> None:
    """Tell of items that were not asked for, each with its own error if it has one."""
    for item in wanted:
        tell(item if isinstance(item, Outcome) else Outcome(item, error=error))


def do(wish: Wish, show: Show, act: Callable[[Bench, Meter], Awaitable[None]]) -> None:
    """Do something at the meter; what it refuses, or does not answer, ends in code 1."""

    async def act_there() -> None:
        async with at_bench(RealClock(), wish, show.watch) as bench:
            await act(bench, await bench.meter())

    try:
        asyncio.run(act_there())
    except (AskError, BenchError) as error:
        show.failed(str(error))
        raise typer.Exit(FAILED) from None


def complain(error: str) -> None:
    """Say on standard error what went wrong."""
    Console(stderr=True).print(f"[red]metersim master:[/] {escape(error)}", highlight=False, soft_wrap=True)
