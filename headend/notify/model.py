"""Messages to customers (短信) and how they fare: the machine of a message is the table :data:`MOVES`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Outcomes of a message."""

    QUEUED = "queued"  # waits for its time, or for its next contact's turn
    SENT = "sent"  # given to the gateway, or about to be
    DELIVERED = "delivered"  # the operator's receipt (状态报告) says so
    FAILED = "failed"  # no contact is left to try
    EXPIRED = "expired"  # overtaken before it went


class Event(StrEnum):
    """What happens to a message."""

    PUT = "put"
    POSTPONED = "postponed"  # outside of the message window
    STARTED = "started"  # an attempt at a contact begins; committed before the gateway is asked
    RESUBMITTED = "resubmitted"  # the same attempt again, as nobody knows whether the gateway has it
    ACCEPTED = "accepted"  # the gateway has it
    UNAVAILABLE = "unavailable"  # the gateway could not be asked
    NEXT_CONTACT = "next"  # this contact failed, another is tried
    EXHAUSTED = "exhausted"  # this contact failed and there is no other
    DELIVERED = "delivered"
    EXPIRED = "expired"


MOVES: Mapping[tuple[State | None, Event], State] = {
    (None, Event.PUT): State.QUEUED,
    (State.QUEUED, Event.POSTPONED): State.QUEUED,
    (State.QUEUED, Event.STARTED): State.SENT,
    (State.QUEUED, Event.EXHAUSTED): State.FAILED,
    (State.QUEUED, Event.EXPIRED): State.EXPIRED,
    (State.QUEUED, Event.DELIVERED): State.DELIVERED,  # a late receipt of an earlier contact
    (State.SENT, Event.RESUBMITTED): State.SENT,
    (State.SENT, Event.ACCEPTED): State.SENT,
    (State.SENT, Event.UNAVAILABLE): State.SENT,
    (State.SENT, Event.NEXT_CONTACT): State.QUEUED,
    (State.SENT, Event.EXHAUSTED): State.FAILED,
    (State.SENT, Event.DELIVERED): State.DELIVERED,
    (State.FAILED, Event.DELIVERED): State.DELIVERED,  # late receipts: what was delivered was delivered
    (State.EXPIRED, Event.DELIVERED): State.DELIVERED,
}
"""(state, event) → state. An event without an entry for the state changes nothing."""

FINAL = frozenset({State.DELIVERED, State.FAILED, State.EXPIRED})


class Result(StrEnum):
    """How one attempt at one contact ended."""

    DELIVERED = "delivered"
    FAILED = "failed"  # the operator's receipt says so
    REJECTED = "rejected"  # the gateway will never send it
    SILENT = "silent"  # no receipt in time


class Per(StrEnum):
    """How often a type of message goes to one customer."""

    DAY = "day"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Template:
    """A text (模板) in one version.

    ``phrases`` are, by placeholder and then by name, what its values of that placeholder stand for; ``patience`` is
    how long a receipt is waited for before the next contact is tried.
    """

    code: str
    version: int
    text: str
    phrases: Mapping[str, Mapping[str, str]]
    at_once: bool
    per: Per
    urgency: int
    patience: timedelta
    to_unproven: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands. ``tried`` is the number of contacts it has gone to or is going to."""

    id: int
    account: int
    template: str
    version: int
    values: Mapping[str, str]
    once: str | None
    state: State
    day: date  # business day it is meant for
    created: datetime
    not_before: datetime
    tried: int
    sent: datetime | None  # first given to the gateway
    delivered: datetime | None
    ended: datetime | None
    reason: str | None  # why it failed or expired: a catalogue id


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One line of a message's history."""

    id: int
    message: int
    attempt: int | None
    event: Event
    at: datetime
    actor: str
    cause: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A message to be put for one account; see :func:`headend.notify.put`."""

    account: int
    values: Mapping[str, str]
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What messages say about their sender: its name and its phone."""

    name: str
    phone: str
