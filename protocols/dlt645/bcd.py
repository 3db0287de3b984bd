"""BCD digits (压缩BCD码), two to a byte and lowest byte first on the wire, DL/T 645-2007, 5.2.7."""

from decimal import Decimal

from protocols.errors import LocalProtocolError

_SIGN = 0x80


def digits_of(wire: bytes) -> str | None:
    """Digits in display order, or None where a digit A to F makes them no BCD."""
    digits = wire[::-1].hex()
    return digits if digits.isdecimal() else None


def wire_of(digits: str) -> bytes:
    """Bytes in wire order of an even number of decimal digits in display order.

    Raises LocalProtocolError on anything else.
    """
    if len(digits) % 2 or not (digits.isascii() and (digits.isdecimal() or not digits)):
        raise LocalProtocolError(f"{digits!r} is not an even number of decimal digits")
    return bytes.fromhex(digits)[::-1]


def to_decimal(wire: bytes, *, places: int, signed: bool) -> Decimal | None:
    """Exact number with ``places`` digits behind the implied point, or None where it is no BCD.

    With ``signed`` the top bit of the most significant byte is the sign (0 plus, 1 minus); minus zero
    reads as zero.
    """
    negative = signed and bool(wire[-1] & _SIGN)
    if negative:
        wire = wire[:-1] + bytes([wire[-1] & ~_SIGN])
    digits = digits_of(wire)
    if digits is None:
        return None
    point = len(digits) - places
    number = Decimal(f"{digits[:point]}.{digits[point:]}")
    return number.copy_negate() if negative and number else number


def from_decimal(number: Decimal, *, size: int, places: int, signed: bool) -> bytes:
    """Bytes in wire order of an exact number, the reverse of `to_decimal`.

    Raises LocalProtocolError where the number has more digits than fit, more decimals than ``places``, or
    a minus where none is allowed. Nothing is rounded.
    """
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
