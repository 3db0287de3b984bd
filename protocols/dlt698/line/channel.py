"""Whole APDUs over one connection, below any question of who asks: receiving, joining, cutting.

What has to be written comes as a :class:`Transmit` event or as the result of ``send``. The pieces of each
device are joined apart. Long APDUs go out to a device one after the other, each piece when the one before is
acknowledged; a piece that isn't is sent again. Instants are the caller's: what is due is told by ``deadline``
and done by ``overdue``.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from protocols.dlt698.line.matching import is_answered
from protocols.dlt698.line.timing import ACKNOWLEDGE, BYTE_GAP, PIECE_GAP, PIECE_TRIES
from protocols.dlt698.wire.address import Address, AddressKind
from protocols.dlt698.wire.fragment import (
    MAX_APDU,
    Fragmenter,
    FragmentKind,
    Reassembler,
    parse_fragment,
)
from protocols.dlt698.wire.link import LinkFrame, build_link
from protocols.dlt698.wire.receiver import FrameReceived, Garbage, Receiver
from protocols.errors import LocalProtocolError, RemoteProtocolError

MAX_DEVICES = 16  # joined or sent to at a time: a connection is one device, but strangers can make up addresses
MAX_WAITING = 16  # long APDUs that wait for the one before them
SAFE_FRAME = 1024  # bytes that any TCP terminal takes before CONNECT has told its own limit
ROOM = 32  # more than a frame's own bytes around a piece

Key = tuple[str, int]


class QueueFullError(LocalProtocolError):
    """Too much waits to be sent already, as nobody acknowledges it."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long a channel waits; see :mod:`.timing`."""

    byte_gap: timedelta = BYTE_GAP
    piece_gap: timedelta = PIECE_GAP
    acknowledge: timedelta = ACKNOWLEDGE
    piece_tries: int = PIECE_TRIES


@dataclass(frozen=True, slots=True)
class Transmit:
    """Bytes to be written now: an acknowledgement, a piece, or what is sent again."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """A frame with a whole APDU, as if it had come in one piece; ``raws`` are the frames that did come."""

    frame: LinkFrame
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A good frame whose content is not: a piece out of order, or no APDU."""

    frame: LinkFrame
    error: RemoteProtocolError
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Pieces of an APDU whose rest has not come in time."""

    address: Address
    raws: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A long APDU that was given up, as one of its pieces was never acknowledged."""

    frame: LinkFrame


Incoming = Transmit | Whole | Undecodable | Unfinished | Undelivered | Garbage


@dataclass(slots=True)
class _Joining:
    """An APDU that is coming in."""

    address: Address
    pieces: Reassembler
    until: datetime
    raws: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _Sending:
    """An APDU that is going out to a device, and those that wait for it."""

    frame: LinkFrame
    pieces: Fragmenter
    until: datetime
    tries: int = 1
    cancelled: bool = False
    waiting: deque[tuple[LinkFrame, int]] = field(default_factory=deque)


