"""What no DL/T 698.45 device may say, and that it is refused with its reason and place, here and by another program.

The frames of the vectors have one fault each of a few kinds; here every place of every class where a byte has a range
is filled with every byte out of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import dlt698
import pytest
from dlt698.codec import decode_apdu, decode_frame, decode_security
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    LINK_REQUEST,
    NULL,
    REQUEST,
    RESPONSE,
    Address,
    Apdu,
    ClientApdu,
    DataType,
    FrameReceived,
    Garbage,
    GetNormalResponse,
    LinkFrame,
    Piid,
    Receiver,
    ResultNormal,
    SecurityRequest,
    SecurityResponse,
    ServerApdu,
    Value,
    array,
    build_apdu,
    build_data,
    build_link,
    parse_apdu,
    parse_data,
    parse_link,
)
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import Choice, Length
from protocols.dlt698.values.data import MAX_DEPTH
from protocols.errors import RemoteProtocolError
from tests.fuzz.drawn import attempt, sealed_698
from tests.protocols.dlt698.examples import APDUS, ENERGY, VALUES
from tests.protocols.dlt698.strategies import CLASSES

METER = Address.single("000032456789")
SECURED = (SecurityRequest.tag, SecurityResponse.tag)
KINDS = {tag: item.alternatives for tag, item in APDU.alternatives.items() if isinstance(item, Choice)}
OCTETS = range(256)


def _name(example: object) -> str:
    return example.type.name if isinstance(example, Value) else type(example).__name__


def _refusal(octets: bytes, read: Callable[[bytes], object] = parse_apdu) -> RemoteProtocolError:
    with pytest.raises(RemoteProtocolError) as caught:
        read(octets)
    return caught.value


def _peer_refuses(octets: bytes) -> None:
    with pytest.raises(dlt698.Dlt698Error):
        (decode_security if octets[0] in SECURED else decode_apdu)(octets)


def test_every_class_has_its_example() -> None:
    """What follows holds for all classes of the registry."""
    assert {type(apdu) for apdu in APDUS} == set(CLASSES)


def test_every_type_has_its_example() -> None:
    """And for all types of Data."""
    assert {value.type for value in VALUES} == set(DataType)


@pytest.mark.parametrize("apdu", APDUS, ids=_name)
def test_no_beginning_of_an_apdu_is_one(apdu: Apdu) -> None:
    """Cut anywhere, inside of a TimeTag or a FollowReport too, it is truncated and nothing else."""
    octets = build_apdu(apdu)
    for size in range(len(octets)):
        assert _refusal(octets[:size]).reason == "truncated"


@pytest.mark.parametrize("value", VALUES, ids=_name)
def test_no_beginning_of_data_is_data(value: Value) -> None:
    """The same for every type."""
    octets = build_data(value)
    for size in range(len(octets)):
        assert _refusal(octets[:size], parse_data).reason == "truncated"


@pytest.mark.parametrize("apdu", APDUS, ids=_name)
def test_bytes_behind_any_apdu_are_refused(apdu: Apdu) -> None:
    """User data that goes on behind the APDU are told with the place."""
    octets = build_apdu(apdu)
    refusal = _refusal(octets + b"\0")
    assert (refusal.reason, refusal.offset, refusal.found) == ("trailing_bytes", len(octets), "00")
    _peer_refuses(octets + b"\0")


def _with_bare_tails() -> Iterator[Any]:
    """Every class with a tail, once, without TimeTag and FollowReport: its last bytes are OPTIONAL bytes."""
    seen: set[type] = set()
    for apdu in APDUS:
        if type(apdu) in seen or not isinstance(apdu, ClientApdu | ServerApdu):
            continue
        seen.add(type(apdu))
        bare: ClientApdu | ServerApdu = replace(apdu, timetag=None)
        if isinstance(bare, ServerApdu):
            bare = replace(bare, follow=None)
        yield pytest.param(build_apdu(bare), 1 + isinstance(bare, ServerApdu), id=_name(apdu))


@pytest.mark.parametrize(("octets", "tails"), [*_with_bare_tails()])
def test_a_tail_is_there_or_not(octets: bytes, tails: int) -> None:
    """The OPTIONAL byte of TimeTag and FollowReport of every class is 0 or 1."""
    for place in range(len(octets) - tails, len(octets)):
        for octet in (2, 3, 0x7F, 0x80, 0xFF):
            spoilt = octets[:place] + bytes([octet]) + octets[place + 1 :]
            refusal = _refusal(spoilt)
            assert (refusal.reason, refusal.offset, refusal.found) == ("bad_choice", place, f"{octet:02X}")
            _peer_refuses(spoilt)


def test_tags_that_no_service_has_are_refused() -> None:
    """All others of the 256, the compact services of the later edition among them."""
    for tag in set(OCTETS) - set(APDU.alternatives):
        octets = bytes([tag]) + bytes(40)
        refusal = _refusal(octets)
        assert (refusal.reason, refusal.offset, refusal.found) == ("unknown_tag", 0, f"{tag:02X}")
        _peer_refuses(octets)


@pytest.mark.parametrize("tag", KINDS)
def test_kinds_that_a_service_does_not_have_are_refused(tag: int) -> None:
    """Every other kind byte of each service with kinds, those of the later edition among them."""
    for kind in set(OCTETS) - set(KINDS[tag]):
        octets = bytes([tag, kind]) + bytes(40)
        refusal = _refusal(octets)
        assert (refusal.reason, refusal.offset, refusal.found) == ("unknown_kind", 1, f"{kind:02X}")
        _peer_refuses(octets)


CHOICES = {
    "type of a LINK-Request": ("01 01", "00B4 07E80514010800000000", range(3)),
    "mechanism": ("02 01 0016" + "00" * 24 + "0400 0800 01 1F40 00001C20", "00", range(4)),
    "security data of a CONNECT": (
        "82 01" + "20" * 32 + "0016" + "00" * 24 + "0400 0800 01 1F40 00001C20 00",
        "00 00 0000",
        range(2),
    ),
    "RSD of GET": ("05 03 01 50040200", "00 00", range(11)),
    "RSD of a list": ("05 04 01 01 50040200", "00 00", range(11)),
    "RSD of PROXY": ("09 02 01 003C 07 05000032456789 50040200", "00 00", range(11)),
    "RSD in Data": ("85 01 01 50040200 01 5A", "0000", range(11)),
    "MS of a selector": ("05 03 01 60120300 0A 01", "00 00", range(8)),
    "MS in Data": ("85 01 01 60140200 01 5C", "0000", range(8)),
    "CSD of GET": ("05 03 01 50040200 00 01", "20210200 00", range(2)),
    "CSD of an answer": ("85 03 01 50040200 01", "20210200 00 03 0000", range(2)),
    "CSD in Data": ("85 01 01 60140200 01 5B", "20210200 0000", range(2)),
    "CSD of an RCSD in Data": ("85 01 01 60140200 01 60 01", "20210200 0000", range(2)),
    "result of GET": ("85 01 01 00100200", "00 0000", range(2)),
    "result of a list": ("85 02 01 01 00100200", "00 0000", range(2)),
    "result of a record": ("85 03 01 50040200 01 00 20210200", "00 0000", range(2)),
    "content of a block": ("85 05 01 01 0001", "00 0000", range(3)),
    "result of MD5": ("85 06 01 00100200", "00 0000", range(2)),
    "reading after SET": ("86 03 01 01 40000200 00 00100200", "00 0000", range(2)),
    "data of ACTION": ("87 01 01 80008100 00", "00 0000", range(2)),
    "reading after ACTION": ("87 03 01 01 80008100 00 00 00100200", "00 0000", range(2)),
    "FollowReport": ("85 01 01 00100200 00 03 01", "00 00", range(1, 3)),
    "result in a FollowReport": ("85 01 01 00100200 00 03 01 01 01 00100200", "00 00", range(2)),
    "result of a report": ("88 01 01 01 00100200", "00 0000", range(2)),
    "record of a report": ("88 02 01 01 50040200 01 00 20210200", "00 0000", range(2)),
    "result of PROXY": ("89 01 01 01 07 05000032456789 01 00100200", "00 0000", range(2)),
    "forwarding result": ("89 07 01 F2010201", "00 0000", range(2)),
    "data of a SECURITY-Request": ("10", "01 00 01 00", range(2)),
    "verification of a SECURITY-Request": ("10 00 08 0501014300030000", "00", range(4)),
    "data of a SECURITY-Response": ("90", "16 00", range(3)),
    "whether a SECURITY-Response is verified": ("90 02 16", "00 00", range(2)),
    "verification of a SECURITY-Response": ("90 02 16 01", "00", range(2)),
}
"""Where a CHOICE or OPTIONAL byte lies: what is before it, what is behind it, which are allowed."""


@pytest.mark.parametrize("name", CHOICES)
def test_choices_out_of_their_range_are_refused(name: str) -> None:
    """Every byte that picks no alternative is told with its place; those that pick one are read past."""
    before, behind, allowed = CHOICES[name]
    begin = bytes.fromhex(before)
    for octet in OCTETS:
        octets = begin + bytes([octet]) + bytes.fromhex(behind)
        if octet in allowed:
            found = attempt(parse_apdu, octets, RemoteProtocolError)
            assert not isinstance(found, RemoteProtocolError) or (found.offset or 0) > len(begin)
        else:
            refusal = _refusal(octets)
            assert (refusal.reason, refusal.found) == ("bad_choice", f"{octet:02X}")
            assert refusal.offset in {len(begin), None}
            _peer_refuses(octets)


COUNTS = {
    "attributes to read": "05 02 01 03 00100200 40000200 00",
    "columns to read": "05 03 01 50040200 00 03 00 20210200 00",
    "records to read": "05 04 01 02 50040200 00 00 00",
    "conditions": "05 03 01 50040200 03 02 20210200 00 00 00 00 00",
    "meters": "05 03 01 60120300 0A 01 03 02 07 05000032456789 00",
    "results": "85 02 01 02 00100200 00 03 0000",
    "rows": "85 03 01 50040200 01 00 20210200 01 20 00 00",
    "members of an array": "85 01 01 00100200 01 01 05 11 01 0000",
    "members of a structure": "85 01 01 00100200 01 02 7F 11 01 0000",
    "members by the longest count": "85 01 01 00100200 01 01 88 FFFFFFFFFFFFFFFF 0000",
    "bytes of an octet-string": "85 01 01 40010200 01 09 06 0000 0000",
    "bits of a bit-string": "85 01 01 20140201 01 04 21 00000000",
    "settings": "06 02 01 02 40000200 00 00",
    "actions": "07 02 01 02 80008100 00 00",
    "reports": "88 01 01 09 00100200 00 03 0000",
    "frames reported": "88 03 01 F2010201 02 01 68 0000",
    "targets": "09 01 01 003C 02 07 05000032456789 001E 01 00100200 00",
    "items of a target": "09 01 01 003C 01 07 05000032456789 001E 03 00100200 00",
    "bytes of a TSA": "09 01 01 003C 01 7F 05000032456789 001E 01 00100200 00",
    "bytes to forward": "09 07 01 F2010201 06 02 08 01 00 000A 00C8 10 68 16 00",
    "bytes of an inner APDU": "10 00 09 0501014300030000 01 10",
    "bytes of a MAC": "90 02 16 01 00 05 A1B2C3D4",
}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_beyond_the_bytes_are_refused(name: str) -> None:
    """A count or length that the rest of the APDU cannot hold is refused."""
    octets = bytes.fromhex(COUNTS[name])
    assert _refusal(octets).reason in {"truncated", "bad_choice", "bad_type"}
    _peer_refuses(octets)


@pytest.mark.parametrize("head", ["80", "89", "8A", "FE", "FF"])
def test_lengths_of_lengths_are_bounded(head: str) -> None:
    """A length has one to eight bytes: none is the indefinite form, which A-XDR does not have."""
    refusal = _refusal(bytes.fromhex(f"09 {head}") + bytes(200), parse_data)
    assert (refusal.reason, refusal.offset, refusal.found) == ("bad_length", 1, head)


@pytest.mark.parametrize("apdu", APDUS, ids=_name)
@pytest.mark.parametrize("padding", [1, 3, 7])
def test_every_length_and_count_may_be_longer_than_needed(
    apdu: Apdu, padding: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pads all lengths and counts of an APDU means the same; we write the shortest."""

    def build(_length: Length, number: int, stream: Any, *_: Any) -> int:
        stream.write(bytes([0x81 + padding]) + number.to_bytes(1 + padding))
        return number

    shortest = build_apdu(apdu)
    with monkeypatch.context() as padded:
        padded.setattr(Length, "_build", build)
        longest = build_apdu(apdu)
    assert parse_apdu(longest) == apdu
    assert build_apdu(parse_apdu(longest)) == shortest


