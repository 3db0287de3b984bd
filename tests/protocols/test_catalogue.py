"""What may be written for an item: digits, names in either language, and what is near where it is none."""

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.catalogue import Item, ItemError, Protocol, find_item, items
from protocols.dlt645 import Profile, profile

MODELS = {Protocol.DLT645: "standard", Protocol.DLT645_1997: "1997", Protocol.DLT698: "standard"}


def model(protocol: Protocol) -> Profile:
    """Give the profile of a meter that is as the standard has it."""
    return profile(MODELS[protocol])


def find(protocol: Protocol, text: str) -> Item:
    """Find an item of a meter that is as the standard has it."""
    return find_item(protocol, text, model(protocol))


known = st.sampled_from([(protocol, item) for protocol in Protocol for item in items(protocol)])


@given(known, st.booleans())
def test_digits_find_their_item(which: tuple[Protocol, Item], lower: bool) -> None:
    """Every item of the tables is found by its digits, in either case."""
    protocol, item = which
    found = find(protocol, item.digits.lower() if lower else item.digits)
    assert (found.digits, found.unit) == (item.digits, item.unit)


@given(known, st.sampled_from(["en", "zh"]), st.sampled_from(["-", "_", "  ", ", "]))
def test_name_finds_its_item_however_its_words_are_parted(
    which: tuple[Protocol, Item], language: str, mark: str
) -> None:
    """A name of the tables, in any case and with any marks, finds its item, or says that several are called so."""
    protocol, item = which
    name = getattr(item.name, language)
    written = name.upper().replace(" ", mark)
    if Counter(getattr(one.name, language) for one in items(protocol))[name] > 1:
        with pytest.raises(ItemError, match="may be"):
            find(protocol, written)
    else:
        assert find(protocol, written) == item


@given(st.sampled_from(Protocol), st.text(max_size=30))
def test_any_text_is_an_item_or_an_error_that_says_so(protocol: Protocol, text: str) -> None:
    """Whatever is written, there is one item or an ItemError."""
    with suppress(ItemError):
        assert find(protocol, text).digits


@pytest.mark.parametrize(
    ("protocol", "text", "digits"),
    [
        ("dlt645", "forward active energy total", "00010000"),
        ("dlt645", "Forward-Active-Energy, T2 peak", "00010200"),
        ("dlt645", "正向有功总电能", "00010000"),
        ("dlt645", "(上1结算日)正向有功总电能", "00010001"),
        ("dlt645", "A相电压", "02010100"),
        ("dlt645-1997", "正向有功总电能", "9010"),
        ("dlt645-1997", "forward active energy total", "9010"),
        ("dlt698", "forward active energy", "00100200"),
        ("dlt698", "forward active energy total", "00100201"),
        ("dlt698", "正向有功电能 费率2", "00100203"),
        ("dlt698", "clock", "40000200"),
    ],
)
def test_usual_names_find_what_they_say(protocol: str, text: str, digits: str) -> None:
    """What is now, and what stands in brackets, need not be said."""
    assert find(Protocol(protocol), text).digits == digits


def test_member_of_a_family_is_found_by_its_digits() -> None:
    """An identifier that the table shows only by its first rows is known, such as the 40th daily freeze."""
    assert find(Protocol.DLT645, "05060128").unit == "kWh"


def test_attribute_that_nobody_describes_can_be_asked_for() -> None:
    """A meter of DL/T 698.45 may have attributes of its own: they are named by their numbers."""
    assert find(Protocol.DLT698, "FFFF0200").name.en == "object FFFF, attribute 2"


def test_unknown_name_is_told_with_what_is_near() -> None:
    """A name with a slip names those that are near; digits of no item say so."""
    with pytest.raises(ItemError, match="near are 00010000 forward active energy, total, now"):
        find(Protocol.DLT645, "forward activ energi total")
    with pytest.raises(ItemError, match="AB000000 is not in the tables of dlt645"):
        find(Protocol.DLT645, "AB000000")


def test_name_that_says_too_little_is_told_with_what_it_may_be() -> None:
    """Of several items the first are named, and how many there are besides; an "update" is no date."""
    with pytest.raises(ItemError, match=r"02010100 phase A voltage.*and \d+ more"):
        find(Protocol.DLT645, "voltage")
    with pytest.raises(ItemError) as told:
        find(Protocol.DLT645, "date")
    assert "update" not in str(told.value)
