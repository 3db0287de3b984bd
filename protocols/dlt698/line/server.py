"""The server's session (服务器): a concentrator or meter on one connection.

It logs in, keeps its heartbeat, reports until the client has taken it, and answers: in the mode of the request,
silent to groups, and what is too long for one frame in blocks or pieces.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from protocols.dlt698.apdu.common import PIIDS, Apdu, ClientApdu, Piid
from protocols.dlt698.apdu.error import ClientErrorResponse
from protocols.dlt698.apdu.get import GetNextRequest, GetRequest
from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResponse, LinkResult
from protocols.dlt698.apdu.registry import build_apdu, parse_apdu
from protocols.dlt698.apdu.release import ReleaseNotification
from protocols.dlt698.apdu.report import ReportNotification, ReportResponse
from protocols.dlt698.apdu.security import SecurityRequest, SecurityResponse
from protocols.dlt698.line.association import Association, AssociationMoved
from protocols.dlt698.line.blocks import BlockAnswer, LongRead, cut, not_in_blocks
from protocols.dlt698.line.channel import (
    ROOM,
    SAFE_FRAME,
    Channel,
    Incoming,
    QueueFullError,
    Times,
    Transmit,
    Undecodable,
    Undelivered,
    Unfinished,
    Whole,
)
from protocols.dlt698.line.matching import is_answered
from protocols.dlt698.line.timing import DIRECT
from protocols.dlt698.values.moments import DateTime, DateTimeS
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.link import LINK_REQUEST, REPORT, LinkFrame
from protocols.dlt698.wire.receiver import Garbage
from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_REPORTS = PIIDS - 1  # open at a time: each has a number of its own, and one is left for logins


@dataclass(frozen=True, slots=True)
class ServerRules:
    """How a device goes about it; makers differ."""

    max_frame: int = SAFE_FRAME  # bytes of a link frame, before CONNECT
    blocks: bool = False  # whether long reads are answered in blocks to a client that has not said it can take them
    first_block: int = 1
    link_wait: timedelta = DIRECT  # for the answer to a login or heartbeat
    missed_heartbeats: int = 3  # unanswered one after the other, before the connection is given up
    report_wait: timedelta = DIRECT  # before a report is sent again
    report_tries: int = 3
    lenient: bool = False  # whether requests of drafts' tools, without the byte about a TimeTag, are answered: a bench


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the client; answer it by ``ServerSession.respond``."""

    frame: LinkFrame
    request: ClientApdu | SecurityRequest

    @property
    def wants_answer(self) -> bool:
        """Groups and broadcasts are obeyed in silence."""
        return is_answered(self.frame.address)


@dataclass(frozen=True, slots=True)
class LinkAnswered:
    """The client's answer to a login, heartbeat or logout; ``request`` None = to none that waits for one."""

    request: LinkRequest | None
    response: LinkResponse

    @property
    def accepted(self) -> bool:
        """Whether the client takes the device for one of its own."""
        return self.request is not None and self.response.verdict.result == LinkResult.SUCCESS


@dataclass(frozen=True, slots=True)
class LinkUnanswered:
    """No answer came in time. ``give_up``: the connection is of no use, as after so many heartbeats, or a login."""

    request: LinkRequest
    give_up: bool


@dataclass(frozen=True, slots=True)
class HeartbeatDue:
    """It is time for the next heartbeat, with the device's clock: ``ServerSession.link``."""


@dataclass(frozen=True, slots=True)
class ReportTaken:
    """The client has stored a report; ``report`` None = one that isn't open."""

    report: ReportNotification | SecurityRequest | None
    response: ReportResponse | SecurityResponse


