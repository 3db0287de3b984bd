"""Storing what an estimation came to: new versions of days, and the money that moves with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from headend.settle import feerows, tables
from headend.settle.feerows import StoredDay
from headend.settle.ledger import NOTHING, TOTALS
from headend.settle.price import ZERO
from headend.settle.roll import DayFee, Rolled, Start, Unpriced
from headend.store import Tx, Yuan

b = tables.balance


@dataclass(frozen=True, slots=True)
class NewDay:
    """A version of a day that is to be stored."""

    version: int
    next: Decimal | None
    day: DayFee


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a computation changes for an account: days to store, and by how much each cycle's fee moves.

    ``fresh`` tells that the last day is there for the first time. ``lowered`` tells that earlier days became dearer
    (a catch-up, a correction) or that a new price begins: a shortage that follows from it waits (R8). ``unpriced`` are
    the freezes that could not be used, as energy of their periods has no price.
    """

    account: int
    days: tuple[NewDay, ...]
    cycles: Mapping[date, Decimal]
    fresh: bool
    lowered: bool
    unpriced: tuple[Unpriced, ...] = ()


def outcome(
    account: int, start: Start, stored: Mapping[date, StoredDay], rolled: Rolled, cost: Decimal | None
) -> Outcome:
    """Compare what was computed from ``start`` on with what is stored of the same days.

    ``cost`` is the expected cost of the day after the last one; a day that is stored keeps the one it has, as
    thresholds are fixed once a day, by the run.
    """
    days = rolled.days
    known = {day.day: stored[day.day] for day in days if day.day in stored}
    new = [
        NewDay(known[day.day].version + 1, known[day.day].next, day)
        if day.day in known
        else NewDay(1, cost if day is days[-1] else None, day)
        for day in days
        if day.day not in known or not known[day.day].same(day)
    ]
    old = [known[day.day].day for day in days if day.day in known]
    fresh = days[-1].day not in known
    earlier = sum(moved(start, old if fresh else old[:-1], days[:-1]).values(), ZERO)
    lowered = not start.opening and (earlier > 0 or (fresh and _new_price(start, days)))
    return Outcome(account, tuple(new), moved(start, old, days), fresh, lowered, tuple(rolled.unpriced))


def store_days(tx: Tx, outcomes: Iterable[Outcome]) -> None:
    """Store the new versions of the days of many accounts."""
    stamp = tx.stamp()
    rows = [
        {**feerows.row_of(new.day), "account": found.account, "version": new.version, "next": new.next, **stamp}
        for found in outcomes
        for new in found.days
    ]
    if rows:
        tx.execute(tables.fee_day.insert(), rows)


def move_estimates(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    """Move E of the accounts by what their cycles' fees moved, and remember what lowered A (R8)."""
    moves = [{"who": o.account, "delta": sum(o.cycles.values(), ZERO)} for o in outcomes if o.cycles]
    if moves:
        delta = bindparam("delta", type_=Yuan)
        tx.execute(b.update().where(b.c.account == bindparam("who")).values(e=b.c.e + delta), moves)
    note_lowered(tx, [o.account for o in outcomes if o.lowered])


def note_lowered(tx: Tx, accounts: Iterable[int]) -> None:
    """Remember that an adjustment, price change or catch-up has just lowered A of the accounts (R8)."""
    rows = [{"who": account} for account in accounts]
    if rows:
        tx.execute(b.update().where(b.c.account == bindparam("who")).values(adjusted=tx.now), rows)


def open_balances(tx: Tx, accounts: Sequence[int]) -> None:
    """Give each account of a chunk that has none a balance of zero."""
    if not accounts:
        return
    there = {
        row.account
        for row in tx.all(select(b.c.account).where(b.c.account >= min(accounts), b.c.account <= max(accounts)))
    }
    zero = dict.fromkeys(TOTALS, NOTHING)
    rows: list[dict[str, Any]] = [{"account": account, **zero} for account in accounts if account not in there]
    if rows:
        tx.execute(b.insert(), rows)


def moved(start: Start, old: Sequence[DayFee], new: Sequence[DayFee]) -> dict[date, Decimal]:
    """Give by how much the fee of each cycle moves, by the end of the last new day in it."""
    before = {start.standing.start: start.fee} | {day.after.start: day.fee for day in old}
    after = {day.after.start: day.fee for day in new}
    deltas = {cycle: fee - before.get(cycle, NOTHING) for cycle, fee in after.items()}
    return {cycle: delta for cycle, delta in deltas.items() if delta}


def _new_price(start: Start, days: Sequence[DayFee]) -> bool:
    """Tell whether the last day has another price version than the one before it."""
    pieces = start.standing.pieces
    before = days[-2].price if len(days) > 1 else (pieces[-1].price if pieces else days[-1].price)
    return before.key != days[-1].price.key
