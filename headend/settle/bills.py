"""Settled bills (结算电费): what is unpaid of them, their late charges, and the settlement of a cycle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select

from headend.collect import USABLE
from headend.settle import feerows, ledger, prices, tables
from headend.settle.cycle import cycle_end, cycle_start
from headend.settle.errors import NotEstimatedError
from headend.settle.late import Debt, Part, late_charge
from headend.settle.ledger import NOTHING, Book, Entry, PostingKind
from headend.settle.price import ZERO, UseClass
from headend.settle.tiers import add_months
from headend.settle.writing import Outcome, note_lowered
from headend.store import Fact, Tx, View

ONE_DAY = timedelta(days=1)

BILLED_LATE = 6
"""How many ended cycles are looked at for one that is not billed yet."""

DUE_DAY = 10
"""Day of the month by which a bill is to be paid."""

t, p, b, f = tables.bill, tables.posting, tables.balance, tables.fee_day


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill with something to pay: unpaid principal and late charge by a day, in yuan."""

    id: int
    due: date
    unpaid: Decimal
    late: Decimal


@dataclass(frozen=True, slots=True)
class Billed:
    """What the settlement of a cycle did: the amount, and what of it was paid by bonus and by deposit."""

    bill: int
    amount: Decimal
    by_bonus: Decimal
    by_deposit: Decimal
    due: date


class NotBilled(StrEnum):
    """Why a cycle can't be billed now."""

    NOT_OVER = "not_over"  # its last day is not estimated yet
    NO_READING = "no_reading"  # the reading at its end is estimated or suspect: wait, after 3 days go there
    ALREADY = "already"


def open_bills(view: View, account: int, day: date) -> list[OpenBill]:
    """Give the bills of an account with anything to pay by a day, the one due first first."""
    rows = view.all(select(t).where(t.c.account == account).order_by(t.c.due, t.c.id))
    found = [_open(view, row.id, row.due, UseClass(row.use_class), day) for row in rows]
    return [bill for bill in found if bill.unpaid or bill.late]


def accrue_late(tx: Tx, accounts: Sequence[int], day: date) -> None:
    """Bring L of accounts up to a day: the late charges of all their bills that are not paid yet (F8)."""
    for account in accounts:
        late = sum((bill.late for bill in open_bills(tx, account, day)), NOTHING)
        tx.execute(b.update().where(b.c.account == account).values(l=late))


def indebted(view: View, accounts: range) -> list[int]:
    """Give the accounts of a range that owe something of settled bills."""
    within = (b.c.account >= accounts.start) & (b.c.account < accounts.stop)
    rows = view.all(select(b.c.account).where(within, (b.c.o > 0) | (b.c.l > 0)).order_by(b.c.account))
    return [row.account for row in rows]


def ended_cycles(view: View, day: date) -> list[tuple[int, date]]:
    """Give what is to be billed on a business day: account and start of each cycle that has ended and is not billed.

    Of the last half year; a cycle whose last day is estimated or suspect waits, and is not given.
    """
    found: list[tuple[int, date]] = []
    ends = [add_months(cycle_start(day), -back) for back in range(BILLED_LATE)]
    for end in reversed(ends):
        start = add_months(end, -1)
        billed = select(t.c.id).where(t.c.account == f.c.account, t.c.cycle_end == end)
        days = feerows.select_days(f.c.day == end - ONE_DAY, f.c.mark.in_(sorted(USABLE)), ~billed.exists())
        rows = view.all(days.with_only_columns(f.c.account, f.c.cycle_start).order_by(f.c.account))
        found += [(row.account, row.cycle_start) for row in rows if row.cycle_start >= start]
    return found


def bill_cycle(tx: Tx, account: int, start: date) -> Billed | NotBilled:
    """Settle the cycle that begins on ``start`` (6.8): post the bill, take the cycle out of E, use bonus, then cash.

    The rest becomes O with its due date. A does not move by a fen, as the bill is the estimate. No bill comes from a
    last day marked E or S.
    """
    tx.lock(account)
    if tx.one(select(t.c.id).where(t.c.account == account, t.c.cycle_start == start, t.c.correction == 0)):
        return NotBilled.ALREADY
    end = cycle_end(start)
    last = feerows.days_of(tx, prices.price_book(tx), account, end - ONE_DAY, end - ONE_DAY).get(end - ONE_DAY)
    if last is None:
        return NotBilled.NOT_OVER
    if last.day.mark not in USABLE:
        return NotBilled.NO_READING
    fee = last.day.fee
    head = {"account": account, "cycle_start": start, "cycle_end": end, "correction": 0, "amount": fee}
    use_class = last.day.price.use_class.value
    due = _due(end)
    bill = tx.insert(t, **head, kwh=last.day.after.energy, due=due, use_class=use_class, **tx.stamp())
    tx.execute(b.update().where(b.c.account == account).values(e=b.c.e - fee))
    by_bonus, by_deposit = _charge(tx, account, bill, fee)
    tx.changed(account, Fact.MONEY, bill)
    return Billed(bill, fee, by_bonus, by_deposit, due)


