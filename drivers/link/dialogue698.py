"""The dialogue with a concentrator (集中器) or a line of DL/T 698.45 meters: logins, heartbeats, reports, answers."""

from contextlib import suppress
from datetime import datetime

from drivers.link.connection import Connection
from drivers.link.events import (
    DownReason,
    FollowReport,
    GarbageSkipped,
    HeartbeatHeard,
    ReportReceived,
    SecuredReport,
    StrayFrame,
    StrayReason,
)
from drivers.link.line import Line, Login, Means
from drivers.link.model import DeviceKind, Heard698
from drivers.zone import BEIJING
from protocols.dlt698 import (
    MAX_LENGTH,
    Address,
    ClientEnd,
    ClientIncoming,
    DateTime,
    Followed,
    FrameReceived,
    Garbage,
    LinkAsked,
    LinkFrame,
    LinkKind,
    QueueFullError,
    Received,
    Receiver,
    Reported,
    Responded,
    SecuredReported,
    Transmit,
    Undecodable,
    Unfinished,
    Verdict,
    build_link,
    parse_link,
)
from protocols.dlt698.records import BulkReader

CONCENTRATOR_PREFIX = "698:"
_SKIM = BulkReader().skim  # here it is only asked whose an answer is; its rows are read by whoever wants them
_LONGEST_APDU = MAX_LENGTH - 32  # so that a reassembled frame is still a frame


def link_of(address: Address) -> str:
    """Name the link that a server address belongs to."""
    return CONCENTRATOR_PREFIX + address.digits


