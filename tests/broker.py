"""A real MQTT broker for tests: Mosquitto on a free port of this machine, plain or behind TLS."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["HOST", "Mosquitto", "mosquitto"]

HOST = "127.0.0.1"
PATIENCE = 20
"""Seconds that the broker may take to listen on a busy machine."""
CONFIG = """\
listener {port} {host}
allow_anonymous true
persistence false
set_tcp_nodelay true
"""
TLS = """\
certfile {folder}/broker.pem
keyfile {folder}/broker.key
"""


@dataclass(frozen=True, slots=True)
class Mosquitto:
    """A broker that listens; ``ca`` is the certificate that its own is held to, where it has one."""

    host: str
    port: int
    ca: Path | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'mqtts' if self.ca else 'mqtt'}://{self.host}:{self.port}"


@contextmanager
def mosquitto(*, tls: bool = False, port: int | None = None, more: str = "") -> Iterator[Mosquitto]:
    """Run a broker on a free port, or on this one again; with ``tls`` it has a certificate made for it.

    ``more`` are lines for its configuration.
    """
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program is not None, "mosquitto is not installed: run tools/system-packages"
    chosen = _free_port() if port is None else port
    with tempfile.TemporaryDirectory(prefix="broker-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # started by root the broker goes on as a user of its own
        ca = _make_certificate(folder) if tls else None
        text = CONFIG.format(port=chosen, host=HOST) + (TLS.format(folder=folder) if tls else "") + more
        (folder / "mosquitto.conf").write_text(text, "utf-8")
        with (
            (folder / "mosquitto.log").open("w+b") as log,
            subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stdout=log, stderr=log) as process,
        ):
            try:
                _wait(process, chosen, folder / "mosquitto.log")
                yield Mosquitto(HOST, chosen, ca)
            finally:
                process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Return when the broker takes connections."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            assert process.poll() is None, f"mosquitto ended: {log.read_text('utf-8', 'replace')}"
            assert time.monotonic() < until, f"mosquitto does not listen on {port}"
            os.sched_yield()
        else:
            return


def _make_certificate(folder: Path) -> Path:
    """Make a certificate that speaks for itself, good for a day; gives where it is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)  # noqa: TID251  # certificates are held to the wall clock
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "broker.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "broker.key").write_bytes(secret)
    (folder / "broker.key").chmod(0o644)
    return path
