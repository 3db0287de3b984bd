"""From a stream of bytes to frames, whatever the pieces they arrive in, DL/T 645-2007, 5.2 and 5.3.

No byte value ends a frame: 16H may stand in an address, the data and the checksum. Only the length byte
tells. After a fault one byte is dropped and the search starts again, so that a stray 68H, line noise or an
echo in front of an answer costs nothing but itself.
"""

from dataclasses import dataclass, field

from protocols.dlt645.wire.frame import HEAD_SIZE, START, WAKEUP, Frame, accept, fault_at, size_at

__all__ = ["Event", "FrameReceived", "Garbage", "Receiver"]

_MAX_WAKEUP = 64
"""Wake-up bytes kept in front of a frame that has not begun; a line of FEH must not fill the buffer."""

_GRAVITY = ("no_start", "second_start", "truncated", "end_byte", "checksum")
"""Reasons from noise to what was nearly a frame; of a run of garbage the gravest is told."""


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A frame with the bytes it came in (without wake-up bytes) and how many of those preceded it."""

    frame: Frame
    raw: bytes = field(repr=False)
    wakeup: int = 0


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that belong to no frame, and the reason: a word of `parse_frame`'s.

    They may be of a damaged request, so no repr shows them.
    """

    data: bytes = field(repr=False)
    reason: str


Event = FrameReceived | Garbage


class Receiver:
    """Cuts what one line delivers into frames.

    Holds at most the beginning of one frame (266 bytes) and its wake-up bytes, because everything before
    that is decided when it arrives. Each start byte is looked at once, over at most 267 bytes, whatever comes.

    However the bytes are cut, the frames are those that a search from the front finds: the first good one, then the
    first good one behind it. So noise without 68H hides nothing; noise with one can hold back what follows until
    `quiet`, and never longer.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> bytes:
        """Bytes that may yet become a frame."""
        return bytes(self._buffer)

    @property
    def pending_count(self) -> int:
        """How many bytes that are."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes off the line; returns what they complete, in order. Never raises."""
        self._buffer += data
        return self._cut(quiet=False)

    def quiet(self) -> list[Event]:
        """Take note that the line has been silent for longer than the gap within a frame (Tb, 500 ms).

        An unfinished frame is given up; frames inside its bytes are found. Nothing stays pending.
        """
        return self._cut(quiet=True)

    def _cut(self, *, quiet: bool) -> list[Event]:
        events: list[Event] = []
        buffer = bytes(self._buffer)
        run, at, reason = 0, 0, _GRAVITY[0]  # garbage is what lies between run and at
        while True:
            at, start = _next_start(buffer, at)
            if at == len(buffer):
                break
            raw = _window(buffer, start)
            frame = accept(raw)
            if frame is None:
                fault = _fault(raw)
                if fault == "truncated" and not quiet:
                    break
                at = min(start + 1, len(buffer))
                reason = max(reason, fault, key=_GRAVITY.index)
                continue
            if at > run:
                events.append(Garbage(buffer[run:at], reason))
            events.append(FrameReceived(frame, raw, start - at))
            run = at = start + len(raw)
            reason = _GRAVITY[0]
        if at > run:
            events.append(Garbage(buffer[run:at], reason))
        del self._buffer[:at]
        return events


def _next_start(buffer: bytes, at: int) -> tuple[int, int]:
    """Where the next start byte is, or the end of the buffer, and before it where its wake-up bytes begin."""
    start = buffer.find(START, at)
    if start < 0:
        start = len(buffer)
    first = start
    while first > max(at, start - _MAX_WAKEUP) and buffer[first - 1] == WAKEUP:
        first -= 1
    return first, start


def _window(buffer: bytes, start: int) -> bytes:
    """Cut out what there is of the frame that starts here, as long as it says it is."""
    head = buffer[start : start + HEAD_SIZE]
    return buffer[start : start + size_at(head)] if len(head) == HEAD_SIZE else head


def _fault(window: bytes) -> str:
    """Why the window is no frame; ``truncated`` while it may become one."""
    fault = fault_at(window) if len(window) >= HEAD_SIZE else "truncated"
    assert fault is not None, "what has no fault is accepted"
    return fault
