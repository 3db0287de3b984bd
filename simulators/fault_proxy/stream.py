"""What becomes of the bytes of one direction of a connection: no socket, no waiting, instants are given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from simulators.fault_proxy.faults import (
    Delay,
    Drop,
    Duplicate,
    Flip,
    Injected,
    Kind,
    Merge,
    PieceFault,
    Split,
    Way,
)
from simulators.fault_proxy.table import Draws, Table

__all__ = ["Piece", "Stream"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave the proxy at an instant, as one with others of the same instant."""

    due: datetime
    data: bytes


class Stream:
    """The bytes of one direction. Draws go by the place of a piece in the stream, so that the same bytes fare alike.

    Nothing overtakes: what is late makes all behind it late.
    """

    def __init__(self, table: Table, draws: Draws, way: Way, begun: datetime) -> None:
        self._table = table
        self._draws = draws
        self._way = way
        self._now = begun
        self._taken = 0
        self._last = begun
        self._held = begun
        self._stalled = begun
        self._next_flips: dict[int, int | None] = {}

    @property
    def taken(self) -> int:
        """How many bytes have come in."""
        return self._taken

    def stall(self, until: datetime) -> None:
        """Let nothing that comes from now on leave before an instant."""
        self._stalled = max(until, self._stalled)

    def take(self, data: bytes, now: datetime) -> list[Piece]:
        """Give what leaves of bytes that have come in, in order and none before ``now``."""
        self._now = now
        kept = self._flip(self._drop(data))
        pieces = self._cut(kept, self._due(len(kept))) if kept else []
        if pieces:
            pieces += self._again(kept, pieces[-1].due)
            self._last = pieces[-1].due
        self._taken += len(data)
        return pieces

    def _drop(self, data: bytes) -> bytes:
        for place, drop in self._table.at_work(Drop, self._way, self._now):
            if not data or not self._strikes(place, drop):
                continue
            first, count = 0, len(data)
            if drop.part:
                first = self._number(0, len(data) - 1, place, "first")
                count = self._number(1, len(data) - first, place, "count")
            data = data[:first] + data[first + count :]
            self._tell(Kind.DROP, count)
        return data

    def _flip(self, data: bytes) -> bytes:
        """Turn bits over; which ones is drawn for the whole stream, whatever pieces it comes in."""
        flipped = bytearray(data)
        begin, end = 8 * self._taken, 8 * (self._taken + len(data))
        for place, flip in self._table.at_work(Flip, self._way, self._now):
            count = 0
            if place not in self._next_flips:
                self._next_flips[place] = self._draws.gap(flip.rate, self._way, place, 0)
            while (bit := self._next_flips[place]) is not None and bit < end:
                if bit >= begin:
                    flipped[(bit - begin) // 8] ^= 1 << bit % 8
                    count += 1
                gap = self._draws.gap(flip.rate, self._way, place, bit + 1)
                self._next_flips[place] = None if gap is None else bit + max(1 + gap, 8 * flip.apart)
            if count:
                self._tell(Kind.FLIP, count)
        return bytes(flipped)

    def _due(self, size: int) -> datetime:
        """Say when bytes leave that are not lost."""
        due = self._now
        for place, delay in self._table.at_work(Delay, self._way, self._now):
            if self._strikes(place, delay):
                step = timedelta(microseconds=1)
                due += self._number(delay.least // step, delay.most // step, place, "span") * step
                self._tell(Kind.DELAY, size)
        merges = self._table.at_work(Merge, self._way, self._now)
        holds = [merge.hold for place, merge in merges if self._strikes(place, merge)]
        due = max(due, *(self._now + hold for hold in holds), self._last)
        if due < self._stalled:
            due = self._stalled
            self._tell(Kind.STALL, size)
        if due == self._held and self._now < due:
            self._tell(Kind.MERGE, size)
        elif holds:
            self._held = due
        return due

    def _cut(self, data: bytes, due: datetime) -> list[Piece]:
        for place, split in self._table.at_work(Split, self._way, self._now):
            if len(data) == 1 or not self._strikes(place, split):
                continue
            draws = {self._number(1, len(data) - 1, place, "cut", number) for number in range(1, split.pieces)}
            parts = [data[start:end] for start, end in pairwise((0, *sorted(draws), len(data)))]
            self._tell(Kind.SPLIT, len(parts))
            return [Piece(due + number * split.gap, part) for number, part in enumerate(parts)]
        return [Piece(due, data)]

    def _again(self, data: bytes, due: datetime) -> list[Piece]:
        copies: list[Piece] = []
        for place, duplicate in self._table.at_work(Duplicate, self._way, self._now):
            if self._strikes(place, duplicate):
                due += duplicate.after
                copies.append(Piece(due, data))
                self._tell(Kind.DUPLICATE, len(data))
        return copies

    def _strikes(self, place: int, fault: PieceFault) -> bool:
        return self._draws.strikes(fault.chance, self._way, place, self._taken)

    def _number(self, least: int, most: int, *what: object) -> int:
        return self._draws.number(least, most, self._way, self._taken, *what)

    def _tell(self, kind: Kind, count: int) -> None:
        self._table.tell(Injected(kind, self._now, self._draws.link, self._way, count))
