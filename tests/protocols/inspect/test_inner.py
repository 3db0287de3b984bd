"""Frames that one frame carries for another, and frames of both dialects beside each other."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dissection import Language
from protocols.dlt645.inspect.words import FAULTS as FAULTS_645
from protocols.dlt698 import Address, Control, Piid, build_apdu, build_link
from protocols.dlt698.apdu.action import ActionNormalResponse, ActionResult
from protocols.dlt698.apdu.proxy import ProxyTransRequest, ProxyTransResponse
from protocols.dlt698.apdu.report import ReportTransNotification
from protocols.dlt698.inspect.words import FAULTS
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import BAUD_2400_8E1, OAD, OMD
from protocols.dlt698.values.value import DataType, Value
from protocols.dlt698.wire.link import LinkFrame
from protocols.inspect import Dialect, cut, decode, decode_stream, dissect, explain, recognise, sections
from tests.protocols.dlt698.test_inspect import READ, check_cover
from tests.protocols.inspect.test_dissect import TOTAL
from tests.protocols.inspect.test_inspect import ALL

PORT = OAD.parse("F2090201")
SERVER = Address.single("210000123456")
VECTORS = [vector for dialect, vector in ALL if dialect is Dialect.DLT698]
WAKEUP = b"\xfe" * 4


def frame(apdu: Any, octet: int) -> bytes:
    """Frame around an APDU."""
    return build_link(LinkFrame(Control.of(octet), SERVER, 0x10, build_apdu(apdu)))


def asked(octets: bytes) -> bytes:
    """A frame forwarded to a meter."""
    return frame(ProxyTransRequest(Piid(7), PORT, BAUD_2400_8E1, 30, 200, octets), 0x43)


def told(octets: bytes, control: int = 0xC3) -> bytes:
    """The frame that came back."""
    return frame(ProxyTransResponse(Piid(7), PORT, octets), control)


def returned(octets: bytes) -> bytes:
    """The answer of a PLC module's method 127."""
    result = ActionResult(OMD.parse("F2097F00"), Dar.SUCCESS, Value(DataType.OCTET_STRING, octets))
    return frame(ActionNormalResponse(Piid(7), result), 0xC3)


def reported(*octets: bytes) -> bytes:
    """Frames that came in at a port."""
    return frame(ReportTransNotification(Piid(7), PORT, octets), 0x83)


CARRIERS = [asked, told, returned, reported]


@pytest.mark.parametrize("carry", CARRIERS)
@pytest.mark.parametrize(("octets", "protocol"), [(TOTAL, "dlt645"), (WAKEUP + TOTAL, "dlt645"), (READ, "dlt698")])
def test_a_carried_frame_is_taken_apart_in_its_place(carry: Any, octets: bytes, protocol: str) -> None:
    """In the table at its bytes and deeper, in the gist, and as an object with its place in the whole."""
    raw = carry(octets)
    found = dissect(raw, Dialect.DLT698)
    check_cover(found, raw)
    assert not found.faults
    (inner,) = found.inner
    assert raw[inner.offset : inner.offset + len(octets)] == inner.data == octets
    inside = [field for field in found.fields if inner.offset <= field.offset < inner.offset + len(octets)]
    assert [field.wire for field in inside] == [field.wire for field in inner.found.fields]
    assert all(field.depth for field in inside)
    assert inner.found.gist.said(Language.BOTH) in found.gist.said(Language.BOTH)
    assert "carried inside 内嵌帧" in explain(raw)
    decoded = decode(raw)
    shown = cast("dict[str, Any]", decoded["inner"])
    assert (shown["ok"], shown["protocol"], shown["offset"]) == (True, protocol, inner.offset)
    alone = decode(octets)
    moved = {"fields", "offset", "faults"}
    assert {key: value for key, value in shown.items() if key not in moved} == {
        key: value for key, value in alone.items() if key not in moved
    }


def test_what_came_scrambled_is_shown_without_33h_twice() -> None:
    """The carrier's 33H and the meter's are told apart: the column shows what the bytes mean."""
    raw = told(TOTAL, control=0xCB)
    found = dissect(raw, Dialect.DLT698)
    check_cover(found, raw)
    value = next(field for field in found.fields if field.value.en == "1234.56 kWh")
    assert (value.wire, value.plain) == (bytes.fromhex("BC9A7866"), bytes.fromhex("56341200"))


@pytest.mark.parametrize("carry", CARRIERS)
def test_a_broken_carried_frame_has_its_fault_at_its_byte(carry: Any) -> None:
    """The carrier is in order, what it carries is not: ok, and a fault all the same."""
    raw = carry(TOTAL[:-2] + b"\x55\x16")
    decoded = cast("dict[str, Any]", decode(raw))
    at = raw.index(TOTAL[:-2]) + len(TOTAL) - 2
    assert decoded["ok"]
    assert [(fault["reason"], fault["offset"]) for fault in decoded["faults"]] == [("checksum", at)]
    assert (decoded["inner"]["ok"], decoded["inner"]["error_code"]) == (False, "checksum")


@pytest.mark.parametrize("octets", [b"", b"\x01\x02\x03", b"Hello, meter"])
def test_what_is_no_frame_is_left_as_bytes(octets: bytes) -> None:
    """A module may forward something else, and answers may be empty."""
    found = dissect(told(octets), Dialect.DLT698)
    assert not found.inner
    assert not found.faults
    assert "inner" not in decode(told(octets))


