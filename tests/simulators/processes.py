"""``metersim`` as a process of its own."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Queue

PATIENCE = 60
"""Seconds that a start may take on a busy machine."""


@dataclass(frozen=True, slots=True)
class Metersim:
    """A device that serves, and what it said first."""

    process: "subprocess.Popen[str]"
    first: str
    said: "Queue[str]"

    def line(self) -> str:
        """Wait for its next line."""
        return self.said.get(timeout=PATIENCE)

    def end(self) -> int:
        """Have it end, and give its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


@contextmanager
def metersim(*arguments: str) -> Iterator[Metersim]:
    """Run a command until the block is left."""
    command = [sys.executable, "-m", "simulators.cli", *arguments]
    said: Queue[str] = Queue()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        reader = threading.Thread(target=_read, args=(process, said))
        reader.start()
        try:
            yield Metersim(process, said.get(timeout=PATIENCE), said)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            reader.join(PATIENCE)


def _read(process: "subprocess.Popen[str]", said: "Queue[str]") -> None:
    assert process.stdout is not None, "the process writes to a pipe"
    for line in process.stdout:
        said.put(line.rstrip("\n"))
