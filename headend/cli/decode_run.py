"""The run of ``headend decode``: from what was given to what is shown, and how it ended."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import typer
from rich.console import Console
from rich.progress import Progress

from headend.cli.decode_input import Given, from_arguments, from_capture, from_lines, open_input
from headend.cli.decode_output import JsonView, TextView, Turns, View
from headend.cli.decoding import STDIN, Wish, nothing_given
from headend.cli.show import console
from protocols.dissection import Language, Words, counted, listed
from protocols.dlt645.items.profile import STANDARD, Edition, Profile, profile
from protocols.errors import LocalProtocolError
from protocols.inspect import Conversation, Piece, decode, dissect

_BIG = 1 << 20
"""Bytes of a file from which on a bar shows how far it has got."""


@dataclass(slots=True)
class Tally:
    """What has been told so far."""

    lines: int = 0
    good: int = 0
    broken: int = 0
    skipped: int = 0
    without: int = 0

    def count(self, given: Given, model: Profile) -> None:
        """Take note of one more line, argument or stretch; a frame whose payload is not in order is a bad one."""
        self.lines += 1
        self.without += given.problem is not None and not given.is_blank
        for piece in given.pieces:
            is_good = piece.is_frame and not _has_fault(piece, model)
            self.good += is_good
            self.broken += piece.is_broken or (piece.is_frame and not is_good)
            self.skipped += 0 if piece.is_frame or piece.is_broken else len(piece.data)

    def said(self, language: Language) -> str:
        """Say it in one line."""
        told = [
            counted(self.good + self.broken, "frames", "帧"),
            counted(self.good, "good", "正确"),
            counted(self.broken, "bad", "错误"),
            counted(self.skipped, "bytes skipped", "字节跳过"),
            counted(self.without, "lines without hex", "行无报文"),
        ]
        return listed(told).said(language)


def run(wish: Wish) -> int:
    """Decode what is wished; returns the exit code, 1 if anything is no good frame."""
    model = _profile(wish)
    language = Language(wish.lang)
    view: View
    if wish.json_lines:
        view = JsonView(model, plain=len(wish.frames) == 1)
    else:
        view = TextView(model, language, short=wish.short, console=console() if sys.stdout.isatty() else None)
    conversation, tally, good = Conversation(model), Tally(), True
    for given in _given(wish):
        tally.count(given, model)
        view.tell(given, _turns(given, conversation))
        good = good and _is_good(given, model)
        if wish.file is None:
            sys.stdout.flush()  # who follows a live log reads along
    if not (wish.file or wish.frames or tally.lines):
        raise nothing_given()
    if not wish.json_lines and (tally.lines > 1 or tally.good + tally.broken > 1):
        typer.echo(tally.said(language))
    return 0 if good and (tally.good or not tally.skipped) else 1


def _is_good(given: Given, model: Profile) -> bool:
    """Tell whether a line or argument is a good frame, or several, and a stretch of a capture holds no bad one."""
    if given.problem is not None:
        return given.is_blank
    if any(piece.is_broken or _has_fault(piece, model) for piece in given.pieces):
        return False
    if all(piece.is_frame for piece in given.pieces):
        return True
    return given.data is None or bool(decode(given.data, model)["ok"])


def _has_fault(piece: Piece, model: Profile) -> bool:
    """Tell whether the message of a frame is not in order, though the frame is."""
    return piece.is_frame and bool(dissect(piece.data, piece.dialect, model).faults)


def _profile(wish: Wish) -> Profile:
    edition = Edition(wish.edition) if wish.edition else None
    try:
        model = profile(wish.profile) if wish.profile else STANDARD
        if edition is Edition.E1997 and not wish.profile:
            model = profile(edition)
    except LocalProtocolError as error:
        raise typer.BadParameter(str(error), param_hint="--profile") from None
    if edition is not None and model.edition is not edition:
        raise typer.BadParameter(f"meters of profile {model.name} follow {model.edition}", param_hint="--edition")
    return model


def _given(wish: Wish) -> Iterator[Given]:
    if wish.file is None and wish.frames not in {(), (STDIN,)}:
        yield from from_arguments(wish.frames)
        return
    one_a_line = wish.json_lines and wish.frames == (STDIN,)
    read = from_capture if wish.raw else partial(from_lines, wrapped=not one_a_line)
    with open_input(wish.file) as stream:
        size = wish.file.stat().st_size if wish.file else 0
        if size < _BIG or sys.stdout.isatty() or not sys.stderr.isatty():
            yield from read(stream)
            return
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task(str(wish.file), total=size)
            for given in read(stream):
                yield given
                progress.advance(task, given.size)


def _turns(given: Given, conversation: Conversation) -> Turns:
    """Tell what the frames are to the requests before them."""
    turns = {}
    for piece in given.pieces:
        byte = Words(f"byte {piece.offset}", f"第{piece.offset}字节")
        place = listed([given.place, byte]) if piece.offset or not given.place else given.place
        turn = conversation.hear_piece(piece, place)
        if turn is not None:
            turns[piece.offset] = turn
    return turns
