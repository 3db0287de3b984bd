"""Server addresses of the link layer (服务器地址 SA): who is asked, who answers (DL/T 698.45-2017, 地址域)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import construct as c

from protocols.dlt698.axdr import Adapted
from protocols.dlt698.digits import MAX_ADDRESS_BYTES, address_digits, address_octets
from protocols.errors import LocalProtocolError

_LOGICAL = 0b11  # bits 5..4 of AF
_EXTENDED = 0b10  # bit 5: the later edition's extended logical address


class AddressKind(IntEnum):
    """Address type, bits 7..6 of AF; groups and broadcasts are not answered."""

    SINGLE = 0
    WILDCARD = 1
    GROUP = 2
    BROADCAST = 3


@dataclass(frozen=True, slots=True)
class Address:
    """A server address: its type, AF bits 5..4 and the SA bytes in natural order (wire order reversed).

    With the extended form (bit 5 set) the last byte in natural order is the logical address.
    Devices are told apart by ``key``, never by the raw bytes.
    """

    kind: AddressKind
    octets: bytes
    logical_bits: int = 0

    @classmethod
    def single(cls, digits: str, logical: int = 0) -> Self:
        """Address one device (单地址); logical addresses above 1 take the extended form; raises LocalProtocolError."""
        octets = address_octets(digits)
        if logical in {0, 1}:
            return cls(AddressKind.SINGLE, octets, logical)
        return cls.extended_single(digits, logical)

    @classmethod
    def extended_single(cls, digits: str, logical: int) -> Self:
        """Address one device by the extended logical address 0..255 of the later edition; raises LocalProtocolError."""
        if not 0 <= logical <= 0xFF:  # noqa: PLR2004  # the extended logical address is one byte
            raise LocalProtocolError(f"logical address {logical} is out of 0..255")
        return cls(AddressKind.SINGLE, address_octets(digits) + bytes([logical]), _EXTENDED)

    @classmethod
    def wildcard(cls, digits: str = "AA" * 6) -> Self:
        """Address devices matching a pattern in which any digit may be A (通配地址); default: the only one there."""
        return cls(AddressKind.WILDCARD, address_octets(digits))

    @classmethod
    def group(cls, digits: str) -> Self:
        """Address a group (组地址) of object 4005."""
        return cls(AddressKind.GROUP, address_octets(digits))

    @classmethod
    def broadcast(cls) -> Self:
        """Address everybody (广播地址) by the one byte AAH."""
        return cls(AddressKind.BROADCAST, b"\xaa")

    @property
    def extended(self) -> bool:
        """Whether the logical address travels as a byte of its own."""
        return bool(self.logical_bits & _EXTENDED)

    @property
    def logical(self) -> int:
        """Logical address (逻辑地址): 0 the device itself, 1 its metering core."""
        return self.octets[-1] if self.extended else self.logical_bits

    @property
    def digits(self) -> str:
        """The device's address digits in natural order, without the F that pads an odd number of them."""
        return address_digits(self.octets[:-1] if self.extended else self.octets)

    @property
    def key(self) -> tuple[str, int]:
        """What tells devices apart: (digits, logical address)."""
        return self.digits, self.logical

    def matches(self, other: Self) -> bool:
        """Whether a device of address ``other`` feels addressed by this one (groups are the device's matter)."""
        if self.kind is AddressKind.BROADCAST:
            return True
        if self.kind is AddressKind.WILDCARD:
            return len(self.digits) == len(other.digits) and all(
                mine in {"A", theirs} for mine, theirs in zip(self.digits, other.digits, strict=True)
            )
        return self.kind is AddressKind.SINGLE and self.key == other.key


_KINDS = tuple(AddressKind)


def address_of(af: int, sa: bytes) -> Address:
    """Make the address of its two fields on the wire, AF and SA."""
    return Address(_KINDS[af >> 6], sa[::-1], af >> 4 & _LOGICAL)


def _decode(raw: c.Container) -> Address:
    return address_of(raw.af, raw.sa)


def af_of(address: Address) -> int:
    """Give AF of an address; raises LocalProtocolError for what the two fields cannot carry."""
    size = len(address.octets)
    if not 1 <= size <= MAX_ADDRESS_BYTES or not 0 <= address.logical_bits <= _LOGICAL:
        raise LocalProtocolError(f"{address} does not fit an address field of 1..16 bytes and two logical bits")
    return address.kind << 6 | address.logical_bits << 4 | size - 1


def _encode(address: Address) -> dict[str, object]:
    return {"af": af_of(address), "sa": address.octets[::-1]}


ADDRESS_FIELD = Adapted(c.Struct("af" / c.Int8ub, "sa" / c.Bytes(lambda this: (this.af & 0x0F) + 1)), _decode, _encode)
