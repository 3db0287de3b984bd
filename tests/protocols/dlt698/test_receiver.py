"""Frames out of a stream: nothing lost, nothing invented, whatever is between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import RESPONSE, Address, FrameReceived, Garbage, LinkFrame, Received, Receiver, build_link
from tests.protocols.dlt698.strategies import good_frames, link_frames

noises = st.binary(max_size=30) | st.just(b"\xfe" * 4) | st.just(b"\x68" * 5)
frames_raw = st.sampled_from(good_frames) | link_frames.map(build_link)


def _frames(events: list[Received]) -> list[bytes]:
    return [event.raw for event in events if isinstance(event, FrameReceived)]


def _dropped(events: list[Received]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Garbage))


@given(st.lists(frames_raw | noises, max_size=6), st.data())
def test_how_the_bytes_are_cut_does_not_matter(parts: list[bytes], data: st.DataObject) -> None:
    """Any cutting of a stream gives the frames and the rest that one piece gives."""
    stream = b"".join(parts)
    whole = Receiver()
    at_once = whole.receive(stream)
    cut = Receiver()
    events: list[Received] = []
    left = stream
    while left:
        size = data.draw(st.integers(1, max(1, len(left))))
        events += cut.receive(left[:size])
        left = left[size:]
    assert _frames(events) == _frames(at_once)
    assert _dropped(events) == _dropped(at_once)
    assert cut.pending == whole.pending


@given(st.binary(max_size=300) | st.lists(frames_raw | noises, max_size=6).map(b"".join))
def test_every_byte_is_accounted_for(stream: bytes) -> None:
    """Frames, garbage and what is kept are together the stream, byte for byte."""
    receiver = Receiver()
    events = receiver.receive(stream)
    seen = b"".join(event.raw if isinstance(event, FrameReceived) else event.data for event in events)
    assert seen == stream[: len(seen)]
    assert len(seen) + receiver.pending == len(stream)


@given(st.lists(frames_raw, min_size=1, max_size=4), noises.map(lambda noise: noise.replace(b"\x68", b"")))
def test_frames_are_found_behind_noise_without_68h(frames: list[bytes], noise: bytes) -> None:
    """What can't begin a frame never hides one."""
    events = Receiver().receive(b"".join(noise + frame for frame in frames) + noise)
    assert _frames(events) == frames
    assert sum(event.count for event in events if isinstance(event, Garbage)) == len(noise) * (len(frames) + 1)


@given(st.sampled_from([frame for frame in good_frames if 0x68 not in frame[1:]]), st.data())
def test_a_frame_behind_a_broken_one_is_delivered(good: bytes, data: st.DataObject) -> None:
    """A wrong sum costs the broken frame only, and its reason is told."""
    broken = bytearray(good)
    broken[-3] ^= data.draw(st.integers(1, 255))
    events = Receiver().receive(bytes(broken) + good)
    assert _frames(events) == [good]
    garbage = events[0]
    assert isinstance(garbage, Garbage)
    assert (garbage.reason, garbage.data) == ("bad_fcs", bytes(broken))


def test_a_frame_that_does_not_go_on_is_given_up() -> None:
    """After the time-out between bytes the next frame is looked for inside what had come."""
    good = good_frames[0]
    begun = build_link(LinkFrame(RESPONSE, Address.single("210000123456"), 16, bytes(500)))[:20]
    receiver = Receiver()
    assert receiver.receive(begun + good) == []
    assert receiver.pending == len(begun + good)
    events = receiver.give_up()
    assert _frames(events) == [good]
    assert isinstance(events[0], Garbage)
    assert (events[0].reason, events[0].count) == ("stalled", 20)
    assert receiver.give_up() == []


@pytest.mark.parametrize(("limit", "delivered"), [(25, 1), (24, 0)])
def test_frames_longer_than_the_limit_are_not_waited_for(limit: int, delivered: int) -> None:
    """A configured size bounds what is kept."""
    good = good_frames[0]
    assert len(good) == 25
    receiver = Receiver(limit)
    events = receiver.receive(good)
    assert len(_frames(events)) == delivered
    assert receiver.pending == 0


@given(st.binary(min_size=1, max_size=20) | st.sampled_from(good_frames).map(lambda raw: raw[:14]))
def test_the_buffer_is_bounded(pattern: bytes) -> None:
    """Never more than one frame is kept, whatever comes over and over."""
    receiver = Receiver()
    for _ in range(3):
        receiver.receive(pattern * (8000 // len(pattern)))
        assert receiver.pending <= 16385
