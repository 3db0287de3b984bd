"""The worker that takes the marks of a room: locks the account, looks, takes the mark away, commits."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import select

from clock import Clock
from headend.store.facts import Room
from headend.store.store import Store
from headend.store.tables import pending
from headend.store.tx import By, Rank, Tx, View
from headend.store.worker import Due, Worker

R = TypeVar("R")


def due_marks(room: Room, view: View, limit: int) -> Due[int]:
    """Find the accounts that a room has to look at now, the most urgent first, and when the next one is due."""
    p = pending.c
    now = select(p.account).where(p.room == room.value, p.not_before <= view.now)
    rows = view.all(now.order_by(p.rank, p.not_before, p.account).limit(limit))
    later = select(p.not_before).where(p.room == room.value, p.not_before > view.now)
    return Due([row.account for row in rows], view.scalar(later.order_by(p.not_before).limit(1)))


def mark_worker(
    clock: Clock, store: Store, room: Room, look: Callable[[Tx, int], R], tell: Callable[[int, R], None] | None = None
) -> Worker[int]:
    """Make the worker of a room's marks.

    ``look(tx, account)`` runs in one transaction with the removal of the mark, which comes first: what the look itself
    changes may leave a new mark. What it gives is handed to ``tell`` after the commit, for the log.
    """
    by = By(f"system:{room.value}", "mark", Rank.FIELD)

    def take(tx: Tx, account: int) -> R:
        tx.lock(account)
        tx.unmark(room.value, account)
        return look(tx, account)

    take.__module__ = look.__module__
    take.__name__ = f"look_{room.value}"

    async def handle(account: int) -> None:
        found = await store.write(by, take, account)
        if tell is not None:
            tell(account, found)

    return Worker(clock, store, room.value, partial(due_marks, room), handle)
