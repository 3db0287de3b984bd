"""Pieces of long APDUs on a line that loses them: sent again, given up in time, one APDU after the other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from protocols.dlt698 import (
    REQUEST,
    Address,
    Channel,
    Garbage,
    Incoming,
    LinkFrame,
    QueueFullError,
    Times,
    Transmit,
    Undecodable,
    Undelivered,
    Unfinished,
    Whole,
    build_link,
    parse_fragment,
    parse_link,
)
from protocols.dlt698.line.channel import MAX_WAITING
from tests.protocols.dlt698.pair import CONCENTRATOR, NOW, SECOND

TIMES = Times()
LONG = LinkFrame(REQUEST, CONCENTRATOR, 0x10, bytes(range(100)))
OTHER = LinkFrame(REQUEST, CONCENTRATOR, 0x10, bytes(range(100, 200)))
FRAME = 62  # bytes, so that 30 of an APDU fit into a piece


def transmitted(events: list[Incoming]) -> bytes:
    """Join what is to be written."""
    return b"".join(event.data for event in events if isinstance(event, Transmit))


def sequence(raw: bytes) -> int:
    """Read the number of a piece."""
    return parse_fragment(parse_link(raw).user_data).sequence


def test_a_piece_is_sent_again_until_it_is_acknowledged() -> None:
    """Each lost piece or acknowledgement costs its time-out and nothing else."""
    sender, receiver = Channel(), Channel()
    now = NOW
    piece = sender.send(LONG, now, FRAME)
    whole: list[Incoming] = []
    for number in range(4):
        if number < 3:
            now += TIMES.acknowledge
            assert sender.deadline() == now
            assert transmitted(sender.overdue(now)) == piece
        acknowledgement = transmitted(receiver.receive(piece, now))
        assert (acknowledgement == b"") == (number == 3)
        again = receiver.receive(piece, now) if number < 3 else []
        assert transmitted(again) == acknowledgement
        following = sender.receive(acknowledgement + acknowledgement, now)
        if number == 2:
            whole = receiver.receive(transmitted(following), now)
            break
        piece = transmitted(following)
        assert sequence(piece) == number + 1
    assert [event.frame for event in whole if isinstance(event, Whole)] == [LONG]
    assert sender.deadline() is None


def test_a_transfer_that_nobody_acknowledges_is_given_up() -> None:
    """After three sendings, and that is told."""
    sender = Channel()
    sender.send(LONG, NOW, FRAME)
    for number in (1, 2):
        assert transmitted(sender.overdue(NOW + number * TIMES.acknowledge))
    assert sender.overdue(NOW + 3 * TIMES.acknowledge) == [Undelivered(LONG)]
    assert sender.deadline() is None


def test_pieces_without_their_rest_are_given_up() -> None:
    """Later than a sender gives up, and their bytes are told."""
    sender, receiver = Channel(), Channel()
    piece = sender.send(LONG, NOW, FRAME)
    receiver.receive(piece, NOW)
    assert TIMES.piece_gap > TIMES.piece_tries * TIMES.acknowledge
    assert receiver.deadline() == NOW + TIMES.piece_gap
    assert receiver.overdue(NOW + TIMES.piece_gap) == [Unfinished(CONCENTRATOR, (piece,))]
    assert receiver.deadline() is None


def test_a_frame_without_its_rest_is_given_up() -> None:
    """A pause inside of a frame ends it; what is whole behind its false beginning is found."""
    channel = Channel()
    good = build_link(replace(LONG, user_data=b"\x05\x01"))
    assert channel.receive(build_link(LONG)[:14] + good, NOW) == []
    gap = timedelta(seconds=6)
    assert channel.deadline() == NOW + gap
    assert channel.overdue(NOW + gap - SECOND) == []
    told = channel.overdue(NOW + gap)
    assert [type(event) for event in told] == [Garbage, Whole]
    assert channel.deadline() is None


def test_long_apdus_to_one_device_follow_one_another() -> None:
    """The second begins when the first is through, or given up; short frames and other devices need not wait."""
    sender, receiver = Channel(), Channel()
    first = sender.send(LONG, NOW, FRAME)
    assert sender.send(OTHER, NOW, FRAME) == b""
    assert sender.send(replace(OTHER, user_data=b"\x05"), NOW, FRAME)
    assert sender.send(replace(OTHER, address=Address.single("99")), NOW, FRAME)
    data, whole = first, []
    while data:
        events = receiver.receive(data, NOW)
        whole += [event.frame for event in events if isinstance(event, Whole)]
        data = transmitted(sender.receive(transmitted(events), NOW))
    assert whole == [LONG, OTHER]


def test_the_next_has_its_turn_after_one_that_nobody_acknowledged() -> None:
    """At the instant at which that is given up."""
    sender = Channel()
    sender.send(LONG, NOW, FRAME)
    sender.send(OTHER, NOW, FRAME)
    for number in (1, 2):
        sender.overdue(NOW + number * TIMES.acknowledge)
    piece = transmitted(sender.overdue(NOW + 3 * TIMES.acknowledge))
    assert parse_link(piece).user_data[2:] == OTHER.user_data[:30]


def test_nothing_more_is_sent_of_what_was_cancelled() -> None:
    """A late acknowledgement of it brings no piece, neither of it nor of the next, which begins when it is too late."""
    sender, receiver = Channel(), Channel()
    first = sender.send(LONG, NOW, FRAME)
    acknowledgement = transmitted(receiver.receive(first, NOW))
    sender.cancel(LONG)
    assert sender.send(OTHER, NOW, FRAME) == b""
    assert sender.receive(acknowledgement, NOW) == []
    assert sender.deadline() == NOW + TIMES.acknowledge
    piece = transmitted(sender.overdue(NOW + TIMES.acknowledge))
    assert parse_link(piece).user_data[2:] == OTHER.user_data[:30]


def test_what_was_cancelled_while_it_waits_never_begins() -> None:
    """What is under way goes on."""
    sender, receiver = Channel(), Channel()
    data = sender.send(LONG, NOW, FRAME)
    sender.send(OTHER, NOW, FRAME)
    sender.cancel(OTHER)
    whole: list[Incoming] = []
    while data:
        events = receiver.receive(data, NOW)
        whole += [event for event in events if isinstance(event, Whole)]
        data = transmitted(sender.receive(transmitted(events), NOW))
    assert [event.frame for event in whole if isinstance(event, Whole)] == [LONG]
    assert sender.deadline() is None


def test_waiting_is_bounded() -> None:
    """A device that acknowledges nothing cannot make us keep long APDUs without end, nor can many devices."""
    sender = Channel()
    for _ in range(MAX_WAITING + 1):
        sender.send(LONG, NOW, FRAME)
    with pytest.raises(QueueFullError, match="16 long APDUs wait"):
        sender.send(LONG, NOW, FRAME)
    for number in range(15):
        sender.send(replace(LONG, address=Address.single(f"{number:04d}")), NOW, FRAME)
    with pytest.raises(QueueFullError, match="16 devices"):
        sender.send(replace(LONG, address=Address.single("9999")), NOW, FRAME)


def test_what_comes_in_is_bounded() -> None:
    """A sender without end is stopped, and told as undecodable."""
    sender, receiver = Channel(), Channel(longest=80)
    data = sender.send(LONG, NOW, FRAME)
    told: list[Incoming] = []
    while data:
        events = receiver.receive(data, NOW)
        told += [event for event in events if not isinstance(event, Transmit)]
        data = transmitted(sender.receive(transmitted(events), NOW))
    (undecodable,) = told
    assert isinstance(undecodable, Undecodable)
    assert undecodable.error.reason == "bad_fragment"
    assert receiver.deadline() is None


def test_the_frames_that_came_are_the_evidence() -> None:
    """Each piece once, however often it came; those of a transfer that began anew are not its evidence."""
    sender, receiver = Channel(), Channel()
    receiver.receive(sender.send(OTHER, NOW, FRAME), NOW)
    sender.drop(CONCENTRATOR)
    data, raws = sender.send(LONG, NOW, FRAME), []
    whole: list[Incoming] = []
    while data:
        raws.append(data)
        again = b"" if len(raws) == 4 else data
        events = receiver.receive(data, NOW)
        receiver.receive(again, NOW)
        whole += [event for event in events if isinstance(event, Whole)]
        data = transmitted(sender.receive(transmitted(events), NOW))
    assert whole == [Whole(LONG, tuple(raws))]
