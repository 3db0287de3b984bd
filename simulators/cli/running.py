"""Running a village: against a daemon of its own, as a demo, or in real time for any head-end."""

import asyncio
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from clock import RealClock
from simulators.cli.serving import FaultFile
from simulators.cli.spans import read_place
from simulators.demo.run import DemoOptions, run_demo
from simulators.demo.serve import serve_village
from simulators.demo.summary import is_good, show
from simulators.faults import load_faults
from simulators.localtime import SHANGHAI, local
from simulators.scenarios import VILLAGE
from simulators.village import Scenario, archive_of, build_village, load_scenario, move_scenario
from simulators.world import NO_FAULTS

__all__ = ["archive", "demo", "village"]

SECONDS_A_DAY = 10.0

ScenarioFile = Annotated[Path, typer.Option("--scenario", help="The scenario file (TOML).")]
Seed = Annotated[int | None, typer.Option(help="Another seed than the scenario's: other people, other days.")]
Dir = Annotated[Path, typer.Option("--dir", help="The folder for the daemon's settings, database and sockets.")]
Days = Annotated[int | None, typer.Option(min=1, help="Run so many days, as fast as it goes.")]
Pace = Annotated[float | None, typer.Option(min=0, help="Real seconds for a day.")]
Unpaced = Annotated[bool, typer.Option("--unpaced", help="Run as fast as it goes.")]
KillAt = Annotated[
    list[datetime] | None, typer.Option(help="Kill the daemon at this local time and start it again; repeatable.")
]
KillEvery = Annotated[float | None, typer.Option(min=0.1, help="Kill it once in so many hours, at drawn instants.")]

Fault = Annotated[
    list[str] | None,
    typer.Option(help="Have the daemon crash at a named transaction, one fault for each start; repeatable."),
]


def demo(
    scenario: ScenarioFile = VILLAGE,
    root: Dir = Path("var/demo"),
    days: Days = None,
    pace: Pace = None,
    unpaced: Unpaced = False,
    seed: Seed = None,
    kill_at: KillAt = None,
    kill_every: KillEvery = None,
    fault: Fault = None,
) -> None:
    """Run a village against the daemon, read along, and check the end.

    [bold]Examples[/]

    metersim demo                          two weeks to read along, ten seconds a day

    metersim demo --days 14                two weeks as fast as they go, then the table

    metersim demo --days 3 --kill-every 6  with a daemon that is killed every six hours
    """
    fast = unpaced or (days is not None and pace is None)
    world = _scenario(scenario, seed)
    options = DemoOptions(
        scenario=world,
        root=root,
        days=days or world.days,
        pace=0.0 if fast else SECONDS_A_DAY if pace is None else pace,
        quiet=fast,
        kill_at=tuple(moment.replace(tzinfo=moment.tzinfo or SHANGHAI) for moment in kill_at or []),
        kill_every=timedelta(hours=kill_every) if kill_every else None,
        faults=tuple(fault or ()),
    )
    story = Console(stderr=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        ended = runner.run(run_demo(options, lambda day: _heading(story, day)))
    show(Console(), ended)
    raise typer.Exit(0 if is_good(ended) else 1)


def archive(
    out: Annotated[Path, typer.Argument(help="Where to write the archive file (JSON).")],
    scenario: ScenarioFile = VILLAGE,
    seed: Seed = None,
) -> None:
    """Write the archive file of a village: what the head-end is told before it starts.

    [bold]Example[/]

    metersim archive village.json
    """
    document = archive_of(build_village(_scenario(scenario, seed)))
    out.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    typer.echo(f"{len(document['accounts'])} accounts written to {out}")


def village(
    scenario: Annotated[Path, typer.Argument(help="The scenario file (TOML).")] = VILLAGE,
    connect: Annotated[str, typer.Option(help="Where the head-end listens, HOST:PORT.")] = "127.0.0.1:2404",
    sms: Annotated[str, typer.Option(help="Where the SMS centre is to listen, HOST:PORT.")] = "127.0.0.1:7890",
    archive_file: Annotated[Path | None, typer.Option("--archive", help="Write the archive file here first.")] = None,
    desk: Annotated[Path | None, typer.Option(help="The daemon's socket; with it the people act, too.")] = None,
    faults: FaultFile = None,
    seed: Seed = None,
) -> None:
    """Serve a village in real time, from today on, until Ctrl-C.

    The scenario's first day is today; its other days follow. With --archive the head-end can be told of it.

    [bold]Example[/]

    metersim village --archive village.json --connect 127.0.0.1:2404
    """
    clock = RealClock()
    homes = build_village(move_scenario(_scenario(scenario, seed), local(clock.now()).date()))
    if archive_file is not None:
        archive_file.write_text(json.dumps(archive_of(homes), ensure_ascii=False, indent=1), "utf-8")
    plan = load_faults(faults) if faults else NO_FAULTS
    asyncio.run(serve_village(clock, homes, head_end=read_place(connect), sms=read_place(sms), desk=desk, faults=plan))


def _scenario(path: Path, seed: int | None) -> Scenario:
    scenario = load_scenario(path)
    return scenario if seed is None else replace(scenario, seed=seed)


def _heading(console: Console, day: date) -> None:
    console.rule(f"[bold]{day:%A %d %B %Y}")
