"""Reading messages: one, an account's, a day's counts, and whether the way to the customers works (R10)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from headend.notify.errors import UnknownMessageError
from headend.notify.model import Event, Message, MessageEvent, Result, State
from headend.notify.sending import GATEWAY
from headend.notify.tables import gateway_state, message, message_attempt, message_event
from headend.store import View

m = message.c
_COLUMNS = tuple(m[name] for name in Message.__dataclass_fields__)

RATE_SPAN = timedelta(hours=1)
RATE_LEAST = 20
RATE_PERCENT = 80

RECEIPT_TIME = timedelta(minutes=2)
"""A message younger than this without a receipt says nothing about the gateway yet."""


def message_of(view: View, message_id: int) -> Message:
    """Give a message. Raises :class:`UnknownMessageError`."""
    row = view.one(select(*_COLUMNS).where(m.id == message_id))
    if row is None:
        raise UnknownMessageError(f"there is no message {message_id}")
    return _message(row)


def messages(
    view: View,
    account: int,
    *,
    templates: Collection[str] | None = None,
    states: Collection[State] | None = None,
    since: datetime | None = None,
) -> list[Message]:
    """Give the account's messages, oldest first, by type, state and the instant they were put at, from ``since`` on."""
    where = [m.account == account]
    if templates is not None:
        where.append(m.template.in_(templates))
    if states is not None:
        where.append(m.state.in_([state.value for state in states]))
    if since is not None:
        where.append(m.created >= since)
    return [_message(row) for row in view.all(select(*_COLUMNS).where(*where).order_by(m.created, m.id))]


def delivered(
    view: View,
    account: int,
    templates: Collection[str],
    *,
    since: datetime | None = None,
    before: datetime | None = None,
) -> list[Message]:
    """Give the account's messages of these types that were delivered in [since, before), in the order of delivery."""
    where = [m.account == account, m.template.in_(templates), *_delivered_in(since, before)]
    return [_message(row) for row in view.all(select(*_COLUMNS).where(*where).order_by(m.delivered, m.id))]


def last(view: View, account: int, template: str) -> Message | None:
    """Give the newest message of a type that was put for the account and not expired."""
    found = select(*_COLUMNS).where(m.account == account, m.template == template, m.state != State.EXPIRED.value)
    row = view.one(found.order_by(m.created.desc(), m.id.desc()).limit(1))
    return None if row is None else _message(row)


def told(
    templates: Collection[str], *, since: datetime | None = None, before: datetime | None = None
) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` (those with at least one): messages of these types put in [since, before).

    Columns: ``number`` (expired ones left out), ``last_put``, ``last_delivered``.
    """
    bounds = _within(m.created, since, before)
    return (
        select(
            m.account,
            func.count().label("number"),
            func.max(m.created, type_=m.created.type).label("last_put"),
            func.max(m.delivered, type_=m.delivered.type).label("last_delivered"),
        )
        .where(m.template.in_(templates), m.state != State.EXPIRED.value, *bounds)
        .group_by(m.account)
    )


def history(view: View, message_id: int) -> tuple[MessageEvent, ...]:
    """Give what happened to a message, oldest first."""
    found = select(message_event).where(message_event.c.message == message_id)
    rows = view.all(found.order_by(message_event.c.at, message_event.c.id))
    return tuple(MessageEvent(**{**row._asdict(), "event": Event(row.event)}) for row in rows)


def counts(view: View, day: date) -> dict[tuple[str, State], int]:
    """Count the messages meant for a business day, by type and state."""
    number = func.count().label("number")
    rows = view.all(select(m.template, m.state, number).where(m.day == day).group_by(m.template, m.state))
    return {(row.template, State(row.state)): row.number for row in rows}


def healthy(view: View) -> bool:
    """Tell whether messages arrive (R10).

    The gateway must be up, and of the attempts of the last hour, if they are at least 20, four in five delivered. An
    attempt without receipt counts once it is old enough to have one.
    """
    up = view.scalar(select(gateway_state.c.up).where(gateway_state.c.name == GATEWAY))
    if not up:
        return False
    a = message_attempt.c
    arrived = case((a.result == Result.DELIVERED.value, 1), else_=0)
    old_enough = a.result.is_not(None) | (a.started <= view.now - RECEIPT_TIME)
    last_hour = (a.started > view.now - RATE_SPAN) & (a.started <= view.now)
    row = view.one(select(func.count().label("all"), func.sum(arrived).label("good")).where(last_hour, old_enough))
    number, good = (row.all, row.good) if row is not None else (0, 0)
    return number < RATE_LEAST or good * 100 >= number * RATE_PERCENT


def _delivered_in(since: datetime | None, before: datetime | None) -> list[ColumnElement[bool]]:
    return [m.state == State.DELIVERED.value, *_within(m.delivered, since, before)]


def _within(column: Any, since: datetime | None, before: datetime | None) -> list[ColumnElement[bool]]:
    bounds = [] if since is None else [column >= since]
    return bounds if before is None else [*bounds, column < before]


def _message(row: Any) -> Message:
    return Message(**{**row._asdict(), "state": State(row.state)})
