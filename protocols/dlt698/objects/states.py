"""Status words of a meter: what relay, protection and reporting bits say (2014, 2040, 2041, 8000).

Bit 0 is the first of the bit-string. Two-bit fields (supply, kind of meter) differ between makers and are not
interpreted.
"""

from dataclasses import dataclass

from protocols.dlt698.objects.words import bit_words
from protocols.dlt698.values.value import DataType, Value

_STATUS_WORDS = 7
BITS = {
    number: {bit: f"{word.en} {word.zh}" for bit, word in bit_words(f"status word {number}").items()}
    for number in range(1, _STATUS_WORDS + 1)
}  # by number of the word in 20140200

_STATUS_BITS = 16
_OPEN, _COMMAND, _ALARM, _PROTECTED, _REMOTE_UNOPENED = 4, 6, 7, 12, 15  # bits of word 3


@dataclass(frozen=True, slots=True)
class RelayWord:
    """Status word 3 (20140203) as far as fee control reads it."""

    is_open: bool
    trip_commanded: bool
    alarm: bool
    protected: bool
    remote_account_opened: bool


def set_bits(value: Value) -> tuple[int, ...] | None:
    """Numbers of the bits that are 1; None if the value is no bit-string."""
    if value.type is not DataType.BIT_STRING:
        return None
    return tuple(number for number, bit in enumerate(value.value) if bit == "1")


def relay_word(value: Value) -> RelayWord | None:
    """Read status word 3; None if it is no bit-string of 16 bits: NULL, or another type than expected."""
    bits = set_bits(value)
    if bits is None or len(value.value) < _STATUS_BITS:
        return None
    return RelayWord(
        is_open=_OPEN in bits,
        trip_commanded=_COMMAND in bits,
        alarm=_ALARM in bits,
        protected=_PROTECTED in bits,
        remote_account_opened=_REMOTE_UNOPENED not in bits,
    )
