"""03H security authentication (安全认证), fee-control extension of DL/T 645-2007.

What is inside the payloads was made by a security module and is only laid out here.
"""

from dataclasses import dataclass

from construct import GreedyBytes, Struct

from protocols.dlt645.control import Function
from protocols.dlt645.di import DI, IDENTIFIER
from protocols.dlt645.fields import opaque
from protocols.dlt645.functions.form import Form
from protocols.dlt645.password import OPERATOR, Operator

AUTHENTICATE = DI(0x070000FF)
"""Remote identity authentication (身份认证指令)."""


@dataclass(frozen=True, slots=True)
class SecurityRequest:
    """Security command ``di`` with its payload in wire order."""

    di: DI
    operator: Operator
    payload: bytes


@dataclass(frozen=True, slots=True)
class SecurityAnswer:
    """Answer to a security command; most carry no payload."""

    di: DI
    payload: bytes


FORMS = (
    Form(
        SecurityRequest,
        Function.SECURITY,
        False,
        Struct("di" / IDENTIFIER, "operator" / OPERATOR, "payload" / GreedyBytes),
        range(8, 256),
    ),
    Form(
        SecurityAnswer,
        Function.SECURITY,
        True,
        Struct("di" / IDENTIFIER, "payload" / GreedyBytes),
        range(4, 256),
    ),
)

CHALLENGE = Struct("ciphertext" / opaque(8), "random1" / opaque(8), "dispersion_factor" / opaque(8))
"""Payload of the request of an identity authentication, each field reversed on its own."""

CHALLENGE_ANSWER = Struct("random2" / opaque(4), "esam_no" / opaque(8))
"""Payload of its answer; both go into every later call to the security module."""
