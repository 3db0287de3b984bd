"""The four roads to a meter: what a question looks like on each, and how its answer is unwrapped.

======= =========================================================== ==========================================
road    request                                                     answer
======= =========================================================== ==========================================
PROXY   PROXY-Request of DL/T 698.45 for one meter                  results under the meter's address
FORWARD a complete frame of either dialect in PROXY-Request kind 7  the meter's frame inside, or a DAR
DTU     the DL/T 645 frame itself                                   the meter's frame itself
DIRECT  the DL/T 698.45 frame itself                                the meter's frame itself
======= =========================================================== ==========================================

A DL/T 698.45 meter behind a concentrator is read by PROXY; its model says by which road orders go.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar

from drivers.link import Expect698, Heard698, Links, Understood
from drivers.meter.asking import Question
from drivers.meter.model import MeterSettings, Silence
from drivers.meter.replies import Got, Missing, Reply, of_dar, of_error, of_refusal
from protocols import dlt645, dlt698
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt698 import OAD, Address, Dar, Piid, recipes
from protocols.dlt698.models import Model
from protocols.dlt698.records import has_records

Response = TypeVar("Response", bound=dlt698.Apdu)
T = TypeVar("T")

METER_WAIT = 45
"""Seconds that a concentrator waits for one meter: an exchange on the power line takes 2 to 60 s, mostly below 10."""
TOTAL_WAIT = 50
"""Seconds for the whole PROXY request; beyond its meter's own, as the concentrator has work of its own."""
BYTE_WAIT = 500
"""Milliseconds between two bytes of a meter's answer (DL/T 645-2007, 5.3)."""


class Carrier645(Protocol):
    """A road for DL/T 645 messages."""

    def carry(
        self, address: dlt645.Address, message: dlt645.Request, answer: type[T], profile: Profile = STANDARD
    ) -> Question[T]:
        """Make the question whose answer is that class of message from that meter of that profile."""


class DtuRoad:
    """Raw frames; a meter is waited for as long as `patience`, or else as its line needs."""

    def __init__(self, links: Links, link: str, patience: timedelta | None = None) -> None:
        self._links = links
        self._link = link
        self._patience = patience

    def carry(
        self, address: dlt645.Address, message: dlt645.Request, answer: type[T], profile: Profile = STANDARD
    ) -> Question[T]:
        """See `Carrier645.carry`."""
        request = dlt645.build_message(address, message)
        expected = dlt645.Expected.to(message, request, profile.edition)
        frame = dlt645.build_frame(request, wakeup=profile.wakeup)
        return Question(
            request=frame,
            expects=expected,
            patience=self._patience or self._links.pacing(self._link).patience_645(len(frame)),
            read=partial(_heard_645, answer),
        )


class DirectRoad:
    """Frames of DL/T 698.45 for the device itself that a link leads to, a terminal or a meter.

    ``client`` is CA. It is waited for as long as ``patience``, or else as its road and the request need.
    """

    def __init__(
        self, links: Links, link: str, address: Address, *, client: int, patience: timedelta | None = None
    ) -> None:
        self._links = links
        self._link = link
        self._address = address
        self._client = client
        self._patience = patience

    def piid(self) -> Piid:
        """Give the service number for a new request."""
        return Piid(self._links.next_piid(self._link))

    def carry(
        self, request: dlt698.ClientApdu | dlt698.SecurityRequest, read: Callable[[bytes], Reply[T]]
    ) -> Question[T]:
        """Make the question whose answer is the APDU that belongs to the request, or an ERROR-Response."""
        return self.ask(request, partial(_octets, read))

    def ask(
        self, request: dlt698.ClientApdu | dlt698.SecurityRequest, read: Callable[[Heard698], Reply[T]]
    ) -> Question[T]:
        """Make that question for who reads what the link has understood already."""
        apdu = dlt698.build_apdu(request)
        frame = dlt698.build_link(dlt698.LinkFrame(dlt698.REQUEST, self._address, self._client, apdu))
        return Question(
            request=frame,
            expects=Expect698.of(self._address, request),
            patience=self._patience or self._links.pacing(self._link).patience_698(request, len(frame)),
            read=partial(_heard_698, read),
        )


