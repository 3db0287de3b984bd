"""DL/T 645-1997: reads, follow-ups and settings with identifiers of two bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    Address,
    BroadcastTime,
    ChangePassword1997Request,
    ClearDemand1997Request,
    Control,
    Frame,
    Function,
    Message,
    Password,
    Read1997Answer,
    Read1997Request,
    ReadAgain1997Answer,
    ReadAgain1997Request,
    ReadNext1997Answer,
    ReadNext1997Request,
    SecurityAnswer,
    Stamp,
    Write1997Request,
    build_frame,
    build_message,
    parse_frame,
    parse_message,
)
from protocols.dlt645.items.profile import Edition
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import frames

METER = Address.meter("138000130754")
PASSWORD = Password(2, "123456")


def wire(message: Message) -> str:
    """Bytes of a message as hex, without wake-up."""
    return build_frame(build_message(METER, message), wakeup=0).hex().upper()


def test_a_read_is_the_captured_frame() -> None:
    """Forward active energy of a meter in the field, question and answer."""
    assert wire(Read1997Request(0x9010)) == "6854071300801368010243C3DA16"
    answer = parse_message(parse_frame(bytes.fromhex("6854071300801368810643C3343333332B16")))
    assert answer == Read1997Answer(0x9010, bytes.fromhex("01000000"))


@pytest.mark.parametrize(
    ("message", "control", "data"),
    [
        (Read1997Answer(0x901F, b"\x01", more=True), 0xA1, "1F9001"),
        (ReadNext1997Request(0x901F), 0x02, "1F90"),
        (ReadNext1997Answer(0x901F, b"\x02", more=True), 0xA2, "1F9002"),
        (ReadNext1997Answer(0x901F, b"\x03"), 0x82, "1F9003"),
        (ReadAgain1997Request(), 0x03, ""),
        (ReadAgain1997Answer(0x901F, b"\x03"), 0x83, "1F9003"),
        (Write1997Request(0xC010, PASSWORD, b"\x00\x22\x11\x26"), 0x04, "10C00256341200221126"),
        (ChangePassword1997Request(PASSWORD, Password(1, "000001")), 0x0F, "0256341201010000"),
        (ClearDemand1997Request(PASSWORD), 0x10, "02563412"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_fields_lie_as_the_edition_has_them(message: Message, control: int, data: str) -> None:
    """Two bytes of identifier, a password without operator, and no number in a follow-up."""
    frame = build_message(METER, message)
    assert (frame.control.byte, frame.data.hex().upper()) == (control, data)
    assert parse_message(frame, Edition.E1997) == message


def test_a_follow_up_carries_no_number() -> None:
    """What 2007 puts last is data in 1997: nothing is cut off."""
    frame = build_message(METER, ReadNext1997Answer(0x901F, b"\x01\x02"))
    assert parse_message(frame) == ReadNext1997Answer(0x901F, b"\x01\x02")


@given(st.binary(min_size=4, max_size=200))
def test_only_the_edition_tells_what_83h_is(data: bytes) -> None:
    """The same bytes are the last answer again to 1997, an answer to a security command to 2007."""
    frame = Frame(METER, build_message(METER, ReadAgain1997Answer(0, b"")).control, data)
    assert isinstance(parse_message(frame, Edition.E1997), ReadAgain1997Answer)
    assert isinstance(parse_message(frame), SecurityAnswer)


def test_the_broadcast_time_is_that_of_2007() -> None:
    """Both editions set clocks by the same frame."""
    time = BroadcastTime(Stamp("YYMMDDhhmmss", "261122093015"))
    frame = build_message(METER, time)
    assert frame.data.hex() == "153009221126"
    assert parse_message(frame, Edition.E1997) == time


@given(frames)
def test_any_frame_is_understood_or_refused_under_1997(frame: Frame) -> None:
    """No valid frame makes the parser raise anything but a RemoteProtocolError, and what it gives builds back."""
    try:
        message = parse_message(frame, Edition.E1997)
    except RemoteProtocolError:
        return
    built = build_message(frame.address, message)
    assert (built.data, built.control.function) == (frame.data, frame.control.function)


def test_a_read_of_2007_with_an_identifier_of_1997_is_refused() -> None:
    """Libraries exist that mix the editions; 11H with two bytes is neither."""
    mixed = Frame(METER, Control(Function.READ), b"\x10\x90")
    for edition in Edition:
        with pytest.raises(RemoteProtocolError, match=r"^data_length: "):
            parse_message(mixed, edition)


@pytest.mark.parametrize("di", [-1, 0x10000])
def test_an_identifier_of_more_than_two_bytes_is_our_own_error(di: int) -> None:
    """One of 2007 is not cut to fit."""
    with pytest.raises(LocalProtocolError):
        build_message(METER, Read1997Request(di))
