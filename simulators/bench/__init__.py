"""One technician's meter: served at any port, looked at, and acted on while it runs."""

from simulators.bench.bench import PASSWORD, Bench
from simulators.bench.meters import MeterWish, Protocol, make_meter
from simulators.field import FrameSeen, Observer, Way

__all__ = ["PASSWORD", "Bench", "FrameSeen", "MeterWish", "Observer", "Protocol", "Way", "make_meter"]
