"""A technician's master (掌机, 抄表主站) at a serial port, a serial server or a broker: real meters, read and set.

The one part of the simulators that stands on our side of the wire, so the one that uses our drivers. It has no order
that switches a relay: those need a head-end with its approvals.
"""

from simulators.master.asking import AskError, ClockSeen, ask_clock, ask_freeze, ask_relay, read_items, set_clock
from simulators.master.bench import Bench, BenchError, Wish, at_bench
from simulators.master.listening import listen
from simulators.master.model import Outcome, Part
from simulators.master.reach import ReachError, Way, over_mqtt, over_serial, over_tcp

__all__ = [
    "AskError",
    "Bench",
    "BenchError",
    "ClockSeen",
    "Outcome",
    "Part",
    "ReachError",
    "Way",
    "Wish",
    "ask_clock",
    "ask_freeze",
    "ask_relay",
    "at_bench",
    "listen",
    "over_mqtt",
    "over_serial",
    "over_tcp",
    "read_items",
    "set_clock",
]
