"""The security chip (ESAM) of a simulated DL/T 698.45 device, on the laboratory's cipher.

It proves who asks, hides what is asked, counts, and suspends itself for a while after too many wrong MACs. Its keys
follow from the root key and its serial number. What it refuses is a DAR, or a result of CONNECT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protocols import labchip, labcipher
from protocols.dlt698 import (
    SID,
    Ciphertext,
    ConnectResult,
    Dar,
    Mac,
    Plaintext,
    RandomNumber,
    RandomNumberMac,
    SecurityData,
    SecurityRequest,
    SecurityResponse,
    SidMac,
    SymmetricSecurity,
)
from protocols.errors import ProtocolError, RemoteProtocolError
from protocols.labcipher import ROOT_KEY, Use
from simulators.meter.rules698 import Level
from simulators.seeded import octets

__all__ = ["Esam698", "Opened"]

VALIDITY = timedelta(minutes=30)
"""How long an association holds at most."""
WRONG_MACS = 5
"""So many in a row suspend the chip."""
SUSPENDED = timedelta(hours=24)
SERIAL_SIZE = 8
KEY_VERSION_SIZE = 16
_ANSWERS = {Level.HIDDEN: (True, False), Level.SEALED: (True, True), Level.PROVEN: (False, True)}
"""How the answer to a request under an association travels: hidden, with a MAC beside it."""


@dataclass(slots=True)
class _Association:
    """What was negotiated: its key, its end, and the number of the last request."""

    key: bytes = field(repr=False)
    until: datetime
    number: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """A request that was checked: its APDU, how it came, and what its answer is bound to."""

    apdu: bytes
    level: Level
    rn: bytes = b""
    number: int = 0
    key: bytes = field(default=b"", repr=False)


class Esam698:
    """One chip. ``number`` is that of the device, 1 to 12 digits; random numbers follow from ``seed``.

    ``explicit`` are the words of F101 by object, which count while ``mode`` is 1.
    """

    def __init__(self, number: str, seed: int, root: bytes = ROOT_KEY) -> None:
        self.serial = octets(SERIAL_SIZE, seed, "esam698", number)
        self.version = b"LAB-1"
        self.key_version = octets(KEY_VERSION_SIZE, seed, "key version")
        self.associations = 0
        self.reports = 0
        self.mode = 0
        self.explicit: dict[int, int] = {}
        self._number = number
        self._seed = seed
        self._keys = {use: labcipher.meter_key(root, self.serial, use) for use in Use}
        self._association: _Association | None = None
        self._wrong = 0
        self._suspended: datetime | None = None

    @property
    def words(self) -> Mapping[int, int]:
        """The words of F101 that count."""
        return self.explicit if self.mode else {}

    def remaining(self, now: datetime) -> timedelta:
        """Tell how long the association holds; zero without one."""
        return max(timedelta(), self._association.until - now) if self._association else timedelta()

    def is_suspended(self, now: datetime) -> bool:
        """Tell whether too many MACs were wrong (电能表挂起)."""
        return self._suspended is not None and now < self._suspended

    def connect(
        self, mechanism: SymmetricSecurity, wished: timedelta, now: datetime
    ) -> tuple[SecurityData, timedelta] | ConnectResult:
        """Check who asks for an association, and give what proves the chip and how long the association holds.

        It ends any before it; an opening whose counter is not above the last is a replay.
        """
        if self.is_suspended(now):
            return ConnectResult.OTHER
        key = self._keys[Use.ASSOCIATION]
        try:
            random1, counter = labchip.offered(key, mechanism.ciphertext, mechanism.signature)
        except RemoteProtocolError as error:
            self._note_wrong(now)
            is_signature = error.reason == "mac"
            return ConnectResult.SIGNATURE_WRONG if is_signature else ConnectResult.SYMMETRIC_DECRYPTION_ERROR
        if counter <= self.associations:
            return ConnectResult.SIGNATURE_WRONG
        self.associations = counter
        random2 = octets(labchip.RANDOM_SIZE, self._seed, "random2", self._number, counter)
        granted = min(wished, VALIDITY)
        self._association = _Association(labcipher.session_key(key, random1, random2), now + granted)
        return SecurityData(*labchip.accept(key, random1, random2)), granted

    def end(self) -> None:
        """End the association (协商失效)."""
        self._association = None

    def open(self, request: SecurityRequest, now: datetime) -> Opened | Dar:
        """Check a request and give its APDU, or the DAR that refuses it."""
        match request.data, request.verification:
            case Plaintext(apdu=apdu), RandomNumber(rn=rn) if rn:
                return Opened(apdu, Level.PROVEN, rn=rn)
            case Plaintext(apdu=data), SidMac(sid=sid, mac=mac):
                level, sealed = Level.PROVEN, labchip.Sealed(sid.data, data, mac)
            case Ciphertext(octets=data), SidMac(sid=sid, mac=mac):
                level, sealed = Level.SEALED, labchip.Sealed(sid.data, data, mac)
            case Ciphertext(octets=data), SID() as sid:
                level, sealed = Level.HIDDEN, labchip.Sealed(sid.data, data, None)
            case _:
                return Dar.ESAM_VERIFICATION_FAILED
        if sid.identifier != labchip.IDENTIFIER:
            return Dar.ESAM_P1P2_ERROR
        return self._unsealed(level, sealed, now)

    def answer(self, opened: Opened, apdu: bytes) -> SecurityResponse:
        """Protect the answer to a request in the form that belongs to it."""
        if opened.rn:
            return SecurityResponse(Plaintext(apdu), Mac(labchip.origin(self._keys[Use.ORIGIN], opened.rn, apdu)))
        hidden, maced = _ANSWERS[opened.level]
        made = labchip.seal_answer(opened.key, opened.number, apdu, hidden=hidden, maced=maced)
        data = Ciphertext(made.data) if hidden else Plaintext(made.data)
        return SecurityResponse(data, None if made.mac is None else Mac(made.mac))

    def report(self, apdu: bytes) -> SecurityRequest:
        """Protect a report by a random number, whose end counts the reports, and its MAC."""
        self.reports += 1
        size = labchip.REPORT_RN_SIZE
        rn = octets(size, self._seed, "rn", self._number, self.reports)[: size - 4] + self.reports.to_bytes(4, "big")
        mac = labchip.reported(self._keys[Use.REPORT], rn, apdu)
        return SecurityRequest(Plaintext(apdu), RandomNumberMac(rn, mac))

    def is_receipt(self, report: SecurityRequest, answer: SecurityResponse) -> bool:
        """Tell whether that is the head-end's answer to a report of ours."""
        match report.verification, answer:
            case RandomNumberMac(rn=rn), SecurityResponse(data=Plaintext(apdu=apdu), verification=Mac(mac=mac)):
                return mac == labchip.taken(self._keys[Use.REPORT], rn, apdu)
            case _:
                return False

    def _unsealed(self, level: Level, sealed: labchip.Sealed, now: datetime) -> Opened | Dar:
        if self.is_suspended(now):
            return Dar.METER_SUSPENDED
        association = self._association
        if association is None or now >= association.until:
            return Dar.ESAM_VERIFICATION_FAILED
        try:
            number = labchip.number_of(sealed.attached)
            apdu = labchip.open_request(association.key, sealed, hidden=level is not Level.PROVEN)
        except ProtocolError as error:
            self._note_wrong(now)
            is_mac = isinstance(error, RemoteProtocolError) and error.reason == "mac"
            return Dar.ESAM_VERIFICATION_FAILED if is_mac else Dar.SYMMETRIC_DECRYPTION_ERROR
        self._wrong = 0
        if number <= association.number:
            return Dar.ESAM_VERIFICATION_FAILED
        association.number = number
        return Opened(apdu, level, number=number, key=association.key)

    def _note_wrong(self, now: datetime) -> None:
        self._wrong += 1
        if self._wrong == WRONG_MACS:
            self._wrong, self._suspended = 0, now + SUSPENDED
