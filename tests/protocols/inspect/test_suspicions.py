"""What the inspector finds odd in frames that are formally in order."""

from decimal import Decimal

import pytest
from hypothesis import given

from protocols.dissection import Language
from protocols.dlt645 import (
    BROADCAST,
    DI,
    WILDCARD,
    Address,
    BroadcastTime,
    ChangeBaudRequest,
    Frame,
    Message,
    Operator,
    Password,
    ReadAddressAnswer,
    ReadAnswer,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    RelayCommand,
    RelayRequest,
    SecurityRequest,
    Stamp,
    build_frame,
    build_message,
    freeze_now,
    write_payload,
)
from protocols.dlt645.inspect import dissect
from protocols.dlt645.items.profile import STANDARD, Profile, profile, profiles
from protocols.dlt645.wire.control import CONTROLS
from tests.protocols.dlt645.strategies import frames

METER = Address.meter("202311150001")
OTHER = Address.meter("202311150002")
DATE = DI(0x04000101)
TOTAL = DI(0x00010000)
COVER = DI(0x03300D01)
POWER_OFF = DI(0x03110001)
STEPS = [DI(di) for di in (0x040604FF, 0x040605FF, 0x040606FF, 0x040607FF, 0x04060AFF, 0x04060BFF)]
TIME = "YYMMDDhhmmss"


def hints(frame: Frame, of: Profile = STANDARD) -> str:
    """All hints of a frame in both languages."""
    return "; ".join(hint.said(Language.BOTH) for hint in dissect(build_frame(frame, wakeup=0), of).hints)


def answer(di: DI, *values: object) -> Frame:
    """Answer of the meter with an item."""
    return build_message(METER, ReadAnswer(di, write_payload(di, *values)))  # type: ignore[arg-type]


def told(frame: Frame, name: str) -> str:
    """What a field of a frame says."""
    found = dissect(build_frame(frame, wakeup=0))
    return next(field.value.said(Language.BOTH) for field in found.fields if field.name.en == name)


@given(frames)
def test_any_frame_can_be_suspected(frame: Frame) -> None:
    """Whatever arrives, for a meter of any profile, hints are texts."""
    for each in profiles().values():
        assert all(hint.en and hint.zh for hint in dissect(build_frame(frame), each).hints)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (BroadcastTime(Stamp(TIME, "260231080000")), "260231080000"),
        (BroadcastTime(Stamp(TIME, "000000000000")), "no date"),
        (RelayRequest(Password(2), Operator(), RelayCommand.TRIP, Stamp(TIME, "261122250000")), "261122250000"),
        (ReadNextRequest(TOTAL, 0), "SEQ"),
        (ReadNextAnswer(TOTAL, b"", 0), "SEQ"),
        (ReadAddressAnswer(OTHER), str(OTHER)),
        (ChangeBaudRequest(0xD5), "2400"),
        (ReadAnswer(DATE, bytes.fromhex("07221126")), "weekday 07"),
        (ReadAnswer(DATE, bytes.fromhex("03221126")), "00 (00 is Sunday)"),
        (ReadAnswer(DATE, bytes.fromhex("00310226")), "no date"),
        (ReadAnswer(DI(0x04000102), bytes.fromhex("000025")), "no date"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_meant_is_told(message: Message, word: str) -> None:
    """Dates and times that do not exist, numbers that do not count, an address that is another's."""
    assert word in hints(build_message(METER, message))


@pytest.mark.parametrize(
    "message",
    [
        BroadcastTime(Stamp(TIME, "261122080000")),
        RelayRequest(Password(2), Operator(), RelayCommand.TRIP, Stamp(TIME, "991230000000")),
        freeze_now(),
        ReadNextRequest(TOTAL, 1),
        ReadAddressAnswer(METER),
        ChangeBaudRequest(0x08),
        ChangeBaudRequest(0x00),
        ReadAnswer(DATE, bytes.fromhex("00221126")),
        ReadAnswer(COVER, bytes(60)),
    ],
    ids=lambda message: type(message).__name__,
)
def test_what_is_in_order_is_not_suspected(message: Message) -> None:
    """Wildcards of a freeze and a record that was never written are what they should be."""
    assert hints(build_message(METER, message)) == ""


def test_an_answer_says_whose_it_is() -> None:
    """Not so from the broadcast address or under AA, which only requests have."""
    given_back = ReadAnswer(TOTAL, bytes(4))
    assert "nobody answers" in hints(build_message(BROADCAST, given_back))
    assert "does not identify" in hints(build_message(WILDCARD, given_back))
    assert "does not identify" in hints(build_message(Address.short("0001"), given_back))
    assert hints(build_message(WILDCARD, ReadRequest(TOTAL))) == ""


@pytest.mark.parametrize(("byte", "bit"), [(0xBC, "D5"), (0xB4, "D5"), (0xF1, "D5"), (0x51, "D6"), (0x31, "D5")])
def test_status_bits_where_none_can_be_are_told(byte: int, bit: str) -> None:
    """More follows after data read alone, and a request has no status."""
    assert bit in hints(Frame(METER, CONTROLS[byte], b"\x00\x00\x01\x00"[: 1 if byte == 0xF1 else 4]))
    assert hints(Frame(METER, CONTROLS[0xB1], b"\x00\x00\x01\x00")) == ""


@pytest.mark.parametrize("di", STEPS, ids=str)
def test_data_of_another_profile_name_it(di: DI) -> None:
    """A step table of 70 bytes is that of a South Grid meter."""
    table = build_message(METER, ReadAnswer(di, bytes(70)))
    assert "--profile south-grid" in hints(table)
    assert hints(table, profile("south-grid")) == ""
    assert hints(build_message(METER, ReadAnswer(di, bytes(69)))) == ""


def test_a_recharge_of_another_profile_names_it() -> None:
    """26 bytes with an order number are one export vendor's."""
    order = build_message(METER, SecurityRequest(DI(0x070102FF), Operator(), bytes(26)))
    assert "--profile export-prepaid" in hints(order)
    assert hints(order, profile("export-prepaid")) == ""


@pytest.mark.parametrize(
    ("di", "rest"), [(COVER, (Decimal(0),) * 12), (POWER_OFF, ()), (DI(0x03300E02), (Decimal(0),) * 12)]
)
def test_an_event_that_still_lasts_has_not_ended(di: DI, rest: tuple[Decimal, ...]) -> None:
    """An end of zeros beside a start is no missing record: a cover still open must not be passed over."""
    start, never = Stamp(TIME, "260706221100"), Stamp(TIME, "0" * 12)
    assert told(answer(di, start, never, *rest), "end") == "not ended yet 未结束 (000000000000)"
    assert told(answer(di, never, never, *rest), "end") == "never 无记录 (000000000000)"
    assert told(answer(di, start, start, *rest), "end") == "2026-07-06 22:11:00"


def test_a_request_has_no_status() -> None:
    """D6 and D5 belong to answers."""
    found = dissect(build_frame(build_message(METER, ReadRequest(TOTAL)), wakeup=0))
    bits = {bit.place: bit.meaning.zh for field in found.fields for bit in field.bits}
    assert (bits["D6"], bits["D5"]) == ("请求帧中不用", "请求帧中不用")


@pytest.mark.parametrize("command", RelayCommand, ids=lambda command: command.word)
def test_a_relay_command_is_told_in_words(command: RelayCommand) -> None:
    """As a sentence in English, by the standard's term in Chinese."""
    request = RelayRequest(Password(2), Operator(), command, Stamp(TIME, "991230000000"))
    said = told(build_message(METER, request), "command N1")
    assert "_" not in said
    assert command.name_zh in said
