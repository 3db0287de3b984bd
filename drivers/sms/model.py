"""What a short-message centre (短信中心) is asked and what it answers. Numbers and texts never show in a repr."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The centre took the message over and will report on it under `ref`."""

    ref: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The centre will never send this message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nobody knows whether the centre has the message; the same id may be submitted again."""

    reason: str


Submitted = Accepted | Rejected | Unavailable


class Delivery(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The operator's receipt (状态报告) of message `message_id`."""

    ref: str
    message_id: int
    status: Delivery
    at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """A text a customer sent to us (上行短信)."""

    ref: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


OnReceipt = Callable[[Receipt], Awaitable[None]]
OnReply = Callable[[Reply], Awaitable[None]]


class SmsGateway(Protocol):
    """A way to a short-message centre.

    Receipts and replies are handed to callbacks and acknowledged to the centre only after these returned, so
    each may come more than once.
    """

    async def submit(self, message_id: int, phone: str, text: str) -> Submitted:
        """Hand a message over. The same id submitted again is accepted once by the centre."""


@dataclass(frozen=True, slots=True)
class CentreUp:
    """The centre answered our call."""

    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CentreDown:
    """The connection to the centre ended."""

    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CentreCallFailed:
    """The centre did not answer our call, which is repeated at `again`."""

    peer: str
    error: str
    again: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class CentreNonsense:
    """The centre sent a line that says nothing to us; `reason` names what is wrong, never its content."""

    peer: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportNotKept:
    """A receipt or reply could not be kept by its callback; unacknowledged, it will come again."""

    peer: str
    ref: str
    error: str
    at: datetime


SmsEvent = CentreUp | CentreDown | CentreCallFailed | CentreNonsense | ReportNotKept
