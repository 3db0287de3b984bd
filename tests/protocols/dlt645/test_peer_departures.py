"""Where the PyPI package dlt645 (3.2) departs from the standard: what it does, and what we do instead.

Each test fails when the package is mended, so that the difference is noticed and the test can move to
`test_differential`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from dlt645.protocol.protocol import DLT645Protocol

from protocols.dlt645 import (
    BROADCAST,
    DI,
    EVERY_EVENT,
    WILDCARD,
    Address,
    BroadcastTime,
    ChangeBaudRequest,
    ChangePasswordRequest,
    ClearDemandRequest,
    ClearEventsRequest,
    ClearMeterRequest,
    FreezeRequest,
    Match,
    Message,
    Operator,
    Password,
    ReadAnswer,
    ReadRequest,
    Refusal,
    Stamp,
    answers,
    build_frame,
    build_message,
    find,
    parse_frame,
    parse_message,
    password_identifier,
    read_payload,
    write_payload,
)
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt645 import peer

METER = Address("202311150001")
ENERGY = DI(0x00010000)
PASSWORD = Password(2, "123456")
OPERATOR = Operator("00000001")


def data(message: Message, address: Address = METER) -> bytes:
    """The data field of a message of ours."""
    return build_message(address, message).data


def sent(line: peer.Line) -> bytes:
    """The data field of what their client sent."""
    return parse_frame(line.sent).data


def answer(di: DI, payload: bytes) -> bytes:
    """A meter's answer as bytes."""
    return build_frame(build_message(METER, ReadAnswer(di, payload)))


def test_broadcast_time_begins_with_the_year() -> None:
    """08H: theirs sends YY first; captures make sense only with the seconds first, as ours."""
    theirs, line = peer.client()
    theirs.broadcast_time_sync(datetime(2017, 6, 5, 10, 22, 51))  # noqa: DTZ001  a meter knows no zone
    assert sent(line).hex() == "170605102251"
    ours = BroadcastTime(Stamp("YYMMDDhhmmss", "170605102251"))
    assert data(ours, BROADCAST).hex() == "512210050617"


def test_a_server_set_by_our_broadcast_has_no_clock() -> None:
    """08H: theirs takes our seconds for a year, and the sixth month for an hour."""
    theirs = peer.server(METER.to_wire())
    theirs.time = None
    request = build_message(BROADCAST, BroadcastTime(Stamp("YYMMDDhhmmss", "170605102251")))
    assert peer.answered(theirs, build_frame(request)) is None
    assert theirs.time is None, "month 22 is none"


def test_a_freeze_begins_with_the_month() -> None:
    """16H: theirs sends MM DD hh mm; low bytes come first, so ours sends mm hh DD MM."""
    theirs, line = peer.client(METER.to_wire())
    theirs.freeze(month=99, day=99, hour=0, minute=30)
    assert sent(line).hex() == "99990030"
    assert data(FreezeRequest(Stamp("MMDDhhmm", "99990030"))).hex() == "30009999"


def test_clearing_the_demand_names_an_item() -> None:
    """19H: theirs sends an identifier and a password; meters take a password and an operator."""
    theirs, line = peer.client(METER.to_wire())
    theirs.clear_demand(0x01010000, "02123456")
    assert sent(line).hex() == "00000101" + "02123456"
    assert data(ClearDemandRequest(PASSWORD, OPERATOR)).hex() == "02563412" + "01000000"


def test_clearing_the_meter_names_an_item() -> None:
    """1AH: theirs sends an identifier of zeros and a password; meters take a password and an operator."""
    theirs, line = peer.client(METER.to_wire())
    theirs.clear_meter("02123456")
    assert sent(line).hex() == "00000000" + "02123456"
    assert data(ClearMeterRequest(PASSWORD, OPERATOR)).hex() == "02563412" + "01000000"


def test_passwords_go_high_byte_first() -> None:
    """1BH and all others: theirs sends the digits of a password as they are written, captures show them reversed."""
    theirs, line = peer.client(METER.to_wire())
    theirs.clear_event("02123456", "00000001")
    assert sent(line).hex() == "02123456" + "00000001" + "ffffffff"
    assert data(ClearEventsRequest(PASSWORD, OPERATOR, EVERY_EVENT)).hex() == "02563412" + "01000000" + "ffffffff"


def test_the_identifier_of_a_password_is_mistyped() -> None:
    """18H: theirs computes 40000C0n; its own table, as ours, has 04000C01 for level 0."""
    theirs, line = peer.client(METER.to_wire())
    theirs.change_password("02123456", "04654321")
    assert sent(line)[3::-1].hex() == "40000c04"
    assert 0x04000C05 in peer.ITEMS
    assert password_identifier(4) == DI(0x04000C05)
    ours = ChangePasswordRequest(password_identifier(4), PASSWORD, Password(4, "654321"))
    assert data(ours)[3::-1].hex() == "04000c05"


