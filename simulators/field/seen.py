"""What is seen on the wire of a simulated device by somebody who looks on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["FrameSeen", "Observer", "Way"]


class Way(StrEnum):
    """In which direction bytes go, as the device sees it."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class FrameSeen:
    """Bytes that came or left in one go; ``note`` names the faults that touched them, or is empty."""

    at: datetime
    way: Way
    raw: bytes = field(repr=False)
    note: str = ""


Observer = Callable[[FrameSeen], None]
