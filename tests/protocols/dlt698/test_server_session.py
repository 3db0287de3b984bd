"""The device's session: heartbeats, reports until they are taken, long answers in blocks or pieces."""

from dataclasses import replace
from datetime import timedelta

import pytest

from protocols.dlt698 import (
    OAD,
    REPORT_RESPONSE,
    REQUEST,
    Apdu,
    Asked,
    Dar,
    DataType,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetNextResponse,
    HeartbeatDue,
    LinkAnswered,
    LinkFrame,
    LinkKind,
    LinkResponse,
    LinkUnanswered,
    NormalBlock,
    NotOurs,
    Piid,
    Reassembler,
    ReportListNotification,
    ReportListResponse,
    ReportLost,
    ReportRecordResponse,
    ReportTaken,
    ResultNormal,
    ServerEvent,
    ServerRules,
    ServerSession,
    Transmit,
    Undecodable,
    Value,
    Verdict,
    build_apdu,
    build_link,
    parse_apdu,
    parse_link,
)
from protocols.dlt698.wire.link import LINK_RESPONSE, Control
from tests.protocols.dlt698.pair import CONCENTRATOR, ENERGY, NOW, SECOND, T1, T2, get

BLOCKS = ServerRules(max_frame=120, blocks=True)


def down(apdu: Apdu, control: Control = REQUEST) -> bytes:
    """Build a frame of the head-end."""
    return build_link(LinkFrame(control, CONCENTRATOR, 0x10, build_apdu(apdu)))


def welcome(data: bytes, *, result: int = 0) -> bytes:
    """Answer a LINK-Request."""
    request = parse_apdu(parse_link(data).user_data)
    return down(LinkResponse(request.piid, Verdict(result), request.time, T2, T2), LINK_RESPONSE)  # type: ignore[attr-defined]


def heartbeat(session: ServerSession, now: object) -> bytes:
    """Send a heartbeat."""
    return session.link(LinkKind.HEARTBEAT, 120, T1, now)  # type: ignore[arg-type]  # an instant of the test


def test_the_connection_is_given_up_after_three_unanswered_heartbeats() -> None:
    """They are due a period apart; each waits for its answer for 30 s."""
    session, now = ServerSession(CONCENTRATOR), NOW
    session.receive(welcome(session.link(LinkKind.LOGIN, 120, T1, now)), now)
    given_up = []
    for number in (1, 2, 3):
        now = NOW + number * 120 * SECOND
        assert session.deadline() == now
        assert session.overdue(now) == [HeartbeatDue()]
        heartbeat(session, now)
        (unanswered,) = session.overdue(now + 30 * SECOND)
        assert isinstance(unanswered, LinkUnanswered)
        given_up.append(unanswered.give_up)
    assert given_up == [False, False, True]


def test_one_answered_heartbeat_is_enough_to_go_on() -> None:
    """Only unanswered ones in a row count."""
    session, now, ends = ServerSession(CONCENTRATOR), NOW, []
    for answered in (False, False, True, False, False):
        now += 120 * SECOND
        data = heartbeat(session, now)
        if answered:
            (told,) = session.receive(welcome(data), now)
            assert isinstance(told, LinkAnswered)
        ends += [event for event in session.overdue(now + 30 * SECOND) if isinstance(event, LinkUnanswered)]
    assert [end.give_up for end in ends] == [False] * 4


@pytest.mark.parametrize("result", [0, 2])
def test_a_login_is_accepted_or_not(result: int) -> None:
    """By the result of the answer."""
    session = ServerSession(CONCENTRATOR)
    (told,) = session.receive(welcome(session.link(LinkKind.LOGIN, 120, T1, NOW), result=result), NOW)
    assert isinstance(told, LinkAnswered)
    assert told.accepted == (result == 0)


@pytest.mark.parametrize("other", [{"requested": T2}, {"piid": Piid(9)}], ids=["another T1", "another number"])
def test_an_answer_with_another_time_is_no_answer(other: dict[str, object]) -> None:
    """T1 and the number say which login is answered; the right answer is still awaited."""
    session = ServerSession(CONCENTRATOR)
    right = welcome(session.link(LinkKind.LOGIN, 120, T1, NOW))
    response = parse_apdu(parse_link(right).user_data)
    assert isinstance(response, LinkResponse)
    wrong = down(replace(response, **other), LINK_RESPONSE)  # type: ignore[arg-type]  # fields of the test
    told = [event for data in (wrong, right) for event in session.receive(data, NOW)]
    assert [event.accepted for event in told if isinstance(event, LinkAnswered)] == [False, True]


