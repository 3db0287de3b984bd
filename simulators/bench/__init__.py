"""One technician's meter: served at any port, looked at, and acted on while it runs."""

from simulators.bench.acts import FAULT_ACTS, Act, act_on_faults
from simulators.bench.bench import PASSWORD, Bench
from simulators.bench.concentrators import ConcentratorWish, make_concentrator, meters_behind
from simulators.bench.control import ask, controlled
from simulators.bench.meters import MeterWish, Protocol, make_meter
from simulators.field import FrameSeen, Observer, Way

__all__ = [
    "FAULT_ACTS",
    "PASSWORD",
    "Act",
    "Bench",
    "ConcentratorWish",
    "FrameSeen",
    "MeterWish",
    "Observer",
    "Protocol",
    "Way",
    "act_on_faults",
    "ask",
    "controlled",
    "make_concentrator",
    "make_meter",
    "meters_behind",
]
