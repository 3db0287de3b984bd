"""One connection of a simulated device, over TCP or a serial line, with every byte counted on the clock."""

import asyncio
import socket
import struct
from collections.abc import Callable

from clock import Clock, LinkEnd, Queue, link_key, serial_key

__all__ = ["Connection"]

NO_LINGER = struct.pack("ii", 1, 0)
"""With this a closed socket sends RST, and what it has not sent is lost."""


class Connection(asyncio.Protocol):
    """A connection whose bytes wait in a queue for one reading task of the clock.

    ``accepted`` is called when the connection is made; a server starts its reading task there. A serial line is counted
    under the name of its ``device``, which both ends know it by.
    """

    def __init__(
        self, clock: Clock, accepted: "Callable[[Connection], None] | None" = None, *, device: str | None = None
    ) -> None:
        self._clock = clock
        self._device = device
        self._accepted = accepted
        self._inbox: Queue[bytes] = Queue(clock)
        self._transport: asyncio.Transport | None = None
        self._end: LinkEnd | None = None
        self.peer = ""

    @classmethod
    async def dial(cls, clock: Clock, host: str, port: int) -> "Connection":
        """Connect to a listener; raises OSError when nobody listens."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(clock), host, port)
        return connection

    @property
    def open(self) -> bool:
        """Whether bytes can be sent."""
        return self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to count."""
        self._transport = transport  # type: ignore[assignment]  # a stream protocol is given a stream transport
        if self._device is None:
            self._end = self._clock.link(link_key(transport))
            host, port, *_ = transport.get_extra_info("peername")
            self.peer = f"{host}:{port}"
        else:
            self._end = self._clock.link(serial_key(self._device))
            self.peer = self._device
        if self._accepted is not None:
            self._accepted(self)

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the reading task."""
        self._inbox.try_put(data)
        if self._end is not None:
            self._end.received(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the other side has gone."""
        del exc
        self.close()

    async def receive(self) -> bytes:
        """Wait for bytes; none at all means that the connection has ended."""
        return await self._inbox.get()

    def send(self, data: bytes) -> None:
        """Send bytes; on an ended connection they go nowhere."""
        if self._transport is not None and self._end is not None:
            self._end.sent(len(data))
            self._transport.write(data)

    def close(self) -> None:
        """End the connection; the reading task is told that nothing more comes."""
        if self._transport is not None:
            self._transport.close()
        self._over()

    def reset(self) -> None:
        """Tear the connection down (RST): what was sent and is not out is lost."""
        if self._transport is not None:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self._transport.abort()
        self._over()

    def _over(self) -> None:
        if self._transport is None or self._end is None:
            return
        self._end.lost()
        self._transport = None
        self._end = None
        self._inbox.try_put(b"")
