"""What a simulated meter remembers beside energy and relay: settings, passwords, events, its last answer, its chip."""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum

from protocols.dlt645 import DI, SlaveSession
from simulators.meter.esam import Esam
from simulators.meter.esam698 import Esam698

__all__ = ["Event", "Journal", "Lock", "Memory"]

RECORDS_KEPT = 10
TRIES = 3
LOCKED = timedelta(hours=24)


class Event(IntEnum):
    """Kinds of event records that orders leave behind: the upper three bytes of their identifiers."""

    PROGRAMMED = 0x033000  # 编程记录
    METER_CLEARED = 0x033001  # 电表清零记录
    DEMAND_CLEARED = 0x033002  # 需量清零记录
    EVENTS_CLEARED = 0x033003  # 事件清零记录
    CLOCK_SET = 0x033004  # 校时记录


@dataclass(slots=True)
class Journal:
    """Events of one kind: how many there were, and the payloads of the last ten, newest first."""

    count: int = 0
    records: deque[bytes] = field(default_factory=lambda: deque(maxlen=RECORDS_KEPT))

    def add(self, payload: bytes) -> None:
        """Note one more."""
        self.count += 1
        self.records.appendleft(payload)

    def clear(self) -> None:
        """Forget all of them."""
        self.count = 0
        self.records.clear()


@dataclass(slots=True)
class Lock:
    """The password of a level, and the wrong ones since the last right one: three lock the level for 24 h."""

    digits: str = field(repr=False)
    wrong: int = 0
    until: datetime | None = None

    def opens(self, digits: str, now: datetime) -> bool:
        """Try a password."""
        if self.until is not None and now < self.until:
            return False
        self.until = None
        if digits == self.digits:
            self.wrong = 0
            return True
        self.wrong += 1
        if self.wrong == TRIES:
            self.wrong, self.until = 0, now + LOCKED
        return False


@dataclass(slots=True)
class Memory:
    """State of one meter's protocol part; it outlives the server that answers for it.

    ``programming`` says that the programming key (编程键) under the cover is pressed. ``session`` is its end of the
    line, with the parts of the last long item that are still to be fetched. ``obeyed`` is the day of the meter's clock
    on which it last followed a broadcast time. ``esam`` is the security chip of a DL/T 645 meter, ``chip`` that of a
    DL/T 698.45 meter.
    """

    locks: dict[int, Lock] = field(default_factory=dict)
    settings: dict[DI, bytes] = field(default_factory=dict)
    journals: dict[Event, Journal] = field(default_factory=lambda: {event: Journal() for event in Event})
    session: SlaveSession | None = None
    programming: bool = False
    obeyed: date | None = None
    baud: int = 2400
    output: int = 0
    esam: Esam | None = None
    chip: Esam698 | None = None
