"""Validation by worked examples, and by what holds for all of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.archive import Place
from headend.collect import Case, Finding, Mark, Reading, Registers, judge
from headend.collect.findings import RULES
from headend.collect.validation import judge_live, midnight
from headend.store import BUSINESS_ZONE
from tests.rooms import MONDAY

D = Decimal
DAY = timedelta(days=1)
SUNDAY = MONDAY - DAY
HOME = Place(
    *(1, 1, 1, 1, "000000000001", "SD000001", "dlt698", "standard", "proxy", "698:000000000001"),
    multiplier=1,
    current_max_a=60,
    phases=1,
    digits=6,
    sim=True,
    since=date(2025, 1, 10),
    until=None,
    first_register=D("0.00"),
    last_register=None,
)
CT_40 = replace(HOME, multiplier=40, phases=3)


def read(day: date, total: str, *tariffs: str, reverse: str | None = None, mark: Mark = Mark.G) -> Reading:
    """Make a stored reading."""
    registers = Registers(D(total), tuple(map(D, tariffs)))
    at = midnight(day)
    backward = None if reverse is None else D(reverse)
    return Reading(day, 1, 1, 1, registers, mark, at, "freeze", at, None, reverse=backward)


def case(before: str, now: str, *, days: int = 1, place: Place = HOME) -> Case:
    """Make a freeze of Monday after one so many days ago."""
    return Case(MONDAY, Registers(D(now)), midnight(MONDAY), read(MONDAY - days * DAY, before), [place])


WORKED = [
    ("E09 multiplier 40", case("123.45", "126.10", place=CT_40), Mark.G, ()),
    ("E09 rollover", case("999999.50", "0.75", place=CT_40), Mark.G, (Finding.ROLLOVER,)),
    ("E11 rollover", case("999998.20", "5.75"), Mark.G, (Finding.ROLLOVER,)),
    ("E11 fall", case("1200.00", "1198.50"), Mark.S, (Finding.FALL,)),
    ("E12 two missing freezes", case("1200.00", "1230.60", days=3), Mark.G, ()),
    ("E23 flying", case("1000.00", "1480.00"), Mark.S, (Finding.FLYING,)),
    ("E23 at the most", case("1000.00", "1380.16"), Mark.G, ()),
    ("E23 above it", case("1000.00", "1380.17"), Mark.S, (Finding.FLYING,)),
]


@pytest.mark.parametrize(("example", "mark", "findings"), [row[1:] for row in WORKED], ids=[row[0] for row in WORKED])
def test_the_worked_examples_come_out_as_they_are_written(
    example: Case, mark: Mark, findings: tuple[Finding, ...]
) -> None:
    """Multiplier, rollover, fall, gap and plausible maximum, each with its mark and finding."""
    verdict = judge(example)
    assert (verdict.mark, verdict.findings) == (mark, findings)


def test_a_meter_change_lies_between_two_good_freezes() -> None:
    """E10: the old meter's last register and the new one's first are part of the day, and nothing is odd about it."""
    old = replace(HOME, until=SUNDAY, last_register=D("4325.10"))
    new = replace(HOME, installation=2, meter=2, since=SUNDAY, first_register=D("0.35"))
    changed = Case(MONDAY, Registers(D("2.85")), midnight(MONDAY), read(SUNDAY, "4321.50"), [old, new])
    assert judge(changed).found == ()


@pytest.mark.parametrize(("off", "suspect"), [(5, False), (-5, False), (6, True), (-6, True), (1440, True)])
def test_a_stamp_may_be_five_minutes_off(off: int, suspect: bool) -> None:
    """Five minutes to either side of midnight are the freeze of that day, more is another one."""
    shifted = replace(case("100.00", "105.00"), stamp=midnight(MONDAY) + timedelta(minutes=off))
    assert judge(shifted).findings == ((Finding.WRONG_STAMP,) if suspect else ())


@pytest.mark.parametrize(("valley", "found"), [("3.60", ()), ("3.59", (Finding.PERIOD_SUM,))])
def test_period_sums_may_differ_by_a_tenth_for_each_period(valley: str, found: tuple[Finding, ...]) -> None:
    """Before the multiplier 0.40 kWh of four periods are fine; the total stays good for a flat price."""
    before = read(SUNDAY, "100.00", "10.00", "20.00", "30.00", "40.00")
    now = Registers(D("110.00"), (D("11.00"), D("22.00"), D("33.00"), D("40.00") + D(valley)))
    verdict = judge(Case(MONDAY, now, midnight(MONDAY), before, [CT_40], D(1000)))
    assert (verdict.mark, verdict.findings) == (Mark.G, found)


def test_a_period_that_falls_does_not_spoil_the_total() -> None:
    """A fall (倒走) is one of the total; a period register that fell is suspect to time-of-use alone."""
    before = read(SUNDAY, "100.00", "10.00", "20.00", "30.00", "40.00")
    now = Registers(D("110.00"), (D("11.00"), D("22.00"), D("3.00"), D("44.00")))
    verdict = judge(Case(MONDAY, now, midnight(MONDAY), before, [HOME]))
    assert (verdict.mark, verdict.findings, verdict.periods_suspect) == (Mark.G, (Finding.PERIOD_SUM,), True)
    assert verdict.found[0].values == {"total": "10.00", "periods": "-20.00"}


@pytest.mark.parametrize(("grown", "days", "found"), [("1.00", 1, False), ("1.01", 1, True), ("2.00", 2, False)])
def test_a_kilowatt_hour_a_day_may_flow_backwards(grown: str, days: int, found: bool) -> None:
    """More than that, without generation, is good and looked into (A09)."""
    before = read(MONDAY - days * DAY, "100.00", reverse="5.00")
    now = Case(MONDAY, Registers(D("105.00")), None, before, [HOME], reverse=D("5.00") + D(grown))
    verdict = judge(now)
    assert (verdict.mark, Finding.REVERSE in verdict.findings) == (Mark.G, found)


@pytest.mark.parametrize(
    ("open_since", "now", "found"),
    [
        (midnight(SUNDAY) - DAY, "100.11", True),
        (midnight(SUNDAY) - DAY, "100.10", False),
        (midnight(SUNDAY) + timedelta(hours=9), "104.00", False),
        (None, "104.00", False),
    ],
    ids=["cut all day", "within the tolerance", "cut during the day", "not cut"],
)
def test_energy_while_cut_is_found(open_since: datetime | None, now: str, found: bool) -> None:
    """A relay that was open over the whole interval lets through 0.10 kWh at most (A12)."""
    cut = replace(case("100.00", now), open_since=open_since)
    assert judge(cut).findings == ((Finding.WHILE_CUT,) if found else ())


@pytest.mark.parametrize(("told", "findings"), [("105.00", ()), ("104.00", (Finding.DUPLICATE,))])
def test_the_same_freeze_twice_with_different_values_is_suspect(told: str, findings: tuple[Finding, ...]) -> None:
    """The same value again says nothing new."""
    again = replace(case("100.00", "105.00"), other=read(MONDAY, told))
    assert judge(again).findings == findings


@pytest.mark.parametrize(("minutes", "found"), [(30, False), (31, True), (-31, True), (3000, True)])
def test_period_registers_of_a_wrong_clock_are_told(minutes: int, found: bool) -> None:
    """From half an hour on time-of-use is not trusted; the total stays good."""
    verdict = judge(replace(case("100.00", "105.00"), clock_error=timedelta(minutes=minutes)))
    assert (verdict.mark, verdict.findings) == (Mark.G, (Finding.CLOCK,) if found else ())


@given(
    total=st.decimals(0, 999_999, places=2),
    before=st.none() | st.decimals(0, 999_999, places=2),
    stamp=st.none() | st.datetimes(timezones=st.just(BUSINESS_ZONE)),
    other=st.none() | st.decimals(0, 999_999, places=2),
    error=st.none() | st.timedeltas(timedelta(days=-9000), timedelta(days=9000)),
    reverse=st.none() | st.decimals(0, 999_999, places=2),
)
def test_every_finding_has_a_sentence_with_its_values(
    total: Decimal,
    before: Decimal | None,
    stamp: datetime | None,
    other: Decimal | None,
    error: timedelta | None,
    reverse: Decimal | None,
) -> None:
    """Whatever is judged can be explained; only suspect findings take the mark away."""
    asked = Case(
        day=MONDAY,
        registers=Registers(total),
        stamp=stamp,
        before=None if before is None else read(SUNDAY, str(before), reverse="0"),
        meters=[HOME],
        reverse=reverse,
        other=None if other is None else read(MONDAY, str(other)),
        open_since=midnight(SUNDAY) - DAY,
        clock_error=error,
    )
    verdict = judge(asked)
    suspect = {Finding.WRONG_STAMP, Finding.FALL, Finding.FLYING, Finding.DUPLICATE}
    assert (verdict.mark is Mark.S) == bool(suspect & set(verdict.findings))
    for one in verdict.found:
        assert "{" not in RULES[one.kind].sentence.format_map(one.values)


@given(st.decimals(0, 999_999, places=2), st.integers(1, 23))
def test_a_live_register_is_judged_by_the_hours_since_the_freeze(total: Decimal, hours: int) -> None:
    """It may not have fallen, nor grown beyond what the line carries in that time (F5)."""
    before = read(MONDAY, "500000.00")
    found = judge_live(Registers(total), midnight(MONDAY) + timedelta(hours=hours), before, [HOME], D(10))
    fell, flew = total < before.total, total - before.total > 12 * hours
    assert [one.kind for one in found] == [Finding.FALL] * fell + [Finding.FLYING] * flew
