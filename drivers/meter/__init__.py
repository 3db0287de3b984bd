"""Meters and concentrators: one interface, whatever the dialect and the road.

::

    Field                       meter(place), concentrator(link), identify(link)
    Meter                       daily_freeze, registers, relay, phases, clock, set_clock; trip, close, permit, keep
    Meter645                    a Meter that can also: read, write, event_records, clear_events, load_records
    Concentrator                daily_freezes of many meters at once
    SecurityModule              what makes orders that meters with an ESAM obey
    Answer = Told | Refused | Silent
"""

from drivers.meter.concentrator import METERS_A_REQUEST, Concentrator
from drivers.meter.dialect645 import Meter645
from drivers.meter.field import Field
from drivers.meter.meter import FRAME_LIFE, Meter
from drivers.meter.model import (
    Accepted,
    Answer,
    Dialect,
    EventKind,
    EventRecord,
    Freeze,
    Freezes,
    How,
    MeterSettings,
    Phases,
    Place,
    Reason,
    Refused,
    Registers,
    RelayState,
    Release,
    Road,
    Silence,
    Silent,
    Told,
    Trace,
    Way,
    WireFrame,
)
from drivers.meter.security import (
    Authenticated,
    Challenge,
    Fault,
    PurseOrder,
    Sealed,
    SecurityModule,
    SecurityModuleError,
)

__all__ = [
    "FRAME_LIFE",
    "METERS_A_REQUEST",
    "Accepted",
    "Answer",
    "Authenticated",
    "Challenge",
    "Concentrator",
    "Dialect",
    "EventKind",
    "EventRecord",
    "Fault",
    "Field",
    "Freeze",
    "Freezes",
    "How",
    "Meter",
    "Meter645",
    "MeterSettings",
    "Phases",
    "Place",
    "PurseOrder",
    "Reason",
    "Refused",
    "Registers",
    "RelayState",
    "Release",
    "Road",
    "Sealed",
    "SecurityModule",
    "SecurityModuleError",
    "Silence",
    "Silent",
    "Told",
    "Trace",
    "Way",
    "WireFrame",
]
