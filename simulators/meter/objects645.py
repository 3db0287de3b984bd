"""The data items of a simulated DL/T 645-2007 meter."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from protocols.dlt645 import DI, Bits, Stamp, Value
from simulators.meter.model import Freeze, Meter
from simulators.meter.words import run_state_words

__all__ = ["BOTH", "DATE", "FROZEN", "ITEMS", "TIME"]

DATE, TIME, BOTH = DI(0x04000101), DI(0x04000102), DI(0x0400010C)

Read = Callable[[Meter, datetime], tuple[Value, ...]]


def _kwh(*registers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(register).scaleb(-2) for register in registers)


FROZEN: dict[int, Callable[[Freeze], tuple[Value, ...]]] = {
    0: lambda freeze: (Stamp.of("YYMMDDhhmm", freeze.stamp),),
    1: lambda freeze: _kwh(*freeze.registers.block),
    2: lambda freeze: _kwh(freeze.registers.reverse, freeze.registers.reverse, 0, 0, 0),
}
"""By DI1 of 0506xxnn: time, forward and reverse registers of a daily freeze."""


def _clock(layout: str) -> Read:
    return lambda meter, now: (Stamp.of(layout, meter.clock(now)),)


def _word(number: int) -> Read:
    return lambda meter, now: (Bits(run_state_words(meter, now)[number - 1], 16),)


def _register(place: int) -> Read:
    return lambda meter, now: _kwh(meter.registers(now).block[place])


def _block(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return _kwh(*meter.registers(now).block)


def _reverse(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return _kwh(meter.registers(now).reverse)


def _volts(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.decivolts(now)).scaleb(-1),)


def _amperes(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.milliamperes(now)).scaleb(-3),)


def _demand(meter: Meter, now: datetime) -> tuple[Value, ...]:
    watts, at = meter.max_demand(now)
    return (Decimal(watts).scaleb(-3), Stamp.of("YYMMDDhhmm", at))


ITEMS: dict[DI, Read] = {
    **{DI.of(0, quantity, place, 0): _register(place) for quantity in (0, 1) for place in range(5)},
    **{DI.of(0, quantity, 0xFF, 0): _block for quantity in (0, 1)},
    DI(0x00020000): _reverse,
    DI(0x0002FF00): lambda meter, now: _kwh(meter.registers(now).reverse, meter.registers(now).reverse, 0, 0, 0),
    DI(0x01010000): _demand,
    DI(0x02010100): _volts,
    DI(0x0201FF00): lambda meter, now: (*_volts(meter, now), None, None),
    DI(0x02020100): _amperes,
    DI(0x0202FF00): lambda meter, now: (*_amperes(meter, now), None, None),
    DI(0x02030000): lambda meter, now: (Decimal(meter.watts(now)).scaleb(-3),),
    DATE: _clock("YYMMDDWW"),
    TIME: _clock("hhmmss"),
    BOTH: _clock("YYMMDDWWhhmmss"),
    DI(0x04000401): lambda meter, _: (meter.plate.address,),
    DI(0x04000402): lambda meter, _: (meter.plate.asset,),
    DI(0x04000403): lambda meter, _: (meter.plate.asset,),
    DI(0x04000404): lambda _meter, _: ("220V",),
    DI(0x04000406): lambda meter, _: (f"{meter.plate.current_max_a}A",),
    **{DI(0x04000500 + number): _word(number) for number in range(1, 8)},
    DI(0x040005FF): lambda meter, now: tuple(Bits(word, 16) for word in run_state_words(meter, now)),
}
"""What can be read of a meter now; daily freezes are read through `FROZEN`."""
