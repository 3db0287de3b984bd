"""Relay commands, proposals and refusals, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from headend.control.machine import State


class Kind(StrEnum):
    """What a command asks of the meter."""

    TRIP = "TRIP"  # 跳闸
    PERMIT = "PERMIT"  # 合闸允许: the customer presses the key
    CLOSE = "CLOSE"  # 合闸
    READ_STATE = "READ_STATE"  # 读状态


GIVES_POWER = frozenset({Kind.CLOSE, Kind.PERMIT})


class Step(StrEnum):
    """At which steps of the way to a cut the safety rules are asked."""

    NOTICE = "notice"  # proposal and notice: T07, T08, T10
    RELEASE = "release"  # T13, and again in PRECHECK
    SENT = "sent"  # in the transaction that commits SENT


class ProposalState(StrEnum):
    """States of a proposed cut (停电申请)."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"  # nobody answered in three working days
    VOID = "void"  # overtaken: paid, held, notice too old


class Decision(StrEnum):
    """What an approver may say."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A safety rule that forbids a cut, with the values that made it say so."""

    rule: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cut that waits for a person, or has been decided by one; ``approver`` is also the automatic mode's ``auto``."""

    id: int
    account: int
    state: ProposalState
    proposer: str
    debt: Decimal
    opened: datetime
    approver: str | None
    role: str | None
    decided: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Command:
    """One relay command.

    ``due`` is when the worker looks at it next. ``tries`` counts frames sent, ``checks`` read-backs after the last of
    them. ``live_register`` (kWh) is what PRECHECK read; ``seen_open`` tells whether any read since the first frame
    showed the relay open. ``reason`` says why it ended other than well, or is to be tried again.
    """

    id: int
    account: int
    point: int
    installation: int
    address: str
    link: str
    kind: Kind
    state: State
    rank: int
    due: datetime | None
    created: datetime
    expires: datetime
    window_end: datetime | None
    release: int | None
    tries: int
    prechecks: int
    checks: int
    sent_at: datetime | None
    seen_open: bool
    live_register: Decimal | None
    ended: datetime | None
    reason: str | None
    actor: str
    cause: str | None

    @property
    def ever_sent(self) -> bool:
        """Whether a frame of this command may have reached the meter."""
        return self.tries > 0

    @property
    def reference(self) -> str:
        """How rows refer to it."""
        return f"command:{self.id}"


@dataclass(frozen=True, slots=True)
class Timing:
    """How often and how long a kind of command is tried (business rule 10.3)."""

    life: timedelta
    back_off: tuple[timedelta, ...]  # before the n-th new try; the last one repeats
    tries: int | None  # frames sent at most; None: until its life is over


def _minutes(*minutes: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=m) for m in minutes)


SECOND = timedelta(seconds=1)

TIMING: Mapping[Kind, Timing] = {
    Kind.TRIP: Timing(timedelta(hours=4), _minutes(15), 3),
    Kind.CLOSE: Timing(
        timedelta(hours=24),
        (0 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND, *_minutes(2, 5), *_minutes(10) * 12, *_minutes(60)),
        None,
    ),
    Kind.READ_STATE: Timing(timedelta(minutes=10), _minutes(1), 0),
}
"""A PERMIT is tried as a CLOSE is."""

UNSECURED_AGAIN = timedelta(minutes=1)
"""After it at the latest what gives power is tried again where it could not be secured: once the security module is
back nobody waits in the dark for a back-off that spares the line."""

READ_BACKS = (5 * SECOND, 30 * SECOND, *_minutes(2, 5))
"""When the relay is read back after a frame was sent."""

LATER_READ_BACK = timedelta(minutes=30)
"""The second read-back after a success."""

ANSWER_TIMEOUT = 60 * SECOND
"""How long an answer may take over power-line carrier (PLC)."""

TRIP_GAP = 2 * SECOND
"""Trips of one concentrator leave at least so far apart."""

TRIPS_PER_WINDOW = 20
"""Trips of one transformer area in one window, at most."""

RELEASE_LIFE = timedelta(hours=4)
APPROVAL_LIFE = timedelta(days=15)
ANSWER_DAYS = 3
"""Working days after which an unanswered proposal lapses."""


def timing(kind: Kind) -> Timing:
    """Give the timing of a kind."""
    return TIMING[Kind.CLOSE if kind in GIVES_POWER else kind]
