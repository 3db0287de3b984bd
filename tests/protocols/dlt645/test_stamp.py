"""Dates and times as meters write them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import Stamp
from protocols.errors import LocalProtocolError
from tests.protocols.dlt645.strategies import stamps

CENTURY = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31")
instants = st.datetimes(*CENTURY).map(lambda instant: instant.replace(microsecond=0))


@given(instants)
def test_an_instant_survives_its_digits(instant: datetime) -> None:
    """Seven bytes hold a local instant to the second, weekday with 0 for Sunday."""
    stamp = Stamp.of("YYMMDDWWhhmmss", instant)
    assert Stamp.unpack(stamp.layout, stamp.pack()).instant() == instant
    assert stamp.part("WW") == int(f"{instant:%w}")


@given(stamps("YYMMDDhhmmss"))
def test_digits_that_form_no_date_give_none(stamp: Stamp) -> None:
    """Any digits are kept as they came; they are an instant only where the calendar has it."""
    assert Stamp.unpack(stamp.layout, stamp.pack()) == stamp
    instant = stamp.instant()
    assert instant is None or Stamp.of(stamp.layout, instant) == stamp


def test_all_zero_is_never() -> None:
    """A record that does not exist has the time zero, which is no instant."""
    stamp = Stamp("YYMMDDhhmmss", "000000000000")
    assert stamp.is_never
    assert stamp.instant() is None


def test_a_wildcard_is_no_instant() -> None:
    """99 throughout asks for a freeze at once."""
    assert Stamp("MMDDhhmm", "99999999").instant() is None


@pytest.mark.parametrize(
    ("layout", "digits"),
    [("YYMMDD", "2601"), ("YYMMDD", "26010A"), ("YYXXDD", "260101"), ("Y", "2"), ("YYMMDD", "２６0101")],
)
def test_digits_that_do_not_fill_the_layout_are_refused(layout: str, digits: str) -> None:
    """A stamp has exactly two decimal digits for each place of a known layout."""
    with pytest.raises(LocalProtocolError):
        Stamp(layout, digits)


@pytest.mark.parametrize("layout", ["YYMMDDNN", "hhmmNN"])
def test_an_instant_has_no_table_number(layout: str) -> None:
    """A layout that holds more than time cannot be filled from an instant."""
    with pytest.raises(LocalProtocolError):
        Stamp.of(layout, datetime.fromisoformat("2026-01-01"))


def test_a_year_beyond_the_century_is_refused() -> None:
    """Two digits hold 2000 to 2099."""
    with pytest.raises(LocalProtocolError):
        Stamp.of("YYMMDD", datetime.fromisoformat("2100-01-01"))
