"""The same frames through the PyPI package dlt645, where that follows the standard.

Not compared, as it departs from the standard there: byte order of 08H and 16H, payloads of 19H and 1AH, more
than four wake-up bytes, FFH and hex digits in numbers (which it converts).
"""

from decimal import Decimal

from dlt645.common.transform import bcd_to_float
from dlt645.protocol.protocol import DLT645Protocol
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import Frame, build_frame, parse_frame
from protocols.dlt645.fields import number
from tests.protocols.dlt645.strategies import frames

shapes = st.sampled_from([(6, 2, "XXXXXX.XX"), (3, 1, "XXX.X"), (2, 4, "XX.XXXX"), (1, 3, "X.XXX")])


@given(frames, st.integers(0, 4))
def test_both_build_the_same_bytes(frame: Frame, wakeup: int) -> None:
    """Address, control, masked data and checksum come out byte for byte alike."""
    theirs = DLT645Protocol.build_frame(frame.address.to_wire(), frame.control.byte, frame.data, preamble_count=wakeup)
    assert build_frame(frame, wakeup=wakeup) == bytes(theirs)


@given(frames, st.integers(0, 4))
def test_both_parse_the_same_frame(frame: Frame, wakeup: int) -> None:
    """What we build they read, and what they read we read alike."""
    raw = build_frame(frame, wakeup=wakeup)
    theirs = DLT645Protocol.deserialize(raw)
    ours = parse_frame(raw)
    assert theirs is not None
    assert ours.address.to_wire() == theirs.addr
    assert (ours.control.byte, ours.data) == (theirs.ctrl_code, theirs.data)


@given(shapes, st.data())
def test_both_read_the_same_signed_number(shape: tuple[int, int, str], data: st.DataObject) -> None:
    """Sign bit, implied point and byte order agree; theirs is a float, ours exact."""
    whole, places, form = shape
    top = 8 * 10 ** (whole + places - 1) - 1
    value = Decimal(data.draw(st.integers(-top, top))).scaleb(-places)
    wire = number(whole, places, signed=True).build(value)
    assert bcd_to_float(wire, form, "little") == float(value)
