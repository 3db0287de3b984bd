"""A serial line without hardware: a pseudo-terminal whose other end any program opens as a serial port."""

import asyncio
import os
import select
import tty
from contextlib import suppress
from typing import Any

from clock import Clock, Waiter
from simulators.connection import Connection
from simulators.ports.port import Port, Serve
from simulators.ports.wire import serve_wire

__all__ = ["Pty"]

CHUNK = 4096
LOOK_AGAIN_S = 0.005
"""The system does not tell when somebody opens the other end; it has to be asked, so often in real time."""


class Pty(Port):
    """A pseudo-terminal; ``device`` is what others open, when it is open itself.

    Programs may come and go. On a stepped clock its bytes are counted under the name of ``device`` while one is there.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__("at a serial port")
        self._clock = clock
        self._master: int | None = None
        self.device = ""

    async def open(self) -> None:
        """Make the pseudo-terminal: raw, so that no byte means anything to it."""
        if self._master is not None:
            return
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(slave)
        os.close(slave)  # from now on the system tells whether somebody else has it open
        self.where = f"at serial port {self.device}"
        self.option = f"--serial {self.device}:2400:N"

    async def run(self, serve: Serve) -> None:
        """Serve whoever opens the other end."""
        await self.open()
        assert self._master is not None, "an open pseudo-terminal has a descriptor"
        master = self._master
        try:
            while True:
                await self._plugged_in(master)
                wire = Connection(self._clock, device=self.device)
                transport = _PtyTransport(asyncio.get_running_loop(), master, wire)
                try:
                    await serve_wire(self._clock, wire, serve, name=self.device)
                finally:
                    transport.close()
        finally:
            self._master = None
            os.close(master)

    async def _plugged_in(self, master: int) -> None:
        """Wait until somebody has the other end open."""
        loop = asyncio.get_running_loop()
        there: Waiter[None] = self._clock.future()

        timer: asyncio.Handle

        def look() -> None:
            nonlocal timer
            if _is_open(master):
                there.set_result(None)
            else:
                timer = loop.call_later(LOOK_AGAIN_S, look)

        timer = loop.call_soon(look)
        try:
            await self._clock.wait(there)
        finally:
            timer.cancel()


def _is_open(master: int) -> bool:
    """Whether the other end is open anywhere."""
    poll = select.poll()
    poll.register(master, 0)
    return not poll.poll(0)


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
        try:
            data = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:  # the other end has been closed
            self.close()
            self._protocol.connection_lost(error)
            return
        self._protocol.data_received(data)

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._waiting and not self._closing:
                del self._waiting[: os.write(self._fd, self._waiting)]
        if self._waiting and not self._closing:
            self._loop.add_writer(self._fd, self._flush)
        else:
            self._loop.remove_writer(self._fd)
