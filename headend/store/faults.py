"""Faults on purpose, for the laboratory: crash or fail at a named transaction.

A point is named by what passes there: ``control.mark_sent:before`` is before the transaction begins,
``control.mark_sent:after`` right after its commit. So each new transaction is a crash point without a line of its own.
"""

import os
import signal
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Crash points: name → at which passage (1 is the first) the process kills itself."""

    crashes: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """Read ``control.mark_sent:after=1,settle.post:before=3``."""
        crashes = {}
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, _, count = part.partition("=")
            crashes[name] = int(count or 1)
        return cls(crashes)

    def pass_by(self, name: str) -> None:
        """Count a passage; kill the process (SIGKILL, as a power cut would) if its turn has come."""
        if name not in self.crashes:
            return
        self.passed[name] = self.passed.get(name, 0) + 1
        if self.passed[name] == self.crashes[name]:
            os.kill(os.getpid(), signal.SIGKILL)
