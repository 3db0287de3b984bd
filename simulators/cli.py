"""``metersim``: the simulated village on the command line."""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from simulators.demo.run import DemoOptions, run_demo
from simulators.demo.summary import is_good, show
from simulators.errors import SimulatorError
from simulators.localtime import SHANGHAI
from simulators.scenarios import VILLAGE
from simulators.village import Scenario, archive_of, build_village, load_scenario

__all__ = ["main"]

SECONDS_A_DAY = 10.0
INTERRUPTED = 130

app = typer.Typer(
    help="Simulated meters, concentrators and people: the other side of Headend's wires.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)

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


@app.command()
def demo(
    scenario: ScenarioFile = VILLAGE,
    root: Dir = Path("var/demo"),
    days: Days = None,
    pace: Pace = None,
    unpaced: Unpaced = False,
    seed: Seed = None,
    kill_at: KillAt = None,
    kill_every: KillEvery = None,
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
    )
    story = Console(stderr=True)
    ended = asyncio.run(run_demo(options, lambda day: _heading(story, day)))
    show(Console(), ended)
    raise typer.Exit(0 if is_good(ended) else 1)


@app.command()
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


def main() -> None:
    """Run the command line; faults of a scenario or of the daemon are told in one sentence."""
    try:
        app()
    except SimulatorError as error:
        Console(stderr=True).print(f"[red]metersim:[/] {error}", markup=True, highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _scenario(path: Path, seed: int | None) -> Scenario:
    scenario = load_scenario(path)
    return scenario if seed is None else replace(scenario, seed=seed)


def _heading(console: Console, day: date) -> None:
    console.rule(f"[bold]{day:%A %d %B %Y}")


if __name__ == "__main__":
    main()
