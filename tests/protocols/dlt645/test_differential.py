"""The same frames and values through the PyPI package dlt645, where that follows the standard.

Where it does not is told in `test_peer_departures`, one test for each departure.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from dlt645.common.transform import bcd_to_float
from dlt645.protocol.protocol import DLT645Protocol
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    BAUD_OF_WORD,
    DI,
    WILDCARD,
    Address,
    Bits,
    ChangeBaudAnswer,
    ChangeBaudRequest,
    Frame,
    FrameReceived,
    Operator,
    Password,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadRequest,
    Receiver,
    Refusal,
    Stamp,
    WriteAnswer,
    WriteRequest,
    build_frame,
    build_message,
    find,
    parse_frame,
    parse_message,
    read_payload,
    write_payload,
)
from protocols.dlt645.items.fields import number
from tests.protocols.dlt645 import peer
from tests.protocols.dlt645.strategies import addresses, frames

METER = Address("202311150001")
NUMBERS = sorted(
    di for di, item in peer.ITEMS.items() if di >> 24 in {0, 2} and find(DI(di)) is not None and "." in item.data_format
)
DEMANDS = sorted(di for di in peer.ITEMS if di >> 24 == 1)
SCREENS = 0x0404
"""Items on display: an identifier and a number, five bytes, of which theirs has the first four."""
PARAMETERS = sorted(
    di
    for di, item in peer.ITEMS.items()
    if di >> 24 == 4 and di >> 16 != SCREENS and not isinstance(item, list) and find(DI(di)) is not None
)
UNITS = {
    "kW": {"0206"},
    "V": {"0208", "020A"},
    "A": {"0209", "020B"},
}
"""Units of theirs that their own formats contradict, by the identifiers that have them."""
SAME_UNIT = {"℃": "degC", "分": "min", "毫秒": "ms", "秒": "s"}
UNTOLD = {"个", "位", "次", "年月日星期", "年月日时分", "时分秒", ""}
"""What their table says in place of a unit where there is none, or where they leave it out."""

WRITABLE = [0x04000101, 0x04030001, 0x04000A01]
"""Settings of theirs of eight digits, which their server takes."""

moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))  # noqa: DTZ001  a meter knows no zone
shapes = st.sampled_from([(6, 2, "XXXXXX.XX"), (3, 1, "XXX.X"), (2, 4, "XX.XXXX"), (1, 3, "X.XXX")])


@given(frames, st.integers(0, 4))
def test_both_build_the_same_bytes(frame: Frame, wakeup: int) -> None:
    """Address, control, masked data and checksum come out byte for byte alike."""
    theirs = DLT645Protocol.build_frame(frame.address.to_wire(), frame.control.byte, frame.data, preamble_count=wakeup)
    assert build_frame(frame, wakeup=wakeup) == bytes(theirs)


@given(frames, st.integers(0, 4))
def test_both_parse_the_same_frame(frame: Frame, wakeup: int) -> None:
    """What we build they read, and what they read we read alike."""
    raw = build_frame(frame, wakeup=wakeup)
    theirs = peer.parsed(raw)
    ours = parse_frame(raw)
    assert theirs is not None
    assert ours.address.to_wire() == theirs.addr
    assert (ours.control.byte, ours.data) == (theirs.ctrl_code, theirs.data)


@given(shapes, st.data())
def test_both_read_the_same_signed_number(shape: tuple[int, int, str], data: st.DataObject) -> None:
    """Sign bit, implied point and byte order agree; theirs is a float, ours exact."""
    whole, places, form = shape
    top = 8 * 10 ** (whole + places - 1) - 1
    value = Decimal(data.draw(st.integers(-top, top))).scaleb(-places)
    wire = number(whole, places, signed=True).build(value)
    assert bcd_to_float(wire, form, "little") == float(value)


def test_both_know_the_same_items() -> None:
    """Each of their 20 286 items is in our table, every number of the classes 00, 01 and 02 with the same format."""
    assert len(peer.ITEMS) == 20_286
    for di, item in peer.ITEMS.items():
        ours = find(DI(di))
        assert ours is not None, f"{di:08X}"
        if di >> 24 <= 2:
            assert ours.format == item.data_format + ("+YYMMDDhhmm" if di >> 24 == 1 else "")


def test_units_agree_but_for_those_their_formats_contradict() -> None:
    """Units are the same, or not told by them; distortions and power factors are the known exceptions."""
    for di, item in peer.ITEMS.items():
        ours = find(DI(di))
        if ours is None or isinstance(item, list):
            continue
        theirs = item.unit.strip()
        known = theirs in UNTOLD or f"{di:08X}"[:4] in UNITS.get(theirs, ())
        assert known or SAME_UNIT.get(theirs, theirs) == ours.unit, f"{di:08X} {item.unit} {ours.unit}"


def value_of(data: st.DataObject, di: int) -> Decimal:
    """Draw any number that an item can hold, but no digits 8 and 9 on top, which they take for a minus."""
    row = find(DI(di))
    assert row is not None
    whole, _, decimals = row.format.partition("+")[0].partition(".")
    top = 8 * 10 ** (len(whole) + len(decimals) - 1) - 1
    return Decimal(data.draw(st.integers(-top if row.signed else 0, top))).scaleb(-len(decimals))


@given(st.sampled_from(NUMBERS), st.data())
def test_their_client_reads_our_numbers(number_di: int, data: st.DataObject) -> None:
    """It asks as we parse, and gives the value that we answered with."""
    value, di = value_of(data, number_di), DI(number_di)
    theirs, line = peer.client(METER.to_wire())
    line.reply = build_frame(build_message(METER, ReadAnswer(di, write_payload(di, value))))
    item = theirs.read_00(number_di)
    assert parse_message(parse_frame(line.sent)) == ReadRequest(di)
    assert parse_frame(line.sent).address == METER
    assert item.value == float(value)


@given(st.sampled_from(NUMBERS), st.data())
def test_we_read_their_server_s_numbers(number_di: int, data: st.DataObject) -> None:
    """Its answer to our request holds the exact value that it was set to."""
    value, di = value_of(data, number_di), DI(number_di)
    theirs = peer.server(METER.to_wire())
    theirs.data_map[number_di].value = float(value)
    assert read(theirs, di).value == value


def read(theirs: Any, di: DI) -> Any:
    """Our reading of their server's answer."""
    reply = peer.answered(theirs, build_frame(build_message(METER, ReadRequest(di))))
    assert reply is not None
    frame = parse_frame(reply)
    message = parse_message(frame)
    assert isinstance(message, ReadAnswer)
    assert (frame.address, message.di, message.more) == (METER, di, False)
    return read_payload(di, message.payload)


