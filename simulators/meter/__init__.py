"""Simulated meters: the physical thing and the two languages it speaks."""

from simulators.meter.load import Household, Load
from simulators.meter.model import FREEZES_KEPT, Dialect, Freeze, Meter, Plate, Registers, Silence, Switching
from simulators.meter.relay import Movement, Relay, Stuck
from simulators.meter.rules698 import Level
from simulators.meter.server645 import Server645
from simulators.meter.server698 import Server698
from simulators.meter.services698 import Came, Services698

__all__ = [
    "FREEZES_KEPT",
    "Came",
    "Dialect",
    "Freeze",
    "Household",
    "Level",
    "Load",
    "Meter",
    "Movement",
    "Plate",
    "Registers",
    "Relay",
    "Server645",
    "Server698",
    "Services698",
    "Silence",
    "Stuck",
    "Switching",
]
