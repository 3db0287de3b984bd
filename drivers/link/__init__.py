"""Links to devices in the field: sockets, logins, one queue per device, one question out at a time.

::

    Links                    admit, listen, ask, wait_up, acknowledge, drop, status
    Device(kind, endpoint)   who is known, and how it is reached
    BrokerSettings           where the MQTT broker is that some are reached by
    Exchange → Outcome       a request and how its answer is known → what came of it
    LinkEvent                what happened on the lines, for the log and the record
"""

from drivers.link.endpoints import DialsIn, Endpoint, Parity, SerialPort, Tcp, Topic, read_endpoint
from drivers.link.events import (
    BrokerCallFailed,
    BrokerDown,
    BrokerUp,
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
    ReportUnkept,
    SecuredReport,
    StrangerClosed,
    StrangerReason,
    StrayFrame,
    StrayReason,
    UnaskedMeter,
    UnknownDevice,
    Unreachable,
)
from drivers.link.links import Links
from drivers.link.model import (
    LINES,
    Answered,
    Device,
    DeviceKind,
    Exchange,
    Expect,
    Expect698,
    Heard698,
    LinkLimits,
    LinkLost,
    LinkStatus,
    NoAnswer,
    NotSent,
    NotSentReason,
    Outcome,
    Rank,
    Understood,
)
from drivers.link.mqtt import BrokerSettings
from drivers.link.pacing import Pacing
from drivers.link.waiting import Go

__all__ = [
    "LINES",
    "Answered",
    "BrokerCallFailed",
    "BrokerDown",
    "BrokerSettings",
    "BrokerUp",
    "Device",
    "DeviceKind",
    "DialFailed",
    "DialsIn",
    "DownReason",
    "EchoHeard",
    "Endpoint",
    "Exchange",
    "Expect",
    "Expect698",
    "FollowReport",
    "GarbageSkipped",
    "Go",
    "Heard698",
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
    "Pacing",
    "Parity",
    "Rank",
    "ReportReceived",
    "ReportUnkept",
    "SecuredReport",
    "SerialPort",
    "StrangerClosed",
    "StrangerReason",
    "StrayFrame",
    "StrayReason",
    "Tcp",
    "Topic",
    "UnaskedMeter",
    "Understood",
    "UnknownDevice",
    "Unreachable",
    "read_endpoint",
]
