"""What strangers and broken devices send: each has its event in the log, and nobody else suffers."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocols.dlt698 import (
    LINK_REQUEST,
    Address,
    DateTime,
    LinkFrame,
    LinkKind,
    LinkRequest,
    Piid,
    build_apdu,
    build_link,
)
from tests.acceptance.service import Service

KNOWN, UNKNOWN = "000000000001", "000000009999"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A daemon that knows one concentrator."""
    with Service(tmp_path) as service:
        service.load()
        yield service


def dial(service: Service) -> socket.socket:
    """Connect as a device does."""
    return socket.create_connection(("127.0.0.1", service.port), timeout=20)


def login(address: str, kind: LinkKind = LinkKind.LOGIN) -> bytes:
    """Build a login."""
    now = DateTime.of(datetime.now(UTC))  # noqa: TID251 - a device's own clock
    apdu = build_apdu(LinkRequest(Piid(0), kind, 60, now))
    return build_link(LinkFrame(LINK_REQUEST, Address.single(address), 0, apdu))


def is_served(service: Service, device: socket.socket) -> None:
    """Hold that a device that is logged in still gets its heartbeats answered."""
    device.sendall(login(KNOWN, LinkKind.HEARTBEAT))
    assert device.recv(4096)


@pytest.fixture
def neighbour(service: Service) -> Iterator[socket.socket]:
    """A concentrator that does everything right."""
    with dial(service) as device:
        device.sendall(login(KNOWN))
        assert device.recv(4096)
        service.until_logged("link.up")
        yield device


def test_a_garbage_stream_is_told_and_closed(service: Service, neighbour: socket.socket) -> None:
    """A stranger that sends noise is sent away; the neighbour is served."""
    with dial(service) as noise:
        noise.sendall(bytes(range(256)) * 40)
        assert noise.recv(4096) == b""
    assert service.until_logged("link.stranger_closed")
    is_served(service, neighbour)


def test_a_half_frame_is_told(service: Service, neighbour: socket.socket) -> None:
    """A device that hangs up in the middle of its login is told of, with how much had come."""
    with dial(service) as half:
        half.sendall(login(KNOWN)[:20])
    assert service.until_logged("link.stranger_closed")[0]["received"] == len(login(KNOWN)[:20])
    is_served(service, neighbour)


def test_an_unknown_concentrator_is_refused(service: Service, neighbour: socket.socket) -> None:
    """A concentrator that the archive does not know is answered “illegal device” and named in the log."""
    with dial(service) as stranger:
        stranger.sendall(login(UNKNOWN))
        assert stranger.recv(4096)
        assert stranger.recv(4096) == b""
    assert service.until_logged("link.unknown_device")[0]["link"] == f"698:{UNKNOWN}"
    is_served(service, neighbour)


def test_a_second_login_replaces_the_first(service: Service, neighbour: socket.socket) -> None:
    """The same address from another connection is answered there, and the old connection is closed."""
    with dial(service) as again:
        again.sendall(login(KNOWN))
        assert again.recv(4096)
        assert neighbour.recv(4096) == b""
        assert service.until_logged("link.replaced")
        is_served(service, again)


def test_requests_that_are_none_are_answered(service: Service) -> None:
    """The API names what is wrong with a line and goes on with the next."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(service.root / "api.sock"))
        lines = client.makefile("rb")
        for line, code in ((b"nonsense\n", b"bad_request"), (b'{"id":2,"call":"fly"}\n', b"unknown_act")):
            client.sendall(line)
            assert code in lines.readline()
        client.sendall(b'{"id":3,"call":"status"}\n')
        assert b'"ok": true' in lines.readline()