class Dialogue698:
    """One login of a device that speaks DL/T 698.45: from the first frame that named it, or since it was reached."""

    def __init__(self, login: Login, line: Line, means: Means) -> None:
        self._connection = login.connection
        self._login = login
        self._line = line
        self._clock = means.clock
        self._limits = means.limits
        self._logins = means.logins
        self._observe = means.observe
        self._receipts = means.receipts
        self._end = ClientEnd(
            longest=_LONGEST_APDU,
            hears=self._is_of_line,
            times=line.pacing.times_698(),
            read=_SKIM,
        )
        self._question: LinkFrame | None = None
        self._garbage = 0

    def take_over(self, receiver: Receiver, received: list[Received]) -> None:
        """Go on where the receiver stands that has found out who it is."""
        self._hear(self._end.take_over(receiver, received, self._clock.now()))

    def receive(self, data: bytes) -> None:
        """Take bytes of the connection."""
        self._hear(self._end.receive(data, self._clock.now()))
        self._line.go_on()

    def deadline(self) -> datetime | None:
        """Tell when something is due on the wire, or the silence ends that the device is granted."""
        due, silent = self._end.deadline(), self._logins.silent_at(self._login)
        return silent if due is None else due if silent is None else min(due, silent)

    def overdue(self) -> None:
        """Do what is due on the wire, or give up the connection."""
        now = self._clock.now()
        silent = self._logins.silent_at(self._login)
        if silent is not None and silent <= now:
            self._line.log_out(self._login, DownReason.SILENT)
        else:
            self._act(self._end.overdue(now))
            self._line.go_on()

    def clear(self) -> None:
        """Keep what was begun: reports and heartbeats come at any time, and answers are numbered."""

    def ask(self, request: bytes) -> None:
        """Send a question, in pieces if it is too long."""
        self._question, data = self._end.pass_on(request, self._clock.now())
        self._connection.send(data)

    def abandon(self) -> None:
        """Send no more pieces of the question."""
        if self._question is not None:
            self._end.cancel(self._question)
            self._question = None

    def acknowledge(self, report: bytes, answer: bytes | None) -> None:
        """Answer a report; raises LocalProtocolError where a secured one has no SECURITY-Response.

        To a device that acknowledges no piece of long answers nothing more is said: it repeats its report.
        """
        with suppress(QueueFullError):
            self._connection.send(self._end.acknowledge(parse_link(report), self._clock.now(), answer))

    def ended(self, reason: DownReason) -> None:
        """Note that the connection is gone, and why."""
        self._line.log_out(self._login, reason)
        self._logins.lost(self._connection)

    def _hear(self, told: list[ClientIncoming]) -> None:
        """Act on what has come in; any good frame is a sign of life."""
        if any(not isinstance(event, Garbage | Unfinished) for event in told):
            self._line.live(self._login)
        self._act(told)

    def _act(self, told: list[ClientIncoming]) -> None:
        for event in told:
            match event:
                case Garbage(data=data, reason=reason):
                    self._skip(len(data), reason)
                case Unfinished(raws=raws):
                    self._skip(sum(map(len, raws)), "unfinished")
                case Transmit(data=data):
                    self._garbage = 0
                    self._connection.send(data)
                case LinkAsked() | Reported() | SecuredReported() | Followed() | Responded() | Undecodable():
                    self._garbage = 0
                    self._sort(event)

    def _sort(self, event: LinkAsked | Reported | SecuredReported | Followed | Responded | Undecodable) -> None:
        raw = event.raws[0] if len(event.raws) == 1 else build_link(event.frame)
        link, epoch, now = self._line.link, self._login.epoch, self._clock.now()
        if not self._is_of_line(event.frame.address):
            self._stray(StrayReason.WRONG_ADDRESS, raw)
        elif self._line.login is not self._login:
            self._stray(StrayReason.OLD_EPOCH, raw)
        elif isinstance(event, Responded):
            self._line.hear(self._login, Heard698(event.frame, event.apdu, raw))
        elif isinstance(event, LinkAsked):
            self._link_management(event)
        elif isinstance(event, Reported):
            self._receipts.owe(raw)
            self._observe(ReportReceived(link, epoch, raw, now, event.repeated))
        elif isinstance(event, SecuredReported):
            self._receipts.owe(raw)
            self._observe(SecuredReport(link, epoch, raw, now, event.repeated))
        elif isinstance(event, Followed):
            self._observe(FollowReport(link, epoch, raw, now))
        else:
            self._stray(StrayReason.BAD_CONTENT, raw)

    def _link_management(self, asked: LinkAsked) -> None:
        now = self._clock.now()
        admission = self._logins.take(self._line.link, self._connection, asked.request, now)
        answer_link(self._connection, self._end, asked, admission.verdict, now)
        if admission.ended is not None:
            self._line.log_out(self._login, DownReason.LOGOUT)
        elif asked.request.request is LinkKind.HEARTBEAT:
            device_clock = asked.request.time.at(BEIJING)
            self._observe(HeartbeatHeard(self._line.link, self._login.epoch, device_clock, now))

    def _is_of_line(self, address: Address) -> bool:
        """Whether a frame is of a device on this link; on a line there may be any."""
        return self._line.kind is DeviceKind.LINE_698 or link_of(address) == self._line.link

    def _stray(self, reason: StrayReason, raw: bytes) -> None:
        login = self._login
        peer = self._connection.peer
        self._observe(StrayFrame(self._line.link, login.epoch, peer, reason, raw, self._clock.now()))

    def _skip(self, count: int, reason: str) -> None:
        self._garbage += count
        self._observe(GarbageSkipped(self._line.link, self._connection.peer, count, reason, self._clock.now()))
        if self._garbage > self._limits.bytes_without_frame:
            self._line.log_out(self._login, DownReason.GARBAGE)


def answer_link(connection: Connection, end: ClientEnd, asked: LinkAsked, verdict: Verdict, now: datetime) -> None:
    """Answer a login, heartbeat or logout, with our clock in local time."""
    ours = DateTime.of(now.astimezone(BEIJING))
    connection.send(end.answer_link(asked, received=ours, responded=ours, now=now, verdict=verdict))


def turn_away(connection: Connection, first: FrameReceived, verdict: Verdict, now: datetime) -> None:
    """Refuse a device that is not to log in: a LINK-Request is told why, and the connection is closed."""
    end = ClientEnd()
    for event in end.take_over(Receiver(), [first], now):
        if isinstance(event, LinkAsked):
            answer_link(connection, end, event, verdict, now)
    connection.close()
