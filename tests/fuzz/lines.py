"""What the fuzzer does to lines: cuts them, spoils them, and has a master and a meter talk over them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from protocols import inspect
from protocols.dlt645 import (
    DI,
    Address,
    Edition,
    Event,
    Frame,
    FrameReceived,
    Garbage,
    Read1997Answer,
    Read1997Request,
    ReadAnswer,
    ReadRequest,
    Receiver,
    parse_frame,
)
from protocols.dlt645.line.long_read import LongRead
from protocols.dlt645.line.matching import Match
from protocols.dlt645.line.past import MOST_REMEMBERED
from protocols.dlt645.line.session import Answered, MasterSession
from protocols.dlt645.line.slave import Asked, Reply, SlaveSession
from protocols.dlt645.wire.frame import MAX_SIZE
from protocols.errors import LocalProtocolError
from tests.fuzz.drawn import Drawn, sealed, sealed_698

__all__ = ["cuts", "cuts_698", "drawn_pieces", "long_reads", "sessions", "streams"]

MAX_PENDING = MAX_SIZE + 64
"""Bytes a receiver may hold: the beginning of one frame behind its wake-up bytes."""
METER = Address("000000000000")
"""Fuzz bytes begin as zeros, so that this is the address they find first."""
MOST_TURNS = 300
"""More than any long read can take: 61 parts, three tries each."""

_ITEMS: dict[Edition, tuple[ReadRequest | Read1997Request, ReadAnswer | Read1997Answer]] = {
    Edition.E2007: (ReadRequest(DI(0x00010000)), ReadAnswer(DI(0x00010000), b"")),
    Edition.E1997: (Read1997Request(0x9010), Read1997Answer(0x9010, b"")),
}


def _line(drawn: Drawn, seal: Callable[[bytes], bytes]) -> bytes:
    """Draw a line of noise, frames, wake-up bytes and pieces of frames."""
    parts = []
    while drawn:
        kind = drawn.number(3)
        part = drawn.take(drawn.number(40))
        parts.append((part, seal(part), b"\xfe" * len(part), seal(part)[: len(part)])[kind])
    return b"".join(parts)


def drawn_pieces(drawn: Drawn, seal: Callable[[bytes], bytes]) -> list[bytes]:
    """Draw a line, whose frames ``seal`` makes, and where it is cut."""
    places = [drawn.number(0x3FF) for _ in range(drawn.number(7))]
    line = _line(drawn, seal)
    bounds = [0, *sorted(place % (len(line) + 1) for place in places), len(line)]
    return [line[begin:end] for begin, end in pairwise(bounds)]


def streams(data: bytes) -> None:
    """A line gives the same frames, garbage and rest in pieces as in one, and holds back no more than one frame."""
    pieces = drawn_pieces(Drawn(data), sealed)
    assert _received(pieces) == _received([b"".join(pieces)])


def _received(pieces: list[bytes]) -> tuple[list[Frame], bytes, bytes, list[Event]]:
    receiver = Receiver()
    events: list[Event] = []
    for piece in pieces:
        events += receiver.receive(piece)
        assert len(receiver.pending) <= MAX_PENDING
    pending = receiver.pending
    found = [event.frame for event in events if isinstance(event, FrameReceived)]
    garbage = b"".join(event.data for event in events if isinstance(event, Garbage))
    left = receiver.quiet()
    assert not receiver.pending
    return found, garbage, pending, left


def cuts(data: bytes) -> None:
    """The inspector's cutter puts every byte into one piece, and finds the same frames however its input comes."""
    _cuts(drawn_pieces(Drawn(data), sealed))


def cuts_698(data: bytes) -> None:
    """The same of a line with DL/T 698.45 frames on it."""
    _cuts(drawn_pieces(Drawn(data), sealed_698))


