"""01H read, 02H read follow-up, 03H re-read of DL/T 645-1997, for meters that were never replaced.

Identifiers have two bytes. Follow-up answers carry no number, so a lost one is asked for again with 03H, which brings
the answer before once more: another 02H would skip a part.
"""

from dataclasses import dataclass

from construct import GreedyBytes, Int16ul, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.wire.control import Function


@dataclass(frozen=True, slots=True)
class Read1997Request:
    """Ask for the item ``di``, DI1 DI0 as in 9010H."""

    di: int


@dataclass(frozen=True, slots=True)
class Read1997Answer:
    """Data of ``di``; ``more``: the item did not fit, and 02H fetches the rest."""

    di: int
    payload: bytes
    more: bool = False


@dataclass(frozen=True, slots=True)
class ReadNext1997Request:
    """Ask for the next part of ``di``, whichever that is: the meter counts."""

    di: int


@dataclass(frozen=True, slots=True)
class ReadNext1997Answer:
    """The next part of ``di``; ``more``: another one follows."""

    di: int
    payload: bytes
    more: bool = False


@dataclass(frozen=True, slots=True)
class ReadAgain1997Request:
    """Ask for the last answer once more (重读数据)."""


@dataclass(frozen=True, slots=True)
class ReadAgain1997Answer:
    """The answer before, once more."""

    di: int
    payload: bytes
    more: bool = False


_DI = Struct("di" / Int16ul)
_DATA = Struct("di" / Int16ul, "payload" / GreedyBytes)
_DATA_LENGTHS = range(2, 256)


def _answer(message: type, function: Function) -> Form:
    return Form(message, function, True, _DATA, _DATA_LENGTHS, follows=True, edition=Edition.E1997)


FORMS = (
    Form(Read1997Request, Function.READ_1997, False, _DI, {2}, edition=Edition.E1997),
    _answer(Read1997Answer, Function.READ_1997),
    Form(ReadNext1997Request, Function.READ_NEXT_1997, False, _DI, {2}, edition=Edition.E1997),
    _answer(ReadNext1997Answer, Function.READ_NEXT_1997),
    Form(ReadAgain1997Request, Function.READ_AGAIN_1997, False, Struct(), {0}, edition=Edition.E1997),
    _answer(ReadAgain1997Answer, Function.READ_AGAIN_1997),
)
