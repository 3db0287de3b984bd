"""What a DTU (数据传输单元) sends: registration packets, and the bytes of its RS-485 line as they come."""

import re
from dataclasses import dataclass

from protocols.dlt645 import FrameReceived, Garbage, Receiver

_PACKET = re.compile(rb"REG:([A-Z0-9-]{1,32})\r\n")
_UNFINISHED = re.compile(rb"R(E(G(:[A-Z0-9-]{0,32}\r?)?)?)?\Z")


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration packet, sent on connecting and again as a heartbeat."""

    id: str


DtuEvent = Registration | FrameReceived | Garbage


class DtuStream:
    """Tells registration packets from DL/T 645 frames. A packet is only looked for outside of frames."""

    def __init__(self) -> None:
        self._frames = Receiver()
        self._text = b""

    @property
    def pending(self) -> int:
        """How many bytes are kept as the beginning of something."""
        return len(self._text) + self._frames.pending_count

    def receive(self, data: bytes) -> list[DtuEvent]:
        """Tell what the bytes complete, in the order of the line."""
        return self._sort(self._frames.receive(data))

    def give_up(self) -> list[DtuEvent]:
        """Drop what was begun and not finished; for the time-out between bytes."""
        return [*self._sort(self._frames.quiet()), *self._flush()]

    def _sort(self, received: list[FrameReceived | Garbage]) -> list[DtuEvent]:
        events: list[DtuEvent] = []
        for event in received:
            if isinstance(event, Garbage):
                events += self._read(event)
            else:
                events += [*self._flush(), event]
        return events

    def _read(self, garbage: Garbage) -> list[DtuEvent]:
        events: list[DtuEvent] = []
        text, at = self._text + garbage.data, 0
        for packet in _PACKET.finditer(text):
            if packet.start() > at:
                events.append(Garbage(text[at : packet.start()], garbage.reason))
            events.append(Registration(packet[1].decode()))
            at = packet.end()
        unfinished = _UNFINISHED.search(text, at)
        end = unfinished.start() if unfinished else len(text)
        if end > at:
            events.append(Garbage(text[at:end], garbage.reason))
        self._text = text[end:]
        return events

    def _flush(self) -> list[DtuEvent]:
        text, self._text = self._text, b""
        return [Garbage(text, "no_start")] if text else []
