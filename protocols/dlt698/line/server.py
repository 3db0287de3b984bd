"""The server's session (服务器): a concentrator or meter on one connection; the simulators' side of the wire."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocols.dlt698.apdu.common import PIIDS, Apdu, ClientApdu, Piid
from protocols.dlt698.apdu.error import ClientErrorResponse
from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResponse
from protocols.dlt698.apdu.registry import build_apdu
from protocols.dlt698.apdu.report import ReportNotification, ReportResponse
from protocols.dlt698.apdu.security import SecurityRequest
from protocols.dlt698.line.channel import SAFE_FRAME, ApduReceived, Channel, Incoming, Transmit, Undecodable
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.wire.address import Address, AddressKind
from protocols.dlt698.wire.link import LINK_REQUEST, REPORT, LinkFrame
from protocols.dlt698.wire.receiver import Garbage


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the client; answer it by ``ServerSession.respond`` if ``wants_answer``."""

    frame: LinkFrame
    request: ClientApdu | SecurityRequest

    @property
    def wants_answer(self) -> bool:
        """Groups and broadcasts are obeyed in silence."""
        return self.frame.address.kind in {AddressKind.SINGLE, AddressKind.WILDCARD}


@dataclass(frozen=True, slots=True)
class LinkAnswered:
    """The client's answer to the last login, heartbeat or logout; ``request`` None = to none of them."""

    request: LinkRequest | None
    response: LinkResponse


@dataclass(frozen=True, slots=True)
class ReportTaken:
    """The client has stored a report; ``report`` None = one that isn't open."""

    report: ReportNotification | None
    response: ReportResponse


@dataclass(frozen=True, slots=True)
class NotOurs:
    """A frame for somebody else, or an APDU that no client sends to a server."""

    frame: LinkFrame
    apdu: Apdu


ServerEvent = Asked | LinkAnswered | ReportTaken | NotOurs | Transmit | Undecodable | Garbage


class ServerSession:
    """One connection of a device with its own single address; ``belongs`` says which groups it is in."""

    def __init__(
        self,
        address: Address,
        max_frame: int = SAFE_FRAME,
        belongs: Callable[[Address], bool] = lambda _: False,
    ) -> None:
        self._address = address
        self._belongs = belongs
        self._channel = Channel(max_frame)
        self._link: LinkRequest | None = None
        self._reports: dict[int, ReportNotification] = {}
        self._next = 0

    @property
    def channel(self) -> Channel:
        """The bytes below: limits, time-outs."""
        return self._channel

    def link(self, kind: LinkKind, period: int, now: DateTime) -> bytes:
        """Login, heartbeat or logout: ``period`` in seconds, ``now`` by the device's clock."""
        self._link = LinkRequest(self._piid(), kind, period, now)
        return self._channel.send(LinkFrame(LINK_REQUEST, self._address, 0, build_apdu(self._link)))

    def report(self, make: Callable[[Piid], ReportNotification]) -> tuple[ReportNotification, bytes]:
        """Make a report with the next number and give it with the bytes to write; it is open until taken."""
        report = make(self._piid())
        self._reports[report.piid.number] = report
        return report, self.repeat(report)

    def repeat(self, report: ReportNotification) -> bytes:
        """Give the bytes of an open report again."""
        return self._channel.send(LinkFrame(REPORT, self._address, 0, build_apdu(report)))

    def respond(self, asked: Asked, response: Apdu) -> bytes:
        """Answer a request with the device's own address, in the mode of the request."""
        control = replace(asked.frame.control.reversed, fragmented=False)
        return self._channel.send(
            replace(asked.frame, control=control, address=self._address, user_data=build_apdu(response))
        )

    def receive(self, data: bytes) -> list[ServerEvent]:
        """Tell what the bytes mean."""
        return [self._meaning(event) for event in self._channel.receive(data)]

    def give_up(self) -> list[ServerEvent]:
        """Give up what is incomplete; for the time-out between bytes."""
        return [self._meaning(event) for event in self._channel.give_up()]

    def _piid(self) -> Piid:
        number = self._next
        self._next = (number + 1) % PIIDS
        return Piid(number)

    def _meaning(self, event: Incoming) -> ServerEvent:
        if not isinstance(event, ApduReceived):
            return event
        frame, apdu = event.frame, event.apdu
        mine = self._belongs(frame.address) or frame.address.matches(self._address)
        if not mine:
            return NotOurs(frame, apdu)
        if isinstance(apdu, LinkResponse):
            request = self._link
            paired = request is not None and request.time == apdu.requested
            return LinkAnswered(request if paired else None, apdu)
        if isinstance(apdu, ReportResponse):
            return ReportTaken(self._reports.pop(apdu.piid.number, None), apdu)
        if isinstance(apdu, ClientApdu | SecurityRequest) and not isinstance(apdu, ClientErrorResponse):
            return Asked(frame, apdu)
        return NotOurs(frame, apdu)
