"""Collection (采集): readings with their quality mark, and the energy between them. It knows no yuan."""

from headend.collect.energy import Leg, leg_step, legs_between, legs_energy, plausible_kwh, register_step
from headend.collect.model import FIRM, TARIFFS, USABLE, Consumption, DayEnergy, Mark, Reading, Registers
from headend.collect.queries import as_reading, good_days, last_good, reading, readings, readings_of, versions
from headend.collect.service import store_reading

__all__ = [
    "FIRM",
    "TARIFFS",
    "USABLE",
    "Consumption",
    "DayEnergy",
    "Leg",
    "Mark",
    "Reading",
    "Registers",
    "as_reading",
    "good_days",
    "last_good",
    "leg_step",
    "legs_between",
    "legs_energy",
    "plausible_kwh",
    "reading",
    "readings",
    "readings_of",
    "register_step",
    "store_reading",
    "versions",
]
