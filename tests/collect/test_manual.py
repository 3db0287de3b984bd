"""Readings taken on site: through the same validation, as versions of their own, with what shows them."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from headend import archive, collect, work
from headend.collect import Importer, Mark, Reading, Registers, RowResult
from headend.collect.clocks import note_clock
from headend.collect.handheld import Why
from headend.collect.manual import Outcome
from headend.collect.tables import handheld
from headend.daemon.dayplan import finish_step
from headend.store import Fact
from headend.store.tables import fact
from headend.work import OrderKind
from tests.collect.day import ONE_DAY, first_duty, freeze
from tests.rooms import MONDAY, Bench, home_no

D = Decimal
NO = home_no(1)
SUNDAY_TOTAL = D("4210.0000")
FRIDAY = MONDAY - 3 * ONE_DAY
QIAN = Importer("qian.bill", lambda account: account < 4)
"""May see the three homes and not the shop."""


def take(bench: Bench, line: int = 2, /, **row: str) -> RowResult:
    """Take one row; what is not said otherwise is about the first home."""
    given = {"account": NO} | {name: value for name, value in row.items() if value}
    return bench.write(collect.take_row, QIAN, "route7.csv", line, given)


def newest(bench: Bench, day: str = str(MONDAY)) -> Reading | None:
    """Give the first home's reading."""
    duty_point = bench.read(archive.place, bench.accounts[NO], MONDAY).point
    return bench.read(collect.reading, duty_point, MONDAY.fromisoformat(day))


def total(more: str = "0") -> str:
    """Give the first home's register of Sunday and so much more."""
    return str(SUNDAY_TOTAL + D(more))


def rows(bench: Bench) -> list[tuple[int, str, str | None]]:
    """Give what is recorded of handheld rows."""
    found = bench.read(lambda view: view.all(select(handheld).order_by(handheld.c.id)))
    return [(row.line, row.outcome, row.why) for row in found]


def test_a_missing_reading_is_taken_from_the_meter_itself(loaded: Bench) -> None:
    """Marked good, with its photo; the duty is done, and the row is on record."""
    done = take(loaded, day=str(MONDAY), total=total("5"), photo="IMG-17", reader="zheng.tech")
    assert (done.outcome, done.version, done.mark) == (Outcome.TAKEN, 1, Mark.G)
    stored = newest(loaded)
    assert stored is not None
    assert (str(stored.total), stored.source, stored.evidence) == (total("5"), "onsite", "IMG-17")
    assert loaded.read(collect.day_counts, MONDAY)[1] == 1
    assert rows(loaded) == [(2, "taken", None)]


def test_the_same_file_again_changes_nothing(loaded: Bench) -> None:
    """A row that was taken is known; a bad one is bad again, and recorded once."""
    for _ in range(2):
        done = take(loaded, day=str(MONDAY), total=total("5"))
        bad = take(loaded, 3, account="3799999999", day=str(MONDAY), total="1")
        assert bad.outcome is Outcome.BAD
    assert (done.outcome, done.version) == (Outcome.KNOWN, None)
    assert rows(loaded) == [(2, "taken", None), (3, "bad", "unknown")]
    assert len(loaded.read(collect.versions, first_duty_point(loaded), MONDAY)) == 1


def first_duty_point(bench: Bench) -> int:
    """Give the first home's metering point."""
    return bench.read(archive.place, bench.accounts[NO], MONDAY).point


def test_a_correction_needs_a_photo_and_two_people(loaded: Bench) -> None:
    """Who reads is not who brings it in (E13: posted 1260, the site shows 1250); the older version stays."""
    posted = total("10")
    loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, posted))
    right = str(D(posted) - 4)
    without = take(loaded, day=str(MONDAY), total=right, reader="zheng.tech")
    alone = take(loaded, day=str(MONDAY), total=right, photo="IMG-1", reader="qian.bill")
    assert [(each.why, "correction needs" in each.message) for each in (without, alone)] == [(Why.NO_PROOF, True)] * 2
    done = take(loaded, day=str(MONDAY), total=right, photo="IMG-1", reader="zheng.tech")
    assert (done.outcome, done.version, done.mark) == (Outcome.CORRECTED, 2, Mark.C)
    first, second = loaded.read(collect.versions, first_duty_point(loaded), MONDAY)
    assert (first.mark, str(second.total), second.reason) == (Mark.G, right, f"read on site, was {first.total}")


def test_a_look_that_agrees_confirms(loaded: Bench) -> None:
    """The same register says nothing new; one that was suspect is good from then on."""
    loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, total("5")))
    assert take(loaded, day=str(MONDAY), total=total("5")).outcome is Outcome.CONFIRMED
    point, account = first_duty_point(loaded), loaded.accounts[NO]
    suspect = Registers(D(total("6")))
    loaded.write(collect.store_reading, account, point, MONDAY, suspect, mark=Mark.S, source="freeze")
    done = take(loaded, day=str(MONDAY), total=total("6"), photo="IMG-2")
    assert (done.outcome, done.mark, done.version) == (Outcome.CORRECTED, Mark.C, 3)


