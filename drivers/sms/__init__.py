"""Short messages: the port `SmsGateway` and its adapter for a centre that speaks JSON lines over TCP."""

from drivers.dial import Pauses
from drivers.sms.line import LineSmsGateway, LineSmsSettings
from drivers.sms.model import (
    Accepted,
    CentreCallFailed,
    CentreDown,
    CentreNonsense,
    CentreUp,
    Delivery,
    OnReceipt,
    OnReply,
    Receipt,
    Rejected,
    Reply,
    ReportNotKept,
    SmsEvent,
    SmsGateway,
    Submitted,
    Unavailable,
)

__all__ = [
    "Accepted",
    "CentreCallFailed",
    "CentreDown",
    "CentreNonsense",
    "CentreUp",
    "Delivery",
    "LineSmsGateway",
    "LineSmsSettings",
    "OnReceipt",
    "OnReply",
    "Pauses",
    "Receipt",
    "Rejected",
    "Reply",
    "ReportNotKept",
    "SmsEvent",
    "SmsGateway",
    "Submitted",
    "Unavailable",
]
