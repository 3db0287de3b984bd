"""The faults of the line as a list of switches, with their numbers."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from protocols.dissection import Language, Words
from simulators.faults import FAULTS, Fault
from simulators.tui.form import Blank
from simulators.tui.state import fault_told
from simulators.tui.words import FAULTS_OF_LINE

__all__ = ["FaultList", "blanks_of"]

OWN = (
    Blank("probability", Words("probability", "概率"), "0 to 1, of each exchange; always if left out"),
    Blank("count", Words("count", "次数"), "so many exchanges; no end if left out"),
    Blank("for", Words("for seconds", "持续秒数"), "seconds; until it is switched off if left out"),
)
"""What every fault can be given."""


def blanks_of(kind: str) -> list[Blank]:
    """Give what can be filled in for a fault."""
    rows = FAULTS[kind].arguments
    own = [
        Blank(name, row.words, f"{row.least:g} to {row.most:g}", value=f"{row.default:g}") for name, row in rows.items()
    ]
    return [*own, *OWN]


class FaultList(OptionList):
    """All kinds of faults; Enter switches one, ``e`` asks for its numbers."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "edit", show=False)]

    class Edited(Message):
        """The numbers of a fault are to be asked for."""

        def __init__(self, kind: str) -> None:
            super().__init__()
            self.kind = kind

    def __init__(self, language: Language) -> None:
        super().__init__(*(Option(kind, id=kind) for kind in FAULTS), id="line-faults", markup=False)
        self._language = language
        self._shown: tuple[Fault, ...] | None = None
        self.border_title = FAULTS_OF_LINE.said(language)

    def show(self, active: Sequence[Fault]) -> None:
        """Show which are on."""
        if self._shown == (on := tuple(active)):
            return
        self._shown = on
        told = {fault.kind: fault for fault in on}
        for kind, row in FAULTS.items():
            fault = told.get(kind)
            name = Words(kind, row.words.zh) if fault is None else fault_told(fault)
            text = Text("■ " if fault else "□ ", "bold yellow" if fault else "dim")
            text.append(name.said(self._language), "bold" if fault else "")
            if self._language is Language.CHINESE:
                text.append(f"  {kind}", "dim")
            self.replace_option_prompt(kind, text)

    def action_edit(self) -> None:
        """Ask for the numbers of the one that is selected."""
        if self.highlighted is not None:
            self.post_message(self.Edited(self.get_option_at_index(self.highlighted).id or ""))
