"""17H change baud rate (更改通信速率), DL/T 645-2007, 7.9."""

from dataclasses import dataclass

from construct import Byte, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function
from protocols.errors import LocalProtocolError

BAUD_OF_WORD = {0x02: 600, 0x04: 1200, 0x08: 2400, 0x10: 4800, 0x20: 9600, 0x40: 19200}
"""Baud word (通信速率特征字) to rate; exactly one bit is set."""

_WORD_OF_BAUD = {baud: word for word, baud in BAUD_OF_WORD.items()}
_WORD = Struct("word" / Byte)


def baud_word(baud: int) -> int:
    """Give the baud word of a rate in bit/s; LocalProtocolError where it has none."""
    if baud not in _WORD_OF_BAUD:
        raise LocalProtocolError(f"rate {baud} has no baud word; there are {', '.join(map(str, _WORD_OF_BAUD))}")
    return _WORD_OF_BAUD[baud]


@dataclass(frozen=True, slots=True)
class ChangeBaudRequest:
    """Switch to the rate of the baud word, once the answer has gone out at the old rate."""

    word: int

    @property
    def baud(self) -> int | None:
        """Rate in bit/s, None where the word is none."""
        return BAUD_OF_WORD.get(self.word)


@dataclass(frozen=True, slots=True)
class ChangeBaudAnswer:
    """The same baud word back."""

    word: int

    @property
    def baud(self) -> int | None:
        """Rate in bit/s, None where the word is none."""
        return BAUD_OF_WORD.get(self.word)


FORMS = (
    Form(ChangeBaudRequest, Function.CHANGE_BAUD, False, _WORD, {1}),
    Form(ChangeBaudAnswer, Function.CHANGE_BAUD, True, _WORD, {1}),
)
