"""What an estimation starts from: the last standing, the freezes since, the habits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from headend import archive, collect
from headend.archive import Place
from headend.collect import USABLE, Consumption, DayEnergy, Mark, Reading, Registers
from headend.settle import feerows, tables
from headend.settle.book import PriceHistory
from headend.settle.cycle import Standing, Terms
from headend.settle.feerows import TARIFF_COLUMNS, StoredDay
from headend.settle.habits import WINDOW, Habits
from headend.settle.roll import Course, Freeze, Metering, Start
from headend.settle.subjects import Setting, Subject, median_of
from headend.store import View

ONE_DAY = timedelta(days=1)

HABIT_SCAN = 10
"""How many days back everybody's good days are read; an account with fewer than seven in them is looked up alone."""

f = tables.fee_day


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the ordinary accounts of a chunk need, read at once: rows by account, readings by point."""

    before: Mapping[int, StoredDay]
    present: Mapping[int, StoredDay]
    starts: Mapping[int, Reading]
    ends: Mapping[int, Reading]
    habits: Mapping[int, tuple[DayEnergy, ...]]
    dark: Mapping[int, frozenset[date]]


def load_chunk(view: View, setting: Setting, accounts: range, points: range, day: date) -> Chunk:
    """Read what is needed to compute the energy day ``day`` of a chunk."""
    habits: dict[int, tuple[DayEnergy, ...]] = {}
    for row in view.all(_good_days(accounts, day)):
        account, good_day, *energy = tuple(row)
        if len(known := habits.get(account, ())) < WINDOW:
            habits[account] = (*known, DayEnergy(good_day, _consumption(*energy)))
    return Chunk(
        before=feerows.stored_days(view, setting.book, accounts, day - ONE_DAY),
        present=feerows.stored_days(view, setting.book, accounts, day),
        starts=_readings(view, points, day),
        ends=_readings(view, points, day + ONE_DAY),
        habits=habits,
        dark=collect.dark_days(view, accounts, day, day),
    )


def course(
    view: View,
    setting: Setting,
    subject: Subject,
    *,
    meters: Iterable[Place],
    habits: tuple[DayEnergy, ...],
    codes: Mapping[date, str],
    dark: frozenset[date],
    day: date,
) -> Course:
    """Put together by what an account is computed; the area's median is read only if it is needed."""
    terms = Terms(PriceHistory(setting.book, subject.price_code, codes), subject.use)
    metering = Metering(tuple(meters), subject.capacity_kw, dark)
    return Course(terms, metering, Habits(habits, setting.working, lambda: median_of(view, subject, day)))


def one_course(view: View, setting: Setting, subject: Subject, stored: Mapping[date, StoredDay], first: date) -> Course:
    """Give the course of one account from the freeze of ``first`` on; ``stored`` days keep their price codes."""
    assert subject.place is not None, f"account id {subject.account} has no meter"
    point, account = subject.place.point, subject.account
    dark = collect.dark_days(view, range(account, account + 1), first, view.today).get(account, frozenset())
    return course(
        view,
        setting,
        subject,
        meters=archive.installations(view, point),
        habits=tuple(collect.good_days(view, point, first)),
        codes={day: found.day.price.code for day, found in stored.items()},
        dark=dark,
        day=first,
    )


def find_start(view: View, subject: Subject, stored: Mapping[date, StoredDay], changed: date) -> Start:
    """Find the last standing on a usable freeze before the freeze of ``changed``, else the account's opening."""
    assert subject.place is not None, f"account id {subject.account} has no meter"
    ends = [day + ONE_DAY for day, found in stored.items() if found.day.last == day + ONE_DAY < changed]
    readings = _usable(view, subject.place.point, min(ends), max(ends)) if ends else {}
    for end in sorted(ends, reverse=True):
        if end in readings:
            return Start(stored[end - ONE_DAY].day.after, readings[end], stored[end - ONE_DAY].day.fee)
    return _opening(view, subject)


def freezes(view: View, point: int, after: date, until: date) -> list[Freeze]:
    """Give the usable freezes after a day up to another one."""
    return list(_usable(view, point, after + ONE_DAY, until).values()) if after < until else []


def as_freeze(reading: Reading) -> Freeze:
    """Take a usable reading as a freeze."""
    registers, mark, suspect = reading.registers, reading.mark, reading.periods_suspect
    return Freeze(reading.day, registers, mark, reading.version, periods_suspect=suspect)


def _opening(view: View, subject: Subject) -> Start:
    """Begin at the opening; a reading of that day, if there is one, knows the period registers too."""
    opening, place = subject.opening, subject.place
    assert opening is not None
    assert place is not None
    day = opening.cycle_start
    read = _usable(view, place.point, day, day).get(day)
    base = read or Freeze(day, Registers(opening.cycle_register), Mark.G, 0)
    return Start(Standing(day, day, opening.tier_year_kwh), base, Decimal("0.00"), opening=True)


def _usable(view: View, point: int, first: date, last: date) -> dict[date, Freeze]:
    found = collect.readings_of(view, point, first, last)
    return {day: as_freeze(reading) for day, reading in found.items() if reading.mark in USABLE}


def _readings(view: View, points: range, day: date) -> dict[int, Reading]:
    selectable = collect.readings(day)
    point = selectable.selected_columns["point"]
    rows = view.all(selectable.where(point >= points.start, point < points.stop))
    return {row.point: collect.as_reading(row) for row in rows}


def _good_days(accounts: range, day: date) -> Select[Any]:
    days = [day - n * ONE_DAY for n in range(1, HABIT_SCAN + 1)]
    newest = feerows.select_days(
        f.c.day.in_(days), f.c.account >= accounts.start, f.c.account < accounts.stop, f.c.good
    )
    columns = (f.c.account, f.c.day, f.c.kwh, *(f.c[name] for name in TARIFF_COLUMNS))
    return newest.with_only_columns(*columns).order_by(f.c.account, f.c.day.desc())


def _consumption(total: Decimal, *tariffs: Decimal | None) -> Consumption:
    return Consumption(total, tuple(t for t in tariffs if t is not None))
