"""Which frame answers which request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    BROADCAST,
    DI,
    WILDCARD,
    Address,
    ChangeBaudAnswer,
    ChangeBaudRequest,
    ChangePasswordAnswer,
    ChangePasswordRequest,
    Control,
    Edition,
    Expected,
    Frame,
    Function,
    Match,
    Message,
    Operator,
    Password,
    Read1997Answer,
    Read1997Request,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAgain1997Request,
    ReadAnswer,
    ReadBlocksRequest,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Refusal,
    SecurityAnswer,
    SecurityRequest,
    Unknown,
    WriteAddressAnswer,
    WriteAddressRequest,
    answers,
    build_message,
    expects_answer,
    password_identifier,
)
from protocols.dlt645.wire.control import CONTROLS
from protocols.errors import LocalProtocolError
from tests.protocols.dlt645.strategies import frames, messages

A = Address.meter("201000000012")
B = Address.meter("201000000013")
ENERGY, RELAY = DI(0x00010000), DI(0x04000503)
REQUEST = build_message(A, ReadRequest(ENERGY))
ANSWER = build_message(A, ReadAnswer(ENERGY, bytes(4)))


@pytest.mark.parametrize(
    ("request_to", "asked", "answer_from", "told", "match"),
    [
        (A, ReadRequest(ENERGY), A, ReadAnswer(ENERGY, bytes(4)), Match.ANSWER),
        (A, ReadRequest(ENERGY), A, ReadAnswer(ENERGY, bytes(4), more=True), Match.ANSWER),
        (A, ReadRequest(ENERGY), A, Refusal(Function.READ, b"\x02"), Match.ANSWER),
        (WILDCARD, ReadRequest(ENERGY), B, ReadAnswer(ENERGY, bytes(4)), Match.ANSWER),
        (Address.short("0012"), ReadRequest(ENERGY), A, ReadAnswer(ENERGY, bytes(4)), Match.ANSWER),
        (Address.short("0012"), ReadRequest(ENERGY), B, ReadAnswer(ENERGY, bytes(4)), Match.OTHER_ADDRESS),
        (A, ReadRequest(ENERGY), B, ReadAnswer(ENERGY, bytes(4)), Match.OTHER_ADDRESS),
        (A, ReadRequest(ENERGY), A, ReadAnswer(RELAY, bytes(2)), Match.OTHER_IDENTIFIER),
        (A, ReadRequest(ENERGY), A, Refusal(Function.RELAY, b"\x04"), Match.OTHER_FUNCTION),
        (A, ReadRequest(ENERGY), A, ReadNextAnswer(ENERGY, b"", 1), Match.OTHER_FUNCTION),
        (A, ReadNextRequest(ENERGY, 2), A, ReadNextAnswer(ENERGY, b"", 2), Match.ANSWER),
        (A, ReadNextRequest(ENERGY, 2), A, ReadNextAnswer(ENERGY, b"", 1), Match.OTHER_SEQUENCE),
        (A, ReadNextRequest(ENERGY, 2), A, ReadNextAnswer(RELAY, b"", 2), Match.OTHER_IDENTIFIER),
        (WILDCARD, ReadAddressRequest(), B, ReadAddressAnswer(B), Match.ANSWER),
        (WILDCARD, ReadAddressRequest(), B, ReadAddressAnswer(A), Match.OTHER_ADDRESS),
        (WILDCARD, WriteAddressRequest(B), B, WriteAddressAnswer(), Match.ANSWER),
        (WILDCARD, WriteAddressRequest(B), A, WriteAddressAnswer(), Match.OTHER_ADDRESS),
        (A, ReadRequest(ENERGY), A, ReadRequest(RELAY), Match.NOT_FROM_SLAVE),
    ],
)
def test_everything_that_can_be_compared_is(
    request_to: Address, asked: Message, answer_from: Address, told: Message, match: Match
) -> None:
    """Address, direction, function, identifier and sequence number decide, and say what differs."""
    found = answers(build_message(request_to, asked), build_message(answer_from, told))
    assert found is match
    assert found.is_answer == (match is Match.ANSWER)


@pytest.mark.parametrize("byte", [0xB4, 0xBC, 0xB5, 0xBD])
def test_only_answers_to_reads_can_be_followed(byte: int) -> None:
    """A relay command is not accepted by an answer that says more follows: no meter sends one."""
    request = Frame(A, CONTROLS[byte & 0x1F], bytes({0xB4: 12, 0xBC: 16, 0xB5: 6, 0xBD: 1}[byte]))
    received = Frame(Expected.of(request).address, CONTROLS[byte], request.data[:1] if byte == 0xBD else b"")
    assert answers(request, received) is Match.MALFORMED
    assert answers(request, received._replace(control=CONTROLS[byte & ~0x20])) is Match.ANSWER


def test_what_nobody_has_defined_is_answered_by_its_function() -> None:
    """A vendor's own function is matched as far as anything is known of it."""
    asked = build_message(A, Unknown(CONTROLS[0x1E], b""))
    assert answers(asked, build_message(A, Unknown(CONTROLS[0xBE], b""))) is Match.ANSWER