def test_several_carried_frames_follow_each_other() -> None:
    """The first is ``inner``, the others follow it there."""
    decoded = cast("dict[str, Any]", decode(reported(TOTAL, READ)))
    assert decoded["inner"]["protocol"] == "dlt645"
    assert [each["protocol"] for each in decoded["inner"]["following"]] == ["dlt698"]


def test_frames_inside_of_frames_end_somewhere() -> None:
    """A peer could wrap them without end; the innermost stay bytes."""
    raw = TOTAL
    for _ in range(12):
        raw = told(raw)
    found = dissect(raw, Dialect.DLT698)
    check_cover(found, raw)
    depth, each = 0, found
    while each.inner:
        depth, each = depth + 1, each.inner[0].found
    assert 2 < depth < 6
    json.dumps(decode(raw))


@given(st.binary(max_size=80), st.sampled_from(CARRIERS))
def test_any_carried_bytes_are_covered(octets: bytes, carry: Any) -> None:
    """Whatever is forwarded, each byte stands in one field, and every form shows it."""
    for inside in (octets, TOTAL[: len(octets)] + octets):
        raw = carry(inside)
        check_cover(dissect(raw, Dialect.DLT698), raw, {*FAULTS, *FAULTS_645})
        assert explain(raw)
        json.dumps(decode(raw))


BROKEN_698 = READ[:-3] + b"\0\0\x16"
CUT_698 = READ[:-6]


@pytest.mark.parametrize("broken", [BROKEN_698, CUT_698, READ[:14] + b"\xff"])
def test_a_broken_frame_of_698_does_not_hide_a_good_one_of_645(broken: bytes) -> None:
    """In front of it, in the object as in the table."""
    raw = broken + TOTAL
    found = cast("dict[str, Any]", decode(raw))
    assert (found["ok"], found["protocol"]) == (False, "dlt698")
    assert [(each["protocol"], each["value"], each["offset"]) for each in found["following"]] == [
        ("dlt645", "1234.56", len(broken))
    ]
    assert [section.is_wrong for section in sections(raw)] == [True, False]


def test_frames_of_698_behind_the_first_are_decoded_like_those_of_645() -> None:
    """Good followers leave the first as it is alone; anything else behind it is no single frame."""
    found = cast("dict[str, Any]", decode(READ + TOTAL + READ))
    alone = cast("dict[str, Any]", decode(READ))
    assert (found["ok"], found["apdu"], found["link"]) == (True, alone["apdu"], alone["link"])
    assert found["trailing"] == (TOTAL + READ).hex().upper()
    assert [(each["protocol"], each["offset"]) for each in found["following"]] == [
        ("dlt645", len(READ)),
        ("dlt698", len(READ) + len(TOTAL)),
    ]
    beside = cast("dict[str, Any]", decode(READ + b"\x01" + READ))
    assert (beside["ok"], beside["error_code"]) == (False, "trailing_bytes")
    assert [each["offset"] for each in beside["following"]] == [len(READ) + 1]


def test_a_stream_of_698_has_its_frames_as_objects_too() -> None:
    """Beside the hex of them, each with its place, those of the other dialect included."""
    found = cast("dict[str, Any]", decode_stream(b"\x01" + READ + TOTAL + BROKEN_698))
    assert found["frames"] == [READ.hex().upper()]
    assert [(each["protocol"], each["offset"]) for each in found["decoded_frames"]] == [("dlt698", 1), ("dlt645", 26)]
    assert [each["error_code"] for each in found["bad_frames"]] == ["bad_fcs"]


def test_a_whole_frame_of_698_with_a_wrong_fcs_is_one_piece() -> None:
    """What it carries does not look as if it had come by itself, and is shown inside of it."""
    good = asked(TOTAL)
    broken = good[:-3] + b"\0\0\x16"
    pieces = cut(b"\x55" + broken + good)
    assert [(piece.offset, piece.is_frame, piece.dialect) for piece in pieces] == [
        (0, False, None),
        (1, False, Dialect.DLT698),
        (1 + len(broken), True, Dialect.DLT698),
    ]
    assert pieces[1].is_broken
    (inner,) = dissect(broken, Dialect.DLT698).inner
    assert inner.data == TOTAL


def test_every_broken_frame_of_698_behind_noise_begins_at_its_own_byte() -> None:
    """A header with a right check sum is where it begins."""
    pieces = cut(b"\x55" * 3 + CUT_698)
    assert [(piece.offset, piece.dialect) for piece in pieces] == [(0, None), (3, Dialect.DLT698)]
    assert recognise(CUT_698) is Dialect.DLT698


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["meaning"][:40])
def test_every_vector_of_698_has_its_fields_in_its_object(vector: dict[str, Any]) -> None:
    """Fields that cover it, faults where it is refused."""
    raw = bytes.fromhex(vector["hex"])
    found = cast("dict[str, Any]", decode(raw))
    if "fields" in found:
        assert "".join(field["bytes"] for field in found["fields"]) == raw.hex().upper()
        assert found["ok"] or found["faults"] or found["following"]
