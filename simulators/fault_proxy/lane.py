"""One direction of a connection through the proxy: from one TCP connection to another, as its stream says."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from clock import Clock
from simulators.connection import Connection
from simulators.fault_proxy.stream import Piece, Stream

__all__ = ["Lane"]


class Lane:
    """Carries bytes until its source ends, and then ends its sink when all of them are out.

    ``stream`` may be told to stall at any time. After ``forget`` nothing is carried any more.
    """

    def __init__(self, clock: Clock, source: Connection, sink: Connection, stream: Stream) -> None:
        self.stream = stream
        self._clock = clock
        self._source = source
        self._sink = sink
        self._nudge = clock.nudge()
        self._waiting: deque[Piece] = deque()
        self._ended = False
        self._told: Callable[[datetime], bool] | None = None

    def forget(self, told: Callable[[datetime], bool]) -> None:
        """Lose what is under way and what comes; the source is not told, until it sends when ``told(now)`` holds."""
        self._told = told
        self._waiting.clear()
        self._nudge.set()

    async def read(self) -> None:
        """Take what the source sends, until it ends."""
        while data := await self._source.receive():
            now = self._clock.now()
            if self._told is None:
                self._waiting.extend(self.stream.take(data, now))
                self._nudge.set()
            elif self._told(now):
                self._source.reset()
        self._ended = True
        self._nudge.set()

    async def deliver(self) -> None:
        """Let what was taken leave when it is due; what is due at one instant leaves as one."""
        while not self._ended or (self._waiting and self._sink.open):
            due = self._waiting[0].due if self._waiting else None
            if due is not None and due <= self._clock.now():
                self._sink.send(self._due_by(due))
            else:
                await self._clock.wait_nudge(self._nudge, due)
        if self._told is None:
            self._sink.close()

    def _due_by(self, instant: datetime) -> bytes:
        data = b""
        while self._waiting and self._waiting[0].due <= instant:
            data += self._waiting.popleft().data
        return data
