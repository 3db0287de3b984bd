"""The client's end (客户机, head-end) of one connection, below the questions: what servers send, sorted.

Logins, heartbeats and reports are told with all that is needed to answer them; whatever else comes is a response
to be matched. What goes out is cut to the size that was agreed in CONNECT. No answer is made up here: a login
is judged, and a report is kept, before they are answered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from protocols.dlt698.apdu.common import Apdu, FollowNormal, FollowRecord, ServerApdu
from protocols.dlt698.apdu.connect import ConnectRequest
from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResponse, Verdict
from protocols.dlt698.apdu.registry import build_apdu, parse_apdu
from protocols.dlt698.apdu.release import ReleaseRequest
from protocols.dlt698.apdu.report import ReportNotification, answer_to
from protocols.dlt698.apdu.security import SecurityRequest, SecurityResponse
from protocols.dlt698.line.association import Agreed, Association, AssociationMoved, Step
from protocols.dlt698.line.channel import (
    MAX_DEVICES,
    SAFE_FRAME,
    Channel,
    Incoming,
    Key,
    Times,
    Transmit,
    Undecodable,
    Undelivered,
    Unfinished,
    Whole,
)
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.fragment import MAX_APDU
from protocols.dlt698.wire.link import LINK_RESPONSE, REPORT_RESPONSE, LinkFrame, parse_link
from protocols.dlt698.wire.receiver import FrameReceived, Garbage, Receiver
from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_REPORTS = 256  # reports that are remembered until they are acknowledged


@dataclass(frozen=True, slots=True)
class LinkAsked:
    """A login, heartbeat or logout; answer it at once by ``answer_link``."""

    frame: LinkFrame
    request: LinkRequest
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reported:
    """A report; store it first, then ``acknowledge``. ``repeated``: it came before and was not acknowledged yet."""

    frame: LinkFrame
    report: ReportNotification
    repeated: bool
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SecuredReported:
    """A report inside of SECURITY, as it came: who holds the keys opens ``apdu`` before anybody reads it.

    The answer is a SECURITY-Response of theirs, sent by ``answer_secured``.
    """

    frame: LinkFrame
    repeated: bool
    raws: tuple[bytes, ...] = field(repr=False)

    @property
    def apdu(self) -> bytes:
        """The SECURITY-Request."""
        return self.frame.user_data


@dataclass(frozen=True, slots=True)
class Responded:
    """Any other APDU: the answer to somebody's question, or nobody's."""

    frame: LinkFrame
    apdu: Apdu
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a server reports along with an answer (跟随上报), whosever answer that is; it needs none of its own."""

    frame: LinkFrame
    follow: FollowNormal | FollowRecord
    raws: tuple[bytes, ...] = field(repr=False)


ClientIncoming = (
    LinkAsked
    | Reported
    | SecuredReported
    | Responded
    | Followed
    | AssociationMoved
    | Transmit
    | Undecodable
    | Unfinished
    | Undelivered
    | Garbage
)


