"""Running the daemon and looking after it: run, status, self-check, rules, database."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headend.cli.errors import CliError, InputError
from headend.cli.options import Config, Json, reach
from headend.cli.reach import read_json
from headend.cli.show import as_json, console, pairs, table, text

rules = typer.Typer(no_args_is_help=True, help="Rule files: what follows from which balance.")
db = typer.Typer(no_args_is_help=True, help="The database.")


def run(
    config: Annotated[Path, typer.Option(help="The settings file.")] = Path("/etc/headend/headend.toml"),
    lab: Annotated[bool, typer.Option("--lab", help="A laboratory: every meter is a simulator.")] = False,
    follow: Annotated[Path | None, typer.Option(help="Laboratory: socket of the conductor that owns time.")] = None,
    fault: Annotated[str, typer.Option(help="Laboratory: crash there, such as control.mark_sent:after=1.")] = "",
) -> None:
    """Run the daemon until SIGTERM.

    [bold]Example[/]   headend run --config /etc/headend/headend.toml
    """
    if (follow is not None or fault) and not lab:
        raise typer.BadParameter("--follow and --fault are for laboratories; add --lab")
    from clock import ClockError  # noqa: PLC0415 - loads much
    from headend.config import ConfigError  # noqa: PLC0415
    from headend.daemon.main import run as run_daemon  # noqa: PLC0415
    from headend.store import StoreError  # noqa: PLC0415

    try:
        run_daemon(config, lab=lab, follow=follow, faults=fault)
    except (ConfigError, StoreError, ClockError, OSError) as error:
        raise CliError(f"the daemon can't run: {error}") from error


def status(ctx: typer.Context, json_output: Json = False) -> None:
    """Tell in short how things are: accounts by state, today's readings, work orders.

    [bold]Example[/]   headend status
    """
    found = reach(ctx).look("status")
    if json_output:
        as_json(found)
        return
    pairs(f"Headend, {found['now'][:16].replace('T', ' ')}{', laboratory' if found['lab'] else ''}", _but(found, "now"))


def selfcheck(
    ctx: typer.Context,
    truth: Annotated[Path | None, typer.Option(help="Laboratory: file with the physical truth.")] = None,
    json_output: Json = False,
    config: Config = None,
) -> None:
    """Check that books, cuts and relays agree; reads only, and works while the daemon is down too.

    Ends with code 1 if any check fails.

    [bold]Example[/]   headend selfcheck
    """
    found = reach(ctx, config).look("selfcheck", truth=None if truth is None else read_json(truth))
    if json_output:
        as_json(found)
    else:
        _report(found)
    raise typer.Exit(0 if found["ok"] else 1)


def trail(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    json_output: Json = False,
) -> None:
    """List the trail (操作留痕): who did what, who was refused what.

    [bold]Example[/]   headend trail --limit 20
    """
    rows = reach(ctx).look("trail", limit=limit)
    if json_output:
        as_json(rows)
        return
    columns = {"at": "when", "actor": "who", "act": "act", "arguments": "with", "outcome": "outcome"}
    table("Trail, newest first", rows, columns, empty="Nobody has done anything yet.")


@rules.command()
def check(file: Annotated[Path, typer.Argument(help="A rule file (TOML).")]) -> None:
    """Check a rule file before it is applied: its language, its facts, and that it loosens nothing.

    [bold]Example[/]   headend rules check config/rules.toml
    """
    from headend import strategy  # noqa: PLC0415 - loads most rooms

    try:
        found = strategy.check_rules(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except strategy.RuleError as error:
        raise InputError(f"{file}: {error}") from error
    typer.echo(f"{file}: fine; with the program's own there are {len(found.rules)} rules.")


@db.command()
def upgrade(ctx: typer.Context, config: Config = None) -> None:
    """Bring the database to this version's schema; the daemon does so itself when it starts.

    [bold]Example[/]   headend db upgrade --config /etc/headend/headend.toml
    """
    from headend.cli.direct import upgrade_database  # noqa: PLC0415 - loads every room

    path, changed = upgrade_database(reach(ctx, config))
    typer.echo(f"{path}: {'upgraded' if changed else 'is at this version already'}.")


def _report(found: dict[str, Any]) -> None:
    out = console()
    made = Table.grid(padding=(0, 2))
    for each in found["checks"]:
        mark = Text("holds", style="green") if each["ok"] else Text("FAILS", style="bold red")
        made.add_row(mark, each["name"], Text(each["detail"], style="dim"))
    out.print(made)
    for each in found["checks"]:
        if each["rows"]:
            out.print(Text(f"\n{each['name']}:", style="bold red"))
        for row in each["rows"]:
            out.print(Text("  ").append(text(row)))
    out.print()
    pairs("Figures", {name.replace("_", " "): value for name, value in found["figures"].items()})


def _but(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name.replace("_", " "): value for name, value in values.items() if name not in {*names, "lab"}}
