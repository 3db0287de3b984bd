"""The receiver: the same frames, however the line cuts, merges and spoils them."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import Event, Frame, FrameReceived, Garbage, Receiver, build_frame
from tests.protocols.dlt645.strategies import frames, noise

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
