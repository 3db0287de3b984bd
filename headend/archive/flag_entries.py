"""Flags of an account: each with from, to, author and reason; ended, never deleted."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from headend.archive import tables
from headend.archive.model import Flag, FlagKind
from headend.store import Fact, Tx, View

t = tables.flag


def active_flags(view: View, account_id: int) -> tuple[Flag, ...]:
    """Give the flags that hold now, oldest first; ``until`` of one is a timer for whoever waits for its end."""
    rows = view.all(_select().where(t.c.account == account_id, _active(view.now)).order_by(t.c.since, t.c.id))
    return tuple(Flag(**{**row._asdict(), "kind": FlagKind(row.kind)}) for row in rows)


def flags(view: View, account_id: int) -> frozenset[FlagKind]:
    """Give the kinds of flag that hold now."""
    return frozenset(flag.kind for flag in active_flags(view, account_id))


def flagged(view: View, accounts: Collection[int], kind: FlagKind) -> frozenset[int]:
    """Give those of the accounts for which a flag of that kind holds now."""
    held = select(t.c.account).where(t.c.account.in_(accounts), t.c.kind == kind.value, _active(view.now))
    return frozenset(row.account for row in view.all(held))


def flag_history(view: View, account_id: int) -> tuple[Flag, ...]:
    """Give every flag the account ever had, oldest first."""
    rows = view.all(_select().where(t.c.account == account_id).order_by(t.c.since, t.c.id))
    return tuple(Flag(**{**row._asdict(), "kind": FlagKind(row.kind)}) for row in rows)


def set_flag(tx: Tx, account_id: int, kind: FlagKind, *, until: datetime | None, reason: str) -> int:
    """Set a flag from now until the given instant (None: until ended); give its id.

    The same flag with the same author, reason and end is not set again: its id is given.
    """
    tx.lock(account_id)
    for flag in active_flags(tx, account_id):
        if (flag.kind, flag.author, flag.reason, flag.until) == (kind, tx.actor, reason, until):
            return flag.id
    row = {"account": account_id, "kind": kind.value, "since": tx.now, "until": until}
    new = tx.insert(t, **row, author=tx.actor, reason=reason)
    tx.changed(account_id, Fact.ARCHIVE, new)
    return new


def end_flag(tx: Tx, flag_id: int, reason: str) -> bool:
    """End one flag now; False if it had ended already."""
    account = tx.scalar(select(t.c.account).where(t.c.id == flag_id))
    if account is None:
        raise LookupError(f"there is no flag with id {flag_id}")
    tx.lock(account)
    return _end(tx, account, t.c.id == flag_id, reason) > 0


def end_flags(tx: Tx, account_id: int, kind: FlagKind, reason: str) -> int:
    """End every active flag of a kind; give how many there were."""
    tx.lock(account_id)
    return _end(tx, account_id, t.c.kind == kind.value, reason)


def flag_columns(now: datetime) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` (every account) with one 0/1 column per flag, named in lower case."""
    kinds = [func.max(case((t.c.kind == kind.value, 1), else_=0)).label(kind.name.lower()) for kind in FlagKind]
    held = select(t.c.account, *kinds).where(_active(now)).group_by(t.c.account).subquery("held")
    account = tables.account
    columns = [func.coalesce(held.c[kind.name.lower()], 0).label(kind.name.lower()) for kind in FlagKind]
    return select(account.c.id.label("account"), *columns).outerjoin(held, held.c.account == account.c.id)


def _active(now: datetime) -> ColumnElement[bool]:
    return (t.c.since <= now) & or_(t.c.until.is_(None), t.c.until > now) & t.c.ended.is_(None)


def _end(tx: Tx, account_id: int, which: ColumnElement[bool], reason: str) -> int:
    ended = tx.execute(
        t.update()
        .where(which, t.c.account == account_id, _active(tx.now))
        .values(ended=tx.now, ended_by=tx.actor, end_reason=reason)
    ).rowcount
    if ended:
        tx.changed(account_id, Fact.ARCHIVE)
    return ended


def _select() -> Select[tuple[object, ...]]:
    return select(*(t.c[name] for name in ("id", "account", "kind", "since", "until", "ended", "author", "reason")))
