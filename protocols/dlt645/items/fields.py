"""Fields of data items, each declared once to parse and to build, DL/T 645-2007, annex A.

A field of nothing but FFH reads as None, "not available" (a phase that is not fitted, an unused slot), and
None builds as FFH. Opaque bytes and mode words are exempt: there all ones can be a value.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from construct import Construct, ExprAdapter, GreedyBytes

from protocols.dlt645.items.values import Bits, Faulty, Value
from protocols.dlt645.wire.bcd import decimals, from_decimal, run_of_decimals, wire_of
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.fixed import Digits, Fixed
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import LocalProtocolError

Kind = TypeVar("Kind")

_ABSENT = b"\xff"
_STATE_WORD = 16
"""Only run state words are 16 bits wide; as bits of each are reserved as 0, all ones are no state."""


def number(whole: int, places: int, signed: bool) -> Construct:
    """BCD number of ``whole`` digits before the point and ``places`` behind it, as Decimal."""
    size, odd = divmod(whole + places, 2)
    if odd:
        raise LocalProtocolError(f"{whole + places} digits fill no whole number of bytes")

    def write(value: Value) -> bytes:
        return from_decimal(_expect(value, Decimal), size=size, places=places, signed=signed)

    run = None if signed else run_of_decimals(size, places)
    return Digits(size, decimals(places, _no_bcd, signed=signed), _given(size, write), of_run=run)


def code(size: int, *, decimal: bool) -> Construct:
    """Digits that name something, kept as text in display order with leading zeros."""

    def write(value: Value) -> bytes:
        digits = _expect(value, str)
        try:
            return wire_of(digits) if decimal else bytes.fromhex(digits)[::-1]
        except ValueError:
            raise LocalProtocolError(f"code {digits!r} is not {2 * size} hex digits") from None

    if decimal:
        return Digits(size, lambda digits: digits if digits.isdecimal() else _no_bcd(digits), _given(size, write))
    return _field(size, lambda wire: wire[::-1].hex().upper(), write)


def stamp(pattern: str) -> Construct:
    """Date or time of the given layout."""

    def of_hex(digits: str) -> Value:
        return Stamp(pattern, digits) if digits.isdecimal() else _no_bcd(digits)

    def write(value: Value) -> bytes:
        instant = _expect(value, Stamp)
        if instant.layout != pattern:
            raise LocalProtocolError(f"time laid out as {instant.layout!r} where {pattern!r} belongs")
        return instant.pack()

    size = len(pattern) // 2
    return Digits(size, of_hex, _given(size, write))


def identifier() -> Construct:
    """Name of another item inside a record, as DI."""
    return _field(
        4,
        lambda wire: DI(int.from_bytes(wire, "little")),
        lambda value: int(_expect(value, DI)).to_bytes(4, "little"),
    )


def bits(width: int) -> Construct:
    """Word of single bits."""
    size, odd = divmod(width, 8)
    if odd:
        raise LocalProtocolError(f"{width} bits fill no whole number of bytes")

    @lru_cache(maxsize=256)
    def read(wire: bytes) -> Value:
        return Bits(int.from_bytes(wire, "little"), width)

    def write(value: Value) -> bytes:
        word = _expect(value, Bits)
        if word.width != width or not 0 <= word.value < 1 << width:
            raise LocalProtocolError(f"{word} is not a word of {width} bits")
        return word.value.to_bytes(size, "little")

    return _field(size, read, write, absent=width == _STATE_WORD)


def text(size: int) -> Construct:
    """ASCII text, reversed as a whole on the wire; padding NULs at its end are not part of it."""

    def read(wire: bytes) -> Value:
        shown = wire[::-1].rstrip(b"\0")
        printable = shown.isascii() and shown.decode("latin-1").isprintable()
        return shown.decode("ascii") if printable else Faulty("not_ascii", wire)

    def write(value: Value) -> bytes:
        shown = _expect(value, str)
        if not (shown.isascii() and shown.isprintable() and len(shown) <= size):
            raise LocalProtocolError(f"text {shown!r} is not at most {size} printable ASCII characters")
        return shown.encode("ascii").ljust(size, b"\0")[::-1]

    return _field(size, read, write)


def opaque(size: int) -> Construct:
    """Bytes that only somebody else understands, in display order."""

    def write(value: Value) -> bytes:
        return _expect(value, bytes)[::-1]

    return _field(size, lambda wire: wire[::-1], write, absent=False)


def opaque_rest(size: int | None) -> Construct:
    """As `opaque`; without ``size`` it builds from as many bytes as there are."""
    if size is not None:
        return opaque(size)
    return ExprAdapter(GreedyBytes, lambda wire, _: wire[::-1], lambda value, _: _expect(value, bytes)[::-1])


def _field(
    size: int, read: Callable[[bytes], Value], write: Callable[[Value], bytes], *, absent: bool = True
) -> Construct:
    """Field of ``size`` bytes whose FF fill is None, unless it is not ``absent`` by that."""
    fill = _ABSENT * size

    def decode(wire: bytes) -> Value:
        return None if wire == fill else read(wire)

    return Fixed(size, decode if absent else read, _given(size, write, absent=absent))


def _given(size: int, write: Callable[[Value], bytes], *, absent: bool = True) -> Callable[[Value], bytes]:
    """Encode what fills ``size`` bytes; a Faulty value builds back to the bytes it was read from."""

    def encode(value: Value) -> bytes:
        if value is None and absent:
            return _ABSENT * size
        wire = value.raw if isinstance(value, Faulty) else write(value)
        if len(wire) != size:
            raise LocalProtocolError(f"{value!r} fills {len(wire)} bytes, the field has {size}")
        return wire

    return encode


def _no_bcd(digits: str) -> Value:
    """Make something of digits that are no number: nothing but F is "not available"."""
    return Faulty("not_bcd", bytes.fromhex(digits)[::-1]) if digits.strip("f") else None


def _expect(value: Value, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind):
        raise LocalProtocolError(f"{value!r} given where a field takes {kind.__name__}")
    return value
