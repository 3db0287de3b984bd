"""Who answers whom in a record of several frames of DL/T 645."""

from dataclasses import dataclass

from protocols.dissection import Words
from protocols.dlt645 import Address, Assembly, Frame, Match, ReadAnswer, ReadNextAnswer, answers, parse_message
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.errors import ProtocolError

__all__ = ["Conversation", "Turn"]

MOST_ITEMS = 64
"""Meters whose items in parts are remembered; of more the oldest are forgotten."""

_WHY_NOT = {
    Match.ECHO: Words("it is the same once more: an echo of the adapter, or a repeat", "内容相同: 适配器回显或重发"),
    Match.OTHER_ADDRESS: Words("it comes from another address", "地址不符"),
    Match.OTHER_FUNCTION: Words("it answers another function", "功能码不符"),
    Match.OTHER_IDENTIFIER: Words("it is about another item", "数据标识不符"),
    Match.OTHER_SEQUENCE: Words("it is another part", "帧序号不符"),
    Match.MALFORMED: Words("its data cannot be understood", "数据域无法解析"),
    Match.COPY: Words("it repeats an answer that was given already", "重复的应答"),
    Match.LATE: Words("it answers an older request", "是较早请求的应答"),
    Match.DOUBTFUL: Words("a refusal does not say of what", "拒绝应答未指明对应请求"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What a frame is to the request before it, and the whole item where it brings the last part of one.

    ``request`` is the place of the request as it was given to `Conversation.hear`.
    """

    request: Words
    match: Match
    whole: ReadAnswer | None = None

    @property
    def words(self) -> Words:
        """Say it in a sentence."""
        if self.match.is_answer:
            return Words("answers the request of", "应答请求:").then(self.request)
        why = _WHY_NOT.get(self.match, Words(self.match.value.replace("_", " ")))
        return Words("does not answer the request of", "不是该请求的应答:").then(self.request).then(why, ": ")


@dataclass(slots=True)
class _Item:
    """The item that one meter gives in parts, and the part that came last."""

    assembly: Assembly
    last: ReadNextAnswer | None = None


class Conversation:
    """Remembers the last request, and for each of the meters heard last the parts of the item that is being read."""

    def __init__(self, profile: Profile = STANDARD) -> None:
        self._profile = profile
        self._request: tuple[Frame, Words] | None = None
        self._is_answered = False
        """Whether something answered it: what comes then cannot be its echo any more."""
        self._items: dict[Address, _Item] = {}

    def hear(self, frame: Frame, place: Words) -> Turn | None:
        """Take the next frame; None for a request, and for an answer without any request before it."""
        if not frame.control.from_slave:
            before = None if self._is_answered else self._request
            self._request, self._is_answered = (frame, place), False
            return Turn(before[1], Match.ECHO) if before and before[0] == frame else None
        if self._request is None:
            return None
        request, asked_at = self._request
        match = answers(request, frame, self._profile.edition)
        self._is_answered |= match.is_answer
        return Turn(asked_at, match, self._gather(frame) if match.is_answer else None)

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
