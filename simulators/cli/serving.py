"""Running a device in real time until it is told to end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
import uvloop

from clock import RealClock
from protocols.dissection import Language
from simulators.bench import TimedAct, act_in_time, controlled
from simulators.cli.showing import View
from simulators.locales import is_chinese
from simulators.ports import Port

__all__ = ["ActsBefore", "AsJson", "Control", "FaultFile", "Frames", "Lang", "Seed", "Serving", "language_of", "run"]

FaultFile = Annotated[Path | None, typer.Option("--faults", help="A file of faults on the wire (TOML).")]
Seed = Annotated[int, typer.Option(help="Another seed: another load, other delays, another course of the faults.")]
ActsBefore = Annotated[
    list[str] | None,
    typer.Option(
        "--act",
        metavar="ACT…",
        help="Do it at the start, or later: 'power off after 30s'; repeatable. See metersim act.",
    ),
]
Control = Annotated[Path | None, typer.Option(help="Take acts at this Unix socket, see metersim act.")]
Frames = Annotated[bool, typer.Option("--frames", help="Show every frame, and what it says.")]
Lang = Annotated[
    Literal["en", "zh"] | None, typer.Option("--lang", help="Language of what people see: that of your locale.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, frames too.")]


def language_of(lang: str | None) -> Language:
    """Give the language that was asked for, or that of the locale: Chinese, or English."""
    return Language(lang or ("zh" if is_chinese() else "en"))


@dataclass(frozen=True, slots=True)
class Serving:
    """What is told when a device is there: who, where, and how it is read, ``ask`` around the option of the port.

    ``acts`` are done to it by themselves, counted from then on.
    """

    port: Port
    view: View
    who: str
    ask: tuple[str, str]
    acts: tuple[TimedAct, ...] = ()

    @property
    def example(self) -> str:
        """Tell how it is read while its port is open; nothing where it calls by itself."""
        option = self.port.option
        what, how = self.ask
        return f"metersim master read {what} {option} {how}" if option else ""

    def tell(self) -> None:
        """Say that it is there, and how it is read."""
        text = f"{self.who} {self.port.where}" + (f"; try: {self.example}" if self.example else "")
        self.view.tell(text, event="serving", where=self.port.where, example=self.example)


def run(
    serving: Serving, serve: Callable[[Port], Awaitable[None]], act: Callable[..., str], control: Path | None
) -> None:
    """Serve a device until Ctrl-C, or until it is told to end (SIGTERM); either way it leaves nothing behind."""

    async def main() -> None:
        me = asyncio.current_task()
        assert me is not None, "the runner runs this as a task"
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
        serving.port.tell = serving.view.tell
        await serving.port.open()
        async with AsyncExitStack() as stack:
            if control is not None:
                await stack.enter_async_context(controlled(act, control))
            serving.tell()
            clock = RealClock()
            acting = clock.spawn(act_in_time(clock, act, serving.acts, serving.view.tell), name="acts")
            stack.push_async_callback(clock.cancel, acting)
            await serve(serving.port)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
        runner.run(main())
