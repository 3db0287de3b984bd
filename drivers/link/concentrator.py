"""The dialogue with a concentrator (集中器) that dialled in: logins, heartbeats, reports, answers."""

from datetime import datetime, timedelta

from clock import Clock
from drivers.link.connection import Connection
from drivers.link.events import (
    DownReason,
    GarbageSkipped,
    HeartbeatHeard,
    ReportReceived,
    StrayFrame,
    StrayReason,
)
from drivers.link.line import Line, Login, Observe
from drivers.link.matching import Heard698
from drivers.link.model import LinkLimits
from drivers.zone import BEIJING
from protocols.dlt698 import (
    Apdu,
    DateTime,
    FrameReceived,
    LinkFrame,
    LinkKind,
    LinkRequest,
    LinkResponse,
    LinkResult,
    Reassembler,
    Received,
    Receiver,
    ReportNotification,
    Verdict,
    answer_to,
    build_apdu,
    build_link,
    parse_apdu,
    parse_link,
)
from protocols.dlt698.wire.link import LINK_RESPONSE, MAX_LENGTH, REPORT_RESPONSE
from protocols.errors import RemoteProtocolError

CONCENTRATOR_PREFIX = "698:"
_LONGEST_APDU = MAX_LENGTH - 32  # so that a reassembled frame is still a frame


def link_of(frame: LinkFrame) -> str:
    """Name the link that a frame belongs to, by the server address in it."""
    return CONCENTRATOR_PREFIX + frame.address.digits


def apdu_of(frame: LinkFrame) -> Apdu | None:
    """Read the APDU of an unfragmented frame; None where it cannot be read."""
    try:
        return parse_apdu(frame.user_data)
    except RemoteProtocolError:
        return None


def link_answer(frame: LinkFrame, request: LinkRequest, result: LinkResult, now: datetime, *, trusted: bool) -> bytes:
    """Answer a login, heartbeat or logout; T1 and CA are the request's."""
    ours = DateTime.of(now.astimezone(BEIJING))
    response = LinkResponse(request.piid, Verdict(result, trusted), request.time, ours, ours)
    return build_link(LinkFrame(LINK_RESPONSE, frame.address, frame.client, build_apdu(response)))


def report_answer(report: bytes) -> bytes:
    """Build the answer that stops a device from repeating this report."""
    frame = parse_link(report)
    notification = parse_apdu(frame.user_data)
    assert isinstance(notification, ReportNotification), "only reports are acknowledged"
    answer = build_apdu(answer_to(notification))
    return build_link(LinkFrame(REPORT_RESPONSE, frame.address, frame.client, answer))


class ConcentratorDialogue:
    """One login of a concentrator, from the first frame that named it."""

    def __init__(
        self,
        connection: Connection,
        line: Line,
        epoch: int,
        receiver: Receiver,
        *,
        clock: Clock,
        limits: LinkLimits,
        observe: Observe,
    ) -> None:
        self._connection = connection
        self._line = line
        self._receiver = receiver
        self._clock = clock
        self._limits = limits
        self._observe = observe
        self._pieces = Reassembler(_LONGEST_APDU)
        self._heartbeat = limits.default_heartbeat
        self._garbage = 0
        self._last_byte = clock.now()
        self._login: Login = line.log_in(epoch, connection)

    def receive(self, data: bytes) -> None:
        """Take bytes of the connection."""
        self._last_byte = self._clock.now()
        self.take(self._receiver.receive(data))

    def take(self, events: list[Received]) -> None:
        """Act on what the bytes were."""
        for event in events:
            if isinstance(event, FrameReceived):
                self._garbage = 0
                self._login.last_heard = self._clock.now()
                self._sort(event.frame, event.raw)
            else:
                self._skip(event.count, event.reason)

    def deadline(self) -> datetime | None:
        """Tell the end of a byte gap, or of the silence that the device is granted."""
        gap = self._last_byte + self._limits.byte_gap
        unfinished = self._receiver.pending or self._pieces.active
        return min(gap, self._silent_at()) if unfinished else self._silent_at()

    def overdue(self) -> None:
        """Give up an unfinished frame, or the connection."""
        if self._clock.now() >= self._silent_at():
            self._line.log_out(self._login, DownReason.SILENT)
        else:
            self._pieces.reset()
            self.take(self._receiver.give_up())

    def clear(self) -> None:
        """Keep what was begun: reports and heartbeats come at any time, and answers are numbered."""

    def ended(self) -> None:
        """Note that the connection is gone."""
        self._line.log_out(self._login, DownReason.CLOSED_BY_PEER)

    def _sort(self, frame: LinkFrame, raw: bytes) -> None:
        if link_of(frame) != self._line.link:
            self._stray(StrayReason.WRONG_ADDRESS, raw)
            return
        if frame.control.fragmented:
            whole = self._join(frame, raw)
            if whole is None:
                return
            frame, raw = whole, build_link(whole)
        apdu = apdu_of(frame)
        if isinstance(apdu, LinkRequest):
            self._link_management(frame, apdu)
        elif isinstance(apdu, ReportNotification):
            self._observe(ReportReceived(self._line.link, self._login.epoch, raw, self._clock.now()))
        else:
            self._line.hear(self._login, Heard698(frame, apdu, raw))

    def _join(self, frame: LinkFrame, raw: bytes) -> LinkFrame | None:
        try:
            taken = self._pieces.take(frame)
        except RemoteProtocolError:
            self._stray(StrayReason.BAD_CONTENT, raw)
            return None
        if taken.acknowledge is not None:
            self._connection.send(build_link(taken.acknowledge))
        return taken.complete

    def _link_management(self, frame: LinkFrame, request: LinkRequest) -> None:
        now = self._clock.now()
        trusted = self._limits.trusted_clock
        self._connection.send(link_answer(frame, request, LinkResult.SUCCESS, now, trusted=trusted))
        if request.request is LinkKind.LOGOUT:
            self._line.log_out(self._login, DownReason.LOGOUT)
            return
        if request.period:
            self._heartbeat = timedelta(seconds=request.period)
        if request.request is LinkKind.LOGIN:
            self._pieces.reset()
        else:
            device_clock = request.time.at(BEIJING)
            self._observe(HeartbeatHeard(self._line.link, self._login.epoch, device_clock, now))

    def _silent_at(self) -> datetime:
        return self._login.last_heard + self._limits.missed_heartbeats * self._heartbeat

    def _stray(self, reason: StrayReason, raw: bytes) -> None:
        login = self._login
        peer = self._connection.peer
        self._observe(StrayFrame(self._line.link, login.epoch, peer, reason, raw, self._clock.now()))

    def _skip(self, count: int, reason: str) -> None:
        self._garbage += count
        self._observe(GarbageSkipped(self._line.link, self._connection.peer, count, reason, self._clock.now()))
        if self._garbage > self._limits.bytes_without_frame:
            self._line.log_out(self._login, DownReason.GARBAGE)
