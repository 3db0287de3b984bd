"""The head-end's session: numbers, windows, deadlines, answers in blocks, and what is told when none comes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    RESPONSE,
    Address,
    Answered,
    ClientApdu,
    ClientEvent,
    ClientSession,
    Dar,
    Followed,
    GetListRequest,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    LinkFrame,
    Loss,
    Match,
    Piid,
    RecordBlock,
    ResultNormal,
    ResultRecord,
    SecurityRequest,
    SecurityResponse,
    Selector9,
    ServerErrorResponse,
    SetNormalRequest,
    SetNormalResponse,
    SetResult,
    Setting,
    Transmit,
    Unanswered,
    Unmatched,
    build_apdu,
    build_link,
    parse_apdu,
    parse_link,
    unsigned,
)
from protocols.dlt698.apdu.common import Apdu, FollowNormal
from protocols.dlt698.apdu.security import Ciphertext, Mac, RandomNumber
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.pair import CONCENTRATOR, ENERGY, NOW, SECOND, get

TABLE, COLUMN = OAD.parse("60120300"), OAD.parse("202A0200")


def answer(number: int, *, oad: OAD = ENERGY) -> GetNormalResponse:
    """Make the answer to a request for one attribute."""
    return GetNormalResponse(Piid(number), ResultNormal(oad, Dar.OTHER))


def reply(apdu: Apdu, address: Address = CONCENTRATOR) -> bytes:
    """Build the frame of an answer."""
    return build_link(LinkFrame(RESPONSE, address, 0x10, build_apdu(apdu)))


def setting(piid: Piid) -> SetNormalRequest:
    """Make a request to set an attribute."""
    return SetNormalRequest(piid, Setting(ENERGY, NULL))


def set_(number: int) -> SetNormalResponse:
    """Make the answer to it."""
    return SetNormalResponse(Piid(number), SetResult(ENERGY, Dar.SUCCESS))


def read_table(piid: Piid) -> GetRecordRequest:
    """Make a request for rows."""
    return GetRecordRequest(piid, GetRecord(TABLE, Selector9(1), (COLUMN,)))


def block(number: int, *rows: int, last: bool = False) -> GetNextResponse:
    """Make a block of rows under number 0."""
    record = ResultRecord(TABLE, (COLUMN,), tuple((unsigned(row),) for row in rows))
    return GetNextResponse(Piid(0), last=last, block=number, content=RecordBlock((record,)))


def apdu_in(event: ClientEvent) -> Apdu:
    """Read what the session wants written."""
    assert isinstance(event, Transmit)
    return parse_apdu(parse_link(event.data).user_data)


@given(st.lists(st.integers(0, 5), max_size=30), st.data())
def test_answers_in_any_order_find_their_requests(order: list[int], data: st.DataObject) -> None:
    """Numbers tell open requests apart, none is open twice, and no answer completes two."""
    client = ClientSession(window=64)
    devices = [Address.single(f"21000000000{number}") for number in range(3)]
    out: list[tuple[Address, ClientApdu]] = []
    for choice in order:
        address = devices[choice % 3]
        request, _ = client.ask(address, setting, NOW)
        assert isinstance(request, ClientApdu)
        assert request.piid.number not in {other.piid.number for where, other in out if where == address}
        out.append((address, request))
    for address, request in data.draw(st.permutations(out)):
        raw = reply(set_(request.piid.number), address)
        (event,) = client.receive(raw, NOW)
        assert isinstance(event, Answered)
        assert (event.address, event.request) == (address, request)
        (repeated,) = client.receive(raw, NOW)
        assert isinstance(repeated, Unmatched)
        assert repeated.match is Match.COPY


def test_one_request_is_open_to_a_device_unless_more_are_allowed() -> None:
    """The window is per device; an answer, or the end of patience, opens it again."""
    client = ClientSession()
    client.ask(CONCENTRATOR, get(ENERGY), NOW)
    with pytest.raises(LocalProtocolError, match="window to 210000123456 is full"):
        client.ask(CONCENTRATOR, get(ENERGY), NOW)
    client.ask(Address.single("99"), get(ENERGY), NOW)
    client.receive(reply(answer(0)), NOW)
    assert client.room(CONCENTRATOR) == 1


def test_one_read_is_open_to_a_device_whatever_the_window() -> None:
    """Its blocks could not be told from those of another; what cannot come in blocks may be open beside it."""
    client = ClientSession(window=4)
    client.ask(CONCENTRATOR, read_table, NOW)
    for address in (CONCENTRATOR, Address.wildcard()):
        with pytest.raises(LocalProtocolError, match="a read of"):
            client.ask(address, get(ENERGY), NOW)
    client.ask(CONCENTRATOR, setting, NOW)
    client.ask(Address.single("99"), get(ENERGY), NOW)
    client.receive(reply(block(1)), NOW)
    assert client.is_reading(CONCENTRATOR)
    client.receive(reply(block(2, last=True)), NOW)
    assert not client.is_reading(CONCENTRATOR)
    client.ask(CONCENTRATOR, get(ENERGY), NOW)


def test_a_request_that_is_not_answered_is_told_in_time() -> None:
    """By its own patience or the one that was given; a late answer is nobody's."""
    client = ClientSession(window=2)
    slow, _ = client.ask(CONCENTRATOR, setting, NOW)
    fast, _ = client.ask(CONCENTRATOR, setting, NOW, time=5 * SECOND)
    assert client.deadline() == NOW + 5 * SECOND
    assert client.overdue(NOW + 5 * SECOND) == [Unanswered(CONCENTRATOR, fast, Loss.SILENCE)]
    assert client.deadline() == NOW + 30 * SECOND
    (late,) = client.receive(reply(set_(1)), NOW + 6 * SECOND)
    assert isinstance(late, Unmatched)
    assert late.match is Match.LATE
    assert client.overdue(NOW + 30 * SECOND) == [Unanswered(CONCENTRATOR, slow, Loss.SILENCE)]


