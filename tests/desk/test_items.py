"""What of a meter can be asked: words, identifiers, names of the tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.desk import RefusedError
from headend.desk.items import Number1997, Word, find_wanted
from protocols.catalogue import Protocol
from protocols.dlt645 import DI
from protocols.dlt698 import OAD

NEW, OLD, OLDER = Protocol.DLT698, Protocol.DLT645, Protocol.DLT645_1997


@pytest.mark.parametrize(
    ("protocol", "text", "found"),
    [
        (OLD, "clock", Word.CLOCK),
        (NEW, "relay", Word.RELAY),
        (OLD, "02010100", DI.parse("02010100")),
        (OLD, "0400010c", DI.parse("0400010C")),
        (OLD, "AB000000", DI.parse("AB000000")),
        (OLDER, "9010", Number1997(0x9010)),
        (OLDER, "正向有功总电能", Number1997(0x9010)),
        (NEW, "00100201", OAD.parse("00100201")),
        (OLD, "combined active energy, total, now", DI.parse("00000000")),
        (OLD, "(当前)组合有功总电能", DI.parse("00000000")),
        (OLD, "Combined  active energy total now", DI.parse("00000000")),
        (NEW, "forward active energy (import)", OAD.parse("00100200")),
        (NEW, "正向有功电能", OAD.parse("00100200")),
    ],
)
def test_an_item_is_found_by_word_digits_or_name(protocol: Protocol, text: str, found: object) -> None:
    """Case, commas and spaces do not matter, both languages do, and digits need not be in a table."""
    assert find_wanted(protocol, text) == found


@pytest.mark.parametrize("text", ["voltge", "energy", "12345", "0201010", "", "电能"])
def test_what_means_nothing_or_much_names_the_words_that_always_work(text: str) -> None:
    """Beside them stand the items that are called alike."""
    with pytest.raises(RefusedError, match="registers, relay, phases, clock, freeze"):
        find_wanted(OLD, text)


@given(st.sampled_from(list(Protocol)), st.text(max_size=20))
def test_no_text_is_more_than_refused(protocol: Protocol, text: str) -> None:
    """Anything at all is an item, or it is refused with advice."""
    try:
        assert isinstance(find_wanted(protocol, text), Word | DI | OAD | Number1997)
    except RefusedError:
        return
