"""The link frame: layout, check sums, addresses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import Address, AddressKind, LinkFrame, build_link, parse_link
from protocols.dlt698.wire.link import LINK_REQUEST, REPORT, REQUEST, RESPONSE, frame_size, x25
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.protocols.dlt698.strategies import good_frames, link_frames

CONCENTRATOR = Address.single("210000123456")


@given(link_frames)
def test_a_built_frame_reads_back(frame: LinkFrame) -> None:
    """Every control field, address and content, scrambled or not, survives; the header tells the size."""
    raw = build_link(frame)
    assert parse_link(raw) == frame
    assert frame_size(raw) == len(raw)


@given(link_frames)
def test_the_layout_on_the_wire_is_the_standards(frame: LinkFrame) -> None:
    """L counts all but 68H and 16H, SA goes lowest byte first, 33H scrambles, both sums close on F0B8H."""
    raw = build_link(frame)
    size = len(frame.address.octets)
    assert (raw[0], raw[-1]) == (0x68, 0x16)
    assert int.from_bytes(raw[1:3], "little") == len(raw) - 2
    assert raw[5 : 5 + size] == frame.address.octets[::-1]
    content = bytes((octet + 0x33 * frame.control.scrambled) % 256 for octet in frame.user_data)
    assert raw[8 + size : -3] == content
    assert _residue(raw[1 : 8 + size]) == _residue(raw[1:-1]) == 0xF0B8


def _residue(octets: bytes) -> int:
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 * (crc & 1)
    return crc


def test_the_check_sum_is_crc_16_x25() -> None:
    """The catalogue's check value."""
    assert x25(b"123456789") == 0x906E


@given(st.sampled_from(good_frames), st.data())
def test_a_burst_of_wrong_bits_is_never_taken_for_a_frame(raw: bytes, data: st.DataObject) -> None:
    """Any change within two neighbouring bytes is found."""
    broken = bytearray(raw)
    at = data.draw(st.integers(0, len(raw) - 2))
    broken[at] ^= data.draw(st.integers(0, 255))
    broken[at + 1] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError):
        parse_link(bytes(broken))


@given(st.binary(max_size=60).map(lambda tail: b"\x68" + tail) | st.binary(max_size=60))
def test_arbitrary_bytes_are_a_frame_or_a_protocol_error(octets: bytes) -> None:
    """Nothing else escapes."""
    try:
        frame = parse_link(octets)
    except ProtocolError:
        return
    assert build_link(frame) == octets


@given(st.sampled_from(good_frames), st.data())
def test_a_cut_frame_is_truncated_and_a_longer_one_has_trailing_bytes(raw: bytes, data: st.DataObject) -> None:
    """The two are told apart, with how many bytes are missing once the length is known."""
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(RemoteProtocolError) as caught:
        parse_link(raw[:cut])
    assert caught.value.reason == "truncated"
    assert caught.value.missing in {None, len(raw) - cut} or cut < 24
    with pytest.raises(RemoteProtocolError, match="trailing_bytes: "):
        parse_link(raw + b"\x16")


@pytest.mark.parametrize("length", [0, 9, 13, 0x4017, 0x8017])
def test_lengths_that_cannot_be_are_refused(length: int) -> None:
    """L below its address's minimum, and the reserved bits of the later edition."""
    raw = bytearray(build_link(LinkFrame(REQUEST, CONCENTRATOR, 16, bytes(8))))
    raw[1:3] = length.to_bytes(2, "little")
    with pytest.raises(RemoteProtocolError, match="bad_length: "):
        parse_link(bytes(raw))


def test_more_data_than_a_frame_holds_is_our_own_error() -> None:
    """The longest content builds, one byte more asks for fragments."""
    room = 0x3FFF - 9 - 6
    longest = LinkFrame(RESPONSE, CONCENTRATOR, 16, bytes(room))
    assert len(build_link(longest)) == 0x3FFF + 2
    with pytest.raises(LocalProtocolError, match="fragment"):
        build_link(replace(longest, user_data=bytes(room + 1)))


def test_control_fields_are_the_standards() -> None:
    """43, C3, 81 and 83 are a request, its response, a login and a report; reversing turns DIR alone."""
    assert [control.octet for control in (REQUEST, RESPONSE, LINK_REQUEST, REPORT)] == [0x43, 0xC3, 0x81, 0x83]
    assert REQUEST.reversed == RESPONSE


def test_addresses_are_told_apart_by_digits_and_logical_address() -> None:
    """The extended form of the later edition names the same device as the plain one."""
    plain = Address.single("000000000130", logical=1)
    extended = Address(AddressKind.SINGLE, bytes.fromhex("00000000013001"), 0b10)
    assert plain.key == extended.key == ("000000000130", 1)
    assert Address.extended_single("000000000130", 1) == extended
    assert Address.single("000000000130", 7).logical == 7
    assert Address.single("000000000130").key != plain.key


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        (Address.single("210000123456"), True),
        (Address.single("210000123457"), False),
        (Address.single("210000123456", 1), False),
        (Address.wildcard(), True),
        (Address.wildcard("2100001234AA"), True),
        (Address.wildcard("2200001234AA"), False),
        (Address.wildcard("AAAA"), False),
        (Address.broadcast(), True),
        (Address.group("000000000001"), False),
    ],
)
def test_a_device_knows_whether_it_is_meant(asked: Address, answers: bool) -> None:
    """Single by key, wildcard by digits, broadcast always; groups are the device's own matter."""
    assert asked.matches(CONCENTRATOR) is answers


@pytest.mark.parametrize("digits", ["", "12X4", "1" * 33])
def test_what_is_no_address_is_our_own_error(digits: str) -> None:
    """Digits are hex and 1 to 32 of them."""
    with pytest.raises(LocalProtocolError, match="server address"):
        Address.single(digits)
