"""DL/T 645-1997 in a simulated meter that was never replaced: reading, clock, password, and a vendor's relay writes."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from protocols import dlt645
from protocols.dlt645 import BAUD_OF_WORD, Bits, Message, Operator, RelayCommand, Stamp, Value
from protocols.dlt645.items.identifiers_1997 import find_1997, write_payload_1997
from simulators.meter.commands645 import COMMANDS
from simulators.meter.events import NOBODY, Kind
from simulators.meter.memory import Lock
from simulators.meter.objects645 import ITEMS
from simulators.meter.refusing import NO_DATA, NOT_AUTHORISED, OTHER, RefusedError
from simulators.meter.slave645 import upkeep
from simulators.meter.slave645.access import check_password
from simulators.meter.slave645.setting import set_clock
from simulators.meter.slave645.unit import Unit

__all__ = ["HANDLERS_1997"]

CLOCKS = {0xC010: "YYMMDDWW", 0xC011: "hhmmss"}
DECIMALS = re.compile(r"X\.(X+)")


def _read(unit: Unit, request: dlt645.Read1997Request, now: datetime) -> dlt645.Read1997Answer:
    row = find_1997(request.di, unit.profile)
    values = _values(unit, request.di, now)
    if row is None or not values:
        raise RefusedError(NO_DATA)
    found = DECIMALS.search(row.format)
    decimals = len(found[1]) if found else 0
    rounded = [round(value, decimals) if isinstance(value, Decimal) else value for value in values]
    return dlt645.Read1997Answer(request.di, write_payload_1997(request.di, *rounded, profile=unit.profile))


def _values(unit: Unit, di: int, now: datetime) -> tuple[Value, ...]:
    """Give what is read under an identifier: most are items of 2007 by another name."""
    if own := ITEMS_1997.get(di):
        return own(unit, now)
    row = find_1997(di, unit.profile)
    item = ITEMS.get(row.di) if row else None
    return item(unit.meter, now) if item else ()


def _refuse_part(_unit: Unit, _request: object, _now: datetime) -> None:
    """Refuse a part that is not held: the ones that are held are given before anybody asks here."""
    raise RefusedError(NO_DATA)


def _write(unit: Unit, request: dlt645.Write1997Request, now: datetime) -> dlt645.Write1997Answer:
    """Set date or time, or obey a vendor's write for the relay."""
    if command := _command(unit, request):
        check_password(unit, request.password, unit.profile.control_level, now)
        if not COMMANDS[command](unit.meter.relay(now), now, 0):
            raise RefusedError(OTHER)
        return dlt645.Write1997Answer()
    check_password(unit, request.password, unit.profile.setting_level, now)
    layout = CLOCKS.get(request.di)
    if layout is None:
        raise RefusedError(NO_DATA)
    if len(request.payload) != len(layout) // 2:
        raise RefusedError(OTHER)
    set_clock(unit, Stamp.unpack(layout, request.payload), Operator(NOBODY), now)
    return dlt645.Write1997Answer()


def _command(unit: Unit, request: dlt645.Write1997Request) -> RelayCommand | None:
    """Tell which relay command a write stands for in this model, if any."""
    wanted = (request.di, request.payload)
    words = [word for word, write in unit.profile.relay.items() if (write.di, write.payload) == wanted]
    return next((command for command in RelayCommand if command.word in words), None)


def _write_address(
    unit: Unit, request: dlt645.WriteAddress1997Request, _now: datetime
) -> dlt645.WriteAddress1997Answer | None:
    return dlt645.WriteAddress1997Answer() if upkeep.rename(unit, request.meter) else None


def _change_baud(unit: Unit, request: dlt645.ChangeBaud1997Request, _now: datetime) -> dlt645.ChangeBaud1997Answer:
    if request.word not in BAUD_OF_WORD:
        raise RefusedError(OTHER)
    unit.memory.baud = BAUD_OF_WORD[request.word]
    return dlt645.ChangeBaud1997Answer(request.word)


def _change_password(
    unit: Unit, request: dlt645.ChangePassword1997Request, now: datetime
) -> dlt645.ChangePassword1997Answer:
    if not request.new.is_plain:
        raise RefusedError(NOT_AUTHORISED)
    check_password(unit, request.old, request.new.level, now)
    unit.memory.locks[request.new.level] = Lock(request.new.digits)
    return dlt645.ChangePassword1997Answer(request.new)


def _clear_demand(unit: Unit, request: dlt645.ClearDemand1997Request, now: datetime) -> dlt645.ClearDemand1997Answer:
    check_password(unit, request.password, unit.profile.setting_level, now)
    unit.meter.clear_demand(now)
    return dlt645.ClearDemand1997Answer()


def _demand_time(unit: Unit, now: datetime) -> tuple[Value, ...]:
    return (Stamp.of("MMDDhhmm", unit.meter.max_demand(now)[1]),)


def _times_programmed(unit: Unit, _now: datetime) -> tuple[Value, ...]:
    return (Decimal(unit.meter.events.count(Kind.PROGRAMMED)),)


ITEMS_1997: Mapping[int, Callable[[Unit, datetime], tuple[Value, ...]]] = {
    0xA010: lambda unit, now: (Decimal(unit.meter.max_demand(now)[0]).scaleb(-3),),
    0xB010: _demand_time,
    0xB212: _times_programmed,
    0xC020: lambda _unit, _now: (Bits(0, 8),),
}
"""What 2007 has not, or reads in another way."""

HANDLERS_1997: Mapping[type, Callable[[Unit, Any, datetime], Message | None]] = {
    dlt645.Read1997Request: _read,
    dlt645.ReadNext1997Request: _refuse_part,
    dlt645.ReadAgain1997Request: _refuse_part,
    dlt645.Write1997Request: _write,
    dlt645.WriteAddress1997Request: _write_address,
    dlt645.ChangeBaud1997Request: _change_baud,
    dlt645.ChangePassword1997Request: _change_password,
    dlt645.ClearDemand1997Request: _clear_demand,
    dlt645.BroadcastTime: upkeep.set_clock,
}
"""What a meter of 1997 does at each request. The edition knows no freeze, no events and no relay."""
