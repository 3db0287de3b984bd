"""Showing a meter's panel on this terminal until it is left."""

import asyncio
import signal
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import typer
import uvloop

from protocols.dissection import Language
from protocols.dlt645.items.profile import Profile
from simulators.bench import Bench, act_in_time, controlled
from simulators.cli.serving import Serving
from simulators.tui import Panel

__all__ = ["run_panel"]


def run_panel(bench: Bench, serving: Serving, language: Language, profile: Profile, control: Path | None) -> None:
    """Show it until it is left, or until it is told to end (SIGTERM); acts are taken at a socket beside it."""
    panel = Panel(bench, serving.port, example=lambda: serving.example, language=language, profile=profile)

    async def main() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, panel.exit)
        async with AsyncExitStack() as stack:
            if control is not None:
                await stack.enter_async_context(controlled(bench.act, control))
            tell = partial(panel.call_later, panel.tell)
            acting = bench.clock.spawn(act_in_time(bench.clock, bench.act, serving.acts, tell), name="acts")
            stack.push_async_callback(bench.clock.cancel, acting)
            await panel.run_async()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    if panel.return_code:
        raise typer.Exit(panel.return_code)
