"""Telling DL/T 645 from DL/T 698.45 by the bytes alone, broken frames included.

Both begin with 68H and end with 16H. A frame of 645 has its second 68H at the eighth byte, which a 698
address may hold too, and a 698 header has a check sum of its own, which settles it.
"""

from enum import StrEnum

from protocols.dlt645.wire.frame import HEAD_SIZE, count_wakeup, parse_first, size_at
from protocols.dlt698.wire.link import FRAME_OVERHEAD, MAX_LENGTH, frame_size
from protocols.dlt698.wire.link import Function as Function698
from protocols.errors import ProtocolError

_START = 0x68
_END = 0x16
_SECOND_START_645 = 7
_CONTROL_698 = 3
_FUNCTION_BITS_698 = 0x07


class Dialect(StrEnum):
    """The two protocols spoken by meters and concentrators."""

    DLT645 = "dlt645"
    DLT698 = "dlt698"


def recognise(raw: bytes) -> Dialect | None:
    """Tell the dialect of the frame at the start of ``raw``, wake-up bytes allowed.

    A frame in order is known by its check sums; a broken one goes to the dialect whose marks it bears more
    of. None where it bears none of either.
    """
    bare = raw[count_wakeup(raw) :]
    if _is_frame_645(bare):
        return Dialect.DLT645
    if _is_header_698(bare):
        return Dialect.DLT698
    marks_645, marks_698 = _marks_645(bare), _marks_698(bare)
    if marks_698 > marks_645:
        return Dialect.DLT698
    return Dialect.DLT645 if marks_645 or bare[:1] == bytes([_START]) else None


def _is_frame_645(bare: bytes) -> bool:
    try:
        parse_first(bare)
    except ProtocolError:
        return False
    return True


def _is_header_698(bare: bytes) -> bool:
    try:
        frame_size(bare)
    except ProtocolError:
        return False
    return True


def _marks_645(bare: bytes) -> int:
    """Count what makes broken bytes look like a frame of 645: second start, length, end."""
    if len(bare) <= _SECOND_START_645:
        return 0
    fits = len(bare) >= HEAD_SIZE and size_at(bare) == len(bare)
    return 2 * (bare[_SECOND_START_645] == _START) + fits + (bare[-1] == _END)


def _marks_698(bare: bytes) -> int:
    """Count what makes broken bytes look like a frame of 698: length, function code, end."""
    if len(bare) <= _CONTROL_698:
        return 0
    length = int.from_bytes(bare[1:3], "little")
    fits = (length & MAX_LENGTH) + FRAME_OVERHEAD == len(bare)
    function = bare[_CONTROL_698] & _FUNCTION_BITS_698
    plausible = length <= MAX_LENGTH and function in set(Function698)
    return 2 * fits + plausible + (bare[-1] == _END)
