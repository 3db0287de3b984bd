"""Work orders at the desk: listing, closing with evidence, and the technician's report from the site."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from headend import archive, strategy, work
from headend.desk import objects
from headend.desk.errors import NotPermittedError, RefusedError
from headend.desk.model import AccountNo, Arguments, Caller, Done, Reason, Role, line
from headend.desk.telling import moves
from headend.store import Tx, View
from headend.strategy import State
from headend.work import Order, OrderKind

SITE_KINDS = (OrderKind.RESTORE_FAILED, OrderKind.SITE_CLOSE)
"""Orders that are done when somebody has closed the relay on site."""

WAITING_FOR_LIGHT = frozenset({State.RESTORE_ORDERED, State.RESTORE_FAILED, State.AWAIT_KEY})

DISPATCHERS = frozenset({Role.OPR, Role.MGR})
"""May close the orders of other roles too."""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class WorkOrders(Arguments):
    """Which work orders to list."""

    state: Literal["open", "closed", "all"] = "open"
    account: AccountNo | None = None


class WorkClose(Arguments):
    """A work order and what shows that it is done."""

    order: int
    evidence: Annotated[Mapping[str, Text] | Text, Field(exclude=True)]


class OnsiteClosed(Arguments):
    """A relay that was closed by hand on site: by whom, and what shows it (photo, note)."""

    account: AccountNo
    by: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")]
    note: Annotated[Reason, Field(exclude=True)]


def work_orders(view: View, caller: Caller, args: WorkOrders) -> list[dict[str, object]]:
    """List work orders of the caller's unit, the soonest due first."""
    account = None if args.account is None else objects.find_account(view, caller, args.account).id
    state = None if args.state == "all" else work.State(args.state)
    found = work.orders(view, scope=objects.scope(view, caller), state=state, account=account)
    return [_row(view, order) for order in found]


def work_close(tx: Tx, caller: Caller, args: WorkClose) -> Done:
    """Close a work order with evidence; closing it again changes nothing."""
    order = objects.find_order(tx, caller, args.order)
    if not caller.is_any(DISPATCHERS | {Role(order.role)}):
        raise NotPermittedError(f"work order {order.id} is for {order.role} to close, not for {caller.role.value}")
    evidence = {"note": args.evidence} if isinstance(args.evidence, str) else args.evidence
    closed = work.close_order(tx, order.id, done_by=caller.user, evidence=evidence)
    moved = strategy.react(tx, order.account) if closed and order.account is not None else []
    told = line("work.closed", order=order.id, kind=order.kind.value, by=caller.user)
    result = {"order": order.id, "kind": order.kind, "already": not closed}
    return Done(result, (told, *moves(tx, moved)) if closed else ())


def onsite_closed(tx: Tx, caller: Caller, args: OnsiteClosed) -> Done:
    """Take the report that a relay was closed on site (T27): evidence for the order; the relay is read to prove it."""
    account = objects.find_account(tx, caller, args.account)
    state = strategy.state(tx, account.id).state
    evidence = {"note": args.note, "reported_by": caller.user}
    if state not in WAITING_FOR_LIGHT:
        done = _closed_before(tx, account.id)
        if not done:
            raise RefusedError(f"account {account.no} is {state.value}; only a restore that is under way ends on site")
        return Done({"account": account.no, "state": state, "orders": done, "already": True})
    if not _open_site_orders(tx, account.id):
        work.open_order(tx, OrderKind.SITE_CLOSE, account=account.id, due=tx.now, values={"by": args.by})
    orders = [order.id for order in _open_site_orders(tx, account.id)]
    for order in orders:
        work.close_order(tx, order, done_by=args.by, evidence=evidence)
    moved = strategy.react(tx, account.id)
    state = strategy.state(tx, account.id).state
    told = line("onsite.closed", account=account.no, by=args.by)
    result = {"account": account.no, "state": state, "orders": orders, "already": False}
    return Done(result, (told, *moves(tx, moved)))


def _open_site_orders(view: View, account: int) -> list[Order]:
    found = work.orders(view, scope=archive.whole(view), account=account)
    return [order for order in found if order.kind in SITE_KINDS]


def _closed_before(view: View, account: int) -> list[int]:
    """Give the site orders of the account that are closed: its report came before."""
    found = work.orders(view, scope=archive.whole(view), state=work.State.CLOSED, account=account)
    return [order.id for order in found if order.kind in SITE_KINDS]


def _row(view: View, order: Order) -> dict[str, object]:
    """Give an order with the customer number in place of the account's id."""
    names = ("id", "kind", "role", "owner", "state", "opened", "due", "closed", "note", "values")
    no = None if order.account is None else archive.account(view, order.account).no
    return {"account": no, **{name: getattr(order, name) for name in names}, "overdue": _overdue(view, order)}


def _overdue(view: View, order: Order) -> bool:
    return order.state is work.State.OPEN and order.due < view.now
