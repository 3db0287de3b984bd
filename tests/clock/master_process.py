"""The master as a process of its own, whose time is moved from outside; prints what it has heard.

`master_process.py SOCKET PORT asyncio|uvloop`; without a port it only keeps time and says when each hour is.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from clock import Follower, SteppedClock
from tests.clock.village import START, Master


def say(line: str) -> None:
    """Print at once, so that a killed process has said it."""
    print(line, flush=True)  # noqa: T201  # the test reads this process's output


async def follow(path: Path, port: int) -> None:
    """Ask all meters, then keep time until the conductor goes."""
    clock = SteppedClock(START)
    async with Follower(clock, path, "master") as follower:
        await Master(clock, port, say).ask_all()
        await clock.wait(follower.ended)


if __name__ == "__main__":
    LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    with asyncio.Runner(loop_factory=LOOPS[sys.argv[3]]) as runner:
        runner.run(follow(Path(sys.argv[1]), int(sys.argv[2])))
