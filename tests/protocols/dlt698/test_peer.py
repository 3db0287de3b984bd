"""The same bytes through an independent implementation, PyPI ``dlt698`` (a C++ core), in both directions and by value.

Each of its objects is turned into ours (`peer`), so that not only bytes are compared but what each program understood.
Where it refuses what we read, `DISAGREEMENTS` says why; there is nothing that it reads and we refuse.
"""

from collections.abc import Iterator
from dataclasses import replace

import dlt698
import pytest
from dlt698.codec import (
    FrameStreamDecoder,
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
from dlt698.protocol import link
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    REQUEST,
    Address,
    AddressKind,
    Apdu,
    Control,
    DataType,
    Fragment,
    Fragmenter,
    FragmentKind,
    FrameReceived,
    LinkFrame,
    Reassembler,
    Receiver,
    SecurityRequest,
    SecurityResponse,
    Value,
    build_apdu,
    build_data,
    build_fragment,
    build_link,
    parse_apdu,
    parse_data,
    parse_fragment,
    parse_link,
)
from protocols.dlt698.wire.link import x25
from protocols.errors import RemoteProtocolError
from tests.fuzz.drawn import sealed_698
from tests.protocols.dlt698.examples import APDUS, VALUES
from tests.protocols.dlt698.peer import ours
from tests.protocols.dlt698.strategies import CLASSES, TAME, VECTORS, good_frames

SECURED = (SecurityRequest.tag, SecurityResponse.tag)
DISAGREEMENTS = {
    "invalid_length: non-minimal length": (
        "85 01 01 20210200 01 09 820002 0102 0000",
        "meters pad lengths; a decoder takes all of them (A-XDR allows it)",
    ),
    "invalid_value: PIID reserved bit": ("05 01 41 00100200 00", "a reserved bit is no reason to lose a frame"),
    "invalid_value: TI unit": (
        "05 01 01 00100200 01 07E80514081E00 06 0001",
        "a TimeTag of unknown unit is invalid, which the server says by DAR 32",
    ),
    "invalid_value: TSA length": (
        "09 01 01 003C 01 00 001E 01 00100200 00",
        "an address that is not given is empty in the field; the outer length is the truth",
    ),
    "invalid_value: TSA address length": (
        "85 01 01 202A0200 01 55 07 06000032456789 0000",
        "the inner length of a TSA may disagree with the outer one, which is the truth",
    ),
    "invalid_value: MD5 length": ("85 06 01 00100200 01 01 61 0000", "a digest of another length is no digest of ours"),
    "invalid_value: COMDCB": ("09 07 01 F2010201 0B 02 08 01 00 000A 00C8 00 00", "later bauds are codes above 10"),
    "invalid_value: MS Region type/boundary": (
        "05 03 01 60120300 0A 01 07 01 02 11 01 12 0002 00 00",
        "bounds of any type are kept; the server judges them",
    ),
    "invalid_value: password visible-string": (
        "02 01 0016" + "00" * 24 + "0400 0800 01 1F40 00001C20 01 02 FFFE 00",
        "bytes that are no ASCII survive as Latin-1",
    ),
    "invalid_value: visible-string character": (
        "85 01 01 41030200 01 0A 02 B5E7 0000",
        "makers write Chinese into asset codes; the bytes survive as Latin-1",
    ),
    "invalid_value: UTF8-string": ("85 01 01 20210200 01 0C 02 FFFE 0000", "bytes that are no UTF-8 survive"),
    "invalid_value: boolean": ("85 01 01 20210200 01 03 FF 0000", "anything but 0 is true"),
    "invalid_value: bit-string padding": ("85 01 01 20210200 01 04 04 FF 0000", "what pads a byte means nothing"),
    "invalid_value: last block": ("85 05 01 FF 0001 01 00 0000", "a bool: anything but 0 is true"),
    "invalid_value: nonfinal DAR block": ("85 05 01 00 0001 00 0A 0000", "a server that gives up says so at any block"),
    "invalid_value: RELEASE result": ("83 01 09 0000", "a result without a name is kept as its number"),
    "invalid_value: CONNECT result": (
        "82 01" + "20" * 32 + "0016" + "00" * 24 + "0400 0800 01 1F40 00001C20 44 00 0000",
        "a result without a name is kept as its number",
    ),
    "invalid_value: ERROR type": ("EE 01 09 0000", "an error without a name is kept as its number"),
    "invalid_value: LINK result": ("81 01 04" + "07E8051401081E000000" * 3, "a result without a name is kept"),
    "invalid_value: zero proxy timeout": (
        "09 01 01 0000 01 07 05000032456789 001E 01 00100200 00",
        "0 is the concentrator's own time-out",
    ),
}
"""What it says to bytes that we read: an APDU of the kind, and why we read it."""

