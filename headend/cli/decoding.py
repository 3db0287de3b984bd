"""``headend decode``: what frames say."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

STDIN = "-"


def nothing_given() -> typer.BadParameter:
    """Say what could be given."""
    return typer.BadParameter("give frames in hex, --file, or - to read standard input", param_hint="FRAMES")


class Lang(StrEnum):
    """Language of names and values."""

    EN = "en"
    ZH = "zh"
    BOTH = "both"


class EditionName(StrEnum):
    """Edition of DL/T 645."""

    OLD = "1997"
    NEW = "2007"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be decoded, and how it is to be shown; neither frames nor file stand for standard input."""

    frames: tuple[str, ...]
    file: Path | None
    raw: bool
    json_lines: bool
    short: bool
    lang: str
    profile: str | None
    edition: str | None


Frames = Annotated[
    list[str] | None,
    typer.Argument(
        help="Frames in hex, any spacing and style; - reads standard input, one JSON object a line with --json.",
        metavar="FRAMES…",
    ),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        "-f",
        help="Read a log: hex with times and words around it, any number of frames a line.",
        exists=True,
        dir_okay=False,
    ),
]
Raw = Annotated[bool, typer.Option("--raw", help="The file or standard input holds bytes as they were on the line.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per frame and line.")]
Short = Annotated[bool, typer.Option("--short", "-s", help="One line per frame, without its bytes.")]
LangOption = Annotated[Lang, typer.Option("--lang", help="Language of names and values.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="Read items as meters of this profile lay them out.", metavar="NAME")
]
Edition = Annotated[EditionName | None, typer.Option("--edition", help="Edition of DL/T 645 the meters follow.")]


def decode(
    frames: Frames = None,
    file: File = None,
    raw: Raw = False,
    json_lines: Json = False,
    short: Short = False,
    lang: LangOption = Lang.BOTH,
    profile: ProfileName = None,
    edition: Edition = None,
) -> None:
    """Tell what frames of DL/T 645 and DL/T 698.45 say (报文解析); needs no daemon.

    Shows every byte with its place and meaning, those of a frame that another
    one carries in their place. Of a bad frame it tells the byte that is wrong,
    what belongs there, and the likely cause. Says of each answer which request
    before it it answers, and puts together what came in several frames.

    Ends with code 1 if anything given is no good frame: no hex, an empty
    argument, no frame in it, a broken frame, or a frame with a fault told,
    such as data that do not fit their item. Blank lines do no harm, nor do
    bytes beside good frames.

    [bold]Examples[/]

    headend decode FEFEFEFE68610100000000681104333334331416

    headend decode 68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16

    headend decode 681700430556341200002110AE0C0501090010020000A63816

    headend decode --file field.log --short

    headend decode --lang zh < field.log

    headend decode --json - < frames.txt | jq .value

    headend decode --raw --file capture.bin --profile state-grid-2013
    """
    if file is not None and frames:
        raise typer.BadParameter("give frames or --file, not both", param_hint="FRAMES")
    if frames and STDIN in frames and len(frames) > 1:
        raise typer.BadParameter(
            "- stands alone: it reads standard input, with no frames beside it", param_hint="FRAMES"
        )
    if raw and frames not in (None, [], [STDIN]):
        raise typer.BadParameter("goes with --file or standard input; frames are given in hex", param_hint="--raw")
    if file is None and not frames and sys.stdin.isatty():
        raise nothing_given()
    wish = Wish(tuple(frames or ()), file, raw, json_lines, short, lang, profile, edition)
    # the dialects' tables are loaded when there is something to decode
    raise typer.Exit(import_module("headend.cli.decode_run").run(wish))
