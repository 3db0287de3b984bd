"""A simulated village: its scenario, its homes and the archive file that tells the head-end of them."""

from simulators.village.archive import archive_of
from simulators.village.generate import build_village
from simulators.village.model import Contact, Home, Opening, Village
from simulators.village.moved import move_scenario
from simulators.village.scenario import Act, Deed, Happening, Line, LineKind, Scenario, Staff, Story, load_scenario

__all__ = [
    "Act",
    "Contact",
    "Deed",
    "Happening",
    "Home",
    "Line",
    "LineKind",
    "Opening",
    "Scenario",
    "Staff",
    "Story",
    "Village",
    "archive_of",
    "build_village",
    "load_scenario",
    "move_scenario",
]
