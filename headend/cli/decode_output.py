"""How ``headend decode`` shows what frames say: JSON lines, text for files, tables for terminals."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Protocol

from rich.console import Console
from rich.text import Text

from headend.cli.decode_input import Given
from protocols.dissection import Language
from protocols.dlt645.items.profile import Profile
from protocols.inspect import (
    Section,
    Turn,
    decode,
    decode_piece,
    decode_whole,
    dissect_whole,
    explain_piece,
    section_lines,
)
from protocols.inspect.terminal import WRONG, drawn

NOT_HEX = "not_hex"
Turns = Mapping[int, Turn]
"""What frames are to the requests before them, by their offsets."""

_LONGEST_TEXT = 120
"""Characters of a line without hex that are shown."""


class View(Protocol):
    """One way to show what was given."""

    def tell(self, given: Given, turns: Turns) -> None:
        """Show it."""


class JsonView:
    """Objects as the inspector gives them, one a line.

    With ``plain`` there is exactly one for each line or argument, with nothing added. Otherwise there is one for
    each frame, which tells the line and the text it stood on and which request it answers.
    """

    def __init__(self, profile: Profile, *, plain: bool) -> None:
        self._profile = profile
        self._plain = plain

    def tell(self, given: Given, turns: Turns) -> None:
        """Print the objects of a line, of an argument, or of the pieces of a capture."""
        for found, offset in self._objects(given):
            shown = found if self._plain else found | _circumstances(given, turns.get(offset), self._profile)
            sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")

    def _objects(self, given: Given) -> Iterator[tuple[dict[str, object], int]]:
        if given.problem is not None:
            error = f"{NOT_HEX}: {given.problem}"
            yield {"ok": False, "protocol": None, "error": error, "error_code": NOT_HEX}, -1
        elif given.data is None:
            for piece in given.pieces:
                yield decode_piece(piece, self._profile), piece.offset
        else:
            found = decode(given.data, self._profile)
            following = [] if self._plain else found.pop("following", [])
            assert isinstance(following, list), "frames behind the first are a list"
            yield found, next((piece.offset for piece in given.pieces if piece.is_frame), 0)
            for each in following:
                yield each, each["offset"]


def _circumstances(given: Given, turn: Turn | None, profile: Profile) -> dict[str, object]:
    """Say where an object comes from, what it answers, and the whole item where it brings the last part of one."""
    shown: dict[str, object] = {} if given.line is None else {"line": given.line}
    if given.around:
        shown["text"] = given.around
    if turn is not None and turn.match is not None:
        shown["answers"] = {"request": turn.request.said(Language.ENGLISH), "match": turn.match.value}
    if turn is not None and turn.whole is not None:
        shown["whole"] = decode_whole(turn.whole, profile)
    return shown


class TextView:
    """Lines in columns, for files, pipes and other programs; on a terminal tables with colours."""

    def __init__(self, profile: Profile, language: Language, *, short: bool, console: Console | None) -> None:
        self._profile = profile
        self._language = language
        self._short = short
        self._console = console

    def tell(self, given: Given, turns: Turns) -> None:
        """Print what the pieces say, one below the other; a blank line says nothing."""
        if given.is_blank:
            return
        if given.problem is not None:
            text = f"{_shortened(given.around)}: " if given.around else ""
            self._line(f"{self._head(given)}{text}{NOT_HEX}: {given.problem}", "red")
            self._gap()
        for piece in given.pieces:
            section = explain_piece(piece, self._profile, alone=len(given.pieces) == 1 and given.data is not None)
            self._section(given, section, turns.get(piece.offset))

    def _head(self, given: Given) -> str:
        place = given.place.said(self._language)
        text = given.around if given.problem is None else ""
        head = "  ".join(part for part in (place, text.rstrip(" :")) if part)
        return f"{head}  " if head else ""

    def _section(self, given: Given, section: Section, turn: Turn | None) -> None:
        if self._short:
            gist = _gist(section, self._language)
            told = f" | {turn.words.said(self._language)}" if turn else ""
            self._line(f"{self._head(given)}{gist}{told}", "red" if section.is_wrong else "")
            return
        head = self._head(given).rstrip()
        if head:
            self._line(head, "cyan")
        if turn:
            self._line(turn.words.said(self._language), "green" if turn.is_clear else "yellow")
        self._show(section)
        if turn and turn.whole:
            self._show(Section(section.piece, dissect_whole(turn.whole, self._profile)))
        self._gap()

    def _show(self, section: Section) -> None:
        if self._console is None:
            sys.stdout.write("\n".join(section_lines(section, self._language)) + "\n")
        else:
            self._console.print(drawn(section, self._language))

    def _line(self, text: str, style: str) -> None:
        if self._console is None:
            sys.stdout.write(f"{text}\n")
        else:
            self._console.print(Text(text, style))

    def _gap(self) -> None:
        if not self._short:
            self._line("", "")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _gist(section: Section, language: Language) -> str:
    """Say in one line what a piece says."""
    found = section.dissection
    if found is None:
        return ", ".join(line.strip() for line in (section.heading.said(language), *section.lines[:3]) if line)
    arrow = "?" if found.from_device is None else "<-" if found.from_device else "->"
    told = (found.gist or found.title).said(language)
    faults = "".join(f" | {WRONG.said(language)}: {fault.said(language)}" for fault in found.faults)
    return f"{arrow} {told}{faults}"
