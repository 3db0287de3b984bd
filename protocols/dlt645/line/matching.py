"""Which frame answers which request, DL/T 645-2007, 5.2.2, 5.2.4 and 7.

A late answer to the question before is the classic cause of wrong readings on a line whose frames carry no
numbers, so everything that can be compared is.
"""

from dataclasses import dataclass, field
from enum import Enum

from protocols.dlt645.functions.address import ReadAddressAnswer, WriteAddressRequest
from protocols.dlt645.functions.read_next import ReadNextAnswer, ReadNextRequest
from protocols.dlt645.functions.refusal import Refusal
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.messages import Message, Unknown, parse_message
from protocols.dlt645.wire.address import Address
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.frame import Frame
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Expected", "Match", "answers", "expects_answer"]

_NOTHING = slice(0)
_REPEATED: dict[int, slice] = {
    Function.READ: slice(4),
    Function.READ_NEXT: slice(4),
    Function.SECURITY: slice(4),
    Function.CHANGE_BAUD: slice(1),
    Function.CHANGE_PASSWORD: slice(8, 12),
    Function.OUTPUT: slice(1),
    Function.READ_1997: slice(2),
    Function.READ_NEXT_1997: slice(2),
    Function.CHANGE_BAUD_1997: slice(1),
    Function.CHANGE_PASSWORD_1997: slice(4, 8),
}
"""Which bytes of a request's data field the data field of its answer begins with."""


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
    UNASKED = "unasked"
    """An answer while no question is out, and to none that is remembered."""
    LATE = "late"
    """The answer to an older question that was given up."""
    COPY = "copy"
    """A further copy of an answer that was taken already."""
    DOUBTFUL = "doubtful"
    """A refusal that could be for the question as well as for an older one: it does not say of what."""

    @property
    def is_answer(self) -> bool:
        """Whether the request is answered."""
        return self is Match.ANSWER


@dataclass(frozen=True, slots=True)
class Expected:
    """How the answer to a request is known: plain data that may be kept and carried without the request.

    ``address`` is the one asked, or the one the answer comes under where that is another (15H). ``repeats`` are the
    bytes the answer's data field begins with, unmasked and in wire order: the identifier in most cases. They stay
    out of ``repr``, as a new password is among them. A refusal repeats neither these nor ``sequence``.
    """

    address: Address
    function: int
    repeats: bytes = field(default=b"", repr=False)
    sequence: int | None = None
    edition: Edition = Edition.E2007

    def __hash__(self) -> int:
        """Hash what tells most questions apart: each is hashed some five times, and all parts take three times that."""
        return hash((self.address.digits, self.function, self.repeats))

    @classmethod
    def of(cls, request: Frame, edition: Edition = Edition.E2007) -> "Expected":
        """How the answer to ``request`` is known.

        Raises LocalProtocolError for what is no request or has a data field no form of its function has.
        """
        if request.control.from_slave:
            raise LocalProtocolError("an answer is not asked")
        try:
            asked = parse_message(request, edition)
        except RemoteProtocolError as error:
            raise LocalProtocolError(f"no request to be sent: {error}") from None
        return cls.to(asked, request, edition)

    @classmethod
    def to(cls, asked: Message, request: Frame, edition: Edition = Edition.E2007) -> "Expected":
        """How the answer to a message of a master is known, of which ``request`` was built."""
        function = request.control.function
        return cls(
            address=asked.meter if isinstance(asked, WriteAddressRequest) else request.address,
            function=function,
            repeats=request.data[_REPEATED.get(function, _NOTHING)],
            sequence=asked.seq if isinstance(asked, ReadNextRequest) else None,
            edition=edition,
        )

    @property
    def comes(self) -> bool:
        """Whether anybody answers at all: broadcasts and 08H are obeyed in silence."""
        return not self.address.is_broadcast and self.function != Function.BROADCAST_TIME

    def match(self, received: Frame) -> Match:
        """Tell what ``received`` is to the request, any frame but its echo. Never raises."""
        return self.judge(received)[0]

    def judge(self, received: Frame) -> tuple[Match, Message | None]:
        """Do as `match` does, and give what was understood of the frame; of an answer that is all of it."""
        try:
            told = parse_message(received, self.edition)
        except RemoteProtocolError:
            told = None
        return self._compare(received, told), told

    def _compare(self, received: Frame, told: Message | None) -> Match:
        if not received.control.from_slave:
            return Match.NOT_FROM_SLAVE
        if not self.address.covers(received.address) or _misnamed(received, told):
            return Match.OTHER_ADDRESS
        if received.control.function != self.function:
            return Match.OTHER_FUNCTION
        return self._match_content(received.data, told)

    def shares_refusals(self, other: "Expected") -> bool:
        """Whether a refusal of one of two requests could be taken for a refusal of the other."""
        return self.function == other.function and (
            self.address.covers(other.address) or other.address.covers(self.address)
        )

    def shares_answers(self, other: "Expected") -> bool:
        """Whether any answer to one of two requests could be taken for an answer to the other."""
        return (
            self.shares_refusals(other)
            and (self.repeats.startswith(other.repeats) or other.repeats.startswith(self.repeats))
            and self.sequence == other.sequence
        )

    def _match_content(self, data: bytes, told: Message | None) -> Match:
        """Compare what the data fields say, once address and function are right."""
        if isinstance(told, Refusal):
            return Match.ANSWER
        if told is None or _is_unheard_of(told):
            return Match.MALFORMED
        if not data.startswith(self.repeats):
            return Match.OTHER_IDENTIFIER
        if isinstance(told, ReadNextAnswer) and told.seq != self.sequence:
            return Match.OTHER_SEQUENCE
        return Match.ANSWER


def expects_answer(request: Frame) -> bool:
    """Whether anybody answers the request at all: broadcasts and 08H are obeyed in silence."""
    return Expected(request.address, request.control.function).comes


def answers(request: Frame, received: Frame, edition: Edition = Edition.E2007) -> Match:
    """Tell what ``received`` is to ``request``; MALFORMED also where no request can look so. Never raises."""
    if received == request:
        return Match.ECHO
    if not received.control.from_slave:
        return Match.NOT_FROM_SLAVE
    try:
        return Expected.of(request, edition).match(received)
    except LocalProtocolError:
        return Match.MALFORMED


def _is_unheard_of(told: Message) -> bool:
    """Whether a known function answers with a bit it cannot set: more follows after reads alone."""
    return isinstance(told, Unknown) and isinstance(told.control.function, Function)


def _misnamed(received: Frame, told: Message | None) -> bool:
    """Whether an answer to 13H names another meter than the one it comes from."""
    return isinstance(told, ReadAddressAnswer) and told.meter != received.address
