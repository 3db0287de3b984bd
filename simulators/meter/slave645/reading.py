"""11H read data (读数据), 12H follow-up data (读后续数据) and 13H address, DL/T 645-2007, 7.2 to 7.4."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.dlt645 import (
    DI,
    ReadAddressAnswer,
    ReadAddressRequest,
    ReadAnswer,
    ReadBlocksRequest,
    ReadBlocksSinceRequest,
    ReadNextAnswer,
    ReadNextRequest,
    ReadRequest,
    Value,
    write_payload,
)
from simulators.meter.objects645 import ITEMS, WAITS
from simulators.meter.refusing import NO_DATA, RefusedError
from simulators.meter.slave645.events import read_event
from simulators.meter.slave645.freezes import frozen
from simulators.meter.slave645.limits import AMOUNTS, MONEY
from simulators.meter.slave645.load_records import load_records
from simulators.meter.slave645.unit import Unit

__all__ = ["read", "read_address", "read_blocks", "read_next"]

MINUTE = timedelta(minutes=1)


def read(unit: Unit, request: ReadRequest, now: datetime) -> ReadAnswer:
    """Answer with the item."""
    payload = _payload(unit, request.di, now)
    if payload is None:
        raise RefusedError(NO_DATA)
    return ReadAnswer(request.di, payload)


def read_blocks(unit: Unit, request: ReadBlocksRequest | ReadBlocksSinceRequest, now: datetime) -> ReadAnswer:
    """Answer with load records; the identifier alone where there are none of the time."""
    since = request.since if isinstance(request, ReadBlocksSinceRequest) else None
    return ReadAnswer(request.di, load_records(unit, request.di, request.blocks, since, now))


def read_next(_unit: Unit, _request: ReadNextRequest, _now: datetime) -> ReadNextAnswer:
    """Refuse a part that is not held: the ones that are held are given before anybody asks here."""
    raise RefusedError(NO_DATA)


def read_address(unit: Unit, _request: ReadAddressRequest, _now: datetime) -> ReadAddressAnswer:
    """Answer with the address."""
    return ReadAddressAnswer(unit.address)


def _payload(unit: Unit, di: DI, now: datetime) -> bytes | None:
    if di in unit.memory.settings and not _is_live(unit, di):
        return unit.memory.settings[di]
    if (event := read_event(unit, di)) is not None:
        return event
    values = _values(unit, di, now)
    return write_payload(di, *values, profile=unit.profile) if values else None


def _is_live(unit: Unit, di: DI) -> bool:
    """Tell whether a setting is one that the meter itself knows best: it may have changed by no order."""
    return di in WAITS or (unit.meter.wallet.local and di in AMOUNTS)


def _values(unit: Unit, di: DI, now: datetime) -> tuple[Value, ...]:
    if of_meter := ITEMS.get(di):
        return of_meter(unit.meter, now)
    if unit.meter.wallet.local and (of_wallet := MONEY.get(di)):
        return of_wallet(unit.meter, now)
    if of_chip := CHIP.get(di):
        return of_chip(unit, now) if unit.memory.esam else ()
    return frozen(unit, di, now)


def _time_left(unit: Unit, now: datetime) -> tuple[Value, ...]:
    return (Decimal(-(-unit.esam.remaining(now) // MINUTE)),)


CHIP: dict[DI, Callable[[Unit, datetime], tuple[Value, ...]]] = {
    DI(0x02800022): _time_left,
    DI(0x00900200): lambda unit, _now: (Decimal(unit.esam.purse.remaining_fen).scaleb(-2),),
    DI(0x00900201): lambda unit, _now: (Decimal(unit.esam.purse.overdrawn_fen).scaleb(-2),),
    DI(0x03330201): lambda unit, _now: (Decimal(unit.esam.purse.count),),
    DI(0x0400040E): lambda unit, _now: (unit.esam.purse.customer,),
}
"""What a meter with a security chip reads out of it."""
