"""How long things may take on a road, by where it leads."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.link import Device, DeviceKind, DialsIn, LinkLimits, Pacing, SerialPort, Tcp, Topic
from drivers.link.endpoints import BAUDS
from drivers.link.pacing import pacing_of
from protocols import dlt645, dlt698

CLOCK = dlt698.GetNormalRequest(dlt698.Piid(1), dlt698.OAD.parse("40000200"))
FAR = (
    Device(DeviceKind.DTU, DialsIn()),
    Device(DeviceKind.LINE_645, Tcp("192.0.2.1", 4001)),
    Device(DeviceKind.DTU, Topic("shops")),
)
FAR_698 = (
    Device(DeviceKind.CONCENTRATOR, DialsIn()),
    Device(DeviceKind.CONCENTRATOR, Tcp("192.0.2.1", 4001)),
    Device(DeviceKind.CONCENTRATOR, Topic("village")),
)
LIMITS = LinkLimits()


def at(baud: int, kind: DeviceKind = DeviceKind.LINE_645) -> Pacing:
    """Give the pace of a serial port."""
    return pacing_of(Device(kind, SerialPort("/dev/ttyS0", baud)), LIMITS)


@given(st.sampled_from(BAUDS), st.integers(12, 271), st.integers(0, 200))
def test_serial_line_has_the_time_of_the_standard(baud: int, sent: int, length: int) -> None:
    """500 ms, the time of all bytes at the speed of the line and 100 ms, for answers of every length."""
    allowed = at(baud).patience_645(sent)
    assert allowed >= dlt645.answer_time_out(baud, sent, 12 + length + 4)
    assert allowed <= dlt645.answer_time_out(baud, sent, 271)


@given(st.sampled_from(BAUDS), st.sampled_from(BAUDS), st.integers(12, 271))
def test_slower_lines_have_more_time(one: int, other: int, sent: int) -> None:
    """The slower a line, the longer are its answers waited for, and its frames; the gap between bytes is the same."""
    slow, fast = at(min(one, other)), at(max(one, other))
    assert slow.patience_645(sent) >= fast.patience_645(sent)
    assert slow.patience_698(CLOCK, sent) >= fast.patience_698(CLOCK, sent)
    assert slow.frame >= fast.frame
    assert slow.byte_gap == fast.byte_gap


@given(st.sampled_from(BAUDS), st.integers(0, 255))
def test_frame_without_a_pause_is_never_given_up(baud: int, length: int) -> None:
    """The time of a whole frame is enough for one of any length."""
    assert at(baud).frame > dlt645.transfer_time(12 + length + 4, baud)


@given(st.sampled_from(BAUDS))
def test_piece_is_not_sent_again_before_it_is_out(baud: int) -> None:
    """A piece of a long frame waits ten seconds for its acknowledgement from when its last byte has left."""
    times, usual = at(baud, DeviceKind.LINE_698).times_698(), dlt698.Times()
    assert times.acknowledge == usual.acknowledge + dlt645.transfer_time(1024, baud)
    assert times.piece_gap > times.piece_tries * times.acknowledge
    assert pacing_of(FAR_698[0], LIMITS).times_698() == usual


@pytest.mark.parametrize("device", FAR)
def test_network_adds_its_own_time(device: Device) -> None:
    """Through a network a line of 2400 baud is given a second more, and the gaps of its limits."""
    far = pacing_of(device, LIMITS)
    assert far.patience_645(20) == at(2400).patience_645(20) + timedelta(seconds=1)
    assert (far.byte_gap, far.frame) == (LIMITS.raw_byte_gap, LIMITS.raw_frame)
    assert far.turnaround == timedelta()


@pytest.mark.parametrize("device", FAR_698)
def test_far_server_has_the_time_of_its_request(device: Device) -> None:
    """Through a network DL/T 698.45 has the times that head-ends use."""
    far = pacing_of(device, LIMITS)
    assert far.patience_698(CLOCK, 40) == dlt698.patience(CLOCK)
    assert (far.byte_gap, far.turnaround) == (LIMITS.byte_gap, timedelta())


def test_meter_on_a_line_is_not_waited_for_like_a_concentrator() -> None:
    """A DL/T 698.45 meter has its own three seconds and the time of the bytes, through a network a second more."""
    line, bytes_time = at(2400, DeviceKind.LINE_698), dlt645.transfer_time(40 + 1024, 2400)
    assert line.patience_698(CLOCK, 40) == timedelta(seconds=3) + bytes_time
    far = pacing_of(Device(DeviceKind.LINE_698, Tcp("192.0.2.1", 4001)), LIMITS)
    assert far.patience_698(CLOCK, 40) == timedelta(seconds=4) + bytes_time
    assert far.patience_698(CLOCK, 40) < dlt698.patience(CLOCK)
