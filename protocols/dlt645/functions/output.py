"""1DH multi-function terminal output (多功能端子输出), extension of DL/T 645-2007."""

from dataclasses import dataclass
from enum import IntEnum

from construct import Byte, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function


class Output(IntEnum):
    """What the terminal puts out."""

    CLOCK_SECOND = 0
    DEMAND_PERIOD = 1
    SLOT_SWITCH = 2


_SIGNAL = Struct("signal" / Byte)


@dataclass(frozen=True, slots=True)
class OutputRequest:
    """Switch the terminal to ``signal``, an `Output`; broadcast, every meter does and none answers."""

    signal: int


@dataclass(frozen=True, slots=True)
class OutputAnswer:
    """The same signal back."""

    signal: int


FORMS = (
    Form(OutputRequest, Function.OUTPUT, False, _SIGNAL, {1}),
    Form(OutputAnswer, Function.OUTPUT, True, _SIGNAL, {1}),
)
