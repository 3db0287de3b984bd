"""F9 and F10: what is available, and how it compares with the baseline (基准比较)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Integer, Select, case, func, literal, null, select, type_coerce

from headend import archive
from headend.archive import Numbers
from headend.collect import Mark, Registers
from headend.settle import feerows, ledger, loading, prices, tables, writing
from headend.settle.errors import EnergyUnknownError
from headend.settle.feerows import LOOK_BACK, StoredDay
from headend.settle.model import Available, Comparison, Result
from headend.settle.price import ZERO
from headend.settle.roll import Freeze
from headend.settle.subjects import setting, subjects
from headend.store import View, Yuan

ONE_DAY = timedelta(days=1)

MOST_DAYS_LEFT = 30

f, b = tables.fee_day, tables.balance


def available(view: View, account: int) -> Available:
    """Give the available balance of an account (F9) and its parts, as of this moment's ledger."""
    return ledger.totals(view, account)


def days_left(a: Decimal, cost: Decimal) -> int:
    """Give for how many days A lasts at an expected cost a day (F7): whole days, at most 30."""
    return MOST_DAYS_LEFT if not cost else min(MOST_DAYS_LEFT, int(max(ZERO, a) / cost))


def result_of(v: Decimal, deposit: Decimal, e: Decimal, cost: Decimal | None, numbers: Numbers) -> Result:
    """Compare (F10). Equality is the better side for the customer; without an expected cost the paper rule is silent.

    The paper rule: the deposit (P + B) does not cover the cycles' fees and the next day's cost.
    """
    if numbers.cut_at is not None and v < numbers.cut_at:
        return Result.SHORT
    if v < numbers.t2:
        return Result.WARN
    if v < numbers.t1 or (cost is not None and deposit < e + cost):
        return Result.REMIND
    return Result.OK


def compare(view: View, account: int, *, day: date, register: Decimal | Registers | None = None) -> Comparison:
    """Compare an account with the numbers that hold on the business day ``day`` (F10), by this moment's ledger.

    With ``register``, a live read of now: E up to that register. Raises
    :class:`headend.settle.errors.EnergyUnknownError` where it can't follow from the last reading, and
    :class:`headend.archive.NoNumbersError`.
    """
    numbers = archive.numbers(view, account, day)
    money = ledger.totals(view, account)
    adjusted = view.scalar(select(b.c.adjusted).where(b.c.account == account))
    last = _newest(view, account, day - ONE_DAY)
    fee = ledger.NOTHING if last is None else last.day.fee
    if register is not None:
        live = _live(view, account, register if isinstance(register, Registers) else Registers(register))
        money = replace(money, e=money.e + live.moved)
        fee = live.fee
    cost = None if last is None else last.next
    return Comparison(
        result=result_of(money.v, money.p + money.b, money.e, cost, numbers),
        a=money.a,
        v=money.v,
        deposit=money.p + money.b,
        e=money.e,
        next=cost,
        days_left=None if cost is None else days_left(money.a, cost),
        fee=fee,
        mark=None if last is None else last.day.mark,
        estimated=None if last is None else last.day.day,
        last_reading=None if last is None else last.day.last or last.day.first,
        revised=last is not None and last.version > 1,
        t1=numbers.t1,
        t2=numbers.t2,
        cut_at=numbers.cut_at,
        restore_at=numbers.restore_at,
        adjusted=adjusted,
    )


def restore_ok(view: View, account: int, *, day: date) -> bool:
    """Tell whether V has reached Rz by this moment's ledger; always so for an account that is never short."""
    return compare(view, account, day=day).restore_ok


def balances(day: date) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account``: every account with a balance, as the run of a business day left it.

    Columns: account, p, b, f, e, o, l, credit, pb (P + B), a, v, adjusted (R8), by this moment's ledger; and of the
    run's energy day, NULL where the account has none: next, days_left, mark, fee, dayfee, cycle_start, last_reading,
    revised (1 if the day was computed again after it was first stored, else 0).
    """
    c = b.c
    a = type_coerce(c.p + c.b - c.f - c.e - c.o - c.l, Yuan)
    days = feerows.select_days(f.c.day == literal(day - ONE_DAY)).subquery("fee")
    d = days.c
    whole_days = case((a <= 0, literal(0)), else_=type_coerce(a, Integer) // type_coerce(d.next, Integer))
    left = case(
        (d.next.is_(None), null()),
        (d.next == 0, literal(MOST_DAYS_LEFT)),
        (whole_days > MOST_DAYS_LEFT, literal(MOST_DAYS_LEFT)),
        else_=whole_days,
    )
    totals = (c.account, c.p, c.b, c.f, c.e, c.o, c.l, c.credit, c.adjusted)
    return (
        select(*totals, type_coerce(c.p + c.b, Yuan).label("pb"), a.label("a"))
        .add_columns(type_coerce(a + c.credit, Yuan).label("v"))
        .add_columns(d.next, left.label("days_left"), d.mark, d.fee, d.dayfee, d.cycle_start)
        .add_columns(func.coalesce(d.last_freeze, d.first_freeze).label("last_reading"))
        .add_columns(case((d.version > 1, literal(1)), (d.version == 1, literal(0)), else_=null()).label("revised"))
        .outerjoin(days, d.account == c.account)
    )


def _newest(view: View, account: int, day: date) -> StoredDay | None:
    """Give an account's energy day, or where it has none the one before it."""
    book = prices.price_book(view)
    found = feerows.days_of(view, book, account, day, day).get(day)
    if found is not None:
        return found
    before = feerows.newest_day(view, account, day)
    return None if before is None else feerows.days_of(view, book, account, before, before)[before]


@dataclass(frozen=True, slots=True)
class _Live:
    """What a live register makes of the estimate: by how much E moves, and the fee of the cycle up to now."""

    moved: Decimal
    fee: Decimal


def _live(view: View, account: int, registers: Registers) -> _Live:
    """Compute F6 up to a live register: the energy since the last usable freeze, divided over the days up to today."""
    today = view.today
    shared = setting(view)
    subject = next(iter(subjects(view, range(account, account + 1), today)), None)
    if subject is None or subject.place is None or subject.opening is None:
        raise EnergyUnknownError(f"account id {account} has no meter or no opening; import the account's row again")
    stored = feerows.days_of(view, shared.book, account, today - LOOK_BACK * ONE_DAY, today)
    start = loading.find_start(view, subject, stored, today + ONE_DAY)
    course = loading.one_course(view, shared, subject, stored, start.standing.day)
    read = loading.freezes(view, subject.place.point, start.standing.day, today)
    now = Freeze(today + ONE_DAY, registers, Mark.G, 0, partial=not registers.tariffs)
    rolled = course.roll(start, [*read, now], now.day)
    if rolled.days[-1].last != now.day:
        raise EnergyUnknownError(
            f"account id {account}: no energy follows from register {registers.total}; read the meter again"
        )
    old = [found.day for day, found in sorted(stored.items()) if day >= start.standing.day]
    return _Live(sum(writing.moved(start, old, rolled.days).values(), ZERO), rolled.days[-1].fee)
