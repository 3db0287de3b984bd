"""Event records (事件记录): what a simulated meter writes down and what is read of it, DL/T 645-2007, annex A."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from protocols.dlt645 import DI, EVERY_EVENT, Operator, Stamp, Value, write_payload
from simulators.meter.memory import Event
from simulators.meter.model import Switching
from simulators.meter.refusing import OTHER, RefusedError
from simulators.meter.slave645.unit import Unit

__all__ = ["clear_events", "note", "read_event"]

TIME = "YYMMDDhhmmss"
RECORDS_KEPT = 10
WHOLE = 0xFF
SWITCHINGS = {0x1D: True, 0x1E: False}
"""DI3 of the records of trips (跳闸) and closes (合闸), by whether the contact opened."""
FIELDS = (0, 6, 10, 14, 18, 22, 26, 30, 34)
"""Bounds of the fields of such a record: time, operator, forward, reverse, Q1 to Q4; DI1 = 01H to 08H."""
QUADRANTS = (Decimal(0),) * 4
SIZES = {
    Event.PROGRAMMED: 50,
    Event.METER_CLEARED: 106,
    Event.DEMAND_CLEARED: 202,
    Event.EVENTS_CLEARED: 14,
    Event.CLOCK_SET: 16,
}
NOT_CLEARED = frozenset({Event.METER_CLEARED, Event.EVENTS_CLEARED})


def note(unit: Unit, event: Event, *values: Value) -> None:
    """Write an event down: its values as the record's format has them."""
    unit.memory.journals[event].add(write_payload(DI((event << 8) + 1), *values, profile=unit.profile))


def read_event(unit: Unit, di: DI) -> bytes | None:
    """Give a counter or a record; None for what is no event that is kept here."""
    if di.di3 in SWITCHINGS and di.di2 == 0:
        return _of_switching(unit, di)
    event = next((event for event in Event if event == di >> 8), None)
    if event is None or di.di0 > RECORDS_KEPT:
        return None
    journal = unit.memory.journals[event]
    if di.di0 == 0:
        return write_payload(di, Decimal(journal.count))
    return journal.records[di.di0 - 1] if di.di0 <= len(journal.records) else bytes(SIZES[event])


def clear_events(unit: Unit, events: DI, operator: Operator, now: datetime) -> None:
    """Forget all events, or those of one kind; that this was done can't be forgotten."""
    journals, switchings = unit.memory.journals, unit.meter.switchings
    known: dict[int, Callable[[], None]] = {
        **{event.value: journals[event].clear for event in Event if event not in NOT_CLEARED},
        **{kind << 16: switchings[opened].clear for kind, opened in SWITCHINGS.items()},
    }
    if events != EVERY_EVENT and (events.di0 != WHOLE or events >> 8 not in known):
        raise RefusedError(OTHER)
    for clear in known.values() if events == EVERY_EVENT else (known[events >> 8],):
        clear()
    note(unit, Event.EVENTS_CLEARED, unit.stamp(TIME, now), operator.digits, events)


def _of_switching(unit: Unit, di: DI) -> bytes | None:
    """Give the count (1D000001), a record (1D00FFnn) or one field of it, zeros for one that is not there."""
    switchings = unit.meter.switchings[SWITCHINGS[di.di3]]
    if (di.di1, di.di0) == (0, 1):
        return write_payload(di, Decimal(len(switchings)))
    if not 1 <= di.di0 <= RECORDS_KEPT:
        return None
    record = _record(switchings[-di.di0]) if di.di0 <= len(switchings) else bytes(FIELDS[-1])
    if di.di1 == WHOLE:
        return record
    return record[FIELDS[di.di1 - 1] : FIELDS[di.di1]] if 1 <= di.di1 < len(FIELDS) else None


def _record(made: Switching) -> bytes:
    energies = (Decimal(made.registers.total).scaleb(-2), Decimal(made.registers.reverse).scaleb(-2))
    return write_payload(DI(0x1D00FF01), Stamp.of(TIME, made.shown), made.operator, *energies, *QUADRANTS)
