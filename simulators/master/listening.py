"""Listening to a line (监听) without a word of one's own: what goes by is cut into frames as it comes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from clock import Clock
from protocols.inspect import Cutter, Piece
from simulators.master.reach import Way
from simulators.master.wires import Wire, at_wire

__all__ = ["listen"]

QUIET = timedelta(seconds=1)
"""A pause after which what has begun is no frame, or the line is at its end: meters pause half a second at most."""


async def listen(clock: Clock, way: Way, tell: Callable[[Piece], None], span: timedelta | None = None) -> None:
    """Tell every piece that goes by, until the line ends or the time is over.

    Raises:
        BenchError: the line cannot be reached.

    """
    async with at_wire(clock, way, overhears=True) as wire:
        await _hear(clock, wire, tell, None if span is None else clock.now() + span)


async def _hear(clock: Clock, wire: Wire, tell: Callable[[Piece], None], end: datetime | None) -> None:
    cutter = Cutter()
    while not wire.is_over and (end is None or clock.now() < end):
        quiet = clock.now() + QUIET
        await clock.wait_nudge(wire.nudge, quiet if end is None else min(quiet, end))
        data = wire.take()
        for piece in cutter.take(data) if data else cutter.end():
            tell(piece)
    for piece in [*cutter.take(wire.take()), *cutter.end()]:
        tell(piece)
