# ruff: noqa: SLF001 - construct is extended by its own protocol of _parsereport
"""Where each part of a layout lies in bytes, good or not: the declaration followed member by member.

:func:`trace` reads as :func:`~protocols.dlt698.axdr.parse` does and keeps every step of it as a :class:`Part`, as far
as the bytes can be read. Declarations of a class of their own say how they are followed by :data:`follow`; those that
do not are one part without members.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from io import BytesIO
from typing import Any

import construct as c

from protocols.dlt698.axdr.words import LENGTH, Adapted, Choice, Optionally, SequenceOf, Typed
from protocols.errors import RemoteProtocolError

_SHOWN = 16  # bytes left over that an error shows


@dataclass(frozen=True, slots=True)
class Part:
    """One step of a layout: its name in the layout around it, where it lies, what it says, what it is made of.

    ``name`` is that of the field; ``count``, ``choice`` and ``present`` are the bytes that come before elements,
    alternatives and what is optional, whose own names are empty. ``is_whole`` is false where the bytes ended or went
    wrong inside; then there is no value.
    """

    name: str
    declaration: Any
    start: int
    end: int
    value: Any = None
    parts: tuple["Part", ...] = ()
    is_whole: bool = True

    def part(self, name: str) -> "Part | None":
        """Give the member of that name."""
        return next((part for part in self.parts if part.name == name), None)

    def walk(self) -> Iterator["Part"]:
        """Give this part and all that are inside, in their order."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Trace:
    """The parts of what could be read, up to ``end``, and why no more could be."""

    root: Part
    end: int
    problem: RemoteProtocolError | None = None


class Tracer:
    """Reads declarations out of one stretch of bytes, and remembers where each lay."""

    def __init__(self, data: bytes) -> None:
        self.stream = BytesIO(data)
        self.parts: list[Part] = []

    @property
    def at(self) -> int:
        """The place up to which the bytes are read."""
        return self.stream.tell()

    def read(self, name: str, declaration: Any, context: Any) -> Any:
        """Read one part and give its value; raises RemoteProtocolError when it cannot be read."""
        start, around = self.at, self.parts
        self.parts = []
        value, is_whole = None, False
        try:
            value = follow(declaration, self, context)
            is_whole = True
        except c.ConstructError as error:
            missing = _size(declaration) - (self.at - start)
            raise RemoteProtocolError(
                "truncated", f"{missing} bytes are missing", offset=start, missing=missing
            ) from error
        except RemoteProtocolError as error:
            if error.offset is None:  # a decoder knows no place of its own
                error.offset = start
            raise
        finally:
            parts, self.parts = tuple(self.parts), around
            around.append(Part(name, declaration, start, self.at, value, parts, is_whole))
        return value

    def refuse(self, start: int, declaration: Any, context: Any) -> Any:
        """Have a declaration say itself what is wrong with the bytes from ``start`` on."""
        self.stream.seek(start)
        return declaration._parsereport(self.stream, context, "")


def trace(declaration: Any, data: bytes, what: str) -> Trace:
    """Follow ``declaration`` through ``data`` as far as it goes. Never raises."""
    tracer = Tracer(data)
    problem = None
    try:
        tracer.read("", declaration, None)
    except RemoteProtocolError as error:
        problem = error
    end = tracer.at
    if problem is None and end < len(data):
        left = data[end:]
        problem = RemoteProtocolError(
            "trailing_bytes",
            f"{len(left)} bytes are left after the {what}",
            offset=end,
            found=left[:_SHOWN].hex().upper(),
        )
    (root,) = tracer.parts
    return Trace(root, end, problem)


def _size(declaration: Any) -> int:
    try:
        size: int = declaration.sizeof()
    except c.SizeofError:
        return 1
    return size


@singledispatch
def follow(declaration: Any, tracer: Tracer, context: Any) -> Any:
    """Read a declaration, its members by ``tracer``; gives its value."""
    return declaration._parsereport(tracer.stream, context, "")


@follow.register
def _(declaration: Typed, tracer: Tracer, _context: Any) -> Any:
    values: dict[str, Any] = {}
    for name, member in declaration.fields:
        values[name] = tracer.read(name, member, values)
    return declaration.cls(**values)


@follow.register
def _(declaration: SequenceOf, tracer: Tracer, context: Any) -> Any:
    count = tracer.read("count", LENGTH, context)
    return tuple([tracer.read("", declaration.subcon, context) for _ in range(count)])


@follow.register
def _(declaration: Optionally, tracer: Tracer, context: Any) -> Any:
    start = tracer.at
    present = tracer.read("present", c.Int8ub, context)
    if present > 1:
        return tracer.refuse(start, declaration, context)
    return tracer.read("", declaration.subcon, context) if present else None


@follow.register
def _(declaration: Choice, tracer: Tracer, context: Any) -> Any:
    start = tracer.at
    alternative = declaration.alternatives.get(tracer.read("choice", c.Int8ub, context))
    if alternative is None:
        return tracer.refuse(start, declaration, context)
    return tracer.read("", alternative, context)


@follow.register
def _(declaration: Adapted, tracer: Tracer, context: Any) -> Any:
    return declaration.decode(follow(declaration.subcon, tracer, context))
