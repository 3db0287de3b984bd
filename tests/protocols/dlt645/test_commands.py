"""Commands named by what they do: freezes, baud words, levels, the relay, the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    BAUD_OF_WORD,
    BROADCAST,
    DI,
    Address,
    ChangeBaudRequest,
    ChangePasswordRequest,
    ClearEventsRequest,
    ClearEventsSecuredRequest,
    ClearMeterSecuredRequest,
    ClearNamedEventsSecuredRequest,
    FreezeKind,
    FreezeRequest,
    Message,
    Operator,
    Output,
    OutputRequest,
    Password,
    RelayCommand,
    RelayRequest,
    RelaySecuredRequest,
    Stamp,
    baud_word,
    build_frame,
    build_message,
    expects_answer,
    freeze_daily,
    freeze_hourly,
    freeze_monthly,
    freeze_now,
    parse_message,
    password_identifier,
)
from protocols.dlt645.functions.clear import EVERY_EVENT
from protocols.errors import LocalProtocolError

METER = Address.meter("151230011061")
WHO = (Password(2, "123456"), Operator("12345678"))
SECURED = (Password(0x98, "341200"), Operator("12345678"))
BLOCK = bytes(range(20))


def data_of(message: Message) -> str:
    """Unmasked data field of a message as hex."""
    return build_message(METER, message).data.hex().upper()


def at_digits(digits: str) -> Stamp:
    """Moment of a freeze."""
    return Stamp("MMDDhhmm", digits)


@pytest.mark.parametrize(
    ("freeze", "kind", "data"),
    [
        (freeze_now(), FreezeKind.NOW, "99999999"),
        (freeze_hourly(15), FreezeKind.HOURLY, "15999999"),
        (freeze_daily(23, 5), FreezeKind.DAILY, "05239999"),
        (freeze_monthly(1, 0, 0), FreezeKind.MONTHLY, "00000199"),
        (FreezeRequest(Stamp("MMDDhhmm", "11220930")), FreezeKind.DATED, "30092211"),
        (FreezeRequest(Stamp("MMDDhhmm", "99229930")), None, "30992299"),
    ],
)
def test_the_high_places_of_a_freeze_tell_when(freeze: FreezeRequest, kind: FreezeKind | None, data: str) -> None:
    """99 in all places is at once; minutes come first on the wire."""
    assert freeze.kind is kind
    assert data_of(freeze) == data


@given(st.lists(st.sampled_from(["99", "12", "00"]), min_size=4, max_size=4).map("".join).map(at_digits))
def test_any_freeze_has_a_kind_or_none(at: Stamp) -> None:
    """The kind follows from how many of the high places are 99, if only those are."""
    places = [at.digits[place : place + 2] == "99" for place in range(0, 8, 2)]
    regular = places == sorted(places, reverse=True)
    kinds = (FreezeKind.DATED, FreezeKind.MONTHLY, FreezeKind.DAILY, FreezeKind.HOURLY, FreezeKind.NOW)
    assert FreezeRequest(at).kind is (kinds[sum(places)] if regular else None)


@pytest.mark.parametrize(
    "make",
    [
        lambda: freeze_hourly(60),
        lambda: freeze_daily(24, 0),
        lambda: freeze_daily(0, -1),
        lambda: freeze_monthly(29, 0, 0),
        lambda: freeze_monthly(0, 0, 0),
    ],
)
def test_a_freeze_at_no_time_is_our_own_error(make: object) -> None:
    """Days that not every month has, hour 24 and minute 60 are refused before they are sent."""
    assert callable(make)
    with pytest.raises(LocalProtocolError, match="freeze"):
        make()


def test_baud_words_have_one_bit() -> None:
    """Each rate has its word and back; a word of several bits, or none, is no rate."""
    assert {baud_word(baud): baud for baud in BAUD_OF_WORD.values()} == BAUD_OF_WORD
    assert all(word.bit_count() == 1 for word in BAUD_OF_WORD)
    assert ChangeBaudRequest(baud_word(9600)).baud == 9600
    assert ChangeBaudRequest(0x18).baud is None
    with pytest.raises(LocalProtocolError, match="19200"):
        baud_word(115200)


def test_a_password_is_changed_under_the_identifier_of_its_level() -> None:
    """04000C01 and the level, old before new, each with its own level in front."""
    change = ChangePasswordRequest(password_identifier(2), Password(2, "000000"), Password(2, "123456"))
    assert data_of(change) == "030C00040200000002563412"
    assert change.level == 2
    assert ChangePasswordRequest(DI(0x04000C0B), Password(2), Password(2)).level is None


def test_the_worked_example_of_a_trip() -> None:
    """A trip of a meter in the field and its answer, byte for byte."""
    trip = RelayRequest(
        Password(2, "020637"), Operator("00000001"), RelayCommand.TRIP, Stamp("YYMMDDhhmmss", "991230000000")
    )
    frame = build_message(METER, trip)
    assert build_frame(frame, wakeup=0).hex(" ").upper() == (
        "68 61 10 01 30 12 15 68 1C 10 35 6A 39 35 34 33 33 33 4D 33 33 33 33 63 45 CC 2C 16"
    )


@pytest.mark.parametrize(
    ("command", "n1"),
    [
        (RelayCommand.TRIP, 0x1A),
        (RelayCommand.PERMIT_CLOSE, 0x1B),
        (RelayCommand.DIRECT_CLOSE, 0x1C),
        (RelayCommand.TRIP_THEN_DIRECT_CLOSE, 0x1D),
        (RelayCommand.TRIP_THEN_PERMIT_CLOSE, 0x1E),
        (RelayCommand.ALARM, 0x2A),
        (RelayCommand.ALARM_OFF, 0x2B),
        (RelayCommand.PROTECT, 0x3A),
        (RelayCommand.PROTECT_OFF, 0x3B),
    ],
)
def test_the_relay_knows_nine_commands(command: RelayCommand, n1: int) -> None:
    """Each has its byte and its term; only the two that close again by themselves have a delay."""
    request = RelayRequest(*WHO, command, Stamp("YYMMDDhhmmss", "261122093015"), delay=6)
    assert data_of(request) == f"0256341278563412{n1:02X}06153009221126"
    assert command.name_zh
    assert request.recovery_minutes == (30 if n1 in {0x1D, 0x1E} else None)
    assert len(RelayCommand) == 9


@given(st.integers(0, 255).filter(lambda n1: n1 not in set(RelayCommand)))
def test_an_unknown_relay_command_is_kept(n1: int) -> None:
    """What a vendor added is neither lost nor taken for one of the nine."""
    request = RelayRequest(*WHO, n1, Stamp("YYMMDDhhmmss", "261122093015"))
    found = parse_message(build_message(METER, request))
    assert found == request
    assert not isinstance(getattr(found, "command", None), RelayCommand)


@pytest.mark.parametrize("secured", [RelaySecuredRequest, ClearMeterSecuredRequest, ClearEventsSecuredRequest])
def test_a_block_is_reversed_as_a_whole(secured: type) -> None:
    """At level 98H the MAC's last byte comes first, behind level, password and operator."""
    message = secured(*SECURED, BLOCK)
    assert data_of(message) == "9800123478563412" + BLOCK[::-1].hex().upper()


def test_events_are_cleared_by_their_identifier() -> None:
    """All FFH is every event, DI0 = FFH all records of one."""
    assert data_of(ClearEventsRequest(*WHO, EVERY_EVENT)).endswith("FFFFFFFF")
    assert data_of(ClearEventsRequest(*WHO, DI(0x03300DFF))).endswith("FF0D3003")


def test_a_sealed_clear_may_name_its_events_in_plain() -> None:
    """The block stands behind the identifier, 32 bytes in all."""
    message = ClearNamedEventsSecuredRequest(*SECURED, DI(0x03300DFF), BLOCK)
    assert data_of(message) == "9800123478563412" + "FF0D3003" + BLOCK[::-1].hex().upper()


@pytest.mark.parametrize("message", [freeze_now(), OutputRequest(Output.CLOCK_SECOND)])
def test_nobody_answers_a_broadcast(message: Message) -> None:
    """A freeze and the terminal's output are obeyed in silence by all, and answered by one."""
    assert not expects_answer(build_message(BROADCAST, message))
    assert expects_answer(build_message(METER, message))
