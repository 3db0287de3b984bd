"""Opening and closing work orders. This room decides nothing: who opens an order knows why."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from headend import archive
from headend.store import Fact, Tx
from headend.work.errors import NoEvidenceError
from headend.work.model import MOVES, OWNERS, Event, OrderKind, State
from headend.work.queries import order
from headend.work.tables import work_event, work_order

o = work_order.c


def open_order(
    tx: Tx,
    kind: OrderKind,
    *,
    due: datetime,
    account: int | None = None,
    meter: int | None = None,
    unit: int | None = None,
    note: str = "",
    values: Mapping[str, str] | None = None,
    cause: str | None = None,
) -> int:
    """Open an order about an account, a meter or a unit, and give its id; tells ``Fact.CASE`` of an account.

    While one of the same kind about the same subject is open, its id is given instead, and a line in its history
    says that the reason came again. ``note`` is what a person wrote; ``values`` are what the kind's sentence needs.
    ``cause`` is what led to it, by default the transaction's.
    """
    if account is not None:
        tx.lock(account)
    subject = _subject(account, meter, unit)
    found = tx.scalar(select(o.id).where(o.kind == kind.value, o.subject == subject, o.state == State.OPEN.value))
    if found is not None:
        _record(tx, found, Event.REPEATED, values or {}, cause)
        return int(found)
    role = OWNERS[kind]
    owner = None if account is None else archive.nearest_staff(tx, account, role)
    new = tx.insert(
        work_order,
        kind=kind.value,
        subject=subject,
        account=account,
        meter=meter,
        unit=_unit(tx, account, unit),
        role=role,
        owner=owner and owner.user,
        state=MOVES[None, Event.OPENED].value,
        opened=tx.now,
        due=due,
        note=note,
        values=dict(values or {}),
    )
    _record(tx, new, Event.OPENED, values or {}, cause)
    if account is not None:
        tx.changed(account, Fact.CASE, new)
    return new


def close_order(tx: Tx, order_id: int, *, done_by: str, evidence: Mapping[str, str]) -> bool:
    """Close an order, with who did the work and what shows it; False if it is closed already.

    Tells ``Fact.CASE`` of an account. Raises :class:`UnknownOrderError`, and :class:`NoEvidenceError` without evidence.
    """
    if not evidence:
        raise NoEvidenceError(f"work order {order_id} is closed with evidence only: give a read-back, photo or report")
    found = order(tx, order_id)
    if found.account is not None:
        tx.lock(found.account)
    to = MOVES.get((found.state, Event.CLOSED))
    if to is None:
        return False
    tx.execute(work_order.update().where(o.id == order_id).values(state=to.value, closed=tx.now))
    _record(tx, order_id, Event.CLOSED, {**evidence, "done_by": done_by}, None)
    if found.account is not None:
        tx.changed(found.account, Fact.CASE, order_id)
    return True


def close_orders(tx: Tx, kind: OrderKind, *, account: int, done_by: str, evidence: Mapping[str, str]) -> int:
    """Close the account's open order of a kind, if there is one; give how many were closed."""
    tx.lock(account)
    found = tx.all(select(o.id).where(o.kind == kind.value, o.account == account, o.state == State.OPEN.value))
    return sum(close_order(tx, row.id, done_by=done_by, evidence=evidence) for row in found)


def _subject(account: int | None, meter: int | None, unit: int | None) -> str:
    for name, number in (("account", account), ("meter", meter), ("unit", unit)):
        if number is not None:
            return f"{name}:{number}"
    raise ValueError("a work order is about an account, a meter or a unit; give one of them")


def _unit(tx: Tx, account: int | None, unit: int | None) -> int:
    """Give whose order it is: the unit named, else the account's area, else the whole company."""
    if unit is not None:
        return unit
    return archive.whole(tx).unit if account is None else archive.account(tx, account).unit


def _record(tx: Tx, order_id: int, event: Event, values: Mapping[str, str], cause: str | None) -> None:
    stamp = tx.stamp() if cause is None else {**tx.stamp(), "cause": cause}
    tx.insert(work_event, order=order_id, event=event.value, values=dict(values), **stamp)
