"""The SMS centre (短信中心) with the phones behind it: JSON lines over TCP, receipts until they are acknowledged."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clock import Clock, DeadlineError, Task, Waiter
from simulators.connection import Connection
from simulators.seeded import between

__all__ = ["Sms", "SmsCentre"]

DELAY_MS = (2_000, 20_000)
REPEAT = timedelta(seconds=30)
LONGEST_TEXT = 500
LONGEST_LINE = 64 * 1024

Heard = Callable[["Sms"], None]


@dataclass(frozen=True, slots=True)
class Sms:
    """One message that has reached its phone, or has failed to."""

    ref: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime
    delivered: bool


class SmsCentre:
    """Takes messages, delivers them after a seeded delay, and reports each of them until the client has it.

    ``dead`` are phones at which every message fails. ``heard`` is told of each message that reaches its phone.
    """

    def __init__(self, clock: Clock, *, seed: int, dead: Collection[str] = (), heard: Heard | None = None) -> None:
        self._clock = clock
        self._seed = seed
        self._dead = frozenset(dead)
        self._heard = heard
        self._refs: dict[str, str] = {}
        self._replies = 0
        self._unreported: dict[str, Waiter[None]] = {}
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.inbox: dict[str, list[Sms]] = {}
        self.failed: list[Sms] = []

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Begin to serve; gives the address."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._clock, self._accepted), host, port)
        name, number, *_ = self._server.sockets[0].getsockname()
        return name, number

    def close(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.close()

    def reply(self, phone: str, text: str) -> Task[None]:
        """Send a customer's answer to the client, until it is acknowledged."""
        self._replies += 1
        ref = f"R{self._replies:08d}"
        line = {"op": "reply", "from": phone, "text": text, "ref": ref}
        return self._clock.spawn(self._report(ref, line), name=f"sms reply {ref}")

    def _accepted(self, connection: Connection) -> None:
        self._connections.add(connection)
        self._clock.spawn(self._serve(connection), name=f"sms client {connection.peer}")

    async def _serve(self, connection: Connection) -> None:
        rest = b""
        while (data := await connection.receive()) and len(rest) < LONGEST_LINE:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(connection, line)
        self._connections.discard(connection)
        connection.close()

    def _take(self, connection: Connection, line: bytes) -> None:
        try:
            fields = json.loads(line)
        except ValueError:
            fields = None
        match fields:
            case {"op": "submit", "id": str(number), "to": str(phone), "text": str(text)}:
                _send(connection, self._submit(number, phone, text))
            case {"op": "received", "ref": str(ref)}:
                waiter = self._unreported.pop(ref, None)
                if waiter is not None:
                    waiter.set_result(None)
            case {"id": str(number)}:
                _send(connection, {"op": "rejected", "id": number, "reason": "not understood"})

    def _submit(self, number: str, phone: str, text: str) -> dict[str, str]:
        """Take a message over, once for each id."""
        if not (phone.isascii() and phone.isdigit()) or not 1 <= len(text) <= LONGEST_TEXT:
            return {"op": "rejected", "id": number, "reason": "number or text"}
        if number not in self._refs:
            ref = self._refs[number] = f"S{len(self._refs) + 1:08d}"
            self._clock.spawn(self._deliver(number, ref, phone, text), name=f"sms {ref}")
        return {"op": "accepted", "id": number, "ref": self._refs[number]}

    async def _deliver(self, number: str, ref: str, phone: str, text: str) -> None:
        await self._clock.sleep(timedelta(milliseconds=between(*DELAY_MS, self._seed, "sms", number)))
        sms = Sms(ref, phone, text, self._clock.now(), phone not in self._dead)
        if sms.delivered:
            self.inbox.setdefault(phone, []).append(sms)
            if self._heard is not None:
                self._heard(sms)
        else:
            self.failed.append(sms)
        status = "delivered" if sms.delivered else "failed"
        line = {"op": "receipt", "ref": ref, "id": number, "status": status, "at": sms.at.isoformat()}
        await self._report(ref, line)

    async def _report(self, ref: str, line: Mapping[str, str]) -> None:
        """Send a line again and again until it is acknowledged."""
        waiter = self._unreported[ref] = self._clock.future()
        while True:
            for connection in tuple(self._connections):
                _send(connection, line)
            try:
                await self._clock.wait(waiter, self._clock.now() + REPEAT)
            except DeadlineError:
                continue
            return


def _send(connection: Connection, fields: Mapping[str, str]) -> None:
    connection.send(json.dumps(fields, ensure_ascii=False).encode() + b"\n")
