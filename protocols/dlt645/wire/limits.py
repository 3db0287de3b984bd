"""How much data the standard lets a frame carry, DL/T 645-2007, 5.2.5; the length byte would let it carry 255."""

from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.frame import Frame

__all__ = ["READ_LIMIT", "WRITE_LIMIT", "oversize"]

READ_LIMIT = 200
"""Bytes of data (L) in a read."""
WRITE_LIMIT = 50
"""Bytes of data (L) in a write."""

_READ = ("read", READ_LIMIT)
_WRITE = ("write", WRITE_LIMIT)
_LIMITS: dict[int, tuple[str, int]] = {
    Function.READ: _READ,
    Function.READ_NEXT: _READ,
    Function.READ_1997: _READ,
    Function.READ_NEXT_1997: _READ,
    Function.WRITE: _WRITE,
    Function.WRITE_1997: _WRITE,
}


def oversize(frame: Frame) -> str | None:
    """Say by how much a frame exceeds the standard's limit, None where it does not.

    A warning and no fault: step tables of fee-control meters are written with 80 bytes and more, and what a meter
    sends is taken whatever its length.
    """
    kind, limit = _LIMITS.get(frame.control.function, ("", frame.size))
    length = len(frame.data)
    return f"{length} bytes of data, the standard allows {limit} in a {kind}" if length > limit else None
