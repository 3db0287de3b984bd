"""Event records (事件记录): what a simulated meter wrote down, as DL/T 645-2007, annex A, has it read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from protocols.dlt645 import DI, EVERY_EVENT, Operator, Stamp, Value, write_payload
from simulators.meter.events import RECORDS_KEPT, Event, Kind
from simulators.meter.refusing import OTHER, RefusedError
from simulators.meter.registers import Registers
from simulators.meter.slave645.unit import Unit

__all__ = ["MOMENT", "clear_events", "read_event"]

MOMENT = "YYMMDDhhmmss"
MINUTE = "YYMMDDhhmm"
WHOLE = 0xFF
IDENTIFIERS = 10
REGISTERS = 24
"""Energies, or maximum demands, in the record of what was cleared."""
NO_DEMAND: tuple[Value, ...] = (Decimal(0), Stamp(MINUTE, "0000000000"))
QUADRANTS = (Decimal(0),) * 4
NOT_OVER = Stamp(MOMENT, "000000000000")

Values = Callable[[Event], tuple[Value, ...]]


def _moment(at: datetime | None) -> Stamp:
    return NOT_OVER if at is None else Stamp.of(MOMENT, at)


def _kwh(registers: Registers | None) -> tuple[Decimal, Decimal]:
    """Give forward and reverse energy in kWh, none of what has not come yet."""
    if registers is None:
        return Decimal(0), Decimal(0)
    return Decimal(registers.total).scaleb(-2), Decimal(registers.reverse).scaleb(-2)


def _yuan(fen: int) -> Decimal:
    return Decimal(max(0, fen)).scaleb(-2)


def _money(number: int, event: Event) -> tuple[Value, ...]:
    return (_yuan(event.details[number]),)


def _span(event: Event) -> tuple[Value, ...]:
    return _moment(event.began), _moment(event.ended)


def _span_energies(event: Event) -> tuple[Value, ...]:
    return *_span(event), *_kwh(event.before), *_kwh(event.after)


def _span_quadrants(event: Event) -> tuple[Value, ...]:
    return *_span(event), *_kwh(event.before), *QUADRANTS, *_kwh(event.after), *QUADRANTS


def _programmed(event: Event) -> tuple[Value, ...]:
    others = (None,) * (IDENTIFIERS - len(event.details))
    return _moment(event.began), event.operator, *map(DI, event.details), *others


def _meter_cleared(event: Event) -> tuple[Value, ...]:
    energies = _kwh(event.before)
    return _moment(event.began), event.operator, *energies, *(Decimal(0),) * (REGISTERS - len(energies))


def _demand_cleared(event: Event) -> tuple[Value, ...]:
    watts, at = event.details
    first = (Decimal(watts).scaleb(-3), Stamp.of(MINUTE, at))
    return _moment(event.began), event.operator, *first, *NO_DEMAND * (REGISTERS - 1)


def _events_cleared(event: Event) -> tuple[Value, ...]:
    return _moment(event.began), event.operator, DI(event.details[0])


def _clock_set(event: Event) -> tuple[Value, ...]:
    return event.operator, *_span(event)


def _switched(event: Event) -> tuple[Value, ...]:
    return _moment(event.began), event.operator, *_kwh(event.before), *QUADRANTS


def _relay_fault(event: Event) -> tuple[Value, ...]:
    """Give what the table leaves open after the times as forward and reverse energy at both."""
    energies = (*_kwh(event.before), *_kwh(event.after))
    rest = b"".join(write_payload(DI(0x00010000), energy) for energy in energies)
    return *_span(event), rest


@dataclass(frozen=True, slots=True)
class Records:
    """Where the records of a kind lie, how long one is, and its values in wire order.

    Records of class 03 are whole: DI0 counts back from the last and 0 is their number. Of ``items`` DI1 picks an item,
    FFH the whole record, and the number lies under 01H of item 0.
    """

    prefix: int
    size: int
    values: Values
    items: bool = False

    @property
    def whole(self) -> int:
        """The upper three bytes by which all records of the kind are cleared."""
        return self.prefix << 8 if self.items else self.prefix


RECORDS: Mapping[Kind, Records] = {
    Kind.POWER_OFF: Records(0x031100, 12, _span),
    Kind.PROGRAMMED: Records(0x033000, 50, _programmed),
    Kind.METER_CLEARED: Records(0x033001, 106, _meter_cleared),
    Kind.DEMAND_CLEARED: Records(0x033002, 202, _demand_cleared),
    Kind.EVENTS_CLEARED: Records(0x033003, 14, _events_cleared),
    Kind.CLOCK_SET: Records(0x033004, 16, _clock_set),
    Kind.COVER: Records(0x03300D, 60, _span_quadrants),
    Kind.TERMINAL_COVER: Records(0x03300E, 60, _span_quadrants),
    Kind.MAGNET: Records(0x033500, 28, _span_energies),
    Kind.RELAY_FAULT: Records(0x033600, 28, _relay_fault),
    Kind.TRIPPED: Records(0x1D00, 34, _switched, items=True),
    Kind.CLOSED: Records(0x1E00, 34, _switched, items=True),
    Kind.REVERSED: Records(0x1B01, 6, lambda event: (_moment(event.began),), items=True),
}
FIELDS = (0, 6, 10, 14, 18, 22, 26, 30, 34)
"""Bounds of the fields of a trip or close: time, operator, forward, reverse, Q1 to Q4; DI1 = 01H to 08H. Of reversed
power (潮流反向) the time is kept alone."""
NOT_CLEARED = frozenset({Kind.METER_CLEARED, Kind.EVENTS_CLEARED})
PURCHASES: Mapping[int, Values] = {
    0x033301: lambda event: (Stamp.of(MINUTE, event.began),),
    0x033302: lambda event: (Decimal(event.details[0]),),
    **{0x033302 + number: partial(_money, number) for number in range(1, 5)},
}
"""By the upper three bytes: when, how many with it, how much, balance before and after, total (购电记录)."""


def read_event(unit: Unit, di: DI) -> bytes | None:
    """Give a counter or a record, zeros for one that is not there; None for what is no event that is kept here."""
    events = unit.meter.events
    if purchase := PURCHASES.get(di >> 8):
        event = events.last(Kind.PURCHASE, di.di0)
        return write_payload(di, *purchase(event)) if event else None
    kind = next((kind for kind, at in RECORDS.items() if di >> (16 if at.items else 8) == at.prefix), None)
    if kind is None or di.di0 > RECORDS_KEPT:
        return None
    records = RECORDS[kind]
    if (di.di1, di.di0) == (0, 1) if records.items else di.di0 == 0:
        return write_payload(di, Decimal(events.count(kind)))
    if di.di0 == 0:
        return None
    event = events.last(kind, di.di0)
    record = bytes(records.size) if event is None else _payload(unit, records, event)
    if not records.items or di.di1 == WHOLE:
        return record
    field = slice(*FIELDS[di.di1 - 1 : di.di1 + 1]) if 1 <= di.di1 < len(FIELDS) else slice(0)
    return record[field] or None


def _payload(unit: Unit, records: Records, event: Event) -> bytes:
    first = DI((records.prefix << 16) + 0xFF01 if records.items else (records.prefix << 8) + 1)
    return write_payload(first, *records.values(event), profile=unit.profile)


def clear_events(unit: Unit, events: DI, operator: Operator, now: datetime) -> None:
    """Forget all events, or those of one kind; that this was done can't be forgotten."""
    known = {DI((at.whole << 8) + WHOLE): kind for kind, at in RECORDS.items() if kind not in NOT_CLEARED}
    if events != EVERY_EVENT and events not in known:
        raise RefusedError(OTHER)
    for kind in known.values() if events == EVERY_EVENT else (known[events],):
        unit.meter.events.clear(kind)
    unit.meter.note(Kind.EVENTS_CLEARED, now, operator=operator.digits, details=(int(events),))
