"""SECURITY (安全传输): an APDU wrapped with proof of origin, encrypted or not.

The inner APDU stays bytes: who holds the keys checks the MAC before anybody parses it. The tags follow who
asked, so a server's secured report is a SECURITY-Request. There is no PIID outside the inner APDU.
"""

from dataclasses import dataclass

from protocols.dlt698.apdu.common import DAR_FIELD, Apdu
from protocols.dlt698.axdr import OCTETS, Choice, Optionally, Typed
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import SID, SID_FIELD, SID_MAC_FIELD, SidMac


@dataclass(frozen=True, slots=True)
class Plaintext:
    """A whole APDU in clear (明文)."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """A whole APDU encrypted (密文)."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class RandomNumber:
    """RN: the answer's MAC is made over it."""

    rn: bytes


@dataclass(frozen=True, slots=True)
class RandomNumberMac:
    """RN_MAC: a report's random number and MAC."""

    rn: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Mac:
    """The MAC of an answer."""

    mac: bytes


@dataclass(frozen=True, slots=True)
class SecurityRequest(Apdu):
    """SECURITY-Request (安全请求)."""

    tag = 16
    service = "SECURITY-Request"

    data: Plaintext | Ciphertext
    verification: SidMac | RandomNumber | RandomNumberMac | SID


@dataclass(frozen=True, slots=True)
class SecurityResponse(Apdu):
    """SECURITY-Response (安全响应); a Dar instead of data says that the check of the request failed."""

    tag = 144
    service = "SECURITY-Response"

    data: Plaintext | Ciphertext | Dar
    verification: Mac | SidMac | None


_PLAINTEXT = (Plaintext, Typed(Plaintext, "apdu" / OCTETS))
_CIPHERTEXT = (Ciphertext, Typed(Ciphertext, "octets" / OCTETS))

SECURITY_REQUEST = Typed(
    SecurityRequest,
    "data" / Choice("security data", {0: _PLAINTEXT, 1: _CIPHERTEXT}),
    "verification"
    / Choice(
        "verification",
        {
            0: (SidMac, SID_MAC_FIELD),
            1: (RandomNumber, Typed(RandomNumber, "rn" / OCTETS)),
            2: (RandomNumberMac, Typed(RandomNumberMac, "rn" / OCTETS, "mac" / OCTETS)),
            3: (SID, SID_FIELD),
        },
    ),
)
SECURITY_RESPONSE = Typed(
    SecurityResponse,
    "data" / Choice("security data", {0: _PLAINTEXT, 1: _CIPHERTEXT, 2: (Dar, DAR_FIELD)}),
    "verification"
    / Optionally(Choice("verification", {0: (Mac, Typed(Mac, "mac" / OCTETS)), 1: (SidMac, SID_MAC_FIELD)})),
)