class ClientEnd:
    """One connection of the head-end.

    ``max_frame`` bounds what is sent to a device before CONNECT, ``longest`` an APDU that comes in, both in bytes.
    Pieces from addresses that it does not hear (``hears``) are neither joined nor acknowledged. ``read`` reads APDUs
    that come in as :func:`..apdu.registry.parse_apdu` does, be it without the rows of their records.
    """

    def __init__(
        self,
        *,
        max_frame: int = SAFE_FRAME,
        longest: int = MAX_APDU,
        hears: Callable[[Address], bool] = lambda _: True,
        times: Times | None = None,
        read: Callable[[bytes], Apdu] = parse_apdu,
    ) -> None:
        self._max_frame = max_frame
        self._read = read
        self._channel = Channel(hears=hears, times=times, longest=longest)
        self._associations: dict[Key, tuple[Address, Association]] = {}
        self._unacknowledged: dict[tuple[Key, bytes], None] = {}

    def receive(self, data: bytes, now: datetime) -> list[ClientIncoming]:
        """Tell what the bytes mean."""
        return self._sort(self._channel.receive(data, now), now)

    def take_over(
        self, receiver: Receiver, received: list[FrameReceived | Garbage], now: datetime
    ) -> list[ClientIncoming]:
        """Go on where the receiver stands that has found the connection's first frames."""
        return self._sort(self._channel.take_over(receiver, received, now), now)

    def deadline(self) -> datetime | None:
        """When ``overdue`` is to be called, as far as is known now."""
        due = [self._channel.deadline()]
        if not self._associations:  # as long as nobody is connected
            return due[0]
        due += [association.deadline() for _, association in self._associations.values()]
        return min((instant for instant in due if instant is not None), default=None)

    def overdue(self, now: datetime) -> list[ClientIncoming]:
        """Do what is due: give up what is incomplete, send pieces again, let associations time out."""
        events = self._sort(self._channel.overdue(now), now)
        for address, association in self._associations.values():
            step = association.overdue(now)
            if step is not None:
                events.append(AssociationMoved(address, step, association.agreed))
        return events

    def agreed(self, address: Address) -> Agreed | None:
        """Tell what has been agreed with a device in CONNECT."""
        _, association = self._associations.get(address.key, (address, None))
        return association.agreed if association is not None else None

    def send(self, frame: LinkFrame, now: datetime) -> bytes:
        """Give the bytes to write now: a frame, the first of its pieces, or nothing while others are under way.

        Raises LocalProtocolError.
        """
        self._watch(frame, now)
        return self._channel.send(frame, now, self._longest_to(frame.address))

    def pass_on(self, raw: bytes, now: datetime) -> tuple[LinkFrame, bytes]:
        """Take a frame that is built already; gives it with what ``send`` gives, which is itself where it is short.

        Raises LocalProtocolError, and RemoteProtocolError for what is no frame.
        """
        frame = parse_link(raw)
        self._watch(frame, now)
        longest = self._longest_to(frame.address)
        return frame, raw if self._channel.is_short(frame, longest) else self._channel.send(frame, now, longest)

    def cancel(self, frame: LinkFrame) -> None:
        """Send no more of a frame that went out by ``send``: what it asks is over."""
        self._channel.cancel(frame)

    def answer_link(
        self,
        asked: LinkAsked,
        *,
        received: DateTime,
        responded: DateTime,
        now: datetime,
        verdict: Verdict | None = None,
    ) -> bytes:
        """Answer a login, heartbeat or logout: T1 and PIID copied, our T2 and T3."""
        piid = replace(asked.request.piid, acd=False)
        response = LinkResponse(piid, verdict or Verdict(), asked.request.time, received, responded)
        return self.send(replace(asked.frame, control=LINK_RESPONSE, user_data=build_apdu(response)), now)

    def acknowledge(self, frame: LinkFrame, now: datetime, answer: bytes | None = None) -> bytes:
        """Answer a report, so that it isn't sent again: what came in ``Reported.frame`` or ``SecuredReported.frame``.

        A plain report is answered with its own PIID, kind and OADs. A secured one needs ``answer``, a
        SECURITY-Response ready-made, and nothing else goes out in its place: raises LocalProtocolError.
        """
        if frame.user_data[0] == SecurityRequest.tag:
            if answer is None or answer[:1] != bytes([SecurityResponse.tag]):
                raise LocalProtocolError("a secured report is answered by a SECURITY-Response and by nothing else")
        elif answer is None:
            answer = _taken(frame.user_data)
        self._unacknowledged.pop(_mark(frame), None)
        return self.send(replace(frame, control=REPORT_RESPONSE, user_data=answer), now)

    def drop(self, address: Address) -> None:
        """Forget what is under way with a device: it has begun anew."""
        self._channel.drop(address)
        self._associations.pop(address.key, None)

    def _sort(self, incoming: list[Incoming], now: datetime) -> list[ClientIncoming]:
        return [told for event in incoming for told in self._meaning(event, now)]

    def _meaning(self, event: Incoming, now: datetime) -> Iterator[ClientIncoming]:
        if not isinstance(event, Whole):
            yield event
            return
        frame, raws = event.frame, event.raws
        if frame.user_data[:1] == bytes([SecurityRequest.tag]):
            yield SecuredReported(frame, self._is_repeated(frame), raws)
            return
        try:
            apdu = self._read(frame.user_data)
        except RemoteProtocolError as error:
            yield Undecodable(frame, error, raws)
            return
        if isinstance(apdu, LinkRequest):
            if apdu.request is LinkKind.LOGIN:
                self.drop(frame.address)
            yield LinkAsked(frame, apdu, raws)
        elif isinstance(apdu, ReportNotification):
            yield Reported(frame, apdu, self._is_repeated(frame), raws)
        else:
            if isinstance(apdu, ServerApdu) and apdu.follow is not None:
                yield Followed(frame, apdu.follow, raws)
            moved = self._passed(frame.address, apdu, now)
            if moved is None or moved.step is not Step.NOTIFIED:
                yield Responded(frame, apdu, raws)
            if moved is not None:
                yield moved

    def _is_repeated(self, frame: LinkFrame) -> bool:
        """Whether the same report waits to be acknowledged; remembers it else."""
        mark = _mark(frame)
        if mark in self._unacknowledged:
            return True
        if len(self._unacknowledged) >= MAX_REPORTS:
            del self._unacknowledged[next(iter(self._unacknowledged))]
        self._unacknowledged[mark] = None
        return False

    def _longest_to(self, address: Address) -> int:
        agreed = self.agreed(address) if self._associations else None
        return agreed.to_server if agreed else self._max_frame

    def _watch(self, frame: LinkFrame, now: datetime) -> None:
        """Follow the association by what goes out; only its own APDUs are looked into."""
        key = frame.address.key
        tag = frame.user_data[:1]
        if tag == bytes([ConnectRequest.tag]) and key not in self._associations:
            if len(self._associations) >= MAX_DEVICES:
                del self._associations[next(iter(self._associations))]
            self._associations[key] = frame.address, Association()
        if key not in self._associations:
            return
        _, association = self._associations[key]
        if tag in {bytes([ConnectRequest.tag]), bytes([ReleaseRequest.tag])}:
            association.passed(parse_apdu(frame.user_data), now)
        else:
            association.touch(now)

    def _passed(self, address: Address, apdu: Apdu, now: datetime) -> AssociationMoved | None:
        """Follow the association by what comes in."""
        _, association = self._associations.get(address.key, (address, None))
        step = association.passed(apdu, now) if association is not None else None
        return AssociationMoved(address, step, association.agreed) if association is not None and step else None


def _mark(frame: LinkFrame) -> tuple[Key, bytes]:
    return frame.address.key, blake2b(frame.user_data, digest_size=16).digest()


def _taken(report: bytes) -> bytes:
    notification = parse_apdu(report)
    if not isinstance(notification, ReportNotification):
        raise LocalProtocolError(f"{type(notification).__name__} is no report")
    answer = answer_to(notification)
    return build_apdu(replace(answer, piid=replace(answer.piid, acd=False)))
