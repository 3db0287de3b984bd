"""14H write data (写数据), DL/T 645-2007, 7.5, with the parameter classes of the fee-control extension."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from protocols.dlt645 import (
    CIPHERTEXT_LEVEL,
    DI,
    PLAINTEXT_LEVEL,
    Operator,
    Stamp,
    Value,
    WriteAnswer,
    WriteRequest,
    find,
    read_payload,
)
from protocols.dlt645.secured import (
    Maced,
    apdu_header,
    display_order,
    read_setting_plaintext,
    unpack_maced,
    unpack_sealed,
)
from simulators.meter.events import Kind
from simulators.meter.objects645 import BOTH, DATE, HOLD_CURRENT, HOLD_DELAY, TIME, WAITS
from simulators.meter.refusing import ESAM_FAILED, NO_DATA, NOT_AUTHORISED, OTHER, RefusedError
from simulators.meter.slave645.access import check_password
from simulators.meter.slave645.limits import AMOUNTS, set_amount, set_prices
from simulators.meter.slave645.unit import Unit

__all__ = ["set_clock", "write"]

PLAIN = frozenset({"RW", "W"})
SEALED = frozenset({"RW", "W", "RW98"})
IN_CHIP = "RW99"
ADDRESS = DI(0x04000401)  # changed with 15H
AROUND_DATA = 5
"""Bytes that are sealed before the data: their number, and the identifier."""


def write(unit: Unit, request: WriteRequest, now: datetime) -> WriteAnswer:
    """Set an item, if who asks may and the item takes it; it is read back as it was written."""
    known = find(request.di, unit.profile)
    if known is None:
        raise RefusedError(NO_DATA)
    access = "" if request.di == ADDRESS else known.access
    data = TAKERS.get(request.password.level, _take_plain)(unit, request, access, now)
    values = read_payload(request.di, data, unit.profile).values
    if act := ACTS.get(request.di):
        act(unit, request.di, values, request.operator, now)
    if request.di not in CLOCKS:
        unit.memory.settings[request.di] = data
        unit.meter.note(Kind.PROGRAMMED, now, operator=request.operator.digits, details=(int(request.di),))
    return WriteAnswer()


def _take_plain(unit: Unit, request: WriteRequest, access: str, now: datetime) -> bytes:
    """Take class 3 by password; a meter without a security chip takes the other classes so, too."""
    guarded = unit.is_secured and access not in PLAIN
    if guarded or not request.password.is_plain:
        raise RefusedError(NOT_AUTHORISED)
    check_password(unit, request.password, unit.profile.setting_level, now)
    if access not in {*SEALED, IN_CHIP}:
        raise RefusedError(OTHER)
    return request.payload


def _take_maced(unit: Unit, request: WriteRequest, access: str, now: datetime) -> bytes:
    """Take class 1, which the chip keeps, under its MAC."""
    data, code = unpack_maced(request.payload)
    if access != IN_CHIP:
        raise RefusedError(NOT_AUTHORISED)
    header = apdu_header(request.di, len(data), unit.profile)
    unit.esam.check_setting(header, Maced(display_order(request.di, data, unit.profile), code), now)
    return data


def _take_sealed(unit: Unit, request: WriteRequest, access: str, now: datetime) -> bytes:
    """Take any other setting hidden in ciphertext, the identifier too."""
    if access not in SEALED:
        raise RefusedError(NOT_AUTHORISED)
    sealed = unpack_sealed(request.payload)
    header = apdu_header(request.di, len(sealed.ciphertext) - AROUND_DATA, unit.profile)
    order = read_setting_plaintext(unit.esam.open_setting(header, sealed, now), unit.profile)
    if order.di != request.di:
        raise RefusedError(ESAM_FAILED)
    return order.data


TAKERS: dict[int, Callable[[Unit, WriteRequest, str, datetime], bytes]] = {
    CIPHERTEXT_LEVEL: _take_sealed,
    PLAINTEXT_LEVEL: _take_maced,
}
"""By level PA; every other one is a password's."""


def set_clock(unit: Unit, stamp: Value, operator: Operator, now: datetime) -> None:
    """Lay the given places of a stamp over what the clock shows."""
    if not isinstance(stamp, Stamp):
        raise RefusedError(OTHER)
    before = unit.meter.clock(now)
    places = {"year": "YY", "month": "MM", "day": "DD", "hour": "hh", "minute": "mm", "second": "ss"}
    given = {name: part for name, pair in places.items() if (part := stamp.part(pair)) is not None}
    if "year" in given:
        given["year"] += 2000
    try:
        shown = before.replace(microsecond=0, **given)  # type: ignore[arg-type]  # only whole numbers are in it
    except ValueError:
        raise RefusedError(OTHER) from None
    unit.meter.set_clock(now, shown, operator.digits)


def _set_clock(unit: Unit, _di: DI, values: tuple[Value, ...], operator: Operator, now: datetime) -> None:
    set_clock(unit, values[0], operator, now)


def _set_relay(unit: Unit, di: DI, values: tuple[Value, ...], _operator: Operator, now: datetime) -> None:
    """Set what the relay waits for: the trip delay, and how large a current holds it back for how long."""
    value = values[0]
    if not isinstance(value, Decimal):
        raise RefusedError(OTHER)
    relay = unit.meter.relay(now)
    if di == HOLD_CURRENT:
        relay.hold_current_ma = int(value * 1000)
    elif di == HOLD_DELAY:
        relay.hold_delay = timedelta(minutes=int(value))
    else:
        relay.trip_delay = timedelta(minutes=int(value))


CLOCKS = frozenset({DATE, TIME, BOTH})
ACTS: dict[DI, Callable[[Unit, DI, tuple[Value, ...], Operator, datetime], None]] = {
    **dict.fromkeys(CLOCKS, _set_clock),
    **dict.fromkeys(WAITS, _set_relay),
    **dict.fromkeys(AMOUNTS, set_amount),
    DI(0x040501FF): set_prices,
}
"""Settings that do something at once."""
