"""The objects of a simulated DL/T 698.45 meter: attributes to read, methods to carry out, the freeze table.

Success of a method means accepted; what the relay does afterwards is the relay's matter.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from protocols.dlt698 import NULL, OAD, OMD, Dar, DataType, DateTimeS, Value, array
from simulators.localtime import SHANGHAI
from simulators.meter.model import Freeze, Meter, Registers
from simulators.meter.words import run_state_words

__all__ = [
    "ATTRIBUTES",
    "CLOCK",
    "DAILY_FREEZES",
    "FORWARD",
    "FREEZE_TIME",
    "METHODS",
    "REVERSE",
    "SETTINGS",
    "freeze_column",
]

CLOCK = OAD.parse("40000200")
FORWARD = OAD.parse("00100200")
REVERSE = OAD.parse("00200200")
FREEZE_TIME = OAD.parse("20210200")
DAILY_FREEZES = OAD.parse("50040200")
RELAY_PORT = OAD.parse("F2050201")
PERMIT, DIRECT = 0, 1
TRIP_TYPES = (DataType.OAD, DataType.UNSIGNED, DataType.LONG_UNSIGNED, DataType.BOOL)
CLOSE_TYPES = (DataType.OAD, DataType.ENUM)


def freeze_column(freeze: Freeze, column: OAD) -> Value | None:
    """Give one column of a daily freeze, None if the table has no such column."""
    if column == FREEZE_TIME:
        return Value(DataType.DATE_TIME_S, DateTimeS.of(freeze.stamp))
    return _energies(freeze.registers).get(column)


def _energies(registers: Registers) -> dict[OAD, Value]:
    reverse = (registers.reverse, registers.reverse, 0, 0, 0)
    return {FORWARD: _block(registers.block), REVERSE: _block(reverse)}


def _block(registers: tuple[int, ...]) -> Value:
    return array(*(Value(DataType.DOUBLE_LONG_UNSIGNED, register) for register in registers))


def _phase_a(value: Value) -> Value:
    """Give the phases of a single-phase meter: B and C are not fitted."""
    return array(value, NULL, NULL)


def _relay_bit(*, on: bool) -> Value:
    return Value(DataType.BIT_STRING, f"{on:d}0000000")


def _octets(digits: str) -> Value:
    return Value(DataType.OCTET_STRING, bytes.fromhex(digits))


def _clock(meter: Meter, now: datetime) -> Value:
    return Value(DataType.DATE_TIME_S, DateTimeS.of(meter.clock(now)))


def _words(meter: Meter, now: datetime) -> Value:
    words = run_state_words(meter, now)
    return array(*(Value(DataType.BIT_STRING, f"{word:016b}"[::-1]) for word in words))


ATTRIBUTES: dict[OAD, Callable[[Meter, datetime], Value]] = {
    FORWARD: lambda meter, now: _energies(meter.registers(now))[FORWARD],
    REVERSE: lambda meter, now: _energies(meter.registers(now))[REVERSE],
    CLOCK: _clock,
    OAD.parse("40010200"): lambda meter, _: _octets(meter.plate.address),
    OAD.parse("40020200"): lambda meter, _: _octets(meter.plate.asset),
    OAD.parse("20000200"): lambda meter, now: _phase_a(Value(DataType.LONG_UNSIGNED, meter.decivolts(now))),
    OAD.parse("20010200"): lambda meter, now: _phase_a(Value(DataType.DOUBLE_LONG, meter.milliamperes(now))),
    OAD.parse("20140200"): _words,
    OAD.parse("80000300"): lambda meter, now: _relay_bit(on=meter.relay(now).open),
    OAD.parse("80000400"): lambda meter, now: _relay_bit(on=meter.relay(now).opens_at is not None),
    OAD.parse("80000500"): lambda meter, now: _relay_bit(on=meter.relay(now).command_open),
    OAD.parse("80010200"): lambda meter, now: Value(DataType.ENUM, int(meter.relay(now).protected)),
}
"""What can be read of a meter; an element index picks from these."""


def _set_clock(meter: Meter, value: Value, now: datetime) -> Dar:
    shown = value.value.at(SHANGHAI) if value.type is DataType.DATE_TIME_S else None
    if shown is None:
        return Dar.TYPE_MISMATCH
    meter.set_clock(now, shown)
    return Dar.SUCCESS


SETTINGS: dict[OAD, Callable[[Meter, Value, datetime], Dar]] = {CLOCK: _set_clock}
"""What can be set of a meter."""


def _entry(parameter: Value, types: tuple[DataType, ...]) -> tuple[int, ...] | Dar:
    """Take the members of the one structure in the array, which must be for relay 1."""
    entries = parameter.elements
    members = entries[0].elements if len(entries) == 1 else ()
    if parameter.type is not DataType.ARRAY or tuple(member.type for member in members) != types:
        return Dar.TYPE_MISMATCH
    if members[0].value != RELAY_PORT:
        return Dar.OBJECT_DOES_NOT_EXIST
    return tuple(member.value for member in members)


def _trip(meter: Meter, parameter: Value, now: datetime) -> Dar:
    entry = _entry(parameter, TRIP_TYPES)
    if isinstance(entry, Dar):
        return entry
    _, delay, limit, _ = entry
    if limit:
        return Dar.OUT_OF_RANGE  # trips for a limited time (限电时间) are not simulated
    relay = meter.relay(now)
    relay.trip_delay = timedelta(minutes=delay)
    return Dar.SUCCESS if relay.trip(now) else Dar.REFUSED


def _close(meter: Meter, parameter: Value, now: datetime) -> Dar:
    entry = _entry(parameter, CLOSE_TYPES)
    if isinstance(entry, Dar):
        return entry
    relay = meter.relay(now)
    if entry[1] == DIRECT:
        relay.close(now)
    elif entry[1] == PERMIT:
        relay.permit(now)
    else:
        return Dar.OUT_OF_RANGE
    return Dar.SUCCESS


def _protect(meter: Meter, _: Value, now: datetime) -> Dar:
    relay = meter.relay(now)
    relay.protect(now, on=True)
    relay.close(now)  # 投入保电 restores an open relay
    return Dar.SUCCESS


def _unprotect(meter: Meter, _: Value, now: datetime) -> Dar:
    meter.relay(now).protect(now, on=False)
    return Dar.SUCCESS


METHODS: dict[OMD, Callable[[Meter, Value, datetime], Dar]] = {
    OMD.parse("80008100"): _trip,
    OMD.parse("80008200"): _close,
    OMD.parse("80017F00"): _protect,
    OMD.parse("80018000"): _unprotect,
}
"""Relay control (遥控) and protection (保电); all of them ask for a valid TimeTag."""
