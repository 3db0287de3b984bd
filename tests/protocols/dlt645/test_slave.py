"""The slave's session: what is meant for a meter, what it answers, and when it stays silent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    BROADCAST,
    DI,
    WILDCARD,
    Address,
    Asked,
    Control,
    Edition,
    Frame,
    FreezeRequest,
    Function,
    Garbage,
    Malformed,
    Message,
    Overheard,
    Password,
    Read1997Answer,
    Read1997Request,
    ReadAddressRequest,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadAnswer,
    ReadNext1997Answer,
    ReadNext1997Request,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Refusal,
    RelayRequest,
    Reply,
    SlaveSession,
    Stamp,
    WriteAddress1997Answer,
    WriteAddress1997Request,
    WriteAddressAnswer,
    WriteAddressRequest,
    build_frame,
    build_message,
    parse_frame,
    parse_message,
)
from protocols.dlt645.wire.password import Operator
from protocols.errors import LocalProtocolError
from tests.protocols.dlt645.strategies import frames, noise

A = Address.meter("201000000012")
B = Address.meter("201000000013")
RECORD, ENERGY = DI(0x03300D01), DI(0x00010000)
READ = ReadRequest(RECORD)


def asked(message: Message = READ, to: Address = A, edition: Edition = Edition.E2007) -> SlaveSession:
    """Bring a request to the meter."""
    session = SlaveSession(A, edition)
    session.hear(build_message(to, message))
    return session


def part_of(event: Any) -> Message:
    """Read the part that the session itself has answered."""
    assert isinstance(event, Reply)
    assert event.frame.address == A
    return parse_message(event.frame)


@pytest.mark.parametrize("to", [A, WILDCARD, Address.short("0012")])
def test_requests_to_the_meter_are_asked(to: Address) -> None:
    """Its own number, a shortened one that fits, and the wildcard; it answers under its own number."""
    session = SlaveSession(A)
    [event] = session.receive(build_frame(build_message(to, READ)))
    assert event == Asked(READ, build_message(to, READ))
    answer = ReadAnswer(RECORD, b"\x01\x02")
    assert parse_frame(session.answer(answer)) == build_message(A, answer)


@pytest.mark.parametrize(
    "frame",
    [
        build_message(B, READ),
        build_message(Address.short("0013"), READ),
        build_message(A, ReadAnswer(RECORD, b"\x01")),
        build_message(B, ReadAnswer(RECORD, b"\x01")),
    ],
)
def test_what_is_not_for_the_meter_is_overheard(frame: Frame) -> None:
    """Another meter's request, and answers, even under its own address: nothing may be said to them."""
    session = SlaveSession(A)
    assert session.hear(frame) == Overheard(frame)
    with pytest.raises(LocalProtocolError, match="nothing is asked"):
        session.answer(ReadAnswer(RECORD, b""))


@pytest.mark.parametrize(
    ("to", "function"),
    [(BROADCAST, Function.FREEZE), (BROADCAST, Function.BROADCAST_TIME), (A, Function.BROADCAST_TIME)],
)
def test_broadcasts_are_obeyed_in_silence(to: Address, function: Function) -> None:
    """They are told, as not to be answered, and cannot be."""
    size = 4 if function is Function.FREEZE else 6
    session = SlaveSession(A)
    event = session.hear(Frame(to, Control(function), bytes(size)))
    assert isinstance(event, Asked)
    assert not event.answerable
    with pytest.raises(LocalProtocolError, match="nothing is asked"):
        session.answer(Refusal(function, b"\x01"))


def test_a_malformed_request_is_told_apart() -> None:
    """Three bytes where an identifier has four: the meter may refuse it."""
    frame = Frame(A, Control(Function.READ), bytes(3))
    session = SlaveSession(A)
    assert session.hear(frame) == Malformed("data_length", frame)
    refusal = Refusal(Function.READ, b"\x01")
    assert parse_frame(session.answer(refusal)) == build_message(A, refusal)


def test_bad_frames_are_garbage() -> None:
    """A wrong checksum is nobody's request, and the one behind it is found."""
    raw = build_frame(build_message(A, READ), wakeup=0)
    first, second = SlaveSession(A).receive(raw[:-2] + b"\x00\x16" + raw)
    assert isinstance(first, Garbage)
    assert isinstance(second, Asked)


def test_a_request_is_answered_once() -> None:
    """A second answer, and one to another function, are the caller's fault."""
    session = asked()
    with pytest.raises(LocalProtocolError, match="answers no 11"):
        session.answer(Refusal(Function.RELAY, b"\x01"))
    with pytest.raises(LocalProtocolError, match="answers no 11"):
        session.answer(READ)
    session.answer(ReadAnswer(RECORD, b"\x01"))
    with pytest.raises(LocalProtocolError, match="nothing is asked"):
        session.answer(ReadAnswer(RECORD, b"\x01"))


@pytest.mark.parametrize(
    ("request_", "answer"),
    [(WriteAddressRequest(B), WriteAddressAnswer()), (WriteAddress1997Request(B), WriteAddress1997Answer())],
)
def test_a_meter_answers_under_its_new_address(request_: Message, answer: Message) -> None:
    """15H, and 0AH of 1997, are answered as the meter that they make, and from then on only that one hears."""
    session = asked(request_, WILDCARD)
    assert parse_frame(session.answer(answer)).address == B
    assert session.address == B
    assert isinstance(session.hear(build_message(A, READ)), Overheard)
    assert isinstance(session.hear(build_message(B, READ)), Asked)


