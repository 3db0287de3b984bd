"""Clocks of meters: what their error means, when they may be set, and who goes where setting does not help."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import archive, collect, work
from headend.collect import Clock, ClockOutcome, judge_clock
from headend.collect.clocks import begin_setting, due_clocks, end_setting, error_of, may_set, note_clock
from headend.store import BUSINESS_ZONE
from headend.work import OrderKind
from tests.rooms import MONDAY, Bench, home_no, local

S = timedelta(seconds=1)
INSTANTS = st.builds(
    datetime.combine, st.dates(MONDAY, MONDAY + timedelta(days=99)), st.times(), st.just(BUSINESS_ZONE)
)
EVERY_WEEK = 7


def place_of(bench: Bench, index: int = 1) -> archive.Place:
    """Give the meter of a home."""
    return bench.read(archive.place, bench.accounts[home_no(index)], MONDAY)


def orders(bench: Bench, account: int | None) -> list[OrderKind]:
    """Give the kinds of the open work orders of an account, or of units alone."""
    open_ones = bench.read(work.orders, scope=bench.read(archive.whole))
    return [order.kind for order in open_ones if order.account == account]


@pytest.mark.parametrize("way", [1, -1], ids=["ahead", "behind"])
@pytest.mark.parametrize(
    ("seconds", "then"),
    [
        (0, Clock.FINE),
        (60, Clock.FINE),
        (61, Clock.SET),
        (300, Clock.SET),
        (301, Clock.ORDER),
        (1800, Clock.ORDER),
        (1801, Clock.TARIFFS),
        (86_400, Clock.TARIFFS),
        (86_401, Clock.UNUSABLE),
    ],
)
def test_the_limits_of_a_clock(seconds: int, then: Clock, way: int) -> None:
    """A minute is fine, five are set from afar, half an hour is somebody's work, then periods are not trusted."""
    assert judge_clock(way * seconds * S) is then


@given(asked=INSTANTS, took=st.timedeltas(timedelta(), timedelta(minutes=3)), off=st.timedeltas(-99 * S, 99 * S))
def test_a_clock_that_may_be_right_is_not_called_wrong(asked: datetime, took: timedelta, off: timedelta) -> None:
    """What it shows lies between question and answer if it is right; else it is off by no more than is certain."""
    answered = asked + took
    for read_at in (asked, answered):
        error = error_of(read_at + off, asked, answered)
        assert abs(error) <= abs(off)
        assert not error or (error > timedelta()) == (off > timedelta())
    assert error_of(asked + took / 2, asked, answered) == timedelta()


@given(INSTANTS, st.timedeltas(timedelta(minutes=-6), timedelta(minutes=6)))
def test_no_clock_is_set_around_midnight(now: datetime, off: timedelta) -> None:
    """Neither by our clock nor by the meter's own, and never over a midnight, where a freeze would come twice."""
    shown = now + off
    quiet = any(at.time() >= time(23, 55) or at.time() < time(0, 5) for at in (now, shown))
    assert may_set(now, shown) == (not quiet and now.date() == shown.date())


def test_a_clock_minutes_off_opens_a_work_order_and_a_right_one_closes_it(village: Bench) -> None:
    """The order goes with evidence: the clock as it was read."""
    place = place_of(village)
    assert village.write(note_clock, place, timedelta(minutes=7)) is Clock.ORDER
    assert orders(village, place.account) == [OrderKind.METER_CLOCK]
    assert village.read(collect.clock_error, place.account) == timedelta(minutes=7)
    assert village.write(note_clock, place, -30 * S) is Clock.FINE
    assert orders(village, place.account) == []


def test_a_clock_is_set_once_a_day(village: Bench) -> None:
    """It is noted before anything is sent, so that a restart does not set it twice."""
    place = place_of(village)
    assert village.write(begin_setting, place)
    assert not village.write(begin_setting, place)
    village.at("2026-09-15 00:10")
    assert village.write(begin_setting, place)
    village.write(end_setting, place, done=True, detail="now")
    outcomes = [row.outcome for row in village.read(collect.clock_history, account=place.account)]
    assert outcomes == [ClockOutcome.WAS_SET, ClockOutcome.SETTING, ClockOutcome.SETTING]


def test_a_meter_that_refuses_its_clock_needs_a_visit(village: Bench) -> None:
    """What it said stands in the record and in the order."""
    place = place_of(village)
    village.write(end_setting, place, done=False, detail="ERR 04 not_authorised")
    assert orders(village, place.account) == [OrderKind.METER_CLOCK]
    assert village.read(collect.clock_history, account=place.account)[0].detail == "ERR 04 not_authorised"


def test_every_clock_has_its_day_of_the_week(village: Bench) -> None:
    """Over seven days each meter comes once; one that is off comes every day until it is right."""
    off = place_of(village, 2)
    village.write(note_clock, off, timedelta(minutes=3))
    turns: list[int] = []
    for day in range(EVERY_WEEK):
        village.at(f"2026-09-{15 + day} 11:15")
        due = [place.account for place in village.read(due_clocks, EVERY_WEEK)]
        assert off.account in due
        turns += [account for account in due if account != off.account]
    assert sorted(turns) == sorted(account for account in village.accounts.values() if account != off.account)


def test_a_concentrators_clock_is_kept_and_a_bad_one_is_an_order_of_its_area(village: Bench) -> None:
    """Heartbeats tell it; there is no account that it is about."""
    link = place_of(village).link
    assert village.write(collect.note_heard, link, -2 * S) is Clock.FINE
    assert orders(village, None) == []
    assert village.write(collect.note_heard, link, timedelta(days=-9000)) is Clock.UNUSABLE
    assert orders(village, None) == [OrderKind.METER_CLOCK]
    [newest, _] = village.read(collect.clock_history, link=link)
    assert (newest.error, newest.at) == (timedelta(days=-9000), local("2026-09-14 08:00"))
