"""The frames going by (报文监视), newest below, and the selected one taken apart."""

from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from protocols.dissection import Language
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.inspect import Section, sections
from protocols.inspect.terminal import drawn
from simulators.bench import FrameSeen, Way
from simulators.localtime import local
from simulators.tui.words import FRAMES, NOTHING_YET, TAKEN_APART

__all__ = ["KEPT", "Traffic"]

KEPT = 500
"""Frames that can still be looked at; older ones go."""
WAKEUP = b"\xfe"
ARROWS = {Way.IN: ("→", "cyan"), Way.OUT: ("←", "green")}


class Enlarged(ModalScreen[None]):
    """One frame on the whole screen, until a key says that it has been seen."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q", "dismiss", show=False)]

    def __init__(self, shown: Group) -> None:
        super().__init__()
        self._shown = shown

    def compose(self) -> ComposeResult:
        """Let it be scrolled."""
        with ScrollableContainer(id="enlarged"):
            yield Static(self._shown)


class Traffic(Vertical):
    """A list of frames and a pane for one of them; the newest is selected until another is.

    ``hidden`` is an address that goes without saying, as it stands on the plate.
    """

    def __init__(self, language: Language, profile: Profile = STANDARD, *, hidden: str = "") -> None:
        super().__init__(id="traffic")
        self._language = language
        self._profile = profile
        self._hidden = hidden
        self._frames: list[tuple[FrameSeen, list[Section]]] = []

    def compose(self) -> ComposeResult:
        """Put the pane below the list."""
        frames = OptionList(id="frames")
        frames.border_title = FRAMES.said(self._language)
        yield frames
        with ScrollableContainer(id="apart") as pane:
            pane.border_title = TAKEN_APART.said(self._language)
            yield Static(Text(NOTHING_YET.said(self._language), "dim"), id="rows")

    def add(self, seen: FrameSeen) -> None:
        """Show one more frame."""
        frames = self.query_one(OptionList)
        follows = frames.highlighted is None or frames.highlighted == len(self._frames) - 1
        self._frames.append((seen, sections(seen.raw, self._profile)))
        frames.add_option(Option(self._lines(*self._frames[-1])))
        if len(self._frames) > KEPT:
            del self._frames[0]
            frames.remove_option_at_index(0)
        if follows:
            frames.highlighted = len(self._frames) - 1
        frames.border_subtitle = str(len(self._frames))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Take the selected frame apart."""
        event.stop()
        if event.option_index < len(self._frames):
            self.query_one("#rows", Static).update(self._apart(event.option_index))
            self.query_one("#apart").scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the selected frame on the whole screen."""
        event.stop()
        self.app.push_screen(Enlarged(self._apart(event.option_index)))

    def _apart(self, place: int) -> Group:
        seen, found = self._frames[place]
        raw = Text(seen.raw.hex(" ").upper(), ARROWS[seen.way][1])
        return Group(raw, Text(), *(drawn(section, self._language) for section in found))

    def _lines(self, seen: FrameSeen, found: list[Section]) -> Text:
        """Give time, direction, bytes and faults in one line, what they say in another."""
        arrow, colour = ARROWS[seen.way]
        text = Text()
        text.append(f"{local(seen.at):%H:%M:%S}", "dim")
        text.append(f" {arrow} ", f"bold {colour}")
        if seen.note:
            text.append(f"[{seen.note}] ", "bold yellow")
        text.append(_shortened(seen.raw))
        wrong = any(section.is_wrong for section in found)
        said = "; ".join(self._gist(section) for section in found).removeprefix(f"{self._hidden} | ")
        text.append(f"\n  {said}", "red" if wrong else colour)
        return text

    def _gist(self, section: Section) -> str:
        found = section.dissection
        if found is None:
            return section.heading.said(self._language)
        told = (found.gist or found.title).said(self._language)
        return "".join((told, *(f" | {fault.said(self._language)}" for fault in found.faults)))


def _shortened(raw: bytes) -> str:
    """Write bytes with those that wake the line up counted only."""
    bare = raw.lstrip(WAKEUP) or raw
    count = len(raw) - len(bare)
    return (f"FE×{count} " if count else "") + bare.hex(" ").upper()
