"""One connection with a head-end at one end and a device at the other."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    OAD,
    Address,
    Answered,
    Asked,
    ClientApdu,
    ClientSession,
    Dar,
    DateTime,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    LinkAnswered,
    LinkAsked,
    LinkKind,
    NormalBlock,
    Piid,
    Reported,
    ReportListNotification,
    ReportTaken,
    ResultNormal,
    ServerErrorResponse,
    ServerSession,
    Transmit,
    Undecodable,
    Unmatched,
    Verdict,
)
from protocols.dlt698.line.client import ClientEvent
from protocols.dlt698.line.server import NotOurs, ServerEvent
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.strategies import good_frames

CONCENTRATOR = Address.single("210000123456")
ENERGY = OAD.parse("00100200")
CLOCK = OAD.parse("40000200")
T1 = DateTime(2024, 5, 20, 1, 8, 30, 0, 120)
T2 = DateTime(2024, 5, 20, 1, 8, 30, 1, 20)


def _get(oad: OAD) -> Callable[[Piid], ClientApdu]:
    return lambda piid: GetNormalRequest(piid, oad)


def _pump(
    client: ClientSession, server: ServerSession, to_server: bytes
) -> tuple[list[ServerEvent], list[ClientEvent]]:
    """Carry bytes both ways until the line is quiet; what isn't Transmit is returned."""
    seen_server: list[ServerEvent] = []
    seen_client: list[ClientEvent] = []
    while to_server:
        told = server.receive(to_server)
        seen_server += [event for event in told if not isinstance(event, Transmit)]
        back = b"".join(event.data for event in told if isinstance(event, Transmit))
        answered = client.receive(back)
        seen_client += [event for event in answered if not isinstance(event, Transmit)]
        to_server = b"".join(event.data for event in answered if isinstance(event, Transmit))
    return seen_server, seen_client


def _answer(oad: OAD, number: int) -> GetNormalResponse:
    return GetNormalResponse(Piid(number), ResultNormal(oad, Dar.OTHER))


def test_a_request_is_answered() -> None:
    """What the device says to a request comes back beside the request."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    request, data = client.ask(CONCENTRATOR, _get(ENERGY))
    (asked,) = server.receive(data)
    assert isinstance(asked, Asked)
    assert asked.wants_answer
    assert asked.request == request
    response = _answer(ENERGY, request.piid.number)
    assert client.receive(server.respond(asked, response)) == [Answered(CONCENTRATOR, request, response)]


def test_a_login_gets_its_time_back() -> None:
    """T1 and PIID are copied, so that the device can pair the answer."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    (asked,) = client.receive(server.link(LinkKind.LOGIN, 900, T1))
    assert isinstance(asked, LinkAsked)
    data = client.answer_link(asked, received=T2, responded=T2, verdict=Verdict(0, clock_trusted=True))
    (answered,) = server.receive(data)
    assert isinstance(answered, LinkAnswered)
    assert answered.request == asked.request
    assert answered.response.requested == T1
    assert answered.response.verdict.clock_trusted
    (heartbeat,) = client.receive(server.link(LinkKind.HEARTBEAT, 900, T2))
    assert isinstance(heartbeat, LinkAsked)
    (late,) = server.receive(data)
    assert isinstance(late, LinkAnswered)
    assert late.request is None


