"""Looking at customers: lists, one account, why it is as it is, its messages; and unmasking whom to call."""

from dataclasses import fields
from typing import Annotated

from pydantic import Field
from sqlalchemy import Select, select

from headend import archive, collect, control, notify, settle, strategy, work
from headend.archive import Account, Scope
from headend.desk import objects
from headend.desk.errors import NotFoundError
from headend.desk.model import AccountNo, Arguments, Caller, Done, Reason
from headend.store import View
from headend.strategy import State, Transition


class AccountsOf(Arguments):
    """Which accounts to list: by state, by the code of an area, station or county, at most ``limit``."""

    state: State | None = None
    area: str | None = None
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1000


class One(Arguments):
    """One account by its number (户号)."""

    no: AccountNo


class Reveal(Arguments):
    """Whose phones to unmask, and why."""

    account: AccountNo
    reason: Reason


def accounts(view: View, caller: Caller, args: AccountsOf) -> list[dict[str, object]]:
    """List open accounts by number, with state, balance, days left, last reading."""
    within = objects.scope(view, caller)
    if args.area is not None:
        within = _narrowed(view, within, args.area)
    rows = view.all(_listing(view, within, args.state).limit(args.limit))
    return [row._asdict() for row in rows]


def account(view: View, caller: Caller, args: One) -> dict[str, object]:
    """Tell what is known of one account."""
    found = objects.find_account(view, caller, args.no)
    today = view.today
    return {
        "no": found.no,
        "class": found.class_code,
        "price": found.price_code,
        "area": found.area_code,
        "station": found.station,
        "stage": found.stage,
        "generates": found.generates,
        "enrolled": found.enrolled,
        "closed": found.closed,
        "agreement": archive.agreement_valid(view, found.id, today),
        "state": strategy.state(view, found.id),
        "balance": balance(view, found),
        "numbers": archive.numbers(view, found.id, today),
        "flags": [
            {"kind": f.kind, "since": f.since, "until": f.until, "author": f.author, "reason": f.reason}
            for f in archive.active_flags(view, found.id)
        ],
        "contacts": archive.contacts(view, found.id),
        "meter": archive.place(view, found.id, today),
        "relay": collect.relay(view, found.id),
        "commands": [command(c) for c in control.commands(view, found.id)[-5:]],
        "orders": [
            {"id": o.id, "kind": o.kind, "due": o.due, "owner": o.owner or o.role}
            for o in work.orders(view, scope=archive.whole(view), account=found.id)
        ],
    }


def balance(view: View, found: Account) -> dict[str, object]:
    """Give the available balance with its parts, and the comparison."""
    money = settle.available(view, found.id)
    compared = settle.compare(view, found.id, day=view.today)
    return {
        "available": money.a,
        "deposit": money.p,
        "bonus": money.b,
        "frozen": money.f,
        "estimated": money.e,
        "overdue": money.o,
        "late": money.l,
        "credit": money.credit,
        "result": compared.result.name,
        "next": compared.next,
        "days_left": compared.days_left,
        "mark": compared.mark,
        "last_reading": compared.last_reading,
    }


def command(found: control.Command) -> dict[str, object]:
    """Give what a list shows of a relay command."""
    names = ("id", "kind", "state", "created", "sent_at", "tries", "ended", "reason", "actor")
    return {name: getattr(found, name) for name in names}


def explain(view: View, caller: Caller, args: One) -> dict[str, object]:
    """Tell why an account is as it is: what brought it there, facts, rules with their values, timeline."""
    found = objects.find_account(view, caller, args.no)
    explained = strategy.explain(view, found.id)
    moves = [move for move in strategy.transitions(view, found.id) if move.moved]
    return {
        "came_by": _move(moves[-1]) if moves else None,
        **{each.name: getattr(explained, each.name) for each in fields(explained)},
    }


def _move(made: Transition) -> dict[str, object]:
    names = ("rule", "source", "target", "at", "actor")
    return {"what": strategy.MOVES[made.rule].what, **{name: getattr(made, name) for name in names}}


def messages(view: View, caller: Caller, args: One) -> list[dict[str, object]]:
    """List the messages to a customer, oldest first, with their outcome."""
    found = objects.find_account(view, caller, args.no)
    names = ("id", "template", "state", "created", "sent", "delivered", "tried", "reason", "values")
    return [{name: getattr(m, name) for name in names} for m in notify.messages(view, found.id)]


def contact_reveal(view: View, caller: Caller, args: Reveal) -> Done:
    """Give names and phones of the customer's contacts as they are: an act that leaves its trail row."""
    found = objects.find_account(view, caller, args.account)
    contacts = [
        {"position": c.position, "role": c.role, "name": c.name.reveal(), "phone": c.phone.reveal()}
        for c in archive.contacts(view, found.id)
    ]
    return Done({"account": found.no, "contacts": contacts})


def _narrowed(view: View, within: Scope, code: str) -> Scope:
    """Give the unit's scope if it lies within the caller's. Raises :class:`NotFoundError`."""
    unit = archive.unit_id(view, code)
    if unit not in {row.id for row in view.all(archive.units_within(within))}:
        raise NotFoundError(f"no unit has the code {code}")
    return Scope(unit)


def _listing(view: View, within: Scope, state: State | None) -> Select[tuple[object, ...]]:
    base = archive.baselines(view.today).subquery()
    states = strategy.states().subquery()
    money = settle.balances(view.today).subquery()
    columns = (base.c.no, base.c.class_code, states.c.state, states.c.since)
    listing = (
        select(*columns, money.c.a.label("available"), money.c.days_left, money.c.last_reading, money.c.mark)
        .outerjoin(states, states.c.account == base.c.account)
        .outerjoin(money, money.c.account == base.c.account)
        .where(base.c.area.in_(archive.units_within(within)))
        .order_by(base.c.no)
    )
    return listing if state is None else listing.where(states.c.state == state.value)
