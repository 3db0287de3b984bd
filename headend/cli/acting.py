"""Paying, restoring, work orders, the kill switch: what people do at the desk."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from headend.cli.options import AccountNo, Json, MeterOrNo, Why, reach, target
from headend.cli.show import as_json, local_time, pairs, table

relay = typer.Typer(no_args_is_help=True, help="Relays (继电器): read one back, restore a customer by hand.")
work = typer.Typer(no_args_is_help=True, help="Work: cuts to be signed, work orders (工单).")

Unit = Annotated[str, typer.Argument(help="Code of a county, station or area.")]


class OrdersOf(StrEnum):
    """Which work orders to list."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


def pay(
    ctx: typer.Context,
    no: AccountNo,
    amount: Annotated[str, typer.Argument(help="Yuan, such as 50 or 50.00.")],
    channel: Annotated[str, typer.Option(help="Where it was paid.")],
    serial: Annotated[str, typer.Option(help="The channel's serial: the same one again changes nothing.")],
    paid_at: Annotated[datetime | None, typer.Option(help="Local time at which it was paid; now if left out.")] = None,
    json_output: Json = False,
) -> None:
    """Post a payment; a pending cut is cancelled and power restored at once if it suffices.

    [bold]Example[/]   headend pay 3701000001 50 --channel counter --serial 42
    """
    at = None if paid_at is None else f"{paid_at.isoformat()}+08:00"
    done = reach(ctx).do("pay", account=no, amount=amount, channel=channel, serial=serial, paid_at=at)
    if json_output:
        as_json(done)
        return
    word = "was posted before, nothing changed" if done["already"] else "posted"
    where = "in suspense: no open account has that number" if done["state"] is None else f"state {done['state']}"
    typer.echo(f"Payment #{done['posted']} {word}; available balance {done['available'] or '-'} yuan, {where}.")


@relay.command()
def status(ctx: typer.Context, meter: MeterOrNo, json_output: Json = False) -> None:
    """Read a relay back from the meter itself.

    [bold]Example[/]   headend relay status 3701000001
    """
    found = reach(ctx).do("relay_status", **target(meter))
    if json_output:
        as_json(found)
        return
    rest = {name: value for name, value in found.items() if name not in {"account", "meter", "relay"}}
    pairs(f"Meter {found['meter']} of account {found['account']}: the relay is {found['relay']}", rest)


@relay.command()
def restore(ctx: typer.Context, meter: MeterOrNo, reason: Why, json_output: Json = False) -> None:
    """Restore a customer by hand, at any hour and also in arrears; one person and a reason are enough.

    [bold]Example[/]   headend relay restore 3701000001 --reason "medical device"
    """
    done = reach(ctx).do("restore", **target(meter), reason=reason)
    if json_output:
        as_json(done)
        return
    commands = ", ".join(f"#{number}" for number in done["commands"]) or "none is needed"
    typer.echo(f"Account {done['account']} is {done['state']}; closing command: {commands}.")


@work.command("list")
def list_work(ctx: typer.Context, json_output: Json = False) -> None:
    """List the proposed cuts that wait for a signature, with debt, days, notices, reading and risk marks.

    [bold]Example[/]   headend --as wang.appr work list
    """
    rows = reach(ctx).look("work_list", kind="approvals")
    if json_output:
        as_json(rows)
        return
    columns = {
        "proposal": "#",
        "account": "account 户号",
        "customer": "customer",
        "class": "class",
        "debt": "debt 欠费",
        "days": "days",
        "notices": "notices",
        "reading": "reading",
        "risks": "risk marks",
        "signs": "signed by",
    }
    table("Proposed cuts", rows, columns, empty="No proposed cut waits for a signature.")


@work.command()
def sign(
    ctx: typer.Context,
    proposal: Annotated[int, typer.Argument(help="Number of the proposal, see `headend work list`.")],
    approve: Annotated[bool, typer.Option("--approve/--reject", help="The decision.")],
    reason: Annotated[str, typer.Option(help="Why; needed to reject.")] = "",
    json_output: Json = False,
) -> None:
    """Sign or reject a proposed cut.

    [bold]Example[/]   headend --as wang.appr work sign 3 --approve --reason "checked"
    """
    decision = "approve" if approve else "reject"
    done = reach(ctx).do("sign", proposal=proposal, decision=decision, reason=reason)
    if json_output:
        as_json(done)
        return
    typer.echo(f"Proposal #{proposal} of account {done['account']}: {decision}; the account is {done['state']}.")


@work.command()
def corrections(ctx: typer.Context, json_output: Json = False) -> None:
    """List corrections of readings that wait for a second person, with what each would move in yuan.

    [bold]Example[/]   headend --as qian.bill work corrections
    """
    rows = reach(ctx).look("work_list", kind="corrections")
    if json_output:
        as_json(rows)
        return
    columns = {
        "correction": "#",
        "account": "account 户号",
        "day": "day",
        "stored": "stored kWh",
        "total": "would be",
        "amount": "yuan",
        "photo": "photo",
        "reader": "read by",
        "by": "brought in by",
        "signs": "signed by",
    }
    table("Corrections", rows, columns, empty="No correction waits for a signature.")


