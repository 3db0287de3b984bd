"""Payloads of identity authentication (身份认证), remote and infrared, fee-control extension of DL/T 645-2007."""

from dataclasses import dataclass, field

from construct import Int32ul, Struct

from protocols.dlt645.functions.payload import PayloadForm, minutes, number, secret
from protocols.dlt645.wire.di import DI

AUTHENTICATE = DI(0x070000FF)
"""Remote identity authentication (身份认证指令)."""
SET_VALIDITY = DI(0x070001FF)
"""How long an authentication holds (身份认证时效设置)."""
END_AUTHENTICATION = DI(0x070002FF)
"""End of the authentication (身份认证失效)."""
INFRARED_COMMAND = DI(0x070003FF)
"""Second step of an infrared authentication (红外认证指令)."""
INFRARED_QUERY = DI(0x078003FF)
"""First step of an infrared authentication (红外认证查询)."""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Prove the head-end to the meter: a random number (8), its ciphertext (8), dispersion factor (8)."""

    ciphertext: bytes = field(repr=False)
    random1: bytes = field(repr=False)
    factor: bytes


@dataclass(frozen=True, slots=True)
class AuthenticateAnswer:
    """Authenticated: ``random2`` (4) and ``esam_no`` (8) go into every later call to the security module."""

    random2: bytes = field(repr=False)
    esam_no: bytes


@dataclass(frozen=True, slots=True)
class SetValidity:
    """Let authentications hold for 0 to 9999 ``minutes``; ``mac`` (4) is that of a class 1 parameter."""

    minutes: int
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndAuthentication:
    """End the authentication, as power-off and a new one do, too."""


@dataclass(frozen=True, slots=True)
class EndAuthenticationAnswer:
    """Ended, with the state of the purse: money in fen, purchase count, ``key_state`` (4)."""

    customer: str
    balance_fen: int
    count: int
    key_state: bytes


@dataclass(frozen=True, slots=True)
class InfraredQuery:
    """Begin an infrared authentication with a random number (8)."""

    random1: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InfraredQueryAnswer:
    """The meter proves itself: its number, that of its chip (8), ciphertext of random 1 (8), random 2 (8)."""

    meter: str
    esam_no: bytes
    ciphertext1: bytes = field(repr=False)
    random2: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class InfraredCommand:
    """The hand-held unit proves itself with the ciphertext of random 2 (8)."""

    ciphertext2: bytes = field(repr=False)


_CHALLENGE = Struct("ciphertext" / secret(8), "random1" / secret(8), "factor" / secret(8))
_CHALLENGE_ANSWER = Struct("random2" / secret(4), "esam_no" / secret(8))
_VALIDITY = Struct("minutes" / minutes(2), "mac" / secret(4))
_ENDED = Struct("customer" / number(6), "balance_fen" / Int32ul, "count" / Int32ul, "key_state" / secret(4))
_INFRARED_ANSWER = Struct("meter" / number(6), "esam_no" / secret(8), "ciphertext1" / secret(8), "random2" / secret(8))

FORMS = (
    PayloadForm(Authenticate, (AUTHENTICATE,), False, _CHALLENGE, 24),
    PayloadForm(AuthenticateAnswer, (AUTHENTICATE,), True, _CHALLENGE_ANSWER, 12),
    PayloadForm(SetValidity, (SET_VALIDITY,), False, _VALIDITY, 6),
    PayloadForm(EndAuthentication, (END_AUTHENTICATION,), False, Struct(), 0),
    PayloadForm(EndAuthenticationAnswer, (END_AUTHENTICATION,), True, _ENDED, 18),
    PayloadForm(InfraredQuery, (INFRARED_QUERY,), False, Struct("random1" / secret(8)), 8),
    PayloadForm(InfraredQueryAnswer, (INFRARED_QUERY,), True, _INFRARED_ANSWER, 30),
    PayloadForm(InfraredCommand, (INFRARED_COMMAND,), False, Struct("ciphertext2" / secret(8)), 8),
)
