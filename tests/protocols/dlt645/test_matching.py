"""Which frame answers which request."""

import pytest
from hypothesis import given

from protocols.dlt645 import (
    BROADCAST,
    DI,
    WILDCARD,
    Address,
    Control,
    Frame,
    Function,
    Match,
    Message,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Refusal,
    WriteAddressAnswer,
    WriteAddressRequest,
    answers,
    build_message,
    expects_answer,
)
from tests.protocols.dlt645.strategies import frames

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


def test_nobody_answers_a_broadcast() -> None:
    """Broadcasts and 08H are not waited for."""
    assert expects_answer(REQUEST)
    assert not expects_answer(REQUEST._replace(address=BROADCAST))
    assert not expects_answer(Frame(A, Control(Function.BROADCAST_TIME), bytes(6)))
    assert answers(REQUEST._replace(address=BROADCAST), ANSWER) is Match.OTHER_ADDRESS
