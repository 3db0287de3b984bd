"""Data identifiers (数据标识) DI3 DI2 DI1 DI0, DL/T 645-2007, 5.2.6 and annex A."""

from functools import lru_cache
from string import hexdigits
from typing import Self

from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError

_SIZE = 4
_BITS = 32
_BLOCK = 0xFF


class DI(int):
    """A data identifier as a number with DI3 on top: forward active energy now is ``DI(0x00010000)``."""

    __slots__ = ()

    def __new__(cls, value: int) -> Self:
        """Make one from its number; raises LocalProtocolError unless it fits 32 bits."""
        if not 0 <= value < 1 << _BITS:
            raise LocalProtocolError(f"data identifier {value} is not within {_BITS} bits")
        return super().__new__(cls, value)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read eight hex digits in display order, as in ``00010000``; LocalProtocolError on others."""
        if len(text) != 2 * _SIZE or not set(text) <= set(hexdigits):
            raise LocalProtocolError(f"data identifier {text!r} is not {2 * _SIZE} hex digits")
        return cls(int(text, 16))

    @classmethod
    def of(cls, di3: int, di2: int, di1: int, di0: int) -> Self:
        """Put four bytes together."""
        return cls(int.from_bytes((di3, di2, di1, di0), "big"))

    @property
    def di3(self) -> int:
        """Class."""
        return self >> 24

    @property
    def di2(self) -> int:
        """Quantity or kind within the class."""
        return self >> 16 & 0xFF

    @property
    def di1(self) -> int:
        """Tariff, phase or field; FFH asks for the block."""
        return self >> 8 & 0xFF

    @property
    def di0(self) -> int:
        """Which period or record back; FFH asks for the block."""
        return self & 0xFF

    @property
    def is_block(self) -> bool:
        """Whether this asks for a data block (数据块)."""
        return _BLOCK in {self.di1, self.di0}

    def __str__(self) -> str:
        return f"{int(self):08X}"

    def __repr__(self) -> str:
        return f"DI(0x{int(self):08X})"


@lru_cache(maxsize=8192)
def di_of(wire: bytes) -> DI:
    """Make an identifier of its four bytes in wire order, DI0 first; the last 8192 are kept (some 2 MB)."""
    return DI(int.from_bytes(wire, "little"))


IDENTIFIER = Fixed(_SIZE, di_of, lambda di: int(di).to_bytes(_SIZE, "little"))
"""Four identifier bytes, DI0 first, as a `DI`."""