def test_an_unanswered_login_gives_the_connection_up() -> None:
    """Nobody is there."""
    session = ServerSession(CONCENTRATOR)
    session.link(LinkKind.LOGIN, 120, T1, NOW)
    (unanswered,) = session.overdue(NOW + 30 * SECOND)
    assert isinstance(unanswered, LinkUnanswered)
    assert unanswered.give_up


def test_there_is_no_heartbeat_after_a_logout() -> None:
    """Nor one of a device without a period."""
    session = ServerSession(CONCENTRATOR)
    session.receive(welcome(session.link(LinkKind.LOGIN, 120, T1, NOW)), NOW)
    session.receive(welcome(session.link(LinkKind.LOGOUT, 120, T1, NOW)), NOW)
    assert session.deadline() is None
    session.receive(welcome(session.link(LinkKind.LOGIN, 0, T1, NOW)), NOW)
    assert session.deadline() is None


def report(piid: Piid) -> ReportListNotification:
    """Make a report."""
    return ReportListNotification(piid, (ResultNormal(ENERGY, Dar.OTHER),))


def test_a_report_is_repeated_until_it_is_taken() -> None:
    """The same bytes after each time-out; afterwards nothing."""
    rules = ServerRules(report_wait=timedelta(seconds=5), report_tries=4)
    session = ServerSession(CONCENTRATOR, rules=rules)
    sent, data = session.report(report, NOW)
    assert session.overdue(NOW + 5 * SECOND) == [Transmit(data)]
    assert session.overdue(NOW + 10 * SECOND) == [Transmit(data)]
    response = ReportListResponse(Piid(0), (ENERGY,))
    assert session.receive(down(response, REPORT_RESPONSE), NOW) == [ReportTaken(sent, response)]
    assert session.deadline() is None


def test_a_report_that_nobody_takes_is_told_as_lost() -> None:
    """After as many sendings as the rules say; answers of another number or kind take nothing."""
    rules = ServerRules(report_wait=timedelta(seconds=5), report_tries=2)
    session = ServerSession(CONCENTRATOR, rules=rules)
    sent, data = session.report(report, NOW)
    for other in (ReportListResponse(Piid(1), (ENERGY,)), ReportRecordResponse(Piid(0), (ENERGY,))):
        assert session.receive(down(other, REPORT_RESPONSE), NOW) == [ReportTaken(None, other)]
    assert session.overdue(NOW + 5 * SECOND) == [Transmit(data)]
    assert session.overdue(NOW + 10 * SECOND) == [ReportLost(sent)]
    assert session.deadline() is None


def long_report(piid: Piid) -> ReportListNotification:
    """Make a report of many pieces."""
    return ReportListNotification(piid, (ResultNormal(ENERGY, Dar.OTHER),) * 60)


def test_a_report_is_not_repeated_while_its_pieces_are_on_their_way() -> None:
    """However slowly they are acknowledged; once it is taken no more of them go out."""
    session = ServerSession(CONCENTRATOR, rules=ServerRules(max_frame=120, report_wait=timedelta(seconds=5)))
    sent, data = session.report(long_report, NOW)
    joining, now, pieces = Reassembler(), NOW, []
    for _ in range(3):
        now += 8 * SECOND
        assert not any(isinstance(event, Transmit) for event in session.overdue(now))
        acknowledgement = joining.take(parse_link(data)).acknowledge
        assert acknowledgement is not None
        (following,) = session.receive(build_link(acknowledgement), now)
        assert isinstance(following, Transmit)
        data = following.data
        pieces.append(data)
    assert len(set(pieces)) == 3
    response = ReportListResponse(Piid(0), (ENERGY,) * 60)
    assert session.receive(down(response, REPORT_RESPONSE), now) == [ReportTaken(sent, response)]
    while (due := session.deadline()) is not None:
        assert session.overdue(due) == []


def test_repeats_without_room_are_lost() -> None:
    """A client that acknowledges no piece of anything gets no longer queue by it, and every report ends."""
    session = ServerSession(CONCENTRATOR, rules=ServerRules(max_frame=120))
    reports = [session.report(long_report, NOW)[0] for _ in range(17)]
    lost = []
    while (due := session.deadline()) is not None:
        lost += [event.report for event in session.overdue(due) if isinstance(event, ReportLost)]
    assert sorted(one.piid.number for one in lost if isinstance(one, ReportListNotification)) == list(range(17))
    assert len(reports) == 17


def ask_list(session: ServerSession, attributes: int, number: int = 0) -> Asked:
    """Let the head-end ask for many attributes."""
    request = GetListRequest(Piid(number), tuple(OAD(index, 2, 0) for index in range(attributes)))
    (asked,) = session.receive(down(request), NOW)
    assert isinstance(asked, Asked)
    return asked


