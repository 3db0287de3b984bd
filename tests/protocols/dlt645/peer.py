"""The client and the server of the PyPI package dlt645, without sockets: frames go in and come out as bytes."""

from functools import cache
from typing import Any

from dlt645.model.data.define import DIMap
from dlt645.protocol.protocol import DLT645Protocol
from dlt645.service.clientsvc.client_service import MeterClientService
from dlt645.service.serversvc.server_service import MeterServerService

__all__ = ["ITEMS", "Line", "answered", "client", "parsed", "server"]

ITEMS: dict[int, Any] = DIMap
"""Their table: for each identifier one item, or a list of the fields of a record."""


class Line:
    """What their client takes for its connection: keeps what is sent, answers with what it is given."""

    def __init__(self) -> None:
        self.sent = b""
        self.reply: bytes | None = None

    def _ensure_connection(self) -> bool:
        return True

    def send_request(self, frame: bytes) -> bytes | None:
        self.sent = bytes(frame)
        return self.reply

    def send_only(self, frame: bytes) -> bool:
        self.sent = bytes(frame)
        return True


@cache
def _client() -> Any:
    return MeterClientService(Line())


@cache
def _server() -> Any:
    return MeterServerService(None)


def client(address: bytes = bytes(6)) -> tuple[Any, Line]:
    """Their client with its line, set to an address as it lies on the wire."""
    theirs, line = _client(), Line()
    theirs.client, theirs.address = line, bytearray(address)
    return theirs, line


def server(address: bytes = bytes(6)) -> Any:
    """Their server, set to an address as it lies on the wire."""
    theirs = _server()
    theirs.address = bytearray(address)
    return theirs


def parsed(raw: bytes) -> Any:
    """Their frame of some bytes."""
    return DLT645Protocol.deserialize(raw)


def answered(theirs: Any, request: bytes) -> bytes | None:
    """What their server answers to a request."""
    reply = theirs.handle_request(parsed(request))
    return None if reply is None else bytes(reply)