@pytest.mark.parametrize(
    "before",
    [
        "85 01 01 00100200 01",
        "85 01 01 00100200 01 02 01",
        "06 01 01 40000200",
        "85 03 01 50040200 01 00 20210200 01 01",
    ],
    ids=["a result", "a member", "a setting", "a cell"],
)
def test_reserved_types_are_refused_wherever_data_are(before: str) -> None:
    """The reserved tags 7, 8, 11, 13, 14, 19, 29 to 79 and those above 96."""
    begin = bytes.fromhex(before)
    for tag in set(OCTETS) - set(DataType):
        octets = begin + bytes([tag]) + bytes(40)
        refusal = _refusal(octets)
        assert (refusal.reason, refusal.offset) == ("bad_type", len(begin))
        _peer_refuses(octets)


def test_data_nest_eight_levels_in_an_apdu_and_no_more() -> None:
    """The limit holds wherever Data are, also below a region and a selection."""
    value = NULL
    for _ in range(MAX_DEPTH):
        value = array(value)
    octets = build_apdu(GetNormalResponse(Piid(1), ResultNormal(ENERGY, value)))
    assert parse_apdu(octets)
    deeper = octets.replace(b"\1\1" * MAX_DEPTH, b"\1\1" * (MAX_DEPTH + 1))
    assert _refusal(deeper).reason == "too_deep"
    region = build_data(value)[: 2 * (MAX_DEPTH - 1)] + bytes.fromhex("58 00 0101 00 0101 00")
    assert _refusal(region, parse_data).reason == "too_deep"