def test_a_number_rests_until_nothing_can_come_in_of_it() -> None:
    """All 64 are used first; one that was answered rests for a copy's time, one that wasn't for a late answer's."""
    client = ClientSession(window=64)
    numbers = [client.ask(CONCENTRATOR, setting, NOW)[0] for _ in range(64)]
    assert sorted(one.piid.number for one in numbers if isinstance(one, ClientApdu)) == list(range(64))
    client.receive(reply(set_(7)), NOW)
    client.abandon(CONCENTRATOR, numbers[9], NOW)
    for now in (NOW, NOW + SECOND):
        with pytest.raises(LocalProtocolError, match="all 64"):
            client.ask(CONCENTRATOR, setting, now)
    later, _ = client.ask(CONCENTRATOR, setting, NOW + 2 * SECOND)
    assert isinstance(later, ClientApdu)
    assert later.piid.number == 7
    with pytest.raises(LocalProtocolError, match="all 64"):
        client.ask(CONCENTRATOR, setting, NOW + 9 * SECOND)
    latest, _ = client.ask(CONCENTRATOR, setting, NOW + 10 * SECOND)
    assert isinstance(latest, ClientApdu)
    assert latest.piid.number == 9


def test_a_request_keeps_the_number_it_was_given() -> None:
    """A maker that makes up its own number is our own error."""
    with pytest.raises(LocalProtocolError, match="number 9 where 0"):
        ClientSession().ask(CONCENTRATOR, lambda _: GetNormalRequest(Piid(9), ENERGY), NOW)


def test_an_error_of_the_device_is_an_answer() -> None:
    """It says that the request was understood by nobody."""
    client = ClientSession()
    request, _ = client.ask(CONCENTRATOR, get(ENERGY), NOW)
    (answered,) = client.receive(reply(ServerErrorResponse(Piid(0), 2)), NOW)
    assert isinstance(answered, Answered)
    assert answered.request == request


