"""Reading bytes out of text: hex in any style, and lines of a log with times and words around the hex."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from protocols.inspect.cut import cut
from protocols.inspect.hexdump import read_dump

__all__ = ["HexLine", "NotHexError", "read_hex", "read_line"]

_HEAD = 10
"""Bytes from which on a run of hex in a log is taken for a broken frame rather than for a number."""

_STYLES = (
    (
        re.compile(r"(?:0[xX]|\\[xX])(?=[0-9a-fA-F])([0-9a-fA-F](?![0-9a-fA-F]))?"),
        lambda m: f" 0{m[1]}" if m[1] else " ",
    ),
    (re.compile(r"(?<![0-9A-Za-z])([0-9a-fA-F]{2})[hH](?![0-9A-Za-z])"), r"\1"),
    (re.compile(r"^\s*(?:b|x|X)?(?=['\"])"), ""),
)
"""What marks bytes as hex (0x68, \\x68, 68H, x'68'), each with what stays of it."""
_SEPARATORS = str.maketrans(dict.fromkeys(" \t\r\n\f\v:-,;|_'\"{}[]()<>\ufeff", " "))
_GAP = r"[\s,;:|'\"-]+"
_BYTE = len("68")
_LONE = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F](?![0-9A-Za-z])")
_NUMBER_FIRST = re.compile(r"\s*\d{6,}\W+(?:[fF][eE]\W+)*68(?:\W+[0-9a-fA-F]{2})+\W*")
"""A number in front of a frame whose bytes are written apart: were it bytes, they would be, too."""
_TIME = "\ue000"
"""Stands for a time while hex is looked for; no character of any text."""
_WORD = re.compile(r"[0-9A-Za-z_]+")
_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2})+|[0-9a-fA-F]")
_ONLY_GAP = re.compile(rf"(?:{_GAP})?")
_TIMES = re.compile(
    r"""^\s*\d{1,16}[:.)] (?=\s+(?:0[xX]|\\x)?(?:68|[fF][eE]))
    | (?<![0-9A-Za-z:.,-])
    (?: \d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日? (?: [T\s]\s* \d{1,2}:\d{2}(?::\d{2})? )?
      | (?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d
      | 20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T_ -]?(?:[01]\d|2[0-3])(?:[0-5]\d){2}(?:\d{3})?
    )
    (?: [.,]\d{1,9} | :\d{3} )? (?: Z | [+-]\d{2}:?\d{2} )?
    (?![0-9A-Za-z]|[:-][0-9A-Fa-f])""",
    re.VERBOSE,
)
"""Numbers of lines, dates and times as logs write them, which would else be read as bytes."""


_Words = list[re.Match[str]]


class NotHexError(ValueError):
    """Text that holds no bytes; says why."""


@dataclass(frozen=True, slots=True)
class HexLine:
    """The bytes of a line, and what else stands on it."""

    data: bytes
    around: str = ""


def read_hex(text: str) -> bytes:
    """Read text that is hex throughout, in any spacing and style; where bytes stand apart, one digit is a byte.

    Raises NotHexError that says what is wrong.
    """
    plain = _plain(text)
    groups = plain.translate(_SEPARATORS).split()
    bare = "".join(groups)
    if not bare:
        raise NotHexError("the line is empty")
    odd = next((character for character in bare if character not in "0123456789abcdefABCDEF"), None)
    if odd is not None:
        raise NotHexError(f"{odd!r} is no hex digit (column {text.find(odd) + 1})")
    if len(groups) > 1 and all(len(group) <= _BYTE for group in groups):
        return _bytes(groups)
    lone = _LONE.search(text) or _LONE.search(plain)
    if lone:
        raise NotHexError(f"a single digit at column {lone.start() + 1}")
    if len(bare) % _BYTE:
        raise NotHexError(f"{len(bare)} hex digits are no whole number of bytes")
    return bytes.fromhex(bare)


def read_line(text: str) -> HexLine:
    """Read a line that is hex throughout, or that has frames somewhere between times and words, or rows of a dump.

    Raises NotHexError where no bytes are found.
    """
    numbered = _numbered(text)
    if numbered is not None:
        return numbered
    try:
        whole: bytes | None = read_hex(text)
    except NotHexError as error:
        whole, problem = None, error
    if whole is not None and _begins_frame(whole):
        return HexLine(whole)
    dumped = read_dump(text)
    if dumped:
        return HexLine(*dumped)
    if whole is not None and not _TIMES.search(text) and not _NUMBER_FIRST.fullmatch(text):
        return HexLine(whole)
    runs, around = _runs(text)
    if runs:
        return HexLine(b"".join(runs), around)
    if whole is not None:
        return HexLine(whole)
    raise problem


def _numbered(text: str) -> HexLine | None:
    """Read a line whose only single digit stands before or behind a frame: it counts lines and is no byte."""
    groups = text.split()
    ends = {0, len(groups) - 1}
    lone = [place for place, group in enumerate(groups) if len(group) == 1]
    if len(lone) != 1 or lone[0] not in ends:
        return None
    digit = groups.pop(lone[0])
    try:
        data = read_hex(" ".join(groups))
    except NotHexError:
        return None
    return HexLine(data, digit) if _begins_frame(data) else None


def _plain(text: str) -> str:
    for pattern, kept in _STYLES:
        text = pattern.sub(kept, text)
    return text


def _runs(text: str) -> tuple[list[bytes], str]:
    """Find the runs of hex that hold frames, good or broken, and the text around them."""
    times = [found[0] for found in _TIMES.finditer(text)]
    plain = _plain(_TIMES.sub(_TIME, text.replace(_TIME, " ")))
    chosen = [run for words in _word_runs(plain) if _may_hold_frame(_bytes_of(run := _without_number(words)))]
    kept, at = [], 0
    for words in chosen:
        kept.append(plain[at : words[0].start()])
        at = words[-1].end()
    around = " ".join(" ".join([*kept, plain[at:]]).split())
    for time in times:
        around = around.replace(_TIME, time, 1)
    return [_bytes_of(words) for words in chosen], around


def _word_runs(plain: str) -> Iterator[_Words]:
    """Find where hex stands, words of whole bytes or single digits with nothing but separators between them."""
    runs: list[_Words] = []
    for word in _WORD.finditer(plain):
        if not _DIGITS.fullmatch(word[0]):
            continue
        if runs and _ONLY_GAP.fullmatch(plain, runs[-1][-1].end(), word.start()):
            runs[-1].append(word)
        else:
            runs.append([word])
    for words in runs:
        yield from _whole_bytes(words)


def _whole_bytes(words: _Words) -> Iterator[_Words]:
    """Leave out single digits that are no bytes: at the ends, and where bytes are not written apart."""
    parts = [(is_lone, list(part)) for is_lone, part in groupby(words, lambda word: len(word[0]) < _BYTE)]
    if any(len(word[0]) > _BYTE for word in words):
        yield from (part for is_lone, part in parts if not is_lone)
        return
    inner = [*parts[parts[0][0] :]]
    inner = inner[: len(inner) - inner[-1][0]] if inner else []
    if inner:
        yield [word for _, part in inner for word in part]


def _without_number(words: _Words) -> _Words:
    """Leave out the words in front of a frame that are a number: too short for a broken frame."""
    data = _bytes_of(words)
    first, *behind = cut(data)
    if _begins_frame(data) or first.is_broken or not behind or len(first.data) >= _HEAD:
        return words
    size = 0
    for place, word in enumerate(words):
        if size == len(first.data):
            return words[place:]
        size += (len(word[0]) + 1) // _BYTE
    return words


def _bytes_of(words: _Words) -> bytes:
    return _bytes([word[0] for word in words])


def _bytes(groups: list[str]) -> bytes:
    """Bytes of groups of digits, a lone digit being a byte."""
    return bytes.fromhex("".join(group.zfill(_BYTE) for group in groups))


def _may_hold_frame(data: bytes) -> bool:
    """Whether a run of hex holds a frame, or begins like one and is too long for a number."""
    return (_begins_frame(data) and len(data) >= _HEAD) or any(piece.is_frame for piece in cut(data))


def _begins_frame(data: bytes) -> bool:
    """Whether bytes begin with 68H behind their wake-up bytes."""
    return data.lstrip(b"\xfe")[:1] == b"\x68"
