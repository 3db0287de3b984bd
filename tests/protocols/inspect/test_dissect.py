"""Taking frames of 645 apart: every byte in one field, every fault at its byte."""

import json
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocols.dissection import Dissection, Language
from protocols.dlt645 import (
    DI,
    Address,
    Control,
    Frame,
    Function,
    ReadAnswer,
    Stamp,
    build_frame,
    build_message,
    parse_message,
    write_payload,
)
from protocols.dlt645.functions import FORMS
from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.inspect import decode_frame, dissect, dissect_item, explain_frame
from protocols.dlt645.inspect.fields import message_fields, readable_fields
from protocols.dlt645.inspect.words import FAULTS, FUNCTION_NAMES, PARTS
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.items.profile import profile, profiles
from protocols.dlt645.items.records import LoadRecord, LoadRecords
from protocols.dlt645.messages import Message
from protocols.errors import LocalProtocolError, ProtocolError
from tests.protocols.dlt645.strategies import addresses, frames, messages, noise
from tests.protocols.inspect.test_inspect import ALL

METER = Address.meter("202311150001")
READ_3 = bytes.fromhex("68611001301215689106363833378333BE16")
"""Answer with run state word 3, 18 bytes."""
TOTAL = bytes.fromhex("6812907856341268910833333433896745335416")
"""Answer with forward active energy, 20 bytes: data from byte 10, checksum at byte 18."""
VECTORS_645 = [bytes.fromhex(vector["hex"]) for dialect, vector in ALL if dialect == "dlt645"]
MISFIT = "payload_length_does_not_fit_identifier"
ENVELOPE_FAULTS = {"no_start", "doubled_start", "second_start", "truncated", "checksum", "end_byte", "length"}
wakeups = st.integers(0, 6)


def check_cover(found: Dissection, raw: bytes) -> None:
    """Hold that the fields lie one behind the other and are the bytes that were given."""
    at = 0
    for field in found.fields:
        assert field.offset == at
        assert field.size > 0
        at = field.end
    assert b"".join(field.wire for field in found.fields) == raw
    assert all(0 <= fault.offset <= len(raw) for fault in found.faults)
    assert {fault.reason for fault in found.faults} <= set(FAULTS)
    assert list(found.faults) == sorted(found.faults, key=lambda fault: fault.offset)


def faults(raw: bytes) -> list[tuple[str, int, str, str]]:
    """Faults of a frame without their causes."""
    return [(fault.reason, fault.offset, fault.expected, fault.found) for fault in dissect(raw).faults]


def causes(raw: bytes) -> str:
    """Causes of all faults of a frame."""
    return "; ".join(fault.cause.said(Language.BOTH) for fault in dissect(raw).faults)


def values(raw: bytes, **given: Any) -> dict[str, str]:
    """Values by the English names of their fields."""
    found = dissect(raw, **given)
    return {field.name.said(Language.ENGLISH): field.value.said(Language.ENGLISH) for field in found.fields}


@given(messages, addresses, wakeups)
def test_the_fields_of_any_message_cover_its_frame(message: Message, address: Address, wakeup: int) -> None:
    """Nothing is left out and nothing is told twice, whatever the message; its frame has no fault of its own."""
    try:
        raw = build_frame(build_message(address, message), wakeup=wakeup)
    except LocalProtocolError:
        assume(False)
    found = dissect(raw)
    check_cover(found, raw)
    assert not {fault.reason for fault in found.faults} & ENVELOPE_FAULTS


@pytest.mark.parametrize("raw", VECTORS_645, ids=lambda raw: raw.hex()[:40])
def test_the_fields_of_every_vector_cover_it(raw: bytes) -> None:
    """Good and bad frames alike; a bad one says at least one byte that is wrong."""
    found = dissect(raw)
    check_cover(found, raw)
    decoded = decode_frame(raw)
    assert bool(decoded["valid"]) or found.faults
    assert "app_error" not in decoded or found.faults
    json.dumps(decoded)


@given(frames, wakeups, st.data())
def test_a_damaged_frame_is_covered_and_its_fault_is_told(frame: Frame, wakeup: int, data: st.DataObject) -> None:
    """One byte changed, lost, doubled, or the end cut off: it is shown in full and never called right."""
    raw = bytearray(build_frame(frame, wakeup=wakeup))
    at = data.draw(st.integers(wakeup, len(raw) - 1))
    damage: Callable[[], object] = data.draw(
        st.sampled_from(
            (
                lambda: raw.__setitem__(at, raw[at] ^ data.draw(st.integers(1, 255))),
                lambda: raw.__delitem__(at),
                lambda: raw.__delitem__(slice(at, None)),
            )
        )
    )
    damage()
    found = dissect(bytes(raw))
    check_cover(found, bytes(raw))
    assert found.faults or decode_frame(bytes(raw))["valid"]


