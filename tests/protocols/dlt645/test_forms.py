"""The table of functions as a whole: every code, direction, length and refusal of both editions."""

from collections.abc import Container
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    Address,
    Control,
    Frame,
    Function,
    Refusal,
    Unknown,
    build_message,
    parse_message,
)
from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.items.profile import Edition
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt645.strategies import addresses, messages_of_form

METER = Address.meter("151230011061")
E1997, E2007 = Edition.E1997, Edition.E2007
NONE: Container[int] = ()
LENGTHS: dict[tuple[Edition, int], tuple[Container[int], Container[int]]] = {
    (E2007, 0x03): (range(8, 256), range(4, 256)),
    (E2007, 0x08): ({6}, NONE),
    (E2007, 0x11): ({4, 5, 10}, range(4, 256)),
    (E2007, 0x12): ({5}, range(5, 256)),
    (E2007, 0x13): ({0}, {6}),
    (E2007, 0x14): (range(12, 256), {0}),
    (E2007, 0x15): ({6}, {0}),
    (E2007, 0x16): ({4}, {0}),
    (E2007, 0x17): ({1}, {1}),
    (E2007, 0x18): ({12}, {4}),
    (E2007, 0x19): ({8}, {0}),
    (E2007, 0x1A): ({8, 28}, {0}),
    (E2007, 0x1B): ({12, 28, 32}, {0}),
    (E2007, 0x1C): ({9, 16, 28}, {0}),
    (E2007, 0x1D): ({1}, {1}),
    (E1997, 0x01): ({2}, range(2, 256)),
    (E1997, 0x02): ({2}, range(2, 256)),
    (E1997, 0x03): ({0}, range(2, 256)),
    (E1997, 0x04): (range(6, 256), {0}),
    (E1997, 0x0A): ({6}, {0}),
    (E1997, 0x0C): ({1}, {1}),
    (E1997, 0x0F): ({8}, {4}),
    (E1997, 0x10): ({4}, {0}),
}
"""Lengths L of request and answer of each function, as the standards have them."""
FOLLOWED = {(E2007, 0x11), (E2007, 0x12), (E1997, 0x01), (E1997, 0x02), (E1997, 0x03)}
"""Functions whose answers can say that more follows."""
WORDS = [bytes([octet]) for octet in range(256)] + [b"", b"\x08\x00", b"\x60\x00", b"\xff\xff", b"\x01\x02\x03"]

KINDS: list[type[Any]] = [form.message for form in FORMS] + [form.message for form in PAYLOADS]

functions = pytest.mark.parametrize(("edition", "code"), LENGTHS, ids=str)


def reason_of(frame: Frame, edition: Edition) -> str | None:
    """Why a frame is refused, None where it is understood."""
    try:
        parse_message(frame, edition)
    except RemoteProtocolError as error:
        return error.reason
    return None


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.message.__name__)
@given(address=addresses, data=st.data())
def test_every_message_parses_back(form: Form, address: Address, data: st.DataObject) -> None:
    """Each message of each function is built with the control byte of its form and understood as the same."""
    message: Any = data.draw(messages_of_form(form))
    frame = build_message(address, message)
    more = form.follows and message.more
    assert frame.address == address
    assert frame.control.byte == form.function | 0x80 * form.from_slave | 0x20 * more
    assert parse_message(frame, form.edition) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_message_can_be_changed(kind: type[Any]) -> None:
    """What was decided is what is sent, and what arrived is what is kept: no part can be set, none added."""
    message: Any = object.__new__(kind)
    assert not hasattr(message, "__dict__")
    for part in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(message, part.name, None)


def test_every_function_has_its_lengths_here() -> None:
    """No function can be added or forgotten without this file telling."""
    assert {(form.edition, form.function) for form in FORMS} == set(LENGTHS)
    assert {(form.edition, form.function) for form in FORMS if form.follows} == FOLLOWED
    assert {form.function for form in FORMS} == set(Function)


@functions
@pytest.mark.parametrize("from_slave", [False, True])
def test_each_length_is_taken_or_refused(edition: Edition, code: int, from_slave: bool) -> None:
    """A data field that the standard does not have is refused by its length, every other is understood."""
    lengths = LENGTHS[edition, code][from_slave]
    for length in range(256):
        frame = Frame(METER, Control(Function(code), from_slave), bytes(length))
        if lengths == NONE:
            assert isinstance(parse_message(frame, edition), Unknown)
        else:
            assert reason_of(frame, edition) == (None if length in lengths else "data_length")


@functions
def test_only_answers_to_reads_are_followed(edition: Edition, code: int) -> None:
    """Bit D5 makes any other frame one that nobody has defined."""
    for from_slave in (False, True):
        frame = Frame(METER, Control(Function(code), from_slave, follow=True), bytes(8))
        found: Any = parse_message(frame, edition)
        if from_slave and (edition, code) in FOLLOWED:
            assert found.more is True
        else:
            assert isinstance(found, Unknown)


@functions
def test_every_function_can_be_refused(edition: Edition, code: int) -> None:
    """One byte, two and any other word are a refusal with the raw word kept, never an error."""
    for word in WORDS:
        frame = Frame(METER, Control(Function(code), from_slave=True, abnormal=True), word)
        found = parse_message(frame, edition)
        assert isinstance(found, Refusal)
        assert (found.function, found.word) == (code, word)
        assert build_message(METER, found) == frame


def test_a_refusal_of_1997_has_the_names_of_1997() -> None:
    """The low bits mean other things in the two editions; their combination gives several names."""
    refused = Frame(METER, Control(Function.READ_1997, from_slave=True, abnormal=True), b"\x07")
    words = ["illegal_data", "wrong_identifier", "password_or_unauthorised"]
    for edition in Edition:
        found = parse_message(refused, edition)
        assert isinstance(found, Refusal)
        assert [reason.word for reason in found.reasons] == words
    found = parse_message(Frame(METER, Control(Function.READ, from_slave=True, abnormal=True), b"\x07"))
    assert isinstance(found, Refusal)
    assert [reason.word for reason in found.reasons] == ["other_error", "no_requested_data", "password_or_unauthorised"]


@given(st.binary(max_size=255))
def test_an_abnormal_request_is_no_refusal(data: bytes) -> None:
    """Only slaves refuse: bit D6 in a master's frame is nothing the standard knows."""
    control = Control(Function.READ, abnormal=True)
    assert parse_message(Frame(METER, control, data)) == Unknown(control, data)