FRAME = build_link(LinkFrame(RESPONSE, METER, 16, build_apdu(GetNormalResponse(Piid(1), ResultNormal(ENERGY, NULL)))))
DATA_BEGIN = 14
PLACES = {
    "bad_start": [0],
    "bad_hcs": [3, *range(5, DATA_BEGIN)],
    "bad_fcs": range(DATA_BEGIN, len(FRAME) - 1),
    "bad_end": [len(FRAME) - 1],
}
"""Which byte of a frame spoils what; L and AF are apart, as what they say moves the rest."""


@pytest.mark.parametrize("reason", PLACES)
def test_a_spoilt_byte_has_the_reason_of_its_place(reason: str) -> None:
    """Start, header sum, frame sum and end are told apart at every byte."""
    for place in PLACES[reason]:
        for flip in (0x01, 0x80, 0xFF):
            spoilt = bytearray(FRAME)
            spoilt[place] ^= flip
            assert _refusal(bytes(spoilt), parse_link).reason == reason
            with pytest.raises(dlt698.Dlt698Error):
                decode_frame(bytes(spoilt))


@pytest.mark.parametrize("bits", [0x4000, 0x8000, 0xC000])
def test_the_reserved_bits_of_the_length_are_refused(bits: int) -> None:
    """A later edition counts kilobytes with one of them; no right sum makes it a frame here."""
    spoilt = _with_length(FRAME, len(FRAME) - 2 | bits)
    assert _refusal(spoilt, parse_link).reason == "bad_length"
    (garbage,) = Receiver().receive(spoilt)
    assert isinstance(garbage, Garbage)
    assert garbage.reason == "bad_length"


