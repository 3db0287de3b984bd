"""14H write data (写数据), DL/T 645-2007, 7.5."""

from dataclasses import dataclass

from construct import GreedyBytes, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER
from protocols.dlt645.wire.password import OPERATOR, PASSWORD, Operator, Password


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Set the item ``di``.

    ``payload`` in wire order is the item in its format at password levels, plaintext and MAC at 99H,
    ciphertext and MAC at 98H.
    """

    di: DI
    password: Password
    operator: Operator
    payload: bytes


@dataclass(frozen=True, slots=True)
class WriteAnswer:
    """Written."""


FORMS = (
    Form(
        WriteRequest,
        Function.WRITE,
        False,
        Struct(
            "di" / IDENTIFIER,
            "password" / PASSWORD,
            "operator" / OPERATOR,
            "payload" / GreedyBytes,
        ),
        range(12, 256),
    ),
    Form(WriteAnswer, Function.WRITE, True, Struct(), {0}),
)
