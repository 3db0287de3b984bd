"""The data items of a simulated DL/T 645-2007 meter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from operator import add

from protocols.dlt645 import DI, Bits, Stamp, Value
from simulators.meter.model import Meter
from simulators.meter.registers import Freeze, Registers
from simulators.meter.words import run_state_words

__all__ = ["BOTH", "DATE", "FROZEN", "HOLD_CURRENT", "HOLD_DELAY", "ITEMS", "TIME", "WAITS"]

DATE, TIME, BOTH = DI(0x04000101), DI(0x04000102), DI(0x0400010C)
TRIP_DELAY, HOLD_CURRENT, HOLD_DELAY = DI(0x04001401), DI(0x04001402), DI(0x04001403)
WAITS = frozenset({TRIP_DELAY, HOLD_CURRENT, HOLD_DELAY})
"""What the relay waits for, set by orders and by hand."""
MINUTE = timedelta(minutes=1)

Read = Callable[[Meter, datetime], tuple[Value, ...]]


def _kwh(*registers: int) -> tuple[Decimal, ...]:
    return tuple(Decimal(register).scaleb(-2) for register in registers)


FROZEN: dict[int, Callable[[Freeze], tuple[Value, ...]]] = {
    0: lambda freeze: (Stamp.of("YYMMDDhhmm", freeze.stamp),),
    1: lambda freeze: _kwh(*freeze.registers.block),
    2: lambda freeze: _kwh(*freeze.registers.reverse_block),
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


def _combined(place: int) -> Read:
    """Give forward and reverse energy together, as the combination word of a new meter has it (组合有功)."""
    return lambda meter, now: _kwh(_both(meter.registers(now))[place])


def _both(registers: Registers) -> tuple[int, ...]:
    return tuple(map(add, registers.block, registers.reverse_block))


def _reverse(place: int) -> Read:
    return lambda meter, now: _kwh(meter.registers(now).reverse_block[place])


def _volts(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.decivolts(now)).scaleb(-1),)


def _amperes(meter: Meter, now: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.milliamperes(now)).scaleb(-3),)


def _demand(meter: Meter, now: datetime) -> tuple[Value, ...]:
    watts, at = meter.max_demand(now)
    return (Decimal(watts).scaleb(-3), Stamp.of("YYMMDDhhmm", at))


ITEMS: dict[DI, Read] = {
    **{DI.of(0, 0, place, 0): _combined(place) for place in range(5)},
    **{DI.of(0, 1, place, 0): _register(place) for place in range(5)},
    **{DI.of(0, 2, place, 0): _reverse(place) for place in range(5)},
    DI(0x0000FF00): lambda meter, now: _kwh(*_both(meter.registers(now))),
    DI(0x0001FF00): _block,
    DI(0x0002FF00): lambda meter, now: _kwh(*meter.registers(now).reverse_block),
    DI(0x01010000): _demand,
    DI(0x02010100): _volts,
    DI(0x0201FF00): lambda meter, now: (*_volts(meter, now), None, None),
    DI(0x02020100): _amperes,
    DI(0x0202FF00): lambda meter, now: (*_amperes(meter, now), None, None),
    DI(0x02030000): lambda meter, now: (Decimal(meter.watts(now)).scaleb(-3),),
    DI(0x02030100): lambda meter, now: (Decimal(meter.watts(now)).scaleb(-3),),
    DI(0x02060000): lambda _meter, _now: (Decimal(1),),
    DI(0x02800002): lambda _meter, _now: (Decimal(50),),
    DATE: _clock("YYMMDDWW"),
    TIME: _clock("hhmmss"),
    BOTH: _clock("YYMMDDWWhhmmss"),
    DI(0x04000306): lambda meter, _: (Decimal(meter.plate.ct),),
    DI(0x04000307): lambda meter, _: (Decimal(meter.plate.vt),),
    DI(0x04000401): lambda meter, _: (meter.plate.address,),
    DI(0x04000402): lambda meter, _: (meter.plate.asset,),
    DI(0x04000403): lambda meter, _: (meter.plate.asset,),
    DI(0x04000404): lambda _meter, _: ("220V",),
    DI(0x04000406): lambda meter, _: (f"{meter.plate.current_max_a}A",),
    **{DI(0x04000500 + number): _word(number) for number in range(1, 8)},
    DI(0x040005FF): lambda meter, now: tuple(Bits(word, 16) for word in run_state_words(meter, now)),
    TRIP_DELAY: lambda meter, now: (Decimal(meter.relay(now).trip_delay // MINUTE),),
    HOLD_CURRENT: lambda meter, now: (Decimal(meter.relay(now).hold_current_ma).scaleb(-3),),
    HOLD_DELAY: lambda meter, now: (Decimal(meter.relay(now).hold_delay // MINUTE),),
}
"""What can be read of a meter now; daily freezes are read through `FROZEN`."""