@given(noise | st.binary(max_size=300))
def test_any_bytes_are_covered(raw: bytes) -> None:
    """Noise has fields, too, and every form of showing it."""
    check_cover(dissect(raw), raw)
    for language in Language:
        assert explain_frame(raw, language=language)


likely = st.lists(st.sampled_from((0x00, 0x11, 0x99, 0xFF, 0xAA, 0xA0, 0xE5, 0xEE)), max_size=80).map(bytes)
payloads = st.binary(max_size=80) | likely
of_items = st.builds(
    lambda di, function, who, payload: (function, int(di).to_bytes(4, "little") + who + payload),
    st.sampled_from(sorted(table())),
    st.just(Function.READ) | st.just(Function.WRITE),
    st.just(b"") | st.sampled_from((0x02, 0x98, 0x99)).map(lambda level: bytes([level, *bytes(7)])),
    payloads,
)
of_1997 = st.builds(
    lambda di, function, payload: (function, di.to_bytes(2, "little") + payload),
    st.sampled_from(sorted(table_1997())),
    st.sampled_from((0x01, 0x02, 0x03, 0x04)),
    payloads,
)
of_security = st.builds(
    lambda di, who, payload: (Function.SECURITY, int(di).to_bytes(4, "little") + who + payload),
    st.sampled_from(sorted({di for form in PAYLOADS for di in form.dis})),
    st.sampled_from((b"", bytes(4))),
    payloads,
)


@given(of_items | of_1997 | of_security, st.booleans(), st.sampled_from(sorted(profiles())))
def test_any_payload_of_any_item_is_covered(said: tuple[int, bytes], from_slave: bool, name: str) -> None:
    """Bytes that are not what their item should be are shown all the same, for a meter of any profile."""
    function, data = said
    raw = build_frame(Frame(METER, Control(function, from_slave=from_slave), data))
    check_cover(dissect(raw, profile(name)), raw)
    json.dumps(decode_frame(raw, profile(name)))


def test_a_field_says_where_it_lies_and_what_it_holds() -> None:
    """Offsets count from the first byte given; the address is turned round, the data field is unmasked."""
    found = dissect(b"\xfe\xfe" + TOTAL)
    rows = [(field.offset, field.size, field.name.said(Language.BOTH), field.value.en) for field in found.fields]
    assert rows[0][:3] == (0, 2, "wake-up 前导字节")
    assert rows[2] == (3, 6, "address 地址", "123456789012")
    value = next(field for field in found.fields if field.value.en == "1234.56 kWh")
    assert (value.offset, value.wire.hex(), value.plain.hex()) == (16, "89674533", "56341200")


def test_the_control_byte_is_told_bit_by_bit() -> None:
    """Direction, kind of answer, follow-up, function."""
    control = next(field for field in dissect(READ_3).fields if field.name.en.startswith("control"))
    told = {bit.place: (bit.digits, bit.meaning.en) for bit in control.bits}
    assert told == {
        "D7": ("1", "from the meter"),
        "D6": ("0", "in order"),
        "D5": ("0", "nothing follows"),
        "D4..D0": ("10001", "read data"),
    }


def test_a_run_state_word_is_told_bit_by_bit() -> None:
    """Set and unset bits with their names, fields of two bits as one."""
    bits = {bit.place: bit for field in dissect(READ_3).fields for bit in field.bits if bit.place.startswith("bit")}
    assert [place for place, bit in bits.items() if bit.is_set] == ["bit 4", "bit 6"]
    assert bits["bit 4"].meaning.said(Language.BOTH) == "relay_open 继电器断"
    assert bits["bit 8..9"].meaning.zh == "非预付费表"
    assert bits["bit 1..2"].meaning.en == "main supply"


def test_the_parts_of_protected_writes_have_their_places() -> None:
    """At 99H the item stands in plain with a MAC behind it, at 98H ciphertext and MAC."""
    plain = write("99", "04001103", "0102030405")
    assert values(plain)["MAC"] == "05040302"
    sealed = write("98", "04001103", "00" * 15 + "AB" + "01020304")
    assert values(sealed) | {"ciphertext": "AB" + "00" * 15, "MAC": "04030201"} == values(sealed)


