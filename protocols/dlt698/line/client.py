"""The client's session (客户机, head-end): one connection, requests out, answers matched, reports and logins told.

An answer belongs to a request by device, PIID number, service and kind; anything else is told as unmatched and
completes nothing. There are 64 numbers per device and none is used twice while it is open.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocols.dlt698.apdu.common import PIIDS, Apdu, ClientApdu, Piid, ServerApdu
from protocols.dlt698.apdu.error import ServerErrorResponse
from protocols.dlt698.apdu.get import GetNextRequest, GetNextResponse, GetRequest
from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResponse, Verdict
from protocols.dlt698.apdu.registry import build_apdu
from protocols.dlt698.apdu.report import ReportNotification, answer_to
from protocols.dlt698.line.channel import SAFE_FRAME, ApduReceived, Channel, Incoming, Key, Transmit, Undecodable
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.link import LINK_RESPONSE, REPORT_RESPONSE, REQUEST, LinkFrame
from protocols.dlt698.wire.receiver import Garbage
from protocols.errors import LocalProtocolError

DEFAULT_CLIENT = 0x10  # CA; one meter firmware takes its high nibble as the set of keys
_RESPONSE = 0x80  # tag of an answer = tag of its request + 128


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request, or the device's ERROR-Response to it."""

    address: Address
    request: ClientApdu
    response: ServerApdu


@dataclass(frozen=True, slots=True)
class LinkAsked:
    """A login, heartbeat or logout; answer it at once by ``ClientSession.answer_link``."""

    frame: LinkFrame
    request: LinkRequest


@dataclass(frozen=True, slots=True)
class Reported:
    """A report; store it first, then ``ClientSession.acknowledge``."""

    frame: LinkFrame
    report: ReportNotification


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A whole APDU that answers no open request: late, strange, or wrapped in SECURITY."""

    frame: LinkFrame
    apdu: Apdu


ClientEvent = Answered | LinkAsked | Reported | Unmatched | Transmit | Undecodable | Garbage


def answers(request: ClientApdu, response: ServerApdu) -> bool:
    """Whether service and kind of a response fit the request; Next may answer any GET, an ERROR anything."""
    if response.piid.number != request.piid.number:
        return False
    if isinstance(response, ServerErrorResponse):
        return True
    if isinstance(response, GetNextResponse):
        return isinstance(request, GetRequest)
    return response.tag == request.tag + _RESPONSE and response.kind == request.kind


class ClientSession:
    """One connection of the head-end; ``client`` is the CA of requests."""

    def __init__(self, client: int = DEFAULT_CLIENT, max_frame: int = SAFE_FRAME) -> None:
        self._client = client
        self._channel = Channel(max_frame)
        self._open: dict[tuple[Key, int], tuple[Address, ClientApdu]] = {}
        self._next: dict[Key, int] = {}

    @property
    def channel(self) -> Channel:
        """The bytes below: limits, time-outs."""
        return self._channel

    def ask(self, address: Address, make: Callable[[Piid], ClientApdu]) -> tuple[ClientApdu, bytes]:
        """Make a request with a free number and give it with the bytes to write; raises LocalProtocolError."""
        number = self._free(address.key)
        request = make(Piid(number))
        if request.piid.number != number:
            raise LocalProtocolError(f"the request has number {request.piid.number} where {number} was given to it")
        data = self._channel.send(LinkFrame(REQUEST, address, self._client, build_apdu(request)))
        self._open[address.key, number] = address, request
        return request, data

    def next_block(self, answered: Answered) -> tuple[ClientApdu, bytes]:
        """Ask for the block after the one that came."""
        response = answered.response
        if not isinstance(response, GetNextResponse):
            raise LocalProtocolError(f"{type(response).__name__} has no next block")
        block = response.block
        return self.ask(answered.address, lambda piid: GetNextRequest(piid, block))

    def forget(self, address: Address, request: ClientApdu) -> None:
        """Close a request whose time is over; a late answer to it will be unmatched."""
        self._open.pop((address.key, request.piid.number), None)

    def receive(self, data: bytes) -> list[ClientEvent]:
        """Tell what the bytes mean."""
        return [self._meaning(event) for event in self._channel.receive(data)]

    def give_up(self) -> list[ClientEvent]:
        """Give up what is incomplete; for the time-out between bytes."""
        return [self._meaning(event) for event in self._channel.give_up()]

    def answer_link(
        self, asked: LinkAsked, *, received: DateTime, responded: DateTime, verdict: Verdict | None = None
    ) -> bytes:
        """Answer a login, heartbeat or logout: T1 and PIID copied, our T2 and T3."""
        piid = replace(asked.request.piid, acd=False)
        response = LinkResponse(piid, verdict or Verdict(), asked.request.time, received, responded)
        return self._channel.send(replace(asked.frame, control=LINK_RESPONSE, user_data=build_apdu(response)))

    def acknowledge(self, reported: Reported) -> bytes:
        """Answer a report, so that it isn't sent again."""
        answer = build_apdu(answer_to(reported.report))
        return self._channel.send(replace(reported.frame, control=REPORT_RESPONSE, user_data=answer))

    def _free(self, key: Key) -> int:
        start = self._next.get(key, 0)
        for step in range(PIIDS):
            number = (start + step) % PIIDS
            if (key, number) not in self._open:
                self._next[key] = (number + 1) % PIIDS
                return number
        raise LocalProtocolError(f"all {PIIDS} service numbers of {key[0]} are open: forget one whose time is over")

    def _meaning(self, event: Incoming) -> ClientEvent:
        if not isinstance(event, ApduReceived):
            return event
        frame, apdu = event.frame, event.apdu
        if isinstance(apdu, LinkRequest):
            if apdu.request is LinkKind.LOGIN:
                self._channel.drop(frame.address)
            return LinkAsked(frame, apdu)
        if isinstance(apdu, ReportNotification):
            return Reported(frame, apdu)
        if isinstance(apdu, ServerApdu):
            request = self._take_request(frame.address, apdu)
            if request is not None:
                return Answered(frame.address, request, apdu)
        return Unmatched(frame, apdu)

    def _take_request(self, address: Address, response: ServerApdu) -> ClientApdu | None:
        """Find what a device answers; a request to a wildcard is answered with the real address."""
        for slot, (asked, request) in self._open.items():
            if asked.matches(address) and answers(request, response):
                del self._open[slot]
                return request
        return None
