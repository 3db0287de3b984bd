"""Working days and cut windows by the yearly tables."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import archive
from headend.archive import Calendar, DayKind
from headend.store import BUSINESS_ZONE
from tests.rooms import Bench, archive_file, local

AUTUMN = Calendar(frozenset({2026}), {date(2026, 9, 20): DayKind.WORKING, date(2026, 9, 25): DayKind.CLOSED})
DAYS = st.dates(date(2025, 12, 1), date(2027, 2, 1))
TABLES = st.builds(
    Calendar,
    st.sets(st.sampled_from([2026, 2027])).map(frozenset),
    st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.sampled_from(DayKind), max_size=60),
)


def hours(day: date, calendar: Calendar = AUTUMN) -> list[str]:
    """Give a day's windows as local times."""
    windows = calendar.windows(day)
    return [f"{w.start.astimezone(BUSINESS_ZONE):%H:%M}-{w.end.astimezone(BUSINESS_ZONE):%H:%M}" for w in windows]


@pytest.mark.parametrize(
    ("day", "windows"),
    [
        (date(2026, 9, 14), ["09:00-11:00", "14:00-16:00"]),  # Monday
        (date(2026, 9, 18), ["09:00-11:00"]),  # Friday: Saturday is closed
        (date(2026, 9, 19), []),  # Saturday
        (date(2026, 9, 20), ["09:00-11:00", "14:00-16:00"]),  # Sunday, moved working day before Monday
        (date(2026, 9, 23), ["09:00-11:00", "14:00-16:00"]),
        (date(2026, 9, 24), []),  # Thursday before three closed days
        (date(2026, 9, 25), []),  # holiday
        (date(2026, 12, 31), []),  # what follows is not in a table
        (date(2027, 1, 4), []),  # a year without its table
    ],
)
def test_windows_of_a_day(day: date, windows: list[str]) -> None:
    """Two windows on a working day; none or the morning's only where a closed day follows."""
    assert hours(day) == windows


def test_a_day_without_cuts_is_still_a_working_day() -> None:
    """On an exam day people work, and nobody is cut."""
    exam = Calendar(frozenset({2026}), {date(2026, 6, 9): DayKind.NO_CUT})
    assert exam.is_working(date(2026, 6, 9))
    assert hours(date(2026, 6, 9), exam) == []
    assert hours(date(2026, 6, 8), exam) == ["09:00-11:00", "14:00-16:00"]


@given(calendar=TABLES, day=DAYS)
def test_no_window_without_the_years_table(calendar: Calendar, day: date) -> None:
    """Windows are by day, on working days of years with a table; an afternoon one only before a working day."""
    windows = calendar.windows(day)
    if day.year not in calendar.years or not calendar.is_working(day):
        assert windows == ()
    for window in windows:
        start, end = (moment.astimezone(BUSINESS_ZONE) for moment in (window.start, window.end))
        assert start.date() == end.date() == day
        assert time(9) <= start.time() < end.time() <= time(16)
    if len(windows) == 2:
        assert calendar.is_working(day + timedelta(days=1))
    if windows:
        assert any(calendar.is_working(day + timedelta(days=ahead)) for ahead in (1, 2, 3))


@given(calendar=TABLES, day=DAYS, count=st.integers(0, 12))
def test_working_days_are_counted_one_by_one(calendar: Calendar, day: date, count: int) -> None:
    """The n-th working day after a day is the next one after the (n-1)-th."""
    if count == 0:
        assert calendar.add_working_days(day, 0) == day
        return
    before, after = (calendar.add_working_days(day, n) for n in (count - 1, count))
    assert after > before
    assert calendar.is_working(after) or (after.year not in calendar.years and after.weekday() < 5)
    between = (before + timedelta(days=n) for n in range(1, (after - before).days))
    assert not any(calendar.is_working(d) or (d.year not in calendar.years and d.weekday() < 5) for d in between)


@given(calendar=TABLES, day=st.dates(date(2026, 1, 1), date(2026, 12, 31)), minute=st.integers(0, 1439))
def test_the_next_window_is_the_first_that_begins_later(calendar: Calendar, day: date, minute: int) -> None:
    """Of all windows from a day on, the next one begins at or after the instant and none before it does."""
    after = datetime.combine(day, time(minute // 60, minute % 60), BUSINESS_ZONE)
    windows = list(calendar.windows_from(day))
    assert windows == sorted(windows, key=lambda w: w.start)
    later = [w for w in windows if w.start >= after]
    found = next((w for w in calendar.windows_from(day) if w.start >= after), None)
    assert found == (later[0] if later else None)


def test_the_archive_answers_by_its_tables(village: Bench) -> None:
    """Imported days move the windows; the next one begins at the instant asked or later; the end is outside."""
    at = local("2026-09-18 09:00")
    inside = village.read(archive.window_at, at)
    assert inside is not None
    assert (inside.start, inside.end) == (at, local("2026-09-18 11:00"))
    assert village.read(archive.next_window, at) == inside
    assert village.read(archive.window_at, local("2026-09-18 11:00")) is None
    following = village.read(archive.next_window, local("2026-09-18 09:01"))
    assert following is not None
    assert following.start == local("2026-09-20 09:00")
    assert village.read(archive.add_working_days, date(2026, 9, 17), 3) == date(2026, 9, 21)


def test_an_archive_without_a_table_has_no_window(bench: Bench) -> None:
    """Before the year's table is entered nobody can be cut."""
    document = archive_file()
    document["calendar"] = []
    bench.load(document)
    assert bench.read(archive.next_window, local("2026-09-14 08:00")) is None
    assert bench.read(archive.window_at, local("2026-09-14 09:30")) is None
    assert not bench.read(archive.is_working, date(2026, 9, 14))