class ConcentratorRoad:
    """PROXY requests to one concentrator, and DL/T 645 frames inside of them."""

    def __init__(self, links: Links, link: str, server: str, settings: MeterSettings) -> None:
        self._settings = settings
        self.itself = DirectRoad(links, link, Address.single(server), client=settings.client)

    def carry(
        self, address: dlt645.Address, message: dlt645.Request, answer: type[T], profile: Profile = STANDARD
    ) -> Question[T]:
        """See `Carrier645.carry`."""
        request = dlt645.build_message(address, message)
        expected = dlt645.Expected.to(message, request, profile.edition)
        outer = recipes.forward(
            self.piid(),
            dlt645.build_frame(request, wakeup=profile.wakeup),
            port=OAD.parse(self._settings.forward_port),
            wait=METER_WAIT,
            byte_wait=BYTE_WAIT,
        )
        return self.ask(outer, dlt698.ProxyTransResponse, partial(_unwrap_645, expected, answer))

    def forward(
        self,
        address: str,
        request: dlt698.ClientApdu | dlt698.SecurityRequest,
        model: Model,
        read: Callable[[bytes], Reply[T]],
    ) -> Question[T]:
        """Make the question whose answer is an APDU in a complete frame of that meter, whole and sound."""
        outer = recipes.forward(
            self.piid(),
            recipes.frame_for(address, model.client, dlt698.build_apdu(request)),
            port=model.port,
            settings=model.line,
            wait=METER_WAIT,
            byte_wait=BYTE_WAIT,
        )

        return self.ask(outer, dlt698.ProxyTransResponse, partial(_unwrap_698, address, read))

    def piid(self) -> Piid:
        """Give the service number for a new request."""
        return self.itself.piid()

    def ask(
        self,
        request: dlt698.ClientApdu,
        response: type[Response],
        read: Callable[[Response], Reply[T]],
    ) -> Question[T]:
        """Make the question whose answer is that class of APDU."""
        return self.itself.ask(request, partial(_responded, response, read))


def _heard_698(read: Callable[[Heard698], Reply[T]], heard: Understood) -> Reply[T]:
    assert isinstance(heard, Heard698), "who is asked in DL/T 698.45 answers in it"
    return read(heard)


def _octets(read: Callable[[bytes], Reply[T]], heard: Heard698) -> Reply[T]:
    return read(heard.frame.user_data)


def _responded(response: type[Response], read: Callable[[Response], Reply[T]], heard: Heard698) -> Reply[T]:
    apdu = dlt698.parse_apdu(heard.frame.user_data) if has_records(heard.apdu) else heard.apdu
    if isinstance(apdu, dlt698.ServerErrorResponse):
        return of_error(apdu)
    assert isinstance(apdu, response), "the link has matched service and kind"
    return read(apdu)


def _unwrap_698(address: str, read: Callable[[bytes], Reply[T]], told: dlt698.ProxyTransResponse) -> Reply[T]:
    back = recipes.forwarded(told)
    if isinstance(back, Dar):
        return of_dar(back)
    answer = recipes.frame_of(address, back)
    return Missing(Silence.GARBLED) if answer is None else read(answer)


def _unwrap_645(expected: dlt645.Expected, answer: type[T], told: dlt698.ProxyTransResponse) -> Reply[T]:
    """Tell the concentrator's own refusal, an empty answer and a meter's frame apart."""
    back = recipes.forwarded(told)
    if isinstance(back, Dar):
        return of_dar(back)
    receiver = dlt645.Receiver()
    for event in [*receiver.receive(back), *receiver.quiet()]:
        if isinstance(event, dlt645.FrameReceived) and expected.match(event.frame).is_answer:
            return _told(answer, dlt645.parse_message(event.frame, expected.edition))
    return Missing(Silence.GARBLED)


def _heard_645(answer: type[T], heard: Understood) -> Reply[T]:
    assert isinstance(heard, dlt645.Answered), "who is asked in DL/T 645 answers in it"
    return _told(answer, heard.message)


def _told(answer: type[T], message: dlt645.Message) -> Reply[T]:
    if isinstance(message, dlt645.Refusal):
        return of_refusal(message)
    return Got(message) if isinstance(message, answer) else Missing(Silence.GARBLED)
