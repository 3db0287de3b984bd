"""The commands of ``metersim`` in one place; each is loaded when it is asked for, as together they take seconds."""

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from simulators.errors import SimulatorError

INTERRUPTED = 130
HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}

COMMANDS: Mapping[str, str] = {
    "meter": "simulators.cli.meters",
    "concentrator": "simulators.cli.meters",
    "act": "simulators.cli.meters",
    "script": "simulators.cli.scripting",
    "master": "simulators.master.commands",
    "village": "simulators.cli.running",
    "archive": "simulators.cli.running",
    "demo": "simulators.cli.running",
    "fleet": "simulators.cli.fleet",
    "proxy": "simulators.cli.proxying",
}
"""Each command and the module that has a function of its name, or a group of commands as ``app``."""


@cache
def _load(name: str) -> Any:
    module = import_module(COMMANDS[name])
    group = getattr(module, "app", None)
    if group is None:
        group = typer.Typer(
            add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False, context_settings=HELP_OPTIONS
        )
        group.command(name)(getattr(module, name))
    return typer.main.get_command(group)


class Commands(TyperGroup):
    """The commands by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name them in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a command; None where there is none of that name."""
        del ctx
        return _load(cmd_name) if cmd_name in COMMANDS else None


app = typer.Typer(
    name="metersim",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings=HELP_OPTIONS,
)


@app.callback()
def metersim() -> None:
    """Stand on the other side of Headend's wires: simulated meters, concentrators and people."""


def main() -> None:
    """Run the command line; what could not be done is told in one sentence, with exit code 2."""
    try:
        app()
    except SimulatorError as error:
        Console(stderr=True).print(f"[red]metersim:[/] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
