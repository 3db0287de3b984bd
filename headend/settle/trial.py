"""The trial balance (试算平衡): do the books agree with themselves? Cuts ask for it (R9)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from headend import archive
from headend.settle import feerows, ledger, tables
from headend.settle.ledger import NOTHING, Book, Entry, PostingKind
from headend.settle.model import Off, TrialBalance
from headend.store import Tx, View

f, p, b, t = tables.fee_day, tables.posting, tables.balance, tables.bill

POSTED = ("p", "b", "f", "o", "credit")
"""Running totals that follow from postings alone; E follows from the fees of the cycles not yet billed."""


def trial_balance(view: View) -> TrialBalance:
    """Add up both sides of the ledger, and compare each account's running totals with its postings and fees."""
    sides = [
        view.all(select(column, func.sum(p.c.amount).label("sum")).group_by(column))
        for column in (p.c.debit, p.c.credit)
    ]
    known = {book.value for book in Book}
    debit, credit = (sum((r.sum for r in rows if r[0] in known), NOTHING) for rows in sides)
    return TrialBalance(debit, credit, tuple(_off(view)))


def record_trial(tx: Tx, day: date) -> TrialBalance:
    """Make the trial balance of a business day and keep it."""
    found = trial_balance(tx)
    row = {"day": day, "debit": found.sum_debit, "credit": found.sum_credit, "off": len(found.off)}
    tx.insert(tables.trial, **row, **tx.stamp())
    return found


def trial_level(view: View, day: date) -> bool | None:
    """Tell whether the newest trial balance of a business day was level; None if there is none yet (R9)."""
    s = tables.trial.c
    row = view.one(select(s.debit, s.credit, s.off).where(s.day == day).order_by(s.id.desc()).limit(1))
    return None if row is None else row.debit == row.credit and row.off == 0


def _off(view: View) -> Iterator[Off]:
    expected = _from_postings(view)
    for account, fee in _estimates(view).items():
        expected[account]["e"] = fee
    names = (*POSTED, "e")
    balances = {r.account: r for r in view.all(select(b.c.account, *(b.c[n] for n in names)).order_by(b.c.account))}
    for account in sorted(expected.keys() | balances.keys()):
        for name in names:
            now = getattr(balances[account], name) if account in balances else NOTHING
            if now != expected[account][name]:
                yield Off(account, name, now, expected[account][name])


def _from_postings(view: View) -> defaultdict[int, defaultdict[str, Decimal]]:
    """Give what the postings make of each account's running totals."""
    columns = (p.c.account, p.c.kind, p.c.debit, p.c.credit)
    sums = select(*columns, func.sum(p.c.amount).label("sum")).where(p.c.account.is_not(None)).group_by(*columns)
    found: defaultdict[int, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for row in view.all(sums):
        entry = Entry(PostingKind(row.kind), Book(row.debit), Book(row.credit), row.sum, "")
        for name, delta in ledger.effects(entry).items():
            found[row.account][name] += delta
    return found


def _estimates(view: View) -> dict[int, Decimal]:
    """Give E of each account from the last days of its cycles that are not billed."""
    billed = select(t.c.account, func.max(t.c.cycle_end).label("end")).group_by(t.c.account).subquery()
    opened = archive.openings().subquery()
    since = view.scalar(
        select(func.min(func.coalesce(billed.c.end, opened.c.cycle_start)))
        .select_from(opened)
        .outerjoin(billed, billed.c.account == opened.c.account)
    )
    if since is None:
        return {}
    last = (
        select(f.c.account, f.c.cycle_start, func.max(f.c.day).label("day"))
        .where(f.c.day >= since)
        .group_by(f.c.account, f.c.cycle_start)
        .subquery()
    )
    settled = select(t.c.id).where(t.c.account == f.c.account, t.c.cycle_start == f.c.cycle_start)
    days = feerows.select_days(~settled.exists()).join(last, (last.c.day == f.c.day) & (last.c.account == f.c.account))
    found: dict[int, Decimal] = {}
    for row in view.all(days.with_only_columns(f.c.account, f.c.fee)):
        found[row.account] = found.get(row.account, NOTHING) + row.fee
    return found
