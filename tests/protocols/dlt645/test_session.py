"""The master's session: what each frame is to the question that is out, to older ones, and to nobody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    BROADCAST,
    BYTE_GAP,
    DI,
    WILDCARD,
    Address,
    Answered,
    BroadcastTime,
    Control,
    Echo,
    Edition,
    Expected,
    Frame,
    Function,
    Garbage,
    MasterEvent,
    MasterSession,
    Match,
    Message,
    Password,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadAnswer,
    ReadRequest,
    Refusal,
    RelayRequest,
    Stamp,
    Stray,
    WriteAddressAnswer,
    WriteAddressRequest,
    answer_time_out,
    build_frame,
    build_message,
    transfer_time,
)
from protocols.dlt645.line.past import MOST_REMEMBERED
from protocols.dlt645.wire.password import Operator
from protocols.errors import LocalProtocolError
from tests.protocols.dlt645.strategies import addresses, frames, identifiers, messages, noise

A = Address.meter("201000000012")
B = Address.meter("201000000013")
ENERGY, RELAY = DI(0x00010000), DI(0x04000503)
REQUEST = build_message(A, ReadRequest(ENERGY))
OTHER = build_message(A, ReadRequest(RELAY))
REFUSAL = Refusal(Function.READ, b"\x02")


def wire(address: Address, message: Message, *, wakeup: int = 0) -> bytes:
    """Bytes of a message."""
    return build_frame(build_message(address, message), wakeup=wakeup)


ANSWER = wire(A, ReadAnswer(ENERGY, bytes(4)))
OTHER_ANSWER = wire(A, ReadAnswer(RELAY, bytes(2)))


def kinds(events: Sequence[MasterEvent]) -> list[object]:
    """Events in short: the class, and of strays the reason."""
    return [event.reason if isinstance(event, Stray) else type(event) for event in events]


def asked(request: Frame = REQUEST, edition: Edition = Edition.E2007) -> MasterSession:
    """Put a question to a new session."""
    session = MasterSession(edition)
    session.ask(request)
    return session


def test_a_question_is_written_and_its_answer_credited() -> None:
    """Bytes to write come with wake-up bytes; the answer comes as message and bytes, and the session is free again."""
    session = MasterSession()
    assert session.ask(REQUEST) == b"\xfe" * 4 + build_frame(REQUEST, wakeup=0)
    assert session.out == Expected.of(REQUEST)
    [event] = session.receive(b"\xfe\xfe" + ANSWER)
    assert isinstance(event, Answered)
    assert (event.message, event.raw, event.ambiguous, event.refused) == (
        ReadAnswer(ENERGY, bytes(4)), ANSWER, False, False
    )  # fmt: skip
    assert session.out is None


def test_a_refusal_is_an_answer() -> None:
    """It says no, and the question is over."""
    session = asked()
    [event] = session.receive(wire(A, REFUSAL))
    assert isinstance(event, Answered)
    assert event.refused
    assert session.out is None


def test_one_question_is_out_at_a_time() -> None:
    """A second one is the caller's fault, and changes nothing."""
    session = asked()
    with pytest.raises(LocalProtocolError, match="out already"):
        session.ask(OTHER)
    assert kinds(session.receive(ANSWER)) == [Answered]


@pytest.mark.parametrize(
    "frame",
    [
        build_message(A, ReadAnswer(ENERGY, bytes(4))),
        Frame(A, Control(Function.READ), bytes(3)),
    ],
)
def test_what_is_no_request_is_not_asked(frame: Frame) -> None:
    """Neither an answer nor a data field that no form has; the session stays free."""
    session = MasterSession()
    with pytest.raises(LocalProtocolError):
        session.ask(frame)
    assert session.out is None


