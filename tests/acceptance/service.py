"""The daemon as a service manager runs it: a process with a settings file, a notify socket and a log of JSON lines."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.rooms import archive_file

START_PATIENCE = 60.0
STOP_PATIENCE = 30.0
LOOK_EVERY = 0.05

SETTINGS = """
[paths]
database = "{root}/headend.db"
socket = "{root}/api.sock"

[[listen]]
port = {port}

[sms]
port = 9

[control]
service_key = "{key}"

[log]
format = "json"
level = "debug"
"""


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """One daemon on the real clock, ready when entered, stopped by SIGTERM when left."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.root = root
        self.port = free_port()
        self.settings = root / "headend.toml"
        self.settings.write_text(SETTINGS.format(root=root, port=self.port, key="0" * 64), "utf-8")
        self._environment = environment
        self._notes: list[str] = []
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(str(root / "notify.sock"))
        self._manager.settimeout(LOOK_EVERY)

    def __enter__(self) -> Self:
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.root / "notify.sock"), **self._environment}
        with (self.root / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headend.cli", "run", "--config", str(self.settings), "--lab"],
                stderr=log,
                env=environment,
            )
        self.until_noted("READY=1")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self._manager.close()

    def stop(self) -> int:
        """Ask it to stop as a service manager does; give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_PATIENCE)

    def until_noted(self, note: str, times: int = 1) -> list[str]:
        """Wait until the daemon has told its manager something so often; give all it told."""
        for _ in range(int(START_PATIENCE / LOOK_EVERY)):
            if self._notes.count(note) >= times:
                return self._notes
            with suppress(TimeoutError):
                self._notes += self._manager.recv(4096).decode().split()
            assert self.process.poll() is None or self._notes.count(note) >= times, self.log_text()
        raise AssertionError(f"the daemon told {self._notes}, not {note} {times} times: {self.log_text()}")

    def log_text(self) -> str:
        """Give the log as it stands."""
        return (self.root / "log").read_text("utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Give the log's events of a name."""
        lines = [line for line in self.log_text().splitlines() if line.startswith("{")]
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def until_logged(self, name: str, times: int = 1) -> list[dict[str, Any]]:
        """Wait until an event was logged so often."""
        pause = threading.Event()
        for _ in range(int(START_PATIENCE / LOOK_EVERY)):
            if len(found := self.events(name)) >= times:
                return found
            pause.wait(LOOK_EVERY)
        raise AssertionError(f"{name} was not logged {times} times: {self.log_text()}")

    def headend(self, *arguments: str, works: tuple[int, ...] = (0,)) -> str:
        """Run a command against it and give what it prints."""
        command = [sys.executable, "-m", "headend.cli", "--socket", str(self.root / "api.sock"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode in works, done.stdout + done.stderr
        return done.stdout

    def load(self, **shape: Any) -> Mapping[str, Any]:
        """Import a small archive."""
        document = archive_file(**shape)
        path = self.root / "archive.json"
        path.write_text(json.dumps(document), "utf-8")
        self.headend("archive", "import", str(path))
        return document
