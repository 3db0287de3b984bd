"""A connection over a transport of the event loop, TCP with or without TLS or a serial port: every byte is counted."""

import asyncio
import socket

from clock import Clock, LinkEnd, Waiter, link_key
from drivers.link.connection import Begin, Connection

_MOST_UNREAD = 64 * 1024  # bytes that a peer may leave unread before it counts as gone
_MOST_UNSENT = 4 * 1024  # the same on a serial line, whose driver keeps as many again


class StreamConnection(Connection, asyncio.Protocol):
    """Reads and writes the bytes of one transport."""

    def __init__(self, clock: Clock, begin: Begin, ended: Waiter[None] | None = None) -> None:
        super().__init__(clock, begin, ended)
        self._transport: asyncio.Transport
        self._end: LinkEnd
        self._most = _MOST_UNREAD
        self._serial = self._slow = False
        self._over = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to count, and begin the dialogue."""
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._end = self._clock.link(link_key(transport))
        port = transport.get_extra_info("serial")
        if port is not None:
            self._serial = self._slow = True
            self._most = _MOST_UNSENT
            self.host = self.peer = port.port
        else:
            self._slow = transport.get_extra_info("sslcontext") is not None
            # The kernel would keep megabytes for a peer that does not read; a request is never longer than this.
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNREAD)
            self.host, number, *_ = transport.get_extra_info("peername")
            self.peer = f"{self.host}:{number}"
        self._opened()

    def data_received(self, data: bytes) -> None:
        """Hand bytes on; they count as received when all that they concern has been woken."""
        try:
            self._heard(data)
        finally:
            self._end.received(len(data))

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell everybody concerned."""
        self._lost()
        self._over.set()

    def send(self, data: bytes) -> None:
        """See `Connection.send`; a peer that leaves too much unread is gone."""
        if self._open and not self._transport.is_closing():
            self._end.sent(len(data))
            self._transport.write(data)
            if self._transport.get_write_buffer_size() > self._most:
                self._leave()
                self._transport.abort()

    def close(self) -> None:
        """See `Connection.close`; what a serial line has not taken yet is not waited for."""
        self._leave()
        if self._serial and self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    def _leave(self) -> None:
        """End the counting, and hold time until the end is told: threads make that of a serial port, TLS the peer."""
        if self._open and self._slow:
            self._clock.spawn(self._ending(), name=f"end of {self.peer}")
        self._shut()

    async def _ending(self) -> None:
        await self._over.wait()

    def _shut(self) -> None:
        if self._open:
            self._end.lost()
        super()._shut()
