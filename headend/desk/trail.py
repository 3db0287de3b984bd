"""Writing and reading the trail (操作留痕)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from headend.desk.tables import trail
from headend.store import Tx, View

DONE = "done"

t = trail.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail: who did what, or was refused it and why (a code of ``DeskError``)."""

    id: int
    at: datetime
    actor: str
    cause: str | None
    act: str
    arguments: Mapping[str, Any]
    outcome: str


def record(tx: Tx, act: str, arguments: Mapping[str, Any], outcome: str = DONE) -> int:
    """Add a line and give its id."""
    return tx.insert(trail, act=act, arguments=dict(arguments), outcome=outcome, **tx.stamp())


def entries(view: View, limit: int) -> list[Entry]:
    """Give the newest lines, newest first."""
    rows = view.all(select(trail).order_by(t.id.desc()).limit(limit))
    return [Entry(**row._asdict()) for row in rows]
