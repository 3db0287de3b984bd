"""The client's session (客户机, head-end): one connection, requests out, answers matched, reports and logins told.

An answer belongs to a request by device, PIID number, service and kind; anything else is told as unmatched and
completes nothing. No number is used again before all that could come in of its last request has come or cannot
come any more. Answers in blocks are fetched to their end and told as if they had come at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from protocols.dlt698.apdu.common import PIIDS, Apdu, ClientApdu, Piid
from protocols.dlt698.apdu.get import GetNextResponse
from protocols.dlt698.apdu.link import Verdict
from protocols.dlt698.apdu.registry import build_apdu
from protocols.dlt698.apdu.security import SecurityRequest
from protocols.dlt698.line.association import AssociationMoved
from protocols.dlt698.line.blocks import BlockRead, Broken, Joined, LongRead, NextBlock, RepeatedBlock
from protocols.dlt698.line.channel import (
    SAFE_FRAME,
    Key,
    Times,
    Transmit,
    Undecodable,
    Undelivered,
    Unfinished,
)
from protocols.dlt698.line.client_end import (
    ClientEnd,
    ClientIncoming,
    Followed,
    LinkAsked,
    Reported,
    Responded,
    SecuredReported,
)
from protocols.dlt698.line.matching import Expected, Match, Questions, is_answered
from protocols.dlt698.line.timing import COPY, LATE, patience
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.link import REQUEST, LinkFrame
from protocols.dlt698.wire.receiver import Garbage
from protocols.errors import LocalProtocolError

DEFAULT_CLIENT = 0x10  # CA; one meter firmware takes its high nibble as the set of keys

Request = ClientApdu | SecurityRequest


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request, or the device's ERROR-Response to it; ``raws`` are the frames that brought it."""

    address: Address
    request: Request
    response: Apdu
    raws: tuple[bytes, ...] = field(repr=False)


class Loss(Enum):
    """Why a request stays without its answer."""

    SILENCE = "silence"  # its time is over; the device may have acted all the same
    UNDELIVERED = "undelivered"  # a piece of it was never acknowledged
    BROKEN = "broken"  # its answer came in blocks that do not make a whole
    RESTART = "restart"  # the server has lost its place in the blocks: the whole read is to be asked again
    CLOSED = "closed"  # the connection went away


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request whose answer was not to be had; ``raws`` are the frames of a part of it."""

    address: Address
    request: Request
    loss: Loss
    detail: str = ""
    raws: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A whole APDU that answers no open request, and why."""

    frame: LinkFrame
    apdu: Apdu
    match: Match
    raws: tuple[bytes, ...] = field(repr=False)


ClientEvent = (
    Answered
    | Unanswered
    | LinkAsked
    | Reported
    | SecuredReported
    | Followed
    | Unmatched
    | AssociationMoved
    | Transmit
    | Undecodable
    | Unfinished
    | Garbage
)


@dataclass(slots=True)
class _Open:
    """A request that is out. For a block after the first, ``request`` is still the one that began the read."""

    address: Address
    request: Request
    frame: LinkFrame
    until: datetime
    patience: timedelta
    blocks: BlockRead | None = None
    raws: tuple[bytes, ...] = ()


