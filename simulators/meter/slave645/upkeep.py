"""08H, 15H to 18H, 1DH: clock by broadcast, address, freeze, baud rate, passwords, terminal, 7.6 to 7.10."""

from dataclasses import replace
from datetime import datetime, timedelta

from protocols.dlt645 import (
    Address,
    BroadcastTime,
    ChangeBaudAnswer,
    ChangeBaudRequest,
    ChangePasswordAnswer,
    ChangePasswordRequest,
    FreezeAnswer,
    FreezeRequest,
    Output,
    OutputAnswer,
    OutputRequest,
    WriteAddressAnswer,
    WriteAddressRequest,
    password_identifier,
)
from simulators.localtime import SHANGHAI
from simulators.meter.memory import Lock
from simulators.meter.refusing import BAUD, OTHER, RefusedError
from simulators.meter.slave645.access import check_password
from simulators.meter.slave645.unit import Unit
from simulators.meter.wish import FreezeWish

__all__ = ["change_baud", "change_password", "freeze", "put_out", "rename", "set_clock", "write_address"]

NEAR = timedelta(minutes=5)
ANY = 99
HALF_DAY = timedelta(hours=12)


def set_clock(unit: Unit, request: BroadcastTime, now: datetime) -> None:
    """Follow a broadcast time once a day, within five minutes of the own time and not as near to midnight."""
    told, shown = request.time.instant(), unit.meter.clock(now)
    if told is None or unit.memory.obeyed == shown.date():
        return
    wanted = told.replace(tzinfo=SHANGHAI)
    if abs(wanted - shown) <= NEAR and not (_near_midnight(wanted) or _near_midnight(shown)):
        unit.memory.obeyed = shown.date()
        unit.meter.set_clock(now, wanted)


def write_address(unit: Unit, request: WriteAddressRequest, _now: datetime) -> WriteAddressAnswer | None:
    """Take a new address while the programming key is pressed; silent otherwise."""
    return WriteAddressAnswer() if rename(unit, request.meter) else None


def rename(unit: Unit, meter: Address) -> bool:
    """Take a new address if the programming key is pressed; True if it was."""
    taken = unit.memory.programming and meter.is_meter
    if taken:
        unit.meter.plate = replace(unit.meter.plate, address=meter.digits)
    return taken


def freeze(unit: Unit, request: FreezeRequest, now: datetime) -> FreezeAnswer:
    """Freeze at once, or whenever the clock shows what is asked; 99 in the high places stands for every one."""
    parts = [request.at.part(pair) for pair in ("MM", "DD", "hh", "mm")]
    month, day, hour, minute = (None if part == ANY else part for part in parts)
    if minute is None:
        if (month, day, hour) != (None, None, None):
            raise RefusedError(OTHER)
        unit.meter.freeze_now(now)
        return FreezeAnswer()
    wish = FreezeWish(month, day, hour, minute)
    if not _is_possible(wish, unit.meter.clock(now)):
        raise RefusedError(OTHER)
    unit.meter.freeze_at(wish, now)
    return FreezeAnswer()


def change_baud(unit: Unit, request: ChangeBaudRequest, _now: datetime) -> ChangeBaudAnswer:
    """Take one of the rates of the standard."""
    if request.baud is None:
        raise RefusedError(BAUD)
    unit.memory.baud = request.baud
    return ChangeBaudAnswer(request.word)


def change_password(unit: Unit, request: ChangePasswordRequest, now: datetime) -> ChangePasswordAnswer:
    """Give a level a new password, by that of the same level or of a higher one."""
    if not request.new.is_plain or request.di != password_identifier(request.new.level):
        raise RefusedError(OTHER)
    check_password(unit, request.old, request.new.level, now)
    unit.memory.locks[request.new.level] = Lock(request.new.digits)
    return ChangePasswordAnswer(request.new)


def put_out(unit: Unit, request: OutputRequest, _now: datetime) -> OutputAnswer:
    """Switch the multi-function terminal."""
    if request.signal not in set(Output):
        raise RefusedError(OTHER)
    unit.memory.output = request.signal
    return OutputAnswer(request.signal)


def _near_midnight(shown: datetime) -> bool:
    since = timedelta(hours=shown.hour, minutes=shown.minute, seconds=shown.second)
    return since <= NEAR or since >= 2 * HALF_DAY - NEAR


def _is_possible(wish: FreezeWish, shown: datetime) -> bool:
    """Tell whether the high places are left open from the top down, and the date exists."""
    places = (wish.month, wish.day, wish.hour)
    opened = [place is None for place in places]
    try:
        return opened == sorted(opened, reverse=True) and wish.next_after(shown) is not None
    except ValueError:
        return False
