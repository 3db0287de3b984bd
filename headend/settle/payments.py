"""Money that comes, is set aside or goes back: payments, bonus, emergency credit, adjustments, refunds."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from headend import archive, work
from headend.settle import bills, ledger, tables
from headend.settle.errors import AmountError, NotSettledError
from headend.settle.ledger import NOTHING, Book, Entry, PostingKind
from headend.settle.model import Payment, Posted
from headend.settle.writing import note_lowered
from headend.store import BUSINESS_ZONE, ConflictError, Fact, Tx, View

t, p = tables.payment, tables.posting


def post(tx: Tx, payment: Payment) -> Posted:
    """Post a payment: to settled bills from the oldest on, in each its late charge first, and the rest to the deposit.

    The same channel and serial give the same answer; with another amount or account they are a
    :class:`headend.store.ConflictError`. A payment for an unknown or closed account goes to suspense, with a work
    order. Raises :class:`headend.settle.errors.AmountError`.
    """
    ledger.check_amount(payment.amount, f"payment {payment.channel} {payment.serial}")
    account = _open_account(tx, payment.account_no)
    if account is not None:
        tx.lock(account)
    stored = tx.one(select(t).where(t.c.channel == payment.channel, t.c.serial == payment.serial))
    if stored is not None:
        if (stored.amount, stored.account_no) != (payment.amount, payment.account_no):
            raise ConflictError(
                f"payment {payment.channel} {payment.serial} was posted with {stored.amount} yuan for "
                f"{stored.account_no}; a payment of {payment.amount} for {payment.account_no} needs a serial of its own"
            )
        return _posted(tx, int(stored.id), stored.account, already=True)
    told = {"channel": payment.channel, "serial": payment.serial, "account_no": payment.account_no}
    row = {**told, "account": account, "amount": payment.amount, "paid_at": payment.paid_at}
    number = tx.insert(t, **row, **tx.stamp())
    if account is None:
        suspense = Entry(PostingKind.PAY, Book.CASH, Book.SUSPENSE, payment.amount, f"pay:{number}", payment=number)
        ledger.enter(tx, None, suspense)
        values = {"payment": str(number), "account_no": payment.account_no, "amount": str(payment.amount)}
        work.open_order(tx, work.OrderKind.UNPOSTED_PAYMENT, due=tx.now, unit=archive.whole(tx).unit, values=values)
        return _posted(tx, number, None, already=False)
    value_day = min(payment.paid_at, tx.now).astimezone(BUSINESS_ZONE).date()
    _distribute(tx, account, number, payment.amount, value_day=value_day, source=Book.CASH)
    return _posted(tx, number, account, already=False)


def assign(tx: Tx, payment: int, account: int) -> Posted:
    """Give a payment in suspense to the account it was meant for. Doing it twice changes nothing."""
    tx.lock(account)
    stored = tx.one(select(t).where(t.c.id == payment, t.c.account.is_(None)))
    if stored is None:
        raise AmountError(f"payment {payment} is not in suspense; look at `headend payment list --suspense`")
    given = tx.scalar(select(p.c.account).where(p.c.payment == payment, p.c.account.is_not(None)).limit(1))
    if given is not None and given != account:
        raise ConflictError(f"payment {payment} was given to account id {given} already")
    if given is None:
        value_day = stored.paid_at.astimezone(BUSINESS_ZONE).date()
        _distribute(tx, account, payment, stored.amount, value_day=value_day, source=Book.SUSPENSE)
    return _posted(tx, payment, account, already=given is not None)


def take_over(tx: Tx, account: int, deposit: Decimal) -> None:
    """Post the deposit that an account brings along at its opening; once only."""
    tx.lock(account)
    if deposit:
        entry = Entry(PostingKind.TRANSFER, Book.TAKEN_OVER, Book.DEPOSIT, deposit, f"opening:{account}")
        _simple(tx, account, entry)


def give_bonus(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Credit a bonus (电费红包): used before cash, never paid out."""
    return _simple(tx, account, Entry(PostingKind.BONUS, Book.BONUS_COST, Book.BONUS, amount, f"bonus:{key}"))


