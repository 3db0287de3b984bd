"""What is remembered of meters between questions: lost with the process, and no harm done."""

from datetime import datetime, timedelta
from typing import Any

from drivers.meter.model import Silence
from drivers.meter.replies import Missing, Reply

CLOCK_READING_LIFE = timedelta(days=1)
"""How long a reading of a meter's clock is good: its clock drifts by about half a second a day."""


class Memory:
    """Clock errors, and who was silent the last time."""

    def __init__(self) -> None:
        self._offsets: dict[str, tuple[timedelta, datetime]] = {}
        self._silent: set[str] = set()

    def note_clock(self, address: str, offset: timedelta, at: datetime) -> None:
        """Remember by how much a meter's clock is ahead of ours."""
        self._offsets[address] = offset, at

    def offset(self, address: str, now: datetime) -> timedelta:
        """Tell by how much a meter's clock is ahead of ours; nothing if it was not read lately."""
        offset, at = self._offsets.get(address, (timedelta(0), now))
        return offset if now - at <= CLOCK_READING_LIFE else timedelta(0)

    def note_reply(self, address: str, reply: Reply[Any]) -> None:
        """Remember whether a meter answered. What never reached it says nothing."""
        if not isinstance(reply, Missing):
            self._silent.discard(address)
        elif reply.reason is Silence.NO_ANSWER:
            self._silent.add(address)

    def was_silent(self, address: str) -> bool:
        """Tell whether a meter gave no answer the last time: it is then asked once, so that others get on."""
        return address in self._silent
