"""Messages: both sides of every function from one declaration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    Address,
    BroadcastTime,
    ChangeBaudRequest,
    Control,
    Frame,
    Function,
    Message,
    Operator,
    Password,
    ReadAnswer,
    Refusal,
    RelayCommand,
    RelayRequest,
    RelaySecuredRequest,
    Stamp,
    Unknown,
    build_message,
    parse_message,
    password_identifier,
)
from protocols.dlt645.items.profile import Edition
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import addresses, controls, frames, messages_of

METER = Address.meter("151230011061")


@pytest.mark.parametrize("edition", Edition)
@given(address=addresses, data=st.data())
def test_a_built_message_parses_back(edition: Edition, address: Address, data: st.DataObject) -> None:
    """What a master or a slave builds is understood as the same message under the edition that has it."""
    message = data.draw(messages_of(edition))
    assert parse_message(build_message(address, message), edition) == message


@given(frames)
def test_any_frame_is_understood_or_raises_a_protocol_error(frame: Frame) -> None:
    """No valid frame makes the parser raise anything but ProtocolError, and what it gives builds back."""
    try:
        message = parse_message(frame)
    except ProtocolError:
        return
    built = build_message(frame.address, message)
    assert built.data == frame.data
    assert built.control.function == frame.control.function


@given(controls, st.integers(0, 0x1F).filter(lambda code: code not in set(Function)))
def test_a_function_nobody_has_defined_is_a_value(control: Control, code: int) -> None:
    """Frames of other functions are kept as they are."""
    frame = Frame(METER, Control(code, control.from_slave, follow=control.follow), b"\x01\x02")
    assert parse_message(frame) == Unknown(frame.control, b"\x01\x02")


def test_seconds_come_first_in_a_broadcast_time() -> None:
    """08H carries seconds, minutes, hours, day, month, year in this order."""
    frame = build_message(METER, BroadcastTime(Stamp("YYMMDDhhmmss", "170605102251")))
    assert frame.data.hex() == "512210050617"


@pytest.mark.parametrize(
    ("word", "words"),
    [
        (b"\x02", ["no_requested_data"]),
        (b"\x44", ["password_or_unauthorised", "tariffs_exceeded"]),
        (b"\x08\x00", ["identity_authentication_failed"]),
        (b"\x00", []),
        (b"", []),
        (b"\x01\x02\x03", []),
    ],
)
def test_a_refusal_is_a_value_with_its_reasons(word: bytes, words: list[str]) -> None:
    """One byte is ERR, two are SERR, and any word at all means refused."""
    frame = Frame(METER, Control(Function.RELAY, from_slave=True, abnormal=True), word)
    refusal = parse_message(frame)
    assert isinstance(refusal, Refusal)
    assert [reason.word for reason in refusal.reasons] == words
    assert all(refusal.gives(reason) for reason in words)


def test_a_refusal_of_1997_has_the_words_of_1997() -> None:
    """The bits of ERR changed between the editions; those that mean the same kept their word."""
    control = Control(Function.READ_1997, from_slave=True, abnormal=True)
    refusal = parse_message(Frame(METER, control, b"\x06"))
    assert isinstance(refusal, Refusal)
    assert [reason.word for reason in refusal.reasons] == ["wrong_identifier", "password_or_unauthorised"]


@pytest.mark.parametrize(
    ("function", "from_slave", "data"),
    [
        (Function.READ, False, bytes(3)),
        (Function.READ, True, bytes(3)),
        (Function.READ_ADDRESS, True, bytes(5)),
        (Function.RELAY, False, bytes(15)),
        (Function.RELAY, True, bytes(1)),
        (Function.WRITE, False, bytes(11)),
    ],
)
def test_a_wrong_length_is_the_peers_error(function: Function, from_slave: bool, data: bytes) -> None:
    """A data field that fits no form of its function is refused with its length."""
    with pytest.raises(RemoteProtocolError, match=f"^data_length: {len(data)} ") as caught:
        parse_message(Frame(METER, Control(function, from_slave), data))
    assert caught.value.found == str(len(data))


def test_hex_digits_in_the_time_of_a_command_are_the_peers_error() -> None:
    """A relay command whose expiry is no BCD cannot be obeyed."""
    frame = Frame(METER, Control(Function.RELAY), bytes(10) + b"\x0a" + bytes(5))
    with pytest.raises(RemoteProtocolError, match=r"^not_bcd: "):
        parse_message(frame)


@pytest.mark.parametrize(
    "message",
    [
        ReadAnswer(DI(0), bytes(252)),
        RelaySecuredRequest(Password(0x98), Operator(), bytes(19)),
        BroadcastTime(Stamp("YYMMDDhhmm", "1706051022")),
        ChangeBaudRequest(256),
    ],
)
def test_a_message_that_does_not_fit_is_our_own_error(message: Message) -> None:
    """Nothing is cut, padded or wrapped to make a message fit its frame."""
    with pytest.raises(LocalProtocolError):
        build_message(METER, message)


def test_a_password_stays_out_of_the_log() -> None:
    """Neither the password nor a message that holds it shows its digits."""
    message = RelayRequest(Password(2, "135790"), Operator(), RelayCommand.TRIP, Stamp("YYMMDDhhmmss", "991230000000"))
    assert "135790" not in repr(message)
    with pytest.raises(LocalProtocolError) as caught:
        Password(2, "secret")
    assert "secret" not in str(caught.value)


def test_the_password_of_level_n_has_its_own_identifier() -> None:
    """04000C01 is level 0, one more for each level below, and there are ten."""
    assert password_identifier(0) == 0x04000C01
    assert password_identifier(9) == 0x04000C0A
    with pytest.raises(LocalProtocolError):
        password_identifier(10)
