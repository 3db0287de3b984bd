"""The daemon's API: one JSON object a line, over a Unix socket.

``{"id": 1, "call": "pay", "args": {…}}`` is answered by ``{"id": 1, "ok": true, "result": …}`` or
``{"id": 1, "ok": false, "error": {"code": …, "message": …}}``. Who calls is the socket's peer; in a laboratory a
script may name itself with ``"as": {"user": …, "role": …}``. A connection may have many requests under way; each is
answered when it is done.
"""

import asyncio
import json
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from clock import Clock
from headend.desk import DeskError

log = structlog.get_logger(__name__)

LINE_LIMIT = 64 * 1024 * 1024
"""An archive file of a county fits into one line."""

SOCKET_MODE = 0o660

EXAMPLE = 'send one object a line, such as {"id": 1, "call": "status", "args": {}}'


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: a user of this machine, or in a laboratory the name a script gives itself."""

    uid: int
    user: str
    named: Mapping[str, str] | None = None


class BadRequestError(ValueError):
    """A line that is no request; the message shows what one looks like."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call, as it came over the socket."""

    id: Any
    peer: Peer
    call: str
    args: Mapping[str, Any]


def parse_request(line: bytes, peer: Peer, *, lab: bool) -> Request:
    """Read one line; only in a laboratory may the caller name itself. Raises :class:`BadRequestError`."""
    try:
        document = json.loads(line)
    except ValueError as error:
        raise BadRequestError(f"not JSON: {error}; {EXAMPLE}") from error
    if not isinstance(document, dict) or not isinstance(document.get("call"), str):
        raise BadRequestError(f"no call is named; {EXAMPLE}")
    args = document.get("args") or {}
    named = document.get("as")
    if not isinstance(args, dict) or not isinstance(named, dict | None):
        raise BadRequestError(f"args and as are objects; {EXAMPLE}")
    if named is not None and not lab:
        raise BadRequestError("callers name themselves in a laboratory only (--lab); leave out `as`")
    return Request(document.get("id"), replace(peer, named=named), document["call"], args)


Handler = Callable[[Peer, str, Mapping[str, Any]], Awaitable[Any]]


def peer_of(connection: socket.socket) -> Peer:
    """Ask the kernel who connected (SO_PEERCRED)."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    try:
        return Peer(uid, pwd.getpwuid(uid).pw_name)
    except KeyError:
        return Peer(uid, f"uid:{uid}")


class ApiServer:
    """Serves the desk to local clients."""

    def __init__(self, clock: Clock, path: Path, handler: Handler, *, lab: bool) -> None:
        self._clock = clock
        self._path = path
        self._handler = handler
        self._lab = lab
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen; a socket that a killed daemon left behind is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self._path), limit=LINE_LIMIT)
        os.chmod(self._path, SOCKET_MODE)  # noqa: PTH101 - a path object makes no difference here

    async def stop(self) -> None:
        """Take no more calls and close the connections."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = peer_of(writer.get_extra_info("socket"))
        self._connections.add(writer)
        try:
            while line := await reader.readline():
                self._clock.spawn(self._answer(peer, line, writer), name="api")
        except (ConnectionError, ValueError) as error:
            log.warning("api.connection_dropped", user=peer.user, reason=str(error))
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, peer: Peer, line: bytes, writer: asyncio.StreamWriter) -> None:
        request: Request | None = None
        try:
            request = parse_request(line, peer, lab=self._lab)
            result = await self._handler(request.peer, request.call, request.args)
            answer: dict[str, Any] = {"ok": True, "result": result}
        except DeskError as error:
            answer = {"ok": False, "error": {"code": error.code, "message": str(error)}}
        except BadRequestError as error:
            log.warning("api.bad_request", user=peer.user, reason=str(error))
            answer = {"ok": False, "error": {"code": "bad_request", "message": str(error)}}
        except Exception:
            log.exception("api.failed", user=peer.user, call=request.call if request else None)
            answer = {"ok": False, "error": {"code": "internal", "message": "the daemon's log tells what went wrong"}}
        if not writer.is_closing():
            answer = {"id": request.id if request else None, **answer}
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
