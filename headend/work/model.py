"""Work orders (工单): what is to be done by whom until when, and what shows that it was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OrderKind(StrEnum):
    """Kinds of work order; each is also the id of its sentence for people."""

    RESTORE_FAILED = "RESTORE_FAILED"  # remote restore not verified: somebody goes there
    CUT_FAILED = "CUT_FAILED"  # not cut after three windows
    CUT_LAPSED = "CUT_LAPSED"  # notice or approval grew too old, or three notices without a frame sent
    SITE_CLOSE = "SITE_CLOSE"  # a relay to be closed by hand on site
    RELAY_ODD = "RELAY_ODD"  # a relay was seen otherwise than ordered
    NO_READING = "NO_READING"  # a meter silent for days
    METER_ODD = "METER_ODD"  # a meter's registers make no sense: fell, flew, stood still under load, moved while cut
    METER_CLOCK = "METER_CLOCK"  # a meter's clock is off by minutes
    CONTACT_BAD = "CONTACT_BAD"  # no contact of the customer can be reached
    NOTICE_UNDELIVERED = "NOTICE_UNDELIVERED"  # a cut notice to be brought by a person
    CALL_CUSTOMER = "CALL_CUSTOMER"  # power permitted, key not pressed
    LOVE_CARE_VISIT = "LOVE_CARE_VISIT"  # 爱心档案
    IDENTITY_CHECK = "IDENTITY_CHECK"  # blacklisted: check at the counter
    UNPOSTED_PAYMENT = "UNPOSTED_PAYMENT"  # paid, but to nobody we know
    LEDGER_ODD = "LEDGER_ODD"  # the books do not agree with themselves
    MASS_CHECK = "MASS_CHECK"  # too many cuts at once: MGR decides
    DISPUTE = "DISPUTE"  # 异议, complaint
    MIX_UP = "MIX_UP"  # 串户, meters perhaps swapped
    AUDIT_CASE = "AUDIT_CASE"  # 稽查 with "freeze cut"
    SAFETY_TAG = "SAFETY_TAG"  # 挂牌, somebody works on the line


OWNERS: Mapping[OrderKind, str] = {
    OrderKind.RESTORE_FAILED: "TECH",
    OrderKind.CUT_FAILED: "TECH",
    OrderKind.CUT_LAPSED: "FEE",
    OrderKind.SITE_CLOSE: "TECH",
    OrderKind.RELAY_ODD: "TECH",
    OrderKind.NO_READING: "AM",
    OrderKind.METER_ODD: "TECH",
    OrderKind.METER_CLOCK: "ACQ",
    OrderKind.CONTACT_BAD: "AM",
    OrderKind.NOTICE_UNDELIVERED: "AM",
    OrderKind.CALL_CUSTOMER: "OPR",
    OrderKind.LOVE_CARE_VISIT: "AM",
    OrderKind.IDENTITY_CHECK: "COUNTER",
    OrderKind.UNPOSTED_PAYMENT: "BILL",
    OrderKind.LEDGER_ODD: "BILL",
    OrderKind.MASS_CHECK: "MGR",
    OrderKind.DISPUTE: "CS",
    OrderKind.MIX_UP: "AUDIT",
    OrderKind.AUDIT_CASE: "AUDIT",
    OrderKind.SAFETY_TAG: "OPR",
}
"""The role (岗位) that owns an order of each kind."""

FREEZES_CUT = frozenset({OrderKind.DISPUTE, OrderKind.MIX_UP, OrderKind.AUDIT_CASE})
"""Open orders of these kinds freeze cuts (R12)."""


class State(StrEnum):
    """States of an order."""

    OPEN = "open"
    CLOSED = "closed"


class Event(StrEnum):
    """What happens to an order."""

    OPENED = "opened"
    REPEATED = "repeated"  # the same reason came again while it was open
    CLOSED = "closed"


MOVES: Mapping[tuple[State | None, Event], State] = {
    (None, Event.OPENED): State.OPEN,
    (State.OPEN, Event.REPEATED): State.OPEN,
    (State.OPEN, Event.CLOSED): State.CLOSED,
}
"""The machine: an event that has no entry for the state changes nothing."""


@dataclass(frozen=True, slots=True)
class Order:
    """A work order. ``owner`` is the user in charge when it was opened, if the archive names one."""

    id: int
    kind: OrderKind
    account: int | None
    meter: int | None
    unit: int
    role: str
    owner: str | None
    state: State
    opened: datetime
    due: datetime
    closed: datetime | None
    note: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One line of an order's history; ``values`` are details, on closing the evidence."""

    id: int
    order: int
    event: Event
    at: datetime
    actor: str
    cause: str | None
    values: Mapping[str, str]
