"""The command line (命令行): its groups and commands in one place."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from headend.cli import accounts, acting, archives, collecting, decoding, fieldwork, running
from headend.cli.errors import CliError
from headend.cli.reach import Reach

INTERRUPTED = 130

app = typer.Typer(
    name="headend",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"headend {version('headend')}")
        raise typer.Exit


@app.callback()
def headend(
    ctx: typer.Context,
    socket: Annotated[Path | None, typer.Option(help="The daemon's socket.", show_default=False)] = None,
    config: Annotated[Path | None, typer.Option(help="The daemon's settings file.", show_default=False)] = None,
    caller: Annotated[
        str | None, typer.Option("--as", help="Laboratory: act as this member of staff.", metavar="USER[:ROLE]")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell it.")
    ] = False,
) -> None:
    """Headend, a head-end (主站) for the remote fee control of smart meters (远程费控).

    Commands speak to the running daemon; those that only look also work on its database while it is down.

    [bold]Examples[/]

    headend status

    headend account explain 3701000001

    headend decode FEFEFEFE68610100000000681104333334331416
    """
    ctx.obj = Reach(socket, config, caller)


def _build() -> None:
    app.command()(running.run)
    app.command(context_settings={"ignore_unknown_options": True})(decoding.decode)
    app.command()(running.status)
    app.command()(running.selfcheck)
    app.command()(acting.pay)
    app.command()(fieldwork.read)
    app.command()(acting.hold)
    app.command()(acting.stop)
    app.command()(acting.resume)
    app.command()(running.trail)
    for name, group in {
        "account": accounts.account,
        "message": accounts.message,
        "relay": acting.relay,
        "work": acting.work,
        "link": fieldwork.link,
        "event": fieldwork.event,
        "collect": collecting.collect,
        "archive": archives.archive,
        "rules": running.rules,
        "db": running.db,
    }.items():
        app.add_typer(group, name=name)


_build()


def main() -> None:
    """Run the command line; what could not be done is told in one line, with exit code 1."""
    try:
        app()
    except CliError as error:
        typer.secho(f"headend: {error}", err=True, fg="red")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