class ClientSession:
    """One connection of the head-end; ``client`` is the CA of requests.

    ``max_frame`` (bytes) and ``window`` (requests open to one device) hold until CONNECT has agreed on others.
    """

    def __init__(
        self,
        client: int = DEFAULT_CLIENT,
        *,
        max_frame: int = SAFE_FRAME,
        window: int = 1,
        times: Times | None = None,
    ) -> None:
        self._client = client
        self._window = window
        self._end = ClientEnd(max_frame=max_frame, times=times)
        self._questions = Questions()
        self._open: dict[Expected, _Open] = {}
        self._resting: dict[Expected, datetime] = {}
        self._next: dict[Key, int] = {}

    def ask(
        self, address: Address, make: Callable[[Piid], Request], now: datetime, *, time: timedelta | None = None
    ) -> tuple[Request, bytes]:
        """Make a request with a free number and give it with the bytes to write.

        Its answer is waited for as long as ``time``, by default :func:`.timing.patience`. A request to a group or to
        everybody is not open, as nobody answers it. Raises LocalProtocolError: the window is full, or the request is
        a second read, or all numbers are open or rest, or a protected request would be taken for answered by the answer
        of another that is open, or by an older one's late answer.
        """
        self._forget(now)
        if self.room(address) < 1:
            raise LocalProtocolError(f"the window to {address.digits} is full: wait for an answer")
        number = self._free(address)
        request = make(Piid(number))
        if isinstance(request, ClientApdu) and request.piid.number != number:
            raise LocalProtocolError(f"the request has number {request.piid.number} where {number} was given to it")
        if isinstance(request, LongRead) and self.is_reading(address):
            raise LocalProtocolError(f"a read of {address.digits} is open: its blocks could not be told from another's")
        frame = LinkFrame(REQUEST, address, self._client, build_apdu(request))
        if not is_answered(address):
            return request, self._end.send(frame, now)
        waits = patience(request) if time is None else time
        return request, self._send(_Open(address, request, frame, now + waits, waits), request, now)

    def room(self, address: Address) -> int:
        """How many more requests may be open to a device."""
        agreed = self._end.agreed(address)
        out = sum(one.address.key == address.key for one in self._open.values())
        return (agreed.window if agreed else self._window) - out

    def is_reading(self, address: Address) -> bool:
        """Whether a read is open to a device.

        One at a time, whatever the window: the request for its next block does not say of which answer, and a device
        keeps one long answer.
        """
        return any(
            isinstance(one.request, LongRead) and (one.address.matches(address) or address.matches(one.address))
            for one in self._open.values()
        )

    def abandon(self, address: Address, request: Request, now: datetime) -> None:
        """Give up a request; a late answer to it will be unmatched."""
        for expected, one in list(self._open.items()):
            if one.request == request and one.address == address:
                self._leave(expected, now + LATE)

    def receive(self, data: bytes, now: datetime) -> list[ClientEvent]:
        """Tell what the bytes mean."""
        self._forget(now)
        return self._sort(self._end.receive(data, now), now)

    def deadline(self) -> datetime | None:
        """When ``overdue`` is to be called, as far as is known now."""
        due = [one.until for one in self._open.values()]
        below = self._end.deadline()
        return min(due if below is None else [*due, below], default=None)

    def overdue(self, now: datetime) -> list[ClientEvent]:
        """Do what is due: give up requests whose time is over and what is incomplete, send pieces again."""
        events = self._sort(self._end.overdue(now), now)
        for expected in [expected for expected, one in self._open.items() if one.until <= now]:
            one = self._leave(expected, now + LATE)
            events.append(Unanswered(one.address, one.request, Loss.SILENCE, raws=one.raws))
        return events

    def close(self, now: datetime) -> list[Unanswered]:
        """Give up all requests, as the connection is gone."""
        lost = [self._leave(expected, now + LATE) for expected in list(self._open)]
        return [Unanswered(one.address, one.request, Loss.CLOSED, raws=one.raws) for one in lost]

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
        return self._end.answer_link(asked, received=received, responded=responded, now=now, verdict=verdict)

    def acknowledge(self, reported: Reported | SecuredReported, now: datetime, answer: bytes | None = None) -> bytes:
        """Answer a report; see :meth:`.ClientEnd.acknowledge`."""
        return self._end.acknowledge(reported.frame, now, answer)

    def _send(self, one: _Open, request: Request, now: datetime) -> bytes:
        expected = Expected.of(one.address, request)
        older_ones = self._questions.in_the_way(expected)
        if expected in self._open or any(older not in self._open for older in older_ones):
            raise LocalProtocolError(f"the answer to an older request could be taken for {type(request).__name__}'s")
        return self._put(one, expected, now)

    def _put(self, one: _Open, expected: Expected, now: datetime) -> bytes:
        self._note(one, expected)
        return self._end.send(one.frame, now)

    def _note(self, one: _Open, expected: Expected) -> None:
        self._questions.ask(expected)
        self._resting.pop(expected, None)
        self._open[expected] = one

    def _free(self, address: Address) -> int:
        """Find a number that nothing can be answered to any more, the longest unused first."""
        digits, logical = address.key
        start = self._next.get(address.key, 0)
        for step in range(PIIDS):
            number = (start + step) % PIIDS
            if not self._questions.in_the_way(Expected(digits, number, 0, logical=logical)):
                self._next[address.key] = (number + 1) % PIIDS
                return number
        raise LocalProtocolError(f"all {PIIDS} service numbers of {digits} are in use: wait")

    def _leave(self, expected: Expected, until: datetime) -> _Open:
        self._questions.abandon(expected)
        self._resting[expected] = until
        one = self._open.pop(expected)
        self._end.cancel(one.frame)
        return one

    def _forget(self, now: datetime) -> None:
        for expected in [expected for expected, until in self._resting.items() if until <= now]:
            del self._resting[expected]
            self._questions.forget(expected)

    def _sort(self, incoming: list[ClientIncoming], now: datetime) -> list[ClientEvent]:
        return [told for event in incoming for told in self._meaning(event, now)]

    def _meaning(self, event: ClientIncoming, now: datetime) -> Iterator[ClientEvent]:
        if isinstance(event, Undelivered):
            for expected, one in list(self._open.items()):
                if one.frame is event.frame:
                    self._leave(expected, now + LATE)
                    yield Unanswered(one.address, one.request, Loss.UNDELIVERED, raws=one.raws)
        elif not isinstance(event, Responded):
            yield event
        else:
            match = self._questions.take(event.frame.address, event.apdu)
            if isinstance(match, Match):
                yield Unmatched(event.frame, event.apdu, match, event.raws)
            else:
                yield from self._answered(match, event, now)

    def _answered(self, expected: Expected, event: Responded, now: datetime) -> Iterator[ClientEvent]:
        one = self._leave(expected, now + COPY)
        address, raws = event.frame.address, one.raws + event.raws
        if not isinstance(event.apdu, GetNextResponse) or not isinstance(one.request, LongRead):
            yield Answered(address, one.request, event.apdu, raws)
            return
        blocks = one.blocks or BlockRead(one.request)
        match blocks.take(event.apdu):
            case Joined(response=response):
                yield Answered(address, one.request, response, raws)
            case Broken(why=why, restart=restart):
                loss = Loss.RESTART if restart else Loss.BROKEN
                yield Unanswered(one.address, one.request, loss, why, raws)
            case RepeatedBlock():
                self._note(one, expected)
            case NextBlock() as following:
                # Under the same number, so that a long answer does not use all of them up; blocks are numbered.
                request = following.request(one.request.piid)
                frame = LinkFrame(REQUEST, one.address, self._client, build_apdu(request))
                asked = replace(one, frame=frame, until=now + one.patience, blocks=blocks, raws=raws)
                yield Transmit(self._put(asked, Expected.of(one.address, request), now))
