"""Relay states (继电器状态): a relay state is a reading too, as the meter itself told it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from headend.collect.duty_tables import relay_seen
from headend.store import Tx, View


@dataclass(frozen=True, slots=True)
class RelaySeen:
    """A relay state as the meter told it. ``open`` is the relay itself, ``command_open`` the order it last got."""

    open: bool
    command_open: bool
    keep_power: bool | None
    current: Decimal | None
    address: str
    at: datetime
    source: str


def note_relay(tx: Tx, account: int, seen: RelaySeen) -> int:
    """Store a relay state that the meter told; whoever asked decides what it means."""
    row = {"account": account, "address": seen.address, "open": seen.open, "command_open": seen.command_open}
    more = {"keep_power": seen.keep_power, "current_a": seen.current, "source": seen.source}
    return tx.insert(relay_seen, **row, **more, **{**tx.stamp(), "at": seen.at})


def relay(view: View, account: int) -> RelaySeen | None:
    """Give the newest relay state seen of an account's meter; None if it was never read."""
    newest = select(relay_seen).where(relay_seen.c.account == account)
    row = view.one(newest.order_by(relay_seen.c.at.desc(), relay_seen.c.id.desc()).limit(1))
    if row is None:
        return None
    return RelaySeen(row.open, row.command_open, row.keep_power, row.current_a, row.address, row.at, row.source)


def open_ones(view: View, accounts: Collection[int]) -> frozenset[int]:
    """Give those of the accounts whose relay was open at the newest look."""
    s, later = relay_seen.c, relay_seen.alias("later")
    is_later = (later.c.at > s.at) | ((later.c.at == s.at) & (later.c.id > s.id))
    newer = select(later.c.id).where(later.c.account == s.account, is_later).exists()
    rows = view.all(select(s.account).where(s.account.in_(accounts), s.open, ~newer))
    return frozenset(row.account for row in rows)


def open_since(view: View, account: int) -> datetime | None:
    """Tell since when the relay of an account is known to be open; None where the newest look found it closed."""
    s = relay_seen.c
    newest = relay(view, account)
    if newest is None or not newest.open:
        return None
    closed = select(func.max(s.at)).where(s.account == account, s.open.is_(False)).scalar_subquery()
    since = select(s.at).where(s.account == account, s.open, (s.at > closed) | closed.is_(None)).order_by(s.at)
    found: datetime | None = view.scalar(since.limit(1))
    return found