def test_a_report_is_open_until_it_is_taken() -> None:
    """Repeating gives the same bytes; the acknowledgement names the attributes and closes it once."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    report, data = server.report(lambda piid: ReportListNotification(piid, (ResultNormal(ENERGY, Dar.OTHER),)))
    assert server.repeat(report) == data
    (reported,) = client.receive(data)
    assert isinstance(reported, Reported)
    acknowledgement = client.acknowledge(reported)
    (taken,) = server.receive(acknowledgement)
    assert isinstance(taken, ReportTaken)
    assert taken.report == report
    (again,) = server.receive(acknowledgement)
    assert isinstance(again, ReportTaken)
    assert again.report is None


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_answers_in_any_order_find_their_requests(order: list[int], data: st.DataObject) -> None:
    """Numbers tell open requests apart, none is open twice, and no answer completes two."""
    client = ClientSession()
    devices = [Address.single(f"21000000000{number}") for number in range(3)]
    open_requests: list[tuple[Address, ClientApdu]] = []
    for choice in order:
        address = devices[choice % 3]
        request, _ = client.ask(address, _get(ENERGY))
        assert request.piid.number not in {other.piid.number for where, other in open_requests if where == address}
        open_requests.append((address, request))
    for address, request in data.draw(st.permutations(open_requests)):
        raw = _reply(address, _answer(ENERGY, request.piid.number))
        (event,) = client.receive(raw)
        assert isinstance(event, Answered)
        assert (event.address, event.request) == (address, request)
        (repeated,) = client.receive(raw)
        assert isinstance(repeated, Unmatched)


def _reply(address: Address, response: object) -> bytes:
    server = ServerSession(address)
    _, data = ClientSession().ask(address, _get(ENERGY))
    (asked,) = server.receive(data)
    assert isinstance(asked, Asked)
    return server.respond(asked, response)  # type: ignore[arg-type]  # an APDU of the test


@pytest.mark.parametrize(
    ("response", "fits"),
    [
        (_answer(ENERGY, 0), True),
        (GetNextResponse(Piid(0), last=True, block=1, content=NormalBlock(())), True),
        (ServerErrorResponse(Piid(0), 2), True),
        (GetNormalResponse(Piid(0, high=True, acd=True), ResultNormal(ENERGY, Dar.OTHER)), True),
        (_answer(ENERGY, 1), False),
        (GetListResponse(Piid(0), ()), False),
    ],
    ids=["same kind", "a block", "an error", "other priority", "other number", "other kind"],
)
def test_service_kind_and_number_decide(response: object, fits: bool) -> None:
    """Next may answer any GET and an ERROR anything; another number or kind answers nothing."""
    client = ClientSession()
    client.ask(CONCENTRATOR, _get(ENERGY))
    (event,) = client.receive(_reply(CONCENTRATOR, response))
    assert isinstance(event, Answered if fits else Unmatched)


def test_the_answer_of_another_device_completes_nothing() -> None:
    """The address is part of the match."""
    client = ClientSession()
    client.ask(CONCENTRATOR, _get(ENERGY))
    (event,) = client.receive(_reply(Address.single("210000999999"), _answer(ENERGY, 0)))
    assert isinstance(event, Unmatched)


def test_a_wildcard_is_answered_by_the_real_address() -> None:
    """Who asks the only device on the line learns its address."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    _, data = client.ask(Address.wildcard(), _get(CLOCK))
    (asked,) = server.receive(data)
    assert isinstance(asked, Asked)
    (answered,) = client.receive(server.respond(asked, _answer(CLOCK, 0)))
    assert isinstance(answered, Answered)
    assert answered.address == CONCENTRATOR


def test_groups_and_broadcasts_are_heard_in_silence() -> None:
    """A device in the group hears it, one that isn't does not, and nobody answers."""
    group = Address.group("000000000007")
    _, data = ClientSession().ask(group, _get(CLOCK))
    (asked,) = ServerSession(CONCENTRATOR, belongs=lambda address: address == group).receive(data)
    assert isinstance(asked, Asked)
    assert not asked.wants_answer
    (foreign,) = ServerSession(CONCENTRATOR).receive(data)
    assert isinstance(foreign, NotOurs)


def test_a_forgotten_request_takes_no_answer_and_its_number_is_free_again() -> None:
    """All 64 numbers can be open; the 65th asks for patience."""
    client = ClientSession()
    requests = [client.ask(CONCENTRATOR, _get(ENERGY))[0] for _ in range(64)]
    assert sorted(request.piid.number for request in requests) == list(range(64))
    with pytest.raises(LocalProtocolError, match="all 64"):
        client.ask(CONCENTRATOR, _get(ENERGY))
    client.forget(CONCENTRATOR, requests[7])
    (late,) = client.receive(_reply(CONCENTRATOR, _answer(ENERGY, 7)))
    assert isinstance(late, Unmatched)
    assert client.ask(CONCENTRATOR, _get(ENERGY))[0].piid.number == 7


def test_a_request_keeps_the_number_it_was_given() -> None:
    """A maker that makes up its own number is our own error."""
    with pytest.raises(LocalProtocolError, match="number 9 where 0"):
        ClientSession().ask(CONCENTRATOR, lambda _: GetNormalRequest(Piid(9), ENERGY))


