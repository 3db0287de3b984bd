"""Simulated meters: the physical thing and the two languages it speaks."""

from simulators.meter.load import Household, Load
from simulators.meter.model import FREEZES_KEPT, Dialect, Freeze, Meter, Plate, Registers, Silence
from simulators.meter.relay import Movement, Relay, Stuck

__all__ = [
    "FREEZES_KEPT",
    "Dialect",
    "Freeze",
    "Household",
    "Load",
    "Meter",
    "Movement",
    "Plate",
    "Registers",
    "Relay",
    "Silence",
    "Stuck",
]