def test_what_follows_an_answer_is_told_on_its_own() -> None:
    """Of a late or strange answer, too: it needs no answer and is not said again."""
    client = ClientSession()
    client.ask(CONCENTRATOR, get(ENERGY), NOW)
    follow = FollowNormal((ResultNormal(COLUMN, Dar.OTHER),))
    for number, kind in ((0, Answered), (1, Unmatched)):
        raw = reply(replace(answer(number), follow=follow))
        followed, other = client.receive(raw, NOW)
        assert isinstance(followed, Followed)
        assert (followed.follow, followed.raws) == (follow, (raw,))
        assert isinstance(other, kind)


def test_the_end_of_the_connection_is_told_to_every_request() -> None:
    """Nothing stays open."""
    client = ClientSession(window=3)
    requests = [client.ask(CONCENTRATOR, setting, NOW)[0] for _ in range(3)]
    assert client.close(NOW) == [Unanswered(CONCENTRATOR, request, Loss.CLOSED) for request in requests]
    assert client.deadline() is None


def test_blocks_are_fetched_to_their_end_and_told_as_one_answer() -> None:
    """Each next one is asked for by the number that came, under the request's own; all frames are the evidence."""
    client = ClientSession()
    request, _ = client.ask(CONCENTRATOR, read_table, NOW)
    raws = [reply(block(0, 1, 2)), reply(block(1, 3)), reply(block(2, 4, 5, last=True))]
    for number, raw in enumerate(raws[:2]):
        (asked,) = client.receive(raw, NOW + number * 50 * SECOND)
        assert apdu_in(asked) == GetNextRequest(Piid(0), number)
        assert client.receive(raw, NOW + number * 50 * SECOND) == []
    (answered,) = client.receive(raws[2], NOW + 100 * SECOND)
    rows = tuple((unsigned(row),) for row in range(1, 6))
    whole = GetRecordResponse(Piid(0), ResultRecord(TABLE, (COLUMN,), rows))
    assert answered == Answered(CONCENTRATOR, request, whole, tuple(raws))
    assert client.room(CONCENTRATOR) == 1


@pytest.mark.parametrize(
    ("second", "loss", "detail"),
    [
        (block(7), Loss.BROKEN, "block 7 after block 1"),
        (GetNextResponse(Piid(0), last=True, block=2, content=Dar.NOT_IN_FRAGMENTATION), Loss.RESTART, "DAR 11"),
    ],
)
def test_a_broken_answer_is_told(second: GetNextResponse, loss: Loss, detail: str) -> None:
    """With the reason, whether the whole read is to be asked again, and the frames that came."""
    client = ClientSession()
    request, _ = client.ask(CONCENTRATOR, read_table, NOW)
    raws = (reply(block(1)), reply(second))
    client.receive(raws[0], NOW)
    assert client.receive(raws[1], NOW) == [Unanswered(CONCENTRATOR, request, loss, detail, raws)]


def test_a_block_that_never_comes_ends_the_read() -> None:
    """Its time runs from the block before."""
    client = ClientSession()
    request, _ = client.ask(CONCENTRATOR, read_table, NOW)
    raw = reply(block(1))
    client.receive(raw, NOW + 50 * SECOND)
    assert client.overdue(NOW + 109 * SECOND) == []
    assert client.overdue(NOW + 110 * SECOND) == [Unanswered(CONCENTRATOR, request, Loss.SILENCE, raws=(raw,))]


def test_a_long_answer_does_not_use_up_the_numbers() -> None:
    """However fast its blocks come."""
    client = ClientSession()
    client.ask(CONCENTRATOR, read_table, NOW)
    for number in range(200):
        (asked,) = client.receive(reply(block(number)), NOW)
        assert apdu_in(asked) == GetNextRequest(Piid(0), number)
    (answered,) = client.receive(reply(block(200, last=True)), NOW)
    assert isinstance(answered, Answered)


def long_request(piid: Piid) -> GetListRequest:
    """Make a request of several pieces."""
    return GetListRequest(piid, (ENERGY,) * 100)


