"""What drivers and security module (加密机) hand each other for DL/T 698.45: associations, protected APDUs, reports."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Level(Enum):
    """How a request is protected, and with it its answer (SECURITY-Request, DL/T 698.45-2017)."""

    ORIGIN = "plaintext + RN"  # plaintext + MAC comes back: a reading with a proof of origin
    MACED = "plaintext + SID_MAC"  # plaintext + MAC comes back
    HIDDEN = "ciphertext + SID"  # ciphertext comes back
    SEALED = "ciphertext + SID_MAC"  # ciphertext + MAC comes back: what meters ask for by themselves

    @property
    def is_hidden(self) -> bool:
        """Whether the APDU travels encrypted, there and back."""
        return self in {Level.HIDDEN, Level.SEALED}

    @property
    def has_mac(self) -> bool:
        """Whether the answer carries a MAC beside it."""
        return self is not Level.HIDDEN


@dataclass(frozen=True, slots=True)
class Chip:
    """The ESAM of a device, as object F100 tells of it in plaintext.

    `serial` (ESAM序列号) and `key_version` (对称密钥版本) choose its keys; `counter` is the number of the last
    association that it has accepted (the first of its counters).
    """

    serial: bytes
    version: bytes
    key_version: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens an association: ciphertext (32 bytes) and signature (4) of a CONNECT-Request.

    `counter` is the number of the association; `secret` is the module's own, to be handed back with the answer.
    """

    counter: int
    ciphertext: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Association:
    """An association (应用连接) that a device has accepted; later orders are made under it.

    `keys` is what the module knows its keys by. `until` is the instant after which it counts as run out. A new one
    ends it, whoever asked for that.
    """

    chip: Chip
    keys: bytes = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class Protected:
    """A request as it travels, and what its answer is opened with.

    `data` is the APDU, encrypted where the level says so; `verification` the parts of SID (identifier 4 bytes and
    attached data) and MAC, or RN. `secret` is the module's own, to be handed back with the answer.
    """

    level: Level
    data: bytes = field(repr=False)
    identifier: bytes = field(default=b"", repr=False)
    attached: bytes = field(default=b"", repr=False)
    mac: bytes = field(default=b"", repr=False)
    rn: bytes = field(default=b"", repr=False)
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SecuredAnswer:
    """An answer as it came: the APDU, encrypted or not, and its MAC if there is one."""

    is_hidden: bool
    data: bytes = field(repr=False)
    mac: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it came: the APDU in plaintext, RN (12 bytes, the last 4 count the reports) and MAC."""

    apdu: bytes = field(repr=False)
    rn: bytes = field(repr=False)
    mac: bytes = field(repr=False)
