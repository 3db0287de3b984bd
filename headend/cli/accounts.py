"""``headend account …``, ``headend message …``: looking at customers."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headend.cli.options import AccountNo, Json, Why, reach
from headend.cli.show import as_json, console, local_time, pairs, table

account = typer.Typer(no_args_is_help=True, help="Customers: who they are, what state they are in, and why.")
message = typer.Typer(no_args_is_help=True, help="Messages to customers (短信).")


class Lang(StrEnum):
    """Languages of explanations."""

    EN = "en"
    ZH = "zh"


@account.command("list")
def list_accounts(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only those in this state, such as ARREARS.")] = None,
    area: Annotated[str | None, typer.Option(help="Only those of this area, station or county.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1000,
    json_output: Json = False,
) -> None:
    """List accounts with state, balance and last reading.

    [bold]Example[/]   headend account list --state ARREARS
    """
    rows = reach(ctx).look("accounts", state=state, area=area, limit=limit)
    if json_output:
        as_json(rows)
        return
    columns = {
        "no": "account 户号",
        "class_code": "class",
        "state": "state 状态",
        "since": "since",
        "available": "balance 余额",
        "days_left": "days left",
        "last_reading": "reading",
        "mark": "mark",
    }
    table(f"{len(rows)} accounts", rows, columns, empty="No accounts; `headend archive import FILE` brings them.")


@account.command()
def show(ctx: typer.Context, no: AccountNo, json_output: Json = False) -> None:
    """Show one account: balance, flags, meter, relay, commands, work orders.

    [bold]Example[/]   headend account show 3701000001
    """
    found = reach(ctx).look("account", no=no)
    if json_output:
        as_json(found)
        return
    plain = {k: v for k, v in found.items() if isinstance(v, str | int | bool)}
    pairs(f"Account {no}", {**plain, "state": found["state"]["state"], "since": found["state"]["since"]})
    pairs("Balance", found["balance"])
    pairs("Strategy", found["numbers"])
    shown = ("address", "asset", "dialect", "profile", "road", "link", "multiplier")
    pairs("Meter", {k: found["meter"][k] for k in shown})
    pairs("Relay, as last read", found["relay"] or {"relay": "never read"})
    table("Contacts", found["contacts"], _same("position", "role", "name", "phone", "proven"), empty="No contacts.")
    table("Flags", found["flags"], _same("kind", "since", "until", "author", "reason"), empty="No flags.")
    commands = _same("id", "kind", "state", "created", "sent_at", "ended", "reason", "actor")
    table("Last relay commands", found["commands"], commands, empty="No relay commands.")
    table("Open work orders", found["orders"], _same("id", "kind", "owner", "due"), empty="No open work orders.")


@account.command()
def explain(
    ctx: typer.Context,
    no: AccountNo,
    lang: Annotated[Lang, typer.Option(help="Language of the sentences.")] = Lang.EN,
    json_output: Json = False,
) -> None:
    """Explain why an account is as it is: its facts, each rule with its values, what happened.

    [bold]Example[/]   headend account explain 3701000001
    """
    found = reach(ctx).look("explain", no=no)
    if json_output:
        as_json(found)
        return
    console().print(Text(f"Account {no} is {found['state']} since {local_time(found['since'])}.", style="bold"))
    console().print(_why(found))
    pairs("\nWhat is known of it", {fact["label"][lang.value]: fact["value"][lang.value] for fact in found["facts"]})
    _rules(found["rules"], lang)
    _timeline(found["timeline"], lang)


@account.command()
def reveal(ctx: typer.Context, no: AccountNo, reason: Why) -> None:
    """Show a customer's names and phones unmasked; who looked and why stays on the trail.

    [bold]Example[/]   headend account reveal 3701000001 --reason "call about the key"
    """
    found = reach(ctx).do("contact_reveal", account=no, reason=reason)
    table(f"Contacts of {no}", found["contacts"], _same("position", "role", "name", "phone"), empty="No contacts.")


@message.command("list")
def list_messages(ctx: typer.Context, no: AccountNo, json_output: Json = False) -> None:
    """List the messages to a customer and what became of them.

    [bold]Example[/]   headend message list 3701000001
    """
    rows = reach(ctx).look("messages", no=no)
    if json_output:
        as_json(rows)
        return
    columns = {"id": "#", "template": "type", "state": "outcome", "created": "put", "delivered": "delivered"}
    table(f"Messages to {no}", rows, {**columns, "reason": "why not", "values": "values"}, empty="No messages yet.")


def _why(found: dict[str, Any]) -> Text:
    """Say in one line what brought the account where it is, and what would move it now."""
    by = found["came_by"]
    came = f"{by['what']} ({by['rule']}, from {by['source']}, by {by['actor']})" if by else "it was never moved"
    firing = [rule for rule in found["rules"] if rule["fires"]]
    following = f"{firing[0]['name']} fires at the next look: {firing[0]['what']}" if firing else "no rule moves it now"
    return Text(f"Why: {came}. Next: {following}.")


MARKS = {True: ("✓", "green"), False: ("✗", "dim"), None: ("?", "yellow")}


def _rules(rules: list[dict[str, Any]], lang: Lang) -> None:
    """Print the rules that could fire from this state: whether each holds, what it would do, and its values."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "rule", "what", "leads to", "condition, with the values of now"):
        made.add_column(heading, overflow="fold")
    for rule in rules:
        mark, style = MARKS[rule["truth"]]
        to = Text(rule["target"], style="bold" if rule["fires"] else "")
        made.add_row(Text(mark, style=style), rule["name"], rule["what"], to, Text(rule["sentence"][lang.value]))
    out = console()
    out.print(Text("\nRules that could fire from this state (✓ holds, ✗ does not, ? not known)", style="bold"))
    out.print(made)


def _timeline(entries: list[dict[str, Any]], lang: Lang) -> None:
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    made.add_column(style="dim")
    for entry in entries:
        made.add_row(local_time(entry["at"]), Text(entry["sentence"][lang.value]), entry["actor"] or "")
    out = console()
    out.print(Text("\nWhat happened", style="bold"))
    out.print(made)


def _same(*names: str) -> dict[str, str]:
    return {name: name.replace("_", " ") for name in names}
