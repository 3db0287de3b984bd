"""``headend decode``: what frames say."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any

import typer

STDIN = "-"
NOT_HEX = "not_hex"
SEPARATORS = str.maketrans("", "", " \t\r\n:-,")

Frames = Annotated[
    list[str] | None,
    typer.Argument(help="Frames in hex, any spacing; - reads one frame a line from standard input.", metavar="FRAMES…"),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per frame and line.")]


def decode(frames: Frames = None, json_lines: Json = False) -> None:
    """Tell what frames of DL/T 645 and DL/T 698.45 say (报文解析); needs no daemon.

    Ends with code 1 if any of them is no good frame.

    [bold]Examples[/]

    headend decode FEFEFEFE68610100000000681104333334331416

    headend decode 68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16

    headend decode --json - < frames.txt
    """
    if not frames:
        raise typer.BadParameter("give frames in hex, or - to read them from standard input", param_hint="FRAMES")
    tell = _as_json if json_lines else _in_words
    good = [tell(each) for each in _texts(frames)]
    raise typer.Exit(0 if all(good) else 1)


def _texts(frames: Sequence[str]) -> Iterable[str]:
    """Give the text of each frame; bytes that the shell took apart at their spaces are one frame."""
    if list(frames) == [STDIN]:
        return _lines()
    if len(frames) > 1 and all(len(part) == 2 for part in frames):  # noqa: PLR2004 - one byte
        return ["".join(frames)]
    return frames


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode("ascii", "replace").rstrip("\r\n")


def _bytes(text: str) -> bytes:
    """Read hex. Raises :class:`ValueError` that says what is wrong with it."""
    bare = text.translate(SEPARATORS)
    if not bare:
        raise ValueError(f"{NOT_HEX}: the line is empty")
    if len(bare) % 2:
        raise ValueError(f"{NOT_HEX}: {len(bare)} hex digits are no whole number of bytes")
    try:
        return bytes.fromhex(bare)
    except ValueError:
        odd = next((c for c in bare if c not in "0123456789abcdefABCDEF"), "?")
        raise ValueError(f"{NOT_HEX}: {odd!r} is no hex digit") from None


def _as_json(text: str) -> bool:
    found: dict[str, Any]
    try:
        found = _inspector().decode(_bytes(text))
    except ValueError as error:
        found = {"ok": False, "protocol": None, "error": str(error), "error_code": NOT_HEX}
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return bool(found["ok"])


def _in_words(text: str) -> bool:
    try:
        frame = _bytes(text)
    except ValueError as error:
        typer.echo(f"{text.strip()[:40]}: {error}\n")
        return False
    typer.echo(_inspector().explain(frame) + "\n")
    return bool(_inspector().decode(frame)["ok"])


@cache
def _inspector() -> ModuleType:
    """Load the dialects' tables when the first frame comes."""
    return import_module("protocols.inspect")
