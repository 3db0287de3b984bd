"""Starting the daemon as a process."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from clock import Follower, RealClock, SteppedClock
from headend.config import Settings, load
from headend.daemon.daemon import Daemon, handle_signals
from headend.daemon.garbage import spare_the_collector
from headend.daemon.log import configure
from headend.store import Faults

FOLLOWER = "daemon"

BEFORE_EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)
"""Where a stepped clock stands until its conductor tells the time."""


def run(config: Path, *, lab: bool = False, follow: Path | None = None, faults: str = "") -> None:
    """Run the daemon until SIGTERM.

    ``follow`` is the socket of a conductor that owns time, ``faults`` names points at which to crash: both are for
    laboratories. Raises :class:`~headend.config.ConfigError` for settings that can't be used.
    """
    settings = load(config, lab=lab)
    main = _followed(settings, follow, faults) if follow is not None else _real(settings, faults)
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def _real(settings: Settings, faults: str) -> None:
    clock = RealClock()
    configure(settings, clock)
    daemon = Daemon(settings, clock, faults=Faults.parse(faults))
    handle_signals(daemon)
    await daemon.run()


async def _followed(settings: Settings, conductor: Path, faults: str) -> None:
    clock = SteppedClock(BEFORE_EVERYTHING)
    async with Follower(clock, conductor, FOLLOWER):
        configure(settings, clock)
        daemon = Daemon(settings, clock, faults=Faults.parse(faults))
        handle_signals(daemon)
        await daemon.run()
