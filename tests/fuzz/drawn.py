"""Choices drawn from the bytes of a fuzzer, so that it steers what is built and not only what is parsed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from protocols.errors import ProtocolError

Kind = TypeVar("Kind")
Given = TypeVar("Given")
Error = TypeVar("Error", bound=ProtocolError)

__all__ = ["Drawn", "attempt", "sealed", "sealed_698"]

_MASK = 0x33
_SCRAMBLED = 0x08  # of the control field: the mask is on the user data too
_SUMS = 6  # bytes of L, HCS and FCS


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


def attempt(act: Callable[[Given], Kind], given: Given, error: type[Error]) -> Kind | Error:
    """Give what comes of an act, or the error of the one class that may come out of it."""
    try:
        return act(given)
    except error as refusal:
        return refusal


def sealed(data: bytes) -> bytes:
    """Make a frame of address, control byte and plain data field as they lie in ``data``, right in all the rest.

    A fuzzer that had to guess checksums and lengths would never get behind them. This builder knows nothing of the
    product's own.
    """
    head = data[:7].ljust(7, b"\0")
    field = bytes((byte + _MASK) & 0xFF for byte in data[7:262])
    body = b"\x68" + head[:6] + b"\x68" + head[6:] + bytes([len(field)]) + field
    return body + bytes([sum(body) & 0xFF, 0x16])


def sealed_698(data: bytes) -> bytes:
    """Make a DL/T 698.45 frame of C, AF, SA, CA and plain user data as they lie in ``data``, right in all the rest.

    It knows nothing of the product's own either: the sums are taken bit by bit.
    """
    size = 4 + (data[1] & 0x0F if len(data) > 1 else 0)
    head = data[:size].ljust(size, b"\0")
    mask = _MASK if head[0] & _SCRAMBLED else 0
    content = bytes((byte + mask) & 0xFF for byte in data[size:])
    begin = (len(head) + len(content) + _SUMS).to_bytes(2, "little") + head
    body = begin + _sum(begin) + content
    return b"\x68" + body + _sum(body) + b"\x16"


def _sum(data: bytes) -> bytes:
    """CRC-16/X-25, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 * (crc & 1)
    return (crc ^ 0xFFFF).to_bytes(2, "little")
