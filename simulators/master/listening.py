"""Listening to a line (监听) without a word of one's own: what goes by is cut into frames as it comes."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from clock import Clock
from drivers.dial import Reach, over_tcp
from drivers.link import Endpoint, SerialPort, Tcp
from drivers.link.serial_port import over_serial
from protocols.inspect import Cutter, Piece
from simulators.master.bench import BenchError

__all__ = ["listen"]

QUIET = timedelta(seconds=1)
"""A pause after which what has begun is no frame, or the line is at its end: meters pause half a second at most."""


class _Ear(asyncio.Protocol):
    """Keeps what comes until it is taken, and nudges."""

    def __init__(self, clock: Clock) -> None:
        self.nudge = clock.nudge()
        self.is_over = False
        self._heard = bytearray()
        self._transport: asyncio.BaseTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self.nudge.set()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.is_over = True
        self.nudge.set()

    def take(self) -> bytes:
        """Give what has come since the last time."""
        heard = bytes(self._heard)
        self._heard.clear()
        return heard

    def close(self) -> None:
        """Hear no more."""
        self._transport.close()


async def listen(
    clock: Clock, endpoint: Endpoint, tell: Callable[[Piece], None], span: timedelta | None = None
) -> None:
    """Tell every piece that goes by, until the line ends or the time is over.

    Raises:
        BenchError: the line cannot be reached.

    """
    ear = _Ear(clock)
    try:
        await _way_to(endpoint)(lambda: ear)
    except OSError as error:
        raise BenchError(f"{endpoint}: {error.strerror or error}") from None
    try:
        await _hear(clock, ear, tell, None if span is None else clock.now() + span)
    finally:
        ear.close()


async def _hear(clock: Clock, ear: _Ear, tell: Callable[[Piece], None], end: datetime | None) -> None:
    cutter = Cutter()
    while not ear.is_over and (end is None or clock.now() < end):
        quiet = clock.now() + QUIET
        await clock.wait_nudge(ear.nudge, quiet if end is None else min(quiet, end))
        data = ear.take()
        for piece in cutter.take(data) if data else cutter.end():
            tell(piece)
    for piece in [*cutter.take(ear.take()), *cutter.end()]:
        tell(piece)


def _way_to(endpoint: Endpoint) -> Reach[asyncio.Protocol]:
    match endpoint:
        case Tcp(host=host, port=port):
            return over_tcp(host, port)
        case SerialPort():
            return over_serial(endpoint)
        case _:
            raise BenchError(f"nobody can listen at {endpoint}: give a serial port or a serial server")
