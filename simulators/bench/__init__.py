"""One technician's meter: served at any port, looked at, and acted on while it runs."""

from simulators.bench.acting import SEPARATOR, Acts
from simulators.bench.acts import FAULT_ACTS, Act
from simulators.bench.bench import PASSWORD, Bench
from simulators.bench.concentrators import ConcentratorWish, make_concentrator, meters_behind
from simulators.bench.control import ask, controlled
from simulators.bench.meters import MeterWish, make_meter
from simulators.bench.timed import TimedAct, act_in_time, check_timed
from simulators.field import FrameSeen, Observer, Way

__all__ = [
    "FAULT_ACTS",
    "PASSWORD",
    "SEPARATOR",
    "Act",
    "Acts",
    "Bench",
    "ConcentratorWish",
    "FrameSeen",
    "MeterWish",
    "Observer",
    "TimedAct",
    "Way",
    "act_in_time",
    "ask",
    "check_timed",
    "controlled",
    "make_concentrator",
    "make_meter",
    "meters_behind",
]
