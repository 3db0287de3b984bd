"""Readings and the energy between them: versions, rollovers, good days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Executable, delete, update
from sqlalchemy.exc import IntegrityError

from headend import archive, collect
from headend.collect import Consumption, Leg, Mark, Registers, leg_step, legs_energy, register_step, tables
from headend.store import Tx
from tests.rooms import MONDAY, Bench, home_no

D = Decimal
DAY = timedelta(days=1)
VALUES = st.decimals(0, 999_999, places=2)


@pytest.fixture
def point(village: Bench) -> int:
    """The metering point of the first home."""
    return village.read(archive.place, village.accounts[home_no(1)], MONDAY).point


def read(bench: Bench, point: int, day: date, total: str, mark: Mark = Mark.G) -> collect.Reading | None:
    """Store a freeze of the first home."""
    account = bench.accounts[home_no(1)]
    registers = Registers(D(total))
    return bench.write(collect.store_reading, account, point, day, registers, mark=mark, source="freeze", reason="r")


def test_a_correction_is_a_new_version(village: Bench, point: int) -> None:
    """The newest version counts, the older ones stay, and the same again is no version."""
    read(village, point, MONDAY, "100.00")
    assert read(village, point, MONDAY, "100.00") is None
    read(village, point, MONDAY, "90.00", Mark.C)
    newest = village.read(collect.reading, point, MONDAY)
    assert newest is not None
    assert (newest.version, newest.total, newest.mark) == (2, D("90.00"), Mark.C)
    assert [r.total for r in village.read(collect.versions, point, MONDAY)] == [D("100.00"), D("90.00")]
    [row] = village.read(lambda view: view.all(collect.readings(MONDAY)))
    assert collect.as_reading(row) == newest


def test_a_stored_reading_can_be_neither_changed_nor_deleted(village: Bench, point: int) -> None:
    """The table is guarded in the database itself."""
    read(village, point, MONDAY, "100.00")
    for statement in (update(tables.reading).values(total=D(1)), delete(tables.reading)):

        def change(tx: Tx, statement: Executable = statement) -> None:
            tx.execute(statement)

        with pytest.raises(IntegrityError, match="append-only"):
            village.write(change)


def test_the_last_good_reading_passes_over_suspect_ones(village: Bench, point: int) -> None:
    """Readings marked S or I are no good ones; one older than sixty days is too old."""
    read(village, point, MONDAY - 61 * DAY, "10.00")
    assert village.read(collect.last_good, point, MONDAY) is None
    read(village, point, MONDAY - 3 * DAY, "20.00")
    read(village, point, MONDAY - 2 * DAY, "21.00", Mark.S)
    read(village, point, MONDAY - DAY, "22.00", Mark.I)
    found = village.read(collect.last_good, point, MONDAY)
    assert found is not None
    assert found.day == MONDAY - 3 * DAY


def test_good_days_lie_between_firm_neighbours(village: Bench, point: int) -> None:
    """Good days need two neighbouring freezes marked G or C; the latest come first, seven at most."""
    for n in range(12):
        read(village, point, MONDAY - n * DAY, str(200 - 2 * n), Mark.S if n == 3 else Mark.C if n == 1 else Mark.G)
    found = village.read(collect.good_days, point, MONDAY)
    assert [(MONDAY - d.day).days for d in found] == [1, 2, 5, 6, 7, 8, 9]
    assert {d.energy.total for d in found} == {D("2.0000")}


def test_a_day_with_an_open_relay_is_dark(village: Bench, point: int) -> None:
    """From the look that finds the relay open to the one that finds it closed, days are dark and no good days."""
    account = village.accounts[home_no(1)]
    for n in range(6):
        read(village, point, MONDAY + n * DAY, str(100 + n))
    place = village.read(archive.place, account, MONDAY)
    for text, is_open in ((f"{MONDAY + DAY} 09:10", True), (f"{MONDAY + 3 * DAY} 19:30", False)):
        at = village.at(text)
        seen = collect.RelaySeen(is_open, is_open, None, None, place.address, at, "readback")
        village.write(collect.note_relay, account, seen)
    dark = village.read(collect.dark_days, range(account, account + 1), MONDAY, MONDAY + 9 * DAY)
    assert dark == {account: frozenset(MONDAY + n * DAY for n in (1, 2, 3))}
    good = village.read(collect.good_days, point, MONDAY + 5 * DAY)
    assert [(d.day - MONDAY).days for d in good] == [4, 0]


@given(VALUES, st.decimals(0, 1000, places=2), st.sampled_from([6, 8]))
def test_a_register_goes_on_over_its_end(start: Decimal, step: Decimal, digits: int) -> None:
    """A step is found again whether or not the register passed its end in it, if it is plausible."""
    modulus = D(10) ** digits
    end = (start + step) % modulus
    rolled = start + step >= modulus
    found = register_step(start, end, digits=digits, most=D(1000))
    assert found == (step if not rolled or start >= D("0.95") * modulus else None)


@given(VALUES, VALUES, st.decimals(0, 1000, places=2))
def test_a_fall_is_never_negative_energy(start: Decimal, end: Decimal, most: Decimal) -> None:
    """Energy is never negative, and a rollover never more than plausible."""
    found = register_step(start, end, digits=6, most=most)
    assert found is None or found >= 0
    if end < start and found is not None:
        assert found <= most


@given(st.lists(st.tuples(VALUES, st.decimals(0, 500, places=2), st.sampled_from([1, 30, 40])), min_size=1, max_size=4))
def test_legs_add_up(parts: list[tuple[Decimal, Decimal, int]]) -> None:
    """The energy over several meters is the sum of each one's, by its own multiplier."""
    legs = [Leg(Registers(start), Registers(start + step), 8, multiplier) for start, step, multiplier in parts]
    assert legs_energy(legs, D(10) ** 9) == Consumption(sum((step * m for _, step, m in parts), D(0)))


def test_a_period_that_falls_leaves_the_total() -> None:
    """If the total fell there is no energy; period registers that one end lacks, or of which one fell, are left out."""
    start = Registers(D(10), (D(1), D(2), D(3), D(4)))
    assert leg_step(Leg(start, Registers(D(9), (D(1), D(3), D(3), D(5)))), D(100)) is None
    assert leg_step(Leg(start, Registers(D(12), (D(1), D(1), D(3), D(7)))), D(100)) == Consumption(D(2))
    assert leg_step(Leg(start, Registers(D(12))), D(100)) == Consumption(D(2))
    whole = leg_step(Leg(start, Registers(D(12), (D(1), D(3), D(3), D(5)))), D(100))
    assert whole == Consumption(D(2), (D(0), D(1), D(0), D(1)))


def test_a_relay_that_has_been_open_for_long_is_still_dark(village: Bench, point: int) -> None:
    """Nobody looks at a relay every day: what was open at the last look is open until a look finds it closed."""
    account, address = village.accounts[home_no(1)], "000000000001"
    later = MONDAY + 100 * DAY
    for days, is_open, dark in ((0, True, {account: frozenset({later})}), (10, False, {})):
        at = village.clock.now() + days * DAY
        seen = collect.RelaySeen(is_open, is_open, None, None, address, at, "readback")
        village.write(collect.note_relay, account, seen)
        assert village.read(collect.dark_days, range(account, account + 1), later, later) == dark
