"""The device's end of a road, which says what a test tells it to: over TCP, with or without TLS, and over a pty."""

import asyncio
import os
import ssl
import tty
from abc import ABC, abstractmethod
from pathlib import Path

from clock import Clock, LinkEnd, Queue, Waiter, serial_key
from tests.drivers.peers import Peer

CHUNK = 4096


class Pipe(ABC):
    """One connection as the device has it: what comes is in the inbox, `gone` is settled when it is over."""

    clock: Clock
    inbox: Queue[bytes]
    gone: Waiter[None]

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Send bytes as one piece."""

    @abstractmethod
    def cut(self) -> None:
        """Be away all of a sudden."""

    async def hung_up(self) -> None:
        """Wait until the device sees that the other side has left."""
        await self.clock.wait(self.gone)

    async def expect(self, data: bytes) -> None:
        """Take what comes next, in as many pieces as it takes; it must be these bytes."""
        came = b""
        while len(came) < len(data):
            came += await self.inbox.get()
        assert came == data


class TcpPipe(Pipe):
    """A TCP connection, dialled or accepted."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self.clock = peer.clock
        self.inbox = peer.inbox
        self.gone = peer.gone

    @classmethod
    async def dial(cls, clock: Clock, address: tuple[str, int], tls: ssl.SSLContext | None = None) -> "TcpPipe":
        """Dial somebody who listens."""
        loop = asyncio.get_running_loop()
        _, peer = await loop.create_connection(lambda: Peer(clock), *address, ssl=tls)
        return cls(peer)

    def send(self, data: bytes) -> None:
        """See `Pipe.send`."""
        self._peer.send(data)

    def cut(self) -> None:
        """See `Pipe.cut`."""
        self._peer.close()


class PtyPipe(Pipe):
    """A pseudo-terminal that appears at a path, as an adapter appears when it is plugged in.

    Nobody tells the device when its line is opened, so `reached` has to be called then.
    """

    def __init__(self, clock: Clock, path: Path) -> None:
        self.inbox = Queue(clock)
        self.gone = clock.future()
        self.clock = clock
        self._path = path
        self._end: LinkEnd
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(self._slave))

    def reached(self) -> None:
        """Begin to count and to read; from here on the other side's closing is seen, as we have it open no more."""
        self._end = self.clock.link(serial_key(str(self._path)))
        os.close(self._slave)
        asyncio.get_running_loop().add_reader(self._master, self._read)

    def send(self, data: bytes) -> None:
        """See `Pipe.send`."""
        self._end.sent(len(data))
        os.write(self._master, data)

    def cut(self) -> None:
        """See `Pipe.cut`."""
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        self._path.unlink(missing_ok=True)
        self._end.lost()
        self.gone.set_result(None)

    def _read(self) -> None:
        try:
            data = os.read(self._master, CHUNK)
        except BlockingIOError:
            return
        except OSError:  # nobody has the other end open any more
            self.cut()
            return
        self.inbox.try_put(data)
        self._end.received(len(data))
