"""The estimation over a store: chunks, gaps, corrections, who is told."""

from datetime import date

import pytest

from headend import archive, settle
from headend.collect import Mark
from tests.rooms import MONDAY, Bench, home_no
from tests.settle.books import DAY, Books, D, home, open_books, register

TUESDAY = MONDAY + DAY
WEDNESDAY = MONDAY + 2 * DAY


@pytest.fixture
def books(bench: Bench) -> Books:
    """Three homes and a shop; everybody was read on Monday."""
    books = open_books(bench)
    for account in bench.accounts.values():
        books.read(account, MONDAY, register(MONDAY))
    return books


def test_the_first_run_computes_the_cycle_from_the_opening(books: Books) -> None:
    """From the register at the cycle's start on, thirteen days of 5 kWh cost what they cost together."""
    assert books.run(MONDAY) == [settle.RunCounts(good=4)]
    assert books.money(books.account()).e == D("35.55")
    newest = books.day(books.account(), MONDAY - DAY)
    assert (newest.day.mark, newest.day.fee, newest.next) == (Mark.G, D("35.55"), D("2.73"))
    assert books.day(books.account(), date(2026, 9, 1)).day.mark is Mark.I
    books.level()


def test_a_run_twice_changes_nothing(books: Books) -> None:
    """The same chunk again stores no version and moves no money."""
    books.run(MONDAY)
    before = (books.versions(books.account()), books.money(books.account()))
    assert books.run(MONDAY) == [settle.RunCounts(good=4)]
    assert (books.versions(books.account()), books.money(books.account())) == before


def test_chunks_of_any_size_come_to_the_same(books: Books) -> None:
    """Cutting the accounts into chunks of one changes nothing about anybody."""
    books.run(MONDAY, size=1)
    assert {books.money(a).e for a in books.bench.accounts.values()} == {D("35.55"), D("52.00")}
    assert books.bench.read(settle.run_note, MONDAY).complete


def test_a_missing_freeze_is_estimated_and_then_filled(books: Books) -> None:
    """Two days without a freeze are marked E; the next good one divides its energy equally over three, marked I."""
    account = books.account()
    books.run(MONDAY)
    books.run(TUESDAY)
    books.run(WEDNESDAY)
    assert [books.day(account, d).day.mark for d in (MONDAY, TUESDAY)] == [Mark.E, Mark.E]
    assert books.money(account).e == D("41.02")
    books.read(account, WEDNESDAY + DAY, register(MONDAY) + 21)
    books.run(WEDNESDAY + DAY)
    filled = [books.day(account, MONDAY + n * DAY) for n in range(3)]
    assert {(d.day.mark, d.day.energy.total) for d in filled} == {(Mark.I, D("7.0000"))}
    assert [d.version for d in filled] == [2, 2, 1]
    assert books.money(account).e == D("47.03")
    books.level()


def test_a_catch_up_that_costs_more_than_was_shown_is_remembered(books: Books) -> None:
    """Where earlier days become dearer, the account is marked as adjusted: a shortage from it waits (R8)."""
    books.run(MONDAY)
    books.run(TUESDAY)
    for account, use in ((books.account(1), 20), (books.account(2), 4)):
        books.read(account, WEDNESDAY, register(MONDAY) + use)
    books.run(WEDNESDAY)
    adjusted = {i: books.bench.read(settle.compare, books.account(i), day=WEDNESDAY).adjusted for i in (1, 2, 3)}
    assert adjusted == {1: books.bench.clock.now(), 2: None, 3: None}


def test_a_suspect_freeze_is_no_freeze(books: Books) -> None:
    """A freeze marked S is estimated over, as if it were missing."""
    books.run(MONDAY)
    books.read(books.account(), TUESDAY, "9999.00", Mark.S)
    books.run(TUESDAY)
    assert books.day(books.account(), MONDAY).day.mark is Mark.E


def test_a_correction_counts_from_its_day(books: Books) -> None:
    """A corrected freeze makes new versions of the days around it, moves E by the difference, and is told (E13)."""
    account = books.account()
    books.read(account, TUESDAY, register(MONDAY) + 105)
    books.run(MONDAY)
    books.run(TUESDAY)
    before = books.money(account)
    books.read(account, TUESDAY, register(MONDAY) + 95, Mark.C)
    assert books.bench.write(settle.estimate_one, account, TUESDAY)
    assert (before.e - books.money(account).e, before.a - books.money(account).a) == (D("5.47"), D("-5.47"))
    assert books.day(account, MONDAY).day.mark is Mark.C
    assert books.facts(account).count("fee") == 1
    assert not books.bench.write(settle.estimate_one, account, TUESDAY)
    books.level()


def test_a_mark_finds_the_reading_that_came_late(books: Books) -> None:
    """The worker's look finds by itself from which freeze on the account is to be computed again."""
    account = books.account()
    books.run(MONDAY)
    books.run(TUESDAY)
    assert not books.bench.write(settle.refresh, account)
    books.read(account, TUESDAY, register(TUESDAY))
    assert books.bench.write(settle.refresh, account)
    assert books.day(account, MONDAY).day.mark is Mark.G
    assert not books.bench.write(settle.refresh, account)