@pytest.mark.parametrize(
    "request_",
    [
        build_message(BROADCAST, BroadcastTime(Stamp("YYMMDDhhmmss", "260914080000"))),
        build_message(A, BroadcastTime(Stamp("YYMMDDhhmmss", "260914080000"))),
    ],
)
def test_what_nobody_answers_is_over_at_once(request_: Frame) -> None:
    """A broadcast leaves the session free; its echo is still known as such."""
    session = MasterSession()
    sent = session.ask(request_)
    assert session.out is None
    assert session.receive(sent) == [Echo(len(sent), whole=True)]
    session.ask(REQUEST)


@given(messages, addresses, st.integers(0, 8))
def test_the_echo_of_any_request_is_an_echo(message: Message, address: Address, wakeup: int) -> None:
    """Whatever was asked, with whatever wake-up bytes it comes back, it is neither answer nor garbage."""
    request = build_message(address, message)
    session = MasterSession()
    try:
        session.ask(request)
    except LocalProtocolError:
        return  # an answer, or a form without meaning
    out = session.out
    raw = build_frame(request, wakeup=wakeup)
    assert session.receive(raw) == [Echo(len(raw), whole=True)]
    assert session.out == out


@given(st.data())
def test_any_piece_of_an_echo_is_an_echo(data: st.DataObject) -> None:
    """A piece of the request before the answer costs nothing: the answer is found, no garbage is told."""
    session = MasterSession()
    sent = session.ask(REQUEST)
    begin = data.draw(st.integers(0, len(sent)))
    piece = sent[begin : data.draw(st.integers(begin, len(sent)))]
    gap = data.draw(st.booleans())
    events = session.receive(piece)
    events += session.quiet() if gap else []
    events += session.receive(ANSWER)
    events += session.quiet()
    *echoes, answered = events
    assert isinstance(answered, Answered)
    assert all(isinstance(echo, Echo) for echo in echoes)
    assert sum(echo.count for echo in echoes if isinstance(echo, Echo)) >= len(piece.rstrip(b"\xfe"))


def test_noise_is_no_echo() -> None:
    """Bytes that are not the request's, and pieces of it that came already, are garbage."""
    session = MasterSession()
    sent = session.ask(REQUEST)
    assert kinds(session.receive(b"\x99")) == [Garbage]
    assert kinds(session.receive(sent[-3:])) == [Echo]
    assert kinds(session.receive(sent[-3:])) == [Garbage]
    session.receive(ANSWER)
    assert kinds(session.receive(sent[-3:])) == [Garbage]


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (wire(B, ReadAnswer(ENERGY, bytes(4))), Match.OTHER_ADDRESS),
        (wire(A, Refusal(Function.RELAY, b"\x04")), Match.OTHER_FUNCTION),
        (OTHER_ANSWER, Match.OTHER_IDENTIFIER),
        (wire(A, ReadRequest(RELAY)), Match.NOT_FROM_SLAVE),
        (build_frame(Frame(A, Control(Function.READ, from_slave=True), bytes(3))), Match.MALFORMED),
    ],
)
def test_a_stray_says_why(received: bytes, reason: Match) -> None:
    """A good frame that is not the answer leaves the question out."""
    session = asked()
    assert kinds(session.receive(received)) == [reason]
    assert kinds(session.receive(ANSWER)) == [Answered]


def test_what_was_never_asked_is_unasked() -> None:
    """An answer while nothing is out, and nothing is remembered."""
    assert kinds(MasterSession().receive(ANSWER)) == [Match.UNASKED]


def test_wildcards_are_answered_by_anybody() -> None:
    """The one meter on the line answers under its own address, to 15H under its new one."""
    assert kinds(asked(build_message(WILDCARD, ReadRequest(ENERGY))).receive(ANSWER)) == [Answered]
    found = wire(B, ReadAddressAnswer(B))
    assert kinds(asked(build_message(WILDCARD, ReadAddressRequest())).receive(found)) == [Answered]
    renamed = asked(build_message(WILDCARD, WriteAddressRequest(B)))
    assert kinds(renamed.receive(wire(A, WriteAddressAnswer()) + wire(B, WriteAddressAnswer()))) == [
        Match.OTHER_ADDRESS,
        Answered,
    ]