def answer(asked: Asked) -> GetListResponse:
    """Answer it."""
    assert isinstance(asked.request, GetListRequest)
    return GetListResponse(asked.request.piid, tuple(ResultNormal(oad, Dar.OTHER) for oad in asked.request.oads))


def blocks_in(events: list[ServerEvent]) -> list[GetNextResponse]:
    """Read the blocks that are to be written."""
    apdus = [parse_apdu(parse_link(event.data).user_data) for event in events if isinstance(event, Transmit)]
    return [apdu for apdu in apdus if isinstance(apdu, GetNextResponse)]


def test_a_long_answer_is_kept_for_the_requests_that_fetch_it() -> None:
    """Each block is given as often as it is asked for, without asking the application again."""
    session = ServerSession(CONCENTRATOR, rules=BLOCKS)
    asked = ask_list(session, 60)
    raw = session.respond(asked, answer(asked), NOW)
    assert len(raw) <= 120
    (block,) = blocks_in([Transmit(raw)])
    results: list[ResultNormal] = []
    while True:
        assert isinstance(block.content, NormalBlock)
        results += block.content.results
        if block.last:
            break
        following = down(GetNextRequest(Piid(5), block.block))
        (block,), (again,) = (blocks_in(session.receive(following, NOW)) for _ in range(2))
        assert again == block
        assert block.piid == Piid(5)
    assert tuple(results) == answer(asked).results


def test_there_is_nothing_to_fetch_after_another_read() -> None:
    """The server says that it is not in the middle of anything (DAR 11), and of a wrong number that it is (DAR 14)."""
    session = ServerSession(CONCENTRATOR, rules=BLOCKS)
    asked = ask_list(session, 60)
    session.respond(asked, answer(asked), NOW)
    (wrong,) = blocks_in(session.receive(down(GetNextRequest(Piid(1), 99)), NOW))
    assert wrong.content is Dar.BLOCK_NUMBER_INVALID
    session.receive(down(get(ENERGY)(Piid(2))), NOW)
    (nothing,) = blocks_in(session.receive(down(GetNextRequest(Piid(3), 1)), NOW))
    assert nothing.content is Dar.NOT_IN_FRAGMENTATION


@pytest.mark.parametrize(("blocks", "kind"), [(True, 0xC3), (False, 0xE3)])
def test_a_long_answer_goes_out_in_blocks_or_in_pieces(blocks: bool, kind: int) -> None:
    """In blocks to a client that takes them, else in pieces of the link layer."""
    session = ServerSession(CONCENTRATOR, rules=ServerRules(max_frame=120, blocks=blocks))
    asked = ask_list(session, 60)
    raw = session.respond(asked, answer(asked), NOW)
    assert raw[3] == kind
    assert len(raw) <= 120


def test_a_client_that_acknowledges_nothing_cannot_fill_the_memory() -> None:
    """Blocks that are too long for a frame wait in a queue of bounded length; beyond it they are not sent."""
    rules = ServerRules(max_frame=70, blocks=True)
    session = ServerSession(CONCENTRATOR, rules=rules)
    asked = ask_list(session, 60)
    big = ResultNormal(ENERGY, Value(DataType.OCTET_STRING, bytes(100)))
    long = GetListResponse(Piid(0), (ResultNormal(ENERGY, Dar.OTHER), big, big))
    session.respond(asked, long, NOW)
    sent = [session.receive(down(GetNextRequest(Piid(1), 1)), NOW) for _ in range(40)]
    assert sent[-1] == []


@pytest.mark.parametrize(
    "data",
    [
        down(get(ENERGY)(Piid(0)), Control.of(0xC3)),
        down(report(Piid(0))),
        build_link(LinkFrame(REQUEST, CONCENTRATOR, 0x10, bytes.fromhex("6E000200"))),
    ],
    ids=["of another server", "what servers send", "an error"],
)
def test_what_no_client_sends_is_not_obeyed(data: bytes) -> None:
    """A frame of another server on the line, a report, an ERROR-Response."""
    (told,) = ServerSession(CONCENTRATOR).receive(data, NOW)
    assert isinstance(told, NotOurs)


@pytest.mark.parametrize("lenient", [False, True])
def test_a_request_without_the_byte_about_a_time_tag_is_one_where_the_rules_are_lenient(lenient: bool) -> None:
    """Tools of the drafts leave it out; a device in the field stays strict."""
    session = ServerSession(CONCENTRATOR, rules=ServerRules(lenient=lenient))
    whole = build_apdu(get(ENERGY)(Piid(0)))
    (told,) = session.receive(build_link(LinkFrame(REQUEST, CONCENTRATOR, 0x10, whole[:-1])), NOW)
    if lenient:
        assert isinstance(told, Asked)
        assert told.request == parse_apdu(whole)
    else:
        assert isinstance(told, Undecodable)
