"""Check sums that do not fit: what else they would be right for."""

from collections.abc import Callable, Iterator

import crcmod.predefined

from protocols.dlt698.wire.link import x25

CHECK_SIZE = 2
_POLYNOMIAL = 0x8408
"""Of CRC-16/X-25, lowest bit first."""
_OTHERS = {
    "MCRF4XX": "crc-16-mcrf4xx",
    "KERMIT": "kermit",
    "MODBUS": "modbus",
    "CCITT-FALSE": "crc-ccitt-false",
    "XMODEM": "xmodem",
}
"""Check sums of two bytes that are taken for it, by the names that they go under."""


def x25_bytes(octets: bytes) -> bytes:
    """Check sum of the standard as it stands on the wire."""
    return x25(octets).to_bytes(CHECK_SIZE, "little")


def other_sum(octets: bytes, found: bytes) -> str | None:
    """Name another check sum of two bytes that ``found`` is right for, in either order of its bytes."""
    for name, known in _OTHERS.items():
        make: Callable[[bytes], int] = crcmod.predefined.mkPredefinedCrcFun(known)
        total = make(octets)
        if found in {total.to_bytes(CHECK_SIZE, "little"), total.to_bytes(CHECK_SIZE, "big")}:
            return name
    return None


def flipped_bits(octets: bytes, found: bytes) -> Iterator[tuple[int, int]]:
    """Give byte and bit of the single bits, of ``octets`` and the check sum behind them, that would make it right."""
    wanted = x25(octets) ^ int.from_bytes(found, "little")
    if wanted.bit_count() == 1:
        bit = wanted.bit_length() - 1
        yield len(octets) + bit // 8, bit % 8
    effect = _POLYNOMIAL
    for at in range(len(octets) - 1, -1, -1):
        for bit in range(7, -1, -1):
            if effect == wanted:
                yield at, bit
            effect = effect >> 1 ^ (_POLYNOMIAL if effect & 1 else 0)
