"""Run state words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, MeterType, StateWord, Supply, read_payload, state_words, write_payload
from protocols.dlt645.items.runstate import NAMES
from protocols.errors import LocalProtocolError

RELAY_WORD = DI(0x04000503)
BLOCK = DI(0x040005FF)


@given(st.integers(1, 7), st.data())
def test_flags_and_bits_say_the_same(number: int, data: st.DataObject) -> None:
    """A word made of named flags has these flags and no others."""
    names = [row.word for row in NAMES[number]]
    chosen = data.draw(st.sets(st.sampled_from(names)))
    word = StateWord.of(number, *chosen)
    assert set(word.flags) == chosen
    assert all((name in word) == (name in chosen) for name in names)


@given(st.integers(0, 0xFFFF))
def test_any_word_three_can_be_asked_for_the_relay(value: int) -> None:
    """Bit 4 is the relay and bit 6 what it was told to be."""
    word = StateWord(3, value)
    assert ("relay_open" in word) == bool(value & 0x10)
    assert ("relay_command_open" in word) == bool(value & 0x40)


def test_the_captured_word_after_a_trip() -> None:
    """50 00 on the wire is relay open and command open."""
    (word,) = state_words(RELAY_WORD, read_payload(RELAY_WORD, bytes.fromhex("5000")).values)
    assert word == StateWord.of(3, "relay_open", "relay_command_open")


def test_the_block_holds_seven_words() -> None:
    """Words 1 to 7 come in order; a word of FFH throughout is not available."""
    words = [StateWord.of(number).bits for number in range(1, 8)]
    payload = bytearray(write_payload(BLOCK, *words))
    payload[4:6] = b"\x10\x00"
    payload[12:14] = b"\xff\xff"
    read = state_words(BLOCK, read_payload(BLOCK, bytes(payload)).values)
    assert read[2] == StateWord.of(3, "relay_open")
    assert read[6] is None
    assert [word.number for word in read if word] == [1, 2, 3, 4, 5, 6]


def test_two_bit_fields_of_word_three() -> None:
    """Supply and meter type are codes; a reserved code and other words have none."""
    word = StateWord(3, 0b10 << 1 | 0b10 << 8)
    assert (word.supply, word.meter_type) == (Supply.BATTERY, MeterType.PREPAID_MONEY)
    assert (StateWord(3, 0b110).supply, StateWord(1, 0b10).supply) == (None, None)


def test_other_identifiers_hold_no_state_words() -> None:
    """The key state word and the energy are none."""
    assert state_words(DI(0x04000508), ()) == ()
    assert state_words(DI(0x00010000), ()) == ()


def test_a_flag_the_word_does_not_have_is_refused() -> None:
    """A misspelt flag is our own error."""
    with pytest.raises(LocalProtocolError, match="relay_opened"):
        StateWord.of(3, "relay_opened")
    with pytest.raises(LocalProtocolError):
        StateWord(8, 0)


@given(st.integers(1, 7), st.integers(0, 0xFFFF))
def test_every_choice_of_a_word_is_told_either_way(number: int, value: int) -> None:
    """A bit whose 0 says something is told by one of its two words, never by both or none."""
    said = set(StateWord(number, value).states)
    for row in NAMES[number]:
        assert (row.word in said) == bool(value >> row.bit & 1)
        assert not row.zero or (row.zero in said) != (row.word in said)


@given(st.sampled_from(Supply), st.sampled_from(MeterType), st.booleans())
def test_word_three_is_made_with_its_codes(supply: Supply, meter_type: MeterType, is_open: bool) -> None:
    """Supply and kind of the meter go in beside the flags and come out again."""
    word = StateWord.of(3, *["relay_open"] * is_open, supply=supply, meter_type=meter_type)
    assert (word.supply, word.meter_type, "relay_open" in word) == (supply, meter_type, is_open)


def test_codes_belong_to_word_three() -> None:
    """No other word tells the supply."""
    with pytest.raises(LocalProtocolError, match="word 1 tells neither"):
        StateWord.of(1, supply=Supply.BATTERY)


BITS = {1: (0, 1, 2, 3, 4, 5, 8, 9, 12, 13, 14, 15), 2: (0, 1, 2, 4, 5, 6), 3: (0, 3, 4, 5, 6, 7, *range(10, 16))}
BITS |= dict.fromkeys((4, 5, 6), tuple(range(9))) | {7: tuple(range(11))}


@pytest.mark.parametrize("number", range(1, 8))
def test_the_bits_that_have_names(number: int) -> None:
    """Each word has the bits the standard and the fee-control extension define, each with its own name."""
    assert tuple(row.bit for row in NAMES[number]) == BITS[number]
    said = [word for row in NAMES[number] for word in (row.word, row.name_zh, row.zero, row.zero_zh) if word]
    assert len(set(said)) == len(said)
