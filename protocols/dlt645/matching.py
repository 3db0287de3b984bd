"""Which frame answers which request, DL/T 645-2007, 5.2.2, 5.2.4 and 7.

A late answer to the question before is the classic cause of wrong readings on a line whose frames carry no
numbers, so everything that can be compared is.
"""

from enum import Enum

from protocols.dlt645.control import Function
from protocols.dlt645.frame import Frame
from protocols.dlt645.functions.address import ReadAddressAnswer, WriteAddressRequest
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.read_1997 import Read1997Answer
from protocols.dlt645.functions.read_next import ReadNextAnswer, ReadNextRequest
from protocols.dlt645.functions.security import SecurityAnswer
from protocols.dlt645.messages import Message, parse_message
from protocols.errors import ProtocolError

__all__ = ["Match", "answers", "expects_answer"]


class Match(Enum):
    """What a received frame is to a request."""

    ANSWER = "answer"
    """The answer, be it data or a refusal."""
    ECHO = "echo"
    """The request itself, returned by the RS-485 adapter."""
    NOT_FROM_SLAVE = "not_from_slave"
    """Another master's request."""
    OTHER_ADDRESS = "other_address"
    OTHER_FUNCTION = "other_function"
    OTHER_IDENTIFIER = "other_identifier"
    OTHER_SEQUENCE = "other_sequence"
    MALFORMED = "malformed"
    """From the right meter for the right function, but its data field cannot be understood."""

    @property
    def is_answer(self) -> bool:
        """Whether the request is answered."""
        return self is Match.ANSWER


def expects_answer(request: Frame) -> bool:
    """Whether anybody answers the request at all: broadcasts and 08H are obeyed in silence."""
    return not request.address.is_broadcast and request.control.function != Function.BROADCAST_TIME


def answers(request: Frame, received: Frame) -> Match:
    """Tell what ``received`` is to ``request``. Never raises."""
    if received == request:
        return Match.ECHO
    if not received.control.from_slave:
        return Match.NOT_FROM_SLAVE
    try:
        asked, told = parse_message(request), parse_message(received)
    except ProtocolError:
        asked, told = None, None
    if not _address_fits(request, received, asked, told):
        return Match.OTHER_ADDRESS
    if received.control.function != request.control.function:
        return Match.OTHER_FUNCTION
    return _content_fits(asked, told)


def _content_fits(asked: Message | None, told: Message | None) -> Match:
    """Compare what the data fields say, once address and function are right."""
    if asked is None or told is None:
        return Match.MALFORMED
    if isinstance(told, ReadAnswer | ReadNextAnswer | Read1997Answer | SecurityAnswer) and (
        told.di != getattr(asked, "di", None)
    ):
        return Match.OTHER_IDENTIFIER
    if isinstance(told, ReadNextAnswer) and isinstance(asked, ReadNextRequest) and told.seq != asked.seq:
        return Match.OTHER_SEQUENCE
    return Match.ANSWER


def _address_fits(request: Frame, received: Frame, asked: Message | None, told: Message | None) -> bool:
    """Compare addresses; a meter that was given a new one answers under that."""
    if isinstance(asked, WriteAddressRequest):
        return received.address == asked.meter
    if isinstance(told, ReadAddressAnswer) and told.meter != received.address:
        return False
    return request.address.covers(received.address)
