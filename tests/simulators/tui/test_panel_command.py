"""``metersim meter --tui`` as a process on a pseudo-terminal."""

import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import ioctl

import pytest

from tests.simulators.processes import PATIENCE

RESTORED = b"\x1b[?1049l"
"""Leaves the alternate screen."""


@dataclass
class Terminal:
    """A terminal of 80 by 24 and the process on it."""

    process: "subprocess.Popen[bytes]"
    master: int
    shown: bytes = field(default=b"")

    def until(self, text: str) -> None:
        """Read until a text has been drawn."""
        wanted = text.encode()
        while wanted not in self.shown:
            self.shown += os.read(self.master, 65536)

    def press(self, key: str) -> None:
        """Press a key."""
        os.write(self.master, key.encode())


@contextmanager
def terminal(*arguments: str) -> Iterator[Terminal]:
    """Run a command on a pseudo-terminal until the block is left."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "simulators.cli", *arguments]
    environment = os.environ | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        try:
            yield Terminal(process, master)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            os.close(master)


@pytest.mark.parametrize("by_key", [True, False])
def test_a_meter_is_shown_tripped_and_left(by_key: bool) -> None:
    """The face is drawn, a key trips, and by key or signal the terminal is given back as it was, with code 0."""
    with terminal("meter", "1001", "--tui", "--lang", "zh") as screen:
        screen.until("当前正向有功总电量")
        screen.press("t")
        screen.until("已接受")
        if by_key:
            screen.press("q")
        else:
            screen.process.send_signal(signal.SIGTERM)
        screen.until(RESTORED.decode())
        assert screen.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("option", ["--frames", "--json"])
def test_nothing_else_is_written_on_the_panel(option: str) -> None:
    """Frames as lines and the panel cannot share a terminal: the second wish is refused with what to do."""
    command = [sys.executable, "-m", "simulators.cli", "meter", "1001", "--tui", option]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 2
    assert "leave --frames and --json out" in " ".join(done.stderr.split())
