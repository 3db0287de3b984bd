"""A small form for whatever takes arguments: one line each, and what is wrong with them below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from protocols.dissection import Language, Words
from simulators.errors import ActError
from simulators.tui.words import CANCEL, DO_IT

__all__ = ["Blank", "Form"]


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing to fill in; ``takes`` says what it may be, ``choices`` are all of it where they are few."""

    name: str
    words: Words
    takes: str
    choices: tuple[str, ...] = ()
    value: str = ""


class Form(ModalScreen[None]):
    """Asks until what is filled in is taken by ``submit``, which raises ActError for what does not fit."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def __init__(
        self, title: str, blanks: Sequence[Blank], submit: Callable[[Mapping[str, str]], None], language: Language
    ) -> None:
        super().__init__()
        self._title = title
        self._blanks = blanks
        self._submit = submit
        self._language = language

    def compose(self) -> ComposeResult:
        """Put the lines below each other."""
        with Vertical(id="form") as form:
            form.border_title = self._title
            with VerticalScroll(id="blanks"):
                for blank in self._blanks:
                    with Horizontal(classes="blank"):
                        yield Label(blank.words.said(self._language))
                        yield self._field(blank)
            yield Static(id="wrong")
            with Horizontal(id="answers"):
                yield Button(DO_IT.said(self._language), id="do", variant="primary", compact=True)
                yield Button(CANCEL.said(self._language), id="cancel", compact=True)

    @staticmethod
    def _field(blank: Blank) -> Input | Select[str]:
        if blank.choices:
            choices = [(choice, choice) for choice in blank.choices]
            chosen = blank.value or blank.choices[0]
            return Select(choices, value=chosen, allow_blank=False, id=f"blank-{blank.name}", compact=True)
        return Input(blank.value, placeholder=blank.takes, id=f"blank-{blank.name}", compact=True)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Go, and do nothing."""
        self.dismiss()

    @on(Button.Pressed, "#do")
    @on(Input.Submitted)
    def do(self) -> None:
        """Hand over what is filled in; what is left empty is not given."""
        told = {blank.name: value for blank in self._blanks if (value := self._value(blank))}
        try:
            self._submit(told)
        except ActError as error:
            self.query_one("#wrong", Static).update(str(error))
        else:
            self.dismiss()

    def _value(self, blank: Blank) -> str:
        field = self.query_one(f"#blank-{blank.name}")
        value = field.value if isinstance(field, Input | Select) else ""
        return str(value).strip()
