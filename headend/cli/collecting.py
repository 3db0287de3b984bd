"""``headend collect …``: the day's readings, rounds by hand, one meter's readings, files of handhelds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.bar import Bar
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from headend.cli.errors import InputError
from headend.cli.options import Json, MeterOrNo, reach, target
from headend.cli.reach import Reach
from headend.cli.show import as_json, console, table, text

collect = typer.Typer(no_args_is_help=True, help="Collection (采集): the day's readings, and why some are missing.")

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Business day; today if left out.")]

WORST = 20
"""Links that are shown to people: those that lack most."""
SHOWN = 200
ROWS_A_CALL = 100
BAR = 30


@collect.command()
def status(
    ctx: typer.Context,
    day: Day = None,
    missing: Annotated[bool, typer.Option("--missing", help="List the missing readings.")] = False,
    json_output: Json = False,
) -> None:
    """Tell how many readings of a day came, and why the others did not: by reason, by link, one by one.

    [bold]Examples[/]

    headend collect status

    headend collect status --day 2026-09-15 --missing
    """
    found = reach(ctx).look("collect_status", day=_day(day))
    if json_output:
        as_json(found)
        return
    out = console()
    out.print(_headline(found))
    if found["reasons"]:
        out.print(_reasons(found))
    if found["found"]:
        told = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in found["found"].items())
        out.print(Text(f"\nFound by validation: {told}; `headend collect show METER` says what."))
    lacking = sorted((one for one in found["links"] if one["reasons"]), key=lambda one: one["read"] - one["due"])
    if lacking:
        out.print(_links(lacking[:WORST]))
        if len(lacking) > WORST:
            out.print(f"… and {len(lacking) - WORST} links more that lack readings; --json lists all.")
    if missing:
        columns = {"account": "account 户号", "link": "link", "reason": "reason", "detail": "detail", "tries": "tries"}
        rows = found["missing"]
        table("\nMissing", rows[:SHOWN], columns | {"last_try": "last try"}, empty="\nNothing is missing.")
        if len(rows) > SHOWN:
            out.print(f"… and {len(rows) - SHOWN} more; --json lists all.")


@collect.command()
def run(
    ctx: typer.Context,
    day: Day = None,
    link: Annotated[str | None, typer.Option(help="Only the meters of this link.")] = None,
    meter: Annotated[str | None, typer.Option(help="Only this meter: its address, or the customer number.")] = None,
    json_output: Json = False,
) -> None:
    """Start a round now: ask for every freeze of the day that is missing. Ctrl-C leaves it running in the daemon.

    Ends with code 1 if any of them is still missing.

    [bold]Examples[/]

    headend collect run

    headend collect run --day 2026-09-14 --link 698:000000000001
    """
    desk = reach(ctx)
    begun = desk.do("collect_run", day=_day(day), link=link, **(target(meter) if meter else {}))
    last = _watched(desk, begun["run"], quiet=json_output)
    if json_output:
        as_json(last)
    else:
        console().print(_ended(last))
    raise typer.Exit(1 if last["missed"] else 0)


@collect.command()
def show(
    ctx: typer.Context,
    meter: MeterOrNo,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The newest day; today if left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=62, help="So many days.")] = 10,
    json_output: Json = False,
) -> None:
    """Show a meter's readings in every version, with marks, what validation found about them, and its clock.

    [bold]Example[/]   headend collect show 3701000001
    """
    found = reach(ctx).look("readings", **target(meter), until=_day(until), days=days)
    if json_output:
        as_json(found)
        return
    columns = {"day": "day 00:00", "version": "v", "total": "total kWh", "tariffs": "T1 to T4", "quality": "mark"}
    more = {"source": "source", "at": "stored", "reason": "reason", "evidence": "photo"}
    title = f"Readings of meter {found['meter']}, account {found['account']}"
    table(title, found["readings"], columns | more, empty="No readings in these days.")
    says = {"day": "day", "version": "v", "kind": "found", "says": "what", "effect": "so it is"}
    if found["found"]:
        table("\nWhat validation found", found["found"], says, empty="")
    if found["clock"]:
        off = {"at": "when", "what": "clock", "off_s": "seconds ahead", "detail": "detail"}
        table("\nIts clock", found["clock"], off, empty="")


@collect.command("import")
def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A handheld's file (CSV with a header).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would become of each row.")] = False,
    json_output: Json = False,
) -> None:
    """Take in readings of a handheld (抄表机): each row is validated like any reading, bad ones are told and left out.

    Columns, in any order, English or Chinese: [bold]account[/] 户号 or [bold]meter[/] 表号 (or both, to be compared);
    [bold]day[/] 日期 for the meter's own freeze of that day 00:00, or [bold]time[/] 时间 for what it showed then;
    [bold]total[/] 总示数 in kWh; [bold]t1[/] … [bold]t4[/] 尖 峰 平 谷; [bold]photo[/] 照片; [bold]reader[/] 抄表员;
    [bold]note[/] 备注. A reading that corrects another needs a photo, a reader who is not the one importing, and a
    second person: BILL who imports it if it moves no more than 500 yuan, else whoever signs it
    ([bold]headend work corrections[/]).

    The same file again changes nothing. Ends with code 1 if a row was bad.

    [bold]Examples[/]

    headend collect import route7.csv --dry-run

    headend --as qian.bill collect import route7.csv
    """
    from headend.collect import HandheldError, read_file  # noqa: PLC0415 - loads a room

    try:
        rows = read_file(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except HandheldError as error:
        raise InputError(f"{file}: {error}") from error
    results = [one for part in _sent(reach(ctx), file, rows, dry_run=dry_run) for one in part]
    counts = Counter(one["outcome"] for one in results)
    if json_output:
        as_json({"file": file.name, "dry_run": dry_run, "counts": counts, "rows": results})
    else:
        _tell_import(file, results, counts, dry_run=dry_run)
    raise typer.Exit(1 if counts["bad"] else 0)


def _sent(desk: Reach, file: Path, rows: list[tuple[int, dict[str, str]]], *, dry_run: bool) -> Iterator[list[Any]]:
    """Send the rows in parts, with a bar on a terminal."""
    with _bar() as progress:
        task = progress.add_task("rows", total=len(rows))
        for start in range(0, len(rows), ROWS_A_CALL):
            part = rows[start : start + ROWS_A_CALL]
            yield desk.do("collect_import", file=file.name[-100:], rows=part, dry_run=dry_run)
            progress.advance(task, len(part))


def _tell_import(file: Path, results: list[dict[str, Any]], counts: Mapping[str, int], *, dry_run: bool) -> None:
    would = " would be" if dry_run else ""
    told = ", ".join(f"{number}{would} {outcome}" for outcome, number in counts.items()) or "no rows"
    console().print(Text(f"{file}: {told}."))
    new = [one for one in results if one["outcome"] in {"taken", "corrected"}]
    columns = {"line": "line", "account": "account 户号", "day": "day", "mark": "mark", "message": "what"}
    if new:
        table("Taken", new[:SHOWN], columns, empty="")
    if waiting := [one for one in results if one["outcome"] == "waits"]:
        table("Waiting for a second person", waiting[:SHOWN], columns, empty="")
    if bad := [one for one in results if one["outcome"] == "bad"]:
        table("Not taken", bad[:SHOWN], {"line": "line", "why": "why", "message": "what to do"}, empty="")


def _watched(desk: Reach, number: int, *, quiet: bool) -> dict[str, Any]:
    """Follow a round to its end; what it stands at is drawn on a terminal."""
    seen = -1
    with _bar() as progress:
        task = progress.add_task("asked", total=None, visible=not quiet)
        while True:
            stands: dict[str, Any] = desk.do("collect_watch", run=number, seen=seen)
            seen = stands["seen"]
            asked = stands["read"] + sum(stands["missed"].values())
            progress.update(task, total=stands["due"] or None, completed=min(asked, stands["due"]))
            if stands["finished"]:
                return stands


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(BAR), MofNCompleteColumn())
    return Progress(*columns, console=console(), transient=True, disable=not console().is_terminal)


def _ended(stands: Mapping[str, Any]) -> Text:
    told = f"{stands['day']}: {stands['read']} of {stands['due']} missing readings came"
    missed = ", ".join(f"{number} {reason}" for reason, number in stands["missed"].items())
    if not stands["due"]:
        return Text(f"{stands['day']}: nothing was missing.")
    return Text(f"{told}{f'; still missing: {missed}' if missed else ''}.", style="yellow" if missed else "green")


def _headline(found: Mapping[str, Any]) -> Table:
    due, read = found["due"], found["read"]
    made = Table.grid(padding=(0, 2))
    share = f"{100 * read / due:.2f} %" if due else "-"
    bar = Bar(max(due, 1), 0, read, width=BAR, color="green" if read == due else "yellow")
    made.add_row(Text(f"{found['day']}: {read} of {due} readings came", style="bold"), bar, Text(share))
    return made


def _reasons(found: Mapping[str, Any]) -> Table:
    made = Table(
        title="\nMissing", title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False
    )
    for heading in ("reason", "", "meters", "what it means: what to do"):
        made.add_column(heading, overflow="fold", justify="right" if heading == "meters" else "left")
    most = max(found["reasons"].values())
    for reason, number in sorted(found["reasons"].items(), key=lambda one: -one[1]):
        made.add_row(reason, Bar(most, 0, number, width=BAR, color="red"), str(number), Text(found["words"][reason]))
    return made


def _links(rows: list[dict[str, Any]]) -> Table:
    made = Table(
        title="\nLinks that lack readings",
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=None,
        pad_edge=False,
    )
    for heading in ("link", "read", "", "missing"):
        made.add_column(heading, overflow="fold")
    for row in rows:
        bar = Bar(row["due"], 0, row["read"], width=BAR, color="green")
        made.add_row(row["link"], f"{row['read']} of {row['due']}", bar, text(row["reasons"]))
    return made


def _day(day: datetime | None) -> str | None:
    return None if day is None else str(day.date())
