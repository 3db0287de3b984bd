"""Cutting bytes into frames of both dialects and what lies between."""

from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import build_frame
from protocols.inspect import Cutter, Dialect, Piece, cut
from tests.protocols.dlt645.strategies import frames, noise
from tests.protocols.inspect.test_inspect import ALL

GOOD = {
    dialect: [
        bytes.fromhex(vector["hex"])
        for of, vector in ALL
        if of == dialect
        and vector["decoded"]["valid"]
        and vector["direction"] != "stream"
        and "trailing" not in vector["decoded"]
    ]
    for dialect in Dialect
}
BROKEN = bytes.fromhex("6812907856341268910833333433896745335516")


def joined(pieces: list[Piece]) -> bytes:
    """Hold that pieces lie one behind the other; give their bytes."""
    at = 0
    for piece in pieces:
        assert piece.offset == at
        assert piece.data
        at += len(piece.data)
    return b"".join(piece.data for piece in pieces)


def test_frames_of_both_dialects_are_cut_out_of_one_line() -> None:
    """Back to back, in turns, with their wake-up bytes."""
    line = [raw for pair in zip(GOOD[Dialect.DLT645], GOOD[Dialect.DLT698], strict=False) for raw in pair]
    pieces = cut(b"".join(line))
    assert [piece.data for piece in pieces] == line
    assert {piece.dialect for piece in pieces} == set(Dialect)
    assert all(piece.is_frame for piece in pieces)


@given(st.lists(frames.map(lambda frame: build_frame(frame, wakeup=2)) | noise, max_size=6), st.data())
def test_the_parts_that_bytes_come_in_do_not_matter(stretches: list[bytes], data: st.DataObject) -> None:
    """The same frames, the same bytes between them, however the input is cut; nothing is lost."""
    raw = b"".join(stretches)
    whole = cut(raw)
    assert joined(whole) == raw
    cutter, pieces, at = Cutter(), [], 0
    while at < len(raw):
        size = data.draw(st.integers(1, len(raw) - at))
        pieces += cutter.take(raw[at : at + size])
        at += size
    pieces += cutter.end()
    assert joined(pieces) == raw
    assert [piece for piece in pieces if piece.is_frame] == [piece for piece in whole if piece.is_frame]


def test_a_broken_frame_between_good_ones_is_a_piece_of_its_own() -> None:
    """It is told apart from bytes that are no frame at all."""
    good = GOOD[Dialect.DLT645][0]
    pieces = cut(good + b"\x00\x11" + b"\xfe" + BROKEN + good)
    assert [piece.data for piece in pieces] == [good, b"\x00\x11", b"\xfe" + BROKEN, good]
    assert [(piece.is_frame, piece.is_broken) for piece in pieces] == [
        (True, False),
        (False, False),
        (False, True),
        (True, False),
    ]


def test_two_broken_frames_are_two_pieces() -> None:
    """Each begins where its two start bytes stand."""
    assert [piece.data for piece in cut(BROKEN + BROKEN)] == [BROKEN, BROKEN]


def test_no_noise_fills_the_memory() -> None:
    """Wake-up bytes and start bytes without end are handed out while they come."""
    for junk in (b"\xfe", b"\x68", b"\x00", b"\x68\xfe"):
        cutter, held = Cutter(), 0
        for _ in range(100):
            pieces = cutter.take(junk * 1000)
            held += len(junk) * 1000 - sum(len(piece.data) for piece in pieces)
            assert held < 24_000


def test_noise_behind_a_broken_frame_is_no_part_of_it() -> None:
    """A broken frame is as long as the longest at most; what is behind it is skipped by itself."""
    pieces = cut(BROKEN + bytes(1000))
    assert [(piece.is_broken, len(piece.data)) for piece in pieces] == [(True, 267), (False, 753)]