def correct_settled(tx: Tx, outcome: Outcome) -> Outcome:
    """Post corrections (F11) for those cycles of an outcome that are billed, and give the rest of it, which moves E."""
    if not outcome.cycles or (outcome.fresh and len(outcome.cycles) == 1):
        return outcome
    rows = tx.all(select(t.c.cycle_start).where(t.c.account == outcome.account).distinct())
    billed = {row.cycle_start for row in rows} & set(outcome.cycles)
    for start in sorted(billed):
        _correct(tx, outcome, start)
    return replace(outcome, cycles={c: d for c, d in outcome.cycles.items() if c not in billed})


def _correct(tx: Tx, outcome: Outcome, start: date) -> None:
    """Post the difference of a settled cycle; a bill for more is due as a new one is."""
    account, delta = outcome.account, outcome.cycles[start]
    original = tx.one(select(t).where(t.c.account == account, t.c.cycle_start == start, t.c.correction == 0))
    if original is None:
        raise NotEstimatedError(f"account id {account} has no bill for the cycle of {start}")
    count = tx.scalar(select(func.count()).where(t.c.account == account, t.c.cycle_start == start))
    last = max((new.day for new in outcome.days if new.day.after.start == start), key=lambda day: day.day)
    head = {"account": account, "cycle_start": start, "cycle_end": original.cycle_end, "correction": count}
    due = max(original.due, tx.today + (original.due - original.cycle_end))
    body = {"amount": delta, "kwh": last.after.energy, "due": due, "use_class": original.use_class}
    bill = tx.insert(t, **head, **body, **tx.stamp())
    if delta > 0:
        _charge(tx, account, bill, delta)
        note_lowered(tx, [account])
    else:
        _give_back(tx, account, bill, int(original.id), -delta)
    tx.changed(account, Fact.MONEY, bill)


def _charge(tx: Tx, account: int, bill: int, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Post a bill; use bonus, then cash, so that the cash stays refundable. Gives what was used of both."""
    if not amount:
        return NOTHING, NOTHING
    kind = PostingKind.BILL
    ledger.enter(tx, account, Entry(kind, Book.RECEIVABLE, Book.REVENUE, amount, f"bill:{bill}", bill=bill))
    left = amount
    used = []
    for book in (Book.BONUS, Book.DEPOSIT):
        now = ledger.totals(tx, account)
        part = min(left, now.b if book is Book.BONUS else now.free_deposit)
        if part:
            ledger.enter(tx, account, Entry(kind, book, Book.RECEIVABLE, part, f"bill:{bill}:{book}", bill=bill))
        used.append(part)
        left -= part
    return used[0], used[1]


def _give_back(tx: Tx, account: int, bill: int, original: int, amount: Decimal) -> None:
    """Post a correction to the customer's favour: against what is unpaid of the original, the rest as deposit."""
    unpaid = _unpaid(tx, original)
    kind, owed = PostingKind.BILL, min(amount, unpaid)
    if owed:
        key = f"bill:{bill}:owed"
        ledger.enter(tx, account, Entry(kind, Book.REVENUE, Book.RECEIVABLE, owed, key, bill=original))
    if amount - owed:
        key = f"bill:{bill}:paid"
        ledger.enter(tx, account, Entry(kind, Book.REVENUE, Book.DEPOSIT, amount - owed, key, bill=bill))


def _open(view: View, bill: int, due: date, use_class: UseClass, day: date) -> OpenBill:
    rows = view.all(select(p.c.kind, p.c.debit, p.c.credit, p.c.amount, p.c.value_day).where(p.c.bill == bill))
    principal = sum((r.amount for r in rows if r.debit == Book.RECEIVABLE), NOTHING)
    parts = tuple(Part(r.value_day, r.amount) for r in rows if r.credit == Book.RECEIVABLE)
    charged = sum((r.amount for r in rows if r.kind == PostingKind.LATE), NOTHING)
    late = late_charge(Debt(principal, due, use_class, parts), day)
    unpaid = principal - sum((part.amount for part in parts), ZERO)
    return OpenBill(bill, due, unpaid, max(NOTHING, late - charged))


def _unpaid(view: View, bill: int) -> Decimal:
    rows = view.all(select(p.c.debit, p.c.credit, p.c.amount).where(p.c.bill == bill))
    signs = {Book.RECEIVABLE.value: 1}
    return sum((r.amount * (signs.get(r.debit, 0) - signs.get(r.credit, 0)) for r in rows), NOTHING)


def _due(end: date) -> date:
    this = end.replace(day=DUE_DAY)
    return this if this >= end else cycle_end(end, DUE_DAY)