@pytest.mark.parametrize(
    ("row", "why", "says"),
    [
        ({"day": "2026-09-14", "total": "100.00"}, Why.IMPLAUSIBLE, "the register fell from 4210.00"),
        ({"day": "2026-09-14", "total": "9000.00"}, Why.IMPLAUSIBLE, "the line carries at most 380.16"),
        ({"time": "2026-09-14 07:00", "total": "100.00"}, Why.IMPLAUSIBLE, "the register fell"),
        ({"day": "2026-09-15", "total": "4220.00"}, Why.DAY, "has not come yet"),
        ({"time": "2026-09-14 09:00", "total": "4220.00"}, Why.DAY, "has not come yet"),
        ({"day": "2026-07-01", "total": "4000.00"}, Why.DAY, "more than 60 days ago"),
        ({"account": "3701900001", "day": "2026-09-14", "total": "1"}, Why.UNKNOWN, "there is no account 3701900001"),
        ({"account": "", "meter": "77", "day": "2026-09-14", "total": "1"}, Why.UNKNOWN, "no meter 000000000077"),
        ({"day": "2026-09-11", "total": "4207.00"}, Why.IMPLAUSIBLE, "is above the freeze of 2026-09-12"),
    ],
)
def test_a_row_that_can_not_be_is_told_and_recorded(loaded: Bench, row: dict[str, str], why: Why, says: str) -> None:
    """Each with what to do, and nothing is stored."""
    given = {"account": NO} | row
    done = loaded.write(collect.take_row, QIAN, "route7.csv", 2, {k: v for k, v in given.items() if v})
    assert (done.outcome, done.why) == (Outcome.BAD, why)
    assert says in done.message
    assert rows(loaded) == [(2, "bad", why.value)]
    assert newest(loaded) is None


def test_another_meter_at_the_customers_opens_a_case(loaded: Bench) -> None:
    """The archive says otherwise than the plate: rejected, and nobody is cut until it is cleared up (R11)."""
    done = take(loaded, meter="000000000002", day=str(MONDAY), total=total("5"))
    assert (done.outcome, done.why) == (Outcome.BAD, Why.ADDRESS)
    assert OrderKind.MIX_UP in loaded.read(work.open_kinds, loaded.accounts[NO])
    [noted] = loaded.read(collect.findings_of, first_duty_point(loaded), MONDAY, MONDAY)
    assert noted.sentence == "meter 000000000002 instead of 000000000001"


def test_what_is_shown_later_gives_the_freeze_in_between(loaded: Bench) -> None:
    """From Sunday 00:00 to Monday 06:00 it moved by 15.00 kWh in 30 hours: 12.00 of them by Monday 00:00, mark I."""
    done = take(loaded, time=f"{MONDAY} 06:00", total=total("15"))
    assert (done.outcome, done.mark) == (Outcome.TAKEN, Mark.I)
    stored = newest(loaded)
    assert stored is not None
    assert (str(stored.total), stored.source) == (total("12"), "onsite")
    assert loaded.read(collect.day_counts, MONDAY)[1] == 0, "the meter is still asked for its own freeze"
    own = freeze(MONDAY, total("11"))
    assert loaded.write(collect.accept, first_duty(loaded), own).mark is Mark.G
    again = newest(loaded)
    assert again is not None
    assert (str(again.total), again.mark, again.version) == (total("11"), Mark.G, 2)


def test_a_register_shown_after_a_good_freeze_confirms_it(loaded: Bench) -> None:
    """At eight it shows some more than at midnight: that is what meters do."""
    loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, total("5")))
    assert take(loaded, time=f"{MONDAY} 08:00", total=total("7")).outcome is Outcome.CONFIRMED


def test_a_register_below_the_freeze_of_the_day_corrects_it(loaded: Bench) -> None:
    """What stands at eight can't be less than at midnight: the site wins, with its photo."""
    loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, total("50")))
    row = {"time": f"{MONDAY} 06:00", "total": total("15")}
    assert take(loaded, **row).why is Why.NO_PROOF
    done = take(loaded, **row, photo="IMG-3", reader="zheng.tech")
    assert (done.outcome, done.mark, done.version) == (Outcome.CORRECTED, Mark.I, 2)


def test_a_reading_of_a_day_that_was_computed_tells_settle(loaded: Bench) -> None:
    """After the run of the day, and for any day before: the account is estimated again."""
    facts = loaded.read(lambda view: view.all(select(fact.c.kind)))
    take(loaded, day=str(MONDAY), total=total("5"))
    assert loaded.read(lambda view: view.all(select(fact.c.kind))) == facts
    loaded.write(finish_step, MONDAY, "estimate", "done")
    other = {"account": home_no(2), "day": str(MONDAY), "total": total("5")}
    loaded.write(collect.take_row, QIAN, "route7.csv", 3, other)
    kinds = loaded.read(lambda view: [row.kind for row in view.all(select(fact.c.kind))])
    assert Fact.READING in kinds