def write(level: str, di: str, payload: str) -> bytes:
    """Frame that writes an item at a level of protection."""
    data = bytes.fromhex(di)[::-1] + bytes.fromhex(level) + bytes(7) + bytes.fromhex(payload)
    return build_frame(Frame(METER, Control(Function.WRITE), data), wakeup=0)


def test_a_protected_write_too_short_for_its_mac_is_told() -> None:
    """What is there is shown as bytes."""
    assert faults(write("99", "04001103", "0102"))[0][:2] == ("maced_length", 22)
    assert faults(write("98", "04001103", "01020304050607"))[0][:2] == ("sealed_length", 22)


def test_a_character_that_cannot_be_shown_is_told() -> None:
    """At its byte, with the range of those that can."""
    data = bytes.fromhex("04040004") + b"22\x07V  "
    raw = build_frame(Frame(METER, Control(Function.READ, from_slave=True), data), wakeup=0)
    assert faults(raw)[0] == ("not_ascii", 16, "20-7E", "07")


def test_a_security_modules_block_shows_both_its_parts() -> None:
    """A relay command at level 98H: the block is reversed as one, so that its MAC comes first."""
    raw = bytes.fromhex("68010015112320681C1CCB333333AB896745333A41484F565D646B727980878E959CA3AAB1B8E416")
    told = values(raw)
    assert told["MAC"] == "150E0700"
    assert told["ciphertext"] == "857E777069625B544D463F38312A231C"


def test_a_meter_of_1997_is_read_by_its_edition() -> None:
    """03H is security in 2007 and a repeated answer in 1997; a block's end mark is no value."""
    again = build_frame(Frame(METER, Control(3, from_slave=True), bytes.fromhex("109001000000")), wakeup=0)
    assert values(again, profile=profile("1997"))["value"] == "0.01 kWh"
    assert "security" in dissect(again).gist.said(Language.ENGLISH)
    block = bytes.fromhex("1F90" + "01000000" * 5 + "AA")
    read = build_frame(Frame(METER, Control(1, from_slave=True), block), wakeup=0)
    assert values(read)["end of the block"] == "AA"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (TOTAL[:18] + b"\x55\x16", [("checksum", 18, "54", "55")]),
        (TOTAL[:19] + b"\x17", [("end_byte", 19, "16", "17")]),
        (TOTAL[:18] + b"\x55\x17", [("checksum", 18, "54", "55"), ("end_byte", 19, "16", "17")]),
        (TOTAL[:15], [("truncated", 15, "20", "15")]),
        (b"\xfe" + TOTAL[:15], [("truncated", 16, "20", "15")]),
        (TOTAL[:5], [("truncated", 5, "12", "5")]),
        (TOTAL[:9] + b"\x07" + TOTAL[10:], [("length", 9, "08", "07")]),
        (TOTAL[:9] + b"\x3a" + TOTAL[10:], [("length", 9, "08", "3A")]),
        (b"\x69" + TOTAL[1:], [("no_start", 0, "68", "69"), ("checksum", 18, "55", "54")]),
        (TOTAL[:7] + b"\x69" + TOTAL[8:], [("second_start", 7, "68", "69"), ("checksum", 18, "55", "54")]),
        (b"\x68" + TOTAL[:18] + b"\x55\x16", [("doubled_start", 0, "-", "68"), ("checksum", 19, "54", "55")]),
        (b"", [("no_start", 0, "68", "-")]),
    ],
    ids=lambda value: value.hex() if isinstance(value, bytes) else "",
)
def test_what_is_wrong_is_told_at_its_byte(raw: bytes, expected: list[tuple[str, int, str, str]]) -> None:
    """Which byte of the input, what belongs there, what was found; several faults are all told."""
    assert faults(raw) == expected


def test_a_lost_byte_of_the_address_is_found() -> None:
    """The frame is read on from where its second 68H stands."""
    raw = TOTAL[:3] + TOTAL[4:]
    assert faults(raw)[0] == ("second_start", 7, "68", "91")
    assert "lost" in causes(raw)
    assert values(raw)["value"] == "1234.56 kWh"


def test_digits_above_nine_are_found_at_their_byte() -> None:
    """In a value and in the time of a command, by the byte itself and as it was on the line."""
    data = bytes.fromhex("00000100" + "563A1200")
    raw = build_frame(Frame(METER, Control(Function.READ, from_slave=True), data), wakeup=0)
    assert faults(raw) == [("not_bcd", 15, "00-99", "3A")]
    assert "6DH on the wire" in causes(raw)
    clock = Frame(METER, Control(Function.BROADCAST_TIME), bytes.fromhex("0000110A1123"))
    assert faults(build_frame(clock, wakeup=0)) == [("not_bcd", 13, "00-99", "0A")]


