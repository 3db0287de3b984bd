"""Who answers whom in a record of several frames of DL/T 698.45, and what came in pieces or blocks."""

from dataclasses import dataclass

from protocols.dissection import NOTHING, Words
from protocols.dlt645 import Match
from protocols.dlt698.apdu import build_apdu, parse_apdu
from protocols.dlt698.apdu.common import Apdu, ClientApdu, ServerApdu
from protocols.dlt698.apdu.error import ClientErrorResponse, ServerErrorResponse
from protocols.dlt698.apdu.get import GetNextResponse, GetRequest
from protocols.dlt698.apdu.link import LinkRequest, LinkResponse
from protocols.dlt698.apdu.release import ReleaseNotification
from protocols.dlt698.apdu.report import ReportNotification, ReportResponse
from protocols.dlt698.apdu.security import SecurityRequest, SecurityResponse
from protocols.dlt698.line.blocks import BlockRead, Broken, Joined, LongRead
from protocols.dlt698.line.matching import inner_number
from protocols.dlt698.wire.fragment import FragmentKind, Reassembler, parse_fragment
from protocols.dlt698.wire.link import LinkFrame
from protocols.errors import ProtocolError

__all__ = ["Talk698"]

MOST_QUESTIONS = 64
"""Questions that are remembered: as many as there are service numbers."""
MOST_DEVICES = 64
"""Devices whose pieces and blocks are remembered; of more the oldest are forgotten."""

_ANSWERS = 0x80  # the tag of an answer is that of its question with this bit turned
_ERRORS = ServerErrorResponse | ClientErrorResponse
_Heard = tuple[Words, Match | None, bytes | None]
_Device = tuple[str, int]


@dataclass(slots=True)
class _Question:
    """Something that wants an answer: where it stands, and whether it has one."""

    frame: LinkFrame
    apdu: Apdu
    place: Words
    is_answered: bool = False

    def judge(self, frame: LinkFrame, apdu: Apdu) -> Match:
        """Tell what an answer is to this question."""
        if not _is_other_side(self.frame, frame):
            return Match.OTHER_ADDRESS
        mine, other = _number(self.apdu), _number(apdu)
        if not isinstance(apdu, _ERRORS) and not _goes_with(self.apdu, apdu):
            return Match.OTHER_FUNCTION
        if None not in {mine, other} and mine != other:
            return Match.OTHER_SEQUENCE
        return Match.COPY if self.is_answered else Match.ANSWER


class Talk698:
    """Remembers the questions that were asked last, and of each device the pieces and blocks that have come."""

    def __init__(self) -> None:
        self._questions: list[_Question] = []
        self._pieces: dict[tuple[_Device, bool], Reassembler] = {}
        self._reads: dict[_Device, BlockRead] = {}

    def hear(self, frame: LinkFrame, place: Words) -> _Heard | None:
        """Take the next frame: place of the request, what the frame is to it, the APDU it completes.

        A question, and an answer without any question before it, is nothing to a request; where it completes no APDU
        either it is None, as are pieces before the last.
        """
        pieces = None
        if frame.control.fragmented:
            joined = self._join(frame)
            if joined is None:
                return None
            frame, pieces = joined, joined.user_data
        try:
            apdu = parse_apdu(frame.user_data)
        except ProtocolError:
            return None
        if _asks(apdu):
            echoed = self._ask(_Question(frame, apdu, place))
            return (echoed, Match.ECHO, pieces) if echoed else _alone(pieces)
        found = self._find(frame, apdu)
        if found is None:
            return _alone(pieces)
        question, match = found
        question.is_answered |= match is Match.ANSWER
        whole = self._gather(frame.address.key, question.apdu, apdu) if match is Match.ANSWER else None
        return question.place, match, whole or pieces

    def _ask(self, question: _Question) -> Words | None:
        """Take note of a question; gives the place of the same one that is unanswered, of which it may be an echo."""
        same = next((one for one in reversed(self._questions) if one.frame == question.frame), None)
        self._questions = [*self._questions, question][-MOST_QUESTIONS:]
        if same is not None and not same.is_answered:
            self._questions.remove(same)
            return same.place
        return None

    def _find(self, frame: LinkFrame, apdu: Apdu) -> tuple[_Question, Match] | None:
        """Find the question that an answer belongs to, or the last one and why it is not that."""
        judged = [(one, one.judge(frame, apdu)) for one in reversed(self._questions)]
        for wanted in (Match.ANSWER, Match.COPY):
            for question, match in judged:
                if match is wanted:
                    return question, match
        near = [each for each in judged if each[1] is not Match.OTHER_ADDRESS]
        return next(iter(near or judged), None)

    def _join(self, frame: LinkFrame) -> LinkFrame | None:
        """Put pieces together; gives the frame they would have been with the last."""
        try:
            if parse_fragment(frame.user_data).kind is FragmentKind.ACKNOWLEDGE:
                return None
            key = frame.address.key, frame.control.from_server
            known = self._pieces.setdefault(key, Reassembler())
            for oldest in list(self._pieces)[:-MOST_DEVICES]:
                del self._pieces[oldest]
            return known.take(frame).complete
        except ProtocolError:
            return None

    def _gather(self, device: _Device, request: Apdu, answer: Apdu) -> bytes | None:
        """Put blocks together, of each device by itself; gives the whole answer with its last block."""
        if isinstance(request, LongRead):
            self._reads.pop(device, None)
            if isinstance(answer, GetNextResponse) and not answer.last:
                self._reads[device] = BlockRead(request)
                for oldest in list(self._reads)[:-MOST_DEVICES]:
                    del self._reads[oldest]
        read = self._reads.get(device)
        if read is None or not isinstance(answer, GetNextResponse):
            return None
        progress = read.take(answer)
        if isinstance(progress, Joined | Broken):
            del self._reads[device]
        return build_apdu(progress.response) if isinstance(progress, Joined) else None


def _alone(whole: bytes | None) -> _Heard | None:
    """Tell of a frame that is nothing to a request what it completes."""
    return None if whole is None else (NOTHING, None, whole)


def _asks(apdu: Apdu) -> bool:
    """Whether an APDU wants an answer, or at least is none."""
    if isinstance(apdu, _ERRORS | ReportResponse):
        return False
    return isinstance(apdu, ClientApdu | LinkRequest | ReportNotification | ReleaseNotification | SecurityRequest)


def _is_other_side(question: LinkFrame, answer: LinkFrame) -> bool:
    """Whether an answer goes between the same two the other way."""
    if question.control.from_server == answer.control.from_server:
        return False
    return question.address.matches(answer.address) or question.address.key == answer.address.key


def _goes_with(question: Apdu, answer: Apdu) -> bool:
    """Whether an answer is of the service and kind of a question; blocks may answer whatever GET."""
    if question.tag ^ _ANSWERS != answer.tag:
        return False
    return question.kind == answer.kind or (isinstance(question, GetRequest) and isinstance(answer, GetNextResponse))


def _number(apdu: Apdu) -> int | None:
    """Service number of an APDU, that of the one inside where it is protected; None where it cannot be read."""
    if isinstance(apdu, SecurityRequest | SecurityResponse):
        return inner_number(apdu.data)
    return apdu.piid.number if isinstance(apdu, ClientApdu | ServerApdu | LinkRequest | LinkResponse) else None
