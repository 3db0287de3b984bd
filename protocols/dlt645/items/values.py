"""What a field of a data item can hold once it has been read."""

from dataclasses import dataclass
from decimal import Decimal

from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.stamp import Stamp

__all__ = ["Bits", "Faulty", "Record", "Value"]


@dataclass(frozen=True, slots=True)
class Bits:
    """A word of single bits, bit 0 the lowest bit of the lowest byte."""

    value: int
    width: int

    def __contains__(self, bit: int) -> bool:
        return bool(self.value >> bit & 1)

    def __str__(self) -> str:
        return f"{self.value:0{self.width // 4}X}"


@dataclass(frozen=True, slots=True)
class Faulty:
    """A field whose bytes break its format: never converted, kept as received, in wire order.

    ``fault`` is ``not_bcd`` for a digit A to F and ``not_ascii`` for an unprintable character.
    """

    fault: str
    raw: bytes

    @property
    def is_filler(self) -> bool:
        """Whether the bytes are EEH throughout, with which meters fill a record that they do not have yet."""
        return not self.raw.strip(b"\xee")


class Record:
    """Several values that one field holds: a whole freeze, a run of load records (`records`)."""

    __slots__ = ()


Value = Decimal | str | bytes | DI | Stamp | Bits | Faulty | Record | None
"""Number, code or text, opaque bytes in display order, identifier, time, bits, fault, record, or "not available"."""