def test_clearing_events_counts_demand_clears() -> None:
    """1BH: theirs counts in 03300200, which its own table calls demand clears; ours knows 03300300 for events."""
    theirs = peer.server(METER.to_wire())
    theirs.password_manager.set_password(bytearray(PASSWORD.level.to_bytes() + bytes.fromhex("563412")))
    counters = [theirs.data_map[di][0].value for di in (0x03300200, 0x03300300)]
    for counter in counters:
        counter.event = "000000"
    reply = peer.answered(
        theirs, build_frame(build_message(METER, ClearEventsRequest(PASSWORD, OPERATOR, EVERY_EVENT)))
    )
    assert reply is not None
    assert [counter.event for counter in counters] == ["000001", "000000"]
    assert [row.name_en for row in map(find, (DI(0x03300200), DI(0x03300300))) if row] == [
        "demand clear count",
        "event clear count",
    ]


def test_a_foreign_address_is_answered() -> None:
    """Theirs refuses in the name of a meter that it is not; on a shared line that talks over the right one."""
    other = Address("202311150002")
    request = build_message(other, ReadRequest(ENERGY))
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(request))
    assert reply is not None
    frame = parse_frame(reply)
    assert (frame.address, parse_message(frame)) == (other, Refusal(0x11, b"\x01"))
    assert not other.covers(METER)


def test_the_wildcard_is_answered_under_the_wildcard() -> None:
    """Theirs answers a read at AA…AA under AA…AA, which names no meter; the answer of ours must name one."""
    request = build_message(WILDCARD, ReadRequest(ENERGY))
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(request))
    assert reply is not None
    assert parse_frame(reply).address == WILDCARD
    assert WILDCARD.covers(METER)


def test_a_short_address_is_foreign() -> None:
    """Theirs knows no shortened addresses."""
    request = build_message(Address.short("0001"), ReadRequest(ENERGY))
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(request))
    assert reply is not None
    assert parse_frame(reply).control.abnormal
    assert Address.short("0001").covers(METER)


def test_addresses_go_high_byte_first() -> None:
    """Theirs sends the digits of an address as they are written; the lowest byte comes first."""
    theirs, line = peer.client()
    theirs.set_address("123456789012")
    theirs.read_00(ENERGY)
    assert line.sent[5:11].hex() == "123456789012"
    assert Address.meter("123456789012").to_wire().hex() == "129078563412"


@pytest.mark.parametrize(
    ("payload", "theirs", "ours"),
    [("ffffffff", -7151515151515.15, None), ("1a000000", 1.1, "not_bcd"), ("eeeeeeee", -6141414141414.14, "not_bcd")],
)
def test_what_is_no_number_becomes_one(payload: str, theirs: float, ours: str | None) -> None:
    """Theirs makes numbers of FFH and of digits above 9; ours says "not available" or keeps the bytes as faulty."""
    client, line = peer.client(METER.to_wire())
    line.reply = answer(DI(0x00000000), bytes.fromhex(payload))
    assert client.read_00(0).value == theirs
    value: Any = read_payload(DI(0x00000000), bytes.fromhex(payload)).value
    assert value is None if ours is None else (value.fault, value.raw.hex()) == (ours, payload)


def test_the_ninth_hundred_thousand_is_negative() -> None:
    """Theirs takes the top bit of every number for a sign; forward energy has none, so 900000.00 kWh is that."""
    client, line = peer.client(METER.to_wire())
    payload = write_payload(ENERGY, Decimal("900000.00"))
    line.reply = answer(ENERGY, payload)
    assert client.read_00(ENERGY).value == -100000.0
    assert read_payload(ENERGY, payload).value == Decimal("900000.00")


def test_a_number_is_rounded_to_a_float() -> None:
    """Theirs gives 799999.99 kWh as the binary float next to it; ours is exact."""
    client, line = peer.client(METER.to_wire())
    payload = write_payload(ENERGY, Decimal("799999.99"))
    line.reply = answer(ENERGY, payload)
    value = client.read_00(ENERGY).value
    assert isinstance(value, float)
    assert Decimal(value) != Decimal("799999.99") == read_payload(ENERGY, payload).value


def test_the_time_of_a_demand_is_read_backwards() -> None:
    """Theirs writes the minute first, as the standard has it, and reads the year first; ours does both alike."""
    demand = DI(0x01010000)
    moment = Stamp("YYMMDDhhmm", "2311150708")
    client, line = peer.client(METER.to_wire())
    line.reply = answer(demand, write_payload(demand, Decimal("1.2345"), moment))
    assert client.read_01(demand).value.time == datetime(2008, 7, 15, 11, 23)  # noqa: DTZ001  a meter knows no zone
    assert read_payload(demand, write_payload(demand, Decimal("1.2345"), moment)).values[1] == moment


