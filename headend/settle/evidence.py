"""What an audit (稽查) looks at: every payment, and how much of it was posted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from headend.settle import tables
from headend.settle.ledger import NOTHING, Book
from headend.store import View

t, p = tables.payment, tables.posting


@dataclass(frozen=True, slots=True)
class PaymentSum:
    """A payment, and the sum of the postings that took its cash in, in yuan."""

    id: int
    channel: str
    serial: str
    account_no: str
    account: int | None
    amount: Decimal
    posted: Decimal
    at: datetime


def payment_sums(view: View) -> list[PaymentSum]:
    """Give every payment with what was posted of it, oldest first."""
    cash = select(p.c.payment, func.sum(p.c.amount, type_=p.c.amount.type).label("posted"))
    taken = cash.where(p.c.debit == Book.CASH.value, p.c.payment.is_not(None)).group_by(p.c.payment).subquery()
    columns = (t.c.id, t.c.channel, t.c.serial, t.c.account_no, t.c.account, t.c.amount, taken.c.posted, t.c.at)
    rows = view.all(select(*columns).outerjoin(taken, taken.c.payment == t.c.id).order_by(t.c.id))
    return [PaymentSum(**{**row._asdict(), "posted": row.posted or NOTHING}) for row in rows]
