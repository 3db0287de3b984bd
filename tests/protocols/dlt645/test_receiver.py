"""The receiver: the same frames, however the line cuts, merges and spoils them."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import Event, Frame, FrameReceived, Garbage, Receiver, build_frame, parse_first
from protocols.dlt645.wire.frame import accept
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt645.strategies import addresses, controls, frames, noise

quiet_noise = noise.map(lambda raw: raw.replace(b"\x68", b""))
"""Noise in which no frame can begin."""
wired = frames.map(lambda frame: build_frame(frame, wakeup=0))
broken = st.tuples(wired, st.integers(0, 300)).map(lambda drawn: drawn[0][: drawn[1] % len(drawn[0])])
spoiled = st.tuples(wired, st.integers(0, 300), st.integers(1, 255)).map(
    lambda drawn: bytes(
        byte ^ (drawn[2] if place == drawn[1] % len(drawn[0]) else 0) for place, byte in enumerate(drawn[0])
    )
)
nested = st.builds(Frame, addresses, controls, wired.filter(lambda raw: len(raw) <= 255)).map(build_frame)
salt = noise | wired | broken | spoiled | nested
"""All that a line can carry: frames, beginnings and spoiled copies of them, frames within frames, noise."""

WHOLE = bytes.fromhex("6861010000000068910733343535CC7C331616")


def run(pieces: Sequence[bytes], *, quiet: bool = False) -> tuple[list[Frame], bytes, bytes]:
    """Frames, garbage and what stays pending after the pieces have come in."""
    receiver = Receiver()
    events: list[Event] = []
    for piece in pieces:
        events += receiver.receive(piece)
    if quiet:
        events += receiver.quiet()
    found = [event.frame for event in events if isinstance(event, FrameReceived)]
    garbage = b"".join(event.data for event in events if isinstance(event, Garbage))
    return found, garbage, receiver.pending


def cut(line: bytes, places: Sequence[int]) -> list[bytes]:
    """The line in pieces, cut at places counted modulo its length."""
    bounds = [0, *sorted(place % (len(line) + 1) for place in places), len(line)]
    return [line[begin:end] for begin, end in pairwise(bounds)]


@given(st.lists(frames, max_size=4), st.lists(st.integers(0, 2000), max_size=8), st.integers(0, 5))
def test_a_clean_line_gives_its_frames_wherever_it_is_cut(sent: list[Frame], places: list[int], wakeup: int) -> None:
    """Frames cut and merged at any byte come out as they went in, without garbage."""
    line = b"".join(build_frame(frame, wakeup=wakeup) for frame in sent)
    assert run(cut(line, places)) == (sent, b"", b"")


@given(st.lists(noise | frames.map(build_frame), max_size=5), st.lists(st.integers(0, 2000), max_size=8))
def test_cutting_a_noisy_line_changes_nothing(parts: list[bytes], places: list[int]) -> None:
    """Noise between frames gives the same frames, garbage and rest in one piece as in many."""
    line = b"".join(parts)
    assert run(cut(line, places)) == run([line])


def searched(line: bytes) -> list[Frame]:
    """Frames that a search from the front finds, byte by byte, each tried by the declaration's own parser."""
    found: list[Frame] = []
    at = 0
    while at < len(line):
        try:
            frame = parse_first(line[at:])[0] if line[at] == 0x68 else None
        except RemoteProtocolError:
            frame = None
        found += [frame] if frame else []
        at += frame.size if frame else 1
    return found


@given(st.lists(salt, max_size=6), st.lists(st.integers(0, 3000), max_size=8))
def test_the_frames_are_those_of_a_search_from_the_front(parts: list[bytes], places: list[int]) -> None:
    """Frames, broken ones, ones in ones and noise: in any pieces, what is found is what the whole line holds."""
    line = b"".join(parts)
    found, garbage, pending = run(cut(line, places), quiet=True)
    assert found == searched(line)
    assert pending == b""
    assert len(garbage) + sum(frame.size for frame in found) <= len(line)


@given(st.lists(frames | quiet_noise, max_size=6), st.lists(st.integers(0, 3000), max_size=8))
def test_noise_without_a_start_byte_hides_nothing(parts: list[Frame | bytes], places: list[int]) -> None:
    """Salted between frames with whatever holds no 68H, a line gives every frame, without waiting for quiet."""
    line = b"".join(part if isinstance(part, bytes) else build_frame(part) for part in parts)
    assert run(cut(line, places))[0] == [part for part in parts if isinstance(part, Frame)]


