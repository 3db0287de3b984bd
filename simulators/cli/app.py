"""The commands of ``metersim`` in one place."""

import sys

import typer
from rich.console import Console

from simulators.cli import meters, proxying, running
from simulators.cli.fleet import fleet
from simulators.errors import SimulatorError
from simulators.master.commands import app as master

INTERRUPTED = 130

app = typer.Typer(
    name="metersim",
    help="Simulated meters, concentrators and people: the other side of Headend's wires.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _build() -> None:
    app.command()(meters.meter)
    app.command()(meters.concentrator)
    app.command()(meters.act)
    app.command()(running.demo)
    app.command()(running.archive)
    app.command()(running.village)
    app.command()(proxying.proxy)
    app.add_typer(master)
    app.command()(fleet)


_build()


def main() -> None:
    """Run the command line; what could not be done is told in one sentence, with exit code 2."""
    try:
        app()
    except SimulatorError as error:
        Console(stderr=True).print(f"[red]metersim:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