@dataclass(frozen=True, slots=True)
class ReportLost:
    """A report that has been sent as often as the rules say, and was never taken."""

    report: ReportNotification | SecurityRequest


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A frame for somebody else or of another server, or an APDU that no client sends to a server."""

    frame: LinkFrame


ServerEvent = (
    Asked
    | LinkAnswered
    | LinkUnanswered
    | HeartbeatDue
    | ReportTaken
    | ReportLost
    | AssociationMoved
    | NotOurs
    | Transmit
    | Undecodable
    | Unfinished
    | Undelivered
    | Garbage
)


@dataclass(slots=True)
class _OpenReport:
    report: ReportNotification | SecurityRequest
    frame: LinkFrame = field(repr=False)
    until: datetime
    tries: int = 1


class ServerSession:
    """One connection of a device with its own single address; ``belongs`` says which groups it is in."""

    def __init__(
        self,
        address: Address,
        *,
        rules: ServerRules | None = None,
        belongs: Callable[[Address], bool] = lambda _: False,
        times: Times | None = None,
    ) -> None:
        self._address = address
        self._rules = rules or ServerRules()
        self._belongs = belongs
        self._channel = Channel(own=address, hears=self._hears, times=times)
        self._association = Association()
        self._links: list[tuple[LinkRequest, datetime]] = []
        self._beat: datetime | None = None
        self._missed = 0
        self._reports: list[_OpenReport] = []
        self._blocks: BlockAnswer | None = None
        self._next = 0

    def link(self, kind: LinkKind, period: int, time: DateTime, now: datetime) -> bytes:
        """Login, heartbeat or logout: ``period`` in seconds, ``time`` by the device's clock (T1).

        The next heartbeat is due a period later, none after a logout.
        """
        request = LinkRequest(self._piid(), kind, period, time)
        self._links.append((request, now + self._rules.link_wait))
        self._beat = None if kind is LinkKind.LOGOUT or not period else now + timedelta(seconds=period)
        return self._channel.send(LinkFrame(LINK_REQUEST, self._address, 0, build_apdu(request)), now)

    def report(
        self, make: Callable[[Piid], ReportNotification | SecurityRequest], now: datetime
    ) -> tuple[ReportNotification | SecurityRequest, bytes]:
        """Make a report with a number of its own and give it with the bytes to write; it is repeated until taken.

        One inside of SECURITY has the number in the APDU that it protects. Raises LocalProtocolError when
        MAX_REPORTS are open.
        """
        if len(self._reports) >= MAX_REPORTS:
            raise LocalProtocolError(f"{MAX_REPORTS} reports are open: wait until one is taken")
        report = make(self._piid())
        frame = LinkFrame(REPORT, self._address, 0, build_apdu(report))
        self._reports.append(_OpenReport(report, frame, now + self._rules.report_wait))
        return report, self._channel.send(frame, now, self._frame)

    def respond(self, asked: Asked, response: Apdu, now: datetime) -> bytes:
        """Answer a request with the device's own address; nothing to groups and everybody.

        An answer that is too long goes out in blocks where it is one to a long read and the client takes them, else
        in pieces. Raises LocalProtocolError.
        """
        if not asked.wants_answer:
            return b""
        self._association.passed(response, now)
        control = replace(asked.frame.control.reversed, fragmented=False)
        data = build_apdu(response)
        agreed = self._association.agreed
        room = min(self._frame - ROOM, agreed.apdu) if agreed else self._frame - ROOM
        if len(data) > room and isinstance(asked.request, LongRead) and self._takes_blocks:
            self._blocks = cut(response, room, self._rules.first_block)
            data = data if self._blocks is None else build_apdu(self._blocks.begin(asked.request.piid))
        frame = LinkFrame(control, self._address, asked.frame.client, data)
        return self._channel.send(frame, now, self._frame)

    def notify_release(self, established: DateTimeS, time: DateTimeS, now: datetime) -> bytes:
        """Tell the client that the association has timed out: when it was made, and the time, by the device's clock."""
        notification = ReleaseNotification(self._piid(), established, time)
        return self._channel.send(LinkFrame(REPORT, self._address, 0, build_apdu(notification)), now)

    def receive(self, data: bytes, now: datetime) -> list[ServerEvent]:
        """Tell what the bytes mean."""
        return self._sort(self._channel.receive(data, now), now)

    def deadline(self) -> datetime | None:
        """When ``overdue`` is to be called, as far as is known now."""
        due = [until for _, until in self._links] + [one.until for one in self._reports]
        others = (self._beat, self._channel.deadline(), self._association.deadline())
        return min([*due, *(instant for instant in others if instant is not None)], default=None)

    def overdue(self, now: datetime) -> list[ServerEvent]:
        """Do what is due: heartbeats, repeats of reports, pieces sent again; give up what nobody answers."""
        events = self._sort(self._channel.overdue(now), now)
        timed_out = self._association.overdue(now)
        if timed_out is not None:
            events.append(AssociationMoved(self._address, timed_out, None))
        events += [self._unanswered(request) for request, until in self._links if until <= now]
        self._links = [(request, until) for request, until in self._links if until > now]
        for one in [one for one in self._reports if one.until <= now]:
            events += self._again(one, now)
        if self._beat is not None and self._beat <= now:
            self._beat = None
            events.append(HeartbeatDue())
        return events

    @property
    def _frame(self) -> int:
        """The longest link frame that goes out now."""
        agreed = self._association.agreed
        return agreed.to_client if agreed else self._rules.max_frame

    @property
    def _takes_blocks(self) -> bool:
        agreed = self._association.agreed
        return agreed.blocks if agreed else self._rules.blocks

    def _hears(self, address: Address) -> bool:
        return self._belongs(address) or address.matches(self._address)

    def _piid(self) -> Piid:
        """Give the next number that no report is open under."""
        taken = {one.report.piid.number for one in self._reports if isinstance(one.report, ReportNotification)}
        number = next(number % PIIDS for number in range(self._next, self._next + PIIDS + 1) if number not in taken)
        self._next = (number + 1) % PIIDS
        return Piid(number)

    def _unanswered(self, request: LinkRequest) -> LinkUnanswered:
        if request.request is not LinkKind.HEARTBEAT:
            return LinkUnanswered(request, give_up=True)
        self._missed += 1
        return LinkUnanswered(request, give_up=self._missed >= self._rules.missed_heartbeats)

    def _again(self, one: _OpenReport, now: datetime) -> Iterator[ServerEvent]:
        """Repeat a report, unless its pieces are still on their way."""
        one.until = now + self._rules.report_wait
        if self._channel.is_sending(one.frame):
            return
        if one.tries >= self._rules.report_tries:
            self._reports.remove(one)
            yield ReportLost(one.report)
            return
        one.tries += 1
        # A repeat that finds no room behind other long APDUs is lost, like one that the line loses.
        with suppress(QueueFullError):
            yield Transmit(self._channel.send(one.frame, now, self._frame))

    def _sort(self, incoming: list[Incoming], now: datetime) -> list[ServerEvent]:
        return [told for event in incoming for told in self._meaning(event, now)]

    def _meaning(self, event: Incoming, now: datetime) -> Iterator[ServerEvent]:
        if not isinstance(event, Whole):
            yield event
            return
        frame = event.frame
        if frame.control.from_server or not self._hears(frame.address):
            yield NotOurs(frame)
            return
        try:
            apdu = parse_apdu(frame.user_data, lenient=self._rules.lenient)
        except RemoteProtocolError as error:
            yield Undecodable(frame, error, event.raws)
            return
        step = self._association.passed(apdu, now)
        if step is not None:
            yield AssociationMoved(self._address, step, self._association.agreed)
        if isinstance(apdu, LinkResponse):
            yield self._link_answered(apdu)
        elif isinstance(apdu, ReportResponse | SecurityResponse):
            yield self._taken(apdu)
        elif isinstance(apdu, ClientApdu | SecurityRequest) and not isinstance(apdu, ClientErrorResponse):
            yield from self._asked(Asked(frame, apdu), now)
        else:
            yield NotOurs(frame)

    def _asked(self, asked: Asked, now: datetime) -> Iterator[ServerEvent]:
        """Tell a request; the next block of a long answer is given without being asked for."""
        if isinstance(asked.request, GetNextRequest):
            request = asked.request
            block = self._blocks.after(request) if self._blocks is not None else not_in_blocks(request)
            # Not if too much waits already for a client that acknowledges no piece: it may ask again.
            with suppress(QueueFullError):
                yield Transmit(self.respond(asked, block, now))
            return
        if isinstance(asked.request, GetRequest):
            self._blocks = None
        yield asked

    def _link_answered(self, response: LinkResponse) -> LinkAnswered:
        """Pair by T1, which is copied."""
        for place, (request, _) in enumerate(self._links):
            if request.time == response.requested and request.piid.number == response.piid.number:
                del self._links[place]
                self._missed = 0
                return LinkAnswered(request, response)
        return LinkAnswered(None, response)

    def _taken(self, response: ReportResponse | SecurityResponse) -> ReportTaken:
        """Find the report that is taken: by its number and kind, or by order where that is encrypted."""
        for one in self._reports:
            if _takes(response, one.report):
                self._reports.remove(one)
                self._channel.cancel(one.frame)
                return ReportTaken(one.report, response)
        return ReportTaken(None, response)


def _takes(response: ReportResponse | SecurityResponse, report: ReportNotification | SecurityRequest) -> bool:
    if isinstance(report, SecurityRequest):
        return isinstance(response, SecurityResponse)
    if isinstance(response, SecurityResponse):
        return False
    return response.piid.number == report.piid.number and response.kind == report.kind
