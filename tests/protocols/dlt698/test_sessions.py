"""One connection with a head-end at one end and a device at the other."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    OAD,
    Address,
    Answered,
    Asked,
    ClientSession,
    Dar,
    GetListRequest,
    GetListResponse,
    GetNormalResponse,
    LinkAnswered,
    LinkAsked,
    LinkKind,
    NotOurs,
    Piid,
    Reported,
    ReportListNotification,
    ReportTaken,
    ResultNormal,
    SecuredReported,
    SecurityRequest,
    SecurityResponse,
    ServerSession,
    Transmit,
    Undecodable,
    Verdict,
    build_apdu,
)
from protocols.dlt698.apdu.security import Mac, Plaintext, RandomNumberMac
from protocols.dlt698.wire.link import Control, LinkFrame, build_link, parse_link
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.pair import CLOCK, CONCENTRATOR, ENERGY, NOW, SECOND, T1, T2, Fate, Pair, get
from tests.protocols.dlt698.strategies import good_frames, link_frames


def answer(oad: OAD, number: int) -> GetNormalResponse:
    """Make the answer to a request for one attribute."""
    return GetNormalResponse(Piid(number), ResultNormal(oad, Dar.OTHER))


def report(piid: Piid, results: int = 1) -> ReportListNotification:
    """Make a report."""
    return ReportListNotification(piid, (ResultNormal(ENERGY, Dar.OTHER),) * results)


def test_a_request_is_answered() -> None:
    """What the device says to a request comes back beside the request, with the frame that brought it."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    request, data = client.ask(CONCENTRATOR, get(ENERGY), NOW)
    (asked,) = server.receive(data, NOW)
    assert isinstance(asked, Asked)
    assert asked.wants_answer
    assert asked.request == request
    response = answer(ENERGY, 0)
    raw = server.respond(asked, response, NOW)
    assert client.receive(raw, NOW) == [Answered(CONCENTRATOR, request, response, (raw,))]
    assert client.deadline() is None


def test_a_login_gets_its_time_back() -> None:
    """T1 and PIID are copied, so that the device can pair the answer; it pairs each answer once."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    (asked,) = client.receive(server.link(LinkKind.LOGIN, 900, T1, NOW), NOW)
    assert isinstance(asked, LinkAsked)
    verdict = Verdict(0, clock_trusted=True)
    data = client.answer_link(asked, received=T2, responded=T2, now=NOW, verdict=verdict)
    (answered,) = server.receive(data, NOW)
    assert isinstance(answered, LinkAnswered)
    assert answered.accepted
    assert answered.request == asked.request
    assert answered.response.requested == T1
    assert answered.response.verdict == verdict
    (late,) = server.receive(data, NOW)
    assert isinstance(late, LinkAnswered)
    assert late.request is None
    assert not late.accepted


def test_a_report_is_taken_once() -> None:
    """The acknowledgement has the report's number, kind and attributes, without the ACD bit."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    sent, data = server.report(lambda piid: report(Piid(piid.number, acd=True), 3), NOW)
    (reported,) = client.receive(data, NOW)
    assert isinstance(reported, Reported)
    acknowledgement = client.acknowledge(reported, NOW)
    assert parse_link(acknowledgement).user_data.hex() == "080100" + "03" + 3 * "00100200" + "00"
    (taken,) = server.receive(acknowledgement, NOW)
    assert isinstance(taken, ReportTaken)
    assert taken.report == sent
    (again,) = server.receive(acknowledgement, NOW)
    assert isinstance(again, ReportTaken)
    assert again.report is None


def test_a_repeat_of_a_report_is_known_until_it_is_acknowledged() -> None:
    """The same report is told as repeated while it waits; another one isn't."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    _, one = server.report(report, NOW)
    _, other = server.report(report, NOW)
    told = [event for data in (one, other, one) for event in client.receive(data, NOW)]
    assert [event.repeated for event in told if isinstance(event, Reported)] == [False, False, True]
    assert isinstance(told[0], Reported)
    client.acknowledge(told[0], NOW)
    (again,) = client.receive(one, NOW)
    assert isinstance(again, Reported)
    assert not again.repeated


def secured(piid: Piid) -> SecurityRequest:
    """Make a report inside of SECURITY."""
    return SecurityRequest(Plaintext(build_apdu(report(piid))), RandomNumberMac(bytes(12), b"\x01\x02\x03\x04"))


def test_a_secured_report_is_told_unread_and_answered_by_security_alone() -> None:
    """Its bytes go to whoever holds the keys; nothing but their SECURITY-Response is sent back."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    sent, data = server.report(secured, NOW)
    (reported,) = client.receive(data, NOW)
    assert isinstance(reported, SecuredReported)
    assert reported.apdu == build_apdu(sent)
    plain = bytes.fromhex("0801000100100200" + "00")
    for refused in (None, b"", plain):
        with pytest.raises(LocalProtocolError, match="SECURITY-Response"):
            client.acknowledge(reported, NOW, refused)
    response = SecurityResponse(Plaintext(plain), Mac(b"\x05\x06\x07\x08"))
    raw = client.acknowledge(reported, NOW, build_apdu(response))
    assert parse_link(raw).control == Control.of(0x03)
    assert server.receive(raw, NOW) == [ReportTaken(sent, response)]


