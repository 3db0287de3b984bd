"""What the DL/T 645-2007 meters of a fleet answer, behind a concentrator or a DTU."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from protocols.dlt645 import (
    DI,
    Bits,
    Frame,
    ReadAnswer,
    ReadRequest,
    Refusal,
    Request,
    Stamp,
    Value,
    build_message,
    parse_message,
    write_payload,
)
from protocols.errors import ProtocolError
from simulators.fleet.meter import FleetMeter
from simulators.fleet.plan import Branch
from simulators.localtime import local
from simulators.meter import Dialect
from simulators.meter.objects645 import FROZEN
from simulators.meter.refusing import NO_DATA, OTHER

__all__ = ["answer_645"]

DAILY_FREEZES = 0x0506
"""DI3 and DI2 of what is frozen each day; DI0 counts back from the last."""

Read = Callable[[FleetMeter, datetime], tuple[Value, ...]]


def answer_645(branch: Branch, frame: Frame, now: datetime) -> Frame | None:
    """Answer a frame for one of the meters; None where nobody does: another address, a broadcast, an answer."""
    meter = branch.get(frame.address.digits)
    if meter is None or meter.dialect is not Dialect.DLT645 or frame.control.from_slave:
        return None
    try:
        request = parse_message(frame)
    except ProtocolError:
        return build_message(frame.address, Refusal(frame.control.function, OTHER))
    if not isinstance(request, ReadRequest):
        told = Refusal(frame.control.function, OTHER) if isinstance(request, Request) else None
        return None if told is None else build_message(frame.address, told)
    values = _values(meter, request.di, now)
    if not values:
        return build_message(frame.address, Refusal(frame.control.function, NO_DATA))
    return build_message(frame.address, ReadAnswer(request.di, write_payload(request.di, *values)))


def _values(meter: FleetMeter, di: DI, now: datetime) -> tuple[Value, ...]:
    read = ITEMS.get(di)
    if read is not None:
        return read(meter, now)
    item = FROZEN.get(di.di1)
    if di.di3 << 8 | di.di2 != DAILY_FREEZES or item is None:
        return ()
    freeze = meter.freeze_back(di.di0, now)
    return item(freeze) if freeze else ()


def _clock(layout: str) -> Read:
    return lambda _meter, now: (Stamp.of(layout, local(now)),)


def _energies(meter: FleetMeter, now: datetime) -> tuple[Value, ...]:
    return tuple(Decimal(register).scaleb(-2) for register in meter.registers(now).block)


ITEMS: Mapping[DI, Read] = {
    DI(0x00010000): lambda meter, now: _energies(meter, now)[:1],
    DI(0x0001FF00): _energies,
    DI(0x0201FF00): lambda meter, now: (Decimal(meter.decivolts(now)).scaleb(-1), None, None),
    DI(0x0202FF00): lambda meter, now: (Decimal(meter.milliamperes(now)).scaleb(-3), None, None),
    DI(0x04000101): _clock("YYMMDDWW"),
    DI(0x04000102): _clock("hhmmss"),
    DI(0x0400010C): _clock("YYMMDDWWhhmmss"),
    DI(0x04000401): lambda meter, _now: (meter.address,),
    DI(0x04000503): lambda _meter, _now: (Bits(0, 16),),
}
"""What can be read of a meter now: energies, voltages, currents, clock, address, run-state word 3."""
