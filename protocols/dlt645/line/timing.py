"""How long things take on an asynchronous serial line, DL/T 645-2007, 5.1 and 5.3. Durations: nobody waits here."""

from datetime import timedelta
from functools import lru_cache

from protocols.errors import LocalProtocolError

__all__ = ["BYTE_GAP", "RESPONSE_DELAY", "answer_time_out", "transfer_time"]

BYTE_GAP = timedelta(milliseconds=500)
"""Longest pause within a frame (字节间停顿时间 Tb); a longer one ends the frame."""
RESPONSE_DELAY = timedelta(milliseconds=500)
"""Longest pause between the last byte of a request and the first of its answer (响应延时 Td)."""
_MARGIN = timedelta(milliseconds=100)
_BITS_PER_BYTE = 11
"""Start, eight data bits, even parity, stop."""


@lru_cache(maxsize=4096)
def transfer_time(size: int, baud: int) -> timedelta:
    """How long ``size`` bytes take at ``baud`` bits per second. Raises LocalProtocolError unless baud is positive."""
    if baud <= 0:
        raise LocalProtocolError(f"a line of {baud} baud carries nothing")
    return timedelta(seconds=size * _BITS_PER_BYTE / baud)


def answer_time_out(baud: int, sent: int, longest_answer: int) -> timedelta:
    """How long to wait for a whole answer of at most ``longest_answer`` bytes, counted from the first byte sent.

    ``sent`` counts the request with its wake-up bytes. A road with delays of its own adds them.
    """
    return RESPONSE_DELAY + transfer_time(sent + longest_answer, baud) + _MARGIN