@given(st.sampled_from(DEMANDS), st.data(), moments)
def test_we_read_their_server_s_demands(number_di: int, data: st.DataObject, moment: datetime) -> None:
    """Its answer holds the demand and when it was, to the minute."""
    value, di = value_of(data, number_di), DI(number_di)
    theirs = peer.server(METER.to_wire())
    theirs.data_map[number_di].value.value, theirs.data_map[number_di].value.time = float(value), moment
    assert read(theirs, di).values == (value, Stamp.of("YYMMDDhhmm", moment))


@given(st.sampled_from(PARAMETERS), st.data())
def test_we_read_their_server_s_parameters(number_di: int, data: st.DataObject) -> None:
    """Its answer is as long as our item, and what we read of it writes back as the same bytes."""
    theirs, di = peer.server(METER.to_wire()), DI(number_di)
    item = theirs.data_map[number_di]
    count = len(item.data_format.replace(".", ""))
    item.value = data.draw(st.text("0123456789", min_size=count, max_size=count))
    reading = read(theirs, di)
    assert write_payload(di, *reading.values)[::-1].hex() == item.value
    if isinstance(reading.values[0], Stamp | Bits):
        assert str(reading.value) == item.value


@given(st.sampled_from(WRITABLE), st.data())
def test_their_server_takes_our_settings(number_di: int, data: st.DataObject) -> None:
    """It finds item, password, operator and value of our request where they belong, and its answer is ours."""
    theirs, di = peer.server(METER.to_wire()), DI(number_di)
    digits = data.draw(st.text("0123456789", min_size=8, max_size=8))
    request = WriteRequest(di, Password(2, "000000"), Operator("12345678"), bytes.fromhex(digits)[::-1])
    theirs.password_manager.set_password(bytearray(b"\x02\x00\x00\x00"))
    reply = peer.answered(theirs, build_frame(build_message(METER, request)))
    assert reply is not None
    assert parse_message(parse_frame(reply)) == WriteAnswer()
    assert theirs.data_map[number_di].value == digits


