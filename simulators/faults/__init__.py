"""What goes wrong on the wire: seeded, replayable, by a scenario file or live."""

from simulators.faults.kinds import FAULTS
from simulators.faults.live import Fate, Faults
from simulators.faults.model import Argument, Fault, Kind, Part, Stage
from simulators.faults.plan import FaultPlan, load_faults, read_faults

__all__ = [
    "FAULTS",
    "Argument",
    "Fate",
    "Fault",
    "FaultPlan",
    "Faults",
    "Kind",
    "Part",
    "Stage",
    "load_faults",
    "read_faults",
]
