"""Meters and concentrators: one interface, whatever the dialect and the road.

::

    Field                       meter(place), concentrator(link), open_report(link, request), identify(link)
    Meter                       daily_freeze, registers, relay, phases, clock, set_clock; trip, close, permit, keep
    Meter645                    a Meter that can also: read, write, event_records, clear_events, load_records
    Meter698                    a Meter that can also: read, event_records
    Meter1997                   a Meter that can also: read
    Concentrator                daily_freezes of many meters at once
    SecurityModule              what makes orders that meters with an ESAM obey, and checks what they answer
    Answer = Told | Refused | Silent
"""

from drivers.meter.associations import (
    Association,
    Chip,
    Level,
    Opening,
    Protected,
    Report,
    SecuredAnswer,
)
from drivers.meter.challenges import Authenticated, Challenge, PurseOrder, Sealed
from drivers.meter.concentrator import METERS_A_REQUEST, Concentrator
from drivers.meter.dialect645 import Meter645
from drivers.meter.dialect698 import Meter698
from drivers.meter.dialect1997 import Meter1997
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
from drivers.meter.reports import OpenedReport
from drivers.meter.security import Fault, SecurityModule, SecurityModuleError

__all__ = [
    "FRAME_LIFE",
    "METERS_A_REQUEST",
    "Accepted",
    "Answer",
    "Association",
    "Authenticated",
    "Challenge",
    "Chip",
    "Concentrator",
    "Dialect",
    "EventKind",
    "EventRecord",
    "Fault",
    "Field",
    "Freeze",
    "Freezes",
    "How",
    "Level",
    "Meter",
    "Meter645",
    "Meter698",
    "Meter1997",
    "MeterSettings",
    "OpenedReport",
    "Opening",
    "Phases",
    "Place",
    "Protected",
    "PurseOrder",
    "Reason",
    "Refused",
    "Registers",
    "RelayState",
    "Release",
    "Report",
    "Road",
    "Sealed",
    "SecuredAnswer",
    "SecurityModule",
    "SecurityModuleError",
    "Silence",
    "Silent",
    "Told",
    "Trace",
    "Way",
    "WireFrame",
]
