"""Who takes a course: a person at this terminal, or a program that reads JSON lines."""

import asyncio
import os
import sys
from typing import Protocol

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clock import Clock
from protocols.dissection import Language, Words
from simulators.cli.showing import JsonView
from simulators.script import Choose, Course, Outcome, Result, Trainee, Verdict

__all__ = ["JsonTrainee", "Person", "View"]

MARKS = {Outcome.PASSED: ("✔", "green"), Outcome.MISSED: ("✘", "red"), Outcome.LEFT: ("·", "dim")}
SAID = {
    Outcome.PASSED: Words("passed", "通过"),
    Outcome.MISSED: Words("missed", "未通过"),
    Outcome.LEFT: Words("not reached", "未进行"),
}
CHUNK = 4096


class View(Trainee, Protocol):
    """A trainee who is also shown the beginning and the end."""

    def begin(self, course: Course, where: str) -> None:
        """Be told which course begins, and where the meters are."""

    def end(self, verdict: Verdict) -> None:
        """Be told how it went."""


class Lines:
    """Lines of standard input, waited for without holding anything up; an end is an empty one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held = b""
        self._over = False

    async def line(self) -> str:
        """Wait for the next one."""
        while b"\n" not in self._held and not self._over:
            await self._readable()
            more = os.read(sys.stdin.fileno(), CHUNK)
            self._held += more
            self._over = not more
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    async def _readable(self) -> None:
        loop, nudge, place = asyncio.get_running_loop(), self._clock.nudge(), sys.stdin.fileno()
        try:
            loop.add_reader(place, nudge.set)
        except OSError:  # a file, which never has to be waited for
            return
        try:
            await self._clock.wait_nudge(nudge)
        finally:
            loop.remove_reader(place)


class Person:
    """Somebody who reads, and types the number of an answer."""

    def __init__(self, clock: Clock, language: Language) -> None:
        self._console = Console(highlight=False)
        self._language = language
        self._lines = Lines(clock)

    def begin(self, course: Course, where: str) -> None:
        """Show the title."""
        title = Text.assemble((self._said(course.title), "bold"), "\n", (where, "dim"))
        self._console.print(Panel(title, expand=False))

    def say(self, words: Words) -> None:
        """Show what is to be done."""
        self._console.print(Text.assemble(("▸ ", "cyan"), self._said(words)))

    def note(self, result: Result) -> None:
        """Show what became of it."""
        mark, style = MARKS[result.outcome]
        seconds = f"{result.took.total_seconds():.0f} s"
        self._console.print(Text(f"  {mark} {self._step(result)} ({seconds})", style))

    async def choose(self, question: Words, choices: tuple[str, ...]) -> str:
        """Show the answers by number, and read one."""
        self._console.print(Text.assemble(("? ", "yellow"), self._said(question)))
        for number, choice in enumerate(choices, 1):
            self._console.print(Text(f"  {number}  {choice}"))
        return chosen(await self._lines.line(), choices)

    def end(self, verdict: Verdict) -> None:
        """Show how it went."""
        table = Table(box=None, pad_edge=False, show_header=False)
        for result in verdict.results:
            mark, style = MARKS[result.outcome]
            table.add_row(Text(mark, style), Text(self._said(SAID[result.outcome]), style), Text(self._step(result)))
        self._console.print(table)
        counts = ", ".join(f"{verdict.count(outcome)} {self._said(words)}" for outcome, words in SAID.items())
        self._console.print(Text(counts, "bold green" if verdict.good else "bold red"))

    def _step(self, result: Result) -> str:
        """Name a step as it is written, a question by its words alone."""
        step = result.placed.step
        return self._said(step.question) if isinstance(step, Choose) else result.placed.text

    def _said(self, words: Words) -> str:
        return words.said(self._language)


class JsonTrainee:
    """A program: events as JSON lines, answers as lines of standard input."""

    def __init__(self, clock: Clock) -> None:
        self._view = JsonView(Console(soft_wrap=True))
        self._lines = Lines(clock)

    def begin(self, course: Course, where: str) -> None:
        """Tell the title, and where the meters are."""
        self._put("course", name=course.name, en=course.title.en, zh=course.title.zh, where=where)

    def say(self, words: Words) -> None:
        """Tell what is to be done."""
        self._put("say", en=words.en, zh=words.zh)

    def note(self, result: Result) -> None:
        """Tell what became of it."""
        self._put("step", **_plain(result))

    async def choose(self, question: Words, choices: tuple[str, ...]) -> str:
        """Tell the question, and read the number of an answer, or the answer."""
        self._put("choose", en=question.en, zh=question.zh, choices=choices)
        return chosen(await self._lines.line(), choices)

    def end(self, verdict: Verdict) -> None:
        """Tell how it went."""
        counts = {outcome.name.lower(): verdict.count(outcome) for outcome in Outcome}
        self._put("verdict", ok=verdict.good, **counts, steps=[_plain(result) for result in verdict.results])

    def _put(self, event: str, **facts: object) -> None:
        self._view.put({"event": event} | facts)


def chosen(answer: str, choices: tuple[str, ...]) -> str:
    """Read the number of an answer, or the answer itself; empty where it is neither."""
    if answer.isdecimal() and 1 <= int(answer) <= len(choices):
        return choices[int(answer) - 1]
    return answer if answer in choices else ""


def _plain(result: Result) -> dict[str, object]:
    placed, seconds = result.placed, round(result.took.total_seconds(), 3)
    return {"line": placed.line, "text": placed.text, "outcome": result.outcome.name.lower(), "seconds": seconds}
