"""Choices drawn from the bytes of a fuzzer, so that it steers what is built and not only what is parsed."""

from collections.abc import Sequence
from typing import TypeVar

Kind = TypeVar("Kind")

__all__ = ["Drawn", "sealed"]

_MASK = 0x33


class Drawn:
    """Reads choices off ``data`` from its beginning; where it has ended every choice is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        """Whether there is anything left to choose by."""
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """Take the next bytes, fewer where there are no more."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(len(self._data))

    def number(self, top: int) -> int:
        """Choose a number from 0 to ``top``."""
        size = (top.bit_length() + 7) // 8
        return int.from_bytes(self.take(size), "big") % (top + 1)

    def one_of(self, items: Sequence[Kind]) -> Kind:
        """Choose one of the items."""
        return items[self.number(len(items) - 1)]


def sealed(data: bytes) -> bytes:
    """Make a frame of address, control byte and plain data field as they lie in ``data``, right in all the rest.

    A fuzzer that had to guess checksums and lengths would never get behind them. This builder knows nothing of the
    product's own.
    """
    head = data[:7].ljust(7, b"\0")
    field = bytes((byte + _MASK) & 0xFF for byte in data[7:262])
    body = b"\x68" + head[:6] + b"\x68" + head[6:] + bytes([len(field)]) + field
    return body + bytes([sum(body) & 0xFF, 0x16])