def test_an_edition_of_its_own_for_one_question() -> None:
    """03H is a re-read to a meter of 1997 on a line of both."""
    session = MasterSession()
    session.ask(build_message(A, ReadAgain1997Request()), edition=Edition.E1997)
    [event] = session.receive(wire(A, ReadAgain1997Answer(0x9010, bytes(4))))
    assert isinstance(event, Answered)
    assert event.message == ReadAgain1997Answer(0x9010, bytes(4))


def test_an_answer_after_its_time_is_late() -> None:
    """It goes to nobody, be nothing out or another question; forgotten, it was never asked."""
    session = asked()
    assert session.abandon() == Expected.of(REQUEST)
    assert session.abandon() is None
    assert kinds(session.receive(ANSWER)) == [Match.LATE]
    session.ask(OTHER)
    assert kinds(session.receive(ANSWER + OTHER_ANSWER)) == [Match.LATE, Answered]
    session.forget(Expected.of(REQUEST))
    assert kinds(session.receive(ANSWER + OTHER_ANSWER)) == [Match.UNASKED, Match.COPY]
    session.forget()
    assert kinds(session.receive(OTHER_ANSWER)) == [Match.UNASKED]


def test_the_same_words_again_are_ambiguous() -> None:
    """The session says so before, and marks the answer; other words and other meters are not concerned."""
    session = asked()
    session.abandon()
    assert session.is_ambiguous(REQUEST)
    assert session.is_ambiguous(build_message(WILDCARD, ReadRequest(ENERGY)))
    assert session.is_ambiguous(build_message(Address.short("0012"), ReadRequest(ENERGY)))
    assert not session.is_ambiguous(OTHER)
    assert not session.is_ambiguous(replace_address(REQUEST, B))
    assert session.in_the_way(Expected.of(REQUEST)) == (Expected.of(REQUEST),)
    session.ask(REQUEST)
    [event] = session.receive(ANSWER)
    assert isinstance(event, Answered)
    assert event.ambiguous


def replace_address(frame: Frame, address: Address) -> Frame:
    """Give the same question to another meter."""
    return Frame(address, frame.control, frame.data)


def test_a_refusal_that_could_be_an_older_questions_is_nobodys() -> None:
    """It names no identifier: while an older read of that meter may still be refused, it is not credited."""
    session = asked()
    session.abandon()
    session.ask(OTHER)
    assert kinds(session.receive(wire(A, REFUSAL))) == [Match.DOUBTFUL]
    assert kinds(session.receive(OTHER_ANSWER)) == [Answered]
    session.ask(replace_address(REQUEST, B))
    assert kinds(session.receive(wire(B, REFUSAL))) == [Answered]


def test_a_copy_of_a_refusal_refuses_nothing_else() -> None:
    """After a refusal every question for that function of that meter is ambiguous, and no further one is credited."""
    session = asked()
    session.receive(wire(A, REFUSAL))
    assert kinds(session.receive(wire(A, REFUSAL))) == [Match.COPY]
    assert session.is_ambiguous(OTHER)
    session.ask(OTHER)
    assert kinds(session.receive(wire(A, REFUSAL))) == [Match.DOUBTFUL]
    assert kinds(session.receive(OTHER_ANSWER)) == [Answered]


def test_copies_of_an_answer_are_copies() -> None:
    """Be nothing out or another question."""
    session = asked()
    assert kinds(session.receive(ANSWER + ANSWER)) == [Answered, Match.COPY]
    session.ask(OTHER)
    assert kinds(session.receive(ANSWER + OTHER_ANSWER)) == [Match.COPY, Answered]


def test_an_unfinished_frame_is_given_up_when_the_line_is_quiet() -> None:
    """A head that asks for 255 bytes hides an answer until then, not longer."""
    session = asked()
    assert session.receive(bytes.fromhex("681290785634126891FF") + ANSWER) == []
    assert session.pending
    assert kinds(session.quiet()) == [Garbage, Answered]
    assert session.pending == b""