def test_a_refused_address_stays() -> None:
    """Only the answer that it is done renames the meter."""
    session = asked(WriteAddressRequest(B), WILDCARD)
    session.answer(Refusal(Function.WRITE_ADDRESS, b"\x04"))
    assert session.address == A


@given(st.binary(max_size=700), st.integers(6, 255))
def test_a_long_answer_is_cut_and_served(payload: bytes, cut: int) -> None:
    """Parts go out as they are asked for, each as often as it is, within the length of a data field."""
    session = asked()
    frame = session.reply(ReadAnswer(RECORD, payload), cut=cut)
    first = parse_message(frame)
    assert isinstance(first, ReadAnswer)
    found, more, seq = first.payload, first.more, 0
    while more:
        seq += 1
        request = build_message(A, ReadNextRequest(RECORD, seq))
        part = part_of(session.hear(request))
        assert part_of(session.hear(request)) == part
        assert isinstance(part, ReadNextAnswer)
        assert part.seq == seq
        assert len(part.payload) <= cut - 5
        found, more = found + part.payload, part.more
    assert found == payload
    assert isinstance(session.hear(build_message(A, ReadNextRequest(RECORD, seq + 1))), Asked)


def test_a_part_of_another_item_is_the_callers() -> None:
    """Nothing is served under another identifier, to another meter, or after another read."""
    session = asked()
    session.answer(ReadAnswer(RECORD, bytes(300)))
    assert isinstance(session.hear(build_message(A, ReadNextRequest(ENERGY, 1))), Asked)
    assert isinstance(session.hear(build_message(B, ReadNextRequest(RECORD, 1))), Overheard)
    assert isinstance(session.hear(build_message(A, ReadNextRequest(RECORD, 0))), Asked)
    assert isinstance(session.hear(build_message(A, ReadNextRequest(RECORD, 1))), Reply)
    session.hear(build_message(A, ReadRequest(ENERGY)))
    session.answer(ReadAnswer(ENERGY, bytes(4)))
    assert isinstance(session.hear(build_message(A, ReadNextRequest(RECORD, 1))), Asked)


def test_parts_of_1997_are_counted_by_the_meter() -> None:
    """02H brings the next part, 03H the last one once more."""
    session = asked(Read1997Request(0x901F), edition=Edition.E1997)
    payload = bytes(range(25))
    session.answer(Read1997Answer(0x901F, payload), cut=15)
    following, again = (build_message(A, message) for message in (ReadNext1997Request(0x901F), ReadAgain1997Request()))
    assert part_of_1997(session.hear(again)) == ReadAgain1997Answer(0x901F, payload[:10], more=True)
    assert part_of_1997(session.hear(following)) == ReadNext1997Answer(0x901F, payload[10:20], more=True)
    assert part_of_1997(session.hear(following)) == ReadNext1997Answer(0x901F, payload[20:], more=False)
    assert part_of_1997(session.hear(again)) == ReadAgain1997Answer(0x901F, payload[20:], more=False)
    assert isinstance(session.hear(following), Asked)


def part_of_1997(event: Any) -> Message:
    """Read the part that the session of a meter of 1997 has answered."""
    assert isinstance(event, Reply)
    return parse_message(event.frame, Edition.E1997)


def test_an_item_that_no_parts_can_carry_is_refused() -> None:
    """More than 255 follow-ups have no numbers."""
    session = asked()
    with pytest.raises(LocalProtocolError, match="more than 255 parts"):
        session.answer(ReadAnswer(RECORD, bytes(600)), cut=7)
    with pytest.raises(LocalProtocolError, match="carry nothing"):
        session.answer(ReadAnswer(RECORD, bytes(600)), cut=5)
    session.answer(ReadAnswer(RECORD, bytes(600)))


@given(st.lists(noise | frames.map(build_frame), max_size=20))
def test_no_stream_raises_or_fills_the_memory(pieces: list[bytes]) -> None:
    """Whatever comes in, less than one frame and its wake-up bytes is kept."""
    session = SlaveSession(A)
    for piece in pieces:
        session.receive(piece)
        assert len(session.pending) < 267 + 64
    session.quiet()
    assert session.pending == b""


def test_events_hide_their_bytes() -> None:
    """A request can hold a password, which no event shows."""
    order = RelayRequest(Password(2, "135791"), Operator("00000001"), 0x1A, Stamp("YYMMDDhhmmss", "260914080000"))
    for to in (A, B):
        shown = repr(SlaveSession(A).hear(build_message(to, order)))
        assert "135791" not in shown
        assert "\\x91W\\x13" not in shown


def test_a_wildcard_search_finds_the_meter() -> None:
    """13H comes as a request like any other."""
    event = SlaveSession(A).hear(build_message(WILDCARD, ReadAddressRequest()))
    assert isinstance(event, Asked)
    assert event.answerable


def test_a_freeze_to_one_meter_is_answered() -> None:
    """Only the broadcast one is not."""
    event = SlaveSession(A).hear(build_message(A, FreezeRequest(Stamp("MMDDhhmm", "99999999"))))
    assert isinstance(event, Asked)
    assert event.answerable
