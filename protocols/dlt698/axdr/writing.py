"""Writers: how values of a declaration become bytes, worked out once as in :mod:`.reading`.

A writer puts the bytes of a value behind those that are there. Where it meets anything that it does not take, whatever
Python raises then, what it has put there is dropped and the declaration is walked to say what does not fit; so a writer
that comes to its end must have written the same bytes, and property tests hold both equal.
"""

import struct
from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import construct as c

from protocols.dlt698.axdr.reading import numbers_of, packing_of
from protocols.dlt698.axdr.words import (
    LENGTH,
    LONG_FORM,
    UNFIT,
    Adapted,
    Choice,
    Length,
    Optionally,
    SequenceOf,
    Typed,
    build_walking,
)

Write = Callable[[Any, bytearray], None]
"""From a value and the bytes before it; puts its own bytes behind them."""

D = TypeVar("D")
_MAKERS: dict[type, Callable[[Any], Write]] = {}
_MADE: dict[int, tuple[Any, Write]] = {}


def writes(cls: type[D]) -> Callable[[Callable[[D], Write]], Callable[[D], Write]]:
    """Register how writers of this class of declaration are made."""

    def register(make: Callable[[D], Write]) -> Callable[[D], Write]:
        _MAKERS[cls] = make
        return make

    return register


def writer(declaration: Any) -> Write:
    """Give the writer of a declaration; raises KeyError for a class that nobody has registered."""
    known = _MADE.get(id(declaration))
    if known is None:
        known = declaration, _MAKERS[type(declaration)](declaration)
        _MADE[id(declaration)] = known
    return known[1]


def build(declaration: Any, value: Any, what: str) -> bytes:
    """Write ``value``; raises LocalProtocolError naming what doesn't fit."""
    out = bytearray()
    try:
        writer(declaration)(value, out)
    except UNFIT:
        return build_walking(declaration, value, what)
    return bytes(out)


@writes(Typed)
def typed(declaration: Typed) -> Write:
    """Write a SEQUENCE; one of fixed size is packed at once."""
    numbers = numbers_of(declaration)
    if numbers is not None and len(declaration.fields) > 1:
        pack = packing_of(numbers).pack
        encoders = [number.encode for number in numbers]
        values = attrgetter(*(name for name, _ in declaration.fields))
        if not any(encoders):
            return _packed(pack, values)

        def write_encoded(value: Any, out: bytearray) -> None:
            pairs = zip(values(value), encoders, strict=True)
            out += pack(*[number if encode is None else encode(number) for number, encode in pairs])

        return write_encoded
    members = tuple((name, writer(member)) for name, member in declaration.fields)

    def write(value: Any, out: bytearray) -> None:
        for name, member in members:
            member(getattr(value, name), out)

    return write


def _packed(pack: Callable[..., bytes], values: Callable[[Any], tuple[Any, ...]]) -> Write:
    def write(value: Any, out: bytearray) -> None:
        out += pack(*values(value))

    return write


@writes(c.FormatField)
def number(declaration: c.FormatField) -> Write:
    """Write one number."""
    pack = struct.Struct(declaration.fmtstr).pack

    def write(value: Any, out: bytearray) -> None:
        out += pack(value)

    return write


@writes(c.Bytes)
def some_bytes(declaration: c.Bytes) -> Write:
    """Write a fixed number of bytes."""
    size = declaration.length

    def write(value: Any, out: bytearray) -> None:
        if type(value) is not bytes or len(value) != size:
            raise TypeError
        out += value

    return write


@writes(type(c.Pass))
def nothing(_declaration: Any) -> Write:
    """Write nothing."""
    return lambda _value, _out: None


@writes(c.Renamed)
def renamed(declaration: c.Renamed) -> Write:
    """Write what has the name."""
    return writer(declaration.subcon)


@writes(Adapted)
def adapted(declaration: Adapted) -> Write:
    """Write what the value is below."""
    inner, encode = writer(declaration.subcon), declaration.encode

    def write(value: Any, out: bytearray) -> None:
        inner(encode(value), out)

    return write


@writes(Length)
def length(_declaration: Length) -> Write:
    """Write a length or count in its shortest form."""

    def write(value: int, out: bytearray) -> None:
        if value < LONG_FORM:
            out.append(value)
        else:
            size = (value.bit_length() + 7) // 8
            out.append(LONG_FORM | size)
            out += value.to_bytes(size, "big")

    return write


@writes(c.Prefixed)
def prefixed(_declaration: c.Prefixed) -> Write:
    """Write an octet-string."""
    count = writer(LENGTH)

    def write(value: Any, out: bytearray) -> None:
        if type(value) is not bytes:
            raise TypeError
        count(len(value), out)
        out += value

    return write


@writes(SequenceOf)
def sequence_of(declaration: SequenceOf) -> Write:
    """Write a SEQUENCE OF."""
    count, element = writer(LENGTH), writer(declaration.subcon)

    def write(value: Any, out: bytearray) -> None:
        count(len(value), out)
        for item in value:
            element(item, out)

    return write


@writes(Optionally)
def optionally(declaration: Optionally) -> Write:
    """Write an OPTIONAL."""
    inner = writer(declaration.subcon)

    def write(value: Any, out: bytearray) -> None:
        if value is None:
            out.append(0)
        else:
            out.append(1)
            inner(value, out)

    return write


@writes(Choice)
def choice(declaration: Choice) -> Write:
    """Write a CHOICE."""
    alternatives = {
        cls: (number, writer(declaration.alternatives[number])) for cls, number in declaration.numbers.items()
    }

    def write(value: Any, out: bytearray) -> None:
        number, inner = alternatives[type(value)]
        out.append(number)
        inner(value, out)

    return write
