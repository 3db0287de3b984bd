"""Showing the frames of a running device to people, or as JSON lines to programs."""

import json
from collections.abc import Mapping
from datetime import datetime

from rich.console import Console
from rich.text import Text

from protocols.dissection import Language
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.inspect import decode_stream, sections
from simulators.bench import FrameSeen, Way
from simulators.localtime import local

__all__ = ["JsonView", "PeopleView", "View"]

ARROWS = {Way.IN: ("→", "cyan"), Way.OUT: ("←", "green")}


class PeopleView:
    """Lines for people: time, direction, faults, bytes, and below what they say."""

    def __init__(self, console: Console, profile: Profile = STANDARD) -> None:
        self._console = console
        self._profile = profile

    def tell(self, text: str, **_: object) -> None:
        """Say a sentence."""
        self._console.print(Text(text), soft_wrap=True)

    def show(self, seen: FrameSeen) -> None:
        """Show what came or left."""
        arrow, colour = ARROWS[seen.way]
        note = f" [{seen.note}]" if seen.note else ""
        head = f"{_clock(seen.at)} {arrow}{note} {seen.raw.hex(' ').upper()}"
        self._console.print(Text(head, style="yellow" if seen.note else colour), soft_wrap=True)
        for section in sections(seen.raw, self._profile):
            found = section.dissection
            if found is None:
                continue
            said = found.headline if found.faults else found.gist or found.title
            self._console.print(Text(f"             {said.said(Language.BOTH)}"), soft_wrap=True)


class JsonView:
    """One JSON object a line."""

    def __init__(self, console: Console, profile: Profile = STANDARD) -> None:
        self._console = console
        self._profile = profile

    def tell(self, text: str, **facts: object) -> None:
        """Say a sentence, and facts beside it."""
        self.put({"event": "told", "text": text} | facts)

    def show(self, seen: FrameSeen) -> None:
        """Show what came or left, taken apart."""
        self.put(
            {
                "event": "frame",
                "at": local(seen.at).isoformat(timespec="milliseconds"),
                "way": seen.way,
                "hex": seen.raw.hex().upper(),
                "fault": seen.note,
                "decoded": decode_stream(seen.raw, self._profile),
            }
        )

    def put(self, row: Mapping[str, object]) -> None:
        """Print an object as one line."""
        self._console.out(json.dumps(row, ensure_ascii=False), highlight=False)


View = PeopleView | JsonView


def _clock(at: datetime) -> str:
    return f"{local(at):%H:%M:%S.%f}"[:-3]