def test_what_is_fixed_by_the_run_stays(books: Books) -> None:
    """A reading that comes after the run changes the fee of the day, not the expected cost that thresholds use."""
    account = books.account()
    books.run(MONDAY)
    books.run(TUESDAY)
    before = books.day(account, MONDAY).next
    books.read(account, TUESDAY, register(MONDAY) + 50)
    books.bench.write(settle.refresh, account)
    assert books.day(account, MONDAY).next == before


def test_a_new_cycle_begins_with_the_month(books: Books) -> None:
    """On the first day of a month the fee starts again, the tier counter goes on, and E counts both cycles."""
    account = books.account()
    for n in range(19):
        day = MONDAY + n * DAY
        books.read(account, day, register(day))
        books.run(day)
    october = books.day(account, date(2026, 10, 1)).day
    assert (october.fee, october.dayfee, october.after.counter) == (D("2.73"), D("2.73"), D(1150))
    assert books.money(account).e == D("82.04") + D("2.73")
    books.level()


def test_days_that_no_run_computed_are_caught_up(books: Books) -> None:
    """After days without a run the next one computes them all."""
    account = books.account()
    books.run(MONDAY)
    for n in range(1, 5):
        books.read(account, MONDAY + n * DAY, register(MONDAY + n * DAY))
    books.run(MONDAY + 4 * DAY)
    assert [books.day(account, MONDAY + n * DAY).day.mark for n in range(4)] == [Mark.G] * 4
    books.level()


def test_an_account_is_estimated_from_its_opening_on(bench: Bench) -> None:
    """Before the cycle that an account comes with, no run is about it, and none is incomplete without it."""
    history = [{"day": "2026-10-01", "total": "4150.00"}]
    books = open_books(bench, changes=home(history=history))
    for account in bench.accounts.values():
        books.read(account, MONDAY, register(MONDAY))
    assert books.run(MONDAY) == [settle.RunCounts(good=3)]
    assert bench.read(settle.run_note, MONDAY).complete
    assert bench.read(settle.days, books.account(), MONDAY - DAY, MONDAY) == {}


def test_one_account_that_fails_fails_alone(bench: Bench) -> None:
    """An account whose price is not in the book is counted and recorded; the others are estimated."""
    books = open_books(bench, changes=home(price="NO_SUCH_PRICE"))
    for account in bench.accounts.values():
        books.read(account, MONDAY, register(MONDAY))
    assert books.run(MONDAY) == [settle.RunCounts(good=3, failed=1)]
    note = bench.read(settle.run_note, MONDAY)
    assert (note.complete, note.done, note.accounts, note.failed) == (False, 3, 4, 1)


def test_a_home_without_history_takes_its_neighbours_habits(bench: Bench) -> None:
    """Without good days of its own, an account is estimated by the area's median of its class."""
    books = open_books(bench, changes=home(history=[{"day": "2026-09-13", "total": "4150.00"}]))
    for index in (2, 3):
        books.read(books.account(index), MONDAY, register(MONDAY))
    books.run(MONDAY)
    books.run(TUESDAY)
    assert books.day(books.account(1), MONDAY).day.energy.total == D("5.0000")
    assert home_no(1) in bench.accounts


def test_time_of_use_splits_what_the_opening_does_not_know(bench: Bench) -> None:
    """An opening has no period registers: until the first full freeze the total is split by hours, marked E."""
    books = open_books(
        bench, changes=home(price="RES_TOU_YEAR_ZJ", history=[{"day": "2026-09-10", "total": "4195.00"}])
    )
    account = books.account()
    books.read(account, date(2026, 9, 13), "4198.00", Mark.G, "0", "3000.00", "0", "1198.00")
    books.read(account, MONDAY, "4208.00", Mark.G, "0", "3006.20", "0", "1201.80")
    books.run(MONDAY)
    assert books.day(account, date(2026, 9, 12)).day.mark is Mark.E
    newest = books.day(account, MONDAY - DAY).day
    assert (newest.mark, newest.energy.tariffs) == (Mark.G, (D("0"), D("6.2"), D("0"), D("3.8")))
    assert newest.dayfee == D("4.62")


def test_a_relay_that_is_open_makes_no_habit(books: Books) -> None:
    """A day on which the relay was open is no good day for an estimate."""
    from headend import collect  # noqa: PLC0415

    account = books.account()
    books.run(MONDAY)
    point = books.bench.read(archive.place, account, MONDAY)
    seen = collect.RelaySeen(True, True, False, D(0), point.address, books.bench.at(f"{MONDAY} 09:30"), "readback")
    books.bench.write(collect.note_relay, account, seen)
    for n in (1, 2):
        books.read(account, MONDAY + n * DAY, register(MONDAY))
        books.run(MONDAY + n * DAY)
    assert [books.day(account, MONDAY + n * DAY).day.good for n in (-1, 0, 1)] == [True, False, False]
    assert books.day(account, TUESDAY).next == D("2.73")
