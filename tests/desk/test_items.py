"""What of a meter can be asked: words, identifiers, names of the tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meter import Dialect
from headend.desk import RefusedError
from headend.desk.items import Number1997, Word, find_item, names
from protocols.dlt645 import DI
from protocols.dlt698 import OAD

NEW, OLD = Dialect.DLT698, Dialect.DLT645


@pytest.mark.parametrize(
    ("dialect", "text", "found"),
    [
        (OLD, "clock", Word.CLOCK),
        (NEW, "relay", Word.RELAY),
        (OLD, "02010100", DI.parse("02010100")),
        (OLD, "0400010c", DI.parse("0400010C")),
        (OLD, "9010", Number1997(0x9010)),
        (NEW, "00100201", OAD.parse("00100201")),
        (OLD, "combined active energy, total, now", DI.parse("00000000")),
        (OLD, "(当前)组合有功总电能", DI.parse("00000000")),
        (OLD, "Combined  active energy total now", DI.parse("00000000")),
        (NEW, "forward active energy (import)", OAD.parse("00100200")),
        (NEW, "正向有功电能", OAD.parse("00100200")),
    ],
)
def test_an_item_is_found_by_word_digits_or_name(dialect: Dialect, text: str, found: object) -> None:
    """Case, commas and spaces do not matter, and both languages do."""
    assert find_item(dialect, text) == found


@pytest.mark.parametrize("text", ["voltge", "energy", "12345", "0201010", "", "电能"])
def test_what_means_nothing_or_much_names_what_is_near(text: str) -> None:
    """The words that always work, and items that are called alike."""
    with pytest.raises(RefusedError, match="registers, relay, phases, clock, freeze"):
        find_item(OLD, text)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_name_of_the_tables_leads_somewhere(dialect: Dialect) -> None:
    """Each name that is listed is found, as the item it is listed for."""
    for name, digits in names(dialect).items():
        assert str(find_item(dialect, name)) == digits or name in set(Word)


@given(st.sampled_from(list(Dialect)), st.text(max_size=20))
def test_no_text_is_more_than_refused(dialect: Dialect, text: str) -> None:
    """Anything at all is an item, or it is refused with advice."""
    try:
        assert isinstance(find_item(dialect, text), Word | DI | OAD | Number1997)
    except RefusedError:
        return
