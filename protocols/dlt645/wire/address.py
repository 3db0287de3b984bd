"""Meter addresses (通信地址) and what they may stand for, DL/T 645-2007, 5.2.2."""

import re
from dataclasses import dataclass
from functools import lru_cache

from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError

_DIGITS = 12
_FILL = "AA"
_NINES = "9" * _DIGITS
_is_written = re.compile(f"[0-9A-F]{{{_DIGITS}}}").fullmatch


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Six address bytes as twelve characters in display order, most significant first.

    Decimal digits name one meter; ``AA`` in place of the high bytes shortens the address (缩位寻址) and
    ``A`` throughout is the wildcard; ``9`` throughout is the broadcast address. Other hex digits can
    arrive off the wire and are kept, as a foreign frame must still be told apart from our own.
    """

    digits: str

    def __post_init__(self) -> None:
        if not _is_written(self.digits):
            raise LocalProtocolError(f"address {self.digits!r} is not {_DIGITS} upper-case digits")

    @classmethod
    def meter(cls, number: str) -> "Address":
        """Address of one meter by its number, padded with zeros at the high end.

        Raises LocalProtocolError unless the number is 1 to 12 decimal digits and not the broadcast one.
        """
        if not (number.isascii() and number.isdecimal() and len(number) <= _DIGITS):
            raise LocalProtocolError(f"meter number {number!r} is not 1 to {_DIGITS} decimal digits")
        address = cls(number.zfill(_DIGITS))
        if address.is_broadcast:
            raise LocalProtocolError(f"meter number {number!r} is the broadcast address")
        return address

    @classmethod
    def short(cls, low: str) -> "Address":
        """Shortened address: an even number of low digits, the bytes above them filled with AAH."""
        if not (low.isascii() and low.isdecimal() and len(low) % 2 == 0 and len(low) < _DIGITS):
            raise LocalProtocolError(f"short address {low!r} is not 2, 4, … 10 decimal digits")
        return cls(low.rjust(_DIGITS, "A"))

    @classmethod
    def from_wire(cls, wire: bytes) -> "Address":
        """Address from its six bytes in wire order, lowest first; raises LocalProtocolError on others."""
        return cls(wire[::-1].hex().upper())

    def to_wire(self) -> bytes:
        """Six bytes in wire order, lowest first."""
        return bytes.fromhex(self.digits)[::-1]

    @property
    def is_wildcard(self) -> bool:
        """Whether any meter on the line answers."""
        return self == WILDCARD

    @property
    def is_broadcast(self) -> bool:
        """Whether every meter obeys and none answers."""
        return self.digits == _NINES

    @property
    def is_meter(self) -> bool:
        """Whether this is the full number of one meter."""
        return self.digits.isdecimal() and not self.is_broadcast

    def covers(self, other: "Address") -> bool:
        """Whether a request to this address may be answered under ``other``.

        A shortened address covers every address with the same low bytes, the wildcard covers all, the
        broadcast address covers none, because nobody answers it.
        """
        low = self.digits
        if not low.startswith(_FILL):  # as most: on a line with 20 late answers this loop was 15 % of a poll
            return low == other.digits and not self.is_broadcast
        while low.startswith(_FILL):
            low = low[len(_FILL) :]
        return other.digits.endswith(low)

    def __str__(self) -> str:
        return self.digits


WILDCARD = Address("A" * _DIGITS)
BROADCAST = Address(_NINES)


@lru_cache(maxsize=8192)
def address_of(wire: bytes) -> Address:
    """Make an address of six bytes off the wire, as `Address.from_wire` does, but once and unchecked.

    Six bytes always give twelve upper-case digits. The last 8192 are kept (some 2 MB): 0.1 µs for one of those,
    0.4 µs for another, where checking it as well would make it 1 µs.
    """
    address = object.__new__(Address)
    object.__setattr__(address, "digits", wire[::-1].hex().upper())
    return address


ADDRESS = Fixed(_DIGITS // 2, address_of, Address.to_wire)
"""The six address bytes as an `Address`."""
