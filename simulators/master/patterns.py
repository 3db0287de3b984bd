"""Asking whoever has an address of a pattern, in each dialect: ``A`` in the high places of one stands for any digit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from protocols import dlt645, dlt698
from protocols.catalogue import Protocol
from protocols.dlt645 import DI
from protocols.dlt645.items.profile import Edition
from protocols.dlt698 import Piid, recipes
from protocols.dlt698.objects import meter_digits
from protocols.errors import ProtocolError

__all__ = ["DIALECTS", "Dialect", "Heard"]

ADDRESS = DI.parse("04000401")
NUMBER_1997 = 0xC032
ADDRESS_SIZE = 6
CLIENT = 0x10
GLITCH = 2
"""So many bytes beside a sound answer are of a line driver that lets go of the line, and no second answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who answered a question, and how many bytes came that are no frame."""

    addresses: frozenset[str] = frozenset()
    noise: int = 0

    @property
    def is_crowd(self) -> bool:
        """Whether more than one meter seems to have answered."""
        return len(self.addresses) > 1 or self.noise > (GLITCH if self.addresses else 0)

    def __or__(self, other: Self) -> "Heard":
        """Put two hearings of one question together."""
        return Heard(self.addresses | other.addresses, max(self.noise, other.noise))


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a pattern is asked for and what came is understood; ``step`` digits are told apart at a time."""

    step: int
    ask: Callable[[str], bytes]
    understand: Callable[[bytes], Heard]


def _ask_645(pattern: str) -> bytes:
    """Ask by 13H (读通信地址), which has no shorter addresses; by those the address is read like any item."""
    address = dlt645.Address(pattern)
    message = dlt645.ReadAddressRequest() if address.is_wildcard else dlt645.ReadRequest(ADDRESS)
    return dlt645.build_frame(dlt645.build_message(address, message))


def _ask_1997(pattern: str) -> bytes:
    return dlt645.build_frame(dlt645.build_message(dlt645.Address(pattern), dlt645.Read1997Request(NUMBER_1997)))


def _understand_645(data: bytes, edition: Edition) -> Heard:
    receiver = dlt645.Receiver()
    events = [*receiver.receive(data), *receiver.quiet()]
    frames = [event.frame for event in events if isinstance(event, dlt645.FrameReceived)]
    noise = sum(len(event.data.strip(b"\xfe")) for event in events if isinstance(event, dlt645.Garbage))
    answered = (_address_645(frame, edition) for frame in frames if frame.control.from_slave)
    return Heard(frozenset(filter(None, answered)), noise)


def _address_645(frame: dlt645.Frame, edition: Edition) -> str:
    """Tell who answered; one that repeats the pattern tells its address, or its number of 1997, in the answer."""
    address = frame.address
    if not address.is_meter:
        try:
            message = dlt645.parse_message(frame, edition=edition)
        except ProtocolError:
            return ""
        match message:
            case dlt645.ReadAddressAnswer(meter=meter):
                address = meter
            case dlt645.Read1997Answer(payload=payload) if len(payload) == ADDRESS_SIZE:
                address = dlt645.Address.from_wire(payload)
    return address.digits if address.is_meter else ""


def _ask_698(pattern: str) -> bytes:
    request = dlt698.build_apdu(recipes.get(Piid(0), (recipes.COMMUNICATION_ADDRESS,)))
    address = dlt698.Address.wildcard(pattern) if "A" in pattern else dlt698.Address.single(pattern)
    return dlt698.build_link(dlt698.LinkFrame(dlt698.REQUEST, address, CLIENT, request))


def _understand_698(data: bytes) -> Heard:
    receiver = dlt698.Receiver()
    events = receiver.receive(data)
    while receiver.pending:
        events += receiver.give_up()
    frames = [event.frame for event in events if isinstance(event, dlt698.FrameReceived)]
    noise = sum(len(event.data.strip(b"\xfe")) for event in events if isinstance(event, dlt698.Garbage))
    answered = (_address_698(frame) for frame in frames if frame.control.from_server)
    return Heard(frozenset(filter(None, answered)), noise)


def _address_698(frame: dlt698.LinkFrame) -> str:
    """Tell who answered; one that repeats the pattern tells in the answer what it calls its own."""
    if frame.address.kind is dlt698.AddressKind.SINGLE and "A" not in frame.address.digits:
        return frame.address.digits
    try:
        answer = dlt698.parse_apdu(frame.user_data)
    except ProtocolError:
        return ""
    match answer:
        case dlt698.GetListResponse(results=(dlt698.ResultNormal(result=dlt698.Value() as value),)):
            return meter_digits(value) or ""
        case _:
            return ""


DIALECTS: Mapping[Protocol, Dialect] = {
    Protocol.DLT645: Dialect(2, _ask_645, partial(_understand_645, edition=Edition.E2007)),
    Protocol.DLT645_1997: Dialect(2, _ask_1997, partial(_understand_645, edition=Edition.E1997)),
    Protocol.DLT698: Dialect(1, _ask_698, _understand_698),
}
"""By what a meter speaks."""