def _cuts(pieces: list[bytes]) -> None:
    line = b"".join(pieces)
    whole = inspect.cut(line)
    cutter = inspect.Cutter()
    parts = [found for piece in pieces for found in cutter.take(piece)] + cutter.end()
    for found in (whole, parts):
        assert b"".join(piece.data for piece in found) == line
        assert all(line[piece.offset :].startswith(piece.data) for piece in found)
    assert [piece for piece in whole if piece.is_frame] == [piece for piece in parts if piece.is_frame]


def sessions(data: bytes) -> None:
    """Master and meter survive any order of acts and bytes, and credit an answer to no question but its own."""
    drawn = Drawn(data)
    edition = drawn.one_of(tuple(Edition))
    master, slave = MasterSession(edition), SlaveSession(METER, edition)
    while drawn:
        act = drawn.number(7)
        try:
            _act(act, drawn, master, slave)
        except LocalProtocolError:
            assert act in {0, 7}, "only asking and answering may be refused"
        assert len(master.pending) <= MAX_PENDING >= len(slave.pending)
        assert len(master.remembered) <= MOST_REMEMBERED


def _act(act: int, drawn: Drawn, master: MasterSession, slave: SlaveSession) -> None:
    """Do one thing that can happen at a line."""
    match act:
        case 0:
            slave.receive(master.ask(parse_frame(sealed(drawn.take(drawn.number(20)))), wakeup=drawn.number(4)))
        case 1:
            _master_hears(master, drawn.take(drawn.number(20)))
        case 2:
            _master_hears(master, sealed(drawn.take(drawn.number(20))))
        case 3:
            slave.receive(sealed(drawn.take(drawn.number(20))))
        case 4:
            master.quiet()
            slave.quiet()
        case 5:
            master.abandon()
        case 6:
            master.forget()
        case _:
            payload = drawn.take(drawn.number(255))
            _master_hears(master, slave.answer(ReadAnswer(DI(0), payload), cut=6 + drawn.number(249)))


def _master_hears(master: MasterSession, data: bytes) -> None:
    """Hand bytes to the master, which may credit one answer at most, and only to what is asked."""
    out = master.out
    answered = [event for event in master.receive(data) if isinstance(event, Answered)]
    assert len(answered) <= (out is not None)
    for event in answered:
        assert out is not None
        assert out.match(event.frame) is Match.ANSWER
        assert master.out is None


def long_reads(data: bytes) -> None:
    """Whatever a line loses, repeats, delays or adds, an item is read as it is or not at all."""
    drawn = Drawn(data)
    edition = drawn.one_of(tuple(Edition))
    payload = drawn.take(drawn.number(255))
    cut = 6 + drawn.number(60)
    master, slave = MasterSession(edition), SlaveSession(METER, edition)
    asked, item = _ITEMS[edition]
    read = LongRead(master, METER, asked)
    request: bytes | None = read.begin()
    turns = 0
    while request is not None:
        line = b""
        for event in slave.receive(request):
            if isinstance(event, Asked):
                line += _spoiled(slave.answer(replace(item, payload=payload), cut=cut), request, drawn)
            elif isinstance(event, Reply):
                line += _spoiled(slave.written(event.frame), request, drawn)
        said = [read.take(event) for event in master.receive(line) + master.quiet()]
        request = next((each for each in said if each is not None), None) or read.lost()
        turns += 1
        assert turns < MOST_TURNS
    assert read.over
    assert read.payload in {None, payload}


def _spoiled(answer: bytes, request: bytes, drawn: Drawn) -> bytes:
    """Draw what a line makes of an answer; all well where nothing is left to draw."""
    spoils: tuple[Callable[[], bytes], ...] = (
        lambda: answer,
        lambda: b"",
        lambda: answer + answer,
        lambda: request + answer,
        lambda: drawn.take(drawn.number(8)) + answer,
        lambda: answer[: drawn.number(len(answer))],
        lambda: answer[: drawn.number(len(answer))] + answer,
    )
    return drawn.one_of(spoils)()