def test_a_length_that_no_form_has_names_those_that_would_fit() -> None:
    """At the length byte, as hex."""
    raw = build_frame(Frame(METER, Control(Function.RELAY), bytes(10)), wakeup=0)
    ((reason, offset, expected, found),) = faults(raw)
    assert (reason, offset, found) == ("data_length", 9, "0A")
    assert "10" in expected
    assert "1C" in expected


def test_a_payload_that_does_not_fit_its_item_is_told() -> None:
    """How many bytes the item has and how many are there, from the payload's first byte on."""
    raw = build_frame(Frame(METER, Control(Function.READ, from_slave=True), bytes.fromhex("00010102000000")), wakeup=0)
    assert faults(raw) == [("payload_length_does_not_fit_identifier", 14, "2", "3")]


def load_record() -> bytes:
    """Answer with a load record of phase A's class 1, whose own check sum stands behind it."""
    record = LoadRecord(Stamp("YYMMDDhhmm", "2609140800"), {1: (*map(Decimal, ("220.1",) * 3 + ("1.001",) * 3), None)})
    data = bytes.fromhex("01000006") + write_payload(DI(0x06000001), LoadRecords((record,)))
    return build_frame(Frame(METER, Control(Function.READ, from_slave=True), data), wakeup=0)


def test_a_load_record_is_shown_value_by_value() -> None:
    """Its frame, its time, the values of each class, the marks between them."""
    told = values(load_record())
    assert told["time"] == "2026-09-14 08:00:00"
    assert told["phase A voltage"] == "220.1 V"
    assert told["frequency"] == "not available"
    check_cover(dissect(load_record()), load_record())


def test_a_wrong_check_sum_inside_of_a_load_record_is_told() -> None:
    """The frame is in order, the record in it is not."""
    frame = bytearray(load_record())
    at = len(frame) - 4
    right = (frame[at] - 0x33) & 0xFF
    frame[at] = (right + 1 + 0x33) & 0xFF
    frame[-2] = (frame[-2] + 1) & 0xFF
    assert faults(bytes(frame)) == [("load_record_checksum", at, f"{right:02X}", f"{(right + 1) & 0xFF:02X}")]


def test_an_item_put_together_is_shown_without_a_mask() -> None:
    """From the parts of several frames; digits that are none are told there, too."""
    found = dissect_item(ReadAnswer(DI(0x00010000), bytes.fromhex("563A1200")))
    assert [(field.offset, field.wire.hex(), field.plain) for field in found.fields] == [(0, "563a1200", b"")]
    assert [(fault.reason, fault.offset, fault.found) for fault in found.faults] == [("not_bcd", 1, "3A")]
    unknown = dissect_item(ReadAnswer(DI(0xF0F0F0F0), bytes(3)))
    assert [(field.offset, field.size) for field in unknown.fields] == [(0, 3)]


SUMMED = TOTAL[:18]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"\xfe\xfe" + SUMMED + bytes([(sum(SUMMED) + 2 * 0xFE) & 0xFF, 0x16]), "wake-up bytes"),
        (SUMMED + bytes([(sum(SUMMED) - 0x68) & 0xFF, 0x16]), "left the first 68H out"),
        (SUMMED + bytes([(sum(SUMMED) - 8 * 0x33) & 0xFF, 0x16]), "before it added 33H"),
        (SUMMED + bytes([-sum(SUMMED) & 0xFF, 0x16]), "complement"),
        (SUMMED + bytes([(sum(SUMMED) + 16) & 0xFF, 0x16]), "D4"),
        (SUMMED + bytes([(sum(SUMMED) + 0x35) & 0xFF, 0x16]), "off by 35H"),
        (TOTAL[:19] + b"\x96", "8E1"),
        (TOTAL[:19] + b"\xff", "8N1"),
        (b"\xe8" + TOTAL[1:], "8E1"),
        (TOTAL[:9] + b"\x07" + TOTAL[10:], "L = 08H"),
        (TOTAL[:9] + b"\x07" + TOTAL[10:18] + bytes([TOTAL[18] - 1, 0x16]), "if L were 08H"),
        (TOTAL[:7] + b"\x69" + TOTAL[8:], "with 68H here the checksum fits"),
        (TOTAL[:4] + b"\x99" + TOTAL[4:], "byte too many"),
        (TOTAL[:12], "8 bytes missing"),
    ],
)
def test_the_likely_cause_is_told(raw: bytes, word: str) -> None:
    """What other sum fits, which setting of the line gives such bytes, what length would be right."""
    assert word in causes(raw)


