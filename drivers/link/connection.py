"""One TCP connection: bytes in, bytes out, both counted, and one timer. What they mean is its dialogue's."""

import asyncio
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from clock import Clock, LinkEnd, Waiter, link_key


class Dialogue(Protocol):
    """What is said over a connection, and by when something must be done about it."""

    def receive(self, data: bytes) -> None:
        """Act on bytes from the peer."""

    def deadline(self) -> datetime | None:
        """When `overdue` is to be called, as far as is known now."""

    def overdue(self) -> None:
        """Act on the deadline that has come: move it, or close the connection."""

    def clear(self) -> None:
        """Prepare for the answer to a new question: what was begun before it is no part of it."""

    def ask(self, request: bytes) -> None:
        """Put a question on the wire."""

    def abandon(self) -> None:
        """Put nothing more of the question on the wire: it is answered, or its asker's time is over."""

    def ended(self) -> None:
        """Note that the connection is gone."""


Begin = Callable[["Connection"], Dialogue]
"""Opens the dialogue of a new connection."""

_MOST_UNREAD = 64 * 1024  # bytes that a peer may leave unread before it counts as gone


class Connection(asyncio.Protocol):
    """Carries a dialogue, which can be exchanged for another when it turns out who the peer is."""

    def __init__(self, clock: Clock, begin: Begin, ended: Waiter[None] | None = None) -> None:
        self.peer = ""
        self.host = ""
        self.dialogue: Dialogue
        self.gone: Waiter[None] = clock.future() if ended is None else ended
        self._clock = clock
        self._begin = begin
        self._nudge = clock.nudge()
        self._planned: datetime | None = None
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the dialogue and its timer."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        # The kernel would keep megabytes for a peer that does not read; a request is never longer than this.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_UNREAD)
        self._end: LinkEnd = self._clock.link(link_key(transport))
        self.host, port, *_ = transport.get_extra_info("peername")
        self.peer = f"{self.host}:{port}"
        self._open = True
        self.dialogue = self._begin(self)
        if self._open:
            self._clock.spawn(self._watch(), name=f"watch {self.peer}")

    def data_received(self, data: bytes) -> None:
        """Hand bytes on; they count as received when all that they concern has been woken."""
        try:
            self.dialogue.receive(data)
            self._plan()
        finally:
            self._end.received(len(data))

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell everybody concerned."""
        self._shut()
        self.dialogue.ended()
        self.gone.set_result(None)

    def clear(self) -> None:
        """Prepare for the answer to a new question."""
        self.dialogue.clear()

    def ask(self, request: bytes) -> None:
        """Put a question on the wire, as its dialogue does it."""
        self.dialogue.ask(request)
        self._plan()

    def abandon(self) -> None:
        """Put nothing more of the question on the wire."""
        self.dialogue.abandon()

    def send(self, data: bytes) -> None:
        """Put bytes on the wire; on a closed connection they are lost, as they would be a moment later."""
        if self._open and not self._transport.is_closing():
            self._end.sent(len(data))
            self._transport.write(data)
            if self._transport.get_write_buffer_size() > _MOST_UNREAD:
                self._shut()
                self._transport.abort()

    def close(self) -> None:
        """End the connection when what was sent is out."""
        self._shut()
        self._transport.close()

    def _plan(self) -> None:
        """Wake the timer if it would be late by now."""
        due = self.dialogue.deadline()
        if due is not None and (self._planned is None or due < self._planned):
            self._nudge.set()

    def _shut(self) -> None:
        if self._open:
            self._open = False
            self._end.lost()
            self._nudge.set()

    async def _watch(self) -> None:
        while self._open:
            due = self.dialogue.deadline()
            if due is not None and due <= self._clock.now():
                self.dialogue.overdue()
                continue
            self._planned = due
            await self._clock.wait_nudge(self._nudge, due)
