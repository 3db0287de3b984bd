"""The panel itself: a bench that runs at its port while its meter is looked at and acted on."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.containers import Horizontal, ItemGrid, Vertical
from textual.message import Message
from textual.widgets import Button, OptionList, Static

from clock import Task
from protocols.dissection import Language, Words
from protocols.dlt645.items.profile import STANDARD, Profile
from simulators.bench import Bench, FrameSeen
from simulators.errors import ActError, PortError
from simulators.faults import FAULTS
from simulators.localtime import local
from simulators.meter import ACTS, Meter
from simulators.ports import Port
from simulators.tui.acts import QUICK, Palette, Quick
from simulators.tui.face import Face, Turning
from simulators.tui.faultlist import FaultList, blanks_of
from simulators.tui.form import Blank, Form
from simulators.tui.state import facts
from simulators.tui.traffic import Traffic
from simulators.tui.words import ALL_ACTS, EDIT, IS_OFF, IS_ON, NEXT_METER, NO_LONGER_SERVED, QUIT

__all__ = ["Panel"]

TICK_S = 0.25
RETRY_S = 5
FAULT_KEY = "f"
OFF = "off"
OTHER_BUTTONS = (
    (FAULT_KEY, "faults", Words("Faults", "故障")),
    ("m", "meter", NEXT_METER),
    ("x", "acts", ALL_ACTS),
    ("q", "quit", QUIT),
)


class Panel(App[None]):
    """The face of a meter on the left, frames on the right, keys and buttons below.

    ``example`` tells how the meter is read when the port is open. The bench is served as long as the panel is there; a
    port that cannot be opened is shown and tried again.
    """

    CSS_PATH = "panel.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Palette}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(quick.key, f"quick({place})", show=False) for place, quick in enumerate(QUICK)),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding(FAULT_KEY, "faults", show=False),
        Binding("escape", "frames", show=False),
        Binding("m", "meter", show=False),
        Binding("x", "command_palette", show=False),
        Binding("q", "quit", show=False, priority=False),
    ]

    class Seen(Message):
        """A frame has gone by."""

        def __init__(self, seen: FrameSeen) -> None:
            super().__init__()
            self.seen = seen

    def __init__(
        self,
        bench: Bench,
        port: Port,
        *,
        example: Callable[[], str] = str,
        language: Language = Language.ENGLISH,
        profile: Profile = STANDARD,
    ) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (38, "-tall")]
        self.bench = bench
        self.meter: Meter = bench.meter
        self.language = language
        self._clock = bench.clock
        self._port = port
        self._example = example
        self._profile = profile
        self._turning = Turning(self._clock.now())
        self._trouble = ""
        self._tasks: list[Task[None]] = []

    def said(self, words: Words) -> str:
        """Say it in the language of the panel."""
        return words.said(self.language)

    def compose(self) -> ComposeResult:
        """Lay it out; what is shown where, and how large, says the style sheet."""
        yield Static(id="head")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Face(self.language)
                yield Static(id="state")
                yield FaultList(self.language)
            alone = len(self.bench.meters) == 1
            yield Traffic(self.language, self._profile, hidden=self.meter.address if alone else "")
        yield Static(id="told")
        with ItemGrid(id="buttons", min_column_width=10):
            for place, quick in enumerate(QUICK):
                yield self._button(quick.key, quick.words, f"app.quick({place})", f"quick-{place}")
            for key, name, words in OTHER_BUTTONS:
                if name != "meter" or len(self.bench.meters) > 1:
                    action = "command_palette" if name == "acts" else name
                    yield self._button(key, words, f"app.{action}", name)

    def _button(self, key: str, words: Words, action: str, name: str) -> Button:
        label = Text.assemble((key, "bold yellow"), f" {self.said(words)}")
        button = Button(label, id=name, action=action, compact=True)
        button.styles.line_pad = 0  # a style sheet takes no 0 here
        return button

    # ---- the bench at its port

    def on_mount(self) -> None:
        """Begin to serve, and to look."""
        self.title = f"metersim meter {' '.join(self.bench.meters)}"
        self.bench.watch(self._hear)
        self._port.tell = self.tell
        self._tasks = [
            self._clock.spawn(self._serve(), name="panel, bench"),
            self._clock.spawn(self._look(), name="panel, looking"),
        ]
        for task in self._tasks:
            self.run_worker(self._clock.wait(task), name=task.get_name())
        self.query_one("#frames").focus()

    async def on_unmount(self) -> None:
        """Leave nothing open."""
        await self._clock.cancel(*self._tasks)

    def _hear(self, seen: FrameSeen) -> None:
        self.post_message(self.Seen(seen))

    async def _serve(self) -> None:
        while True:
            try:
                await self._port.open()
                self._trouble = ""
                await self.bench.run(self._port)
            except PortError as error:
                self._trouble = f"{error}: {self.said(NO_LONGER_SERVED)}"
                await self._clock.sleep(RETRY_S)

    async def _look(self) -> None:
        while True:
            self.look()
            await self._clock.sleep(TICK_S)

    def look(self) -> None:
        """Show everything as it is now."""
        if not self.is_running:  # its widgets go before it is unmounted
            return
        now, main = self._clock.now(), self.screen_stack[0]
        main.query_one(Face).show(self.meter, self._turning, now)
        main.query_one(FaultList).show(self.bench.faults.active(now))
        main.query_one("#head", Static).update(self._head())
        state = Text()
        for name, value in facts(self.meter, self.bench.faults, now):
            state.append(f"{self.said(name)} ", "dim").append(f"{self.said(value)}\n")
        state.rstrip()
        main.query_one("#state", Static).update(state)

    def _head(self) -> Text:
        moment = f"{local(self._clock.now()):%Y-%m-%d %H:%M:%S}"
        where = (self._port.where, "green")
        first = Text.assemble(("metersim ", "bold"), f"{self.meter.address} ", where, f" {moment}")
        second = Text(self._trouble, "bold red") if self._trouble else Text(f"▸ {self._example()}", "dim")
        return Text("\n").join((first, second))

    # ---- what the technician does

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say a sentence in the line above the buttons."""
        moment = f"{local(self._clock.now()):%H:%M:%S}"
        line = Text.assemble((f"{moment} ", "dim"), (text, "bold red" if wrong else ""))
        self.screen_stack[0].query_one("#told", Static).update(line)

    def do_act(self, name: str, *arguments: str) -> None:
        """Do something to the meter that is shown, and tell what came of it; raises ActError."""
        self.tell(self.bench.act(name, *arguments, f"meter={self.meter.address}", language=self.language))
        self.look()

    def tell_act(self, name: str, *arguments: str) -> None:
        """Do something to the meter; what does not fit is told."""
        try:
            self.do_act(name, *arguments)
        except ActError as error:
            self.tell(str(error), wrong=True)

    def start_act(self, name: str) -> None:
        """Do something, and ask for its arguments first if it takes any."""
        act = ACTS[name]
        if not act.arguments:
            self.tell_act(name)
            return
        blanks = [
            Blank(
                argument.name,
                argument.words,
                argument.takes,
                argument.choices,
                "" if argument.default is None else str(argument.default),
            )
            for argument in act.arguments
        ]
        title = f"{name} – {self.said(act.words)}"
        self.push_screen(Form(title, blanks, lambda told: self.do_act(name, *_written(told)), self.language))

    def edit_fault(self, kind: str) -> None:
        """Ask for the numbers of a fault, and switch it on."""
        title = f"{kind} – {self.said(EDIT)}"
        self.push_screen(Form(title, blanks_of(kind), lambda told: self._switch(kind, *_written(told)), self.language))

    def _switch(self, kind: str, *arguments: str) -> None:
        self.bench.act(kind, *arguments)
        words = FAULTS[kind].words
        state = IS_OFF if arguments == (OFF,) else IS_ON
        self.tell(f"{kind} {self.said(state)}: {self.said(words)}")
        self.look()

    @on(OptionList.OptionSelected, "#line-faults")
    def switch_fault(self, event: OptionList.OptionSelected) -> None:
        """Switch a fault on with the numbers that it has by itself, or off."""
        kind = event.option_id or ""
        is_on = any(fault.kind == kind for fault in self.bench.faults.active(self._clock.now()))
        self._switch(kind, *([OFF] if is_on else []))

    @on(FaultList.Edited)
    def edit_selected(self, event: FaultList.Edited) -> None:
        """Ask for the numbers of the fault that is selected."""
        self.edit_fault(event.kind)

    @on(Seen)
    def see(self, event: Seen) -> None:
        """Show a frame, and what it has done to the meter."""
        self.screen_stack[0].query_one(Traffic).add(event.seen)
        self.look()

    def action_quick(self, place: int) -> None:
        """Do one of the common acts."""
        quick: Quick = QUICK[place]
        if quick.told is None:
            self.start_act(quick.act)
            return
        self.tell_act(quick.act, *_written(quick.told(self.meter, self._clock.now())))

    def action_turn(self, steps: int) -> None:
        """Turn the pages by hand."""
        self._turning.turn(steps, self._clock.now())
        self.look()

    def action_faults(self) -> None:
        """Go to the faults of the line."""
        self.query_one("#left").add_class("-faults")
        self.query_one(FaultList).focus()

    def action_frames(self) -> None:
        """Go back to the frames."""
        self.query_one("#left").remove_class("-faults")
        self.query_one("#frames").focus()

    def action_meter(self) -> None:
        """Show the next meter of the line."""
        line = list(self.bench.meters.values())
        self.meter = line[(line.index(self.meter) + 1) % len(line)]
        self.look()


def _written(told: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in told.items()]