def give_credit(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Give emergency credit (应急电费): A stays, V grows; the next payments take it back first."""
    return _simple(
        tx, account, Entry(PostingKind.CREDIT_ON, Book.CREDIT_OUT, Book.CREDIT_LINE, amount, f"credit:{key}")
    )


def end_credit(tx: Tx, account: int, key: str) -> Decimal:
    """End the open emergency credit of an account; give how much there was."""
    tx.lock(account)
    open_credit = ledger.totals(tx, account).credit
    if open_credit:
        entry = Entry(PostingKind.CREDIT_BACK, Book.CREDIT_LINE, Book.CREDIT_OUT, open_credit, f"credit-end:{key}")
        _simple(tx, account, entry)
    return open_credit


def adjust(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Adjust the deposit, up or (negative) down; a shortage that follows from it waits (R8)."""
    sides = (Book.ADJUSTMENT, Book.DEPOSIT) if amount > 0 else (Book.DEPOSIT, Book.ADJUSTMENT)
    posting = _simple(tx, account, Entry(PostingKind.ADJUST, *sides, abs(amount), f"adjust:{key}"))
    if amount < 0:
        note_lowered(tx, [account])
    return posting


def freeze_deposit(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Set a part of the cash deposit aside for a refund or a dispute."""
    return _simple(tx, account, Entry(PostingKind.FREEZE, Book.DEPOSIT, Book.FROZEN, amount, f"freeze:{key}"))


def release_deposit(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Give a part that was set aside free again."""
    return _simple(tx, account, Entry(PostingKind.UNFREEZE, Book.FROZEN, Book.DEPOSIT, amount, f"unfreeze:{key}"))


def refund(tx: Tx, account: int, amount: Decimal, key: str) -> int:
    """Pay out a part of the deposit that was set aside, once every cycle and bill of the account is settled.

    Raises :class:`headend.settle.errors.NotSettledError` before that.
    """
    tx.lock(account)
    money = ledger.totals(tx, account)
    if money.e or money.o or money.l:
        owed = money.e + money.o + money.l
        raise NotSettledError(
            f"account id {account} has {owed} yuan unsettled; settle its cycle and bills, then refund"
        )
    return _simple(tx, account, Entry(PostingKind.REFUND, Book.FROZEN, Book.CASH, amount, f"refund:{key}"))


def unassigned(view: View) -> list[int]:
    """Give the payments that lie in suspense, the oldest first."""
    given = select(p.c.id).where(p.c.payment == t.c.id, p.c.account.is_not(None))
    rows = view.all(select(t.c.id).where(t.c.account.is_(None), ~given.exists()).order_by(t.c.id))
    return [row.id for row in rows]


def _distribute(tx: Tx, account: int, payment: int, amount: Decimal, *, value_day: date, source: Book) -> None:
    """Share a payment out (6.4); open emergency credit goes back first, which moves no money of the customer's."""
    kind = PostingKind.PAY if source is Book.CASH else PostingKind.TRANSFER
    totals = ledger.totals(tx, account)
    if totals.credit:
        back = min(amount, totals.credit)
        key = f"pay:{payment}:credit"
        ledger.enter(
            tx, account, Entry(PostingKind.CREDIT_BACK, Book.CREDIT_LINE, Book.CREDIT_OUT, back, key, payment=payment)
        )
    left = amount
    owing = bills.open_bills(tx, account, value_day) if totals.o or totals.l else []
    for bill in owing:
        shares = ((PostingKind.LATE, Book.LATE_INCOME, bill.late), (kind, Book.RECEIVABLE, bill.unpaid))
        for posting, book, owed in shares:
            part = min(left, owed)
            if part:
                key = f"pay:{payment}:{book}:{bill.id}"
                ledger.enter(tx, account, Entry(posting, source, book, part, key, value_day, bill.id, payment))
                left -= part
    if left:
        ledger.enter(
            tx, account, Entry(kind, source, Book.DEPOSIT, left, f"pay:{payment}:deposit", value_day, None, payment)
        )
    if owing:
        bills.accrue_late(tx, [account], tx.today)
    tx.changed(account, Fact.MONEY, payment)


def _simple(tx: Tx, account: int, entry: Entry) -> int:
    tx.lock(account)
    posting = ledger.enter(tx, account, entry)
    tx.changed(account, Fact.MONEY, posting)
    return posting


def _open_account(view: View, no: str) -> int | None:
    """Give the account of a customer number; None if there is none or it is closed."""
    try:
        account = archive.find(view, no)
    except archive.UnknownAccountError:
        return None
    return account.id if account.closed is None or account.closed > view.today else None


def _posted(view: View, payment: int, account: int | None, *, already: bool) -> Posted:
    """Read what became of a payment from its postings."""
    rows = view.all(select(p.c.kind, p.c.credit, p.c.amount).where(p.c.payment == payment))
    given = {book: sum((r.amount for r in rows if r.credit == book), NOTHING) for book in Book}
    late, principal, deposit = given[Book.LATE_INCOME], given[Book.RECEIVABLE], given[Book.DEPOSIT]
    return Posted(payment, account, already, late, principal, deposit, given[Book.CREDIT_OUT])
