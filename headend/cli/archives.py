"""``headend archive …``: bringing customers in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from headend.cli.client import UNREACHABLE
from headend.cli.errors import ClientError
from headend.cli.options import Config, Json, MeterOrNo, Why, reach, target
from headend.cli.reach import read_json
from headend.cli.show import as_json, table

archive = typer.Typer(no_args_is_help=True, help="The archive (档案): customers, meters, staff, calendar.")


@archive.command("import")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="An archive file (JSON).")],
    config: Config = None,
    lab: Annotated[bool, typer.Option("--lab", help="A laboratory: its time is the file's newest freeze.")] = False,
    json_output: Json = False,
) -> None:
    """Take an archive file in: over the daemon, or into the database itself while no daemon runs.

    An import adds and never changes: the same file again does nothing, bad rows are told and left out.

    [bold]Example[/]   headend archive import village.json --config /etc/headend/headend.toml
    """
    document = read_json(file)
    desk = reach(ctx, config)
    try:
        report = desk.do("archive_import", document=document)
    except ClientError as error:
        if error.code != UNREACHABLE:
            raise
        from headend.cli.direct import import_directly  # noqa: PLC0415 - loads every room

        report = import_directly(desk.settings_path(), document, lab=lab)
    if json_output:
        as_json(report)
    else:
        _tell(report)
    raise typer.Exit(1 if report["bad"] else 0)


@archive.command()
def profile(
    ctx: typer.Context,
    meter: MeterOrNo,
    name: Annotated[str, typer.Argument(help="Name of the profile, such as state-grid-2013 or state-grid-698.")],
    reason: Why,
    json_output: Json = False,
) -> None:
    """Say of which model a meter is: from the next question on it is spoken to in that way.

    [bold]Example[/]   headend archive profile 000000002001 state-grid-2013 --reason "as on its plate"
    """
    done = reach(ctx).do("meter_profile", **target(meter), profile=name, reason=reason)
    if json_output:
        as_json(done)
    elif done["before"] == done["profile"]:
        typer.echo(f"The meter of {done['account']} is {done['profile']} already.")
    else:
        typer.echo(f"The meter of {done['account']} is {done['profile']} from now on; it was {done['before']}.")


@archive.command()
def generation(
    ctx: typer.Context,
    meter: MeterOrNo,
    there_is: Annotated[bool, typer.Option("--yes/--no", help="Whether there is a generator.", show_default=False)],
    reason: Why,
    json_output: Json = False,
) -> None:
    """Say whether a customer has a generator (分布式电源): then energy that flows backwards is nothing odd.

    [bold]Example[/]   headend archive generation 3701000001 --yes --reason "solar panels, contract 2026-118"
    """
    done = reach(ctx).do("generation", **target(meter), generates=there_is, reason=reason)
    if json_output:
        as_json(done)
    else:
        says = "has a generator" if done["generates"] else "has no generator"
        since = "already" if done["before"] == done["generates"] else "from now on"
        typer.echo(f"Account {done['account']} {says} {since}.")


@archive.command()
def endpoint(
    ctx: typer.Context,
    link: Annotated[str, typer.Argument(help="A link, such as 698:000000000001 or line645:hall-3.")],
    way: Annotated[
        str,
        typer.Argument(help="tcp://HOST:PORT, serial:DEVICE?baud=2400&parity=E, mqtt:ID; '' if it dials in."),
    ],
    reason: Why,
    json_output: Json = False,
) -> None:
    """Say how a link is reached: from now on it is reached like that.

    [bold]Example[/]   headend archive endpoint line645:hall-3 tcp://10.1.2.3:4001 --reason "new serial server"
    """
    done = reach(ctx).do("link_endpoint", link=link, endpoint=way, reason=reason)
    if json_output:
        as_json(done)
    else:
        now, before = (f"by {way}" if way else "when it dials in" for way in (done["endpoint"], done["before"]))
        same = done["endpoint"] == done["before"]
        typer.echo(f"{link} is reached {now} already." if same else f"{link} is reached {now}; it was {before}.")


def _tell(report: dict[str, Any]) -> None:
    new = ", ".join(f"{report[name]} {name}" for name in ("accounts", "units", "concentrators", "days", "staff"))
    typer.echo(f"New: {new}. Accounts that were there already: {report['known']}.")
    if report["bad"]:
        rows = report["bad"]
        table(f"{len(rows)} bad rows, left out", rows, {"path": "where", "reason": "what is wrong"}, empty="")
