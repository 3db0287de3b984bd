"""Bytes under way: what was sent over a connection and not yet processed at its other end holds time."""

import asyncio
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

Count = tuple[int, int]
"""Bytes that one end of a connection has sent, and bytes that it has received and processed."""


def link_key(transport: asyncio.BaseTransport) -> str:
    """Return a name of a connection that is the same at both of its ends.

    That of a TCP connection are its two addresses, sorted; that of a serial port is its device (`serial_key`).
    """
    port = transport.get_extra_info("serial")
    if port is not None:
        return serial_key(port.port)
    ends = (transport.get_extra_info("sockname"), transport.get_extra_info("peername"))
    return " - ".join(sorted(map(_address, ends)))


def serial_key(device: str) -> str:
    """Return the name of a serial line by its device; of a pseudo-terminal both ends take that of its slave."""
    return f"serial {os.path.realpath(device)}"


def _address(address: Sequence[Any]) -> str:
    return f"{_host(address[0])}:{address[1]}"


@lru_cache(maxsize=4096)
def _host(text: str) -> str:
    """Write a host in the one way that both ends know it by; few have many connections, and to read one takes 5 µs."""
    host = ip_address(text.partition("%")[0])
    if isinstance(host, IPv6Address):
        if host.ipv4_mapped is None:
            return f"[{host}]"
        host = host.ipv4_mapped
    return str(host)


def is_level(ends: Sequence[Count]) -> bool:
    """Tell whether nothing is under way: both ends are known and each has processed what the other sent.

    A connection known at one end only is being made, or its end is under way to the other side.
    """
    return len(ends) == 2 and ends[0] == ends[1][::-1]  # noqa: PLR2004  # a connection has two ends


class LinkEnd:
    """One end of a connection, made by `Clock.link` when the connection is made.

    `sent(n)` belongs beside the write. `received(n)` belongs behind the processing of the bytes, when
    every task that they concern has been woken; bytes thrown away are processed too. `lost()` belongs
    into `connection_lost`, and beside a close or abort of one's own, so that the way of the end to the
    other side holds time. Counts after `lost()` do nothing.
    """

    __slots__ = ("_open", "_received", "_sent", "_tell", "key")

    def __init__(self, key: str, tell: Callable[["LinkEnd"], None] | None) -> None:
        self.key = key
        self._sent = 0
        self._received = 0
        self._tell = tell
        self._open = True

    @property
    def open(self) -> bool:
        """Whether `lost` was not called yet."""
        return self._open

    @property
    def count(self) -> Count:
        """Bytes sent and bytes received so far."""
        return (self._sent, self._received)

    def sent(self, n: int) -> None:
        """Count `n` bytes that are handed to the connection."""
        self._sent += n
        self._changed()

    def received(self, n: int) -> None:
        """Count `n` bytes that came and have been processed."""
        self._received += n
        self._changed()

    def lost(self) -> None:
        """End the counting: the connection is closed or lost."""
        self._open = False
        self._changed()
        self._tell = None

    def _changed(self) -> None:
        if self._tell is not None:
            self._tell(self)


class Links:
    """The ends of connections that one clock knows, and which of the connections are not level."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._tell = changed
        self._ends: dict[str, list[LinkEnd]] = {}
        self._moving: set[str] = set()
        self._untold: dict[str, None] = {}

    @property
    def moved(self) -> bool:
        """Whether anything was counted since the last `drain`."""
        return bool(self._untold)

    @property
    def moving(self) -> frozenset[str]:
        """The connections that are not level, as far as this clock sees."""
        return frozenset(self._moving)

    def open(self, key: str) -> LinkEnd:
        """Add one end of the connection `key`."""
        end = LinkEnd(key, self._changed)
        self._ends.setdefault(key, []).append(end)
        self._changed(end)
        return end

    def drain(self) -> dict[str, tuple[Count, ...]]:
        """Return the ends of each connection in which something changed since the last call; () when all are lost."""
        told = {key: self._counts(key) for key in self._untold}
        self._untold.clear()
        return told

    def _counts(self, key: str) -> tuple[Count, ...]:
        return tuple(end.count for end in self._ends.get(key, ()))

    def _changed(self, end: LinkEnd) -> None:
        if not end.open:
            ends = self._ends[end.key]
            ends.remove(end)
            if not ends:
                del self._ends[end.key]
        counts = self._counts(end.key)
        if counts and not is_level(counts):
            self._moving.add(end.key)
        else:
            self._moving.discard(end.key)
        self._untold[end.key] = None
        self._tell()
