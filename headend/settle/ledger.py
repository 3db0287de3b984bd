"""The ledger (分录账): append-only double entry, and the running balances that move with it.

Which kind of posting joins which two ledger accounts is a table; so is which running total a ledger account moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from headend.settle import tables
from headend.settle.errors import AmountError, EntryError
from headend.settle.model import Available
from headend.store import ConflictError, Tx, View

FEN = Decimal("0.01")
NOTHING = Decimal("0.00")

TOTALS = ("p", "b", "f", "e", "o", "l", "credit")

b, p = tables.balance, tables.posting


class Book(StrEnum):
    """Ledger accounts; those of a customer have one part per customer."""

    CASH = "cash"  # money received and not given back
    TAKEN_OVER = "taken_over"  # brought along from the books before enrolment
    SUSPENSE = "suspense"  # 挂账: paid, but to nobody we know
    DEPOSIT = "deposit"  # 预存: the customer's
    BONUS = "bonus"  # 红包: the customer's
    FROZEN = "frozen"  # 冻结: part of the customer's deposit that is not free
    RECEIVABLE = "receivable"  # 应收: principal of the customer's bills
    CREDIT_OUT = "credit_out"  # 应急电费: emergency credit the customer holds
    CREDIT_LINE = "credit_line"  # its other side
    REVENUE = "revenue"
    LATE_INCOME = "late_income"
    BONUS_COST = "bonus_cost"
    ADJUSTMENT = "adjustment"


class PostingKind(StrEnum):
    """Kinds of posting."""

    PAY = "PAY"
    BONUS = "BONUS"
    REFUND = "REFUND"
    BILL = "BILL"
    LATE = "LATE"
    ADJUST = "ADJUST"
    TRANSFER = "TRANSFER"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    CREDIT_ON = "CREDIT_ON"
    CREDIT_BACK = "CREDIT_BACK"


ENTRIES: Mapping[PostingKind, frozenset[tuple[Book, Book]]] = {
    PostingKind.PAY: frozenset(
        {(Book.CASH, Book.DEPOSIT), (Book.CASH, Book.RECEIVABLE), (Book.CASH, Book.SUSPENSE)},
    ),
    PostingKind.BONUS: frozenset({(Book.BONUS_COST, Book.BONUS)}),
    PostingKind.REFUND: frozenset({(Book.FROZEN, Book.CASH)}),
    PostingKind.BILL: frozenset(
        {
            (Book.RECEIVABLE, Book.REVENUE),
            (Book.BONUS, Book.RECEIVABLE),
            (Book.DEPOSIT, Book.RECEIVABLE),
            (Book.REVENUE, Book.RECEIVABLE),  # a correction to the customer's favour, of what is still unpaid
            (Book.REVENUE, Book.DEPOSIT),  # and of what had been paid
        }
    ),
    PostingKind.LATE: frozenset({(Book.CASH, Book.LATE_INCOME), (Book.SUSPENSE, Book.LATE_INCOME)}),
    PostingKind.ADJUST: frozenset({(Book.ADJUSTMENT, Book.DEPOSIT), (Book.DEPOSIT, Book.ADJUSTMENT)}),
    PostingKind.TRANSFER: frozenset(
        {
            (Book.TAKEN_OVER, Book.DEPOSIT),
            (Book.SUSPENSE, Book.DEPOSIT),
            (Book.SUSPENSE, Book.RECEIVABLE),
        }
    ),
    PostingKind.FREEZE: frozenset({(Book.DEPOSIT, Book.FROZEN)}),
    PostingKind.UNFREEZE: frozenset({(Book.FROZEN, Book.DEPOSIT)}),
    PostingKind.CREDIT_ON: frozenset({(Book.CREDIT_OUT, Book.CREDIT_LINE)}),
    PostingKind.CREDIT_BACK: frozenset({(Book.CREDIT_LINE, Book.CREDIT_OUT)}),
}
"""Per kind the pairs (debit, credit) it may join."""

CREDITED: Mapping[Book, tuple[str, ...]] = {
    Book.DEPOSIT: ("p",),
    Book.FROZEN: ("p", "f"),
    Book.BONUS: ("b",),
}
"""Running totals that grow when the ledger account is credited: what is owed to the customer."""

DEBITED: Mapping[Book, tuple[str, ...]] = {Book.RECEIVABLE: ("o",), Book.CREDIT_OUT: ("credit",)}
"""Running totals that grow when the ledger account is debited: what the customer owes or holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting to be made: whole fen, positive. ``key`` makes it once only; it counts from ``value_day`` on."""

    kind: PostingKind
    debit: Book
    credit: Book
    amount: Decimal
    key: str
    value_day: date | None = None
    bill: int | None = None
    payment: int | None = None


def check_amount(amount: Decimal, what: str) -> None:
    """Refuse an amount that is not a positive number of fen. Raises :class:`AmountError`."""
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(FEN):
        raise AmountError(f"{what} of {amount} yuan: an amount is positive and in whole fen")


def effects(entry: Entry) -> dict[str, Decimal]:
    """Give by how much a posting moves each running total of its account."""
    moved: dict[str, Decimal] = {}
    signs = (
        (CREDITED.get(entry.credit, ()), 1),
        (CREDITED.get(entry.debit, ()), -1),
        (DEBITED.get(entry.debit, ()), 1),
        (DEBITED.get(entry.credit, ()), -1),
    )
    for columns, sign in signs:
        for column in columns:
            moved[column] = moved.get(column, NOTHING) + sign * entry.amount
    return {column: delta for column, delta in moved.items() if delta}


def enter(tx: Tx, account: int | None, entry: Entry) -> int:
    """Make a posting and move the account's balance; give its id.

    The same key with the same content is the same posting; with another one it is a
    :class:`headend.store.ConflictError`. Raises :class:`EntryError` for two ledger accounts that the kind never joins
    and :class:`AmountError` where a customer's part of one would fall below zero.
    """
    check_amount(entry.amount, f"posting {entry.key}")
    if (entry.debit, entry.credit) not in ENTRIES[entry.kind]:
        raise EntryError(f"posting {entry.key}: {entry.kind} never goes from {entry.debit} to {entry.credit}")
    row = {
        "kind": entry.kind.value,
        "account": account,
        "debit": entry.debit.value,
        "credit": entry.credit.value,
        "amount": entry.amount,
        "bill": entry.bill,
        "payment": entry.payment,
    }
    stored = tx.one(select(p).where(p.c.key == entry.key))
    if stored is not None:
        if any(getattr(stored, name) != value for name, value in row.items()):
            raise ConflictError(f"posting {entry.key} is in the ledger with another content; give this one its own key")
        return int(stored.id)
    if account is not None:
        _move(tx, account, entry)
    return tx.insert(p, **row, key=entry.key, value_day=entry.value_day or tx.today, **tx.stamp())


def totals(view: View, account: int) -> Available:
    """Give the running totals of an account; all zero before its first posting or estimate."""
    row = view.one(select(*(b.c[name] for name in TOTALS)).where(b.c.account == account))
    return Available(*([NOTHING] * len(TOTALS) if row is None else row))


def _move(tx: Tx, account: int, entry: Entry) -> None:
    tx.lock(account)
    moved = effects(entry)
    if not moved:
        return
    tx.insert_new(b, [{"account": account, **dict.fromkeys(TOTALS, NOTHING)}], keys=["account"])
    tx.execute(b.update().where(b.c.account == account).values({b.c[c]: b.c[c] + d for c, d in moved.items()}))
    now = totals(tx, account)
    short = [column for column in moved if getattr(now, column) < 0]
    if short or now.free_deposit < 0:
        raise AmountError(
            f"posting {entry.key}: {entry.amount} yuan is more than {entry.debit} or {entry.credit} holds"
        )
