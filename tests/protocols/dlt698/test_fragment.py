"""Long APDUs in pieces: nothing is lost, doubled or mixed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    REQUEST,
    RESPONSE,
    Address,
    Fragment,
    Fragmenter,
    FragmentKind,
    GetRecordResponse,
    LinkFrame,
    Reassembler,
    Taken,
    build_fragment,
    parse_apdu,
    parse_fragment,
    parse_link,
)
from protocols.dlt698.wire.link import REPORT
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt698.strategies import VECTORS

METER = Address.single("000032456789")
contents = st.binary(min_size=2, max_size=400)
controls = st.sampled_from([REQUEST, RESPONSE, REPORT, replace(RESPONSE, scrambled=True)])


def _piece(kind: FragmentKind, sequence: int, piece: bytes = b"x") -> LinkFrame:
    control = replace(RESPONSE, fragmented=True)
    return LinkFrame(control, METER, 16, build_fragment(Fragment(kind, sequence, piece)))


FIRST, MIDDLE, LAST = FragmentKind.FIRST, FragmentKind.MIDDLE, FragmentKind.LAST


@given(contents, st.integers(1, 100), controls)
def test_what_is_cut_is_joined_again(content: bytes, size: int, control: object) -> None:
    """Each piece is acknowledged with its number until the whole frame is there, as it was."""
    frame = LinkFrame(control, METER, 16, content)  # type: ignore[arg-type]  # drawn from control fields
    if len(content) <= size:
        with pytest.raises(LocalProtocolError, match="as it is"):
            Fragmenter(frame, size)
        return
    fragmenter, reassembler = Fragmenter(frame, size), Reassembler()
    piece = fragmenter.current
    while True:
        taken = reassembler.take(piece)
        if taken.complete is not None:
            break
        assert taken.acknowledge is not None
        assert taken.acknowledge.control == piece.control.reversed
        following = fragmenter.acknowledged(taken.acknowledge)
        assert following is not None
        piece = following
    assert taken.complete == frame
    assert fragmenter.done
    assert not reassembler.active


@given(contents, st.integers(1, 20), st.data())
def test_lost_acknowledgements_and_repeats_change_nothing(content: bytes, size: int, data: st.DataObject) -> None:
    """A piece sent again is acknowledged again and not appended."""
    content += bytes(2 * size)
    frame = LinkFrame(RESPONSE, METER, 16, content)
    fragmenter, reassembler = Fragmenter(frame, size), Reassembler()
    while not fragmenter.done:
        first = reassembler.take(fragmenter.current)
        for _ in range(data.draw(st.integers(0, 2))):
            assert reassembler.take(fragmenter.current) == Taken(first.acknowledge, repeated=True)
        assert first.acknowledge is not None
        fragmenter.acknowledged(first.acknowledge)
    assert reassembler.take(fragmenter.current).complete == frame


@pytest.mark.parametrize(
    "pieces",
    [
        [_piece(MIDDLE, 0)],
        [_piece(LAST, 0)],
        [_piece(FIRST, 1)],
        [_piece(FIRST, 0), _piece(MIDDLE, 2)],
        [_piece(FIRST, 0), _piece(MIDDLE, 1), _piece(MIDDLE, 0)],
        [_piece(FIRST, 0), _piece(LAST, 2)],
        [_piece(FragmentKind.ACKNOWLEDGE, 0, b"")],
    ],
)
def test_pieces_out_of_order_abort_the_transfer(pieces: list[LinkFrame]) -> None:
    """A gap or a piece without a beginning is refused, and nothing of it is kept."""
    reassembler = Reassembler()
    for piece in pieces[:-1]:
        reassembler.take(piece)
    with pytest.raises(RemoteProtocolError, match="bad_fragment: ") as caught:
        reassembler.take(pieces[-1])
    assert caught.value.found
    assert not reassembler.active
    with pytest.raises(RemoteProtocolError):
        reassembler.take(_piece(LAST, 1))


def test_a_new_first_piece_starts_again() -> None:
    """A sender that starts over is followed."""
    reassembler = Reassembler()
    reassembler.take(_piece(FIRST, 0, b"old"))
    reassembler.take(_piece(MIDDLE, 1, b"old"))
    reassembler.take(_piece(FIRST, 0, b"new "))
    complete = reassembler.take(_piece(LAST, 1, b"whole")).complete
    assert complete is not None
    assert complete.user_data == b"new whole"


def test_another_first_piece_is_no_repeat() -> None:
    """A transfer that was given up after its first piece leaves nothing in the one that follows it."""
    reassembler = Reassembler()
    reassembler.take(_piece(FIRST, 0, b"old "))
    reassembler.take(_piece(FIRST, 0, b"new "))
    complete = reassembler.take(_piece(LAST, 1, b"whole")).complete
    assert complete is not None
    assert complete.user_data == b"new whole"


def test_a_number_come_again_with_another_content_aborts() -> None:
    """It cannot be told which of the two belongs to the APDU."""
    reassembler = Reassembler()
    reassembler.take(_piece(FIRST, 0))
    reassembler.take(_piece(MIDDLE, 1, b"one"))
    with pytest.raises(RemoteProtocolError, match="out of order"):
        reassembler.take(_piece(MIDDLE, 1, b"other"))
    assert not reassembler.active


def test_numbers_go_round() -> None:
    """After 4095 comes 0 again, on both sides."""
    frame = LinkFrame(RESPONSE, METER, 16, bytes(range(256)) * 17)
    fragmenter, reassembler = Fragmenter(frame, 1), Reassembler()
    while not fragmenter.done:
        taken = reassembler.take(fragmenter.current)
        assert taken.acknowledge is not None
        fragmenter.acknowledged(taken.acknowledge)
    assert parse_fragment(fragmenter.current.user_data).sequence == (256 * 17 - 1) % 4096
    assert reassembler.take(fragmenter.current).complete == frame


def test_the_whole_is_bounded() -> None:
    """A sender without end is stopped."""
    reassembler = Reassembler(limit=10)
    reassembler.take(_piece(FIRST, 0, bytes(10)))
    with pytest.raises(RemoteProtocolError, match="exceed 10 bytes"):
        reassembler.take(_piece(MIDDLE, 1, b"x"))
    assert not reassembler.active


def test_pieces_without_content_end_too() -> None:
    """A sender of ever more empty pieces is stopped as well."""
    reassembler = Reassembler(limit=10)
    reassembler.take(_piece(FIRST, 0, b""))
    for number in range(1, 10):
        reassembler.take(_piece(MIDDLE, number, b""))
    with pytest.raises(RemoteProtocolError, match="exceed 10 bytes"):
        reassembler.take(_piece(MIDDLE, 10, b""))


def test_foreign_acknowledgements_move_nothing() -> None:
    """Only the acknowledgement of the current piece brings the next."""
    fragmenter = Fragmenter(LinkFrame(REQUEST, METER, 16, bytes(9)), 3)
    before = fragmenter.current
    assert fragmenter.acknowledged(_piece(FragmentKind.ACKNOWLEDGE, 1, b"")) is None
    assert fragmenter.acknowledged(_piece(MIDDLE, 0)) is None
    assert fragmenter.current == before


def test_reserved_bits_of_the_word_are_ignored() -> None:
    """Bits 12 and 13 are set by some devices."""
    assert parse_fragment(bytes.fromhex("0130AABB")) == Fragment(FIRST, 1, bytes.fromhex("AABB"))


def test_pieces_of_the_vectors_join_to_one_answer() -> None:
    """Three captured pieces and their acknowledgements are one record of three days."""
    raws = [bytes.fromhex(vector["hex"]) for vector in VECTORS if "fragment" in vector["decoded"]]
    reassembler = Reassembler()
    complete = None
    for raw, acknowledgement in zip(raws[::2], [*raws[1::2], None], strict=True):
        taken = reassembler.take(parse_link(raw))
        complete = taken.complete
        if acknowledgement is not None:
            assert taken.acknowledge == parse_link(acknowledgement)
    assert complete is not None
    apdu = parse_apdu(complete.user_data)
    assert isinstance(apdu, GetRecordResponse)
    assert isinstance(apdu.record.result, tuple)
    assert len(apdu.record.result) == 3


@pytest.mark.parametrize("size", [0, -1])
def test_pieces_carry_something(size: int) -> None:
    """A size below one byte is our own error."""
    with pytest.raises(LocalProtocolError, match="cannot carry"):
        Fragmenter(LinkFrame(REQUEST, METER, 16, bytes(9)), size)


def test_a_number_out_of_range_is_our_own_error() -> None:
    """Twelve bits are all there is."""
    with pytest.raises(LocalProtocolError, match="sequence 4096"):
        build_fragment(Fragment(FIRST, 4096))
