"""The comparison with the baseline: for one account, for everybody, and up to a live register."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from headend import settle
from headend.archive import CutMode, Numbers, RestoreMode
from headend.collect import Mark, Registers
from headend.settle import Result, tables
from headend.settle.comparison import days_left, result_of
from tests.rooms import MONDAY, Bench
from tests.settle.books import DAY, Books, D, home, open_books, register

TUESDAY = MONDAY + DAY


def numbers(cut_at: str | None = "0.00", restore_at: str | None = "0.00") -> Numbers:
    """The numbers of a home: 30, 5, 0, 0."""
    cut = None if cut_at is None else D(cut_at)
    restore = None if restore_at is None else D(restore_at)
    return Numbers("R1", D("30.00"), D("5.00"), cut, restore, CutMode.AUTO, RestoreMode.DIRECT, 24, "APPR-1")


def opened(bench: Bench, deposit: str = "100.00") -> Books:
    """A home with a deposit, estimated on Monday: E 35.55, next 2.73."""
    opening = {"deposit": deposit, "tier_year_kwh": "1000.00", "cycle_register": "4150.00"}
    books = open_books(bench, homes=2, shops=1, changes=home(opening=opening))
    for account in bench.accounts.values():
        books.read(account, MONDAY, register(MONDAY))
    books.run(MONDAY)
    return books


def test_e16_thresholds() -> None:
    """Below T1 the customer is reminded; the expected cost tells for how many whole days it lasts."""
    assert result_of(D("17.13"), D("58.40"), D("41.27"), D("5.36"), numbers()) is Result.REMIND
    assert days_left(D("17.13"), D("5.36")) == 3


def test_e17_next_day_rule() -> None:
    """The paper rule reminds where cost and the next day's exceed the deposit; the worse line that holds wins."""
    low = numbers()
    rich = Numbers("R1", D("4.00"), D("1.00"), D(0), D(0), CutMode.AUTO, RestoreMode.DIRECT, 24, "APPR-1")
    assert result_of(D("4.90"), D("100.00"), D("95.10"), D("5.36"), rich) is Result.REMIND
    assert result_of(D("4.90"), D("100.00"), D("95.10"), D("4.90"), rich) is Result.OK
    assert result_of(D("4.90"), D("100.00"), D("95.10"), D("5.36"), low) is Result.WARN


@pytest.mark.parametrize(
    ("v", "result"),
    [
        ("30.00", Result.OK),
        ("29.99", Result.REMIND),
        ("5.00", Result.REMIND),
        ("4.99", Result.WARN),
        ("0.00", Result.WARN),
        ("-0.01", Result.SHORT),
    ],
)
def test_equality_is_the_better_side(v: str, result: Result) -> None:
    """An account that is exactly at a level is not below it."""
    assert result_of(D(v), D(1000), D(0), D(0), numbers()) is result


def test_a_class_without_a_cut_is_never_short() -> None:
    """Where C is none the worst result is a warning."""
    assert result_of(D("-999.00"), D(0), D("999.00"), D("5.00"), numbers(None, None)) is Result.WARN


@given(st.decimals(-500, 500, places=2), st.decimals("0.00", 50, places=2))
def test_days_left_are_whole_days_that_the_balance_lasts(a: Decimal, cost: Decimal) -> None:
    """The days left cost no more than A, one more would; 30 at most, and if nothing is used."""
    days = days_left(a, cost)
    assert 0 <= days <= 30
    if cost and days:
        assert days * cost <= a
    if cost and days < 30:
        assert (days + 1) * cost > a


def test_a_home_is_compared_by_its_class(bench: Bench) -> None:
    """The comparison shows what it looked at."""
    books = opened(bench, "40.00")
    found = bench.read(settle.compare, books.account(), day=MONDAY)
    assert (found.result, found.a, found.e, found.fee) == (Result.WARN, D("4.45"), D("35.55"), D("35.55"))
    assert (found.next, found.days_left, found.mark) == (D("2.73"), 1, Mark.G)
    assert (found.estimated, found.last_reading) == (MONDAY - DAY, MONDAY)
    assert found.restore_ok
    assert not bench.read(settle.compare, opened_short(books), day=MONDAY).restore_ok


def opened_short(books: Books) -> int:
    """Another home, below zero."""
    books.bench.write(settle.adjust, books.account(2), D("-64.46"), "short")
    return books.account(2)


def test_an_account_without_a_day_is_compared_by_its_money(bench: Bench) -> None:
    """Before the first run there is no fee, mark or expected cost; the ledger alone counts."""
    books = open_books(bench)
    found = bench.read(settle.compare, books.account(), day=MONDAY)
    assert (found.result, found.a, found.next, found.days_left, found.mark) == (Result.OK, D(100), None, None, None)


