"""The application association: what is agreed, and how it ends, seen from either end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    Agreed,
    Asked,
    Association,
    AssociationMoved,
    ClientSession,
    Conformance,
    ConnectRequest,
    ConnectResponse,
    Dar,
    DateTimeS,
    GetListRequest,
    GetListResponse,
    GetNormalRequest,
    Limits,
    NullSecurity,
    Piid,
    ReleaseRequest,
    ReleaseResponse,
    ResultNormal,
    ServerSession,
    Step,
    Unmatched,
)
from protocols.dlt698.apdu.release import ReleaseNotification
from protocols.dlt698.line.association import MOVES, State
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.pair import CONCENTRATOR, ENERGY, NOW, SECOND, Pair, get

CAN = Conformance(0x0016, bytes.fromhex("FFFFFFFFC0000000"), bytes(16))
CLIENT = Limits(send_frame=512, receive_frame=2048, window=4, apdu=7000)
SERVER = Limits(send_frame=1024, receive_frame=1000, window=2, apdu=2000)
STAMP = DateTimeS(2024, 5, 20, 8, 0, 0)
REQUEST = ConnectRequest(Piid(0), CAN, CLIENT, 7200, NullSecurity())
RESPONSE = ConnectResponse(Piid(0), "x" * 32, CAN, SERVER, 100, 0, None)
AGREED = Agreed(512, 1024, 2, 2000, timedelta(seconds=100), blocks=True)
RELEASE = ReleaseRequest(Piid(1))
RELEASED = ReleaseResponse(Piid(1), 0)
NOTIFIED = ReleaseNotification(Piid(1), STAMP, STAMP)


def opened() -> Association:
    """Make an association that is open."""
    association = Association()
    assert association.passed(REQUEST, NOW) is Step.ASKED
    assert association.passed(RESPONSE, NOW) is Step.ALLOWED
    return association


def test_the_smaller_of_both_sides_is_agreed() -> None:
    """Frames by direction, window, APDU and time-out."""
    association = opened()
    assert association.state is State.OPEN
    assert association.agreed == AGREED


@pytest.mark.parametrize("silent", [REQUEST, RESPONSE])
def test_answers_go_in_blocks_if_both_sides_have_said_so(silent: ConnectRequest | ConnectResponse) -> None:
    """A head-end that was told that there are none waits for none."""
    association = Association()
    for said in (REQUEST, RESPONSE):
        cannot = replace(said, conformance=replace(CAN, protocol=bytes(8)))
        association.passed(cannot if said is silent else said, NOW)
    assert association.agreed == replace(AGREED, blocks=False)


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFF), st.integers(0, 0xFFFF))
def test_what_is_agreed_can_be_used(send: int, receive: int, window: int, timeout: int) -> None:
    """However odd the limits of a side, there is room for a frame and for one request; no time-out is none."""
    association = Association()
    association.passed(replace(REQUEST, timeout=timeout), NOW)
    association.passed(replace(RESPONSE, limits=Limits(send, receive, window, 100), timeout=timeout), NOW)
    agreed = association.agreed
    assert agreed is not None
    assert min(agreed.to_client, agreed.to_server) >= 128
    assert agreed.window >= 1
    assert (agreed.timeout is None) == (timeout == 0)


@pytest.mark.parametrize(
    ("apdu", "step", "state"),
    [
        (RELEASE, Step.RELEASING, State.CLOSING),
        (NOTIFIED, Step.NOTIFIED, State.CLOSED),
        (REQUEST, Step.ASKED, State.OPENING),
        (RESPONSE, None, State.OPEN),
        (RELEASED, None, State.OPEN),
        (GetNormalRequest(Piid(3), ENERGY), None, State.OPEN),
    ],
    ids=lambda value: getattr(value, "service", None),
)
def test_apdus_move_it(apdu: ReleaseRequest, step: Step | None, state: State) -> None:
    """What ends it ends what was agreed; answers that nobody waits for change nothing."""
    association = opened()
    assert association.passed(apdu, NOW) is step
    assert association.state is state
    assert (association.agreed is None) == (state in {State.CLOSED, State.OPENING})


def test_a_refusal_agrees_nothing() -> None:
    """Access stays public."""
    association = Association()
    association.passed(REQUEST, NOW)
    assert association.passed(replace(RESPONSE, result=1), NOW) is Step.REFUSED
    assert association.state is State.CLOSED
    assert association.agreed is None


def test_it_times_out_without_traffic() -> None:
    """Any APDU begins the time-out anew."""
    association = opened()
    association.touch(NOW + 60 * SECOND)
    assert association.deadline() == NOW + 160 * SECOND
    assert association.overdue(NOW + 159 * SECOND) is None
    assert association.overdue(NOW + 160 * SECOND) is Step.TIMED_OUT
    assert association.deadline() is None
    assert association.overdue(NOW + 999 * SECOND) is None


def test_it_ends_with_its_connection() -> None:
    """And only once."""
    association = opened()
    assert association.lost() is Step.LOST
    assert association.lost() is None


def test_every_state_is_reached_and_left() -> None:
    """The table has no dead end."""
    assert {state for state, _ in MOVES} == set(State) == {State.CLOSED, *MOVES.values()}
    assert {step for _, step in MOVES} == set(Step)


def connected(**limits: int) -> Pair:
    """Join two sessions and connect them."""
    pair = Pair()
    _, data = pair.client.ask(CONCENTRATOR, lambda piid: replace(REQUEST, piid=piid), pair.now)
    pair.write_client(data)
    pair.run()
    (asked,) = pair.server_told(Asked)
    response = replace(RESPONSE, piid=Piid(0), limits=replace(SERVER, **limits))
    pair.write_server(pair.server.respond(asked, response, pair.now))
    pair.run()
    return pair


def moved(pair: Pair) -> tuple[list[Step], list[Step]]:
    """Tell how the association has moved at the client's and at the server's end."""
    return (
        [event.step for event in pair.client_told(AssociationMoved)],
        [event.step for event in pair.server_told(AssociationMoved)],
    )


def test_sessions_use_what_was_agreed() -> None:
    """Window and frames of the client, blocks and frames of the server follow CONNECT at once."""
    pair = connected(receive_frame=130, send_frame=200)
    assert moved(pair) == ([Step.ALLOWED], [Step.ASKED])
    oads = (ENERGY,) * 40
    _, data = pair.client.ask(CONCENTRATOR, lambda piid: GetListRequest(piid, oads), pair.now)
    assert len(data) <= 130
    pair.client.ask(CONCENTRATOR, ReleaseRequest, pair.now)
    with pytest.raises(LocalProtocolError, match="window"):
        pair.client.ask(CONCENTRATOR, ReleaseRequest, pair.now)
    pair.write_client(data)
    pair.run()
    asked = pair.server_told(Asked)[-1]
    assert isinstance(asked.request, GetListRequest)
    results = (ResultNormal(ENERGY, Dar.OTHER),) * len(oads)
    raw = pair.server.respond(asked, GetListResponse(asked.request.piid, results), pair.now)
    assert len(raw) <= 200
    assert raw[14:16] == b"\x85\x05"


def test_a_time_out_is_told_at_both_ends() -> None:
    """The server says so to the client, and both are back at public access."""
    pair = connected()
    pair.pass_time(99 * SECOND)
    assert moved(pair) == ([Step.ALLOWED], [Step.ASKED])
    pair.pass_time(SECOND)
    pair.write_server(pair.server.notify_release(STAMP, STAMP, pair.now))
    pair.run()
    assert moved(pair) == ([Step.ALLOWED, Step.TIMED_OUT], [Step.ASKED, Step.TIMED_OUT])
    assert pair.client.room(CONCENTRATOR) == 1


def test_a_release_ends_it() -> None:
    """Asked by the client, answered by the server."""
    pair = connected()
    _, data = pair.client.ask(CONCENTRATOR, ReleaseRequest, pair.now)
    pair.write_client(data)
    pair.run()
    asked = pair.server_told(Asked)[-1]
    assert isinstance(asked.request, ReleaseRequest)
    pair.write_server(pair.server.respond(asked, ReleaseResponse(asked.request.piid, 0), pair.now))
    pair.run()
    assert moved(pair) == ([Step.ALLOWED, Step.RELEASED], [Step.ASKED, Step.RELEASING])
    assert pair.client.room(CONCENTRATOR) == 1


def test_a_notification_of_the_server_ends_it() -> None:
    """It needs no answer, and is none; one that ends nothing is told as what it is."""
    pair = connected()
    for _ in range(2):
        pair.write_server(pair.server.notify_release(STAMP, STAMP, pair.now))
        pair.run()
    assert moved(pair)[0] == [Step.ALLOWED, Step.NOTIFIED]
    (unmatched,) = pair.client_told(Unmatched)
    assert isinstance(unmatched.apdu, ReleaseNotification)


def test_an_association_that_nobody_asked_for_changes_nothing() -> None:
    """A stray CONNECT-Response cannot widen what is sent."""
    client, server = ClientSession(), ServerSession(CONCENTRATOR)
    _, data = client.ask(CONCENTRATOR, get(ENERGY), NOW)
    (asked,) = server.receive(data, NOW)
    assert isinstance(asked, Asked)
    client.receive(server.respond(asked, RESPONSE, NOW), NOW)
    assert client.room(CONCENTRATOR) == 0
