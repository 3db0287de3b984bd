"""Promises of the whole protocol: nothing but `ProtocolError` comes out, memory is bounded, no damaged byte passes."""

import gc
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import inspect
from protocols.dlt645 import (
    DI,
    Edition,
    Frame,
    FrameReceived,
    Identifier,
    MasterSession,
    Receiver,
    SlaveSession,
    build_frame,
    build_message,
    find,
    parse_first,
    parse_frame,
    parse_message,
    profiles,
    read_payload,
    write_payload,
)
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.values import Faulty
from protocols.dlt645.wire.frame import MAX_SIZE
from protocols.errors import ProtocolError, RemoteProtocolError
from tests.fuzz.drawn import sealed
from tests.fuzz.lines import METER
from tests.fuzz.targets import TARGETS
from tests.protocols.dlt645.strategies import frames

HOSTILE = {
    "wake-up bytes": b"\xfe" * 1024,
    "start bytes": b"\x68" * 1024,
    "heads that announce most": (bytes.fromhex("68000000000000 68 91 FF") * 103)[:1024],
    "frames with a wrong checksum": sealed(bytes(260))[:-2].ljust(1024, b"\x00"),
    "end bytes": b"\x16" * 1024,
}
"""A kilobyte each of what costs most."""
MEGABYTES = 1 << 20
KILOBYTES = 1 << 10


@given(st.sampled_from(sorted(TARGETS)), st.binary(max_size=400))
def test_any_bytes_are_understood_or_refused(name: str, data: bytes) -> None:
    """Every target of the fuzzer holds for any bytes: parsers, tables, sessions, inspector, texts."""
    TARGETS[name](data)


@given(frames, st.data())
def test_one_changed_byte_is_always_noticed(frame: Frame, data: st.DataObject) -> None:
    """A frame with one byte changed is refused: by its sum, its length, or what must stand where it stands."""
    raw = bytearray(build_frame(frame, wakeup=0))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    if place == 0 and raw[0] == 0xFE:
        raw[0] ^= 0x01  # FEH in front is a wake-up byte and no damage to the frame behind it
    with pytest.raises(RemoteProtocolError) as caught:
        parse_frame(bytes(raw))
    assert caught.value.reason in {"no_start", "second_start", "truncated", "checksum", "end_byte", "trailing"}


@given(frames.filter(lambda frame: len(frame.data) > 1), st.data())
def test_two_changes_that_cancel_are_not(frame: Frame, data: st.DataObject) -> None:
    """CS is a sum: what one byte of data wins and another loses passes, hence a command is always read back."""
    raw = bytearray(build_frame(frame, wakeup=0))
    first, second = data.draw(st.lists(st.integers(10, len(raw) - 3), min_size=2, max_size=2, unique=True))
    raw[first], raw[second] = (raw[first] + 1) & 0xFF, (raw[second] - 1) & 0xFF
    assert parse_frame(bytes(raw)) != frame


@given(frames, st.data())
def test_a_damaged_frame_hides_no_good_one(frame: Frame, data: st.DataObject) -> None:
    """Behind a frame of which one byte changed, the receiver finds its repetition once the line is quiet."""
    raw = build_frame(frame, wakeup=0)
    spoiled = bytearray(raw)
    spoiled[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    receiver = Receiver()
    events = receiver.receive(bytes(spoiled)) + receiver.quiet() + receiver.receive(raw)
    assert [event.frame for event in events if isinstance(event, FrameReceived)][-1:] == [frame]


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_item_decodes_and_encodes_in_every_profile(name: str) -> None:
    """Zeros, digits, FFH and no digits at all: each reads in each item that can be so long, and writes back alike."""
    profile = profiles()[name]
    for di in {*table(), *map(DI, profile.rows)}:
        row = find(di, profile)
        assert row is not None
        read = 0
        for length in _lengths(row):
            for fill in (b"\x00", b"\x12", b"\xff", b"\xab"):
                try:
                    values = read_payload(di, fill * length, profile).values
                except ProtocolError:
                    continue
                read += 1
                assert read_payload(di, write_payload(di, *values, profile=profile), profile).values == values
                assert fill != b"\xab" or not any(_is_number(value) for value in values)
        assert read or row.layout.walk is not None, f"{di} reads at no length"


def _lengths(row: Identifier) -> list[int]:
    """Lengths to try: the one of an item that has one, a few others for the rest."""
    size = row.layout.rows[0].size
    return [size] if size is not None else list(range(41))


def _is_number(value: object) -> bool:
    return not isinstance(value, Faulty | bytes | str | DI) and hasattr(value, "is_signed")


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize(
    "take",
    [
        pytest.param(lambda: Receiver().receive, id="receiver"),
        pytest.param(lambda: MasterSession().receive, id="master"),
        pytest.param(lambda: SlaveSession(METER).receive, id="slave"),
        pytest.param(lambda: inspect.Cutter().take, id="cutter"),
    ],
)
def test_a_hostile_line_fills_no_memory(hostile: bytes, take: Callable[[], Callable[[bytes], object]]) -> None:
    """Twenty kilobytes of the worst bytes leave less behind than they are, and need little on the way."""
    receive = take()
    for _ in range(5):
        receive(hostile)
    tracemalloc.start()
    for _ in range(20):
        receive(hostile)
    gc.collect()
    left, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 16 * KILOBYTES
    assert peak < 512 * KILOBYTES


def test_one_parser_call_looks_at_one_frame() -> None:
    """A megabyte behind a frame is not copied to say where that frame ends."""
    frame = sealed(bytes(20))
    line = frame + bytes(MEGABYTES)
    parse_first(line)
    tracemalloc.start()
    _, end = parse_first(line)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert end == len(frame)
    assert peak < 64 * KILOBYTES + 2 * MAX_SIZE


def test_what_is_remembered_of_frames_is_bounded() -> None:
    """Twenty thousand meters and items later, what is kept for speed has not grown past a few megabytes."""
    tracemalloc.start()
    for number in range(20_000):
        wire = number.to_bytes(3, "little") + bytes(3)
        data = b"\x91" + number.to_bytes(4, "little")
        parse_message(parse_frame(sealed(wire + data)))
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 8 * MEGABYTES


@given(frames, st.sampled_from(Edition))
def test_what_is_understood_is_said_again(frame: Frame, edition: Edition) -> None:
    """A message of any frame builds back to the frame's data field and address, in either edition."""
    try:
        message = parse_message(frame, edition)
    except RemoteProtocolError:
        return
    again = build_message(frame.address, message)
    assert (again.address, again.data) == (frame.address, frame.data)
