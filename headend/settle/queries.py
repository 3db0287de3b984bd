"""What others look up: the note of a run, the lines of a fee, days, postings and payments of an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from headend import archive
from headend.settle import feerows, prices, tables
from headend.settle.book import PriceHistory
from headend.settle.cycle import Terms
from headend.settle.fee import FeeLine
from headend.settle.feerows import StoredDay
from headend.settle.model import RunNote
from headend.settle.subjects import tier_uses
from headend.settle.tiers import FULL_USE
from headend.store import View

ONE_DAY = timedelta(days=1)

r, p, t = tables.estimate_run, tables.posting, tables.payment


@dataclass(frozen=True, slots=True)
class PostingLine:
    """A posting of an account, as its history shows it."""

    id: int
    kind: str
    debit: str
    credit: str
    amount: Decimal
    value_day: date
    bill: int | None
    payment: int | None
    at: datetime
    actor: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment, as a list shows it; ``account`` None: it came for a number that was not known, or closed."""

    id: int
    channel: str
    serial: str
    account_no: str
    account: int | None
    amount: Decimal
    paid_at: datetime
    at: datetime


def run_note(view: View, day: date) -> RunNote:
    """Give what is known of the estimation run of a business day, by the newest run of each chunk."""
    newest = select(func.max(r.c.id)).where(r.c.day == day).group_by(r.c.first, r.c.past)
    runs = view.all(select(r).where(r.c.id.in_(newest)).order_by(r.c.id))
    counted: Mapping[str, int] = {
        name: sum(getattr(run, name) for run in runs) for name in ("good", "interpolated", "estimated", "failed")
    }
    customers, openings = archive.customers().subquery(), archive.openings().subquery()
    open_then = customers.c.closed.is_(None) | (customers.c.closed > day - ONE_DAY)
    begun = openings.c.cycle_start.is_(None) | (openings.c.cycle_start < day)
    everyone = (
        select(func.count()).select_from(customers).outerjoin(openings, openings.c.account == customers.c.account)
    )
    accounts = int(view.scalar(everyone.where(open_then, begun)) or 0)
    return RunNote(
        day=day,
        accounts=accounts,
        done=counted["good"] + counted["interpolated"] + counted["estimated"],
        **counted,
        book=max((run.book for run in runs), default=None),
        finished=max((run.at for run in runs), default=None),
    )


def fee_lines(view: View, account: int, day: date) -> tuple[FeeLine, ...]:
    """Give the lines of an account's cycle up to and with an energy day: what its fee is made of; () if it has none."""
    found = days(view, account, day, day).get(day)
    if found is None:
        return ()
    price = found.day.price
    use = tier_uses(view, range(account, account + 1)).get(account, FULL_USE)
    return found.day.after.lines(Terms(PriceHistory(prices.price_book(view), price.code), use))


def days(view: View, account: int, first: date, last: date) -> dict[date, StoredDay]:
    """Give the energy days of an account from ``first`` to ``last``, both included, in their newest versions."""
    return feerows.days_of(view, prices.price_book(view), account, first, last)


def postings(view: View, account: int) -> list[PostingLine]:
    """Give the postings of an account, the oldest first."""
    names = PostingLine.__dataclass_fields__
    rows = view.all(select(*(p.c[name] for name in names)).where(p.c.account == account).order_by(p.c.at, p.c.id))
    return [PostingLine(**row._asdict()) for row in rows]


def payments(view: View, account: int) -> list[PaymentLine]:
    """Give the payments of an account, the oldest first."""
    names = PaymentLine.__dataclass_fields__
    rows = view.all(select(*(t.c[name] for name in names)).where(t.c.account == account).order_by(t.c.at, t.c.id))
    return [PaymentLine(**row._asdict()) for row in rows]


def payment(view: View, number: int) -> PaymentLine:
    """Give a payment by id. Raises LookupError."""
    names = PaymentLine.__dataclass_fields__
    row = view.one(select(*(t.c[name] for name in names)).where(t.c.id == number))
    if row is None:
        raise LookupError(f"there is no payment with id {number}")
    return PaymentLine(**row._asdict())