def test_a_dry_run_tells_the_same_and_does_nothing(loaded: Bench) -> None:
    """Each outcome as it would be; no row, no reading, no case."""
    cases = [
        {"account": NO, "day": str(MONDAY), "total": total("5")},
        {"account": NO, "day": str(FRIDAY), "total": "1.00"},
        {"account": NO, "meter": "000000000002", "day": str(MONDAY), "total": "1.00"},
    ]
    told = [loaded.read(collect.look_at_row, QIAN, line, row) for line, row in enumerate(cases, 2)]
    assert [each.outcome for each in told] == [Outcome.TAKEN, Outcome.BAD, Outcome.BAD]
    assert rows(loaded) == []
    assert newest(loaded) is None
    assert not loaded.read(work.open_kinds, loaded.accounts[NO])


def test_period_registers_are_not_lost_by_a_correction(loaded: Bench) -> None:
    """Where the stored reading has them the correction must bring them too."""
    parts = ("1000.00", "1000.00", "1000.00")
    rest = D(total("5")) - 3000
    loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, total("5"), *parts, str(rest)))
    row = {"day": str(MONDAY), "total": total("4"), "photo": "IMG-4", "reader": "zheng.tech"}
    assert "give t1 to t4 too" in take(loaded, **row).message
    periods = dict(zip(("t1", "t2", "t3", "t4"), (*parts, str(rest - 1)), strict=True))
    assert take(loaded, **row, **periods).outcome is Outcome.CORRECTED


def test_what_a_meter_has_told_may_be_confirmed_however_odd(loaded: Bench) -> None:
    """A register that flew, and that somebody has seen so, counts with photo and reader; one that fell does not."""
    flown = total("480")
    assert loaded.write(collect.accept, first_duty(loaded), freeze(MONDAY, flown)).mark is Mark.S
    other = take(loaded, day=str(MONDAY), total=total("481"), photo="IMG-1", reader="zheng.tech")
    assert (other.outcome, other.why) == (Outcome.BAD, Why.IMPLAUSIBLE)
    bare = take(loaded, day=str(MONDAY), total=flown)
    assert (bare.outcome, bare.why) == (Outcome.BAD, Why.NO_PROOF)
    done = take(loaded, day=str(MONDAY), total=flown, photo="IMG-1", reader="zheng.tech")
    assert (done.outcome, done.mark) == (Outcome.CORRECTED, Mark.C)
    fallen = total("-100")
    registers = Registers(D(fallen))
    point, account = first_duty_point(loaded), loaded.accounts[NO]
    loaded.write(collect.store_reading, account, point, MONDAY, registers, mark=Mark.S, source="freeze")
    again = take(loaded, day=str(MONDAY), total=fallen, photo="IMG-2", reader="zheng.tech")
    assert (again.outcome, again.why) == (Outcome.BAD, Why.IMPLAUSIBLE)


def test_period_registers_that_do_not_add_up_are_a_slip(loaded: Bench) -> None:
    """Typed in, they are told by what they come to; without them the total is taken."""
    point, account = first_duty_point(loaded), loaded.accounts[NO]
    sunday = Registers(SUNDAY_TOTAL, (D(0), D(3000), D(0), D(1210)))
    loaded.write(collect.store_reading, account, point, MONDAY - ONE_DAY, sunday, mark=Mark.C, source="onsite")
    slip = take(loaded, day=str(MONDAY), total=total("5"), t1="0", t2="3003", t3="0", t4="1221")
    assert (slip.outcome, slip.why) == (Outcome.BAD, Why.IMPLAUSIBLE)
    assert "the periods moved by 14.00 kWh in all, the total by 5.00" in slip.message
    assert take(loaded, day=str(MONDAY), total=total("5")).outcome is Outcome.TAKEN


def test_periods_shown_under_a_wrong_clock_are_left_out(loaded: Bench) -> None:
    """The freeze that is interpolated from what was shown has its total alone, as that is what can be trusted."""
    point, account = first_duty_point(loaded), loaded.accounts[NO]
    sunday = Registers(SUNDAY_TOTAL, (D(0), D(3000), D(0), D(1210)))
    loaded.write(collect.store_reading, account, point, MONDAY - ONE_DAY, sunday, mark=Mark.C, source="onsite")
    shown = {"time": "2026-09-14 08:00", "total": total("8"), "t1": "0", "t2": "3005", "t3": "0", "t4": "1213"}
    loaded.write(note_clock, loaded.read(archive.place, account, MONDAY), ONE_DAY / 24)
    assert take(loaded, **shown).mark is Mark.I
    stored = newest(loaded)
    assert stored is not None
    assert stored.registers == Registers(D(total("6")))
