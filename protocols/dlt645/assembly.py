"""Data items longer than one frame: 11H, then 12H until no more follows, DL/T 645-2007, 7.2 and 7.3."""

from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.read_next import FIRST_SEQ, LAST_SEQ, ReadNextAnswer, ReadNextRequest
from protocols.errors import RemoteProtocolError

__all__ = ["Assembly", "parts_of"]


class Assembly:
    """Puts the parts of one item together.

    Give it each answer in turn: `add` returns the request for the next part, or None when `payload` is
    complete. A lost answer is asked for again with the same request; to give up, just drop the assembly.
    """

    def __init__(self, first: ReadAnswer) -> None:
        self._di = first.di
        self._parts = [first.payload]
        self._next: ReadNextRequest | None = ReadNextRequest(first.di, FIRST_SEQ) if first.more else None

    @property
    def next_request(self) -> ReadNextRequest | None:
        """Request for the part that is missing, None when none is."""
        return self._next

    @property
    def payload(self) -> bytes:
        """The item so far, without identifiers and sequence numbers."""
        return b"".join(self._parts)

    def add(self, part: ReadNextAnswer) -> ReadNextRequest | None:
        """Take the answer to `next_request`, return the one after it.

        Raises RemoteProtocolError ``follow_up`` for another part than the one asked for, and for a chain
        that does not end with part 255.
        """
        asked = self._next
        if asked is None or (part.di, part.seq) != (asked.di, asked.seq):
            wanted = f"part {asked.seq} of {asked.di}" if asked else "no part"
            raise RemoteProtocolError("follow_up", f"expected {wanted}, found part {part.seq} of {part.di}")
        if part.more and part.seq == LAST_SEQ:
            raise RemoteProtocolError("follow_up", f"{part.di} goes on behind part {LAST_SEQ}")
        self._parts.append(part.payload)
        self._next = ReadNextRequest(part.di, part.seq + 1) if part.more else None
        return self._next


def parts_of(first: ReadAnswer, size: int) -> tuple[ReadAnswer | ReadNextAnswer, ...]:
    """Cut an answer into parts of at most ``size`` payload bytes each, as a meter with short frames does."""
    pieces = [first.payload[at : at + size] for at in range(0, len(first.payload), size)] or [b""]
    last = len(pieces) - 1
    return (
        ReadAnswer(first.di, pieces[0], more=last > 0),
        *(ReadNextAnswer(first.di, pieces[seq], seq, more=seq < last) for seq in range(FIRST_SEQ, last + 1)),
    )
