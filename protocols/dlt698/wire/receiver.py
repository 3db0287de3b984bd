"""Frames out of a stream of bytes (接收), without any I/O or clock.

What is no frame is dropped byte by byte and told with its reason; a wrong check sum never costs more than the
one byte at which the false frame began, and 16H is never searched for. Bounded: after each call less than one
frame of the configured size is kept.
"""

from dataclasses import dataclass

from protocols.dlt698.wire.link import (
    MAX_FRAME,
    MAX_HEADER,
    START,
    LinkFrame,
    look_at_end,
    look_at_header,
    read_checked,
)


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """A frame and its bytes."""

    frame: LinkFrame
    raw: bytes


@dataclass(frozen=True, slots=True)
class Garbage:
    """Neighbouring bytes that are no frame, and what was wrong with the first of them.

    ``noise`` = no 68H; else the reason of :func:`.link.parse_link`, or ``too_long`` for the configured size,
    or ``stalled`` for a frame that was given up.
    """

    data: bytes
    reason: str

    @property
    def count(self) -> int:
        """How many bytes were dropped."""
        return len(self.data)


Received = FrameReceived | Garbage


class Receiver:
    """Turns what a line delivers into frames and garbage.

    ``limit`` is the longest frame in bytes that is waited for; the default is what the length field can say.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._dropped = bytearray()
        self._reason = ""

    @property
    def pending(self) -> int:
        """Bytes kept as the possible beginning of a frame."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[Received]:
        """Tell what the bytes complete, in the order of the line."""
        self._buffer += data
        return self._drain()

    def give_up(self) -> list[Received]:
        """Drop one byte of the frame that doesn't go on and look again; for the time-out between bytes."""
        if self._buffer:
            self._drop(1, "stalled")
        return self._drain()

    def _drain(self) -> list[Received]:
        events: list[Received] = []
        while self._buffer:
            start = self._buffer.find(START)
            if start:
                self._drop(start if start > 0 else len(self._buffer), "noise")
                continue
            frame = self._take()
            if frame is None:
                break
            if isinstance(frame, FrameReceived):
                self._tell_dropped(events)
                events.append(frame)
        self._tell_dropped(events)
        return events

    def _take(self) -> FrameReceived | bool | None:
        """Take the frame at the beginning; None = more bytes are needed; False = a byte was dropped."""
        size = look_at_header(bytes(self._buffer[:MAX_HEADER]))
        if size == "truncated":
            return None
        if isinstance(size, str):
            self._drop(1, size)
            return False
        if size > self._limit:
            self._drop(1, "too_long")
            return False
        if len(self._buffer) < size:
            return None
        raw = bytes(self._buffer[:size])
        fault = look_at_end(raw)
        if fault is not None:
            self._drop(1, fault)
            return False
        frame = FrameReceived(read_checked(raw), raw)
        del self._buffer[:size]
        return frame

    def _drop(self, count: int, reason: str) -> None:
        if not self._dropped:
            self._reason = reason
        self._dropped += self._buffer[:count]
        del self._buffer[:count]

    def _tell_dropped(self, events: list[Received]) -> None:
        if self._dropped:
            events.append(Garbage(bytes(self._dropped), self._reason))
            self._dropped.clear()
