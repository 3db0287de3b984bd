"""``metersim fleet``: thousands of devices at once, for load."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from clock import RealClock
from simulators.cli.spans import read_place
from simulators.fleet import Figures, Orders, Plan, routes, run_fleet, write_archive
from simulators.localtime import local

__all__ = ["fleet"]

RATE = 500.0
NOT_ALL = 1
"""Exit code where not every device has logged in."""

Connect = Annotated[list[str] | None, typer.Option(help="Where the head-end listens, HOST:PORT; repeatable.")]
Source = Annotated[
    list[str] | None,
    typer.Option(help="An address of this machine to call from, as 127.0.0.2: each has 28,000 ports; repeatable."),
]


def fleet(
    concentrators: Annotated[int, typer.Option(min=0, help="DL/T 698.45 concentrators.")] = 0,
    meters: Annotated[int, typer.Option(min=1, help="Meters behind each concentrator.")] = 100,
    old: Annotated[int, typer.Option(min=0, help="Of them so many speak DL/T 645, which is forwarded.")] = 0,
    dtus: Annotated[int, typer.Option(min=0, help="DTUs, each with a line of DL/T 645 meters.")] = 0,
    dtu_meters: Annotated[int, typer.Option(min=1, max=32, help="Meters behind each DTU.")] = 8,
    connect: Connect = None,
    source: Source = None,
    storm: Annotated[float | None, typer.Option(min=0, help="All log in within so many seconds.")] = None,
    rate: Annotated[float | None, typer.Option(min=0.1, help=f"Logins a second; {RATE:g} if neither is said.")] = None,
    heartbeat: Annotated[int, typer.Option(min=10, max=65535, help="Seconds between heartbeats.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed: meters with other registers.")] = 1,
    stay: Annotated[float | None, typer.Option(min=0, help="End so many seconds after the last login.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that share the devices.")] = 1,
    archive: Annotated[Path | None, typer.Option(help="Write the archive file here, before anybody calls.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one JSON object.")] = False,
) -> None:
    """Call a head-end with thousands of concentrators and DTUs, and answer what it asks, until Ctrl-C.

    Meters are computed from seed, address and time, so a million of them cost no memory. Figures are printed at the
    end; the exit code is 1 if not all have been logged in at one time.

    [bold]Examples[/]

    metersim fleet --concentrators 100 --archive fleet.json           100 concentrators of 100 meters each

    metersim fleet --concentrators 10000 --meters 100 --storm 5       a million meters, all back after an outage

    metersim fleet --concentrators 30000 --processes 2 --source 127.0.0.2 --source 127.0.0.3

    metersim fleet --dtus 1000 --stay 60 --json                       figures for a script
    """
    plan = Plan(
        concentrators,
        meters,
        old=old,
        dtus=dtus,
        dtu_meters=dtu_meters,
        seed=seed,
        heartbeat=timedelta(seconds=heartbeat),
    )
    if not plan.lines:
        raise typer.BadParameter("nobody would call: name --concentrators or --dtus")
    if storm is not None and rate is not None:
        raise typer.BadParameter("--storm and --rate both say how fast: name one of them")
    span = plan.lines / (rate or RATE) if storm is None else storm
    ways = routes([read_place(text) for text in connect or ["127.0.0.1:2404"]], source or [])
    orders = Orders(
        plan, ways, timedelta(seconds=span), None if stay is None else timedelta(seconds=stay), processes=processes
    )
    orders.check()
    story = Console(stderr=True)
    if archive is not None:
        _write(plan, archive, story)
    with _Display(story, plan) as display:
        figures = run_fleet(orders, display.tell)
    if as_json:
        typer.echo(json.dumps(figures.plain()))
    else:
        Console().print(_table(figures, plan))
    raise typer.Exit(0 if figures.best == plan.lines else NOT_ALL)


def _write(plan: Plan, path: Path, story: Console) -> None:
    with story.status(f"writing {plan.all_meters:,} accounts to {path}"), path.open("w", encoding="utf-8") as file:
        accounts = write_archive(plan, local(RealClock().now()).date(), file)
    story.print(f"{accounts:,} accounts written to {path}")


class _Display:
    """The progress of the logins, and what is served after them."""

    def __init__(self, story: Console, plan: Plan) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns, TextColumn("{task.fields[served]}"), TimeElapsedColumn(), console=story, transient=True
        )
        self._task = self._progress.add_task("logging in", total=plan.lines, served="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, figures: Figures) -> None:
        served = f"{figures.requests + figures.frames:,} requests, {figures.refused:,} refused, {figures.lost:,} lost"
        description = "logging in" if figures.seconds is None else "serving"
        self._progress.update(self._task, completed=figures.up, description=description, served=served)


def _table(figures: Figures, plan: Plan) -> Table:
    table = Table(show_header=False, title=f"{plan.lines:,} devices, {plan.all_meters:,} meters", title_justify="left")
    seconds = "not all at a time" if figures.seconds is None else f"{figures.seconds:.2f} s"
    ends = (figures.refused, figures.unanswered, figures.lost)
    rows = {
        "all logged in after": seconds,
        "logged in at most, at the end": f"{figures.best:,}, {figures.up:,}",
        "logins; refused, unanswered, lost": f"{figures.logins:,}; " + ", ".join(f"{end:,}" for end in ends),
        "heartbeats": f"{figures.heartbeats:,}",
        "requests; rows of records": f"{figures.requests:,}; {figures.rows:,}",
        "frames to DTUs": f"{figures.frames:,}",
        "memory in all, each device": f"{figures.mib:.0f} MiB, {figures.kib_each:.1f} KiB",
        "processes; CPU": f"{figures.processes}; {figures.cpu:.1f} s",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table
