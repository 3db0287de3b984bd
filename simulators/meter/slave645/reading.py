"""11H read data (读数据), 12H follow-up data (读后续数据) and 13H address, DL/T 645-2007, 7.2 to 7.4."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.dlt645 import (
    DI,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Value,
    parts_of,
    write_payload,
)
from simulators.meter.objects645 import ITEMS
from simulators.meter.refusing import NO_DATA, RefusedError
from simulators.meter.slave645.events import read_event
from simulators.meter.slave645.freezes import frozen
from simulators.meter.slave645.unit import Unit

__all__ = ["read", "read_address", "read_next"]

LONGEST_PART = 195
"""Bytes of an item in one frame: 200 of data, less identifier and SEQ."""
MINUTE = timedelta(minutes=1)


def read(unit: Unit, request: ReadRequest, now: datetime) -> ReadAnswer:
    """Answer with the item, or its first part."""
    unit.memory.pending = ()
    payload = _payload(unit, request.di, now)
    if payload is None:
        raise RefusedError(NO_DATA)
    return first_part(unit, ReadAnswer(request.di, payload))


def first_part(unit: Unit, whole: ReadAnswer) -> ReadAnswer:
    """Cut an answer that is too long for a frame; the other parts wait for 12H."""
    first, *others = parts_of(whole, LONGEST_PART)
    assert isinstance(first, ReadAnswer)
    unit.memory.pending = tuple(part for part in others if isinstance(part, ReadNextAnswer))
    return first


def read_next(unit: Unit, request: ReadNextRequest, _now: datetime) -> ReadNextAnswer:
    """Answer with the part that is asked for, as often as it is asked for."""
    for part in unit.memory.pending:
        if (part.di, part.seq) == (request.di, request.seq):
            return part
    raise RefusedError(NO_DATA)


def read_address(unit: Unit, _request: ReadAddressRequest, _now: datetime) -> ReadAddressAnswer:
    """Answer with the address."""
    return ReadAddressAnswer(unit.address)


def _payload(unit: Unit, di: DI, now: datetime) -> bytes | None:
    if di in unit.memory.settings:
        return unit.memory.settings[di]
    if (event := read_event(unit, di)) is not None:
        return event
    values = _values(unit, di, now)
    return write_payload(di, *values, profile=unit.profile) if values else None


def _values(unit: Unit, di: DI, now: datetime) -> tuple[Value, ...]:
    if of_meter := ITEMS.get(di):
        return of_meter(unit.meter, now)
    if of_chip := CHIP.get(di):
        return of_chip(unit, now) if unit.memory.esam else ()
    return frozen(unit, di, now)


def _time_left(unit: Unit, now: datetime) -> tuple[Value, ...]:
    return (Decimal(-(-unit.esam.remaining(now) // MINUTE)),)


def _balance(unit: Unit, _now: datetime) -> tuple[Value, ...]:
    return (Decimal(unit.esam.purse.balance_fen).scaleb(-2),)


CHIP: dict[DI, Callable[[Unit, datetime], tuple[Value, ...]]] = {
    DI(0x02800022): _time_left,
    DI(0x00900200): _balance,
    DI(0x00900201): lambda _unit, _now: (Decimal(0),),
    DI(0x03330201): lambda unit, _now: (Decimal(unit.esam.purse.count),),
    DI(0x0400040E): lambda unit, _now: (unit.esam.purse.customer,),
}
"""What a meter with a security chip reads out of it."""
