"""Fragmented transfer on the link layer (链路层分帧传输): an APDU too long for one frame, piece by piece.

The user data of such a frame (control bit 5) is a word, low byte first - bits 0..11 the sequence number from 0
on, bits 14..15 the kind - and a piece of the APDU. Every piece but the last is acknowledged with its number.
Fragments belong to a device and a direction, not to a PIID, which sits inside the first piece.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import construct as c

from protocols.dlt698.axdr import Adapted, build_walking, walk
from protocols.dlt698.wire.link import Control, LinkFrame
from protocols.errors import LocalProtocolError, RemoteProtocolError

SEQUENCES = 4096
MAX_APDU = 65536  # ten times the longest APDU seen; an APDU's own size field ends here too
WORD_BYTES = 2


class FragmentKind(IntEnum):
    """Bits 14..15 of the word: 起始帧, 最后帧, 确认帧, 中间帧."""

    FIRST = 0
    LAST = 1
    ACKNOWLEDGE = 2
    MIDDLE = 3


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece, or the acknowledgement of one."""

    kind: FragmentKind
    sequence: int
    piece: bytes = b""


def _encode(fragment: Fragment) -> dict[str, object]:
    if not 0 <= fragment.sequence < SEQUENCES:
        raise LocalProtocolError(f"fragment sequence {fragment.sequence} is out of 0..{SEQUENCES - 1}")
    return {"word": fragment.kind << 14 | fragment.sequence, "piece": fragment.piece}


FRAGMENT = Adapted(
    c.Struct("word" / c.Int16ul, "piece" / c.GreedyBytes),
    lambda raw: Fragment(FragmentKind(raw.word >> 14), raw.word & (SEQUENCES - 1), raw.piece),
    _encode,
)


def parse_fragment(user_data: bytes) -> Fragment:
    """Read the fragment that a frame carries; raises RemoteProtocolError ``truncated``."""
    fragment: Fragment = walk(FRAGMENT, user_data, "fragment")
    return fragment


def build_fragment(fragment: Fragment) -> bytes:
    """Write the user data of a fragment; raises LocalProtocolError."""
    return build_walking(FRAGMENT, fragment, "fragment")


def acknowledge(frame: LinkFrame, sequence: int) -> LinkFrame:
    """Acknowledge a piece by the same control field, addresses and client the other way."""
    word = build_fragment(Fragment(FragmentKind.ACKNOWLEDGE, sequence))
    return replace(frame, control=frame.control.reversed, user_data=word)


def _whole(control: Control) -> Control:
    return replace(control, fragmented=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What follows from a piece: an acknowledgement to send, or the whole frame; ``repeated`` = it was there."""

    acknowledge: LinkFrame | None = None
    complete: LinkFrame | None = None
    repeated: bool = False


class Reassembler:
    """Joins the pieces of one device in one direction into the frame they would have been.

    ``limit`` bounds the APDU in bytes, a piece without content counting for one. A piece out of order raises
    RemoteProtocolError ``bad_fragment`` and forgets what was there. The piece before, come again with the same
    content, is acknowledged again and not appended; a first piece with another content is another transfer, as its
    sender has begun anew.
    """

    def __init__(self, limit: int = MAX_APDU) -> None:
        self._limit = limit
        self._pieces = bytearray()
        self._taken = 0
        self._last: Fragment | None = None

    @property
    def active(self) -> bool:
        """Whether pieces are waiting for their rest."""
        return self._last is not None

    def reset(self) -> None:
        """Forget the pieces; for the time-out between them."""
        self._pieces.clear()
        self._taken = 0
        self._last = None

    def take(self, frame: LinkFrame) -> Taken:
        """Take one piece; acknowledgements are the fragmenter's and raise RemoteProtocolError here."""
        fragment = parse_fragment(frame.user_data)
        if fragment == self._last:
            return Taken(acknowledge(frame, fragment.sequence), repeated=True)
        self._expect(fragment)
        self._taken += max(1, len(fragment.piece))
        if self._taken > self._limit:
            self.reset()
            raise RemoteProtocolError("bad_fragment", f"the pieces together exceed {self._limit} bytes")
        self._pieces += fragment.piece
        self._last = fragment
        if fragment.kind is not FragmentKind.LAST:
            return Taken(acknowledge=acknowledge(frame, fragment.sequence))
        complete = replace(frame, control=_whole(frame.control), user_data=bytes(self._pieces))
        self.reset()
        return Taken(complete=complete)

    def _expect(self, fragment: Fragment) -> None:
        if fragment.kind is FragmentKind.FIRST and fragment.sequence == 0:
            self.reset()
            return
        following = None if self._last is None else (self._last.sequence + 1) % SEQUENCES
        if fragment.sequence == following and fragment.kind in {FragmentKind.MIDDLE, FragmentKind.LAST}:
            return
        self.reset()
        raise RemoteProtocolError(
            "bad_fragment",
            "a piece is out of order: the transfer has to start again",
            expected="a first piece, sequence 0" if following is None else f"sequence {following}",
            found=f"{fragment.kind.name.lower()} piece, sequence {fragment.sequence}",
        )


class Fragmenter:
    """Cuts one frame into pieces of at most ``piece`` bytes of APDU and hands them out one by one."""

    def __init__(self, frame: LinkFrame, piece: int) -> None:
        if piece < 1:
            raise LocalProtocolError(f"pieces of {piece} bytes cannot carry anything")
        data = frame.user_data
        self._frame = replace(frame, control=replace(frame.control, fragmented=True))
        self._pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        if len(self._pieces) < 2:  # noqa: PLR2004  # a transfer has a first and a last piece
            raise LocalProtocolError(f"{len(data)} bytes fit into one piece of {piece}: send the frame as it is")
        self._at = 0

    @property
    def current(self) -> LinkFrame:
        """The piece to send now, or again after its time-out."""
        last = len(self._pieces) - 1
        kind = FragmentKind.LAST if self._at == last else FragmentKind.MIDDLE if self._at else FragmentKind.FIRST
        fragment = Fragment(kind, self._at % SEQUENCES, self._pieces[self._at])
        return replace(self._frame, user_data=build_fragment(fragment))

    @property
    def done(self) -> bool:
        """Whether the last piece is out; it is not acknowledged."""
        return self._at == len(self._pieces) - 1

    def acknowledged(self, frame: LinkFrame) -> LinkFrame | None:
        """Take an acknowledgement: the next piece, or None if it is not that of the current one."""
        fragment = parse_fragment(frame.user_data)
        if self.done or fragment.kind is not FragmentKind.ACKNOWLEDGE or fragment.sequence != self._at % SEQUENCES:
            return None
        self._at += 1
        return self.current
