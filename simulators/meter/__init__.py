"""Simulated meters: the physical thing, the languages it speaks, its face, and what can be done to it."""

from simulators.meter.acts import ACTS, Act, check_act, do
from simulators.meter.arguments import Argument
from simulators.meter.display import Lamps, Light, Page, Segments, lamps, page, pages, segments
from simulators.meter.events import Event, Events, Kind
from simulators.meter.households import PROFILES, Climate, Household
from simulators.meter.load import Load
from simulators.meter.model import FREEZES_KEPT, Meter, Replacement
from simulators.meter.plate import Dialect, Plate, Silence
from simulators.meter.registers import ROLLOVER, Freeze, Registers
from simulators.meter.relay import Movement, Relay, Stuck
from simulators.meter.rules698 import Level
from simulators.meter.server645 import Server645
from simulators.meter.server698 import Server698
from simulators.meter.services698 import Came, Services698
from simulators.meter.wallet import Limits, Stage, Tier, Wallet, WalletError

__all__ = [
    "ACTS",
    "FREEZES_KEPT",
    "PROFILES",
    "ROLLOVER",
    "Act",
    "Argument",
    "Came",
    "Climate",
    "Dialect",
    "Event",
    "Events",
    "Freeze",
    "Household",
    "Kind",
    "Lamps",
    "Level",
    "Light",
    "Limits",
    "Load",
    "Meter",
    "Movement",
    "Page",
    "Plate",
    "Registers",
    "Relay",
    "Replacement",
    "Segments",
    "Server645",
    "Server698",
    "Services698",
    "Silence",
    "Stage",
    "Stuck",
    "Tier",
    "Wallet",
    "WalletError",
    "check_act",
    "do",
    "lamps",
    "page",
    "pages",
    "segments",
]
