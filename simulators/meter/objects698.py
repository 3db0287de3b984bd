"""The objects of a simulated DL/T 698.45 meter: attributes to read and to set, and the freeze table."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import add

from protocols.dlt698 import NULL, OAD, Dar, DataType, DateTimeS, Value, array, double_long_unsigned, structure
from simulators.localtime import SHANGHAI
from simulators.meter.events import NOBODY
from simulators.meter.load import TARIFFS
from simulators.meter.model import Meter
from simulators.meter.registers import Freeze, Registers
from simulators.meter.relay import Relay
from simulators.meter.wallet import Wallet
from simulators.meter.words import run_state_words

__all__ = [
    "ATTRIBUTES",
    "CLOCK",
    "DAILY_FREEZES",
    "FORWARD",
    "FREEZE_TIME",
    "REVERSE",
    "SETTINGS",
    "freeze_column",
]

CLOCK = OAD.parse("40000200")
FORWARD = OAD.parse("00100200")
REVERSE = OAD.parse("00200200")
FREEZE_TIME = OAD.parse("20210200")
DAILY_FREEZES = OAD.parse("50040200")
ALARMS = OAD.parse("401E0200")
OTHER_LIMITS = OAD.parse("401F0200")
PRICES = OAD.parse("40180200")
HOLD = OAD.parse("80000200")
LIMITS = {ALARMS: ("alarm_1", "alarm_2"), OTHER_LIMITS: ("overdraft", "hoarding", "close")}
"""Limits of the money, by the names that the wallet has for them (报警金额, 透支, 囤积, 合闸允许金额)."""
MINUTE = timedelta(minutes=1)
A_TENTH_OF_MA = 10  # 8000 attribute 2 counts in 0.0001 A
RATIO = 100  # 401C and 401D count in hundredths

Read = Callable[[Meter, datetime], Value]


def freeze_column(freeze: Freeze, column: OAD) -> Value | None:
    """Give one column of a daily freeze, None if the table has no such column."""
    if column == FREEZE_TIME:
        return Value(DataType.DATE_TIME_S, DateTimeS.of(freeze.stamp))
    return _energies(freeze.registers).get(column)


def _energies(registers: Registers) -> dict[OAD, Value]:
    return {FORWARD: _block(registers.block), REVERSE: _block(registers.reverse_block)}


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


def _combined(meter: Meter, now: datetime) -> Value:
    """Give forward and reverse energy together (组合有功)."""
    registers = meter.registers(now)
    energies = map(add, registers.block, registers.reverse_block)
    return array(*(Value(DataType.DOUBLE_LONG, energy) for energy in energies))


def _power(meter: Meter, now: datetime) -> Value:
    """Give total and phase A in 0.1 W, as a meter of one phase has them."""
    watts = Value(DataType.DOUBLE_LONG, meter.watts(now) * 10)
    return array(watts, watts)


def _money(of_wallet: Callable[[Wallet], int]) -> Read:
    def read(meter: Meter, now: datetime) -> Value:
        meter.advance(now)
        return double_long_unsigned(of_wallet(meter.wallet))

    return read


def _wallet(meter: Meter, now: datetime) -> Value:
    meter.advance(now)
    return structure(*map(double_long_unsigned, (meter.wallet.remaining_fen, meter.wallet.count)))


def _price(meter: Meter, now: datetime) -> Value:
    meter.advance(now)
    return double_long_unsigned(meter.wallet.price(meter.tariff(now) - 1))


def _limits(names: tuple[str, ...], meter: Meter, _: datetime) -> Value:
    return structure(*(double_long_unsigned(getattr(meter.wallet.limits, name)) for name in names))


def _hold(meter: Meter, now: datetime) -> Value:
    relay = meter.relay(now)
    minutes = Value(DataType.LONG_UNSIGNED, relay.hold_delay // MINUTE)
    return structure(double_long_unsigned(relay.hold_current_ma * A_TENTH_OF_MA), minutes)


def _alarmed(relay: Relay) -> bool:
    return relay.alarm or relay.opens_at is not None


ATTRIBUTES: dict[OAD, Read] = {
    OAD.parse("00000200"): _combined,
    FORWARD: lambda meter, now: _energies(meter.registers(now))[FORWARD],
    REVERSE: lambda meter, now: _energies(meter.registers(now))[REVERSE],
    CLOCK: _clock,
    OAD.parse("40010200"): lambda meter, _: _octets(meter.plate.address),
    OAD.parse("40020200"): lambda meter, _: _octets(meter.plate.asset),
    OAD.parse("20000200"): lambda meter, now: _phase_a(Value(DataType.LONG_UNSIGNED, meter.decivolts(now))),
    OAD.parse("20010200"): lambda meter, now: _phase_a(Value(DataType.DOUBLE_LONG, meter.milliamperes(now))),
    OAD.parse("20040200"): _power,
    OAD.parse("200A0200"): lambda _, __: array(*(Value(DataType.LONG, 1000),) * 2),
    OAD.parse("200F0200"): lambda _, __: Value(DataType.LONG_UNSIGNED, 5000),
    OAD.parse("20140200"): _words,
    OAD.parse("201A0200"): _price,
    OAD.parse("201B0200"): _price,
    OAD.parse("202C0200"): _wallet,
    OAD.parse("202D0200"): _money(lambda wallet: wallet.overdrawn_fen),
    OAD.parse("202E0200"): _money(lambda wallet: wallet.bought_fen),
    OAD.parse("40030200"): lambda meter, _: _octets(meter.wallet.customer),
    PRICES: lambda meter, _: array(*map(double_long_unsigned, meter.wallet.prices)),
    OAD.parse("401C0200"): lambda meter, _: double_long_unsigned(meter.plate.ct * RATIO),
    OAD.parse("401D0200"): lambda meter, _: double_long_unsigned(meter.plate.vt * RATIO),
    **{oad: partial(_limits, names) for oad, names in LIMITS.items()},
    HOLD: _hold,
    OAD.parse("80000300"): lambda meter, now: _relay_bit(on=meter.relay(now).open),
    OAD.parse("80000400"): lambda meter, now: _relay_bit(on=_alarmed(meter.relay(now))),
    OAD.parse("80000500"): lambda meter, now: _relay_bit(on=meter.relay(now).command_open),
    OAD.parse("80010200"): lambda meter, now: Value(DataType.ENUM, int(meter.relay(now).protected)),
}
"""What can be read of a meter; an element index picks from these."""


def _set_clock(meter: Meter, value: Value, now: datetime) -> Dar:
    shown = value.value.at(SHANGHAI) if value.type is DataType.DATE_TIME_S else None
    if shown is None:
        return Dar.TYPE_MISMATCH
    meter.set_clock(now, shown, NOBODY)
    return Dar.SUCCESS


def _numbers(value: Value, of: DataType, *types: DataType) -> tuple[int, ...] | None:
    """Read the numbers in an array or a structure of these types; None for anything else."""
    found = tuple(member.type for member in value.elements)
    return tuple(member.value for member in value.elements) if (value.type, found) == (of, types) else None


def _set_limits(names: tuple[str, ...], meter: Meter, value: Value, now: datetime) -> Dar:
    """Set limits of the money; they may cut the customer off, or free him, at once."""
    amounts = _numbers(value, DataType.STRUCTURE, *(DataType.DOUBLE_LONG_UNSIGNED,) * len(names))
    if amounts is None:
        return Dar.TYPE_MISMATCH
    meter.advance(now)
    for name, amount in zip(names, amounts, strict=True):
        setattr(meter.wallet.limits, name, amount)
    meter.settle_money(now)
    return Dar.SUCCESS


def _set_prices(meter: Meter, value: Value, now: datetime) -> Dar:
    prices = _numbers(value, DataType.ARRAY, *(DataType.DOUBLE_LONG_UNSIGNED,) * TARIFFS)
    if prices is None:
        return Dar.TYPE_MISMATCH
    meter.advance(now)
    meter.wallet.prices = prices
    return Dar.SUCCESS


def _set_hold(meter: Meter, value: Value, now: datetime) -> Dar:
    """Set how large a current holds a trip back, and for how long."""
    given = _numbers(value, DataType.STRUCTURE, DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG_UNSIGNED)
    if given is None:
        return Dar.TYPE_MISMATCH
    relay = meter.relay(now)
    relay.hold_current_ma, relay.hold_delay = given[0] // A_TENTH_OF_MA, given[1] * MINUTE
    return Dar.SUCCESS


SETTINGS: dict[OAD, Callable[[Meter, Value, datetime], Dar]] = {
    CLOCK: _set_clock,
    PRICES: _set_prices,
    HOLD: _set_hold,
    **{oad: partial(_set_limits, names) for oad, names in LIMITS.items()},
}
"""What can be set of a meter."""