def test_data_sent_without_their_mask_are_suspected() -> None:
    """An identifier nobody knows that is one as it stands on the line, or turned round."""
    bare = build_frame(
        Frame(METER, Control(Function.READ), bytes((b - 0x33) & 0xFF for b in bytes.fromhex("00000100")))
    )
    assert "+33H" in explain_frame(bare)[-1]
    turned = build_frame(Frame(METER, Control(Function.READ), bytes.fromhex("04000102")))
    assert "highest byte first" in explain_frame(turned)[-1]
    assert dissect(TOTAL).hints == ()


def test_every_field_function_and_fault_has_a_name_in_both_languages() -> None:
    """Nothing of any declared message is shown by its name in the code."""
    told = [form.message for form in FORMS] + [form.message for form in PAYLOADS]
    named = {field.name for message in told for field in fields(message)} - {"more"}
    assert named <= set(PARTS)
    assert {int(form.function) for form in FORMS} <= set(map(int, FUNCTION_NAMES))
    tables: list[dict[Any, Any]] = [PARTS, FUNCTION_NAMES, FAULTS]
    assert all(words.en and words.zh for words in [words for each in tables for words in each.values()])


def test_each_language_stands_alone() -> None:
    """English without Chinese, Chinese without English names, or both side by side."""
    english, chinese = (" ".join(explain_frame(TOTAL, language=each)) for each in (Language.ENGLISH, Language.CHINESE))
    assert english.isascii() or english.replace("→", "").isascii()
    assert "正向有功总电能" in chinese
    assert "forward active energy" not in chinese
    assert "forward active energy, total, now (当前)正向有功总电能" in " ".join(explain_frame(TOTAL))


ITEMS = {int(di): row for di, row in table().items() if row.format}


@given(st.sampled_from(sorted(ITEMS)), st.booleans())
def test_an_item_without_data_is_a_fault_unless_it_is_a_load_record(di: int, written: bool) -> None:
    """In both forms, at the length byte, also for items of any length; a meter may not have a load record."""
    who = bytes.fromhex("0256341278563412") if written else b""
    control = Control(Function.WRITE) if written else Control(Function.READ, from_slave=True)
    raw = build_frame(Frame(METER, control, di.to_bytes(4, "little") + who), wakeup=0)
    decoded, told = decode_frame(raw), faults(raw)
    if ITEMS[di].di.di3 == 0x06 and not written:
        assert (told, "app_error" in decoded) == ([], False)
        assert "no such record 无记录" in explain_frame(raw)[1]
    else:
        assert [(reason, at, found) for reason, at, _, found in told] == [(MISFIT, 9, "0")]
        assert decoded["app_error"] == MISFIT
        assert not {"value", "values"} & set(decoded)


def test_an_assembled_item_without_data_is_a_fault() -> None:
    """It has no bytes at all, and no frame around it."""
    found = dissect_item(ReadAnswer(DI(0x00010000), b""))
    assert [(fault.reason, fault.offset, fault.expected) for fault in found.faults] == [(MISFIT, 0, "4")]


def test_a_command_whose_time_cannot_be_read_is_still_seen() -> None:
    """A trip is a trip in both forms, with who gave it; what is wrong stands beside it."""
    data = bytes.fromhex("0256341278563412" + "1A00" + "FF" * 6)
    raw = build_frame(Frame(METER, Control(Function.RELAY), data), wakeup=0)
    expected = {
        "app_error": "not_bcd",
        "n1": "1A",
        "command": "trip",
        "n2": "00",
        "password_level": "02",
        "operator": "12345678",
    }
    decoded = decode_frame(raw)
    assert decoded | expected == decoded
    assert "expires_raw" not in decoded
    assert "trip 跳闸" in explain_frame(raw)[1]


@given(messages, addresses)
def test_what_is_told_of_a_message_is_told_when_one_of_its_parts_is_unreadable(
    message: Message, address: Address
) -> None:
    """The parts that can be read are those of the same message in order, whatever the form."""
    try:
        frame = build_message(address, message)
        assume(parse_message(frame) == message)
    except ProtocolError:
        assume(False)
    whole = message_fields(message)
    assert whole | readable_fields(frame) == whole