def test_a_wrong_password_is_refused_alike() -> None:
    """Its refusal of a setting has the reason we read."""
    theirs = peer.server(METER.to_wire())
    request = WriteRequest(DI(0x04000101), Password(2, "999999"), Operator(), bytes(4))
    reply = peer.answered(theirs, build_frame(build_message(METER, request)))
    assert reply is not None
    refusal = parse_message(parse_frame(reply))
    assert isinstance(refusal, Refusal)
    assert refusal.gives("password_or_unauthorised")


def test_an_item_nobody_has_is_refused_alike() -> None:
    """Its refusal of a read has the reason we read."""
    theirs = peer.server(METER.to_wire())
    reply = peer.answered(theirs, build_frame(build_message(METER, ReadRequest(DI(0x00FE0000)))))
    assert reply is not None
    assert parse_frame(reply).control.abnormal
    refusal = parse_message(parse_frame(reply))
    assert isinstance(refusal, Refusal)
    assert refusal.gives("no_requested_data")


@given(addresses)
def test_the_address_is_read_alike(meter: Address) -> None:
    """Its server tells the address to our wildcard, its client takes it from our answer."""
    reply = peer.answered(peer.server(meter.to_wire()), build_frame(build_message(WILDCARD, ReadAddressRequest())))
    assert reply is not None
    assert parse_frame(reply).address == meter
    assert parse_message(parse_frame(reply)) == ReadAddressAnswer(meter)
    theirs, line = peer.client()
    line.reply = build_frame(build_message(meter, ReadAddressAnswer(meter)))
    theirs.read_address()
    assert parse_frame(line.sent) == build_message(WILDCARD, ReadAddressRequest())
    assert theirs.address == meter.to_wire()


@pytest.mark.parametrize("word", [0x04, 0x08])
def test_baud_words_agree_up_to_2400(word: int) -> None:
    """1200 and 2400 baud are the same words in both, asked and answered."""
    theirs, line = peer.client(METER.to_wire())
    line.reply = build_frame(build_message(METER, ChangeBaudAnswer(word)))
    assert theirs.change_baud_rate(BAUD_OF_WORD[word]).value == BAUD_OF_WORD[word]
    assert parse_message(parse_frame(line.sent)) == ChangeBaudRequest(word)


@given(st.lists(frames, min_size=1, max_size=3), st.binary(max_size=20).map(lambda noise: noise.replace(b"\x68", b"")))
def test_both_find_the_same_frames_behind_noise(sent: list[Frame], noise: bytes) -> None:
    """Without a false 68H in the noise, both cut a line into the same frames."""
    line = noise + b"".join(build_frame(frame) for frame in sent)
    ours = [event.frame for event in Receiver().receive(line) if isinstance(event, FrameReceived)]
    theirs, rest = [], line
    while rest:
        rest, frame = DLT645Protocol.deserialize_with_remaining(rest)
        if frame is None:
            break
        theirs.append((bytes(frame.addr), frame.ctrl_code, bytes(frame.data)))
    assert theirs == [(frame.address.to_wire(), frame.control.byte, frame.data) for frame in ours]
    assert ours == sent
