"""The tables at the end of a run: what the village saw, what the head-end says, and whether every check holds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from simulators.demo.run import Ended
from simulators.demo.truth import By, Light, lights, middle
from simulators.localtime import local
from simulators.meter import Movement
from simulators.people import understand

__all__ = ["is_good", "show"]

SHORT = 120  # seconds; longer times are shown as hours, minutes and seconds
MOST_ROWS = 5  # of the offending rows of a check; all of them are in the JSON


def is_good(ended: Ended) -> bool:
    """Tell whether every check of the run holds, and nothing went wrong in the simulators."""
    return bool(ended.selfcheck.get("checks")) and ended.selfcheck["ok"] and not ended.troubles


def show(console: Console, ended: Ended) -> None:
    """Print the tables, then what was refused or went wrong."""
    console.print(_village(ended))
    console.print(_headend(ended.selfcheck.get("figures", {})))
    console.print(_checks(ended.selfcheck.get("checks", [])))
    for refused in ended.diary.refusals:
        moment = local(refused.at)
        console.print(f"[yellow]refused[/] {moment:%a %d %H:%M} {refused.who}, {refused.act}: {refused.reason}")
    for trouble in ended.troubles:
        console.print("[red]fault in the simulators[/]", trouble, markup=False, highlight=False)
    verdict = "[green]every check holds[/]" if is_good(ended) else "[red]not every check holds[/]"
    console.print(f"{verdict}; the run is in {ended.root}")


def _village(ended: Ended) -> Table:
    """Tell what was physically seen."""
    diary, homes = ended.diary, ended.village.homes
    relays = [home.meter.relay(ended.at) for home in homes]
    moved = [movement for relay in relays for movement in relay.movements]
    dark = [home.account for home, relay in zip(homes, relays, strict=True) if relay.open]
    received = [sms for inbox in ended.centre.inbox.values() for sms in inbox]
    kinds = Counter(understand(sms.text) or "other" for sms in received)
    found = lights(ended.village, diary, ended.at)
    table = _facts("The village")
    table.add_row("meters", str(len(homes)))
    table.add_row("relays opened, closed", f"{_count(moved, opened=True)}, {_count(moved, opened=False)}")
    table.add_row("dark at the end", ", ".join(dark) or "nobody")
    table.add_row("payments", f"{len(diary.payments)}, {sum(paid.amount for paid in diary.payments):.2f} yuan")
    table.add_row("messages received", _counts(kinds))
    table.add_row("messages to a dead phone", str(len(ended.centre.failed)))
    table.add_row("cuts approved", str(diary.signed))
    table.add_row("restored by the operator", ", ".join(diary.restored_by_hand) or "none")
    table.add_row("closed on site", ", ".join(diary.fixed_on_site) or "none")
    for by in By:
        _add_light(table, by, found)
    still = [light.account for light in found if light.seconds is None]
    table.add_row("paid and still dark", ", ".join(still) or "nobody")
    if ended.kills:
        table.add_row("daemon killed", f"{ended.kills} times")
    return table


def _headend(figures: Mapping[str, Any]) -> Table:
    """Tell what the head-end has in its books."""
    table = _facts("The head-end")
    readings = figures.get("readings", {})
    table.add_row("readings", f"{readings.get('read')} of {readings.get('due')}")
    for day, of_day in figures.get("readings_by_day", {}).items():
        if of_day.get("missing"):
            table.add_row(f"  missing on {day}", _counts(of_day["missing"]))
    table.add_row("messages", "; ".join(f"{kind} {_counts(by)}" for kind, by in figures.get("messages", {}).items()))
    table.add_row("cuts", _counts(figures.get("cuts", {})))
    table.add_row("restores", _counts(figures.get("restores", {})))
    for by, times in figures.get("seconds_from_payment_to_light", {}).items():
        text = f"median {_span(times['median'])}, longest {_span(times['longest'])} ({times['number']})"
        table.add_row(f"payment to relay read closed, {by}", text)
    orders = figures.get("work_orders", {})
    table.add_row("work orders", "; ".join(f"{kind} {_counts(by)}" for kind, by in orders.items()) or "none")
    table.add_row("accounts", _counts(figures.get("accounts", {})))
    return table


def _checks(checks: Iterable[Mapping[str, Any]]) -> Table:
    """Tell which checks hold; of those that don't, the first offending rows."""
    table = Table(title="The self-check", title_justify="left", show_header=False)
    for check in checks:
        mark = "[green]holds[/]" if check["ok"] else "[red]FAILS[/]"
        looked = f"{check['looked_at']} looked at"
        rows = "\n".join(_counts(row) for row in check["rows"][:MOST_ROWS])
        table.add_row(mark, f"{check['name']} ({looked})" + (f"\n[red]{rows}[/]" if rows else ""))
    return table


def _facts(title: str) -> Table:
    return Table(title=title, title_justify="left", show_header=False)


def _add_light(table: Table, by: By, found: list[Light]) -> None:
    times = middle(found, by)
    if times is not None:
        table.add_row(f"payment to light, {by}", f"median {_span(times[0])}, longest {_span(times[1])}")


def _count(movements: Iterable[Movement], *, opened: bool) -> int:
    return sum(movement.open is opened for movement in movements)


def _counts(numbers: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items())) or "none"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < SHORT else str(timedelta(seconds=round(seconds)))