def test_the_next_block_is_asked_by_the_last_number() -> None:
    """Blocks follow one another by the number that came."""
    client = ClientSession()
    client.ask(CONCENTRATOR, _get(ENERGY))
    block = GetNextResponse(Piid(0), last=False, block=1, content=NormalBlock(()))
    (answered,) = client.receive(_reply(CONCENTRATOR, block))
    assert isinstance(answered, Answered)
    request, _ = client.next_block(answered)
    assert isinstance(request, GetNextRequest)
    assert request.block == 1
    with pytest.raises(LocalProtocolError, match="no next block"):
        client.next_block(Answered(CONCENTRATOR, request, _answer(ENERGY, 0)))


@given(st.integers(30, 400), st.integers(40, 200))
def test_long_apdus_cross_in_pieces_both_ways(attributes: int, max_frame: int) -> None:
    """Request and response of any length arrive whole over a line that takes short frames."""
    client, server = ClientSession(max_frame=max_frame), ServerSession(CONCENTRATOR, max_frame=max_frame)
    oads = tuple(OAD(0x0010, 2, number % 64) for number in range(attributes))
    request, data = client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, oads))
    (asked,), _ = _pump(client, server, data)
    assert isinstance(asked, Asked)
    assert asked.request == request
    response = GetListResponse(request.piid, tuple(ResultNormal(oad, Dar.OTHER) for oad in oads))
    first = client.receive(server.respond(asked, response))
    to_server = b"".join(event.data for event in first if isinstance(event, Transmit))
    _, events = _pump(client, server, to_server)
    assert events == [Answered(CONCENTRATOR, request, response)]
    assert not client.channel.waiting


def test_a_heartbeat_between_the_pieces_disturbs_nothing() -> None:
    """Heartbeats and reports may come between a request's pieces; a login begins anew."""
    client, server = ClientSession(max_frame=60), ServerSession(CONCENTRATOR, max_frame=60)
    oads = tuple(OAD(0x0010, 2, number) for number in range(30))
    _, data = client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, oads))
    acknowledged = server.receive(data)
    client.receive(server.link(LinkKind.HEARTBEAT, 900, T1))
    assert isinstance(acknowledged[0], Transmit)
    (following,) = client.receive(acknowledged[0].data)
    assert isinstance(following, Transmit)
    acknowledged = server.receive(following.data)
    client.receive(server.link(LinkKind.LOGIN, 900, T1))
    assert isinstance(acknowledged[0], Transmit)
    assert client.receive(acknowledged[0].data) == []


def test_unfinished_pieces_are_given_up() -> None:
    """After the time-out nothing waits any more."""
    client, server = ClientSession(max_frame=60), ServerSession(CONCENTRATOR)
    _, data = client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, (ENERGY,) * 40))
    server.receive(data)
    assert server.channel.waiting
    assert server.give_up() == []
    assert not server.channel.waiting


def test_content_that_is_no_apdu_is_told_and_the_line_goes_on() -> None:
    """A bad neighbour never stops the frames behind it."""
    odd = next(raw for raw in good_frames if raw[-5:-3] == bytes.fromhex("3132"))
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    told, heard = client.receive(odd + server.link(LinkKind.LOGIN, 900, T1))
    assert isinstance(told, Undecodable)
    assert told.error.reason == "unknown_tag"
    assert isinstance(heard, LinkAsked)


@given(st.lists(st.sampled_from(good_frames) | st.binary(max_size=40), max_size=8).map(b"".join))
def test_no_bytes_break_a_session(stream: bytes) -> None:
    """Whatever a stranger sends is told as events on either side."""
    for session in (ClientSession(), ServerSession(CONCENTRATOR)):
        session.receive(stream)
        session.give_up()


def test_a_stranger_cannot_open_reassemblies_without_end() -> None:
    """First pieces under ever new addresses push the oldest out."""
    client = ClientSession()
    for number in range(600):
        server = ServerSession(Address.single(f"{number:012d}"), max_frame=40)
        _, data = server.report(lambda piid: ReportListNotification(piid, (ResultNormal(ENERGY, Dar.OTHER),) * 9))
        client.receive(data)
    assert len(client.channel._incoming) == 256
