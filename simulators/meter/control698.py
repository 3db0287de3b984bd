"""Relay control (遥控) and protection (保电) of a simulated DL/T 698.45 meter, and what it tells of the last command.

Success of a method means accepted; what the relay does afterwards is the relay's matter.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum

from protocols.dlt698 import OAD, OMD, Dar, DataType, Value
from simulators.meter.events import NOBODY
from simulators.meter.model import Meter
from simulators.meter.relay import Ending, Relay

__all__ = ["CONTROL_ATTRIBUTES", "METHODS"]

RELAY_PORT = OAD.parse("F2050201")
PERMIT, DIRECT = 0, 1
TRIP_TYPES = (DataType.OAD, DataType.UNSIGNED, DataType.LONG_UNSIGNED, DataType.BOOL)
CLOSE_TYPES = (DataType.OAD, DataType.ENUM)
MINUTE = timedelta(minutes=1)
BITS = 16


class Done(IntEnum):
    """Bits of 2040 (控制命令执行状态字): what the last command was."""

    CLOSE = 0
    PERMIT = 1
    TRIP = 2
    DELAYED_TRIP = 3
    TRIP_FOR_A_TIME = 4
    HELD = 5
    PROTECT = 8
    UNPROTECT = 9
    ALARM = 10
    ALARM_OFF = 11


class Failed(IntEnum):
    """Bits of 2041 (控制命令错误状态字): why the last command was refused."""

    TRIP_PROTECTED = 5
    TRIP_FOR_A_TIME_PROTECTED = 6
    ALREADY_OPEN = 8


def _entry(parameter: Value, types: tuple[DataType, ...]) -> tuple[int, ...] | Dar:
    """Take the members of the one structure in the array, which must be for relay 1."""
    entries = parameter.elements
    members = entries[0].elements if len(entries) == 1 else ()
    if parameter.type is not DataType.ARRAY or tuple(member.type for member in members) != types:
        return Dar.TYPE_MISMATCH
    if members[0].value != RELAY_PORT:
        return Dar.OBJECT_DOES_NOT_EXIST
    return tuple(member.value for member in members)


def _tell(meter: Meter, done: Done | None, failed: Failed | None = None) -> Dar:
    meter.memory.control_done = 0 if done is None else 1 << done
    meter.memory.control_failed = 0 if failed is None else 1 << failed
    return Dar.SUCCESS if failed is None else Dar.REFUSED


def _relay(meter: Meter, now: datetime) -> Relay:
    """Give the relay; this language names nobody who orders."""
    relay = meter.relay(now)
    relay.operator = NOBODY
    return relay


def _trip(meter: Meter, parameter: Value, now: datetime) -> Dar:
    """Trip after the alarm delay (告警延时), or at once for a limited time (限电时间) and then close or allow to."""
    entry = _entry(parameter, TRIP_TYPES)
    if isinstance(entry, Dar):
        return entry
    _, delay, limit, closes = entry
    relay = _relay(meter, now)
    if limit:
        if relay.open:
            return _tell(meter, None, Failed.ALREADY_OPEN)
        ending = Ending(limit * MINUTE, by_key=not closes)
        if not relay.trip(now, delay=timedelta(), ending=ending):
            return _tell(meter, None, Failed.TRIP_FOR_A_TIME_PROTECTED)
        return _tell(meter, Done.TRIP_FOR_A_TIME)
    if not relay.trip(now, delay=delay * MINUTE):
        return _tell(meter, None, Failed.TRIP_PROTECTED)
    return _tell(meter, Done.DELAYED_TRIP if delay else Done.TRIP)


def _close(meter: Meter, parameter: Value, now: datetime) -> Dar:
    entry = _entry(parameter, CLOSE_TYPES)
    if isinstance(entry, Dar):
        return entry
    relay = _relay(meter, now)
    if entry[1] not in {PERMIT, DIRECT}:
        return Dar.OUT_OF_RANGE
    directly = entry[1] == DIRECT
    if not (relay.close(now) if directly else relay.permit(now)):
        return Dar.REFUSED
    return _tell(meter, Done.CLOSE if directly else Done.PERMIT)


def _protect(meter: Meter, _: Value, now: datetime) -> Dar:
    relay = _relay(meter, now)
    relay.protect(now, on=True)
    relay.close(now)  # 投入保电 restores an open relay
    return _tell(meter, Done.PROTECT)


def _unprotect(meter: Meter, _: Value, now: datetime) -> Dar:
    _relay(meter, now).protect(now, on=False)
    return _tell(meter, Done.UNPROTECT)


def _alarm(meter: Meter, _: Value, now: datetime) -> Dar:
    meter.relay(now).alarm = True
    return _tell(meter, Done.ALARM)


def _alarm_off(meter: Meter, _: Value, now: datetime) -> Dar:
    meter.relay(now).alarm = False
    return _tell(meter, Done.ALARM_OFF)


METHODS: Mapping[OMD, Callable[[Meter, Value, datetime], Dar]] = {
    OMD.parse("80007F00"): _alarm,
    OMD.parse("80008000"): _alarm_off,
    OMD.parse("80008100"): _trip,
    OMD.parse("80008200"): _close,
    OMD.parse("80017F00"): _protect,
    OMD.parse("80018000"): _unprotect,
}
"""What is done at each method; all of them ask for a valid TimeTag."""


def _word(number: int) -> Value:
    return Value(DataType.BIT_STRING, f"{number:0{BITS}b}"[::-1])


def _done(meter: Meter, now: datetime) -> Value:
    held = meter.relay(now).held_since is not None
    return _word(meter.memory.control_done | held << Done.HELD)


CONTROL_ATTRIBUTES: Mapping[OAD, Callable[[Meter, datetime], Value]] = {
    OAD.parse("20400200"): _done,
    OAD.parse("20410200"): lambda meter, _: _word(meter.memory.control_failed),
}
"""What became of the last command."""