def test_even_an_unreadable_secured_report_reaches_the_keys() -> None:
    """Nothing of it is parsed before it is opened."""
    frame = LinkFrame(Control.of(0x83), CONCENTRATOR, 0, bytes.fromhex("10FF"))
    (reported,) = ClientSession().receive(build_link(frame), NOW)
    assert isinstance(reported, SecuredReported)
    assert reported.apdu == b"\x10\xff"


def test_a_wildcard_is_answered_by_the_real_address() -> None:
    """Who asks the only device on the line learns its address, also with a request in pieces."""
    for attributes in (1, 200):
        pair = Pair(max_frame=120)
        oads = (CLOCK,) * attributes
        request, data = pair.client.ask(Address.wildcard(), lambda piid: GetListRequest(piid, oads), pair.now)  # noqa: B023
        pair.write_client(data)
        pair.run()
        (asked,) = pair.server_told(Asked)
        assert asked.request == request
        response = GetListResponse(Piid(0), (ResultNormal(CLOCK, Dar.OTHER),))
        pair.write_server(pair.server.respond(asked, response, pair.now))
        pair.run()
        (answered,) = pair.client_told(Answered)
        assert answered.address == CONCENTRATOR


def test_groups_and_broadcasts_are_heard_in_silence() -> None:
    """A device in the group hears it, one that isn't does not, nobody answers and nothing waits for it."""
    group = Address.group("000000000007")
    client, server = ClientSession(), ServerSession(CONCENTRATOR, belongs=lambda address: address == group)
    _, data = client.ask(group, get(CLOCK), NOW)
    assert client.deadline() is None
    (asked,) = server.receive(data, NOW)
    assert isinstance(asked, Asked)
    assert not asked.wants_answer
    assert server.respond(asked, answer(CLOCK, 0), NOW) == b""
    (foreign,) = ServerSession(CONCENTRATOR).receive(data, NOW)
    assert isinstance(foreign, NotOurs)


def test_pieces_for_others_are_not_acknowledged() -> None:
    """Neither somebody else's nor a group's."""
    client = ClientSession(max_frame=60, window=2)
    group = Address.group("000000000007")
    for address in (Address.single("210000999999"), group):
        server = ServerSession(CONCENTRATOR, belongs=lambda address: address == group)
        _, data = client.ask(address, lambda piid: GetListRequest(piid, (ENERGY,) * 40), NOW)
        assert not any(isinstance(event, Transmit) for event in server.receive(data, NOW))


@pytest.mark.parametrize("scrambled", [False, True])
def test_an_answer_has_the_mode_of_its_request(scrambled: bool) -> None:
    """What is asked scrambled is answered scrambled."""
    server = ServerSession(CONCENTRATOR)
    control = Control.of(0x4B if scrambled else 0x43)
    request = get(CLOCK)(Piid(5))
    (asked,) = server.receive(build_link(LinkFrame(control, CONCENTRATOR, 0x10, build_apdu(request))), NOW)
    assert isinstance(asked, Asked)
    raw = server.respond(asked, answer(CLOCK, 5), NOW)
    assert raw[3] == (0xCB if scrambled else 0xC3)
    assert parse_link(raw).user_data == build_apdu(answer(CLOCK, 5))


@given(st.integers(30, 400), st.integers(80, 200))
def test_long_apdus_cross_in_pieces_both_ways(attributes: int, max_frame: int) -> None:
    """Request and response of any length arrive whole over a line that takes short frames."""
    pair = Pair(max_frame=max_frame)
    oads = tuple(OAD(0x0010, 2, number % 64) for number in range(attributes))
    request, data = pair.client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, oads), pair.now)
    pair.write_client(data)
    pair.run()
    (asked,) = pair.server_told(Asked)
    assert asked.request == request
    response = GetListResponse(Piid(0), tuple(ResultNormal(oad, Dar.OTHER) for oad in oads))
    pair.write_server(pair.server.respond(asked, response, pair.now))
    pair.run()
    (answered,) = pair.client_told(Answered)
    assert (answered.request, answered.response) == (request, response)
    assert all(len(raw) <= max_frame for raw in answered.raws)
    assert pair.client.deadline() is None
    assert pair.server.deadline() is None


