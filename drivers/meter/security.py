"""The port to a security module (加密机): what a head-end has made there for the ESAM of a meter.

The head-end holds no key. It lays out plaintexts and frames (`protocols.dlt645.secured`), and a module makes what
proves and hides them. Every method is asynchronous, as a module is commonly a machine on the network, and raises
`SecurityModuleError` where it cannot serve: nothing has been sent to the meter then, and nothing is. All bytes are in
display order, most significant first. The secured transport of DL/T 698.45 is another conversation with another
module interface and would stand beside this one; nothing here knows of the frames that carry it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drivers.errors import DriverError


class Fault(StrEnum):
    """Why a security module did not serve."""

    UNAVAILABLE = "unavailable"  # not reached, or no answer in its time
    REFUSED = "refused"  # it was asked for what it will not make
    UNFIT = "unfit"  # what it made is not what it was asked for
    ABSENT = "absent"  # none is configured


class SecurityModuleError(DriverError):
    """A security module did not serve; what it was asked for has not been sent to any meter."""

    def __init__(self, fault: Fault, what: str) -> None:
        super().__init__(f"security module {fault}: {what}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Challenge:
    """What opens an identity authentication (身份认证): 8 bytes of random number and 8 of its ciphertext."""

    random1: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An identity authentication that a meter has accepted; later orders are made under it.

    `factor` is the dispersion factor (分散因子, 8 bytes), `random2` (4) and `esam_no` (8) are what the meter answered.
    `until` is the instant after which it counts as run out. A new one ends it, whoever asked for that.
    """

    factor: bytes
    random2: bytes = field(repr=False)
    esam_no: bytes
    until: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parameter at level 98H: ciphertext of whole cipher blocks, and a MAC of 4 bytes."""

    ciphertext: bytes = field(repr=False)
    mac: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PurseOrder:
    """A top-up (充值) as the meter takes it: `amount` in fen, the `count` it brings, customer number, and two MACs."""

    amount: int
    count: int
    customer: str
    mac_amount: bytes = field(repr=False)
    mac_customer: bytes = field(repr=False)


class SecurityModule(Protocol):
    """What any security module does for DL/T 645 meters with an ESAM (DL/T 645-2007, fee-control extension)."""

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
