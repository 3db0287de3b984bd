"""Event objects (事件对象) of a simulated DL/T 698.45 meter: their record tables, row by row and as a whole."""

from collections.abc import Mapping
from datetime import datetime

from protocols.dlt698 import (
    NULL,
    OAD,
    RSD,
    AllRows,
    Dar,
    DataType,
    DateTimeS,
    Selector1,
    Selector2,
    Selector9,
    Value,
    array,
    double_long_unsigned,
    structure,
)
from simulators.localtime import SHANGHAI
from simulators.meter.events import RECORDS_KEPT, Event, Kind
from simulators.meter.model import Meter
from simulators.meter.registers import Registers

__all__ = ["EVENT_COLUMNS", "EVENT_TABLES", "event_attribute", "event_column", "event_rows"]

TABLES: Mapping[Kind, str] = {
    Kind.REVERSED: "30070600",
    Kind.POWER_OFF: "30110200",
    Kind.PROGRAMMED: "30120200",
    Kind.METER_CLEARED: "30130200",
    Kind.DEMAND_CLEARED: "30140200",
    Kind.EVENTS_CLEARED: "30150200",
    Kind.CLOCK_SET: "30160200",
    Kind.COVER: "301B0200",
    Kind.TERMINAL_COVER: "301C0200",
    Kind.TRIPPED: "301F0200",
    Kind.CLOSED: "30200200",
    Kind.PURCHASE: "30280200",
    Kind.MAGNET: "302A0200",
    Kind.RELAY_FAULT: "302B0200",
    Kind.CLOCK_FAULT: "302E0200",
}
EVENT_TABLES: Mapping[OAD, Kind] = {OAD.parse(oad): kind for kind, oad in TABLES.items()}
"""Record tables by OAD: attribute 2 of class 7, attribute 6 (record table 1) of class 24."""
NUMBER, START, END, SOURCE = map(OAD.parse, ("20220200", "201E0200", "20200200", "20240200"))
LINKED = tuple(map(OAD.parse, ("00102201", "00202201", "00108201", "00208201")))
"""Total energy forward and reverse before the start and after the end."""
EVENT_COLUMNS = (NUMBER, START, END, SOURCE, *LINKED)
ENERGIES = {0x0010: "block", 0x0020: "reverse_block"}
ENERGY_VALUE = 2
AFTER_THE_START = (3, 4)
"""Features (属性特征) of a column that tell of the end."""
LINKS, COUNT, MOST, VALID = 3, 4, 5, 9
"""Attributes of class 7 beside the table."""


def event_attribute(meter: Meter, oad: OAD, now: datetime) -> Value | None:
    """Read an attribute of an event object; None for what is none."""
    kind = EVENT_TABLES.get(OAD(oad.oi, oad.attribute, 0))
    meter.advance(now)
    if kind is not None:
        return array(*(_whole(event) for event in meter.events.all(kind)))
    kind = EVENT_TABLES.get(OAD(oad.oi, ENERGY_VALUE, 0))
    if kind is None:
        return None
    kept = len(meter.events.all(kind))
    others = {
        LINKS: array(*(Value(DataType.OAD, column) for column in LINKED)),
        COUNT: Value(DataType.LONG_UNSIGNED, kept),
        MOST: Value(DataType.LONG_UNSIGNED, RECORDS_KEPT),
        VALID: Value(DataType.BOOL, value=True),
    }
    return others.get(oad.attribute)


def event_rows(meter: Meter, table: OAD, rows: RSD, now: datetime) -> tuple[Event, ...] | Dar:
    """Select events of a table: all, the n-th last one, or those that began at a time or in a span of time."""
    meter.advance(now)
    events = meter.events.all(EVENT_TABLES[table])
    match rows:
        case AllRows():
            return events
        case Selector9(last=number):
            return events[number - 1 : number] if number else ()
        case Selector1(oad=oad, value=Value(value=DateTimeS() as at)) if oad == START:
            wanted = at.at(SHANGHAI)
            return tuple(event for event in events if event.began.replace(microsecond=0) == wanted)
        case Selector2(oad=oad, start=Value(value=DateTimeS() as first), end=Value(value=DateTimeS() as last)) if (
            oad == START
        ):
            begin, end = first.at(SHANGHAI), last.at(SHANGHAI)
            if begin is None or end is None:
                return Dar.OUT_OF_RANGE
            return tuple(event for event in events if begin <= event.began < end)
        case _:
            return Dar.REFUSED


def event_column(event: Event, column: OAD) -> Value | None:
    """Give one column of an event, None if the table has no such column."""
    own = {
        NUMBER: double_long_unsigned(event.number),
        START: _time(event.began),
        END: NULL if event.ended is None else _time(event.ended),
        SOURCE: NULL,
    }
    if column in own:
        return own[column]
    block = ENERGIES.get(column.oi)
    if block is None or column.number != ENERGY_VALUE:
        return None
    registers = event.after if column.feature in AFTER_THE_START else event.before
    return NULL if registers is None else _energy(registers, block, column.index)


def _energy(registers: Registers, block: str, index: int) -> Value | None:
    values = [double_long_unsigned(value) for value in getattr(registers, block)]
    if index:
        return values[index - 1] if index <= len(values) else None
    return array(*values)


def _time(at: datetime) -> Value:
    return Value(DataType.DATE_TIME_S, DateTimeS.of(at))


def _whole(event: Event) -> Value:
    """Give a record as attribute 2 holds it: number, start, end, source, where it was reported, and what is linked."""
    cells = [event_column(event, column) or NULL for column in (NUMBER, START, END, SOURCE)]
    linked = [event_column(event, column) or NULL for column in LINKED]
    return structure(*cells, array(), *linked)
