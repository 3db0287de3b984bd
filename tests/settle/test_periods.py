"""Period registers that can't be trusted: suspect to a price by time of use, nothing to a price by the total alone."""

from datetime import date, timedelta

import pytest

from headend import archive, collect, settle, work
from headend.collect import Finding, FreezeRead, Mark, Registers
from headend.collect.clocks import note_clock
from tests.rooms import MONDAY, Bench, home_no, local
from tests.settle.books import DAY, Books, D, open_books

TUESDAY = MONDAY + DAY
WEDNESDAY = MONDAY + 2 * DAY

PERIODS = {
    MONDAY: ("4215.00", "0", "3000.00", "0", "1215.00"),
    TUESDAY: ("4220.00", "0", "3903.00", "0", "1217.00"),  # T2 has jumped by 900
    WEDNESDAY: ("4227.00", "0", "3008.00", "0", "1219.00"),  # and is back
}


@pytest.fixture
def books(bench: Bench) -> Books:
    """The first home is priced by time of use, the second by its total; both meters were read well on Monday."""
    books = open_books(bench, changes={home_no(1): {"price": "RES_TOU_YEAR_ZJ"}})
    for index in (1, 2):
        tell(books, index, MONDAY, PERIODS[MONDAY])
    books.run(MONDAY)
    return books


def tell(books: Books, index: int, day: date, registers: tuple[str, ...]) -> collect.Accepted:
    """Let the meter of a home tell its freeze of a day."""
    bench = books.bench
    if bench.clock.now() < local(f"{day} 01:00"):
        bench.at(f"{day} 01:00")
    bench.write(collect.plan, day)
    duty = next(d for d in bench.read(collect.open_duties, day) if d.account == books.account(index))
    total, *tariffs = (D(each) for each in registers)
    return bench.write(collect.accept, duty, FreezeRead(Registers(total, tuple(tariffs)), local(f"{day} 00:00")))


def marks(books: Books, index: int, *days: date) -> list[Mark]:
    """The marks of energy days of a home."""
    return [books.day(books.account(index), day).day.mark for day in days]


def test_periods_that_contradict_the_total_are_estimated_over(books: Books) -> None:
    """Time of use is estimated (E), which bars a cut (R3); the neighbour at a flat price is charged what was read."""
    for index in (1, 2):
        tell(books, index, TUESDAY, PERIODS[TUESDAY])
    books.run(TUESDAY)
    assert marks(books, 1, MONDAY) == [Mark.E]
    assert marks(books, 2, MONDAY) == [Mark.G]
    compared = books.bench.read(settle.compare, books.account(1), day=TUESDAY)
    assert (compared.mark, compared.last_reading) == (Mark.E, MONDAY)


def test_the_next_good_periods_settle_what_was_estimated(books: Books) -> None:
    """The days in between are filled by period from the freezes on both sides, mark I, as after any suspect reading."""
    for day in (TUESDAY, WEDNESDAY):
        for index in (1, 2):
            tell(books, index, day, PERIODS[day])
        books.run(day)
    assert marks(books, 1, MONDAY, TUESDAY) == [Mark.I, Mark.I]
    filled = books.day(books.account(1), TUESDAY).day
    assert (filled.energy.total, filled.energy.tariffs) == (D(6), (D(0), D(4), D(0), D(2)))
    assert marks(books, 2, MONDAY, TUESDAY) == [Mark.G, Mark.G]
    assert [books.day(books.account(2), day).day.energy.total for day in (MONDAY, TUESDAY)] == [D(5), D(7)]
    books.level()


def test_odd_periods_make_no_habits(books: Books) -> None:
    """A day of odd periods counts for estimates by its total alone."""
    tell(books, 2, TUESDAY, PERIODS[TUESDAY])
    books.run(TUESDAY)
    point = books.bench.read(archive.place, books.account(2), TUESDAY).point
    [newest] = books.bench.read(collect.good_days, point, TUESDAY, 1)
    assert (newest.day, newest.energy) == (MONDAY, collect.Consumption(D(5)))
    assert books.day(books.account(2), MONDAY).day.energy == collect.Consumption(D(5))


def test_settlement_believes_no_periods_that_can_not_be(books: Books) -> None:
    """Whoever has let them pass: time of use is estimated, and the neighbour's energy has no periods."""
    for index in (1, 2):
        books.read(books.account(index), TUESDAY, *PERIODS[TUESDAY][:1], Mark.G, *PERIODS[TUESDAY][1:])
    books.run(TUESDAY)
    assert marks(books, 1, MONDAY) == [Mark.E]
    assert books.day(books.account(2), MONDAY).day.energy == collect.Consumption(D(5))


@pytest.mark.parametrize(("off", "mark"), [(timedelta(minutes=30), Mark.G), (timedelta(minutes=-31), Mark.E)])
def test_a_clock_half_an_hour_off_is_not_trusted_with_periods(books: Books, off: timedelta, mark: Mark) -> None:
    """The same registers of a meter whose clock was found off are suspect to time of use, good for the total."""
    good = ("4220.00", "0", "3003.00", "0", "1217.00")
    for index in (1, 2):
        place = books.bench.read(archive.place, books.account(index), MONDAY)
        books.bench.write(note_clock, place, off)
        assert tell(books, index, TUESDAY, good).mark is Mark.G
    books.run(TUESDAY)
    assert (marks(books, 1, MONDAY), marks(books, 2, MONDAY)) == ([mark], [Mark.G])


def test_energy_in_a_period_without_a_price_is_told_and_estimated_over(books: Books) -> None:
    """The price knows no sharp period: the reading is kept, the day is E, and the reason stands beside it, once."""
    sharp = ("4220.00", "1.50", "3002.00", "0", "1216.50")
    for index in (1, 2):
        assert tell(books, index, TUESDAY, sharp).findings == ()
    books.run(TUESDAY)
    books.run(TUESDAY)
    assert (marks(books, 1, MONDAY), marks(books, 2, MONDAY)) == ([Mark.E], [Mark.G])
    point = books.bench.read(archive.place, books.account(1), TUESDAY).point
    [noted] = books.bench.read(collect.findings_of, point, TUESDAY, TUESDAY)
    assert (noted.kind, noted.version) == (Finding.UNPRICED, 1)
    assert noted.sentence == "1.5 kWh in periods without a price (sharp 1.5) of RES_TOU_YEAR_ZJ"
    assert work.OrderKind.METER_ODD in books.bench.read(work.open_kinds, books.account(1))
    assert books.bench.read(work.open_kinds, books.account(2)) == frozenset()


def test_a_correction_on_site_gives_the_periods_back(books: Books) -> None:
    """What a person read is trusted again: the day is computed from it, and marked as corrected."""
    tell(books, 1, TUESDAY, PERIODS[TUESDAY])
    books.run(TUESDAY)
    total, *tariffs = "4220.00", "0", "3003.00", "0", "1217.00"
    row = {"account": home_no(1), "day": str(TUESDAY), "total": total, "photo": "p-1", "reader": "zheng.tech"}
    row |= {f"t{number}": value for number, value in enumerate(tariffs, 1)}
    importer = collect.Importer("acq.wang", lambda _account: True)
    told = books.bench.write(collect.take_row, importer, "file.csv", 2, row)
    assert (told.outcome.value, told.mark) == ("corrected", Mark.C)
    assert books.bench.write(settle.refresh, books.account(1))
    assert marks(books, 1, MONDAY) == [Mark.C]
