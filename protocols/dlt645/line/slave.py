"""A meter's end of a DL/T 645 line without the line: bytes in, requests out, DL/T 645-2007, 5.2 and 7."""

from dataclasses import dataclass, field

from protocols.dlt645.functions.address import WriteAddressAnswer, WriteAddressRequest
from protocols.dlt645.functions.write_1997 import WriteAddress1997Answer, WriteAddress1997Request
from protocols.dlt645.items.profile import Edition
from protocols.dlt645.line.assembly import FirstPart, Remainder, parts_of
from protocols.dlt645.line.receiver import FrameReceived, Garbage, Receiver
from protocols.dlt645.messages import Message, build_message, parse_message
from protocols.dlt645.wire.address import Address
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.frame import STANDARD_WAKEUP, Frame, build_frame
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Asked", "Malformed", "Overheard", "Reply", "SlaveEvent", "SlaveSession"]

LONGEST_READ = 200
"""Most bytes of data field in an answer to a read (DL/T 645-2007, 5.2.5)."""
_AROUND = 5
"""Bytes of the data field around a part of an item: identifier and sequence number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to this meter; ``answerable`` unless it is one that is obeyed in silence."""

    request: Message
    frame: Frame = field(repr=False)
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Malformed:
    """A request to this meter whose data field fits no form of its function; ``reason`` is `parse_message`'s.

    It may be refused, or be left without an answer.
    """

    reason: str
    frame: Frame = field(repr=False)
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """A part of a long answer, asked for and due: to be put on the line."""

    frame: Frame = field(repr=False)


@dataclass(frozen=True, slots=True)
class Overheard:
    """A frame that is not for this meter: another's request, or another's answer."""

    frame: Frame = field(repr=False)


SlaveEvent = Asked | Malformed | Reply | Overheard | Garbage


class SlaveSession:
    """Hears what is meant for one meter, and lays out what it answers.

    Holds the beginning of one frame, the request that is not answered yet, and the parts of the last long answer.
    """

    def __init__(self, address: Address, edition: Edition = Edition.E2007, *, wakeup: int = STANDARD_WAKEUP) -> None:
        self._address = address
        self._edition = edition
        self._wakeup = wakeup
        self._receiver = Receiver()
        self._asked: Asked | Malformed | None = None
        self._remainder = Remainder()

    @property
    def address(self) -> Address:
        """The address it answers to; another one after it has answered a request to change it."""
        return self._address

    @property
    def pending(self) -> bytes:
        """Bytes that may yet become a frame."""
        return self._receiver.pending

    def receive(self, data: bytes) -> list[SlaveEvent]:
        """Take bytes off the line; returns what they are, in order. Never raises."""
        return [self._take(event) for event in self._receiver.receive(data)]

    def quiet(self) -> list[SlaveEvent]:
        """Take note that the line has been silent for longer than `timing.BYTE_GAP`: what was begun is no frame."""
        return [self._take(event) for event in self._receiver.quiet()]

    def hear(self, frame: Frame) -> Asked | Malformed | Reply | Overheard:
        """Tell what a frame is that a `Receiver` outside of this session has found. Never raises.

        A request that comes before the last one is answered takes its place, as the master has given that up.
        """
        to_all = frame.address.is_broadcast
        if frame.control.from_slave or not (to_all or frame.address.covers(self._address)):
            return Overheard(frame)
        answerable = not to_all and frame.control.function != Function.BROADCAST_TIME
        try:
            request = parse_message(frame, self._edition)
        except RemoteProtocolError as error:
            self._asked = Malformed(error.reason, frame, answerable)
            return self._asked
        part = self._remainder.give(request) if answerable else None
        if part is not None:
            self._asked = None
            return Reply(build_message(self._address, part))
        self._asked = Asked(request, frame, answerable)
        return self._asked

    def answer(self, message: Message, *, cut: int = LONGEST_READ) -> bytes:
        """Bytes of the answer to the request heard last, see `reply`."""
        return self.written(self.reply(message, cut=cut))

    def reply(self, message: Message, *, cut: int = LONGEST_READ) -> Frame:
        """Answer the request heard last.

        An item that makes the data field longer than ``cut`` bytes (6 to 255) goes out in parts: the first one now,
        the others as `Reply` when they are asked for. Raises LocalProtocolError where no request waits for an
        answer, where it is one that is obeyed in silence, or where ``message`` answers another function.
        """
        asked = self._asked
        if asked is None or not asked.answerable:
            raise LocalProtocolError("nothing is asked that may be answered")
        if isinstance(message, FirstPart):
            parts = parts_of(message, cut - _AROUND)
            message = parts[0]
        else:
            parts = ()
        address = self._renamed(asked, message)
        frame = build_message(address, message)
        control = frame.control
        if not control.from_slave or control.function != asked.frame.control.function:
            raise LocalProtocolError(f"function {control.function:02X} answers no {asked.frame.control.function:02X}")
        if parts:
            self._remainder = Remainder(parts)
        self._address = address
        self._asked = None
        return frame

    def written(self, frame: Frame) -> bytes:
        """Bytes of an answer, to be put on the line."""
        return build_frame(frame, wakeup=self._wakeup)

    def _take(self, event: FrameReceived | Garbage) -> SlaveEvent:
        return event if isinstance(event, Garbage) else self.hear(event.frame)

    def _renamed(self, asked: Asked | Malformed, message: Message) -> Address:
        """Give the address to answer under: the new one where the answer is that it is taken (15H, 0AH of 1997)."""
        request = asked.request if isinstance(asked, Asked) else None
        if isinstance(request, WriteAddressRequest) and isinstance(message, WriteAddressAnswer):
            return request.meter
        if isinstance(request, WriteAddress1997Request) and isinstance(message, WriteAddress1997Answer):
            return request.meter
        return self._address
