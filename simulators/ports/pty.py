"""A serial line without hardware: a pseudo-terminal whose other end any program opens as a serial port."""

import asyncio
import os
import tty
from contextlib import suppress
from typing import Any

from clock import Clock
from simulators.connection import Connection
from simulators.ports.port import Port, Serve
from simulators.ports.wire import serve_wire

__all__ = ["Pty"]

CHUNK = 4096


class Pty(Port):
    """A pseudo-terminal; ``device`` is what others open, when it is open itself.

    It keeps the other end open too, so that programs may come and go. On a stepped clock its bytes are counted under
    the name of ``device``, and time stands while nobody counts at the other end.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__("at a serial port")
        self._clock = clock
        self._ends: tuple[int, int] | None = None
        self.device = ""

    async def open(self) -> None:
        """Make the pseudo-terminal: raw, so that no byte means anything to it."""
        if self._ends is not None:
            return
        master, slave = self._ends = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.device = os.ttyname(slave)
        self.where = f"at serial port {self.device}"
        self.option = f"--serial {self.device}:2400:N"

    async def run(self, serve: Serve) -> None:
        """Serve the line for ever."""
        await self.open()
        assert self._ends is not None, "an open pseudo-terminal has two ends"
        master, slave = self._ends
        wire = Connection(self._clock, device=self.device)
        transport = _PtyTransport(asyncio.get_running_loop(), master, wire)
        try:
            await serve_wire(self._clock, wire, serve, name=self.device)
        finally:
            transport.close()
            self._ends = None
            os.close(master)
            os.close(slave)


class _PtyTransport(asyncio.Transport):
    """The near end as asyncio's protocols want it: what the other end is slow to take waits here."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop = loop
        self._fd = fd
        self._protocol = protocol
        self._waiting = bytearray()
        self._closing = False
        protocol.connection_made(self)
        loop.add_reader(fd, self._read)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is nothing to be told."""
        del name
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, now or as soon as there is room."""
        self._waiting += data
        self._flush()

    def close(self) -> None:
        """Let go of the descriptor, which is another's to close."""
        if not self._closing:
            self._closing = True
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            self._protocol.data_received(os.read(self._fd, CHUNK))

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._waiting:
                del self._waiting[: os.write(self._fd, self._waiting)]
        if self._waiting:
            self._loop.add_writer(self._fd, self._flush)
        else:
            self._loop.remove_writer(self._fd)