LINK_DISAGREEMENTS = {
    "invalid_value: control bits/function": "a reserved bit or an unknown function is no reason to lose a frame's APDU",
    "invalid_value: broadcast address": "AF says that everybody is meant, whatever the address behind it",
}
"""What it says to whole frames that we read, and why we read them."""

controls = st.sampled_from(
    [Control.of(prm | kind) for prm in (0x43, 0xC3, 0x81, 0x01, 0x83, 0x03) for kind in (0, 0x08, 0x20, 0x28)]
)
octets = st.binary(min_size=1, max_size=16)
addresses = (
    st.builds(Address, st.sampled_from([AddressKind.SINGLE, AddressKind.GROUP]), octets, st.integers(0, 3))
    | st.text("0123456789A", min_size=2, max_size=32).map(Address.wildcard)
    | st.just(Address.broadcast())
)
frames = st.builds(LinkFrame, controls, addresses, st.integers(0, 255), st.binary(min_size=2, max_size=300))


def _read_by_peer(octets: bytes) -> tuple[Apdu, bytes]:
    """Give what they understand, and how they write that."""
    if octets[:1] in {bytes([tag]) for tag in SECURED}:
        secured = decode_security(octets)
        return ours(secured), encode_security(secured)
    theirs = decode_apdu(octets)
    return ours(theirs), encode_apdu(theirs)


def _their_words(refusal: dlt698.Dlt698Error) -> str:
    return str(refusal).partition(" (")[0]


@given(st.binary(max_size=300))
def test_check_sums_agree(octets: bytes) -> None:
    """HCS and FCS are the same CRC."""
    assert x25(octets) == crc16(octets)


@given(frames)
@example(LinkFrame(REQUEST, Address.broadcast(), 16, b"\x05\x01"))
def test_link_frames_agree(frame: LinkFrame) -> None:
    """Every kind of address of 1 to 16 bytes, scrambled, fragmented or plain: same content, same bytes."""
    raw = build_link(frame)
    theirs = decode_frame(raw)
    assert theirs.payload == frame.user_data
    assert (theirs.client, theirs.control) == (frame.client, frame.control.octet)
    assert theirs.server.bytes == frame.address.octets[::-1]
    assert (int(theirs.server.type), theirs.server.logical) == (frame.address.kind, frame.address.logical_bits)
    assert encode_frame(theirs) == raw


@given(frames)
def test_we_read_the_link_frames_that_the_peer_builds(frame: LinkFrame) -> None:
    """A frame made of its parts by the peer is the same frame with us."""
    server = link.ServerAddress(
        bytes=frame.address.octets[::-1],
        logical=frame.address.logical_bits,
        type=link.AddressType(int(frame.address.kind)),
    )
    theirs = link.Frame(client=frame.client, control=frame.control.octet, payload=frame.user_data, server=server)
    assert parse_link(encode_frame(theirs)) == frame


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=40))
@example(bytes.fromhex("5305 000000000001 10 0501"))
@example(bytes.fromhex("43C0 BB 10 0501"))
def test_any_frame_with_right_sums_is_taken_alike(data: bytes) -> None:
    """Whatever control field, address and content are, both find the same in it, but for what is stated."""
    raw = sealed_698(data)
    mine = parse_link(raw)
    try:
        theirs = decode_frame(raw)
    except dlt698.Dlt698Error as refusal:
        if _their_words(refusal) not in LINK_DISAGREEMENTS:
            raise
        return
    assert (theirs.payload, theirs.control) == (mine.user_data, mine.control.octet)
    assert (theirs.server.bytes, theirs.server.logical) == (mine.address.octets[::-1], mine.address.logical_bits)


