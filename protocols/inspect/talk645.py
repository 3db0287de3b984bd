"""Who answers whom in a record of several frames of DL/T 645."""

from dataclasses import dataclass

from protocols.dissection import Words
from protocols.dlt645 import Address, Assembly, Frame, Match, ReadAnswer, ReadNextAnswer, answers, parse_message
from protocols.dlt645.items.profile import Profile
from protocols.errors import ProtocolError

__all__ = ["Talk645"]

MOST_ITEMS = 64
"""Meters whose items in parts are remembered; of more the oldest are forgotten."""


@dataclass(slots=True)
class _Item:
    """The item that one meter gives in parts, and the part that came last."""

    assembly: Assembly
    last: ReadNextAnswer | None = None


class Talk645:
    """Remembers the last request, and for each of the meters heard last the parts of the item that is being read."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._request: tuple[Frame, Words] | None = None
        self._is_answered = False
        """Whether something answered it: what comes then cannot be its echo any more."""
        self._items: dict[Address, _Item] = {}

    def hear(self, frame: Frame, place: Words) -> tuple[Words, Match, ReadAnswer | None] | None:
        """Take the next frame: place of the request, what the frame is to it, the item it completes.

        None for a request, and for an answer without any request before it.
        """
        if not frame.control.from_slave:
            before = None if self._is_answered else self._request
            self._request, self._is_answered = (frame, place), False
            return (before[1], Match.ECHO, None) if before and before[0] == frame else None
        if self._request is None:
            return None
        request, asked_at = self._request
        match = answers(request, frame, self._profile.edition)
        self._is_answered |= match.is_answer
        return asked_at, match, self._gather(frame) if match.is_answer else None

    def miss(self) -> None:
        """Take note of a request that cannot be read: what follows may answer it."""
        self._request = None

    def _gather(self, frame: Frame) -> ReadAnswer | None:
        """Put parts together, of each meter by itself; gives the whole item with its last part."""
        meter = frame.address
        try:
            message = parse_message(frame, self._profile.edition)
            if isinstance(message, ReadAnswer):
                self._items.pop(meter, None)
                if message.more:
                    self._items[meter] = _Item(Assembly(message))
                    for oldest in list(self._items)[:-MOST_ITEMS]:
                        del self._items[oldest]
            elif isinstance(message, ReadNextAnswer) and meter in self._items:
                return self._add(meter, self._items[meter], message)
        except ProtocolError:
            self._items.pop(meter, None)
        return None

    def _add(self, meter: Address, item: _Item, part: ReadNextAnswer) -> ReadAnswer | None:
        """Add a part; the one that came last may come again, as its answer can be lost on the way."""
        if part == item.last:
            return None
        item.last = part
        if item.assembly.add(part) is not None:
            return None
        del self._items[meter]
        return ReadAnswer(part.di, item.assembly.payload)
