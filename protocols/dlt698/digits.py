"""Address digits as bytes: two a byte in natural order, an F behind an odd number of them (地址域)."""

import re
from functools import lru_cache

from protocols.errors import LocalProtocolError

__all__ = ["MAX_ADDRESS_BYTES", "address_digits", "address_octets", "packed"]

MAX_ADDRESS_BYTES = 16
_ODD = re.compile(r"([0-9A]+)F")  # A stands for any digit in a wildcard


@lru_cache(maxsize=8192)
def address_digits(octets: bytes) -> str:
    """Give the digits of an address, without the F that fills up an odd number of them.

    The last 8192 are kept: the address of a device is asked for some five times in each exchange with it.
    """
    digits = octets.hex().upper()
    odd = _ODD.fullmatch(digits)
    return odd[1] if odd else digits


def packed(digits: str) -> bytes:
    """Give the bytes of any number of digits; raises ValueError where they are none."""
    return bytes.fromhex(digits if len(digits) % 2 == 0 else digits + "F")


def address_octets(digits: str) -> bytes:
    """Give the bytes of 1..32 address digits; raises LocalProtocolError."""
    try:
        octets = packed(digits)
    except ValueError:
        octets = b""
    if not 1 <= len(octets) <= MAX_ADDRESS_BYTES:
        raise LocalProtocolError(f"{digits!r} is no server address: 1 to 32 digits are needed")
    return octets
