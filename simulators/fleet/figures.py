"""What a fleet counts, and what it costs its process."""

import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

__all__ = ["Figures", "resident"]

PAGE = os.sysconf("SC_PAGE_SIZE")
KIB = 1024
MIB = 1 << 20


@dataclass(slots=True)
class Figures:
    """Counts of one process of a fleet, or of all of them."""

    devices: int = 0
    up: int = 0  # logged in now
    best: int = 0  # the most that have been logged in at a time
    logins: int = 0
    refused: int = 0  # logins that the head-end has turned down
    unanswered: int = 0  # calls that nobody took, and connections that ended before their login was answered
    lost: int = 0  # connections that ended after their login
    heartbeats: int = 0
    requests: int = 0  # of the head-end, to concentrators
    rows: int = 0  # of records in answers
    frames: int = 0  # of the head-end, to DTUs
    seconds: float | None = None  # from the first call until all were logged in
    processes: int = 1
    before: int = 0  # bytes that the processes held before the first call
    memory: int = 0  # bytes that they hold now
    cpu: float = 0.0  # seconds of their CPU time since the first call

    def noted(self, cpu_before: float) -> Self:
        """Note what the process costs by now."""
        self.memory = resident()
        self.cpu = time.process_time() - cpu_before
        return self

    @property
    def kib_each(self) -> float:
        """Memory of one device, connection and all, in KiB; without what the kernel keeps of its socket."""
        return (self.memory - self.before) / KIB / max(1, self.devices)

    @property
    def mib(self) -> float:
        """Memory of all processes, in MiB."""
        return self.memory / MIB

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        """Give the figures of all processes; all are up when the last one is."""
        parts = list(parts)
        told = [asdict(part) for part in parts]
        values: dict[str, Any] = {
            name: sum(part[name] for part in told) for name in cls.__dataclass_fields__ if name != "seconds"
        }
        spans = [part.seconds for part in parts]
        known = [span for span in spans if span is not None]
        return cls(**values, seconds=max(known) if known and len(known) == len(spans) else None)

    def plain(self) -> dict[str, Any]:
        """Give everything as it is printed for programs."""
        told = asdict(self)
        return told | {"memory_mib": round(self.mib, 1), "kib_each": round(self.kib_each, 2)}


def resident() -> int:
    """Tell how many bytes this process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE
