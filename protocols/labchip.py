"""What the laboratory's stand-ins for encryption machine (加密机) and ESAM say to each other in DL/T 698.45.

**This is no ESAM and guards nothing**: see `protocols.labcipher`. The framing is the standard's, lengths are
those of captured frames: 32 bytes of ciphertext and 4 of signature in a CONNECT-Request, 48 and 4 in the response, MACs
of 4. What is inside is the stand-in's own:

======================= ==============================================================================
CONNECT-Request         ciphertext of random number 1 and the counter of associations; MAC over it
CONNECT-Response        ciphertext of random numbers 2 and 1; MAC over it under random number 1
SID                     command header, then length of APDU and MAC (2) and the number of the request (4)
request                 key of the association, number of the request as vector; MAC over SID and data
answer                  the same with the number as that of an answer, so that neither passes for the other
RN                      MAC over RN and the APDU that answers
RN_MAC                  MAC over RN, of which the last 4 bytes count the reports, and the APDU
======================= ==============================================================================
"""

from dataclasses import dataclass, field
from hmac import compare_digest

from protocols import labcipher
from protocols.errors import RemoteProtocolError
from protocols.labcipher import MAC_SIZE

__all__ = [
    "IDENTIFIER",
    "RANDOM_SIZE",
    "REPORT_RN_SIZE",
    "RN_SIZE",
    "Sealed",
    "accept",
    "accepted",
    "number_of",
    "offer",
    "offered",
    "open_answer",
    "open_request",
    "origin",
    "report_counter",
    "reported",
    "same",
    "seal_answer",
    "seal_request",
    "taken",
]

RANDOM_SIZE = 16
RN_SIZE = 16
"""Bytes of RN in a request."""
REPORT_RN_SIZE = 12
"""Bytes of RN in a report."""
IDENTIFIER = bytes.fromhex("811C8310")
"""The command header of SID, as a head-end's bench was seen to send it."""
_COUNT = 4
_LENGTH = 2
_REQUEST, _ANSWER, _REPORT, _RECEIPT = b"Q", b"A", b"R", b"T"


@dataclass(frozen=True, slots=True)
class Sealed:
    """An APDU as it travels: attached data of SID (none in an answer), the bytes, the MAC if there is one."""

    attached: bytes
    data: bytes = field(repr=False)
    mac: bytes | None = field(repr=False)


def offer(key: bytes, random1: bytes, counter: int) -> tuple[bytes, bytes]:
    """Open an association: ciphertext (32 bytes) and signature (4) of a CONNECT-Request of mechanism 2."""
    ciphertext = labcipher.encrypt(key, random1 + counter.to_bytes(_COUNT, "big"))
    return ciphertext, labcipher.mac(key, _REQUEST, ciphertext)


def offered(key: bytes, ciphertext: bytes, signature: bytes) -> tuple[bytes, int]:
    """Read what `offer` made: random number 1 and the counter. Raises RemoteProtocolError."""
    _check(labcipher.mac(key, _REQUEST, ciphertext), signature)
    plain = _sized(labcipher.decrypt(key, ciphertext), RANDOM_SIZE + _COUNT)
    return plain[:RANDOM_SIZE], int.from_bytes(plain[RANDOM_SIZE:], "big")


def accept(key: bytes, random1: bytes, random2: bytes) -> tuple[bytes, bytes]:
    """Answer an `offer`: RN (48 bytes) and signature (4) of a CONNECT-Response."""
    ciphertext = labcipher.encrypt(key, random2 + random1)
    return ciphertext, labcipher.mac(key, random1, ciphertext)


def accepted(key: bytes, random1: bytes, ciphertext: bytes, signature: bytes) -> bytes:
    """Read what `accept` made of ours: random number 2. Raises RemoteProtocolError where it is no answer to it."""
    _check(labcipher.mac(key, random1, ciphertext), signature)
    plain = _sized(labcipher.decrypt(key, ciphertext), 2 * RANDOM_SIZE)
    _check(plain[RANDOM_SIZE:], random1)
    return plain[:RANDOM_SIZE]


