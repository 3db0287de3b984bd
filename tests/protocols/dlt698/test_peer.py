"""The same bytes through an independent implementation, PyPI ``dlt698``, in both directions.

It refuses values that the standard reserves and lengths longer than needed, where we keep what a device says;
such draws are passed over.
"""

import dlt698
import pytest
from dlt698.codec import (
    crc16,
    decode_apdu,
    decode_data,
    decode_frame,
    decode_security,
    encode_apdu,
    encode_data,
    encode_frame,
    encode_security,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    Address,
    Apdu,
    Control,
    LinkFrame,
    SecurityRequest,
    SecurityResponse,
    Value,
    build_apdu,
    build_data,
    build_link,
    parse_apdu,
    parse_data,
    parse_link,
)
from protocols.dlt698.wire.link import x25
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import CLASSES, TAME, VECTORS, good_frames

CONTROLS = [Control.of(octet) for octet in (0x43, 0xC3, 0x81, 0x01, 0x83, 0x03, 0x4B, 0xCB)]
frames = st.builds(
    LinkFrame,
    st.sampled_from(CONTROLS),
    st.binary(min_size=1, max_size=16).map(bytes.hex).map(Address.single),
    st.integers(0, 255),
    st.binary(min_size=1, max_size=300),
)
apdus_of_vectors = [
    parse_link(bytes.fromhex(vector["hex"])).user_data
    for vector in VECTORS
    if "apdu" in vector["decoded"] and "SECURITY" not in vector["decoded"]["apdu"]["service"]
]


def _reencoded(octets: bytes, cls: type[Apdu]) -> bytes:
    try:
        if cls in {SecurityRequest, SecurityResponse}:
            return encode_security(decode_security(octets))
        return encode_apdu(decode_apdu(octets))
    except dlt698.Dlt698Error as refusal:
        assume("invalid_value" not in str(refusal))
        raise


@given(st.binary(max_size=300))
def test_check_sums_agree(octets: bytes) -> None:
    """HCS and FCS are the same CRC."""
    assert x25(octets) == crc16(octets)


@given(frames)
def test_link_frames_agree(frame: LinkFrame) -> None:
    """The peer reads our frames, finds the same content, and writes the same bytes."""
    raw = build_link(frame)
    theirs = decode_frame(raw)
    assert theirs.payload == frame.user_data
    assert theirs.client == frame.client
    assert theirs.server.bytes == frame.address.octets[::-1]
    assert encode_frame(theirs) == raw


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(st.data())
def test_apdus_agree(cls: type[Apdu], data: st.DataObject) -> None:
    """The peer reads what we build of every class and writes the same bytes."""
    octets = build_apdu(data.draw(TAME.apdus(cls)))
    assert _reencoded(octets, cls) == octets


@given(TAME.datas)
def test_data_agree(value: Value) -> None:
    """The peer reads what we build of every type and writes the same bytes."""
    octets = build_data(value)
    assert encode_data(decode_data(octets)) == octets
    assert parse_data(octets) == value


@given(st.sampled_from(apdus_of_vectors), st.data())
def test_what_the_peer_reads_we_read(octets: bytes, data: st.DataObject) -> None:
    """Of bytes that were tampered with, whatever the peer still understands we understand alike."""
    tampered = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 3))):
        tampered[data.draw(st.integers(2, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        theirs = encode_apdu(decode_apdu(bytes(tampered)))
    except dlt698.Dlt698Error:
        return
    ours = parse_apdu(bytes(tampered))
    assert build_apdu(ours) == theirs


@given(st.sampled_from(good_frames), st.data())
def test_frames_with_wrong_bits_are_refused_by_both(raw: bytes, data: st.DataObject) -> None:
    """Neither side takes a frame whose sum is wrong."""
    broken = bytearray(raw)
    at = data.draw(st.integers(1, len(raw) - 2))
    broken[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(dlt698.Dlt698Error):
        decode_frame(bytes(broken))
    with pytest.raises(RemoteProtocolError):
        parse_link(bytes(broken))
