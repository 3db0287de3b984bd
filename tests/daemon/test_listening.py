"""Where devices dial in: plain, and over TLS with certificates of an authority's own."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from clock import RealClock
from drivers.link import Device, DeviceKind, LinkLimits, Links
from headend.config import ConfigError, Listener
from headend.daemon.listening import open_ports, tls_context
from tests.certificates import HOST, Authority, Signed

DTU = "dtu:SHOPS-01"
REGISTRATION = b"REG:SHOPS-01\r\n"
PATIENCE = timedelta(seconds=20)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that signs what this test needs."""
    return Authority(tmp_path)


def over_tls(authority: Authority, *, clients: bool) -> Listener:
    """A listener with a certificate, which asks for those of its clients if need be."""
    ours = authority.sign("headend")
    taken = authority.certificate if clients else None
    return Listener(host=HOST, port=0, tls_certificate=ours.certificate, tls_key=ours.key, tls_clients=taken)


def device_of(authority: Authority, signed: Signed | None = None) -> ssl.SSLContext:
    """What a device speaks TLS with, which trusts the authority."""
    context = ssl.create_default_context(cafile=authority.certificate)
    if signed is not None:
        context.load_cert_chain(signed.certificate, signed.key)
    return context


def listening(story: Callable[[Links, list[str]], Awaitable[None]], *listeners: Listener) -> None:
    """Run a story with these ports open, on the real clock."""

    async def main() -> None:
        links = Links(RealClock(), LinkLimits(), observe=lambda _event: None)
        links.admit({DTU: Device(DeviceKind.DTU)})
        try:
            await story(links, await open_ports(links, listeners))
        finally:
            await links.close()

    uvloop.run(main())


async def heard_after_registering(address: str, tls: ssl.SSLContext) -> bytes:
    """Dial in, send a registration packet, and wait for a byte."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=tls)
    writer.write(REGISTRATION)
    return await reader.readexactly(1)


async def register(address: str, tls: ssl.SSLContext | None) -> asyncio.StreamWriter:
    """Dial in and send a registration packet."""
    host, _, port = address.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=tls)
    writer.write(REGISTRATION)
    return writer


def test_a_device_logs_in_over_tls(authority: Authority) -> None:
    """What it sends over TLS is heard like what another sends in the clear."""

    async def story(links: Links, ports: list[str]) -> None:
        writer = await register(ports[0], device_of(authority, authority.sign("device")))
        assert await links.wait_up(DTU, RealClock().now() + PATIENCE)
        writer.close()

    listening(story, over_tls(authority, clients=True))


def test_each_port_lets_devices_in(authority: Authority) -> None:
    """Plain and TLS ports stand side by side, and a device may come by either."""

    async def story(links: Links, ports: list[str]) -> None:
        for address, tls in zip(ports, (None, device_of(authority)), strict=True):
            writer = await register(address, tls)
            assert await links.wait_up(DTU, RealClock().now() + PATIENCE)
            assert links.drop(DTU)
            writer.close()

    listening(story, Listener(host=HOST, port=0), over_tls(authority, clients=False))


@pytest.mark.parametrize("known", [True, False])
def test_a_stranger_without_a_certificate_gets_no_word_in(authority: Authority, tmp_path: Path, known: bool) -> None:
    """Where certificates of devices are asked for, one without, or of another authority, is sent away."""
    (tmp_path / "other").mkdir()
    signed = None if known else Authority(tmp_path / "other").sign("device")

    async def story(links: Links, ports: list[str]) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
            await heard_after_registering(ports[0], device_of(authority, signed))
        assert not links.is_up(DTU)

    listening(story, over_tls(authority, clients=True))


def test_a_port_that_is_taken_is_named() -> None:
    """The daemon does not start, and says which listener is to be mended."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]

        async def story(_links: Links, _ports: list[str]) -> None:
            pytest.fail("the port was had")

        with pytest.raises(ConfigError, match=rf"listen at {HOST}:{port}: .*mend \[\[listen\]\]"):
            listening(story, Listener(host=HOST, port=port))


def test_files_that_are_no_certificates_are_named(tmp_path: Path, authority: Authority) -> None:
    """A file that is missing, or holds something else, is told by its name."""
    ours = authority.sign("headend")
    empty = tmp_path / "empty.pem"
    empty.write_text("", "utf-8")
    for certificate, key in ((tmp_path / "none.crt", ours.key), (empty, ours.key), (ours.certificate, empty)):
        listener = Listener(host=HOST, port=0, tls_certificate=certificate, tls_key=key)
        with pytest.raises(ConfigError, match=f"{certificate}, {key}"):
            tls_context(listener)
