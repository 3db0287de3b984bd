"""What the people of a village did and saw: the simulated side's own record, to hold against the daemon's."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

__all__ = ["Diary", "Heard", "Paid", "Refused"]


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that the daemon has taken: when the customer paid, and when the daemon had said yes."""

    account: str
    amount: Decimal
    serial: str
    paid_at: datetime
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that somebody has read; ``kind`` is S01 to S24 or None."""

    account: str
    kind: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that the daemon refused, or an act that could not be done, with the reason."""

    who: str
    act: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Diary:
    """The record of one run, in the order of events."""

    payments: list[Paid] = field(default_factory=list)
    messages: list[Heard] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)
    signed: int = 0
    restored_by_hand: list[str] = field(default_factory=list)
    fixed_on_site: list[str] = field(default_factory=list)
    keys_pressed: list[str] = field(default_factory=list)
