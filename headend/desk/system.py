"""How the head-end itself is: who is calling, what it is doing, whether its books and relays agree."""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from headend import archive, audit, collect, control, notify, strategy, work
from headend.audit import Truth
from headend.desk import objects, trail
from headend.desk.model import Arguments, Caller, NoArguments
from headend.store import View


class SelfCheck(Arguments):
    """The physical truth to hold the relays against, where a laboratory knows it."""

    truth: Annotated[dict[str, Any] | None, Field(exclude=True)] = None


class TrailOf(Arguments):
    """How many of the newest lines of the trail."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 100


def whoami(_view: View, caller: Caller, _args: NoArguments) -> dict[str, object]:
    """Tell the caller who they are to the desk."""
    return {
        "user": caller.user,
        "role": caller.role,
        "every_role": caller.every_role,
        "known": caller.member is not None,
    }


def status(view: View, caller: Caller, _args: NoArguments) -> dict[str, object]:
    """Tell in short how things are."""
    due, came, missing = collect.day_counts(view, view.today)
    orders = work.orders(view, scope=objects.scope(view, caller))
    verdict = control.mass_verdict(view, view.today)
    return {
        "now": view.now,
        "lab": view.site.lab,
        "accounts": strategy.counts(view),
        "readings": {"due": due, "read": came, "missing": missing},
        "mass_check": verdict.word,
        "messages": "arriving" if notify.healthy(view) else "NOT ARRIVING",
        "work_orders": Counter(order.kind for order in orders),
        "overdue": sum(order.due < view.now for order in orders),
        "stops": [{"unit": s.unit_code, "by": s.actor, "since": s.at, "reason": s.reason} for s in archive.stops(view)],
    }


def selfcheck(view: View, _caller: Caller, args: SelfCheck) -> dict[str, Any]:
    """Check the books and the relays; see :mod:`headend.audit`."""
    return audit.check(view, None if args.truth is None else Truth.read(args.truth)).document()


def trail_of(view: View, _caller: Caller, args: TrailOf) -> list[trail.Entry]:
    """List the newest lines of the trail."""
    return trail.entries(view, args.limit)
