"""CONNECT: an application association and its sizes, and how both sides prove who they are (建立应用连接)."""

from dataclasses import dataclass
from enum import IntEnum

import construct as c

from protocols.dlt698.apdu.common import ClientApdu, ServerApdu, client, server
from protocols.dlt698.apdu.conformance import (
    FACTORY_BYTES,
    FUNCTION_BYTES,
    PROTOCOL_BYTES,
    Conformance,
    FactoryVersion,
)
from protocols.dlt698.axdr import OCTETS, Adapted, Choice, Optionally, Typed

__all__ = [
    "CONNECT_REQUEST",
    "CONNECT_RESPONSE",
    "Conformance",
    "ConnectRequest",
    "ConnectResponse",
    "ConnectResult",
    "Limits",
    "Mechanism",
    "NullSecurity",
    "PasswordSecurity",
    "SecurityData",
    "SignatureSecurity",
    "SymmetricSecurity",
]


class ConnectResult(IntEnum):
    """Result of the server; others are kept as numbers."""

    ALLOWED = 0
    WRONG_PASSWORD = 1
    SYMMETRIC_DECRYPTION_ERROR = 2
    ASYMMETRIC_DECRYPTION_ERROR = 3
    SIGNATURE_WRONG = 4
    VERSION_MISMATCH = 5
    OTHER = 255


@dataclass(frozen=True, slots=True)
class NullSecurity:
    """Mechanism 0: public access (公共连接)."""


@dataclass(frozen=True, slots=True)
class PasswordSecurity:
    """Mechanism 1: a password (一般密码)."""

    password: str


@dataclass(frozen=True, slots=True)
class SymmetricSecurity:
    """Mechanism 2: symmetric encryption (对称加密), both parts made by the encryption machine."""

    ciphertext: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignatureSecurity:
    """Mechanism 3: digital signature (数字签名), both parts made by the encryption machine."""

    ciphertext: bytes
    signature: bytes


Mechanism = NullSecurity | PasswordSecurity | SymmetricSecurity | SignatureSecurity


@dataclass(frozen=True, slots=True)
class SecurityData:
    """The server's random number and signature over it."""

    rn: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one side can send and take: link frames in bytes, window in frames, APDU in bytes."""

    send_frame: int
    receive_frame: int
    window: int
    apdu: int


@dataclass(frozen=True, slots=True)
class ConnectRequest(ClientApdu):
    """CONNECT-Request; ``timeout`` in seconds."""

    tag = 2
    service = "CONNECT-Request"

    conformance: Conformance
    limits: Limits
    timeout: int
    mechanism: Mechanism


@dataclass(frozen=True, slots=True)
class ConnectResponse(ServerApdu):
    """CONNECT-Response; ``factory`` is the 32-byte version text of the maker, ``timeout`` in seconds."""

    tag = 130
    service = "CONNECT-Response"

    factory: str
    conformance: Conformance
    limits: Limits
    timeout: int
    result: int
    security: SecurityData | None

    @property
    def factory_version(self) -> FactoryVersion:
        """The maker's version in its six parts."""
        return FactoryVersion.parse(self.factory)


_PAIR = ("ciphertext" / OCTETS, "signature" / OCTETS)
_MECHANISM = Choice(
    "connect mechanism",
    {
        0: (NullSecurity, Adapted(c.Pass, lambda _: NullSecurity(), lambda _: None)),
        1: (
            PasswordSecurity,
            Typed(
                PasswordSecurity,
                "password" / Adapted(OCTETS, lambda raw: raw.decode("latin-1"), lambda text: text.encode("latin-1")),
            ),
        ),
        2: (SymmetricSecurity, Typed(SymmetricSecurity, *_PAIR)),
        3: (SignatureSecurity, Typed(SignatureSecurity, *_PAIR)),
    },
)
_COMMON = (
    "conformance"
    / Typed(
        Conformance, "version" / c.Int16ub, "protocol" / c.Bytes(PROTOCOL_BYTES), "function" / c.Bytes(FUNCTION_BYTES)
    ),
    "limits"
    / Typed(Limits, "send_frame" / c.Int16ub, "receive_frame" / c.Int16ub, "window" / c.Int8ub, "apdu" / c.Int16ub),
    "timeout" / c.Int32ub,
)

CONNECT_REQUEST = client(ConnectRequest, *_COMMON, "mechanism" / _MECHANISM)
CONNECT_RESPONSE = server(
    ConnectResponse,
    "factory" / Adapted(c.Bytes(FACTORY_BYTES), lambda raw: raw.decode("latin-1"), lambda text: text.encode("latin-1")),
    *_COMMON,
    "result" / c.Int8ub,
    "security" / Optionally(Typed(SecurityData, "rn" / OCTETS, "signature" / OCTETS)),
)
