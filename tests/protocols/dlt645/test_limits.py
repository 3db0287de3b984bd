"""What a frame carries beyond the standard's limits is told and never refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    READ_LIMIT,
    WRITE_LIMIT,
    Address,
    Control,
    Frame,
    Function,
    build_frame,
    oversize,
    parse_frame,
)
from tests.protocols.dlt645.strategies import frames

METER = Address.meter("151230011061")


@given(frames)
def test_a_frame_beyond_the_limits_is_sent_and_received_all_the_same(frame: Frame) -> None:
    """The limits are a warning: whatever is told, the frame goes both ways."""
    oversize(frame)
    assert parse_frame(build_frame(frame)) == frame


@given(st.sampled_from([Function.READ, Function.READ_NEXT, Function.READ_1997, Function.READ_NEXT_1997]), st.booleans())
def test_a_read_carries_up_to_200_bytes(function: Function, from_slave: bool) -> None:
    """One byte more is told, with both numbers."""
    control = Control(function, from_slave=from_slave)
    assert oversize(Frame(METER, control, bytes(READ_LIMIT))) is None
    assert oversize(Frame(METER, control, bytes(201))) == "201 bytes of data, the standard allows 200 in a read"


@pytest.mark.parametrize("function", [Function.WRITE, Function.WRITE_1997])
def test_a_write_carries_up_to_50_bytes(function: Function) -> None:
    """A step table of 80 bytes is told, as some meters take it and others do not."""
    assert oversize(Frame(METER, Control(function), bytes(WRITE_LIMIT))) is None
    told = "92 bytes of data, the standard allows 50 in a write"
    assert oversize(Frame(METER, Control(function), bytes(92))) == told


@given(st.integers(0, 255))
def test_no_limit_is_told_where_the_standard_has_none(length: int) -> None:
    """Functions that neither read nor write data have forms of their own."""
    assert oversize(Frame(METER, Control(Function.SECURITY), bytes(length))) is None
