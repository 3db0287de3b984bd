"""What goes wrong on the wire: seeded, replayable, by a scenario file or live."""

from simulators.faults.kinds import FAULTS
from simulators.faults.live import Fate, Faults
from simulators.faults.model import Argument, Fault, Kind, Part, Stage

__all__ = ["FAULTS", "Argument", "Fate", "Fault", "Faults", "Kind", "Part", "Stage"]