def test_a_live_register_confirms_or_clears_a_shortage(bench: Bench) -> None:
    """E goes up to the live register: what was used since the freeze counts, and no row is stored."""
    books = opened(bench, "36.00")
    account, rows = books.account(), books.versions(books.account())
    cold = bench.read(settle.compare, account, day=MONDAY, register=register(MONDAY))
    assert (cold.e, cold.result) == (D("35.55"), Result.WARN)
    warm = bench.read(settle.compare, account, day=MONDAY, register=Registers(register(MONDAY) + 2))
    assert (warm.e, warm.fee, warm.a, warm.result) == (D("36.64"), D("36.64"), D("-0.64"), Result.SHORT)
    assert books.versions(account) == rows
    with pytest.raises(settle.EnergyUnknownError, match="read the meter again"):
        bench.read(settle.compare, account, day=MONDAY, register=register(MONDAY) - 1)


def test_a_live_register_replaces_estimated_days(bench: Bench) -> None:
    """Where days are only estimated, the live register shows what was really used since the last good freeze."""
    books = opened(bench, "40.00")
    books.run(TUESDAY)
    books.run(TUESDAY + DAY)
    account = books.account()
    assert bench.read(settle.compare, account, day=TUESDAY + DAY).result is Result.SHORT
    live = bench.read(settle.compare, account, day=TUESDAY + DAY, register=register(MONDAY) + D("0.60"))
    assert (live.e, live.result) == (D("35.88"), Result.WARN)


def test_a_live_read_of_the_total_is_enough_under_time_of_use(bench: Bench) -> None:
    """A live read knows no periods: its energy is split by their hours."""
    books = open_books(
        bench, changes=home(price="RES_TOU_YEAR_ZJ", history=[{"day": "2026-09-01", "total": "4150.00"}])
    )
    account = books.account()
    for n, use in enumerate((0, 10, 20)):
        periods = ("0", str(D(use) * 14 / 20), "0", str(D(use) * 6 / 20))
        books.read(account, MONDAY.replace(day=1) + n * 6 * DAY, D("4150.00") + use, Mark.G, *periods)
    books.read(account, MONDAY, "4180.00", Mark.G, "0", "21", "0", "9")
    books.run(MONDAY)
    before = bench.read(settle.compare, account, day=MONDAY)
    assert before.e == D("14.52")
    live = bench.read(settle.compare, account, day=MONDAY, register=D("4182.40"))
    assert live.e - before.e == D("1.08")


def test_a_day_that_was_computed_again_is_revised(bench: Bench) -> None:
    """After a late reading the account's day says that it was computed again; without a day it says nothing."""
    books = opened(bench)
    books.run(TUESDAY)
    books.read(books.account(), TUESDAY, register(TUESDAY))
    bench.write(settle.refresh, books.account())
    rows = {row.account: row for row in bench.read(lambda view: view.all(settle.balances(TUESDAY)))}
    assert [rows[books.account(i)].revised for i in (1, 2)] == [1, 0]
    later = bench.read(lambda view: view.all(settle.balances(TUESDAY + DAY)))
    assert {(row.revised, row.mark, row.next, row.days_left) for row in later} == {(None, None, None, None)}


def test_what_was_expected_is_remembered_by_the_run(bench: Bench) -> None:
    """The note of a run says who was estimated, by which price book, and whether everybody was."""
    books = opened(bench)
    note = bench.read(settle.run_note, MONDAY)
    assert (note.complete, note.accounts, note.good, note.estimated) == (True, 3, 3, 0)
    assert note.book == bench.read(settle.newest_version)
    missing = bench.read(settle.run_note, TUESDAY)
    assert (missing.complete, missing.finished, missing.done) == (False, None, 0)
    assert books.bench is bench


def test_the_lines_of_a_fee_explain_it(bench: Bench) -> None:
    """The lines of an energy day sum to its fee and name the price version, kWh and unit."""
    books = opened(bench)
    [line] = bench.read(settle.fee_lines, books.account(), MONDAY - DAY)
    assert (line.kwh, line.unit, line.amount, line.label) == (D(65), D("0.5469"), D("35.55"), "total")
    assert bench.read(settle.fee_lines, books.account(), date(2026, 1, 1)) == ()


def test_rows_of_fees_are_never_floats(bench: Bench) -> None:
    """Money and energy are whole numbers in the database and decimals in Python."""
    opened(bench)
    rows = bench.read(lambda view: view.all(select(tables.fee_day)))
    kinds = {type(value) for row in rows for value in row}
    assert float not in kinds
    assert {Decimal, datetime} <= kinds