def test_the_answer_to_another_question_is_taken() -> None:
    """Theirs returns whatever item comes; ours knows a late answer by its identifier."""
    client, line = peer.client(METER.to_wire())
    line.reply = answer(DI(0x00020000), bytes.fromhex("00010000"))
    assert client.read_00(ENERGY).di == 0x00020000
    asked = build_message(METER, ReadRequest(ENERGY))
    assert answers(asked, parse_frame(line.reply)) is Match.OTHER_IDENTIFIER


def test_an_answer_with_more_to_come_is_lost() -> None:
    """Theirs understands no B1H, so that items longer than a frame cannot be read; ours says that more follows."""
    client, line = peer.client(METER.to_wire())
    frame = build_message(METER, ReadAnswer(ENERGY, bytes(4), more=True))
    line.reply = build_frame(frame)
    assert client.read_00(ENERGY) is None
    assert parse_message(frame) == ReadAnswer(ENERGY, bytes(4), more=True)


def test_a_block_cannot_be_read() -> None:
    """Theirs has no identifier with FFH for total and tariffs."""
    block = DI(0x0001FF00)
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(build_message(METER, ReadRequest(block))))
    assert reply is not None
    assert parse_frame(reply).control.abnormal
    assert len(read_payload(block, bytes(20)).values) == 5


def test_a_daily_freeze_cannot_be_read() -> None:
    """Theirs knows no class 05, and does not say "no requested data" but "other error"."""
    freeze = DI(0x05060001)
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(build_message(METER, ReadRequest(freeze))))
    assert reply is not None
    assert parse_message(parse_frame(reply)) == Refusal(0x11, b"\x01")
    assert find(freeze) is not None


@pytest.mark.parametrize(("baud", "theirs", "ours"), [(4800, 0x16, 0x10), (9600, 0x32, 0x20), (19200, 0x64, 0x40)])
def test_baud_words_above_2400_have_several_bits(baud: int, theirs: int, ours: int) -> None:
    """17H: theirs took 16, 32, 64 for hex and wrote them as decimal once more; a word has exactly one bit."""
    client, line = peer.client(METER.to_wire())
    client.change_baud_rate(baud)
    assert sent(line) == bytes([theirs])
    assert data(ChangeBaudRequest(ours)) == bytes([ours])
    assert theirs.bit_count() > 1 == ours.bit_count()


@pytest.mark.parametrize(
    ("di", "theirs", "ours"), [(0x02080100, "V", "%"), (0x02090100, "A", "%"), (0x02060000, "kW", "")]
)
def test_a_ratio_has_the_unit_of_what_it_compares(di: int, theirs: str, ours: str) -> None:
    """Distortion in XX.XX is a percentage, a power factor X.XXX has no unit; theirs gives volts, amperes, kilowatts."""
    row = find(DI(di))
    assert row is not None
    assert (peer.ITEMS[di].unit, row.unit) == (theirs, ours)


def test_counts_and_minutes_are_swapped() -> None:
    """Theirs sends the minutes of an event before its count, against the order of the fields in its own format."""
    events = DI(0x03050000)
    theirs = peer.server(METER.to_wire())
    theirs.data_map[events][0].value.event = ("000003", "000120")
    reply = peer.answered(theirs, build_frame(build_message(METER, ReadRequest(events))))
    assert reply is not None
    message = parse_message(parse_frame(reply))
    assert isinstance(message, ReadAnswer)
    assert read_payload(events, message.payload).values == (Decimal(120), Decimal(3))
    assert write_payload(events, Decimal(3), Decimal(120)).hex() == "030000" + "200100"


def test_an_item_on_display_is_cut() -> None:
    """0404: theirs holds four bytes, the identifier; the number of the screen that follows it is lost."""
    screen = DI(0x04040101)
    reply = peer.answered(peer.server(METER.to_wire()), build_frame(build_message(METER, ReadRequest(screen))))
    assert reply is not None
    message = parse_message(parse_frame(reply))
    assert isinstance(message, ReadAnswer)
    assert len(message.payload) == 4
    with pytest.raises(RemoteProtocolError, match="payload_length_does_not_fit_identifier"):
        read_payload(screen, message.payload)


def test_no_more_than_four_wakeup_bytes_can_be_built() -> None:
    """Theirs refuses to build more than four wake-up bytes; meters send up to seven, and ours builds any number."""
    frame = build_message(METER, ReadRequest(ENERGY))
    with pytest.raises(ValueError, match="0~4"):
        DLT645Protocol.build_frame(frame.address.to_wire(), 0x11, frame.data, preamble_count=7)
    assert build_frame(frame, wakeup=7).startswith(b"\xfe" * 7 + b"\x68")