def test_a_request_whose_pieces_go_unacknowledged_is_told_as_undelivered() -> None:
    """Nobody has the whole of it, so nobody acts on it."""
    client = ClientSession(max_frame=100)
    request, _ = client.ask(CONCENTRATOR, long_request, NOW, time=timedelta(minutes=5))
    told = [event for number in (1, 2, 3) for event in client.overdue(NOW + number * 10 * SECOND)]
    assert told[-1] == Unanswered(CONCENTRATOR, request, Loss.UNDELIVERED)
    assert client.deadline() is None


def test_nothing_more_goes_out_of_a_request_whose_time_is_over() -> None:
    """A device that comes back late does not get the rest of what was told as unanswered."""
    client = ClientSession(max_frame=100)
    _, data = client.ask(CONCENTRATOR, long_request, NOW, time=5 * SECOND)
    client.overdue(NOW + 5 * SECOND)
    acknowledgement = bytearray(parse_link(data).user_data[:2])
    acknowledgement[1] = 0x80
    frame = LinkFrame(parse_link(data).control.reversed, CONCENTRATOR, 0x10, bytes(acknowledgement))
    assert client.receive(build_link(frame), NOW + 6 * SECOND) == []


def protected(_: Piid) -> SecurityRequest:
    """Make a request that only the device can read."""
    return SecurityRequest(Ciphertext(bytes(16)), RandomNumber(bytes(16)))


CLOSED = SecurityResponse(Ciphertext(bytes(16)), Mac(bytes(4)))


def test_an_encrypted_answer_is_the_oldest_open_requests() -> None:
    """It has no number that can be read."""
    client = ClientSession(window=2)
    plain, _ = client.ask(CONCENTRATOR, get(ENERGY), NOW)
    request, _ = client.ask(CONCENTRATOR, protected, NOW)
    answered = [event for apdu in (CLOSED, answer(0)) for event in client.receive(reply(apdu), NOW)]
    assert [event.request for event in answered if isinstance(event, Answered)] == [request, plain]


def test_a_second_protected_request_is_refused_while_one_is_open() -> None:
    """Their answers could not be told apart, whatever the window; the first one is still answered."""
    client = ClientSession(window=3)
    request, _ = client.ask(CONCENTRATOR, protected, NOW)
    with pytest.raises(LocalProtocolError, match="could be taken"):
        client.ask(CONCENTRATOR, protected, NOW)
    (answered,) = client.receive(reply(CLOSED), NOW)
    assert isinstance(answered, Answered)
    assert answered.request == request


def test_a_protected_request_waits_until_an_older_ones_answer_cannot_be_taken_for_its_own() -> None:
    """After one that was given up, the next has to wait; after one that was answered it need not."""
    client = ClientSession()
    client.ask(CONCENTRATOR, protected, NOW)
    client.receive(reply(CLOSED), NOW)
    lost, _ = client.ask(CONCENTRATOR, protected, NOW)
    client.abandon(CONCENTRATOR, lost, NOW)
    with pytest.raises(LocalProtocolError, match="could be taken"):
        client.ask(CONCENTRATOR, protected, NOW + 9 * SECOND)
    (late,) = client.receive(reply(CLOSED), NOW + 9 * SECOND)
    assert isinstance(late, Unmatched)
    client.ask(CONCENTRATOR, protected, NOW + 10 * SECOND)


@pytest.mark.parametrize("make", [get(ENERGY), protected, read_table])
def test_unasked_answers_complete_nothing(make: Callable[[Piid], ClientApdu]) -> None:
    """Of another device, under another number, of another service."""
    client = ClientSession()
    client.ask(CONCENTRATOR, make, NOW)
    for raw in (reply(answer(0), Address.single("99")), reply(answer(1)), reply(ServerErrorResponse(Piid(9), 1))):
        (event,) = client.receive(raw, NOW)
        assert isinstance(event, Unmatched)
    assert client.room(CONCENTRATOR) == 0
