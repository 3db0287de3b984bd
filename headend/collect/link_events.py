"""When links were up and down (上下线): kept as long as freezes can be asked for, so that a gap can be explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from headend.collect.duty_tables import link_event
from headend.store import Tx, View

e = link_event.c

KEPT_FOR = timedelta(days=62)
"""As long as meters keep their freezes."""

PRUNED_AT_ONCE = 5000
"""Rows deleted in one transaction: some ten milliseconds."""


@dataclass(frozen=True, slots=True)
class LinkNote:
    """One entry: what happened to a link, such as ``up``, ``down``, ``replaced``, and its values.

    ``link`` None: to all of them, as when the head-end starts.
    """

    link: str | None
    at: datetime
    event: str
    values: Mapping[str, str]


def keep_link_notes(tx: Tx, notes: Sequence[LinkNote]) -> None:
    """Keep entries of many links, by one statement."""
    rows = [{"link": one.link, "at": one.at, "event": one.event, "values": dict(one.values)} for one in notes]
    if rows:
        tx.execute(link_event.insert(), rows)


def link_notes(view: View, link: str, limit: int) -> list[LinkNote]:
    """Give the newest entries of a link and of all links, newest first."""
    found = select(link_event).where((e.link == link) | e.link.is_(None)).order_by(e.at.desc(), e.id.desc())
    return [LinkNote(row.link, row.at, row.event, row.values) for row in view.all(found.limit(limit))]


def prune_link_notes(tx: Tx) -> int:
    """Forget some of the entries that are too old, the oldest first; gives how many, 0 when there is none left."""
    old = select(e.id).where(e.at < tx.now - KEPT_FOR).order_by(e.at).limit(PRUNED_AT_ONCE)
    return tx.execute(link_event.delete().where(e.id.in_(old))).rowcount
