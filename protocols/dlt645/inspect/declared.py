"""What the inspector takes from the declarations: sizes of the frame's parts, the mask, fields of a Struct."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from construct import Construct, ConstructError, Renamed, SizeofError, Struct

from protocols.dlt645.frame import ENVELOPE, MAX_DATA
from protocols.errors import ProtocolError

_BODY, *_BEHIND = ENVELOPE.subcons
_PARTS = {part.name: part for part in _BODY.subcon.subcon.subcons}
_DATA = _PARTS.pop("data")

HEAD_SIZES = {name: part.sizeof() for name, part in _PARTS.items()}
"""Bytes of the parts in front of the length byte."""
TAIL_SIZES = {part.name: part.sizeof() for part in _BEHIND}
"""Bytes of the parts behind the data field."""


def unmask(wire: bytes) -> bytes:
    """Take the mask off a data field, or off more bytes than fit one."""
    runs = (wire[at : at + MAX_DATA] for at in range(0, len(wire), MAX_DATA))
    return b"".join(_DATA.parse(bytes([len(run)]) + run) for run in runs)


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a layout: its name, where it lies, its value, or why it has none."""

    name: str
    start: int
    end: int
    value: Any
    problem: ProtocolError | None = None

    def moved(self, distance: int) -> "Part":
        """Make the same part ``distance`` bytes further on."""
        return replace(self, start=self.start + distance, end=self.end + distance)


def walk(layout: Construct, data: bytes, length: int) -> Iterator[Part]:
    """Go through the fields of a layout over ``data``, one behind the other, fields of inner Structs too.

    ``length`` is that of the whole data field, of which ``data`` may be the beginning.
    A field that refuses its bytes keeps its place and says why; bytes left over come last without a name.
    """
    stream = BytesIO(data)
    known: dict[str, Any] = {"length": length}
    yield from _walk(layout, stream, known)
    at = stream.tell()
    if at < len(data):
        yield Part("", at, len(data), data[at:])


def _walk(layout: Construct, stream: BytesIO, known: dict[str, Any]) -> Iterator[Part]:
    for part in layout.subcons if isinstance(layout, Struct) else (layout,):
        inner = part.subcon if isinstance(part, Renamed) else part
        if isinstance(inner, Struct):
            yield from _walk(inner, stream, known)
            continue
        start, value, problem = stream.tell(), None, None
        try:
            value = part.parse_stream(stream, **known)
        except ProtocolError as error:
            problem = error
        except ConstructError:
            stream.seek(start)
            return
        if problem is not None:
            stream.seek(start + _size(part, stream, start))
        known[part.name or ""] = value
        if stream.tell() > start:
            yield Part(part.name or "", start, stream.tell(), value, problem)


def _size(part: Construct, stream: BytesIO, start: int) -> int:
    """Bytes of a field that refused them; all that are left where its declaration does not fix a size."""
    try:
        return int(part.sizeof())
    except SizeofError:
        return len(stream.getbuffer()) - start
