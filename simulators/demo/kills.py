"""When the daemon is killed: at named instants, or at instants drawn from the seed."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from clock import Clock
from simulators.demo.daemon import Daemon
from simulators.seeded import between

__all__ = ["drawn_kills", "kill_at"]

LAG_MS = 40  # real ms by which a kill may fall behind its instant, so that it hits work under way


def drawn_kills(start: datetime, until: datetime, *, every: timedelta, seed: int) -> list[datetime]:
    """Draw one instant in each stretch of ``every`` between start and end."""
    kills = []
    begin = start
    while begin + every <= until:
        offset = between(0, every // timedelta(milliseconds=1) - 1, seed, "kill", begin.isoformat())
        kills.append(begin + timedelta(milliseconds=offset))
        begin += every
    return kills


async def kill_at(clock: Clock, daemon: Daemon, kills: Iterable[datetime], *, seed: int) -> None:
    """Kill the daemon a moment of real time after each of these instants of business time."""
    for instant in sorted(kills):
        await clock.sleep_until(instant)
        lag = between(0, LAG_MS, seed, "kill lag", instant.isoformat()) / 1000
        asyncio.get_running_loop().call_later(lag, daemon.kill)
