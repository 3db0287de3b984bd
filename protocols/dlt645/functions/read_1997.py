"""01H read data of DL/T 645-1997, with an identifier of two bytes, for meters that were never replaced."""

from dataclasses import dataclass

from construct import GreedyBytes, Int16ul, Struct

from protocols.dlt645.control import Function
from protocols.dlt645.functions.form import Form
from protocols.dlt645.profile import Edition


@dataclass(frozen=True, slots=True)
class Read1997Request:
    """Ask for the item ``di``, DI1 DI0 as in 9010H."""

    di: int


@dataclass(frozen=True, slots=True)
class Read1997Answer:
    """Data of ``di``; ``more``: the item did not fit."""

    di: int
    payload: bytes
    more: bool = False


FORMS = (
    Form(Read1997Request, Function.READ_1997, False, Struct("di" / Int16ul), {2}, edition=Edition.E1997),
    Form(
        Read1997Answer,
        Function.READ_1997,
        True,
        Struct("di" / Int16ul, "payload" / GreedyBytes),
        range(2, 256),
        follows=True,
        edition=Edition.E1997,
    ),
)
