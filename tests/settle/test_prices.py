"""The price file and the price book: what is refused, where, and what a version is."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend import settle
from headend.config import defaults
from headend.settle.book import PriceBook
from headend.settle.price import Period
from headend.settle.pricefile import parse_prices, restore_price
from tests.rooms import Bench
from tests.settle.pure import D, flat, price

TEXT = (defaults() / "prices.toml").read_text(encoding="utf-8")

ONE = """
[[price]]
code = "HOME"
name = "home"
class = "residential"
voltage = "<1kV"
valid_from = 2026-01-01
base = { flat = 0.5 }
"""


def test_the_shipped_file_holds_the_published_prices() -> None:
    """Every shipped price can be read, stored as text and read back the same."""
    prices = parse_prices(TEXT)
    assert {p.code for p in prices.values()} >= {
        "RES_TIER_YEAR_SD",
        "RES_TOU_YEAR_ZJ",
        "RES_TIER_MONTH_GD",
        "SHOP_FLAT",
    }
    assert all(restore_price(content, 0) == price for content, price in prices.items())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("base = { flat = 0.1234567 }", ["line 8", "HOME", "base.flat", "6 decimal"]),
        ("base = { flat = -0.5 }", ["line 8", "base.flat"]),
        ("base = { flat = 10000 }", ["line 8", "base.flat"]),
        ("base = { flatt = 0.5 }", ["line 8", "base.flatt"]),
        ('tiers = { basis = "year", bounds_month = [210, 400], adders = [0, 0.05] }', ["tiers", "one adder more"]),
        ('tiers = { basis = "year", bounds_month = [400, 210], adders = [0, 0.05, 0.3] }', ["tiers", "rise"]),
        ('tiers = { basis = "year", bounds_month = [210], adders = [0.1, 0.2] }', ["tiers", "the first is 0"]),
        (
            'tiers = { basis = "year", bounds_month = [210], adders = [0, 0.2], year_start = "12-25" }',
            ["HOME", "tier year begins with a cycle"],
        ),
        ("large_household = { bounds_month = [310] }", ["large_household"]),
        (
            'tou = { peak = 0.6, calendar = [{ period = "peak", from = "08:00", to = "22:00" }] }',
            ["tou", "each minute of the day"],
        ),
        (
            'tou = { peak = 0.6, valley = 0.3, calendar = [{ period = "peak", from = "00:00", to = "00:00" }] }',
            ["tou", "same periods"],
        ),
        ("free_kwh_month = 15\n[[price]]\ncode = 3", ["line 10", "price 3"]),
    ],
)
def test_a_fault_is_refused_with_its_line_and_key(line: str, words: list[str]) -> None:
    """A price file with a fault is refused as a whole, and the message says where and why."""
    text = ONE.replace("base = { flat = 0.5 }\n", line + "\n") if line.startswith("base") else f"{ONE}{line}\n"
    with pytest.raises(settle.PriceBookError) as refused:
        parse_prices(text)
    assert all(word in str(refused.value) for word in words), refused.value


def test_text_that_is_no_toml_is_refused() -> None:
    """A file that can't be parsed names its line."""
    with pytest.raises(settle.PriceBookError, match="line 1"):
        parse_prices("[[price\n")


def test_the_same_version_twice_in_a_file_is_refused() -> None:
    """A code may begin on a day once only."""
    with pytest.raises(settle.PriceBookError, match="HOME is there twice from 2026-01-01"):
        parse_prices(ONE + ONE)


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), min_size=1, unique=True), st.dates(date(2020, 1, 1)))
def test_the_newest_version_that_has_begun_holds(begins: list[date], day: date) -> None:
    """On each day the version holds that began last; before the first one there is none."""
    versions = [flat("0.5", valid_from=begin, version=n) for n, begin in enumerate(begins, start=1)]
    book = PriceBook.of(versions)
    begun = [begin for begin in begins if begin <= day]
    if begun:
        assert book.on("INV", day).valid_from == max(begun)
    else:
        with pytest.raises(settle.UnknownPriceError, match="INV"):
            book.on("INV", day)


def test_a_season_may_lie_over_the_turn_of_the_year() -> None:
    """The heating season begins and ends at midnight of its days."""
    tou = price("RES_TOU_YEAR_SD")
    days = [date(2026, 11, 14), date(2026, 11, 15), date(2027, 1, 1), date(2027, 3, 15), date(2027, 3, 16)]
    assert [tou.season(day) for day in days] == ["", "heating", "heating", "heating", ""]


@given(st.decimals(0, 10_000, places=4))
def test_a_split_total_is_not_lost(total: Decimal) -> None:
    """Splitting a total by the hours of the periods keeps every 0.0001 kWh, and only priced periods get any."""
    rates = price("RES_TOU_YEAR_ZJ").rates
    parts = rates.split(total)
    assert sum(parts.tariffs, D(0)) == total
    assert (parts.tariffs[0], parts.tariffs[2]) == (D(0), D(0))
    assert rates.minutes == {Period.PEAK: 14 * 60, Period.VALLEY: 10 * 60}


def test_loading_makes_versions_and_never_changes_them(bench: Bench) -> None:
    """The same file twice adds nothing; another text for the same day is a version that counts from then on."""
    assert bench.write(settle.load_prices, ONE) == ["HOME"]
    assert bench.write(settle.load_prices, ONE) == []
    assert bench.write(settle.load_prices, ONE.replace("0.5", "0.6")) == ["HOME"]
    book = bench.read(settle.price_book)
    assert [p.rates.flat for p in book.by_code["HOME"]] == [D("0.6"), D("0.5")]
    assert book.on("HOME", date(2026, 5, 1)).rates.flat == D("0.6")


def test_a_changed_book_waits_for_a_signature_or_a_day(bench: Bench) -> None:
    """For 24 hours a change is unsigned, unless a second person signs it off (R17)."""
    bench.write(settle.load_prices, ONE)
    first = bench.read(settle.unsigned_change)
    assert first == bench.clock.now()
    bench.write(settle.sign_off_prices)
    assert bench.read(settle.unsigned_change) is None
    bench.write(settle.load_prices, ONE.replace("0.5", "0.6"))
    bench.clock.advance(bench.clock.now() + timedelta(hours=23))
    assert bench.read(settle.unsigned_change) == first
    bench.clock.advance(bench.clock.now() + timedelta(hours=1))
    assert bench.read(settle.unsigned_change) is None
