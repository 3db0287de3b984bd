"""Hearing frames of DL/T 645, DL/T 698.45 or both on one line, whatever pieces they come in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from protocols import dlt645, dlt698
from simulators.meter import Dialect

__all__ = ["Ear", "Heard"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame, and its bytes with the wake-up bytes in front."""

    frame: dlt645.Frame | dlt698.LinkFrame
    raw: bytes = field(repr=False)


class Ear:
    """Finds the frames of the dialects that are spoken on a line.

    A pause of more than half a second ends whatever was begun. Where both dialects are spoken a whole frame of one of
    them shows that what the other was waiting for is none.
    """

    def __init__(self, dialects: Iterable[Dialect], now: datetime) -> None:
        spoken = set(dialects)
        self._old = dlt645.Receiver() if Dialect.DLT645 in spoken else None
        self._new = dlt698.Receiver() if Dialect.DLT698 in spoken else None
        self._last = now

    def hear(self, data: bytes, now: datetime) -> list[Heard]:
        """Take bytes off the line; gives the frames that they complete."""
        if now - self._last > dlt645.BYTE_GAP:
            self._forget_old()
            self._forget_new()
        self._last = now
        old = self._hear_645(data)
        new = self._hear_698(data)
        if old:
            self._forget_new()
        if new:
            self._forget_old()
        return old + new

    def _hear_645(self, data: bytes) -> list[Heard]:
        events = self._old.receive(data) if self._old else []
        return [
            Heard(event.frame, b"\xfe" * event.wakeup + event.raw)
            for event in events
            if isinstance(event, dlt645.FrameReceived)
        ]

    def _hear_698(self, data: bytes) -> list[Heard]:
        events = self._new.receive(data) if self._new else []
        return [Heard(event.frame, event.raw) for event in events if isinstance(event, dlt698.FrameReceived)]

    def _forget_old(self) -> None:
        if self._old is not None:
            self._old.quiet()  # what came whole inside of what was begun is too old to obey

    def _forget_new(self) -> None:
        if self._new is not None and self._new.pending:
            self._new = dlt698.Receiver()
