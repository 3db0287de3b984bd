"""Rows of ``fee_day`` as values, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from headend.collect import Consumption, Mark
from headend.settle import tables
from headend.settle.book import PriceBook
from headend.settle.cycle import Standing
from headend.settle.fee import Piece
from headend.settle.price import ENERGY_PLACES
from headend.settle.roll import DayFee
from headend.store import View

f = tables.fee_day
_newer = tables.fee_day.alias("newer")

TARIFF_COLUMNS = ("t1", "t2", "t3", "t4")
ONE_DAY = timedelta(days=1)

LOOK_BACK = 62
"""How many days back an account's newest day, or a filled gap, is looked for first: two cycles."""


@dataclass(frozen=True, slots=True)
class StoredDay:
    """The newest version of an account's energy day."""

    account: int
    version: int
    next: Decimal | None
    day: DayFee

    def same(self, other: DayFee) -> bool:
        """Tell whether another computation came to the same day."""
        return row_of(self.day) == row_of(other)


_NEWEST = select(f).where(
    ~select(_newer.c.version)
    .where(_newer.c.day == f.c.day, _newer.c.account == f.c.account, _newer.c.version > f.c.version)
    .exists()
)


def select_days(*which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Select the newest versions of fee days; state the days, they are the first part of the key."""
    return _NEWEST.where(*which)


def stored_days(view: View, book: PriceBook, accounts: range, day: date) -> dict[int, StoredDay]:
    """Give the newest version of an energy day for each account of a range that has one."""
    within = (f.c.account >= accounts.start) & (f.c.account < accounts.stop)
    rows = view.all(select_days(f.c.day == day, within))
    return {row.account: _stored(row, book) for row in rows}


def days_of(view: View, book: PriceBook, account: int, first: date, last: date) -> dict[date, StoredDay]:
    """Give the newest versions of one account's energy days from ``first`` to ``last``, both included."""
    days = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    rows = view.all(select_days(f.c.day.in_(days), f.c.account == account).order_by(f.c.day))
    return {row.day: _stored(row, book) for row in rows}


def newest_day(view: View, account: int, until: date) -> date | None:
    """Give the newest energy day of an account, up to a day and at most two cycles before it."""
    days = [until - n * ONE_DAY for n in range(LOOK_BACK + 1)]
    found: date | None = view.scalar(select(func.max(f.c.day)).where(f.c.day.in_(days), f.c.account == account))
    return found


def count_marks(view: View, accounts: range, day: date) -> dict[Mark, int]:
    """Count an energy day's marks over the accounts of a range."""
    newest = select_days(f.c.day == day, f.c.account >= accounts.start, f.c.account < accounts.stop).subquery()
    rows = view.all(select(newest.c.mark, func.count().label("days")).group_by(newest.c.mark))
    return {Mark(row.mark): row.days for row in rows}


def row_of(day: DayFee) -> dict[str, Any]:
    """Give the columns that follow from a computed day."""
    after = day.after
    tariffs = dict(zip(TARIFF_COLUMNS, day.energy.tariffs or (None,) * len(TARIFF_COLUMNS), strict=True))
    span = {"first_freeze": day.first, "last_freeze": day.last, "reading_version": day.reading}
    cycle = {"cycle_start": after.start, "cycle_kwh": after.energy, "counter": after.counter}
    money = {"fee": day.fee, "dayfee": day.dayfee, "pieces": pieces_text(after.pieces)}
    own = {"day": day.day, "kwh": day.energy.total, "mark": day.mark.value, "good": day.good}
    return {**own, **tariffs, **span, **cycle, **money, "price": day.price.version}


def pieces_text(pieces: Sequence[Piece]) -> str:
    """Write a cycle's energy: per price version and season the total and the periods, in 0.0001 kWh."""
    rows = [[p.price.version, p.season, *map(_units, (p.energy.total, *p.energy.tariffs))] for p in pieces]
    return json.dumps(rows, separators=(",", ":"))


def pieces_of(text: str, book: PriceBook) -> tuple[Piece, ...]:
    """Read what :func:`pieces_text` wrote."""
    return tuple(
        Piece(book.by_version[version], season, Consumption(_kwh(total), tuple(map(_kwh, tariffs))))
        for version, season, total, *tariffs in json.loads(text)
    )


def _units(kwh: Decimal) -> int:
    return int(kwh.scaleb(ENERGY_PLACES))


def _kwh(units: int) -> Decimal:
    return Decimal(units).scaleb(-ENERGY_PLACES)


def _stored(row: Row[Any], book: PriceBook) -> StoredDay:
    tariffs: Mapping[str, Decimal | None] = {name: getattr(row, name) for name in TARIFF_COLUMNS}
    energy = Consumption(row.kwh, tuple(t for t in tariffs.values() if t is not None))
    after = Standing(row.day + ONE_DAY, row.cycle_start, row.counter, pieces_of(row.pieces, book))
    span = (row.first_freeze, row.last_freeze, row.reading_version)
    day = DayFee(
        row.day, energy, Mark(row.mark), row.good, *span, row.fee, row.dayfee, after, book.by_version[row.price]
    )
    return StoredDay(row.account, row.version, row.next, day)
