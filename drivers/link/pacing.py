"""How long things take on the road to a device: the wait for an answer, pauses within a frame and between frames.

============ =========== ========== ============ ================================
reached      line speed  on the way within       before a question
============ =========== ========== ============ ================================
serial port  its own     no time    Tb           silence of `TURNAROUND`
by a network `FAR_BAUD`  `TRIP`     `LinkLimits` none: the network is no faster
============ =========== ========== ============ ================================

For its answer a meter of DL/T 645 has Td and the time of all bytes, one of DL/T 698.45 its work and that time. A
concentrator is no meter on a line: it has the time that the request gives it.
Td and Tb are those of DL/T 645-2007, 5.3, which holds for the RS-485 line of either dialect.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from drivers.link.endpoints import SerialPort
from drivers.link.model import SPEAK_698, Device, DeviceKind, LinkLimits
from protocols import dlt645, dlt698

FAR_BAUD = 2400
"""Of a line behind a network, which nobody tells us: that of RS-485 meters as they leave the works."""
TRIP = timedelta(seconds=1)
"""There and back through a cellular network."""
TURNAROUND = timedelta(milliseconds=20)
"""Silence before a question on RS-485: as long as the shortest Td, in which a line driver has let go of the line."""
LONGEST_645 = 12 + 255 + 4
"""Bytes of the longest frame with its wake-up."""
LONGEST_698 = 1024
"""Bytes of the longest frame, or piece of one, that a meter sends as long as no CONNECT has agreed on more."""
WORK_698 = timedelta(seconds=3)
"""What a meter of DL/T 698.45 on a line may take for an answer that it gives out of itself."""
RECORDS_698 = timedelta(seconds=20)
"""And for one that it gathers from its store."""
_JITTER = timedelta(milliseconds=100)
"""How long an adapter and this machine keep bytes to themselves."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """The pace of one road: a frame whose bytes pause for `byte_gap` is given up, on a raw line also one of `frame`.

    `turnaround` is how long a line has to be silent before it carries a question, `trip` what a network adds to an
    answer's time. `is_line`: meters are at the far end, nothing that would answer for them.
    """

    baud: int
    is_line: bool
    trip: timedelta
    byte_gap: timedelta
    frame: timedelta
    turnaround: timedelta = timedelta()

    def times_698(self) -> dlt698.Times:
        """Give the times of a connection in DL/T 698.45; a piece has to be out before it can be acknowledged."""
        times = dlt698.Times(byte_gap=self.byte_gap)
        if not self.is_line:
            return times
        acknowledge = times.acknowledge + dlt645.transfer_time(LONGEST_698, self.baud)
        return replace(times, acknowledge=acknowledge, piece_gap=(times.piece_tries + 1) * acknowledge)

    def patience_645(self, sent: int) -> timedelta:
        """Say how long the answer to a request of so many bytes is waited for, counted from the first of them."""
        return dlt645.answer_time_out(self.baud, sent, LONGEST_645) + self.trip

    def patience_698(self, request: dlt698.Apdu, sent: int) -> timedelta:
        """Say the same for DL/T 698.45."""
        if not self.is_line:
            return dlt698.patience(request)
        work = dlt698.patience(request, direct=WORK_698, records=RECORDS_698)
        return work + dlt645.transfer_time(sent + LONGEST_698, self.baud) + self.trip


def pacing_of(device: Device, limits: LinkLimits) -> Pacing:
    """Tell the pace of the road to a device."""
    is_line = device.kind is not DeviceKind.CONCENTRATOR
    if isinstance(device.endpoint, SerialPort):
        gap, baud = dlt645.BYTE_GAP + _JITTER, device.endpoint.baud
        frame = dlt645.transfer_time(LONGEST_645, baud) + gap
        return Pacing(baud, is_line, timedelta(), byte_gap=gap, frame=frame, turnaround=TURNAROUND)
    gap = limits.byte_gap if device.kind in SPEAK_698 else limits.raw_byte_gap
    return Pacing(FAR_BAUD, is_line, TRIP, byte_gap=gap, frame=limits.raw_frame)
