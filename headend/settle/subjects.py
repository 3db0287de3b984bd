"""Whom an estimation is about: accounts with their price, tiers and metering, for a chunk as for one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, func, select

from headend import archive
from headend.archive import Opening, Place
from headend.settle import feerows, prices, tables
from headend.settle.book import PriceBook
from headend.settle.habits import area_median
from headend.settle.tiers import FULL_USE, TierUse
from headend.store import Tx, View

ONE_DAY = timedelta(days=1)

MEDIAN_DAYS = 7
"""Over how many days an area's median of a class is taken."""

t, f = tables.tier_use, tables.fee_day


@dataclass(frozen=True, slots=True)
class Setting:
    """What all accounts of a run share."""

    book: PriceBook
    working: Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Subject:
    """An account as the estimation of one energy day sees it; ``place`` is its meter on that day."""

    account: int
    class_code: str
    price_code: str
    area: int
    capacity_kw: Decimal | None
    place: Place | None
    opening: Opening | None
    use: TierUse


def setting(view: View) -> Setting:
    """Read what all accounts of a run share."""
    return Setting(prices.price_book(view), cache(archive.calendar(view).is_working))


def subjects(view: View, accounts: range, day: date) -> list[Subject]:
    """Give the accounts of a range that are open on an energy day, by id."""
    customers = archive.customers()
    closed = customers.selected_columns["closed"]
    open_ones = customers.where(closed.is_(None) | (closed > day)).order_by("account")
    places = {row.account: Place(**row._asdict()) for row in view.all(_within(archive.placements(day), accounts))}
    openings = {row.account: Opening(**row._asdict()) for row in view.all(_within(archive.openings(), accounts))}
    uses = tier_uses(view, accounts)
    return [
        Subject(
            row.account,
            row.class_code,
            row.price_code,
            row.area,
            None if row.capacity_w is None else Decimal(row.capacity_w).scaleb(-3),
            places.get(row.account),
            openings.get(row.account),
            uses.get(row.account, FULL_USE),
        )
        for row in view.all(_within(open_ones, accounts))
    ]


def tier_uses(view: View, accounts: range) -> dict[int, TierUse]:
    """Give what shortens or widens the tiers of accounts that have such an entry."""
    newest = select(func.max(t.c.id)).where(_range(t.c.account, accounts)).group_by(t.c.account)
    return {row.account: _use(row) for row in view.all(select(t).where(t.c.id.in_(newest)))}


def set_tier_use(tx: Tx, account: int, use: TierUse) -> None:
    """Enter what shortens or widens an account's tiers; it acts from the next cycle on, as new bounds do."""
    tx.lock(account)
    own = {"since": use.since, "until": use.until, "large_from": use.large_from, "large_until": use.large_until}
    tx.insert(t, account=account, **own, **tx.stamp())


def median_of(view: View, subject: Subject, day: date) -> Decimal:
    """Give the area's median of the class in kWh a day, over the good days of the week before ``day``; 0 if none."""
    days = [day - n * ONE_DAY for n in range(1, MEDIAN_DAYS + 1)]
    customers = archive.customers().subquery()
    alike = (customers.c.area == subject.area) & (customers.c.class_code == subject.class_code)
    statement = feerows.select_days(f.c.day.in_(days), f.c.good).join(customers, customers.c.account == f.c.account)
    return area_median([row.kwh for row in view.all(statement.where(alike))])


def _within(selectable: Select[Any], accounts: range) -> Select[Any]:
    """Bound a selectable keyed by account: each table gets the bounds, as a range is not carried over a join."""
    return selectable.where(_range(selectable.selected_columns["account"], accounts))


def _range(column: Any, accounts: range) -> Any:
    return (column >= accounts.start) & (column < accounts.stop)


def _use(row: Row[Any]) -> TierUse:
    return TierUse(row.since, row.until, row.large_from, row.large_until)
