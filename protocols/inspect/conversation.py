"""Who answers whom in a record of several frames, of either dialect."""

from dataclasses import dataclass

from protocols.dissection import Words
from protocols.dlt645 import Frame, Match, ReadAnswer
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.frame import count_wakeup, parse_first
from protocols.dlt698.wire.link import LinkFrame, parse_link
from protocols.inspect.cut import Piece
from protocols.inspect.dialect import Dialect
from protocols.inspect.dissect import dissect
from protocols.inspect.talk645 import Talk645
from protocols.inspect.talk698 import Talk698

__all__ = ["Conversation", "Turn", "Whole"]

Whole = ReadAnswer | bytes
"""What came in several frames: an item of 645, or the bytes of an APDU of 698."""

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
_WHY_NOT_698 = {
    Match.OTHER_FUNCTION: Words("it answers another service", "服务不符"),
    Match.OTHER_SEQUENCE: Words("it has another service number (PIID)", "服务序号不符"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What a frame is to the request before it, and what came in several frames where it brings the last part.

    ``request`` is the place of the request as it was given to `Conversation.hear`; without a ``match`` there is none.
    """

    request: Words
    match: Match | None
    whole: Whole | None = None
    dialect: Dialect = Dialect.DLT645

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against the frame's being what it seems to be."""
        return self.match is None or self.match.is_answer

    @property
    def words(self) -> Words:
        """Say it in a sentence."""
        if self.match is None:
            return Words("is the last piece", "最后一帧")
        if self.match.is_answer:
            return Words("answers the request of", "应答请求:").then(self.request)
        why = _WHY_NOT_698.get(self.match) if self.dialect is Dialect.DLT698 else None
        why = why or _WHY_NOT.get(self.match, Words(self.match.value.replace("_", " ")))
        return Words("does not answer the request of", "不是该请求的应答:").then(self.request).then(why, ": ")


class Conversation:
    """Remembers the requests that may still be answered, and what has come of answers in parts."""

    def __init__(self, profile: Profile = STANDARD) -> None:
        self._talk_645 = Talk645(profile)
        self._talk_698 = Talk698()

    def hear(self, frame: Frame | LinkFrame, place: Words) -> Turn | None:
        """Take the next frame.

        None for a request, and for an answer without any request before it, unless it completes what came in pieces.
        """
        if isinstance(frame, Frame):
            heard = self._talk_645.hear(frame, place)
            return None if heard is None else Turn(*heard)
        found = self._talk_698.hear(frame, place)
        return None if found is None else Turn(*found, dialect=Dialect.DLT698)

    def hear_piece(self, piece: Piece, place: Words) -> Turn | None:
        """Take a piece of an input: a frame, or bytes that may be one that cannot be read."""
        if not piece.is_frame:
            self._miss(piece)
            return None
        if piece.dialect is Dialect.DLT698:
            return self.hear(parse_link(piece.data[count_wakeup(piece.data) :]), place)
        return self.hear(parse_first(piece.data)[0], place)

    def _miss(self, piece: Piece) -> None:
        """Forget the last request of 645 where a broken frame may have been the next: what follows may answer it."""
        is_645 = piece.dialect is Dialect.DLT645
        if is_645 and not dissect(piece.data, piece.dialect).from_device:
            self._talk_645.miss()