def seal_request(key: bytes, number: int, apdu: bytes, *, hidden: bool, maced: bool) -> Sealed:
    """Protect a request: ``hidden`` encrypts it, ``maced`` puts a MAC beside it; without one it is inside."""
    attached = (len(apdu) + MAC_SIZE).to_bytes(_LENGTH, "big") + number.to_bytes(_COUNT, "big")
    return _seal(key, _REQUEST + number.to_bytes(_COUNT, "big"), attached, apdu, hidden=hidden, maced=maced)


def open_request(key: bytes, sealed: Sealed, *, hidden: bool) -> bytes:
    """Check and open a request. Raises RemoteProtocolError where anything differs."""
    number = number_of(sealed.attached)
    apdu = _open(key, _REQUEST + number.to_bytes(_COUNT, "big"), sealed, hidden=hidden)
    _check((len(apdu) + MAC_SIZE).to_bytes(_LENGTH, "big"), sealed.attached[:_LENGTH])
    return apdu


def number_of(attached: bytes) -> int:
    """Give the number of a request by the attached data of its SID. Raises RemoteProtocolError."""
    return int.from_bytes(_sized(attached, _LENGTH + _COUNT)[_LENGTH:], "big")


def seal_answer(key: bytes, number: int, apdu: bytes, *, hidden: bool, maced: bool) -> Sealed:
    """Protect the answer to the request of that number."""
    return _seal(key, _ANSWER + number.to_bytes(_COUNT, "big"), b"", apdu, hidden=hidden, maced=maced)


def open_answer(key: bytes, number: int, data: bytes, mac: bytes | None, *, hidden: bool) -> bytes:
    """Check and open the answer to the request of that number. Raises RemoteProtocolError where anything differs."""
    return _open(key, _ANSWER + number.to_bytes(_COUNT, "big"), Sealed(b"", data, mac), hidden=hidden)


def origin(key: bytes, rn: bytes, apdu: bytes) -> bytes:
    """Prove where the answer to a request with that RN comes from."""
    return labcipher.mac(key, b"", _counted(rn) + apdu)


def reported(key: bytes, rn: bytes, apdu: bytes) -> bytes:
    """Prove where a report comes from."""
    return labcipher.mac(key, _REPORT, _counted(rn) + apdu)


def taken(key: bytes, rn: bytes, apdu: bytes) -> bytes:
    """Prove where the answer to a report comes from."""
    return labcipher.mac(key, _RECEIPT, _counted(rn) + apdu)


def report_counter(rn: bytes) -> int:
    """Give the number of a report by its RN. Raises RemoteProtocolError."""
    return int.from_bytes(_sized(rn, REPORT_RN_SIZE)[-_COUNT:], "big")


def same(expected: bytes, came: bytes | None) -> None:
    """Compare a MAC with what came. Raises RemoteProtocolError ``mac`` where it differs, or did not come."""
    _check(expected, b"" if came is None else came)


def _seal(key: bytes, vector: bytes, attached: bytes, apdu: bytes, *, hidden: bool, maced: bool) -> Sealed:
    code = b"" if maced else labcipher.mac(key, vector, attached + apdu)
    data = labcipher.encrypt(key, apdu + code, vector, counted_by=_LENGTH) if hidden else apdu + code
    return Sealed(attached, data, labcipher.mac(key, vector, attached + data) if maced else None)


def _open(key: bytes, vector: bytes, sealed: Sealed, *, hidden: bool) -> bytes:
    if sealed.mac is not None:
        _check(labcipher.mac(key, vector, sealed.attached + sealed.data), sealed.mac)
    plain = labcipher.decrypt(key, sealed.data, vector, counted_by=_LENGTH) if hidden else sealed.data
    if sealed.mac is not None:
        return plain
    if not hidden:
        raise RemoteProtocolError("mac", "plaintext came without one")
    apdu, code = plain[:-MAC_SIZE], plain[-MAC_SIZE:]
    _check(labcipher.mac(key, vector, sealed.attached + apdu), code)
    return apdu


def _check(expected: bytes, came: bytes) -> None:
    if not compare_digest(expected, came):
        raise RemoteProtocolError("mac", "it belongs to other bytes, another key or another request")


def _sized(octets: bytes, size: int) -> bytes:
    if len(octets) != size:
        raise RemoteProtocolError("ciphertext", f"{len(octets)} bytes where {size} belong")
    return octets


def _counted(rn: bytes) -> bytes:
    return bytes([len(rn) & 0xFF]) + rn
