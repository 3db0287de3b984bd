"""REPORT (上报): what a server tells on its own, and the answer that stops it from telling it again.

Store first, then answer: a report that was answered is never sent again, and repeats are normal.
"""

from dataclasses import dataclass

from protocols.dlt698.apdu.common import (
    RESULT_NORMAL_FIELD,
    RESULT_RECORD_FIELD,
    ClientApdu,
    ResultNormal,
    ResultRecord,
    ServerApdu,
    client,
    kinds,
    server,
)
from protocols.dlt698.axdr import OCTETS, SequenceOf
from protocols.dlt698.values.descriptors import OAD, OAD_FIELD


@dataclass(frozen=True, slots=True)
class ReportNotification(ServerApdu):
    """Any REPORT-Notification (上报通知)."""

    tag = 136
    service = "REPORT-Notification"


@dataclass(frozen=True, slots=True)
class ReportListNotification(ReportNotification):
    """Attributes."""

    kind = 1

    results: tuple[ResultNormal, ...]


@dataclass(frozen=True, slots=True)
class ReportRecordNotification(ReportNotification):
    """Records: of events, or of the concentrator's tasks."""

    kind = 2

    results: tuple[ResultRecord, ...]


@dataclass(frozen=True, slots=True)
class ReportTransNotification(ReportNotification):
    """Frames that came in at a port of the server, as they were."""

    kind = 3

    port: OAD
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ReportResponse(ClientApdu):
    """Any REPORT-Response (上报应答)."""

    tag = 8
    service = "REPORT-Response"


@dataclass(frozen=True, slots=True)
class ReportListResponse(ReportResponse):
    """The attributes that were taken, in the order reported."""

    kind = 1

    oads: tuple[OAD, ...]


@dataclass(frozen=True, slots=True)
class ReportRecordResponse(ReportResponse):
    """The tables whose records were taken, in the order reported."""

    kind = 2

    oads: tuple[OAD, ...]


@dataclass(frozen=True, slots=True)
class ReportTransResponse(ReportResponse):
    """The frames were taken."""

    kind = 3


def answer_to(report: ReportNotification) -> ReportResponse:
    """Say that the report is taken."""
    if isinstance(report, ReportListNotification):
        return ReportListResponse(report.piid, tuple(result.oad for result in report.results))
    if isinstance(report, ReportRecordNotification):
        return ReportRecordResponse(report.piid, tuple(result.oad for result in report.results))
    return ReportTransResponse(report.piid)


REPORT_NOTIFICATION = kinds(
    server(ReportListNotification, "results" / SequenceOf(RESULT_NORMAL_FIELD)),
    server(ReportRecordNotification, "results" / SequenceOf(RESULT_RECORD_FIELD)),
    server(ReportTransNotification, "port" / OAD_FIELD, "frames" / SequenceOf(OCTETS)),
)
REPORT_RESPONSE = kinds(
    client(ReportListResponse, "oads" / SequenceOf(OAD_FIELD)),
    client(ReportRecordResponse, "oads" / SequenceOf(OAD_FIELD)),
    client(ReportTransResponse),
)