@given(st.lists(st.tuples(salt, frames, st.lists(st.integers(0, 3000), max_size=3)), max_size=4))
def test_a_frame_behind_quiet_is_found(parts: list[tuple[bytes, Frame, list[int]]]) -> None:
    """Whatever was on the line before, a frame that begins after a silence comes out when its last byte is in."""
    receiver = Receiver()
    for before, frame, places in parts:
        receiver.receive(before)
        receiver.quiet()
        events = [event for piece in cut(build_frame(frame), places) for event in receiver.receive(piece)]
        assert [event.frame for event in events if isinstance(event, FrameReceived)] == [frame]
        assert receiver.pending == b""


HOSTILE = {
    "starts": b"\x68",
    "starts and ends": b"\x68\x16",
    "heads in heads": bytes.fromhex("68000000000000689104"),
    "longest heads": b"\x68" * 9 + b"\xff",
    "frames with a wrong sum": bytes.fromhex("68000000000000681104333333330016"),
    "wake-up bytes": b"\xfe",
    "wake-up bytes that wake nothing": b"\xfe" * 200 + b"\x00",
    "noise": bytes(range(256)),
}


@pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("piece", [1, 7, 1000, 1 << 16])
def test_hostile_lines_cost_no_more_than_their_length(
    pattern: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every start byte and every piece is looked at once, over no more than a frame, and what is kept stays short."""
    line = (pattern * (1 << 16))[: 1 << 16 if piece > 1 else 1 << 12]
    looks: list[int] = []

    def counted(window: bytes) -> Frame | None:
        looks.append(len(window))
        return accept(window)

    monkeypatch.setattr("protocols.dlt645.line.receiver.accept", counted)
    receiver = Receiver()
    for at in range(0, len(line), piece):
        receiver.receive(line[at : at + piece])
        assert len(receiver.pending) < 267 + 64
    receiver.quiet()
    pieces = -(-len(line) // piece)
    assert len(looks) <= line.count(0x68) + pieces + 1
    assert max(looks, default=0) <= 267


@given(noise, frames, noise)
def test_a_frame_survives_noise_around_it(before: bytes, frame: Frame, after: bytes) -> None:
    """A frame in the middle of noise is found, unless the noise itself forms a frame that swallows it."""
    raw = build_frame(frame, wakeup=0)
    found, garbage, pending = run([before, raw, after], quiet=True)
    swallowed = any(build_frame(other, wakeup=0) not in before + raw + after for other in found)
    assert not swallowed
    assert frame in found or any(other != frame for other in found)
    wakeups = (before + raw + after).count(0xFE)
    total = sum(other.size for other in found) + len(garbage) + len(pending)
    assert total <= len(before + raw + after) <= total + wakeups


@given(st.lists(noise, max_size=30))
def test_the_buffer_is_bounded(pieces: list[bytes]) -> None:
    """Whatever comes in, less than one frame and its wake-up bytes is kept."""
    receiver = Receiver()
    for piece in pieces:
        receiver.receive(piece)
        assert len(receiver.pending) < 267 + 64
    receiver.quiet()
    assert receiver.pending == b""


def test_endless_wakeup_bytes_do_not_fill_the_buffer() -> None:
    """A line of nothing but FEH keeps 64 of them and throws the rest away."""
    receiver = Receiver()
    for _ in range(100):
        receiver.receive(b"\xfe" * 100)
    assert receiver.pending == b"\xfe" * 64
    (event,) = receiver.receive(WHOLE)
    assert isinstance(event, FrameReceived)
    assert event.wakeup == 64


def test_garbage_is_told_with_its_gravest_reason() -> None:
    """Bytes before a frame come as one piece of garbage, named by the fault nearest to a frame."""
    spoiled = WHOLE[:-2] + b"\x17\x16"
    first, second = Receiver().receive(b"\x01\x02" + spoiled + WHOLE)
    assert first == Garbage(b"\x01\x02" + spoiled, "checksum")
    assert isinstance(second, FrameReceived)


def test_a_false_beginning_costs_one_byte() -> None:
    """A stray 68H in front of a frame is dropped alone."""
    assert [type(event) for event in Receiver().receive(b"\x68" + WHOLE)] == [Garbage, FrameReceived]


def test_a_frame_swallowed_by_a_false_length_is_found_when_the_line_falls_quiet() -> None:
    """A broken-off head that asks for 255 bytes more gives way to the frame behind it after the gap."""
    receiver = Receiver()
    assert receiver.receive(bytes.fromhex("681290785634126891FF") + WHOLE) == []
    garbage, found = receiver.quiet()
    assert garbage == Garbage(bytes.fromhex("681290785634126891FF"), "truncated")
    assert isinstance(found, FrameReceived)
    assert receiver.pending == b""
