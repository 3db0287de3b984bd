"""Links to devices in the field: sockets, logins, one queue per device, one question out at a time.

::

    Links                    listen, dial, admit, ask, wait_up, acknowledge, status
    Exchange → Outcome       a request and how its answer is known → what came of it
    LinkEvent                what happened on the lines, for the log and the record
"""

from drivers.link.events import (
    DialFailed,
    DownReason,
    EchoHeard,
    FollowReport,
    GarbageSkipped,
    HeartbeatHeard,
    LinkDown,
    LinkEvent,
    LinkReplaced,
    LinkUp,
    ReportReceived,
    SecuredReport,
    StrangerClosed,
    StrangerReason,
    StrayFrame,
    StrayReason,
    UnaskedMeter,
    UnknownDevice,
)
from drivers.link.links import Links
from drivers.link.model import (
    Answered,
    DeviceKind,
    Exchange,
    Expect,
    Expect698,
    LinkLimits,
    LinkLost,
    LinkStatus,
    NoAnswer,
    NotSent,
    NotSentReason,
    Outcome,
    Rank,
)
from drivers.link.waiting import Go

__all__ = [
    "Answered",
    "DeviceKind",
    "DialFailed",
    "DownReason",
    "EchoHeard",
    "Exchange",
    "Expect",
    "Expect698",
    "FollowReport",
    "GarbageSkipped",
    "Go",
    "HeartbeatHeard",
    "LinkDown",
    "LinkEvent",
    "LinkLimits",
    "LinkLost",
    "LinkReplaced",
    "LinkStatus",
    "LinkUp",
    "Links",
    "NoAnswer",
    "NotSent",
    "NotSentReason",
    "Outcome",
    "Rank",
    "ReportReceived",
    "SecuredReport",
    "StrangerClosed",
    "StrangerReason",
    "StrayFrame",
    "StrayReason",
    "UnaskedMeter",
    "UnknownDevice",
]
