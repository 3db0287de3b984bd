"""Where ``headend decode`` takes bytes from: arguments, logs line by line, captures of a line."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from protocols.dissection import Words
from protocols.inspect import Cutter, HexLine, NotHexError, Piece, cut, read_hex, read_line
from protocols.inspect.hexdump import DumpRow, read_row

_LONGEST_LINE = 1 << 20
_BLOCK = 1 << 16
_LEAST_FRAME = 12
_BYTE_DIGITS = 2
_MOST_JOINED = 1 << 11
"""Bytes of joined lines behind which a frame that goes on begins a joint of its own."""
_MOST_ROWS = 256
"""Rows of a dump that are held for a frame to begin in them."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a log, as text."""

    text: str
    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Given:
    """One line, argument or stretch of a capture: its pieces, or why it has none.

    ``data`` are all its bytes, None for a stretch of a capture, which is told piece by piece. ``around`` is
    the text that stands beside the hex, ``size`` how much of the input this was.
    """

    place: Words
    size: int
    data: bytes | None = None
    line: int | None = None
    pieces: tuple[Piece, ...] = ()
    around: str = ""
    problem: str | None = None

    @property
    def is_bare(self) -> bool:
        """Whether nothing but hex stands on the line."""
        return bool(self.pieces) and not self.around

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands on a line; an argument is given to be read."""
        return self.problem is not None and not self.around and self.line is not None


def from_arguments(frames: Sequence[str]) -> Iterator[Given]:
    """Read the frames of the command line; bytes that the shell took apart at their spaces are one frame."""
    texts = _joined(frames)
    for number, text in enumerate(texts, 1):
        place = Words(f"argument {number}", f"第{number}个参数") if len(texts) > 1 else Words("")
        yield _of_text(text, place, None)


def from_lines(stream: BinaryIO, *, wrapped: bool = True) -> Iterator[Given]:
    """Read a log, a line at a time.

    With ``wrapped`` a frame may go on in lines of nothing but hex, or in rows of a dump; lines that complete none
    stay apart.
    """
    held: list[Given] = []
    for given in _undumped(_lines(stream)) if wrapped else map(_of_line, _lines(stream)):
        if held and given.is_bare:
            whole = _joined_lines([*held, given])
            if _crosses(whole, given):
                goes_on = whole.pieces[-1].is_unfinished and len(whole.data or b"") < _MOST_JOINED
                held = [whole] if goes_on else []
                if not goes_on:
                    yield whole
                continue
            if whole.pieces[-1].is_unfinished and len(whole.pieces) == len(held[0].pieces):
                held.append(given)
                continue
        yield from held
        held = [given] if wrapped and given.pieces and given.pieces[-1].is_unfinished else []
        if not held:
            yield given
    yield from held


def _crosses(whole: Given, last: Given) -> bool:
    """Whether a frame lies over the seam in front of the last of joined lines."""
    seam = len(whole.data or b"") - len(last.data or b"")
    return any(piece.is_frame and piece.offset < seam < piece.offset + len(piece.data) for piece in whole.pieces)


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        yield _Line(_text(line), number, len(line))


def _of_line(line: _Line) -> Given:
    place = Words(f"line {line.number}", f"第{line.number}行")
    return _of_text(line.text, place, line.number, size=line.size)


def _undumped(lines: Iterator[_Line]) -> Iterator[Given]:
    """Join the rows of a dump, up to the end of a frame at the end of a row."""
    held: list[tuple[_Line, DumpRow]] = []
    before: DumpRow | None = None
    for line in lines:
        row = _row(line.text, before)
        if held and (row is None or not row.follows(before)):
            yield _of_rows(held)
            held = []
        before = row
        if row is None:
            yield _of_line(line)
        elif row.data:
            held.append((line, row))
            last = _of_rows(held).pieces[-1]
            if last.is_frame or not (last.is_unfinished or len(held) < _MOST_ROWS):
                yield _of_rows(held)
                held = []
    if held:
        yield _of_rows(held)


def _row(text: str, before: DumpRow | None) -> DumpRow | None:
    """Read a row of a dump; a line whose bytes begin a frame is none unless it goes on where a row ended."""
    row = read_row(text, before)
    if row is None or row.follows(before):
        return row
    try:
        return row if read_line(text).data == row.data else None
    except NotHexError:
        return None


def _of_rows(rows: Sequence[tuple[_Line, DumpRow]]) -> Given:
    """Make one of the rows of a dump."""
    (first, row), (last, _) = rows[0], rows[-1]
    data = b"".join(row.data for _, row in rows)
    if first is last:
        place, around = Words(f"line {first.number}", f"第{first.number}行"), row.offset
    else:
        place, around = _between(first.number, last.number), ""
    return Given(place, sum(line.size for line, _ in rows), data, first.number, tuple(cut(data)), around)


def _between(first: int | None, last: int | None) -> Words:
    return Words(f"lines {first}-{last}", f"第{first}-{last}行")


def _text(line: bytes) -> str:
    """Decode a line in UTF-8, or else as Chinese and other Windows programs write: in GB 18030 or UTF-16."""
    bare = line.removeprefix(b"\xff\xfe").replace(b"\0", b"").rstrip(b"\r\n")
    try:
        return bare.decode("utf-8-sig")
    except UnicodeDecodeError:
        return bare.decode("gb18030", "replace")


def _joined_lines(lines: Sequence[Given]) -> Given:
    """Make one of lines that may hold a frame together."""
    data = b"".join(given.data or b"" for given in lines)
    place = _between(lines[0].line, lines[-1].line)
    size = sum(given.size for given in lines)
    return Given(place, size, data, lines[0].line, tuple(cut(data)), lines[0].around)


def from_capture(stream: BinaryIO) -> Iterator[Given]:
    """Read bytes as they were on the line, block by block."""
    cutter = Cutter()
    while block := stream.read(_BLOCK):
        yield Given(Words(""), len(block), pieces=tuple(cutter.take(block)))
    last = tuple(cutter.end())
    if last:
        yield Given(Words(""), 0, pieces=last)


def open_input(file: Path | None) -> BinaryIO:
    """Open a file, or standard input where there is none."""
    return sys.stdin.buffer if file is None else file.open("rb")


def _of_text(text: str, place: Words, line: int | None, *, size: int = 0) -> Given:
    try:
        found: HexLine = read_line(text)
    except NotHexError as error:
        problem = str(error) if line is not None or text.strip() else "the argument is empty"
        return Given(place, size, line=line, around=text.strip(), problem=problem)
    return Given(place, size, found.data, line, tuple(cut(found.data)), found.around)


def _joined(frames: Sequence[str]) -> Sequence[str]:
    """Join arguments that are single bytes, or groups of bytes that make a frame only together."""
    if len(frames) < 2:  # noqa: PLR2004  one is as it is
        return frames
    whole = " ".join(frames)
    if all(0 < len(part) <= _BYTE_DIGITS for part in frames):
        return [whole]
    try:
        parts = [read_hex(part) for part in frames]
        together = read_hex(whole)
    except NotHexError:
        return frames
    are_groups = all(len(part) < _LEAST_FRAME for part in parts)
    return [whole] if are_groups and any(piece.is_frame for piece in cut(together)) else frames