def test_heartbeats_and_reports_between_the_pieces_disturb_nothing() -> None:
    """They come and are answered in the middle of a long request."""
    pair = Pair(max_frame=80)
    oads = tuple(OAD(0x0010, 2, number) for number in range(60))
    _, data = pair.client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, oads), pair.now)
    pair.tell_server(pair.server.receive(data, pair.now))
    (heartbeat,) = pair.client.receive(pair.server.link(LinkKind.HEARTBEAT, 900, T1, pair.now), pair.now)
    assert isinstance(heartbeat, LinkAsked)
    pair.write_client(pair.client.answer_link(heartbeat, received=T2, responded=T2, now=pair.now))
    _, data = pair.server.report(report, pair.now)
    (reported,) = pair.client.receive(data, pair.now)
    assert isinstance(reported, Reported)
    pair.write_client(pair.client.acknowledge(reported, pair.now))
    pair.run()
    assert [type(event) for event in pair.told_server] == [LinkAnswered, ReportTaken, Asked]


def test_a_login_begins_anew() -> None:
    """What was under way with the device is forgotten: its acknowledgement brings no next piece."""
    client, server = ClientSession(max_frame=60), ServerSession(CONCENTRATOR)
    _, data = client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, (ENERGY,) * 30), NOW)
    (acknowledged,) = server.receive(data, NOW)
    assert isinstance(acknowledged, Transmit)
    client.receive(server.link(LinkKind.LOGIN, 900, T1, NOW), NOW)
    assert client.receive(acknowledged.data, NOW) == []


def test_content_that_is_no_apdu_is_told_and_the_line_goes_on() -> None:
    """A bad neighbour never stops the frames behind it."""
    odd = next(raw for raw in good_frames if raw[-5:-3] == bytes.fromhex("3132"))
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    told, heard = client.receive(odd + server.link(LinkKind.LOGIN, 900, T1, NOW), NOW)
    assert isinstance(told, Undecodable)
    assert told.error.reason == "unknown_tag"
    assert isinstance(heard, LinkAsked)


@given(st.lists(st.sampled_from(good_frames) | link_frames.map(build_link) | st.binary(max_size=40), max_size=12))
def test_no_bytes_break_a_session(stream: list[bytes]) -> None:
    """Whatever a stranger sends is told as events on either side, and all that it began ends with time."""
    for session in (ClientSession(), ServerSession(CONCENTRATOR)):
        now = NOW
        for data in stream:
            session.receive(data, now)
        while (due := session.deadline()) is not None:
            now = due
            session.overdue(now)
        assert now < NOW + 60 * SECOND


@given(st.randoms(use_true_random=False), st.binary(max_size=30))
def test_a_session_that_is_asked_survives_noise(random: object, noise: bytes) -> None:
    """Noise around and inside of a conversation costs answers at most."""
    pair = Pair(max_frame=80, fate=Fate(random))  # type: ignore[arg-type]  # hypothesis' Random
    _, data = pair.client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, (ENERGY,) * 30), pair.now)
    pair.write_client(noise + data)
    pair.write_server(noise)
    pair.pass_time(60 * SECOND)
    for asked in pair.server_told(Asked):
        response = GetListResponse(Piid(0), (ResultNormal(ENERGY, Dar.OTHER),) * 30)
        pair.write_server(noise + pair.server.respond(asked, response, pair.now))
    pair.pass_time(60 * SECOND)
    assert pair.client.room(CONCENTRATOR) == 1


def test_strangers_cannot_open_reassemblies_without_end() -> None:
    """First pieces under ever new addresses push the oldest out, and that is told."""
    client = ClientSession()
    pushed_out = 0
    for number in range(100):
        frame = LinkFrame(Control.of(0xA3), Address.single(f"{number:012d}"), 0, b"\x00\x00" + bytes(9))
        pushed_out += sum(not isinstance(event, Transmit) for event in client.receive(build_link(frame), NOW))
    assert pushed_out == 84


def test_reports_are_remembered_within_bounds() -> None:
    """Ever new reports that nobody acknowledges push the oldest out: it counts as new again."""
    client = ClientSession()

    def told(number: int) -> bool:
        frame = LinkFrame(Control.of(0x83), CONCENTRATOR, 0, build_apdu(report(Piid(number % 64), number // 64 + 1)))
        (event,) = client.receive(build_link(frame), NOW)
        assert isinstance(event, Reported)
        return event.repeated

    assert not any(map(told, range(257)))
    assert told(256)
    assert not told(0)


@pytest.mark.parametrize("kind", [LinkKind.LOGIN, LinkKind.HEARTBEAT])
def test_makers_are_given_distinct_numbers(kind: LinkKind) -> None:
    """Reports and logins that are open at a time differ in their numbers, beyond one round of them."""
    server = ServerSession(CONCENTRATOR)
    _, first = server.report(report, NOW)
    numbers = {parse_link(server.link(kind, 900, T1, NOW)).user_data[1] for _ in range(130)}
    assert parse_link(first).user_data[2] == 0
    assert numbers == set(range(1, 64))


def test_reports_are_open_within_bounds() -> None:
    """A device that nobody answers keeps 63 reports at most."""
    server = ServerSession(CONCENTRATOR)
    for _ in range(63):
        server.report(report, NOW)
    with pytest.raises(LocalProtocolError, match="63 reports are open"):
        server.report(partial(report, results=2), NOW)
