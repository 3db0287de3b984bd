"""Which frame of a record of DL/T 698.45 answers which, and what came in pieces or blocks."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dissection import Language, Words
from protocols.dlt645 import Match
from protocols.dlt698 import OAD, Address, Control, Piid, Value, build_apdu, build_link, parse_apdu
from protocols.dlt698.apdu.common import Apdu, GetRecord, ResultNormal, ResultRecord
from protocols.dlt698.apdu.error import ServerErrorResponse
from protocols.dlt698.apdu.get import (
    GetListResponse,
    GetMd5Request,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecordRequest,
    GetRecordResponse,
    NormalBlock,
    RecordBlock,
)
from protocols.dlt698.apdu.link import LinkKind, LinkRequest, LinkResponse, Verdict
from protocols.dlt698.apdu.report import ReportListNotification, ReportListResponse
from protocols.dlt698.apdu.security import Mac, Plaintext, RandomNumber, SecurityRequest, SecurityResponse
from protocols.dlt698.apdu.set import SetNormalResponse, SetResult
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.moments import DateTime
from protocols.dlt698.values.selection import AllRows
from protocols.dlt698.values.value import DataType, double_long_unsigned
from protocols.dlt698.wire.fragment import Fragmenter, Reassembler
from protocols.dlt698.wire.link import LinkFrame
from protocols.inspect import Conversation, Turn, cut, decode, decode_stream
from tests.protocols.inspect.test_inspect import ALL

SERVER, OTHER = Address.single("210000123456"), Address.single("210000123457")
ENERGY, CLOCK, TABLE = OAD.parse("00100200"), OAD.parse("40000200"), OAD.parse("50040200")
FIRST, SECOND, THIRD = (Words(f"line {number}", f"第{number}行") for number in (1, 2, 3))
NOW = DateTime(2024, 5, 20, 1, 8, 30, 0, 0)
ASKED, TOLD, OWN, TAKEN = (Control.of(octet) for octet in (0x43, 0xC3, 0x83, 0x03))


def link(apdu: Apdu | bytes, control: Control, address: Address = SERVER) -> LinkFrame:
    """Frame around an APDU."""
    return LinkFrame(control, address, 0x10, apdu if isinstance(apdu, bytes) else build_apdu(apdu))


def ask(number: int = 1, address: Address = SERVER) -> LinkFrame:
    """Request of the energy."""
    return link(GetNormalRequest(Piid(number), ENERGY), ASKED, address)


def tell(number: int = 1, address: Address = SERVER) -> LinkFrame:
    """Answer with the energy."""
    return link(GetNormalResponse(Piid(number), ResultNormal(ENERGY, double_long_unsigned(1))), TOLD, address)


def heard(*frames: LinkFrame) -> Turn | None:
    """What the last of the frames is."""
    talk = Conversation()
    turn = None
    for frame, place in zip(frames, (FIRST, SECOND, THIRD), strict=False):
        turn = talk.hear(frame, place)
    return turn


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (ask(), tell()),
        (ask(address=Address.wildcard()), tell()),
        (ask(), link(GetNormalResponse(Piid(1, acd=True, high=True), ResultNormal(ENERGY, Dar.REFUSED)), TOLD)),
        (ask(), link(GetNextResponse(Piid(1), last=False, block=1, content=NormalBlock(())), TOLD)),
        (ask(), link(ServerErrorResponse(Piid(1), 2), TOLD)),
        (
            link(LinkRequest(Piid(1), LinkKind.LOGIN, 180, NOW), Control.of(0x81)),
            link(LinkResponse(Piid(1), Verdict(), NOW, NOW, NOW), Control.of(0x01)),
        ),
        (
            link(ReportListNotification(Piid(1), (ResultNormal(CLOCK, Dar.OTHER),)), OWN),
            link(ReportListResponse(Piid(1), (CLOCK,)), TAKEN),
        ),
        (
            link(SecurityRequest(Plaintext(ask().user_data), RandomNumber(b"\1")), ASKED),
            link(SecurityResponse(Plaintext(tell().user_data), Mac(b"\2")), TOLD),
        ),
        (
            link(SecurityRequest(Plaintext(ask().user_data), RandomNumber(b"\1")), ASKED),
            link(SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None), TOLD),
        ),
    ],
)
def test_an_answer_names_the_request_it_answers(question: LinkFrame, answer: LinkFrame) -> None:
    """By device, service, kind and number, whatever the priority; logins and reports with theirs."""
    turn = heard(question, answer)
    assert turn is not None
    assert (turn.match, turn.request) == (Match.ANSWER, FIRST)
    assert turn.words.said(Language.ENGLISH) == "answers the request of line 1"


@pytest.mark.parametrize(
    ("answer", "match", "word"),
    [
        (tell(address=OTHER), Match.OTHER_ADDRESS, "another address"),
        (tell(2), Match.OTHER_SEQUENCE, "service number"),
        (link(SetNormalResponse(Piid(1), SetResult(CLOCK, Dar.SUCCESS)), TOLD), Match.OTHER_FUNCTION, "service"),
        (ask(), Match.ECHO, "echo"),
    ],
)
def test_an_answer_to_something_else_says_why(answer: LinkFrame, match: Match, word: str) -> None:
    """Another device, number or service; the request once more."""
    turn = heard(ask(), answer)
    assert turn is not None
    assert turn.match is match
    assert word in turn.words.said(Language.ENGLISH)


def test_a_report_between_request_and_answer_does_not_part_them() -> None:
    """A server says something of its own while it is asked."""
    talk = Conversation()
    talk.hear(ask(), FIRST)
    assert talk.hear(link(ReportListNotification(Piid(1), ()), OWN), SECOND) is None
    answer = talk.hear(tell(), THIRD)
    taken = talk.hear(link(ReportListResponse(Piid(1), ()), TAKEN), FIRST)
    assert [(turn.match, turn.request) for turn in (answer, taken) if turn] == [
        (Match.ANSWER, FIRST),
        (Match.ANSWER, SECOND),
    ]


def test_the_same_answer_again_is_a_copy_and_one_without_a_request_no_turn() -> None:
    """A record may begin anywhere, and answers are repeated."""
    turn = heard(ask(), tell(), tell())
    assert turn is not None
    assert turn.match is Match.COPY
    assert heard(tell()) is None
    assert heard(link(GetMd5Request(Piid(1), ENERGY), ASKED)) is None


@pytest.mark.parametrize("with_request", [True, False])
def test_pieces_are_put_together_in_either_direction(with_request: bool) -> None:
    """The last brings the APDU as a whole; acknowledgements are no turn."""
    results = tuple(ResultNormal(ENERGY, double_long_unsigned(number)) for number in range(30))
    whole = link(GetListResponse(Piid(1), results), TOLD)
    pieces, receiver, talk = Fragmenter(whole, 60), Reassembler(), Conversation()
    if with_request:
        talk.hear(link(parse_apdu(bytes.fromhex("050201010010020000")), ASKED), FIRST)
    piece: LinkFrame | None = pieces.current
    turn = None
    while piece is not None:
        turn = talk.hear(piece, SECOND)
        acknowledgement = receiver.take(piece).acknowledge
        assert acknowledgement is None or (turn is None and talk.hear(acknowledgement, SECOND) is None)
        piece = None if acknowledgement is None else pieces.acknowledged(acknowledgement)
    assert turn is not None
    assert turn.whole == whole.user_data
    assert turn.match is (Match.ANSWER if with_request else None)


def blocks() -> list[LinkFrame]:
    """A read whose answer comes in three blocks of one table, with the requests for them."""
    rows = [((Value(DataType.UNSIGNED, number),),) for number in range(3)]
    frames = [link(GetRecordRequest(Piid(1), GetRecord(TABLE, AllRows(), (CLOCK,))), ASKED)]
    for number, each in enumerate(rows):
        if number:
            frames.append(link(GetNextRequest(Piid(1), number - 1), ASKED))
        content = RecordBlock((ResultRecord(TABLE, (CLOCK,), each),))
        frames.append(link(GetNextResponse(Piid(1), last=number == 2, block=number, content=content), TOLD))
    return frames


def test_blocks_are_put_together_to_one_answer() -> None:
    """Rows of one table in several blocks are the rows of one record."""
    talk = Conversation()
    turns = [talk.hear(frame, FIRST) for frame in blocks()]
    assert [turn and turn.match for turn in turns] == [None, Match.ANSWER] * 3
    whole = turns[-1].whole if turns[-1] else None
    assert isinstance(whole, bytes)
    apdu = parse_apdu(whole)
    assert isinstance(apdu, GetRecordResponse)
    assert [cell.value for (cell,) in cast("Any", apdu.record.result)] == [0, 1, 2]


def test_a_missing_block_leaves_the_answer_open() -> None:
    """A whole is never told from blocks that do not belong together; one that comes again is not told twice."""
    frames = blocks()
    talk = Conversation()
    turns = [talk.hear(frame, FIRST) for frame in (*frames[:2], *frames[4:])]
    assert all(turn is None or turn.whole is None for turn in turns)
    talk = Conversation()
    turns = [talk.hear(frame, FIRST) for frame in (*frames[:4], *frames[2:4], *frames[4:])]
    assert turns[-1] is not None
    assert turns[-1].whole == heard_whole(frames)


def heard_whole(frames: list[LinkFrame]) -> object:
    """What the last of the frames completes."""
    talk = Conversation()
    turn = [talk.hear(frame, FIRST) for frame in frames][-1]
    return turn.whole if turn else None


def test_the_frame_with_the_last_block_has_the_whole_as_an_object() -> None:
    """In what follows the first frame, and in a stretch with noise in front."""
    raw = b"".join(map(build_link, blocks()))
    found = decode(raw)
    told = cast("list[dict[str, Any]]", [found, *cast("list[Any]", found["following"])])
    assert ["whole" in each for each in told] == [False] * 5 + [True]
    assert told[-1]["whole"]["apdu"]["service"] == "GET-Response"
    assert [each["ok"] for each in told] == [True] * 6
    stream = decode_stream(b"\x55" + raw)
    assert [frame.hex().upper() for frame in map(build_link, blocks())] == stream["frames"]
    assert "whole" in cast("list[dict[str, Any]]", stream["decoded_frames"])[-1]
    json.dumps([found, stream])


@given(st.lists(st.sampled_from([bytes.fromhex(vector["hex"]) for _, vector in ALL]), max_size=12))
def test_any_order_of_frames_is_heard(raws: list[bytes]) -> None:
    """Whatever comes after what, nothing raises, and every turn can be said."""
    talk = Conversation()
    for piece in cut(b"".join(raws)):
        turn = talk.hear_piece(piece, FIRST)
        assert turn is None or turn.words.said(Language.BOTH)
