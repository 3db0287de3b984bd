"""Reading work orders."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import Row, func, or_, select

from headend import archive
from headend.store import BUSINESS_ZONE, View
from headend.work.errors import UnknownOrderError
from headend.work.model import Event, Order, OrderEvent, OrderKind, State
from headend.work.tables import work_event, work_order

o = work_order.c
_COLUMNS = tuple(o[name] for name in Order.__dataclass_fields__)


def order(view: View, order_id: int) -> Order:
    """Give an order. Raises :class:`UnknownOrderError`."""
    row = view.one(select(*_COLUMNS).where(o.id == order_id))
    if row is None:
        raise UnknownOrderError(f"there is no work order {order_id}; `headend work list` lists the open ones")
    return _order(row)


def orders(
    view: View, *, scope: archive.Scope, state: State | None = State.OPEN, account: int | None = None
) -> list[Order]:
    """List the orders of a scope, the soonest due first; ``state`` None lists all of them."""
    found = select(*_COLUMNS).where(o.unit.in_(archive.units_within(scope))).order_by(o.due, o.id)
    if state is not None:
        found = found.where(o.state == state.value)
    if account is not None:
        found = found.where(o.account == account)
    return [_order(row) for row in view.all(found)]


def open_kinds(view: View, account: int) -> frozenset[OrderKind]:
    """Give the kinds of order open for an account, or for the area, station or county around it."""
    around = (o.account.is_(None)) & o.meter.is_(None) & o.unit.in_(archive.branch(view, account))
    rows = view.all(select(o.kind).where(o.state == State.OPEN.value, or_(o.account == account, around)).distinct())
    return frozenset(OrderKind(row.kind) for row in rows)


def with_open(view: View, accounts: Collection[int], kind: OrderKind) -> frozenset[int]:
    """Give those of the accounts that have an open order of a kind."""
    found = select(o.account).where(o.account.in_(accounts), o.kind == kind.value, o.state == State.OPEN.value)
    return frozenset(row.account for row in view.all(found))


def had_kind(view: View, account: int, kind: OrderKind) -> bool:
    """Tell whether the account ever had an order of that kind, as for its dispute history."""
    return view.scalar(select(o.id).where(o.account == account, o.kind == kind.value).limit(1)) is not None


def history(view: View, order_id: int) -> tuple[OrderEvent, ...]:
    """Give what happened to an order, oldest first."""
    rows = view.all(select(work_event).where(work_event.c.order == order_id).order_by(work_event.c.at, work_event.c.id))
    return tuple(OrderEvent(**{**row._asdict(), "event": Event(row.event)}) for row in rows)


def counts(view: View, day: date) -> dict[OrderKind, int]:
    """Count the orders opened on a business day, by kind."""
    start, end = (_midnight(day + timedelta(days=ahead)) for ahead in (0, 1))
    number = func.count().label("number")
    rows = view.all(select(o.kind, number).where(o.opened >= start, o.opened < end).group_by(o.kind))
    return {OrderKind(row.kind): row.number for row in rows}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BUSINESS_ZONE)


def _order(row: Row[tuple[object, ...]]) -> Order:
    values = row._asdict()
    return Order(**{**values, "kind": OrderKind(values["kind"]), "state": State(values["state"])})
