"""Simulated meters: the physical thing and the two languages it speaks."""

from simulators.meter.households import KINDS, Climate, Household
from simulators.meter.load import Load
from simulators.meter.model import FREEZES_KEPT, Meter, Replacement
from simulators.meter.plate import Dialect, Plate, Silence
from simulators.meter.registers import Freeze, Registers
from simulators.meter.relay import Movement, Relay, Stuck
from simulators.meter.rules698 import Level
from simulators.meter.server645 import Server645
from simulators.meter.server698 import Server698
from simulators.meter.services698 import Came, Services698
from simulators.meter.wallet import Limits, Wallet

__all__ = [
    "FREEZES_KEPT",
    "KINDS",
    "Came",
    "Climate",
    "Dialect",
    "Freeze",
    "Household",
    "Level",
    "Limits",
    "Load",
    "Meter",
    "Movement",
    "Plate",
    "Registers",
    "Relay",
    "Replacement",
    "Server645",
    "Server698",
    "Services698",
    "Silence",
    "Stuck",
    "Wallet",
]
