"""Items longer than one frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Assembly, ReadAnswer, ReadNextAnswer, ReadNextRequest, parts_of
from protocols.errors import RemoteProtocolError

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
