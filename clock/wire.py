"""What a conductor and its followers say to each other: JSON, one object a line, over a Unix socket.

A follower says hello with its name. The conductor numbers its commands; a report answers the one whose number
it carries, and comes unasked whenever a follower has become quiet after something has happened.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clock.errors import ClockError, InstantError, RemoteProtocolError
from clock.face import utc
from clock.stepped import Report

LONGEST_LINE = 1 << 22
"""Bytes without a newline after which the other end is taken for a stranger."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first line of a follower."""

    name: str


@dataclass(frozen=True, slots=True)
class Command:
    """Set the time to `to`, and wake those who are due if `wake`.

    It is obeyed by a clock that is quiet at version `seen` and is else only answered; None, in the first
    command to a follower, is obeyed always.
    """

    number: int
    to: datetime
    wake: bool
    seen: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A report, and the last command that it answers."""

    number: int
    report: Report


Message = Hello | Command | Answer


def encode(message: Message) -> bytes:
    """Return the message as a line."""
    match message:
        case Hello(name):
            fields: dict[str, Any] = {"name": name}
        case Command(number, to, wake, seen):
            fields = {"number": number, "to": to.isoformat(), "wake": wake, "seen": seen}
        case Answer(number, report):
            fields = {
                "number": number,
                "version": report.version,
                "now": report.now.isoformat(),
                "due": None if report.due is None else report.due.isoformat(),
                "links": report.links,
            }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """Return the message of a line; raises `RemoteProtocolError` for anything else."""
    try:
        fields = json.loads(line)
        if "name" in fields:
            return Hello(str(fields["name"]))
        if "to" in fields:
            seen = fields["seen"]
            return Command(
                int(fields["number"]), _instant(fields["to"]), bool(fields["wake"]), seen if seen is None else int(seen)
            )
        due = None if fields["due"] is None else _instant(fields["due"])
        links = {str(key): tuple((int(o), int(i)) for o, i in ends) for key, ends in fields["links"].items()}
        return Answer(int(fields["number"]), Report(int(fields["version"]), _instant(fields["now"]), due, links))
    except (ValueError, TypeError, KeyError, AttributeError, InstantError) as error:
        raise RemoteProtocolError(f"not a line of the conductor's protocol: {line[:200]!r}") from error


def _instant(text: str) -> datetime:
    return utc(datetime.fromisoformat(text))


class Lines(asyncio.Protocol):
    """One end of the socket: hands on each message that comes, and the end, with the error that caused it if any."""

    def __init__(
        self, came: Callable[["Lines", Message], None], ended: Callable[["Lines", Exception | None], None]
    ) -> None:
        self.over = asyncio.Event()
        """Set when the connection has ended."""
        self._came = came
        self._ended = ended
        self._rest = b""
        self._odd: ClockError | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # stream protocols are given a Transport

    def data_received(self, data: bytes) -> None:
        """Hand on the messages of the lines that are complete; one that can't be obeyed ends the connection."""
        try:
            for line in self._split(data):
                self._came(self, decode(line))
        except ClockError as odd:
            self._odd = odd
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on the end."""
        self._transport = None
        self.over.set()
        self._ended(self, self._odd or exc)

    def send(self, message: Message) -> None:
        """Send a message; after the end it goes nowhere."""
        if self._transport is not None:
            self._transport.write(encode(message))

    def _split(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise RemoteProtocolError(f"{len(self._rest)} bytes without a newline")
        return lines

    def close(self) -> None:
        """End the connection; what was sent before still arrives."""
        if self._transport is not None:
            self._transport.close()