@given(st.lists(st.tuples(frames | st.none(), noise), max_size=20))
def test_no_stream_raises_or_fills_the_memory(parts: list[tuple[Frame | None, bytes]]) -> None:
    """Whatever comes in, less than one frame and its wake-up bytes is kept."""
    session = MasterSession()
    for frame, salt in parts:
        if frame is not None and not frame.control.from_slave and session.out is None:
            try:
                session.ask(frame)
            except LocalProtocolError:
                session.abandon()
        session.receive(salt if frame is None else build_frame(frame) + salt)
        assert len(session.pending) < 267 + 64
    session.quiet()
    assert session.pending == b""


@given(
    st.lists(noise | frames.map(build_frame) | st.sampled_from([ANSWER, OTHER_ANSWER, wire(A, REFUSAL)]), max_size=6),
    st.lists(st.integers(0, 2000), max_size=8),
)
def test_cutting_what_comes_in_changes_no_frame(parts: list[bytes], places: list[int]) -> None:
    """In one piece or in many, the same answer is credited and the same strays are told; all bytes are told."""
    line = b"".join(parts)
    bounds = [0, *sorted(place % (len(line) + 1) for place in places), len(line)]
    told = []
    for pieces in ([line], [line[begin:end] for begin, end in pairwise(bounds)]):
        session = asked()
        events = [event for piece in pieces for event in session.receive(piece)] + session.quiet()
        told.append([event for event in events if isinstance(event, Answered | Stray)])
        noise_told = sum(
            event.count if isinstance(event, Echo) else len(event.data)
            for event in events
            if isinstance(event, Echo | Garbage)
        )
        frames_told = sum(len(event.raw) for event in events if isinstance(event, Answered | Stray))
        assert noise_told + frames_told <= len(line) <= noise_told + frames_told + line.count(0xFE)
    assert told[0] == told[1]


@given(st.lists(identifiers, min_size=2, max_size=4, unique=True))
def test_the_memory_of_older_questions_is_bounded(last: list[DI]) -> None:
    """The oldest go first, the last ones stay."""
    session = MasterSession()
    for di in [*map(DI, range(MOST_REMEMBERED + 10)), *last]:
        session.forget(Expected.of(build_message(A, ReadRequest(di))))
        session.ask(build_message(A, ReadRequest(di)))
        session.abandon()
    assert len(session.remembered) == MOST_REMEMBERED
    assert [expected.repeats[::-1] for expected in session.remembered[-len(last) :]] == [
        int(di).to_bytes(4, "big") for di in last
    ]


def test_events_hide_their_bytes() -> None:
    """A frame of a master can hold a password, and so does no repr of an event or a session."""
    password = Password(2, "135791")
    order = build_message(A, RelayRequest(password, Operator("00000001"), 0x1A, Stamp("YYMMDDhhmmss", "260914080000")))
    session = MasterSession()
    sent = session.ask(order)
    [echo] = session.receive(sent)
    [stray] = MasterSession().receive(sent)
    for shown in (repr(echo), repr(stray), repr(session), repr(session.out)):
        assert "135791" not in shown
        assert "\\x91W\\x13" not in shown


def test_time_outs_follow_the_line() -> None:
    """Half a second for the meter, eleven bits for each byte, and a margin."""
    assert timedelta(milliseconds=500) == BYTE_GAP
    assert transfer_time(240, 2400) == timedelta(seconds=1.1)
    assert answer_time_out(2400, 40, 200) == timedelta(seconds=1.7)
    assert answer_time_out(9600, 16, 0) < answer_time_out(1200, 16, 0)
    with pytest.raises(LocalProtocolError):
        transfer_time(1, 0)


def test_expectations_differ_where_their_answers_do() -> None:
    """Baud word and output are repeated by the answer, so they are part of what is expected."""
    slow, fast = (Expected.of(Frame(A, Control(Function.CHANGE_BAUD), word)) for word in (b"\x04", b"\x08"))
    assert slow != fast
    assert slow.shares_refusals(fast)
    assert not slow.shares_answers(fast)
    assert slow.shares_answers(replace(slow, address=WILDCARD))
