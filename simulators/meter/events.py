"""Events (事件): what a meter writes down about itself, in no language yet."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from simulators.meter.registers import Registers

__all__ = ["NOBODY", "RECORDS_KEPT", "Event", "Events", "Kind"]

RECORDS_KEPT = 10
NOBODY = "00000000"


class Kind(Enum):
    """Kinds of events, and what the ``details`` of theirs are."""

    POWER_OFF = auto()  # 掉电
    PROGRAMMED = auto()  # 编程: identifiers of what was set, whole numbers
    METER_CLEARED = auto()  # 电表清零
    DEMAND_CLEARED = auto()  # 需量清零: watts, and the end of their hour
    EVENTS_CLEARED = auto()  # 事件清零: identifier of what was cleared
    CLOCK_SET = auto()  # 校时: began is the time before, ended that after
    COVER = auto()  # 开表盖
    TERMINAL_COVER = auto()  # 开端钮盒
    TRIPPED = auto()  # 跳闸
    CLOSED = auto()  # 合闸
    RELAY_FAULT = auto()  # 负荷开关误动或拒动
    REVERSED = auto()  # 潮流反向
    MAGNET = auto()  # 恒定磁场干扰
    CLOCK_FAULT = auto()  # 时钟故障
    PURCHASE = auto()  # 购电: number, amount, balance before and after, total, in fen


@dataclass(frozen=True, slots=True)
class Event:
    """One event, in times of the meter's clock; ``ended`` and ``after`` are None while it goes on.

    ``before`` are the registers at its start. ``number`` counts the events of a kind from 1 on.
    """

    number: int
    began: datetime
    before: Registers
    ended: datetime | None = None
    after: Registers | None = None
    operator: str = NOBODY
    details: tuple[Any, ...] = ()


class Events:
    """The events of one meter: how many there were of each kind, and the last ten, newest first."""

    __slots__ = ("_counts", "_kept")

    def __init__(self) -> None:
        self._counts: dict[Kind, int] = {}
        self._kept: dict[Kind, deque[Event]] = {}

    def note(
        self,
        kind: Kind,
        began: datetime,
        registers: Registers,
        *,
        ended: datetime | None = None,
        operator: str = NOBODY,
        details: tuple[Any, ...] = (),
    ) -> None:
        """Write down one more."""
        number = self._counts[kind] = self.count(kind) + 1
        after = None if ended is None else registers
        event = Event(number, began, registers, ended, after, operator, details)
        self._kept.setdefault(kind, deque(maxlen=RECORDS_KEPT)).appendleft(event)

    def begin(self, kind: Kind, began: datetime, registers: Registers) -> None:
        """Write down one that goes on; nothing new if it goes on already."""
        if not self.goes_on(kind):
            self.note(kind, began, registers)

    def end(self, kind: Kind, ended: datetime, registers: Registers) -> None:
        """Write down the end of one that goes on."""
        if self.goes_on(kind):
            kept = self._kept[kind]
            kept[0] = replace(kept[0], ended=ended, after=registers)

    def goes_on(self, kind: Kind) -> bool:
        """Tell whether the last one has not ended; of kinds with a beginning and an end only."""
        last = self.last(kind)
        return last is not None and last.ended is None

    def count(self, kind: Kind) -> int:
        """Tell how many there were since they were cleared."""
        return self._counts.get(kind, 0)

    def last(self, kind: Kind, number: int = 1) -> Event | None:
        """Give the ``number``-th last one, 1 is the latest; None if it is not kept."""
        kept = self._kept.get(kind, ())
        return kept[number - 1] if 1 <= number <= len(kept) else None

    def all(self, kind: Kind) -> tuple[Event, ...]:
        """Give those that are kept, newest first."""
        return tuple(self._kept.get(kind, ()))

    def clear(self, kind: Kind) -> None:
        """Forget those of a kind."""
        self._counts.pop(kind, None)
        self._kept.pop(kind, None)