class Channel:
    """One connection seen as whole APDUs.

    ``own`` is the device's own address at a server's end, under which it acknowledges; pieces for addresses that
    it does not hear (``hears``) are left as they are. ``longest`` bounds an APDU that comes in, in bytes; at most
    MAX_DEVICES such APDUs are kept.
    """

    def __init__(
        self,
        *,
        own: Address | None = None,
        hears: Callable[[Address], bool] = lambda _: True,
        times: Times | None = None,
        longest: int = MAX_APDU,
    ) -> None:
        self._own = own
        self._hears = hears
        self._times = times or Times()
        self._longest = longest
        self._receiver = Receiver()
        self._last_byte: datetime | None = None
        self._joining: dict[Key, _Joining] = {}
        self._sending: dict[Key, _Sending] = {}

    def receive(self, data: bytes, now: datetime) -> list[Incoming]:
        """Tell what the bytes complete."""
        if data:
            self._last_byte = now
        return self._sort_all(self._receiver.receive(data), now)

    def take_over(self, receiver: Receiver, received: list[FrameReceived | Garbage], now: datetime) -> list[Incoming]:
        """Go on where the receiver stands that has found the connection's first frames."""
        self._receiver, self._last_byte = receiver, now
        return self._sort_all(received, now)

    def deadline(self) -> datetime | None:
        """When ``overdue`` is to be called, as far as is known now."""
        if not self._joining and not self._sending:
            return self._stalled_at()
        due = [joining.until for joining in self._joining.values()]
        due += [sending.until for sending in self._sending.values()]
        stalled = self._stalled_at()
        return min(due if stalled is None else [*due, stalled], default=None)

    def overdue(self, now: datetime) -> list[Incoming]:
        """Give up what is incomplete, and send again what is not acknowledged."""
        events: list[Incoming] = []
        while (stalled := self._stalled_at()) is not None and stalled <= now:
            events += self._sort_all(self._receiver.give_up(), now)
        for key in [key for key, joining in self._joining.items() if joining.until <= now]:
            joining = self._joining.pop(key)
            events.append(Unfinished(joining.address, tuple(joining.raws)))
        for key in [key for key, sending in self._sending.items() if sending.until <= now]:
            events += self._again(key, now)
        return events

    def send(self, frame: LinkFrame, now: datetime, max_frame: int = SAFE_FRAME) -> bytes:
        """Give the bytes to write: the frame, or its first piece if it is longer than ``max_frame``.

        Nothing if another long APDU is under way to the device: it comes as Transmit when that is through.
        Raises LocalProtocolError, and QueueFullError when too many wait.
        """
        if self.is_short(frame, max_frame):
            return build_link(frame)
        pieces = Fragmenter(frame, max_frame - ROOM)
        key = frame.address.key
        sending = self._sending.get(key)
        if sending is None:
            if len(self._sending) >= MAX_DEVICES:
                raise QueueFullError(f"long APDUs are under way to {MAX_DEVICES} devices")
            self._sending[key] = _Sending(frame, pieces, now + self._times.acknowledge)
            return build_link(pieces.current)
        if len(sending.waiting) >= MAX_WAITING:
            raise QueueFullError(f"{MAX_WAITING} long APDUs wait to be sent to {key[0]}")
        sending.waiting.append((frame, max_frame))
        return b""

    @staticmethod
    def is_short(frame: LinkFrame, max_frame: int) -> bool:
        """Whether a frame goes out in one piece."""
        return len(frame.user_data) + ROOM <= max_frame

    def cancel(self, frame: LinkFrame) -> None:
        """Send no more pieces of a frame that went out by ``send``.

        What waits behind it has its turn when the acknowledgement of its last piece cannot come any more: that would
        be taken for one of the next, as pieces are told apart by nothing but their numbers.
        """
        for sending in self._sending.values():
            sending.cancelled = sending.cancelled or sending.frame is frame
            sending.waiting = deque(waiting for waiting in sending.waiting if waiting[0] is not frame)

    def is_sending(self, frame: LinkFrame) -> bool:
        """Whether pieces of a frame that went out by ``send`` are still to be sent or acknowledged."""
        under_way = [sending.frame for sending in self._sending.values() if not sending.cancelled]
        waiting = [one for sending in self._sending.values() for one, _ in sending.waiting]
        return any(one is frame for one in (*under_way, *waiting))

    def drop(self, address: Address) -> None:
        """Forget what is under way with a device, either way."""
        self._joining.pop(address.key, None)
        self._sending.pop(address.key, None)

    def _stalled_at(self) -> datetime | None:
        """When an incomplete frame is given up."""
        if self._last_byte is None or not self._receiver.pending:
            return None
        return self._last_byte + self._times.byte_gap

    def _sort_all(self, received: list[FrameReceived | Garbage], now: datetime) -> list[Incoming]:
        return [incoming for event in received for incoming in self._sort(event, now)]

    def _sort(self, event: FrameReceived | Garbage, now: datetime) -> Iterator[Incoming]:
        if isinstance(event, Garbage):
            yield event
        elif not event.frame.control.fragmented or not self._hears(event.frame.address):
            yield Whole(event.frame, (event.raw,))
        else:
            try:
                yield from self._piece(event.frame, event.raw, now)
            except RemoteProtocolError as error:
                yield Undecodable(event.frame, error, (event.raw,))

    def _piece(self, frame: LinkFrame, raw: bytes, now: datetime) -> Iterator[Incoming]:
        kind = parse_fragment(frame.user_data).kind
        if kind is FragmentKind.ACKNOWLEDGE:
            yield from self._acknowledged(frame, now)
            return
        key = frame.address.key
        if key not in self._joining and len(self._joining) >= MAX_DEVICES:
            oldest = self._joining.pop(next(iter(self._joining)))
            yield Unfinished(oldest.address, tuple(oldest.raws))
        joining = self._joining.setdefault(key, _Joining(frame.address, Reassembler(self._longest), now))
        try:
            taken = joining.pieces.take(frame)
        finally:
            if not joining.pieces.active:
                del self._joining[key]
        joining.until = now + self._times.piece_gap
        if kind is FragmentKind.FIRST and not taken.repeated:
            joining.raws.clear()
        if not taken.repeated:
            joining.raws.append(raw)
        if taken.acknowledge is not None and is_answered(frame.address):
            yield Transmit(build_link(self._as_own(taken.acknowledge)))
        if taken.complete is not None:
            yield Whole(taken.complete, tuple(joining.raws))

    def _as_own(self, acknowledgement: LinkFrame) -> LinkFrame:
        if self._own is None or acknowledgement.address.kind is not AddressKind.WILDCARD:
            return acknowledgement
        return LinkFrame(acknowledgement.control, self._own, acknowledgement.client, acknowledgement.user_data)

    def _acknowledged(self, frame: LinkFrame, now: datetime) -> Iterator[Incoming]:
        matching = [key for key, sending in self._sending.items() if sending.frame.address.matches(frame.address)]
        if not matching:
            return
        key = matching[0]
        sending = self._sending[key]
        following = None if sending.cancelled else sending.pieces.acknowledged(frame)
        if following is None:
            return
        yield Transmit(build_link(following))
        sending.until, sending.tries = now + self._times.acknowledge, 1
        if sending.pieces.done:
            yield from self._next(key, now)

    def _again(self, key: Key, now: datetime) -> Iterator[Incoming]:
        sending = self._sending[key]
        if sending.cancelled:
            yield from self._next(key, now)
        elif sending.tries < self._times.piece_tries:
            sending.tries += 1
            sending.until = now + self._times.acknowledge
            yield Transmit(build_link(sending.pieces.current))
        else:
            yield Undelivered(sending.frame)
            yield from self._next(key, now)

    def _next(self, key: Key, now: datetime) -> Iterator[Incoming]:
        """Begin with the long APDU that waits for the one that is through, or given up."""
        waiting = self._sending.pop(key).waiting
        if waiting:
            frame, max_frame = waiting.popleft()
            data = self.send(frame, now, max_frame)
            self._sending[key].waiting = waiting
            yield Transmit(data)
