"""What stands in the field between head-end and meters: concentrators, DTUs, RS-485 lines, and the last hop."""

from simulators.field.concentrator import Concentrator
from simulators.field.device import Device
from simulators.field.dtu import Dtu
from simulators.field.hop import Hop
from simulators.field.line import BAUD, Line
from simulators.field.proxy import Proxy
from simulators.field.records import TaskRecords
from simulators.field.seen import FrameSeen, Observer, Way
from simulators.field.terminal import MeterTerminal, Terminal
from simulators.ports import Listener

__all__ = [
    "BAUD",
    "Concentrator",
    "Device",
    "Dtu",
    "FrameSeen",
    "Hop",
    "Line",
    "Listener",
    "MeterTerminal",
    "Observer",
    "Proxy",
    "TaskRecords",
    "Terminal",
    "Way",
]
