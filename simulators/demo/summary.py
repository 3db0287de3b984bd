"""The table at the end of a run."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from simulators.demo.run import Ended
from simulators.demo.truth import By, lights, middle
from simulators.meter import Movement
from simulators.people import understand

__all__ = ["is_good", "show"]

MOST_ROWS = 5  # of a check's offending rows; the rest is in the JSON
SHORT = 120  # seconds; longer times are shown as hours, minutes and seconds


def is_good(ended: Ended) -> bool:
    """Tell whether every check of the run holds."""
    checks = ended.selfcheck.get("checks", [])
    return bool(checks) and all(check["ok"] for check in checks) and not ended.troubles


def show(console: Console, ended: Ended) -> None:
    """Print what happened in the village, what the daemon says of itself, and whether both agree."""
    console.print(_village(ended))
    console.print(_headend(ended))
    for trouble in ended.troubles:
        console.print(f"[red]fault in the simulators:[/] {trouble}")
    for refused in ended.diary.refusals:
        console.print(f"[yellow]refused:[/] {refused.at:%m-%d %H:%M} {refused.who}, {refused.act}: {refused.reason}")


def _village(ended: Ended) -> Table:
    table = Table(title="The village", show_header=False)
    table.add_column()
    table.add_column()
    diary = ended.diary
    movements = [movement for home in ended.village.homes for movement in home.meter.relay(ended.at).movements]
    dark = [home.account for home in ended.village.homes if home.meter.relay(ended.at).open]
    received = [sms for inbox in ended.centre.inbox.values() for sms in inbox]
    kinds = Counter(understand(sms.text) or "other" for sms in received)
    table.add_row("meters", str(len(ended.village.homes)))
    table.add_row("relays opened / closed", f"{_count(movements, opened=True)} / {_count(movements, opened=False)}")
    table.add_row("dark at the end", ", ".join(dark) or "nobody")
    table.add_row("payments", f"{len(diary.payments)}, {sum(paid.amount for paid in diary.payments):.2f} yuan")
    table.add_row("messages read", ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    table.add_row("messages failed", str(len(ended.centre.failed)))
    table.add_row("proposals signed", str(diary.signed))
    table.add_row("restored by the operator", ", ".join(diary.restored_by_hand) or "none")
    table.add_row("closed on site", ", ".join(diary.fixed_on_site) or "none")
    found = lights(ended.village, diary, ended.at)
    for by in By:
        times = middle(found, by)
        if times:
            table.add_row(f"payment to light, {by.value}", f"median {_span(times[0])}, longest {_span(times[1])}")
    table.add_row(
        "paid and still dark", ", ".join(light.account for light in found if light.seconds is None) or "nobody"
    )
    if ended.kills:
        table.add_row("daemon killed", f"{ended.kills} times")
    return table


def _headend(ended: Ended) -> Table:
    table = Table(title="The head-end about itself")
    table.add_column("")
    table.add_column("")
    table.add_column("")
    for name, value in ended.selfcheck.get("figures", {}).items():
        table.add_row("", str(name).replace("_", " "), _figure(value))
    for check in ended.selfcheck.get("checks", []):
        mark = "[green]holds[/]" if check["ok"] else "[red]FAILS[/]"
        rows = check.get("rows") or []
        table.add_row(mark, str(check["sentence"]), _figure(rows[:MOST_ROWS]) if rows else "")
    return table


def _figure(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_figure(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_figure, value)) or "none"
    return "none" if value is None else str(value)


def _count(movements: Iterable[Movement], *, opened: bool) -> int:
    return sum(movement.open is opened for movement in movements)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < SHORT else str(timedelta(seconds=round(seconds)))
