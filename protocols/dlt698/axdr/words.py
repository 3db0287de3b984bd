# ruff: noqa: SLF001 - construct is extended by its own protocol of _parse, _parsereport and _build
"""A-XDR as a vocabulary of construct declarations (DL/T 698.45-2017, 数据类型编码规则).

``Length`` · ``SequenceOf`` · ``Optionally`` (OPTIONAL) · ``Choice`` (CHOICE) · ``Typed`` (SEQUENCE as a frozen
dataclass) · ``Adapted`` · ``OCTETS``. Everything above is declared in these words, read by ``walk`` and written by
``build_walking``, so that only :mod:`protocols.errors` ever comes out. Nothing is compiled: construct's compiled
parsers return short data instead of refusing it. What is derived from the declarations instead is in
:mod:`.reading` and :mod:`.writing`.

The classes subclass construct's own, which ship no types.
"""

import io
import reprlib
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import construct as c

from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError

LONG_FORM = 0x80
MAX_LENGTH_BYTES = 8  # devices pad lengths with zeros; what is left of the APDU is the real bound

UNFIT = (
    ProtocolError,
    c.ConstructError,
    struct.error,
    AttributeError,
    KeyError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What comes out of writing a value that does not fit its declaration."""
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 4
_SHORT.maxother = 200


def remaining(stream: io.BytesIO) -> int:
    """Count the bytes between the reading position and the end of the stream."""
    return stream.getbuffer().nbytes - stream.tell()


def read(stream: io.BytesIO, count: int) -> bytes:
    """Read exactly ``count`` bytes of the stream; raises RemoteProtocolError ``truncated``."""
    offset = stream.tell()
    data = stream.read(count)
    if len(data) < count:
        raise RemoteProtocolError(
            "truncated",
            f"{count} bytes are needed and {len(data)} are left",
            offset=offset,
            missing=count - len(data),
        )
    return data


class Length(c.Construct):  # type: ignore[misc]  # construct ships no types
    """A length or count: one byte up to 127, else 80H + number of bytes, then the value big-endian.

    Longer forms than needed are read, the shortest is written. A count above ``per_byte`` times the bytes
    left is refused before anything is made of it: every counted thing takes at least that much.
    """

    def __init__(self, per_byte: int = 1) -> None:
        super().__init__()
        self.per_byte = per_byte

    def _parse(self, stream: io.BytesIO, _context: Any, _path: str) -> int:
        offset = stream.tell()
        value = read(stream, 1)[0]
        if value >= LONG_FORM:
            size = value - LONG_FORM
            if not 1 <= size <= MAX_LENGTH_BYTES:
                raise RemoteProtocolError(
                    "bad_length", "the length of a length is out of range", offset=offset, found=f"{value:02X}"
                )
            value = int.from_bytes(read(stream, size), "big")
        left = remaining(stream) * self.per_byte
        if value > left:
            raise RemoteProtocolError(
                "truncated", f"a count of {value} where {left} at most can follow", offset=offset, missing=value - left
            )
        return value

    def _build(self, obj: int, stream: io.BytesIO, _context: Any, _path: str) -> int:
        if obj < LONG_FORM:
            stream.write(bytes([obj]))
        else:
            size = (obj.bit_length() + 7) // 8
            stream.write(bytes([LONG_FORM | size]) + obj.to_bytes(size, "big"))
        return obj


LENGTH = Length()
OCTETS = c.Prefixed(LENGTH, c.GreedyBytes)  # octet-string: length, bytes


class SequenceOf(c.Subconstruct):  # type: ignore[misc]  # construct ships no types
    """SEQUENCE OF: a count, then that many elements; a tuple in Python."""

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> tuple[Any, ...]:
        count = LENGTH._parse(stream, context, path)
        return tuple(self.subcon._parsereport(stream, context, path) for _ in range(count))

    def _build(self, obj: tuple[Any, ...], stream: io.BytesIO, context: Any, path: str) -> tuple[Any, ...]:
        LENGTH._build(len(obj), stream, context, path)
        for element in obj:
            self.subcon._build(element, stream, context, path)
        return obj


class Optionally(c.Subconstruct):  # type: ignore[misc]  # construct ships no types
    """OPTIONAL: 00 absent (None), 01 present and the value."""

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> Any:
        present = read(stream, 1)[0]
        if present == 0:
            return None
        if present == 1:
            return self.subcon._parsereport(stream, context, path)
        raise RemoteProtocolError(
            "bad_choice", "an OPTIONAL is neither absent nor present", offset=stream.tell() - 1, found=f"{present:02X}"
        )

    def _build(self, obj: Any, stream: io.BytesIO, context: Any, path: str) -> Any:
        stream.write(b"\0" if obj is None else b"\1")
        if obj is not None:
            self.subcon._build(obj, stream, context, path)
        return obj


class Choice(c.Construct):  # type: ignore[misc]  # construct ships no types
    """CHOICE: one byte picks the alternative; when building, the class of the value picks it back.

    ``alternatives`` maps the byte to (classes, declaration). ``reason`` and ``what`` name an unknown byte.
    """

    def __init__(
        self, what: str, alternatives: Mapping[int, tuple[type | Iterable[type], Any]], reason: str = "bad_choice"
    ) -> None:
        super().__init__()
        self.what = what
        self.reason = reason
        self.alternatives = {number: declaration for number, (_, declaration) in alternatives.items()}
        self.numbers: dict[Any, int] = {
            cls: number
            for number, (classes, _) in alternatives.items()
            for cls in ((classes,) if isinstance(classes, type) else classes)
        }

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> Any:
        number = read(stream, 1)[0]
        declaration = self.alternatives.get(number)
        if declaration is None:
            raise RemoteProtocolError(
                self.reason, f"unknown {self.what} {number}", offset=stream.tell() - 1, found=f"{number:02X}"
            )
        return declaration._parsereport(stream, context, path)

    def _build(self, obj: Any, stream: io.BytesIO, context: Any, path: str) -> Any:
        number = self.numbers.get(type(obj))
        if number is None:
            raise LocalProtocolError(f"{type(obj).__name__} is no {self.what}: {sorted(map(str, self.numbers))}")
        stream.write(bytes([number]))
        self.alternatives[number]._build(obj, stream, context, path)
        return obj


class Typed(c.Construct):  # type: ignore[misc]  # construct ships no types
    """A SEQUENCE whose fields are those of the frozen dataclass ``cls``, in wire order.

    What has been parsed or is being built is the context of its own fields.
    """

    def __init__(self, cls: Any, *fields: Any) -> None:
        super().__init__()
        self.cls = cls
        self.fields = tuple((field.name, field.subcon) for field in fields)

    def _parse(self, stream: io.BytesIO, _context: Any, path: str) -> Any:
        values: dict[str, Any] = {}
        for name, declaration in self.fields:
            values[name] = declaration._parsereport(stream, values, path)
        return self.cls(**values)

    def _build(self, obj: Any, stream: io.BytesIO, _context: Any, path: str) -> Any:
        values = {name: getattr(obj, name) for name, _ in self.fields}
        for name, declaration in self.fields:
            declaration._build(values[name], stream, values, path)
        return obj


class Adapted(c.Subconstruct):  # type: ignore[misc]  # construct ships no types
    """A declaration whose plain value is turned into a meaningful one and back."""

    def __init__(self, subcon: Any, decode: Callable[[Any], Any], encode: Callable[[Any], Any]) -> None:
        super().__init__(subcon)
        self.decode = decode
        self.encode = encode

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> Any:
        return self.decode(self.subcon._parsereport(stream, context, path))

    def _build(self, obj: Any, stream: io.BytesIO, context: Any, path: str) -> Any:
        self.subcon._build(self.encode(obj), stream, context, path)
        return obj


def walk(declaration: Any, data: bytes, what: str) -> Any:
    """Read the one value that fills ``data`` by walking its declaration, and say what is wrong where it does not fit.

    Raises RemoteProtocolError, ``trailing_bytes`` if more follows.
    """
    stream = io.BytesIO(data)
    try:
        value = declaration.parse_stream(stream)
    except c.StreamError as error:
        raise RemoteProtocolError("truncated", f"{what} ends too early", offset=len(data)) from error
    except c.ConstructError as error:
        raise RemoteProtocolError("malformed", f"{what} cannot be read: {error}", offset=stream.tell()) from error
    left = remaining(stream)
    if left:
        raise RemoteProtocolError(
            "trailing_bytes",
            f"{left} bytes are left after the {what}",
            offset=stream.tell(),
            found=data[-left:][:16].hex().upper(),
        )
    return value


def build_walking(declaration: Any, value: Any, what: str) -> bytes:
    """Write ``value`` by walking its declaration; raises LocalProtocolError naming what doesn't fit."""
    try:
        return cast("bytes", declaration.build(value))
    except ProtocolError:
        raise
    except UNFIT as error:
        raise LocalProtocolError(f"{what} cannot be built from {_SHORT.repr(value)}: {error}") from error