@pytest.mark.parametrize("new", [Password(2, "654321"), Password(4, "123456")])
def test_another_password_than_the_new_one_is_no_answer(new: Password) -> None:
    """The answer to 18H repeats level and digits; what is expected shows neither."""
    request = build_message(A, ChangePasswordRequest(password_identifier(2), Password(2), Password(2, "123456")))
    assert answers(request, build_message(A, ChangePasswordAnswer(Password(2, "123456")))) is Match.ANSWER
    assert answers(request, build_message(A, ChangePasswordAnswer(new))) is Match.OTHER_IDENTIFIER
    assert "V4" not in repr(Expected.of(request))


def test_the_echo_of_a_request_is_recognised() -> None:
    """What an RS-485 adapter returns is neither answer nor another master."""
    assert answers(REQUEST, REQUEST) is Match.ECHO


def test_an_answer_that_cannot_be_understood_is_malformed() -> None:
    """From the right meter, for the right function, with three bytes where an identifier has four."""
    assert answers(REQUEST, ANSWER._replace(data=bytes(3))) is Match.MALFORMED


@given(frames, frames)
def test_matching_never_raises(request: Frame, received: Frame) -> None:
    """Any two frames can be compared, and an answer always comes from a slave."""
    match = answers(request, received)
    assert not match.is_answer or received.control.from_slave


asked_frames = st.builds(
    build_message,
    st.sampled_from([A, B, WILDCARD, Address.short("0012"), Address.short("12")]),
    st.sampled_from(
        [
            ReadRequest(ENERGY),
            ReadRequest(RELAY),
            ReadBlocksRequest(ENERGY, 2),
            ReadNextRequest(ENERGY, 1),
            ReadNextRequest(ENERGY, 2),
            ReadAddressRequest(),
            WriteAddressRequest(B),
            ChangeBaudRequest(0x04),
            ChangeBaudRequest(0x08),
            ReadAgain1997Request(),
            SecurityRequest(ENERGY, Operator("00000000"), b""),
            Read1997Request(0x9010),
        ]
    ),
)
told_frames = st.builds(
    build_message,
    st.sampled_from([A, B]),
    st.sampled_from(
        [
            ReadAnswer(ENERGY, bytes(4)),
            ReadAnswer(RELAY, bytes(2)),
            ReadNextAnswer(ENERGY, b"", 1),
            ReadNextAnswer(ENERGY, b"", 2),
            ReadAddressAnswer(A),
            ReadAddressAnswer(B),
            WriteAddressAnswer(),
            ChangeBaudAnswer(0x04),
            SecurityAnswer(ENERGY, b""),
            Read1997Answer(0x9010, bytes(4)),
            *(Refusal(function, b"\x02") for function in (Function.READ, Function.READ_NEXT, Function.SECURITY)),
        ]
    ),
)
editions = st.sampled_from(Edition)


@given(asked_frames, editions, asked_frames, editions, told_frames)
def test_questions_that_one_frame_can_answer_are_known_to_share_it(
    one: Frame, of_one: Edition, other: Frame, of_other: Edition, told: Frame
) -> None:
    """If a frame answers both of two questions, each says so of the other before the frame is there."""
    try:
        first, second = Expected.of(one, of_one), Expected.of(other, of_other)
    except LocalProtocolError:
        return  # 03H without data is a question of 1997, with data one of 2007
    assert first.shares_answers(first)
    assert first.shares_answers(second) == second.shares_answers(first)
    assert first.shares_refusals(second) == second.shares_refusals(first)
    if first.match(told).is_answer and second.match(told).is_answer:
        assert first.shares_refusals(second)
        assert told.control.abnormal or first.shares_answers(second)


@given(messages, st.sampled_from([A, WILDCARD]), editions)
def test_every_request_has_an_answer_that_is_known(message: Message, to: Address, edition: Edition) -> None:
    """What can be asked can be expected, and a refusal of it is an answer; an echo is none."""
    request = build_message(to, message)
    try:
        expected = Expected.of(request, edition)
    except LocalProtocolError:
        return
    assert not expected.match(request).is_answer
    refusal = Frame(expected.address, Control(request.control.function, from_slave=True, abnormal=True), b"\x01")
    assert expected.match(refusal).is_answer == (not expected.address.is_broadcast)


def test_nobody_answers_a_broadcast() -> None:
    """Broadcasts and 08H are not waited for."""
    assert expects_answer(REQUEST)
    assert not expects_answer(REQUEST._replace(address=BROADCAST))
    assert not expects_answer(Frame(A, Control(Function.BROADCAST_TIME), bytes(6)))
    assert answers(REQUEST._replace(address=BROADCAST), ANSWER) is Match.OTHER_ADDRESS