@pytest.mark.parametrize("apdu", APDUS, ids=lambda apdu: type(apdu).__name__)
def test_filled_apdus_agree(apdu: Apdu) -> None:
    """The peer finds the same values in every class filled to the last field, and writes the same bytes."""
    octets = build_apdu(replace(apdu, piid=replace(apdu.piid, acd=False)) if apdu.tag == 238 else apdu)  # type: ignore[attr-defined,call-arg]
    theirs, again = _read_by_peer(octets)
    assert theirs == parse_apdu(octets)
    assert again == octets


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(st.data())
def test_drawn_apdus_agree(cls: type[Apdu], data: st.DataObject) -> None:
    """The peer finds our values in whatever we build of every class, and writes the same bytes."""
    apdu = data.draw(TAME.apdus(cls))
    octets = build_apdu(apdu)
    try:
        theirs, again = _read_by_peer(octets)
    except dlt698.Dlt698Error as refusal:
        assume(_their_words(refusal) not in DISAGREEMENTS)
        raise
    assert theirs == apdu
    assert again == octets
    assert parse_apdu(again) == theirs


@pytest.mark.parametrize("kind", DataType)
def test_there_is_a_value_of_every_type(kind: DataType) -> None:
    """What the next test compares is complete."""
    assert kind in {value.type for value in VALUES}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.type.name)
def test_values_agree(value: Value) -> None:
    """Numbers, texts, bits, moments, descriptors, selections: the peer finds the same in the same bytes."""
    octets = build_data(value)
    theirs = decode_data(octets)
    assert ours(theirs) == value
    assert encode_data(theirs) == octets


@given(TAME.datas)
def test_drawn_data_agree(value: Value) -> None:
    """The same for containers of anything."""
    octets = build_data(value)
    theirs = decode_data(octets)
    assert ours(theirs) == parse_data(octets) == value
    assert encode_data(theirs) == octets


@pytest.mark.parametrize("words", DISAGREEMENTS)
def test_every_disagreement_is_as_stated(words: str) -> None:
    """The peer refuses these bytes in these words, and we read them and write them back."""
    octets = bytes.fromhex(DISAGREEMENTS[words][0])
    with pytest.raises(dlt698.Dlt698Error) as refused:
        _read_by_peer(octets)
    assert _their_words(refused.value) == words
    apdu = parse_apdu(octets)
    assert parse_apdu(build_apdu(apdu)) == apdu


apdus_of_vectors = [
    parse_link(bytes.fromhex(vector["hex"])).user_data for vector in VECTORS if "apdu" in vector["decoded"]
]


@settings(max_examples=400)
@given(st.sampled_from([*apdus_of_vectors, *map(build_apdu, APDUS)]), st.data())
def test_tampered_apdus_are_taken_alike(octets: bytes, data: st.DataObject) -> None:
    """Of bytes that were tampered with, what the peer reads we read as the same, what we refuse it refuses."""
    tampered = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 3))):
        tampered[data.draw(st.integers(1, len(octets) - 1))] = data.draw(st.integers(0, 12) | st.integers(0, 255))
    try:
        theirs, again = _read_by_peer(bytes(tampered))
    except dlt698.Dlt698Error as refusal:
        words = _their_words(refusal)
        if words not in DISAGREEMENTS:
            with pytest.raises(RemoteProtocolError):
                parse_apdu(bytes(tampered))
        return
    apdu = parse_apdu(bytes(tampered))
    assert repr(apdu) == repr(parse_apdu(again))
    assert build_apdu(apdu) == build_apdu(theirs) == again


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


