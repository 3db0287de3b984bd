"""Items longer than one frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    Assembly,
    Read1997Answer,
    ReadAgain1997Request,
    ReadAnswer,
    ReadNext1997Answer,
    ReadNext1997Request,
    ReadNextAnswer,
    ReadNextRequest,
    Remainder,
    parts_of,
)
from protocols.errors import LocalProtocolError, RemoteProtocolError

RECORD = DI(0x03300D01)


@given(st.binary(max_size=600), st.integers(3, 200))
def test_an_item_cut_into_parts_assembles(payload: bytes, size: int) -> None:
    """Each answer leads to the request for the next part until the whole item is there."""
    first, *rest = parts_of(ReadAnswer(RECORD, payload), size)
    assert isinstance(first, ReadAnswer)
    assembly = Assembly(first)
    for part in rest:
        assert isinstance(part, ReadNextAnswer)
        assert assembly.next_request == ReadNextRequest(RECORD, part.seq)
        assembly.add(part)
    assert assembly.next_request is None
    assert assembly.payload == payload


@given(st.binary(max_size=600), st.integers(3, 200))
def test_an_item_of_1997_assembles_in_the_meters_order(payload: bytes, size: int) -> None:
    """Parts without numbers are asked for in the same words each time."""
    first, *rest = parts_of(Read1997Answer(0x901F, payload), size)
    assert isinstance(first, Read1997Answer)
    assembly = Assembly(first)
    for part in rest:
        assert isinstance(part, ReadNext1997Answer)
        assert assembly.next_request == ReadNext1997Request(0x901F)
        assembly.add(part)
    assert assembly.next_request is None
    assert assembly.payload == payload


@given(st.binary(max_size=300), st.integers(20, 200), st.booleans())
def test_a_remainder_gives_what_assembles(payload: bytes, size: int, old: bool) -> None:
    """What a slave holds is what its master asks for, and nothing is left then."""
    whole = Read1997Answer(0x901F, payload) if old else ReadAnswer(RECORD, payload)
    parts = parts_of(whole, size)
    first, held = parts[0], Remainder(parts)
    assert isinstance(first, ReadAnswer | Read1997Answer)
    assembly = Assembly(first)
    while assembly.next_request is not None:
        request = assembly.next_request
        part = held.give(request)
        assert isinstance(part, ReadNextAnswer | ReadNext1997Answer)
        assembly.add(part)
    assert assembly.payload == payload
    following = ReadNext1997Request(0x901F) if old else ReadNextRequest(RECORD, len(parts))
    assert held.give(following) is None


def test_an_empty_remainder_gives_nothing() -> None:
    """Before the first read there is no part, and nothing to repeat."""
    for request in (ReadNextRequest(RECORD, 1), ReadNext1997Request(0x901F), ReadAgain1997Request()):
        assert Remainder().give(request) is None


def test_parts_of_the_two_editions_do_not_mix() -> None:
    """03H repeats nothing to a meter of 2007, and a part without number fits no item of it."""
    parts = parts_of(ReadAnswer(RECORD, bytes(20)), 10)
    assert Remainder(parts).give(ReadAgain1997Request()) is None
    assert Remainder(parts).give(ReadNext1997Request(0x0D01)) is None
    assembly = Assembly(ReadAnswer(RECORD, b"", more=True))
    with pytest.raises(RemoteProtocolError, match="expected part 1 of 03300D01, found the next part of 901F"):
        assembly.add(ReadNext1997Answer(0x901F, b""))


@pytest.mark.parametrize("size", [0, -1])
def test_parts_carry_something(size: int) -> None:
    """A cut that leaves no room for the item is the caller's fault."""
    with pytest.raises(LocalProtocolError):
        parts_of(ReadAnswer(RECORD, bytes(10)), size)


@pytest.mark.parametrize(
    "part",
    [
        ReadNextAnswer(RECORD, b"", 2),
        ReadNextAnswer(DI(0x03300D02), b"", 1),
    ],
)
def test_another_part_than_the_one_asked_for_is_refused(part: ReadNextAnswer) -> None:
    """A late part of another chain does not get into the item."""
    assembly = Assembly(ReadAnswer(RECORD, b"\x01", more=True))
    with pytest.raises(RemoteProtocolError, match=r"^follow_up: "):
        assembly.add(part)
    assert assembly.payload == b"\x01"


def test_a_finished_item_takes_no_more() -> None:
    """A part behind the end is refused."""
    with pytest.raises(RemoteProtocolError, match="expected no part"):
        Assembly(ReadAnswer(RECORD, b"\x01")).add(ReadNextAnswer(RECORD, b"", 1))


def test_a_chain_ends_with_part_255() -> None:
    """A meter that always promises more is stopped where SEQ runs out."""
    assembly = Assembly(ReadAnswer(RECORD, b"", more=True))
    for seq in range(1, 255):
        assembly.add(ReadNextAnswer(RECORD, b"x", seq, more=True))
    with pytest.raises(RemoteProtocolError, match="goes on behind part 255"):
        assembly.add(ReadNextAnswer(RECORD, b"x", 255, more=True))
