"""The port to a security module (加密机): what a head-end has made and checked there for the ESAM of a device.

The head-end holds no key. It lays out plaintexts and frames, and a module makes what proves and hides them, and opens
what comes back. Every method is asynchronous, as a module is commonly a machine on the network, and raises
`SecurityModuleError` where it cannot serve: what it was asked for is not sent then, and what it could not check is not
believed. All bytes are in display order, most significant first. One machine serves meters of both dialects; what
passes between it and the drivers is in `challenges` for DL/T 645 and in `associations` for DL/T 698.45.
"""

from enum import StrEnum
from typing import Protocol

from drivers.errors import DriverError
from drivers.meter.associations import Association, Chip, Level, Opening, Protected, Report, SecuredAnswer
from drivers.meter.challenges import Authenticated, Challenge, PurseOrder, Sealed


class Fault(StrEnum):
    """Why a security module did not serve."""

    UNAVAILABLE = "unavailable"  # not reached, or no answer in its time
    REFUSED = "refused"  # it was asked for what it will not make
    UNFIT = "unfit"  # what it made is not what it was asked for
    UNPROVEN = "unproven"  # what came from a device does not prove itself
    ABSENT = "absent"  # none is configured


class SecurityModuleError(DriverError):
    """A security module did not serve: nothing that it was to make is sent, nothing that it was to check believed."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"security module {fault}: {what}")
        self.fault = fault


class SecurityModule(Protocol):
    """What any security module does for devices with an ESAM.

    DL/T 645-2007 with its fee-control extension: `challenge`, `control`, `setting_mac`, `setting_cipher`, `purse`.
    DL/T 698.45-2017, sections on CONNECT and SECURITY: the others. `Fault.UNPROVEN` is for what came from a device and
    does not verify.
    """

    @property
    def laboratory(self) -> bool:
        """Whether its keys are known to everybody: never to be used for a meter that somebody lives behind."""

    async def challenge(self, factor: bytes) -> Challenge:
        """Open an identity authentication with the meter of that dispersion factor (8 bytes)."""

    async def control(self, session: Authenticated, plaintext: bytes) -> bytes:
        """Make the block (20 bytes: ciphertext 16, MAC 4) of a relay command or a clear (1CH, 1AH, 1BH)."""

    async def setting_mac(self, session: Authenticated, header: bytes, data: bytes) -> bytes:
        """Make the MAC (4 bytes) of a class 1 parameter (99H) under its APDU header (5 bytes)."""

    async def setting_cipher(self, session: Authenticated, header: bytes, data: bytes) -> Sealed:
        """Hide and prove a class 2 parameter (98H), identifier in front, under its APDU header (5 bytes)."""

    async def purse(self, session: Authenticated, amount_fen: int, count: int, customer: str) -> PurseOrder:
        """Make a top-up; `count` is the meter's purchase count after it, `customer` 12 digits."""

    async def offer(self, chip: Chip) -> Opening:
        """Open an association with that chip by mechanism 2 (对称加密)."""

    async def accept(self, chip: Chip, opening: Opening, rn: bytes, signature: bytes) -> bytes:
        """Check what a CONNECT-Response answers to an opening; gives what the association's keys are known by."""

    async def protect(self, association: Association, number: int, level: Level, apdu: bytes) -> Protected:
        """Protect an APDU under an association. `number` grows with each request of a device (防重放)."""

    async def ask(self, chip: Chip, apdu: bytes) -> Protected:
        """Give a random number (RN) for the reading of that APDU, whose answer proves its origin."""

    async def open(self, protected: Protected, answer: SecuredAnswer) -> bytes:
        """Check that this answers that request, MAC first, and give the plain APDU."""

    async def report(self, chip: Chip, report: Report) -> int:
        """Check the MAC of a report before anybody reads it; gives the number that the device counts its reports by."""

    async def receipt(self, chip: Chip, report: Report, apdu: bytes) -> bytes:
        """Make the MAC (4 bytes) of the answer to a report that was checked."""
