"""What drivers and security module (加密机) hand each other for DL/T 645: authentications, secured orders."""

from dataclasses import dataclass, field
from datetime import datetime


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
