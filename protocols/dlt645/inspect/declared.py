"""What the inspector takes from the declarations: sizes of the frame's parts, the mask, fields of a Struct."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from construct import ConstructError, Struct

from protocols.dlt645.wire.frame import ENVELOPE, MAX_DATA
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


def walk(layout: Struct, data: bytes, length: int) -> Iterator[Part]:
    """Go through the fields of a layout over ``data``, one behind the other.

    ``length`` is that of the whole data field, of which ``data`` may be the beginning. A field that refuses its
    bytes keeps its place and says why; bytes left over come last without a name.
    """
    stream = BytesIO(data)
    known: dict[str, Any] = {"length": length}
    for part in layout.subcons:
        start, value, problem = stream.tell(), None, None
        try:
            value = part.parse_stream(stream, **known)
        except ProtocolError as error:
            problem = error
            stream.seek(start + part.sizeof())
        except ConstructError:
            stream.seek(start)
            break
        known[part.name] = value
        if stream.tell() > start:
            yield Part(part.name, start, stream.tell(), value, problem)
    at = stream.tell()
    if at < len(data):
        yield Part("", at, len(data), data[at:])