def _with_length(frame: bytes, length: int) -> bytes:
    """Give the frame another L, with a header sum and a frame sum that fit."""
    header = length.to_bytes(2, "little") + frame[3 : DATA_BEGIN - 2]
    body = header + _sum_of(header) + frame[DATA_BEGIN:-3]
    return b"\x68" + body + _sum_of(body) + b"\x16"


def _sum_of(octets: bytes) -> bytes:
    return dlt698.codec.crc16(octets).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("change", "reason"), [(1, "truncated"), (200, "truncated"), (-1, "trailing_bytes"), (-5, "trailing_bytes")]
)
def test_a_length_that_is_not_the_frames_is_refused(change: int, reason: str) -> None:
    """With sums that fit, one byte too many is waited for, one too few leaves a byte over."""
    assert _refusal(_with_length(FRAME, len(FRAME) - 2 + change), parse_link).reason == reason


@pytest.mark.parametrize("change", [1, -1, -4])
def test_a_wrong_length_costs_the_stream_its_own_frame_only(change: int) -> None:
    """A frame behind one whose L is wrong is delivered, however its sums fit."""
    receiver = Receiver()
    events = receiver.receive(_with_length(FRAME, len(FRAME) - 2 + change) + FRAME * 2)
    assert [event.raw for event in events if isinstance(event, FrameReceived)] == [FRAME] * 2


