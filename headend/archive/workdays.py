"""Working days and cut windows (停电时段); business rule R2 asks here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from headend.archive import tables
from headend.archive.model import DayKind, Window
from headend.store import BUSINESS_ZONE, View

MORNING = (time(9), time(11))
AFTERNOON = (time(14), time(16))

HOLIDAY_DAYS = 3
"""From so many closed days on, the working day before has no cut window at all."""

SEARCH_DAYS = 400
"""How far ahead a window is looked for: no table reaches further than the end of next year."""

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The yearly tables. A day of a year without its table counts as closed, so there is no cut (fail safe)."""

    years: frozenset[int]
    days: Mapping[date, DayKind]

    def is_working(self, day: date) -> bool:
        """Tell whether people work on that day."""
        if day.year not in self.years:
            return False
        match self.days.get(day):
            case DayKind.CLOSED:
                return False
            case DayKind.WORKING:
                return True
            case _:
                return day.weekday() < SATURDAY

    def add_working_days(self, day: date, count: int) -> date:
        """Give the ``count``-th working day after ``day``; days of an unknown year count by their weekday."""
        while count > 0:
            day += ONE_DAY
            known = day.year in self.years
            count -= self.is_working(day) if known else day.weekday() < SATURDAY
        return day

    def windows(self, day: date) -> tuple[Window, ...]:
        """Give the cut windows of a day, earliest first."""
        if not self.is_working(day) or self.days.get(day) is DayKind.NO_CUT or self._before_holiday(day):
            return ()
        hours = [MORNING, AFTERNOON] if self.is_working(day + ONE_DAY) else [MORNING]
        return tuple(
            Window(*(datetime.combine(day, hour, BUSINESS_ZONE) for hour in (start, end))) for start, end in hours
        )

    def windows_from(self, day: date) -> Iterator[Window]:
        """Give the windows from ``day`` on, in order, as far as the tables reach."""
        for ahead in range(SEARCH_DAYS):
            yield from self.windows(day + ahead * ONE_DAY)

    def _before_holiday(self, day: date) -> bool:
        return not any(self.is_working(day + ahead * ONE_DAY) for ahead in range(1, HOLIDAY_DAYS + 1))


def calendar(view: View) -> Calendar:
    """Read the yearly tables."""
    days = view.all(select(tables.calendar_day.c.day, tables.calendar_day.c.kind))
    years = view.all(select(tables.calendar_year.c.year))
    return Calendar(frozenset(y.year for y in years), {d.day: DayKind(d.kind) for d in days})


def is_working(view: View, day: date) -> bool:
    """Tell whether ``day`` is a working day; no day of a year without its table is one."""
    return calendar(view).is_working(day)


def add_working_days(view: View, day: date, count: int) -> date:
    """Give the ``count``-th working day after ``day``, for deadlines."""
    return calendar(view).add_working_days(day, count)


def next_window(view: View, after: datetime) -> Window | None:
    """Give the first cut window that begins at ``after`` or later; None if the tables hold none."""
    day = after.astimezone(BUSINESS_ZONE).date()
    return next((w for w in calendar(view).windows_from(day) if w.start >= after), None)


def window_at(view: View, at: datetime) -> Window | None:
    """Give the cut window that ``at`` lies in, its end excluded; None outside of all."""
    day = at.astimezone(BUSINESS_ZONE).date()
    return next((w for w in calendar(view).windows(day) if w.start <= at < w.end), None)
