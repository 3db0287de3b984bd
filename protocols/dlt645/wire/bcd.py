"""BCD digits (压缩BCD码), two to a byte and lowest byte first on the wire, DL/T 645-2007, 5.2.7."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from protocols.errors import LocalProtocolError

Other = TypeVar("Other")

_PAIRS = bytes(int(f"{pair:02d}", 16) for pair in range(100))
"""Every byte of two decimal digits."""
_SIGN = 0x80
_SIGNED = "8"
"""From this first digit on the sign bit is set."""
_MINUS = {f"{digit | 8:x}": f"-{digit}" for digit in range(8)}
"""What such a first digit means."""


def digits_of(wire: bytes) -> str | None:
    """Digits in display order, or None where a digit A to F makes them no BCD."""
    digits = wire[::-1].hex()
    return digits if digits.isdecimal() else None


def check_digits(digits: str) -> None:
    """Raise LocalProtocolError unless these are an even number of decimal digits."""
    if len(digits) % 2 or not (digits.isascii() and (digits.isdecimal() or not digits)):
        raise LocalProtocolError(f"{digits!r} is not an even number of decimal digits")


def wire_of(digits: str) -> bytes:
    """Bytes in wire order of an even number of decimal digits in display order.

    Raises LocalProtocolError on anything else.
    """
    check_digits(digits)
    return bytes.fromhex(digits)[::-1]


def decimals(places: int, otherwise: Callable[[str], Other], *, signed: bool) -> Callable[[str], Decimal | Other]:
    """Reader of exact numbers from hex digits in display order, ``places`` of them behind the implied point.

    With ``signed`` the top bit of the first digit is the sign (0 plus, 1 minus); minus zero reads as zero.
    Where a digit A to F makes them no BCD, the reader gives what ``otherwise`` says to the digits.
    """
    scale = f"E-{places}"

    def unsigned(digits: str) -> Decimal | Other:
        return Decimal(digits + scale) if digits.isdecimal() else otherwise(digits)

    def with_sign(digits: str) -> Decimal | Other:
        if digits < _SIGNED:
            return Decimal(digits + scale) if digits.isdecimal() else otherwise(digits)
        rest = digits[1:]
        if not rest.isdecimal():
            return otherwise(digits)
        return Decimal(f"{_MINUS[digits[0]]}{rest}{scale}") or Decimal(rest + scale)

    return with_sign if signed else unsigned


def run_of_decimals(size: int, places: int) -> Callable[[bytes], tuple[Decimal, ...] | None]:
    """Reader of unsigned numbers of ``size`` bytes behind each other, in wire order; None where one is no BCD.

    As `decimals` on each of them, but 1.5 µs instead of 1.9 for five and better for more: they are cut, scaled and
    converted by one call each for all.
    """
    scale = f"E-{places}"
    between = f"{scale} "

    def read(wire: bytes) -> tuple[Decimal, ...] | None:
        if wire.translate(None, _PAIRS):
            return None
        numbers = (wire[::-1].hex(" ", size).replace(" ", between) + scale).split()
        return tuple(map(Decimal, reversed(numbers)))

    return read


def from_decimal(number: Decimal, *, size: int, places: int, signed: bool) -> bytes:
    """Bytes in wire order of an exact number, the reverse of `decimals`.

    Raises LocalProtocolError where the number has more digits than fit, more decimals than ``places``, or
    a minus where none is allowed. Nothing is rounded.
    """
    whole, _, decimal_part = str(number).partition(".")
    digits = whole + decimal_part
    if len(decimal_part) == places and digits.isdecimal() and len(digits) <= 2 * size - signed:
        return bytes.fromhex(digits.zfill(2 * size))[::-1]
    if not number.is_finite():
        raise LocalProtocolError(f"{number} is not a finite number")
    scaled = _scaled(number, places, 2 * size)
    if scaled >= (8 if signed else 10) * 10 ** (2 * size - 1):
        raise LocalProtocolError(f"{number} leaves no room for the sign in {size} bytes")
    if number < 0 and not signed:
        raise LocalProtocolError(f"{number} is negative, the item is not")
    wire = wire_of(f"{scaled:0{2 * size}d}")
    return wire[:-1] + bytes([wire[-1] | _SIGN]) if number < 0 else wire


def _scaled(number: Decimal, places: int, digits: int) -> int:
    """Magnitude of the number in units of its last decimal, computed without any rounding context."""
    if not number:
        return 0
    if number.adjusted() + places >= digits:
        raise LocalProtocolError(f"{number} needs more than {digits} digits, {places} of them decimals")
    _, coefficient, exponent = number.as_tuple()
    assert isinstance(exponent, int), "a finite number has a numeric exponent"
    shift = exponent + places
    magnitude = int("".join(map(str, coefficient)))
    if shift >= 0:
        return int(magnitude * 10**shift)
    if -shift > len(coefficient) or magnitude % 10**-shift:
        raise LocalProtocolError(f"{number} has more than {places} decimals")
    return int(magnitude // 10**-shift)
