"""What the fuzzer does to DL/T 698.45 lines: cuts them, and loses, repeats and adds pieces of long APDUs."""

from collections.abc import Iterable
from dataclasses import replace

from protocols.dlt698 import (
    RESPONSE,
    Address,
    Fragmenter,
    FrameReceived,
    LinkFrame,
    Reassembler,
    Received,
    Receiver,
)
from protocols.dlt698.wire.link import MAX_FRAME
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.fuzz.drawn import Drawn, attempt, sealed_698
from tests.fuzz.lines import drawn_pieces

__all__ = ["fragments_698", "streams_698"]

METER = Address.single("00")
"""Fuzz bytes begin as zeros, so that this is the address they find first."""


def streams_698(data: bytes) -> None:
    """A line gives the same frames, garbage and rest in pieces as in one; no byte is lost or doubled."""
    pieces = drawn_pieces(Drawn(data), sealed_698)
    line = b"".join(pieces)
    found = _received(pieces)
    assert found == _received([line])
    frames, dropped, pending, left = found
    assert sum(map(len, frames)) + len(dropped) + pending == len(line)
    assert sum(len(_bytes(event)) for event in left) == pending


def _bytes(event: Received) -> bytes:
    return event.raw if isinstance(event, FrameReceived) else event.data


def _received(pieces: Iterable[bytes]) -> tuple[list[bytes], bytes, int, list[Received]]:
    receiver = Receiver()
    events: list[Received] = []
    for piece in pieces:
        events += receiver.receive(piece)
        assert receiver.pending <= MAX_FRAME
    frames = [event.raw for event in events if isinstance(event, FrameReceived)]
    dropped = b"".join(_bytes(event) for event in events if not isinstance(event, FrameReceived))
    pending = receiver.pending
    left: list[Received] = []
    while receiver.pending:
        before = receiver.pending
        left += receiver.give_up()
        assert receiver.pending < before
    return frames, dropped, pending, left


def fragments_698(data: bytes) -> None:
    """Whatever a line loses, repeats or adds, what is put together is the whole APDU and nothing else."""
    drawn = Drawn(data)
    limit = 1 + drawn.number(300)
    piece = 1 + drawn.number(60)
    content = drawn.take(drawn.number(255))
    whole = LinkFrame(RESPONSE, METER, 0, content)
    try:
        fragmenter = Fragmenter(whole, piece)
    except LocalProtocolError:
        assert len(content) <= piece
        return
    reassembler = Reassembler(limit)
    while drawn:
        for frame in _on_the_way(fragmenter.current, drawn):
            taken = attempt(reassembler.take, frame, RemoteProtocolError)
            if isinstance(taken, RemoteProtocolError):
                assert taken.reason in {"bad_fragment", "truncated"}
                assert not (reassembler.active and taken.reason == "bad_fragment")
            elif taken.acknowledge is not None:
                fragmenter.acknowledged(taken.acknowledge)
            else:
                assert taken.complete is not None
                assert len(taken.complete.user_data) <= limit
    arrived = attempt(lambda there: _arrived(whole, piece, there), reassembler, RemoteProtocolError)
    assert arrived == whole or (isinstance(arrived, RemoteProtocolError) and len(content) > limit)
    assert not reassembler.active


def _arrived(whole: LinkFrame, piece: int, reassembler: Reassembler) -> LinkFrame | None:
    """Send the frame anew over a good line to a receiver that has been through anything; what it puts together."""
    fragmenter = Fragmenter(whole, piece)
    while not fragmenter.done:
        acknowledged = reassembler.take(fragmenter.current).acknowledge
        assert acknowledged is not None
        fragmenter.acknowledged(acknowledged)
    return reassembler.take(fragmenter.current).complete


def _on_the_way(frame: LinkFrame, drawn: Drawn) -> list[LinkFrame]:
    """Draw what a line makes of a piece; all well where nothing is left to draw."""
    strange = replace(frame, user_data=drawn.take(drawn.number(12)))
    return drawn.one_of(([frame], [], [frame, frame], [strange, frame], [strange], [frame, strange]))