noises = st.binary(max_size=20) | st.just(b"\xfe" * 4) | st.just(b"\x68" * 3)


@given(st.lists(frames.map(build_link) | noises, max_size=6), st.integers(1, 40))
def test_streams_hold_the_same_frames(parts: list[bytes], step: int) -> None:
    """Out of frames, preambles and noise, in pieces of any size, both take the same frames."""
    stream = b"".join(parts)
    decoder, receiver = FrameStreamDecoder(), Receiver()
    theirs: list[bytes] = []
    mine: list[bytes] = []
    for at in range(0, len(stream), step):
        piece = stream[at : at + step]
        theirs += [encode_frame(found) for found in decoder.feed(piece) if isinstance(found, link.Frame)]
        mine += [event.raw for event in receiver.receive(piece) if isinstance(event, FrameReceived)]
    assume(not decoder.buffered_size)  # it reports a bad length before the rest of the frame is there, we wait for that
    assert mine == theirs


pieces = st.builds(Fragment, st.sampled_from(FragmentKind), st.integers(0, 4095), st.binary(min_size=1, max_size=20))


@given(pieces)
def test_fragments_agree(fragment: Fragment) -> None:
    """Word and piece lie in the same places; an acknowledgement has no piece."""
    if fragment.kind is FragmentKind.ACKNOWLEDGE:
        fragment = replace(fragment, piece=b"")
    octets = build_fragment(fragment)
    theirs = link.decode_fragment(octets)
    assert (int(theirs.type), theirs.sequence, theirs.data) == (fragment.kind, fragment.sequence, fragment.piece)
    assert link.encode_fragment(theirs) == octets


long_apdus = st.sampled_from([octets for octets in map(build_apdu, APDUS) if len(octets) > 60])


@given(long_apdus, st.integers(1, 59))
def test_the_peer_joins_what_we_cut(octets: bytes, size: int) -> None:
    """Each of our pieces is acknowledged by the peer with its number, until it holds the APDU."""
    fragmenter = Fragmenter(LinkFrame(REQUEST, Address.single("210000123456"), 16, octets), size)
    reassembler = link.LinkReassembler(65536)
    frame = fragmenter.current
    while True:
        took = reassembler.accept(link.decode_fragment(frame.user_data))
        if took.apdu is not None:
            break
        acknowledgement = build_fragment(Fragment(FragmentKind.ACKNOWLEDGE, took.acknowledge or 0))
        following = fragmenter.acknowledged(replace(frame, user_data=acknowledgement))
        assert following is not None
        frame = following
    assert fragmenter.done
    assert took.apdu == octets


def _cut_by_peer(octets: bytes, size: int) -> Iterator[link.Fragment]:
    fragmenter = link.LinkFragmenter(octets, size, 65536)
    yield fragmenter.current()
    while int(fragmenter.current().type) != FragmentKind.LAST:
        fragmenter.acknowledge(fragmenter.current().sequence)
        yield fragmenter.current()


@given(long_apdus, st.integers(3, 59))
def test_we_join_what_the_peer_cuts(octets: bytes, size: int) -> None:
    """Each of its pieces is acknowledged by us with its number, until we hold the APDU."""
    reassembler = Reassembler()
    control = replace(REQUEST, fragmented=True)
    for piece in _cut_by_peer(octets, size):
        taken = reassembler.take(LinkFrame(control, Address.single("210000123456"), 16, link.encode_fragment(piece)))
        if taken.acknowledge is not None:
            assert parse_fragment(taken.acknowledge.user_data).sequence == piece.sequence
    assert taken.complete is not None
    assert taken.complete.user_data == octets
