"""Cutting bytes into frames of both dialects and what lies between them, every byte in exactly one piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from protocols.dlt645.wire.frame import HEAD_SIZE, MAX_SIZE, START, WAKEUP, fault_at, size_at
from protocols.dlt698.wire.link import END, MAX_HEADER, frame_size, parse_link
from protocols.errors import ProtocolError, RemoteProtocolError
from protocols.inspect.dialect import Dialect, recognise

__all__ = ["Cutter", "Piece", "cut"]

_SECOND_START = 7
_LONGEST_LOOSE = 4096
"""Bytes without a frame are handed out at the latest when so many have gathered."""
_MOST_WAKEUP = 64
"""Wake-up bytes kept for a frame that has not begun: a line of FEH must not fill the memory."""
_START = bytes([START])


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the input: a good frame with its wake-up bytes, or bytes that hold none.

    ``dialect`` is that of the frame, or the one that broken bytes bear the marks of; None where they bear none.
    """

    offset: int
    data: bytes
    is_frame: bool
    dialect: Dialect | None

    @property
    def is_broken(self) -> bool:
        """Whether these bytes seem to be a frame that is not in order, rather than none at all."""
        bare = self.data.lstrip(bytes([WAKEUP]))
        has_head = bare[:1] == _START and len(bare) >= HEAD_SIZE
        return not self.is_frame and (has_head or bare[_SECOND_START : _SECOND_START + 1] == _START)

    @property
    def is_unfinished(self) -> bool:
        """Whether a frame begins here that more bytes may complete."""
        if self.is_frame:
            return False
        bare = self.data.lstrip(bytes([WAKEUP]))
        sizes = (_size_645(bare, 0), _size_698(bare, 0))
        return bare[:1] == _START and any(size is None or size > len(bare) for size in sizes)


def cut(data: bytes) -> list[Piece]:
    """Cut what is there in full."""
    cutter = Cutter()
    return cutter.take(data) + cutter.end()


class Cutter:
    """Cuts what comes in parts; holds at most one frame's length and as many loose bytes as one piece has."""

    def __init__(self) -> None:
        self._buffer = b""
        self._offset = 0
        """Of the first byte of the buffer in the input."""
        self._searched = 0
        """Bytes of the buffer in which no frame begins."""

    def take(self, data: bytes) -> list[Piece]:
        """Take the next bytes; returns the pieces that they complete."""
        self._buffer += data
        return self._cut(final=False)

    def end(self) -> list[Piece]:
        """Take note that nothing follows; returns the last pieces."""
        return self._cut(final=True)

    def _cut(self, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        buffer, loose, at = self._buffer, 0, self._searched
        while (start := buffer.find(_START, at)) >= 0:
            found = _frame_at(buffer, start, final=final)
            if found is None:
                at = start
                break
            dialect, size, is_good = found
            at = start + max(size, 1)
            if dialect is not None:
                begin = _wakeup_before(buffer, loose, start)
                pieces += _broken(buffer[loose:begin], self._offset + loose)
                pieces.append(Piece(self._offset + begin, buffer[begin:at], is_good, dialect))
                loose = at
        else:
            at = len(buffer)
        full = at - loose > _LONGEST_LOOSE
        if final or full:
            end = len(buffer) if final else _wakeup_before(buffer, max(loose, at - _MOST_WAKEUP), at)
            pieces += _broken(buffer[loose:end], self._offset + loose)
            loose = end
        self._buffer, self._searched = buffer[loose:], max(at - loose, 0)
        self._offset += loose
        return pieces


def _wakeup_before(buffer: bytes, least: int, start: int) -> int:
    """Offset of the first wake-up byte in front of a frame."""
    while start > least and buffer[start - 1] == WAKEUP:
        start -= 1
    return start


def _frame_at(buffer: bytes, at: int, *, final: bool) -> tuple[Dialect | None, int, bool] | None:
    """Dialect and size of the frame that begins at a 68H, and whether it is good; None while one may begin.

    Without a dialect no frame begins there. A broken one is believed where the check sum of a 698 header tells its size
    and 16H stands at its end: what it carries is not looked for in it as if it had come by itself.
    """
    sizes = {Dialect.DLT645: _size_645(buffer, at), Dialect.DLT698: _size_698(buffer, at)}
    for dialect, size in sizes.items():
        if size is not None and 0 < size <= len(buffer) - at and _is_good(dialect, buffer[at : at + size]):
            return dialect, size, True
    if not final and any(size is None or size > len(buffer) - at for size in sizes.values()):
        return None
    size = sizes[Dialect.DLT698] or 0
    if 0 < size <= len(buffer) - at and buffer[at + size - 1] == END:
        return Dialect.DLT698, size, False
    return None, 0, False


def _size_645(buffer: bytes, at: int) -> int | None:
    """Size that a head of 645 announces, 0 where there is no such head, None where it is not there in full."""
    head = buffer[at : at + HEAD_SIZE]
    if len(head) > _SECOND_START and head[_SECOND_START] != START:
        return 0
    return size_at(head) if len(head) == HEAD_SIZE else None


def _size_698(buffer: bytes, at: int) -> int | None:
    """Size that a header of 698 announces, as `_size_645`."""
    try:
        return frame_size(buffer[at : at + MAX_HEADER])
    except RemoteProtocolError as error:
        return None if error.reason == "truncated" else 0


def _is_good(dialect: Dialect, frame: bytes) -> bool:
    if dialect is Dialect.DLT645:
        return fault_at(frame) is None
    try:
        parse_link(frame)
    except ProtocolError:
        return False
    return True


def _broken(loose: bytes, offset: int) -> list[Piece]:
    """Cut bytes without a good frame where broken ones seem to begin, and where the longest would end."""
    marks = {0, len(loose)}
    for begin, end in _beginnings(loose):
        marks |= {begin, min(end, len(loose))}
    runs = [(start, end) for start, end in pairwise(sorted(marks)) if start < end]
    return [Piece(offset + start, loose[start:end], False, recognise(loose[start:end])) for start, end in runs]


def _beginnings(loose: bytes) -> Iterator[tuple[int, int]]:
    """Places of what looks like the head of a frame: where its wake-up bytes begin, and where it must have ended."""
    at, taken = loose.find(_START), 0
    while at >= 0:
        size = _size_698(loose, at) or 0
        skip = 1
        if size:
            yield _wakeup_before(loose, taken, at), at + size
            skip = MAX_HEADER
        elif loose[at + _SECOND_START : at + _SECOND_START + 1] == _START:
            yield _wakeup_before(loose, taken, at), at + MAX_SIZE
            head = loose[at : at + HEAD_SIZE]
            size = size_at(head) if len(head) == HEAD_SIZE else HEAD_SIZE
            skip = size if at + size <= len(loose) else HEAD_SIZE
        if skip > 1:
            taken = at + skip
        at = loose.find(_START, at + skip)
