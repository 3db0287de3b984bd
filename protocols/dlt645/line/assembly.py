"""Data items longer than one frame, DL/T 645-2007, 7.2 and 7.3.

2007: 11H, then 12H with a sequence number until no more follows. 1997: 01H, then 02H, whose parts the meter counts.
"""

from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.read_1997 import (
    Read1997Answer,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadNext1997Answer,
    ReadNext1997Request,
)
from protocols.dlt645.functions.read_next import FIRST_SEQ, LAST_SEQ, ReadNextAnswer, ReadNextRequest
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Assembly", "FirstPart", "NextPart", "NextRequest", "Remainder", "parts_of"]

FirstPart = ReadAnswer | Read1997Answer
NextPart = ReadNextAnswer | ReadNext1997Answer
NextRequest = ReadNextRequest | ReadNext1997Request


class Assembly:
    """Puts the parts of one item together.

    Give it each answer in turn: `add` returns the request for the next part, or None when `payload` is
    complete. In 2007 a lost answer is asked for again with the same request. In 1997 it cannot be: nobody knows
    whether the meter has counted on. To give up, just drop the assembly; the next 11H begins anew.
    """

    def __init__(self, first: FirstPart) -> None:
        self._first = first
        self._parts = [first.payload]
        self._next = self._request(FIRST_SEQ) if first.more else None

    @property
    def next_request(self) -> NextRequest | None:
        """Request for the part that is missing, None when none is."""
        return self._next

    @property
    def payload(self) -> bytes:
        """The item so far, without identifiers and sequence numbers."""
        return b"".join(self._parts)

    def add(self, part: NextPart) -> NextRequest | None:
        """Take the answer to `next_request`, return the one after it.

        Raises RemoteProtocolError ``follow_up`` for another part than the one asked for, and for a chain
        that does not end with part 255.
        """
        asked = self._next
        if asked is None or not _fits(asked, part):
            wanted = _named(asked) if asked else "no part"
            raise RemoteProtocolError("follow_up", f"expected {wanted}, found {_named(part)}")
        if part.more and len(self._parts) == LAST_SEQ:
            raise RemoteProtocolError("follow_up", f"the item goes on behind part {LAST_SEQ}")
        self._parts.append(part.payload)
        self._next = self._request(len(self._parts)) if part.more else None
        return self._next

    def _request(self, seq: int) -> NextRequest:
        if isinstance(self._first, ReadAnswer):
            return ReadNextRequest(self._first.di, seq)
        return ReadNext1997Request(self._first.di)


class Remainder:
    """What a slave still holds of a long answer, for as long as the master may come for it."""

    def __init__(self, parts: tuple[FirstPart | NextPart, ...] = ()) -> None:
        self._parts = parts
        self._last = 0

    def give(self, request: object) -> NextPart | ReadAgain1997Answer | None:
        """Answer a request for a part (12H, 02H) or for the last one once more (03H of 1997); None if not held."""
        match request:
            case ReadNextRequest(di=di, seq=seq):
                part = self._parts[seq] if FIRST_SEQ <= seq < len(self._parts) else None
                return part if isinstance(part, ReadNextAnswer) and part.di == di else None
            case ReadNext1997Request(di=di) if self._last + 1 < len(self._parts):
                part = self._parts[self._last + 1]
                if isinstance(part, ReadNext1997Answer) and part.di == di:
                    self._last += 1
                    return part
            case ReadAgain1997Request() if self._parts and not isinstance(self._parts[0], ReadAnswer):
                part = self._parts[self._last]
                return ReadAgain1997Answer(part.di, part.payload, part.more)
        return None


def parts_of(first: FirstPart, size: int) -> tuple[FirstPart | NextPart, ...]:
    """Cut an answer into parts of at most ``size`` payload bytes each, as a meter with short frames does.

    Raises LocalProtocolError for a size below 1, and where that makes more than 255 parts behind the first.
    """
    if size < 1:
        raise LocalProtocolError(f"parts of {size} bytes carry nothing")
    pieces = [first.payload[at : at + size] for at in range(0, len(first.payload), size)] or [b""]
    last = len(pieces) - 1
    if last > LAST_SEQ:
        raise LocalProtocolError(f"an item of {len(first.payload)} bytes makes more than {LAST_SEQ} parts of {size}")
    more = [number < last for number in range(len(pieces))]
    if isinstance(first, ReadAnswer):
        return (
            ReadAnswer(first.di, pieces[0], more=more[0]),
            *(ReadNextAnswer(first.di, pieces[seq], seq, more=more[seq]) for seq in range(FIRST_SEQ, last + 1)),
        )
    return (
        Read1997Answer(first.di, pieces[0], more=more[0]),
        *(ReadNext1997Answer(first.di, pieces[n], more=more[n]) for n in range(1, last + 1)),
    )


def _fits(asked: NextRequest, part: NextPart) -> bool:
    if isinstance(asked, ReadNextRequest):
        return isinstance(part, ReadNextAnswer) and (part.di, part.seq) == (asked.di, asked.seq)
    return isinstance(part, ReadNext1997Answer) and part.di == asked.di


def _named(part: NextRequest | NextPart) -> str:
    if isinstance(part, ReadNextRequest | ReadNextAnswer):
        return f"part {part.seq} of {part.di}"
    return f"the next part of {part.di:04X}"
