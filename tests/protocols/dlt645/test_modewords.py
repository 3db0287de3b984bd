"""Mode words of class 04."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Bits, identify, read_payload, write_payload
from protocols.dlt645.items.modewords import MODE_WORDS, bit_names, mode_flags, mode_word
from protocols.dlt645.items.named import states
from protocols.errors import LocalProtocolError

LOAD_CLASSES = DI(0x04000901)
REST_DAYS = DI(0x04000801)


@given(st.sampled_from(sorted(MODE_WORDS)), st.data())
def test_flags_and_bits_say_the_same(di: DI, data: st.DataObject) -> None:
    """A mode word made of named flags has these and no others, also after a way through its bytes."""
    chosen = data.draw(st.sets(st.sampled_from([row.word for row in MODE_WORDS[di]])))
    (word,) = read_payload(di, write_payload(di, mode_word(di, *chosen))).values
    assert isinstance(word, Bits)
    assert set(mode_flags(di, word)) == chosen


@pytest.mark.parametrize(
    ("di", "value", "flags"),
    [
        (0x04000601, 0b0101, ("add_forward", "add_reverse")),
        (0x04000602, 0b10000001, ("add_q1", "subtract_q4")),
        (0x04000703, 0x08, ("baud_2400",)),
        (0x04000901, 0b101000, ("energy", "demand")),
        (0x04000905, 0xFF, ("forward_active", "reverse_active")),
        (0x04000906, 0b10000001, ("forward_active", "variables")),
    ],
)
def test_bits_mean_what_the_standard_says(di: int, value: int, flags: tuple[str, ...]) -> None:
    """Bits are counted from the lowest; those without a name are left out."""
    assert mode_flags(DI(di), Bits(value, 8)) == flags


def test_a_day_works_or_rests() -> None:
    """0 is a day of rest, from Sunday up."""
    assert states(MODE_WORDS[REST_DAYS], 0b0111110)[:2] == ("sunday_rests", "monday_works")


def test_every_mode_word_is_one_byte_of_the_table() -> None:
    """The words lie where the table has a byte of bits, and state words are asked for the same way."""
    assert {identify(di).format for di in MODE_WORDS} == {"BITS8"}
    assert [row.word for row in bit_names(LOAD_CLASSES)][-1] == "demand"
    assert "relay_open" in [row.word for row in bit_names(DI(0x04000503))]
    assert bit_names(DI(0x040005FF)) == bit_names(DI(0x00010000)) == ()


def test_a_flag_or_word_that_is_none_is_refused() -> None:
    """A misspelt flag and an item that is no mode word are our own errors."""
    with pytest.raises(LocalProtocolError, match="04000901 has no bit powr"):
        mode_word(LOAD_CLASSES, "powr")
    with pytest.raises(LocalProtocolError, match="no mode word"):
        mode_flags(DI(0x04000503), Bits(0, 16))
