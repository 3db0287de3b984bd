"""Whole APDUs over one connection, below any question of who asks: receiving, joining, cutting.

What has to be written comes as a :class:`Transmit` event or as the result of ``send``. The pieces of each
device are joined apart; one long APDU goes out to a device at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from protocols.dlt698.apdu.common import Apdu
from protocols.dlt698.apdu.registry import parse_apdu
from protocols.dlt698.wire.address import Address
from protocols.dlt698.wire.fragment import Fragmenter, FragmentKind, Reassembler, parse_fragment
from protocols.dlt698.wire.link import LinkFrame, build_link
from protocols.dlt698.wire.receiver import FrameReceived, Garbage, Receiver
from protocols.errors import RemoteProtocolError

MAX_DEVICES = 256  # reassemblies at a time: strangers can make up addresses
SAFE_FRAME = 1024  # bytes that any TCP terminal takes before CONNECT has told its own limit
_ROOM = 32  # more than a frame's own bytes around a piece

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Transmit:
    """Bytes to be written now: an acknowledgement or the next piece."""

    data: bytes


@dataclass(frozen=True, slots=True)
class ApduReceived:
    """A whole APDU; ``frame`` is as if it had come in one piece."""

    frame: LinkFrame
    apdu: Apdu


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A good frame whose content is not: a fragment out of order, or no APDU."""

    frame: LinkFrame
    error: RemoteProtocolError


Incoming = Transmit | ApduReceived | Undecodable | Garbage


class Channel:
    """One connection seen as whole APDUs; ``max_frame`` bounds the frames that go out."""

    def __init__(self, max_frame: int = SAFE_FRAME) -> None:
        self.max_frame = max_frame
        self._receiver = Receiver()
        self._incoming: dict[Key, Reassembler] = {}
        self._outgoing: dict[Key, Fragmenter] = {}

    @property
    def waiting(self) -> bool:
        """Whether a frame or a fragmented APDU is incomplete, so that a time-out between bytes should run."""
        return bool(self._receiver.pending or self._incoming)

    def receive(self, data: bytes) -> list[Incoming]:
        """Tell what the bytes complete."""
        events: list[Incoming] = []
        for event in self._receiver.receive(data):
            events += self._sort(event)
        return events

    def give_up(self) -> list[Incoming]:
        """Give up what is incomplete; for the time-out between bytes or pieces."""
        self._incoming.clear()
        return [sorted_event for event in self._receiver.give_up() for sorted_event in self._sort(event)]

    def send(self, frame: LinkFrame) -> bytes:
        """Give the bytes to write: the frame, or its first piece; raises LocalProtocolError."""
        self._outgoing.pop(frame.address.key, None)
        if len(frame.user_data) + _ROOM <= self.max_frame:
            return build_link(frame)
        fragmenter = Fragmenter(frame, self.max_frame - _ROOM)
        self._outgoing[frame.address.key] = fragmenter
        return build_link(fragmenter.current)

    def drop(self, address: Address) -> None:
        """Forget what is under way with a device, either way."""
        self._incoming.pop(address.key, None)
        self._outgoing.pop(address.key, None)

    def _sort(self, event: FrameReceived | Garbage) -> Iterator[Incoming]:
        if isinstance(event, Garbage):
            yield event
            return
        try:
            yield from self._pieces(event.frame) if event.frame.control.fragmented else _whole(event.frame)
        except RemoteProtocolError as error:
            yield Undecodable(event.frame, error)

    def _pieces(self, frame: LinkFrame) -> Iterator[Incoming]:
        key = frame.address.key
        if parse_fragment(frame.user_data).kind is FragmentKind.ACKNOWLEDGE:
            yield from self._acknowledged(key, frame)
            return
        if key not in self._incoming and len(self._incoming) >= MAX_DEVICES:
            self._incoming.pop(next(iter(self._incoming)))
        pieces = self._incoming.setdefault(key, Reassembler())
        try:
            taken = pieces.take(frame)
        finally:
            if not pieces.active:
                del self._incoming[key]
        if taken.acknowledge is not None:
            yield Transmit(build_link(taken.acknowledge))
        if taken.complete is not None:
            yield from _whole(taken.complete)

    def _acknowledged(self, key: Key, frame: LinkFrame) -> Iterator[Incoming]:
        fragmenter = self._outgoing.get(key)
        following = fragmenter.acknowledged(frame) if fragmenter else None
        if fragmenter is None or following is None:
            return
        if fragmenter.done:
            del self._outgoing[key]
        yield Transmit(build_link(following))


def _whole(frame: LinkFrame) -> Iterator[Incoming]:
    yield ApduReceived(frame, parse_apdu(frame.user_data))
