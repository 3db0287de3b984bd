"""APDUs of every service and kind: what is built is read back, and nothing but ProtocolError comes out."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    OAD,
    REQUEST,
    Address,
    Apdu,
    Dar,
    DataType,
    GetListRequest,
    GetNormalResponse,
    GetRecordResponse,
    LinkFrame,
    Piid,
    ResultNormal,
    ResultRecord,
    SecurityRequest,
    Value,
    build_apdu,
    build_link,
    parse_apdu,
    parse_link,
)
from protocols.dlt698.apdu.security import Plaintext, RandomNumber
from protocols.dlt698.inspect import decode_frame, explain_frame
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.protocols.dlt698.strategies import CLASSES, WILD, any_apdu, good_frames

ENERGY = OAD.parse("00100200")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(st.data())
def test_every_apdu_reads_back(cls: type[Apdu], data: st.DataObject) -> None:
    """What is built of a class parses to the equal value, and its first bytes are its tag and kind."""
    apdu = data.draw(WILD.apdus(cls))
    octets = build_apdu(apdu)
    assert parse_apdu(octets) == apdu
    assert octets[0] == cls.tag
    assert cls.kind is None or octets[1] == cls.kind


@given(any_apdu)
def test_the_inspector_shows_every_apdu(apdu: Apdu) -> None:
    """Any APDU in a frame has its plain form and its lines for people."""
    octets = build_apdu(apdu)
    raw = build_link(LinkFrame(REQUEST, Address.single("000000000001"), 16, octets))
    decoded = decode_frame(raw)
    assert decoded["apdu"]["tag"] == apdu.tag
    assert decoded["apdu"].get("kind") == apdu.kind
    assert any(apdu.service in line for line in explain_frame(raw))


@given(st.binary(max_size=200))
@example(b"")
@example(bytes([16, 0]) * 2000)
def test_arbitrary_bytes_are_an_apdu_or_a_protocol_error(octets: bytes) -> None:
    """No byte string makes anything else escape, and what parses builds."""
    try:
        apdu = parse_apdu(octets)
    except ProtocolError:
        return
    assert parse_apdu(build_apdu(apdu)) == apdu


@given(any_apdu, st.data())
def test_mutated_apdus_are_an_apdu_or_a_protocol_error(apdu: Apdu, data: st.DataObject) -> None:
    """A byte changed, removed or inserted never makes anything else escape."""
    octets = bytearray(build_apdu(apdu))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    raw = build_link(LinkFrame(REQUEST, Address.single("000000000001"), 16, bytes(octets)))
    decode_frame(raw)
    explain_frame(raw)
    try:
        parse_apdu(bytes(octets))
    except ProtocolError:
        return


@given(st.sampled_from(good_frames), st.data())
def test_a_cut_apdu_is_refused(raw: bytes, data: st.DataObject) -> None:
    """No proper beginning of an APDU is one."""
    octets = parse_link(raw).user_data
    try:
        parse_apdu(octets)
    except RemoteProtocolError:
        return
    with pytest.raises(RemoteProtocolError):
        parse_apdu(octets[: data.draw(st.integers(0, len(octets) - 1))])


def test_bytes_after_an_apdu_are_refused() -> None:
    """What is left over is a reason of its own, with its place."""
    octets = build_apdu(GetNormalResponse(Piid(1), ResultNormal(ENERGY, Dar.OTHER)))
    with pytest.raises(RemoteProtocolError, match="trailing_bytes") as caught:
        parse_apdu(octets + b"\x00")
    assert caught.value.offset == len(octets)


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("", "truncated"),
        ("31", "unknown_tag"),
        ("0517", "unknown_kind"),
        ("8501010010020002", "bad_choice"),
        ("05010100100200 02", "bad_choice"),
        ("850101001002000107", "bad_type"),
        ("85010100100200010500", "truncated"),
        ("8503010010020000 01 8400100000", "truncated"),
        ("8503010010020000 01 03 000000", "bad_count"),
        ("010004 00B4 07E9040B05090C280000", "bad_choice"),
    ],
)
def test_each_fault_has_its_reason(octets: str, reason: str) -> None:
    """The reason word says what is wrong."""
    with pytest.raises(RemoteProtocolError) as caught:
        parse_apdu(bytes.fromhex(octets))
    assert caught.value.reason == reason


def test_unknown_results_keep_their_number() -> None:
    """A DAR without a name is no error: devices send them."""
    apdu = parse_apdu(bytes.fromhex("8501013015070000350000"))
    assert isinstance(apdu, GetNormalResponse)
    assert apdu.result.result == 53
    assert Dar(53).name == "UNKNOWN_53"
    assert build_apdu(apdu) == bytes.fromhex("8501013015070000350000")


def test_rows_without_columns_are_refused_before_they_are_made() -> None:
    """A count of a thousand empty rows costs nothing."""
    octets = bytes.fromhex("850300 50040200 00 01 8203E8") + bytes(1000)
    with pytest.raises(RemoteProtocolError, match="bad_count"):
        parse_apdu(octets)


@pytest.mark.parametrize(
    "apdu",
    [
        GetListRequest(Piid(64), (ENERGY,)),
        GetListRequest(Piid(1), (OAD(0x10000, 2, 0),)),
        GetNormalResponse(Piid(1), ResultNormal(ENERGY, Value(DataType.UNSIGNED, 256))),
        GetNormalResponse(Piid(1), ResultNormal(ENERGY, Value(DataType.UNSIGNED, "1"))),
        GetRecordResponse(Piid(1), ResultRecord(ENERGY, (ENERGY,), ((),))),
    ],
    ids=["PIID", "OI", "number", "type", "row width"],
)
def test_what_does_not_fit_is_our_own_error(apdu: Apdu) -> None:
    """A value out of range is refused before it is sent, naming the APDU."""
    with pytest.raises(LocalProtocolError):
        build_apdu(apdu)


def test_what_is_no_apdu_is_our_own_error() -> None:
    """Building something that no service knows names it."""
    with pytest.raises(LocalProtocolError, match="Apdu"):
        build_apdu(Apdu())


def test_secured_apdus_wrapped_without_end_are_not_followed() -> None:
    """A peer that wraps SECURITY in SECURITY a thousand times costs one look."""
    octets = build_apdu(SecurityRequest(Plaintext(b"\x05"), RandomNumber(b"")))
    for _ in range(500):
        octets = build_apdu(SecurityRequest(Plaintext(octets), RandomNumber(b"")))
    raw = build_link(LinkFrame(REQUEST, Address.single("000000000001"), 16, octets))
    inner = decode_frame(raw)["apdu"]["inner"]
    assert inner["tag"] == 16
    assert "inner" not in inner
    assert len(explain_frame(raw)) < 100