@work.command()
def correct(
    ctx: typer.Context,
    correction: Annotated[int, typer.Argument(help="Number of the correction, see `headend work corrections`.")],
    approve: Annotated[bool, typer.Option("--approve/--reject", help="The decision.")],
    reason: Annotated[str, typer.Option(help="Why; needed to reject.")] = "",
    json_output: Json = False,
) -> None:
    """Sign or reject a correction of a reading that somebody else has read and brought in.

    [bold]Example[/]   headend --as qian.bill work correct 2 --approve --reason "as on the photo"
    """
    decision = "approve" if approve else "reject"
    done = reach(ctx).do("correction_sign", correction=correction, decision=decision, reason=reason)
    if json_output:
        as_json(done)
        return
    what = "approved, and stored" if approve else "rejected"
    typer.echo(f"Correction #{correction} of account {done['account']}, {done['day']}: {what}.")


@work.command()
def orders(
    ctx: typer.Context,
    state: Annotated[OrdersOf, typer.Option(help="Which ones.")] = OrdersOf.OPEN,
    account: Annotated[str | None, typer.Option(help="Only those about this account.")] = None,
    json_output: Json = False,
) -> None:
    """List work orders, the soonest due first.

    [bold]Example[/]   headend work orders --state all
    """
    rows = reach(ctx).look("work_orders", state=state.value, account=account)
    if json_output:
        as_json(rows)
        return
    columns = {"id": "#", "kind": "kind", "account": "account 户号", "owner": "owner", "role": "role"}
    times = {"opened": "opened", "due": "due", "overdue": "overdue", "closed": "closed", "note": "note"}
    table("Work orders", rows, columns | times, empty="No work orders.")


@work.command()
def close(
    ctx: typer.Context,
    order: Annotated[int, typer.Argument(help="Number of the work order.")],
    evidence: Annotated[str, typer.Option(help="What shows that it is done: a read-back, a photo, a report.")],
) -> None:
    """Close a work order with evidence.

    [bold]Example[/]   headend work close 7 --evidence "photo 20260916-07"
    """
    done = reach(ctx).do("work_close", order=order, evidence=evidence)
    typer.echo(f"Work order #{order} ({done['kind']}) {'was closed before' if done['already'] else 'closed'}.")


@work.command("mass-check")
def mass_check(ctx: typer.Context, json_output: Json = False) -> None:
    """Tell whether today's cut decisions passed the mass check, or are held for a manager.

    [bold]Example[/]   headend work mass-check
    """
    found = reach(ctx).look("mass_check")
    if json_output:
        as_json(found)
        return
    pairs(f"Mass check of {found['day']}: {found['verdict'].replace('_', ' ')}", found)


@work.command("mass-release")
def mass_release(
    ctx: typer.Context,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="Today, as the check is the day's.")],
) -> None:
    """Let the held cuts of today pass, as the manager.

    [bold]Example[/]   headend --as zhao.mgr work mass-release 2026-09-16
    """
    done = reach(ctx).do("mass_release", day=str(day.date()))
    typer.echo(f"{done['day']}: {done['verdict']}, {done['candidates']} candidates.")


def hold(
    ctx: typer.Context,
    no: AccountNo,
    reason: Why,
    hours: Annotated[int, typer.Option(min=1, help="For how long.")] = 24,
) -> None:
    """Hold a cut (暂缓停电); what was ordered and not sent is off.

    [bold]Example[/]   headend hold 3701000001 --hours 24 --reason "dispute, will call back"
    """
    done = reach(ctx).do("hold", account=no, hours=hours, reason=reason)
    typer.echo(f"Account {no} is held until {local_time(done['until'])}; it is {done['state']}.")


def stop(ctx: typer.Context, unit: Unit, reason: Why) -> None:
    """Turn the kill switch (总闸) of a county, station or area on: from now on nobody in it is cut.

    [bold]Example[/]   headend stop TA-0001 --reason "flood warning"
    """
    done = reach(ctx).do("stop", unit=unit, reason=reason)
    typer.echo(f"{unit}: cuts {'were stopped already' if done['already'] else 'are stopped'}; restores go on.")


def resume(ctx: typer.Context, unit: Unit, reason: Why) -> None:
    """Turn the kill switch of a unit off.

    [bold]Example[/]   headend resume TA-0001 --reason "water is gone"
    """
    done = reach(ctx).do("resume", unit=unit, reason=reason)
    typer.echo(f"{unit}: cuts {'were not stopped' if done['already'] else 'may go on'}.")
