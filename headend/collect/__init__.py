"""Collection (采集): duties, live reads, validation, readings with their quality mark. It knows no yuan."""

from headend.collect.clocks import Clock, ClockSeen, clock_history, judge_clock, note_heard
from headend.collect.clocks import Outcome as ClockOutcome
from headend.collect.clocks import in_words as clock_words
from headend.collect.clocks import last_error as clock_error
from headend.collect.device_events import DeviceEvent, Source, device_events, keep_records, keep_report, keep_stranger
from headend.collect.duties import (
    Duty,
    day_counts,
    flag_stale,
    link_counts,
    missing,
    open_duties,
    plan,
    unread,
)
from headend.collect.energy import (
    Leg,
    leg_step,
    legs_between,
    legs_energy,
    periods_agree,
    plausible_kwh,
    register_step,
    sound_energy,
)
from headend.collect.evidence import duty_days, open_relays, relays, version_gaps
from headend.collect.findings import Noted, finding_counts, findings_of, note_once
from headend.collect.frames import keep_frames
from headend.collect.handheld import BadRowError, HandheldError, HandRow, read_file, read_row
from headend.collect.link_events import LinkNote, keep_link_notes, link_notes, prune_link_notes
from headend.collect.live import Live, Want, answer, ask_live, last_live, live, plausible_live
from headend.collect.manual import Importer, RowResult, look_at_row, take_row
from headend.collect.manual import Outcome as RowOutcome
from headend.collect.model import FIRM, TARIFFS, USABLE, Consumption, DayEnergy, Mark, Reading, Registers
from headend.collect.queries import (
    as_reading,
    dark_days,
    good_days,
    last_good,
    reading,
    readings,
    readings_of,
    versions,
)
from headend.collect.reasons import MissReason
from headend.collect.relays import RelaySeen, note_relay, open_since, relay
from headend.collect.reports import Told, plain_text, text_of, told_by_rows
from headend.collect.service import store_reading
from headend.collect.taking import Accepted, FreezeRead, Missed, accept, miss, take
from headend.collect.validation import Case, Finding, Found, Judgement, judge

__all__ = [
    "FIRM",
    "TARIFFS",
    "USABLE",
    "Accepted",
    "BadRowError",
    "Case",
    "Clock",
    "ClockOutcome",
    "ClockSeen",
    "Consumption",
    "DayEnergy",
    "DeviceEvent",
    "Duty",
    "Finding",
    "Found",
    "FreezeRead",
    "HandRow",
    "HandheldError",
    "Importer",
    "Judgement",
    "Leg",
    "LinkNote",
    "Live",
    "Mark",
    "MissReason",
    "Missed",
    "Noted",
    "Reading",
    "Registers",
    "RelaySeen",
    "RowOutcome",
    "RowResult",
    "Source",
    "Told",
    "Want",
    "accept",
    "answer",
    "as_reading",
    "ask_live",
    "clock_error",
    "clock_history",
    "clock_words",
    "dark_days",
    "day_counts",
    "device_events",
    "duty_days",
    "finding_counts",
    "findings_of",
    "flag_stale",
    "good_days",
    "judge",
    "judge_clock",
    "keep_frames",
    "keep_link_notes",
    "keep_records",
    "keep_report",
    "keep_stranger",
    "last_good",
    "last_live",
    "leg_step",
    "legs_between",
    "legs_energy",
    "link_counts",
    "link_notes",
    "live",
    "look_at_row",
    "miss",
    "missing",
    "note_heard",
    "note_once",
    "note_relay",
    "open_duties",
    "open_relays",
    "open_since",
    "periods_agree",
    "plain_text",
    "plan",
    "plausible_kwh",
    "plausible_live",
    "prune_link_notes",
    "read_file",
    "read_row",
    "reading",
    "readings",
    "readings_of",
    "register_step",
    "relay",
    "relays",
    "sound_energy",
    "store_reading",
    "take",
    "take_row",
    "text_of",
    "told_by_rows",
    "unread",
    "version_gaps",
    "versions",
]
