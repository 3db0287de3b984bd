"""04H, 0AH, 0CH, 0FH, 10H of DL/T 645-1997: what changes a meter that was never replaced.

A password goes along, an operator code does not. The broadcast time (08H) is that of 2007; there is no relay.
"""

from dataclasses import dataclass

from construct import Byte, Construct, GreedyBytes, Int16ul, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.wire.address import ADDRESS, Address
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.password import PASSWORD, Password


@dataclass(frozen=True, slots=True)
class Write1997Request:
    """Set the item ``di``, DI1 DI0 as in C010H, to ``payload`` in wire order."""

    di: int
    password: Password
    payload: bytes


@dataclass(frozen=True, slots=True)
class Write1997Answer:
    """Written."""


@dataclass(frozen=True, slots=True)
class WriteAddress1997Request:
    """Give the only meter on the line a new address."""

    meter: Address


@dataclass(frozen=True, slots=True)
class WriteAddress1997Answer:
    """Done."""


@dataclass(frozen=True, slots=True)
class ChangeBaud1997Request:
    """Switch to the rate of the baud word (通信速率特征字), once the answer has gone out at the old rate."""

    word: int


@dataclass(frozen=True, slots=True)
class ChangeBaud1997Answer:
    """The same baud word back."""

    word: int


@dataclass(frozen=True, slots=True)
class ChangePassword1997Request:
    """Replace a password."""

    old: Password
    new: Password


@dataclass(frozen=True, slots=True)
class ChangePassword1997Answer:
    """The new password back."""

    new: Password


@dataclass(frozen=True, slots=True)
class ClearDemand1997Request:
    """Clear the maximum demand registers."""

    password: Password


@dataclass(frozen=True, slots=True)
class ClearDemand1997Answer:
    """Cleared."""


def _request(message: type, function: Function, layout: Construct, lengths: range | set[int]) -> Form:
    return Form(message, function, False, layout, lengths, edition=Edition.E1997)


def _answer(message: type, function: Function, layout: Construct, length: int) -> Form:
    return Form(message, function, True, layout, {length}, edition=Edition.E1997)


_DONE = Struct()
_WORD = Struct("word" / Byte)
_WRITE = Struct("di" / Int16ul, "password" / PASSWORD, "payload" / GreedyBytes)

FORMS = (
    _request(Write1997Request, Function.WRITE_1997, _WRITE, range(6, 256)),
    _answer(Write1997Answer, Function.WRITE_1997, _DONE, 0),
    _request(WriteAddress1997Request, Function.WRITE_ADDRESS_1997, Struct("meter" / ADDRESS), {6}),
    _answer(WriteAddress1997Answer, Function.WRITE_ADDRESS_1997, _DONE, 0),
    _request(ChangeBaud1997Request, Function.CHANGE_BAUD_1997, _WORD, {1}),
    _answer(ChangeBaud1997Answer, Function.CHANGE_BAUD_1997, _WORD, 1),
    _request(ChangePassword1997Request, Function.CHANGE_PASSWORD_1997, Struct("old" / PASSWORD, "new" / PASSWORD), {8}),
    _answer(ChangePassword1997Answer, Function.CHANGE_PASSWORD_1997, Struct("new" / PASSWORD), 4),
    _request(ClearDemand1997Request, Function.CLEAR_DEMAND_1997, Struct("password" / PASSWORD), {4}),
    _answer(ClearDemand1997Answer, Function.CLEAR_DEMAND_1997, _DONE, 0),
)
