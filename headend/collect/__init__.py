"""Collection (采集): duties, live reads, validation, readings with their quality mark. It knows no yuan."""

from headend.collect.duties import (
    Accepted,
    Duty,
    FreezeRead,
    MissReason,
    accept,
    day_counts,
    flag_stale,
    miss,
    missing,
    open_duties,
    plan,
)
from headend.collect.energy import Leg, leg_step, legs_between, legs_energy, plausible_kwh, register_step
from headend.collect.frames import keep_frames
from headend.collect.live import Live, RelaySeen, Want, answer, ask_live, last_live, live, note_relay, relay
from headend.collect.model import FIRM, TARIFFS, USABLE, Consumption, DayEnergy, Mark, Reading, Registers
from headend.collect.queries import as_reading, good_days, last_good, reading, readings, readings_of, versions
from headend.collect.service import store_reading
from headend.collect.validation import Finding, Judgement, judge

__all__ = [
    "FIRM",
    "TARIFFS",
    "USABLE",
    "Accepted",
    "Consumption",
    "DayEnergy",
    "Duty",
    "Finding",
    "FreezeRead",
    "Judgement",
    "Leg",
    "Live",
    "Mark",
    "MissReason",
    "Reading",
    "Registers",
    "RelaySeen",
    "Want",
    "accept",
    "answer",
    "as_reading",
    "ask_live",
    "day_counts",
    "flag_stale",
    "good_days",
    "judge",
    "keep_frames",
    "last_good",
    "last_live",
    "leg_step",
    "legs_between",
    "legs_energy",
    "live",
    "miss",
    "missing",
    "note_relay",
    "open_duties",
    "plan",
    "plausible_kwh",
    "reading",
    "readings",
    "readings_of",
    "register_step",
    "relay",
    "store_reading",
    "versions",
]
