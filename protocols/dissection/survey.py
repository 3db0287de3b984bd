"""Where the parts of a frame lie, as far as it can be told of bytes that need not be a good one."""

from dataclasses import dataclass

from protocols.dissection.model import Fault

__all__ = ["Place", "Survey"]

Place = tuple[str, int, int]
"""Name of a part, the offset of its first byte, and of the byte behind it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The parts of a frame in their order, and the faults by offset."""

    parts: tuple[Place, ...]
    faults: tuple[Fault, ...]

    @property
    def is_cut(self) -> bool:
        """Whether bytes are missing at the end."""
        return self.has("truncated")

    def place(self, name: str, otherwise: int = 0) -> tuple[int, int]:
        """Where a part begins and ends; a missing one is empty, at ``otherwise``."""
        return next(((start, end) for part, start, end in self.parts if part == name), (otherwise, otherwise))

    def bytes_of(self, name: str, raw: bytes) -> bytes:
        """Bytes of a part in the input that was surveyed, none where it is missing."""
        start, end = self.place(name)
        return raw[start:end]

    def has(self, reason: str) -> bool:
        """Whether a fault of that reason was found."""
        return any(fault.reason == reason for fault in self.faults)
