"""``metersim script``: a course for a technician, at any port."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from clock import RealClock
from protocols.dissection import Language
from simulators.bench import controlled
from simulators.cli.roads import Connect, Listen, MqttUrl, OnPty, Serial, chosen_port
from simulators.cli.serving import Control, Lang, Seed, language_of
from simulators.cli.trainees import JsonTrainee, Person, View
from simulators.courses import COURSES
from simulators.errors import ScenarioError
from simulators.hints import hint
from simulators.script import Lesson, ScriptError, Verdict, load_course

__all__ = ["script"]


def script(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="COURSE", help="A file, or the name of a course that comes with it.")
    ] = None,
    listen: Listen = None,
    connect: Connect = None,
    serial: Serial = None,
    pty: OnPty = False,
    mqtt: MqttUrl = None,
    control: Control = None,
    lists: Annotated[bool, typer.Option("--list", help="List the courses that come with it.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only tell what is wrong with the files.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="Take no time for pauses, to try a course.")] = False,
    lang: Lang = None,
    seed: Seed = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, the verdict last.")] = False,
) -> None:
    """Take a trainee through a course: what to do is told, the meters react, and all that is expected is noted.

    Exit code 0: everything passed; 1: something was missed, or a file is wrong.

    [bold]Examples[/]

    metersim script --list

    metersim script read_a_meter

    metersim script trip_and_restore --pty --control /tmp/course.sock

    metersim script my.course --listen 127.0.0.1:4001 --lang zh

    metersim script --check my.course
    """
    language = language_of(lang)
    if lists:
        _list(language)
        return
    if not names:
        raise typer.BadParameter("name a course; --list tells which there are")
    if check:
        raise typer.Exit(_check(names))
    if len(names) > 1:
        raise typer.BadParameter("one course at a time; --check takes several")
    course = load_course(_place(names[0]))
    clock = RealClock()
    address = course.meters[0].address
    port = chosen_port(clock, address, listen=listen, connect=connect, serial=serial, pty=pty, mqtt=mqtt)
    view: View = JsonTrainee(clock) if as_json else Person(clock, language)
    lesson = Lesson(clock, course, port, view, seed=seed, fast=fast)

    async def main() -> Verdict:
        await port.open()
        async with AsyncExitStack() as stack:
            if control is not None:
                await stack.enter_async_context(controlled(lesson.bench.act, control))
            view.begin(course, port.where)
            return await lesson.run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        verdict = runner.run(main())
    view.end(verdict)
    raise typer.Exit(0 if verdict.good else 1)


def _place(name: str) -> Path:
    """Find a file, or a course that comes with the command."""
    path = COURSES.get(name, Path(name))
    if not path.exists():
        raise ScenarioError(f"there is no file {name}, and no course of that name{hint(name, COURSES)}")
    return path


def _list(language: Language) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, path in COURSES.items():
        course = load_course(path)
        counted = sum(placed.counts for placed in course.steps)
        table.add_row(name, course.title.said(language), f"{counted}")
    Console(highlight=False).print(table)


def _check(names: list[str]) -> int:
    """Tell of each file what is wrong with it; gives 1 if anything is."""
    code = 0
    for name in names:
        try:
            course = load_course(_place(name))
        except ScriptError as error:
            typer.echo(str(error))
            code = 1
        else:
            typer.echo(f"{name}: {len(course.steps)} steps, in order")
    return code
