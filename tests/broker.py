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
from pathlib import Path

from tests.certificates import HOST, Authority

__all__ = ["HOST", "Mosquitto", "mosquitto"]

PATIENCE = 20
"""Seconds that the broker may take to listen on a busy machine."""
CONFIG = """\
listener {port} {host}
allow_anonymous true
persistence false
set_tcp_nodelay true
"""
TLS = """\
certfile {folder}/broker.crt
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
        ca = _certify(folder) if tls else None
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


def _certify(folder: Path) -> Path:
    """Sign the broker's certificate; gives the authority's, by which it is trusted."""
    authority = Authority(folder)
    authority.sign("broker").key.chmod(0o644)
    return authority.certificate