@pytest.mark.parametrize("length", [0, 9, 10, 14])
def test_a_length_below_its_address_is_refused(length: int) -> None:
    """L counts at least its own header, whatever the sums say."""
    assert _refusal(_with_length(FRAME, length), parse_link).reason == "bad_length"


@given(st.binary(max_size=60), st.lists(st.sampled_from([b"\x16", b"\x68", b"\xfe", FRAME]), max_size=4))
def test_bytes_of_the_envelope_inside_are_content(data: bytes, marks: list[bytes]) -> None:
    """68H, 16H, FEH and even whole frames inside of a frame neither end nor begin one."""
    raw = build_link(LinkFrame(REQUEST, Address.single("681616686816"), 0x68, b"".join([data, *marks])))
    receiver = Receiver()
    (event,) = receiver.receive(raw)
    assert isinstance(event, FrameReceived)
    assert event.raw == raw
    assert not receiver.pending


@given(st.integers(0, 12), st.sampled_from([LINK_REQUEST, REQUEST, RESPONSE]))
def test_preambles_belong_to_no_frame(count: int, control: Any) -> None:
    """Any number of FEH before a frame is told apart from it."""
    raw = build_link(LinkFrame(control, METER, 0, b"\x05\x01"))
    events = Receiver().receive(b"\xfe" * count + raw)
    dropped = [event.data for event in events if isinstance(event, Garbage)]
    assert dropped == ([b"\xfe" * count] if count else [])
    assert isinstance(events[-1], FrameReceived)
    assert events[-1].raw == raw


@given(st.binary(max_size=20), st.binary(max_size=20), st.sampled_from([-3, -2, -1]))
def test_a_frame_inside_of_a_broken_one_is_found(before: bytes, behind: bytes, spoilt: int) -> None:
    """A wrong sum or end costs one byte only: what looked like content may be the frame that was sent."""
    broken = bytearray(build_link(LinkFrame(RESPONSE, METER, 16, before.replace(b"\x68", b"") + FRAME + behind)))
    broken[spoilt] ^= 0x5A
    receiver = Receiver()
    events = receiver.receive(bytes(broken))
    while receiver.pending:
        events += receiver.give_up()
    assert FRAME in [event.raw for event in events if isinstance(event, FrameReceived)]


@given(st.binary(max_size=200))
def test_any_content_travels(data: bytes) -> None:
    """A frame sealed by other hands around any content is the frame that we build around it."""
    raw = sealed_698(data)
    assert build_link(parse_link(raw)) == raw
