"""Readers: what a declaration says, worked out once into plain functions instead of walked for every APDU.

A reader takes the bytes and a place in them, and gives the value and the place behind it. It is made from the very
declaration that construct walks, which stays the authority: a reader that meets anything out of order raises
:class:`AstrayError` (or what Python raises at the end of bytes), and the declaration is walked to say what is wrong.
So a reader must read less or the same, never more; property tests hold both equal.

Why it exists: to walk the declaration costs a stream, a context and a path for each member. ``bench/dlt698_frames.py``
prints what that makes for whole frames; of a GetResponseNormal with five energies (54 bytes) 85 % of the time was
spent in construct's own bookkeeping.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import construct as c

from protocols.dlt698.axdr.words import (
    LENGTH,
    LONG_FORM,
    Adapted,
    Choice,
    Length,
    Optionally,
    SequenceOf,
    Typed,
    walk,
)
from protocols.errors import ProtocolError

Read = Callable[[bytes, int], tuple[Any, int]]
"""From bytes and a place to the value that begins there and the place behind it."""

ASTRAY = (ProtocolError, IndexError, struct.error, KeyError, ValueError)
"""What a reader raises where the declaration has to be asked."""

_REMEMBERED = 1024  # values of fixed size that are handed out again: descriptors and moments repeat all the time


class AstrayError(ValueError):
    """A reader has met what only the declaration can judge."""


D = TypeVar("D")
Maker = Callable[[Any, "Readers"], Read]
_MAKERS: dict[type, Maker] = {}


def reads(cls: type[D]) -> Callable[[Callable[[D, "Readers"], Read]], Callable[[D, "Readers"], Read]]:
    """Register how readers of this class of declaration are made."""

    def register(make: Callable[[D, Readers], Read]) -> Callable[[D, Readers], Read]:
        _MAKERS[cls] = make
        return make

    return register


class Readers:
    """Makes the readers of declarations, each once. ``instead`` replaces the makers of some classes."""

    def __init__(self, instead: Mapping[type, Maker] | None = None) -> None:
        self._makers = _MAKERS if instead is None else {**_MAKERS, **instead}
        self._made: dict[int, tuple[Any, Read]] = {}

    def of(self, declaration: Any) -> Read:
        """Give the reader of a declaration; raises KeyError for a class that nobody has registered."""
        known = self._made.get(id(declaration))
        if known is None:
            known = declaration, self._makers[type(declaration)](declaration, self)
            self._made[id(declaration)] = known
        return known[1]


@dataclass(frozen=True, slots=True)
class Number:
    """A member of fixed size: its format, what is made of the number, and how that becomes the number again."""

    format: str
    decode: Callable[[Any], Any] | None = None
    encode: Callable[[Any], Any] | None = None


def _number(declaration: Any) -> Number | None:
    """Give the member that a declaration makes of one number or run of bytes; None if it is no such thing."""
    match declaration:
        case c.FormatField():
            return Number(declaration.fmtstr[1:])
        case c.Bytes() if isinstance(declaration.length, int):
            return Number(f"{declaration.length}s")
        case Adapted(subcon=below) if (inner := _number(below)) and inner.decode is None:
            return Number(inner.format, declaration.decode, declaration.encode)
    return None


def numbers_of(declaration: Any) -> list[Number] | None:
    """Give the members of a SEQUENCE of numbers, or the only one; None for what has no fixed size."""
    members = [member for _, member in declaration.fields] if isinstance(declaration, Typed) else [declaration]
    numbers = [number for member in members if (number := _number(member))]
    return numbers if len(numbers) == len(members) else None


def packing_of(numbers: list[Number]) -> struct.Struct:
    """Give the packing of numbers behind each other."""
    return struct.Struct(">" + "".join(number.format for number in numbers))


@reads(Typed)
def typed(declaration: Typed, readers: Readers) -> Read:
    """Read a SEQUENCE; one of fixed size is unpacked at once and remembered."""
    numbers = numbers_of(declaration)
    if numbers is not None:
        return _packed(declaration, numbers)
    make, members = declaration.cls, tuple((name, readers.of(member)) for name, member in declaration.fields)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        values = {}
        for name, member in members:
            values[name], at = member(data, at)
        return make(**values), at

    return read


def _packed(declaration: Typed, numbers: list[Number]) -> Read:
    packing, cls = packing_of(numbers), declaration.cls
    size, unpack = packing.size, packing.unpack
    names = [name for name, _ in declaration.fields]
    decoders = [number.decode for number in numbers]

    @lru_cache(_REMEMBERED)
    def make(octets: bytes) -> Any:
        pairs = zip(unpack(octets), decoders, strict=True)
        values = (number if decode is None else decode(number) for number, decode in pairs)
        return cls(**dict(zip(names, values, strict=True)))

    def read(data: bytes, at: int) -> tuple[Any, int]:
        end = at + size
        return make(data[at:end]), end

    return read


@reads(c.FormatField)
def number(declaration: c.FormatField, _readers: Readers) -> Read:
    """Read one number."""
    packing = struct.Struct(declaration.fmtstr)
    size, unpack = packing.size, packing.unpack_from

    def read(data: bytes, at: int) -> tuple[Any, int]:
        return unpack(data, at)[0], at + size

    return read


@reads(c.Bytes)
def some_bytes(declaration: c.Bytes, _readers: Readers) -> Read:
    """Read a fixed number of bytes."""
    size = declaration.length
    assert isinstance(size, int), "A-XDR has no bytes whose number stands elsewhere"

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        end = at + size
        if end > len(data):
            raise AstrayError
        return data[at:end], end

    return read


@reads(type(c.Pass))
def nothing(_declaration: Any, _readers: Readers) -> Read:
    """Read nothing."""
    return lambda _data, at: (None, at)


@reads(c.Renamed)
def renamed(declaration: c.Renamed, readers: Readers) -> Read:
    """Read what has the name."""
    return readers.of(declaration.subcon)


@reads(Adapted)
def adapted(declaration: Adapted, readers: Readers) -> Read:
    """Read what is below, and make something of it."""
    inner, decode = readers.of(declaration.subcon), declaration.decode

    def read(data: bytes, at: int) -> tuple[Any, int]:
        value, at = inner(data, at)
        return decode(value), at

    return read


@reads(Length)
def length(declaration: Length, _readers: Readers) -> Read:
    """Read a length or count of the short form, or of a long one."""
    per_byte = declaration.per_byte

    def read(data: bytes, at: int) -> tuple[int, int]:
        value = data[at]
        at += 1
        if value >= LONG_FORM:
            end = at + value - LONG_FORM
            if not at < end <= min(len(data), at + 8):
                raise AstrayError
            value, at = int.from_bytes(data[at:end], "big"), end
        if value > (len(data) - at) * per_byte:
            raise AstrayError
        return value, at

    return read


@reads(c.Prefixed)
def prefixed(declaration: c.Prefixed, readers: Readers) -> Read:
    """Read an octet-string."""
    assert declaration.lengthfield is LENGTH, "only octet-strings are prefixed"
    assert declaration.subcon is c.GreedyBytes, "only octet-strings are prefixed"
    count = readers.of(LENGTH)

    def read(data: bytes, at: int) -> tuple[bytes, int]:
        size, at = count(data, at)
        end = at + size
        return data[at:end], end

    return read


@reads(SequenceOf)
def sequence_of(declaration: SequenceOf, readers: Readers) -> Read:
    """Read a SEQUENCE OF."""
    count, element = readers.of(LENGTH), readers.of(declaration.subcon)

    def read(data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        number, at = count(data, at)
        elements = []
        for _ in range(number):
            value, at = element(data, at)
            elements.append(value)
        return tuple(elements), at

    return read


@reads(Optionally)
def optionally(declaration: Optionally, readers: Readers) -> Read:
    """Read an OPTIONAL."""
    inner = readers.of(declaration.subcon)

    def read(data: bytes, at: int) -> tuple[Any, int]:
        present = data[at]
        if present == 1:
            return inner(data, at + 1)
        if present:
            raise AstrayError
        return None, at + 1

    return read


@reads(Choice)
def choice(declaration: Choice, readers: Readers) -> Read:
    """Read a CHOICE."""
    alternatives = {number: readers.of(item) for number, item in declaration.alternatives.items()}

    def read(data: bytes, at: int) -> tuple[Any, int]:
        return alternatives[data[at]](data, at + 1)

    return read


READERS = Readers()
"""The readers of all declarations as they are."""


def parse(declaration: Any, data: bytes, what: str) -> Any:
    """Read the one value that fills ``data``; raises RemoteProtocolError, ``trailing_bytes`` if more follows."""
    data = bytes(data)
    try:
        value, end = READERS.of(declaration)(data, 0)
    except ASTRAY:
        return walk(declaration, data, what)
    return value if end == len(data) else walk(declaration, data, what)
