"""17H change baud rate (更改通信速率), DL/T 645-2007, 7.9."""

from dataclasses import dataclass

from construct import Byte, Struct

from protocols.dlt645.control import Function
from protocols.dlt645.functions.form import Form

BAUD_OF_WORD = {0x02: 600, 0x04: 1200, 0x08: 2400, 0x10: 4800, 0x20: 9600, 0x40: 19200}
"""Baud word (通信速率特征字) to rate; exactly one bit is set."""

_WORD = Struct("word" / Byte)


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
