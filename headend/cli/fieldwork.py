"""``headend read``, ``headend link …``, ``headend event …``: the field, live."""

from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headend.cli.options import Json, MeterOrNo, Why, reach, target
from headend.cli.show import as_json, console, local_time, pairs, table, text

link = typer.Typer(no_args_is_help=True, help="Links (链路): concentrators and lines, how they are, ending a login.")
event = typer.Typer(no_args_is_help=True, help="Events (事件): what devices report, and what meters keep records of.")

LinkKey = Annotated[str, typer.Argument(help="A link, such as 698:000000000001; `headend link list` lists them.")]
ROW = ("item", "name", "value", "unit", "ok", "error", "at")


def read(
    ctx: typer.Context,
    meter: MeterOrNo,
    items: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ITEM",
            help="registers, relay, phases, clock, freeze; a DI or OAD in 8 hex digits (4 for DL/T 645-1997); "
            "or a name of the tables. Registers and relay if left out.",
        ),
    ] = None,
    json_output: Json = False,
) -> None:
    """Read a meter live (透抄), whatever its dialect and the road to it.

    Ends with code 1 if any item could not be read.

    [bold]Examples[/]

    headend read 000000001001

    headend read 3701000001 clock phases

    headend read 000000002001 02010100 "phase A current"

    headend read 000000001001 00100200 --json
    """
    found = reach(ctx).do("read", **target(meter), items=items or [])
    rows = [{name: row[name] for name in ROW} for row in found["items"]]
    if json_output:
        as_json(rows)
    else:
        out = console()
        out.print(Text(f"Meter {found['meter']} of account {found['account']}", style="bold"))
        out.print(_items(rows))
    raise typer.Exit(0 if all(row["ok"] for row in rows) else 1)


@link.command("list")
def list_links(ctx: typer.Context, json_output: Json = False) -> None:
    """List the links: up or down, since when, last heard.

    [bold]Example[/]   headend link list
    """
    rows = reach(ctx).do("links")
    if json_output:
        as_json(rows)
        return
    columns = {"link": "link", "kind": "kind", "up": "up", "since": "since", "last_heard": "last heard"}
    table("Links", rows, columns | {"peer": "from", "queued": "queued"}, empty="No links are in the archive.")


@link.command()
def show(ctx: typer.Context, name: LinkKey, json_output: Json = False) -> None:
    """Show all about a link: its state, what happened on it, today's readings, its meters.

    [bold]Example[/]   headend link show 698:000000000001
    """
    found = reach(ctx).do("link_show", link=name)
    if json_output:
        as_json(found)
        return
    plain = {
        key: found.get(key) for key in ("kind", "area", "endpoint", "peer", "since", "last_heard", "queued", "busy")
    }
    pairs(f"Link {name} is {'up' if found['up'] else 'down'}", {**plain, "clock off (s)": found["clock_off_s"]})
    today = found["today"]
    pairs("\nToday", {"read": f"{today['read']} of {today['due']}", "missing": today["reasons"]})
    happened = [{**one, "what": _what(one, "at", "event", "frame")} for one in found["happened"]]
    columns = {"at": "when", "event": "event", "what": "what", "frame": "frame"}
    table("\nWhat happened on it, newest first", happened, columns, empty="\nNothing has happened on it.")
    table("\nEvents of its devices", _told(found["events"]), EVENT_COLUMNS, empty="\nIts devices have told nothing.")
    meters = {"account": "account 户号", "meter": "meter", "dialect": "dialect", "road": "road", "today": "today"}
    table(f"\n{len(found['meters'])} meters", found["meters"], meters, empty="\nIt has no meters.")


@link.command()
def drop(ctx: typer.Context, name: LinkKey, reason: Why, json_output: Json = False) -> None:
    """End the current login of a device; it logs in again by itself.

    [bold]Example[/]   headend link drop 698:000000000001 --reason "hangs since the storm"
    """
    done = reach(ctx).do("link_drop", link=name, reason=reason)
    if json_output:
        as_json(done)
        return
    typer.echo(
        f"{name}: {'its login is ended; it comes back by itself' if done['was_up'] else 'it was not connected'}."
    )


EVENT_COLUMNS = {
    "at": "told",
    "began": "began",
    "source": "source",
    "link": "link",
    "address": "meter",
    "account": "account 户号",
    "named": "event",
    "values": "values",
}


@event.command("list")
def list_events(
    ctx: typer.Context,
    account: Annotated[str | None, typer.Option(help="Only those of this account's meters.")] = None,
    link_name: Annotated[str | None, typer.Option("--link", help="Only those of this link.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    json_output: Json = False,
) -> None:
    """List what devices reported and what was read of meters' records, newest first.

    [bold]Example[/]   headend event list --link 698:000000000001
    """
    rows = reach(ctx).look("events", account=account, link=link_name, limit=limit)
    if json_output:
        as_json(rows)
        return
    table("Events, newest first", _told(rows), EVENT_COLUMNS, empty="No device has told anything.")


@event.command("read")
def read_events(
    ctx: typer.Context,
    meter: MeterOrNo,
    kinds: Annotated[
        list[str] | None,
        typer.Argument(help="trip, close, cover_opened, power_off, programmed, clock_set, …; all if left out."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=10, help="The newest so many of each kind.")] = 10,
    json_output: Json = False,
) -> None:
    """Read the records of events that a meter keeps; what is new is stored.

    [bold]Example[/]   headend event read 000000002001 trip close
    """
    found = reach(ctx).do("event_read", **target(meter), kinds=kinds or [], count=count)
    if json_output:
        as_json(found)
        return
    rows = [
        {"kind": kind.replace("_", " "), "began": one["began"], "values": _values(one["value"])}
        for kind, told in found["kinds"].items()
        for one in told["records"]
    ]
    title = f"Records of meter {found['meter']}; {found['new']} are new"
    table(title, rows, {"kind": "kind", "began": "began", "values": "values"}, empty="The meter has no records.")
    for kind, told in found["kinds"].items():
        if told["error"]:
            console().print(Text(f"{kind.replace('_', ' ')}: {told['error']}", style="yellow"))


def _items(rows: list[dict[str, Any]]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading, justify in (("item", "left"), ("name", "left"), ("value", "right"), ("unit", "left"), ("", "left")):
        made.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]  # rich wants a literal
    last = None
    for row in rows:
        item = "" if row["item"] == last else row["item"]
        last = row["item"]
        style = "" if row["ok"] else "red"
        name = row["name"] if row["ok"] else ""
        made.add_row(
            Text(item, style="dim"),
            Text(name),
            text(row["value"] or ""),
            row["unit"],
            Text(row["error"] or "", style=style),
        )
    return made


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Prepare events for a table: the name in both languages, the values in one line, the error in their place."""
    return [
        {**row, "named": f"{row['name']} {row['chinese']}", "values": row["error"] or _values(row["value"])}
        for row in rows
    ]


def _values(values: list[dict[str, str]] | None) -> str:
    """Write an event's values in one line, each with the last part of its name."""
    parts = [f"{each['name'].rsplit(', ', 1)[-1]} {local_time(each['value'])} {each['unit']}" for each in values or []]
    return ", ".join(part.strip() for part in parts)


def _what(values: dict[str, Any], *but: str) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if name not in but and value is not None)
