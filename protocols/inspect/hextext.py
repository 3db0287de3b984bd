"""Reading bytes out of text: hex in any style, and lines of a log with times and words around the hex."""

import re
from dataclasses import dataclass

from protocols.inspect.cut import cut

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
_SEPARATORS = str.maketrans("", "", " \t\r\n\f\v:-,;|_'\"{}[]()<>\ufeff")
_GAP = r"[\s,;:|'\"-]+"
_NOT_HEX = re.compile(r"[^0-9a-fA-F]+")
_TIME = "\ue000"
"""Stands for a time while hex is looked for; no character of any text."""
_WORD = re.compile(r"[0-9A-Za-z_]+")
_DIGITS = re.compile(r"(?:[0-9a-fA-F]{2})+")
_ONLY_GAP = re.compile(rf"(?:{_GAP})?")
_TIMES = re.compile(
    r"""^\s*\d{1,8}[:.)] (?=\s+(?:0[xX]|\\x)?(?:68|[fF][eE]))
    | (?<![0-9A-Za-z:.,-])
    (?: \d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日? (?: [T\s]\s* \d{1,2}:\d{2}(?::\d{2})? )?
      | (?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d
    )
    (?: [.,]\d{1,9} | :\d{3} )? (?: Z | [+-]\d{2}:?\d{2} )?
    (?![0-9A-Za-z]|[:-][0-9A-Fa-f])""",
    re.VERBOSE,
)
"""Numbers of lines, dates and times as logs write them, which would else be read as bytes."""


class NotHexError(ValueError):
    """Text that holds no bytes; says why."""


@dataclass(frozen=True, slots=True)
class HexLine:
    """The bytes of a line, and what else stands on it."""

    data: bytes
    around: str = ""


def read_hex(text: str) -> bytes:
    """Read text that is hex throughout, in any spacing and style. Raises NotHexError that says what is wrong."""
    bare = _plain(text).translate(_SEPARATORS)
    if not bare:
        raise NotHexError("the line is empty")
    odd = next((character for character in bare if character not in "0123456789abcdefABCDEF"), None)
    if odd is not None:
        raise NotHexError(f"{odd!r} is no hex digit (column {text.find(odd) + 1})")
    if len(bare) % 2:
        raise NotHexError(f"{len(bare)} hex digits are no whole number of bytes")
    return bytes.fromhex(bare)


def read_line(text: str) -> HexLine:
    """Read a line that is hex throughout, or that has frames somewhere between times and words.

    Raises NotHexError where no bytes are found.
    """
    try:
        whole: bytes | None = read_hex(text)
    except NotHexError as error:
        whole, problem = None, error
    if whole is not None and (_begins_frame(whole) or not _TIMES.search(text)):
        return HexLine(whole)
    runs, around = _runs(text)
    if runs:
        return HexLine(b"".join(runs), around)
    if whole is not None:
        return HexLine(whole)
    raise problem


def _plain(text: str) -> str:
    for pattern, kept in _STYLES:
        text = pattern.sub(kept, text)
    return text


def _runs(text: str) -> tuple[list[bytes], str]:
    """Find the runs of hex that hold frames, good or broken, and the text around them."""
    times = [found[0] for found in _TIMES.finditer(text)]
    plain = _plain(_TIMES.sub(_TIME, text.replace(_TIME, " ")))
    read = [(start, end, bytes.fromhex(_NOT_HEX.sub("", plain[start:end]))) for start, end in _spans(plain)]
    chosen = [run for run in read if _may_hold_frame(run[2])]
    kept, at = [], 0
    for start, end, _ in chosen:
        kept.append(plain[at:start])
        at = end
    around = " ".join(" ".join([*kept, plain[at:]]).split())
    for time in times:
        around = around.replace(_TIME, time, 1)
    return [run[2] for run in chosen], around


def _spans(plain: str) -> list[tuple[int, int]]:
    """Where hex stands, pairs of digits with nothing but separators between them."""
    spans: list[tuple[int, int]] = []
    for word in _WORD.finditer(plain):
        if not _DIGITS.fullmatch(word[0]):
            continue
        if spans and _ONLY_GAP.fullmatch(plain, spans[-1][1], word.start()):
            spans[-1] = (spans[-1][0], word.end())
        else:
            spans.append(word.span())
    return spans


def _may_hold_frame(data: bytes) -> bool:
    """Whether a run of hex holds a frame, or begins like one and is too long for a number."""
    return (_begins_frame(data) and len(data) >= _HEAD) or any(piece.is_frame for piece in cut(data))


def _begins_frame(data: bytes) -> bool:
    """Whether bytes begin with 68H behind their wake-up bytes."""
    return data.lstrip(b"\xfe")[:1] == b"\x68"
