"""Time as a parameter.

Everything that waits is given a `Clock`. `RealClock` follows the system's time. On a `SteppedClock` time
*stands* while any spawned task is running and jumps to the next due instant when all is quiet: by itself in
`virtual_time` and `run_virtual`, in one process; moved by a `Conductor` for all processes that join it as a
`Follower`.
"""

from clock.conductor import Conductor
from clock.errors import (
    ClockError,
    DeadlineError,
    ForeignTaskError,
    InstantError,
    NoConductorError,
    RemoteProtocolError,
    SettledError,
    StalledError,
    StepError,
)
from clock.face import Alarm, Clock, Task, utc
from clock.follower import Follower
from clock.links import LinkEnd, link_key, serial_key
from clock.real import RealClock
from clock.stepped import Report, SteppedClock
from clock.sync import Lock, Queue, Semaphore
from clock.virtual import run_virtual, virtual_time
from clock.waiter import Nudge, Waiter

__all__ = [
    "Alarm",
    "Clock",
    "ClockError",
    "Conductor",
    "DeadlineError",
    "Follower",
    "ForeignTaskError",
    "InstantError",
    "LinkEnd",
    "Lock",
    "NoConductorError",
    "Nudge",
    "Queue",
    "RealClock",
    "RemoteProtocolError",
    "Report",
    "Semaphore",
    "SettledError",
    "StalledError",
    "StepError",
    "SteppedClock",
    "Task",
    "Waiter",
    "link_key",
    "run_virtual",
    "serial_key",
    "utc",
    "virtual_time",
]
