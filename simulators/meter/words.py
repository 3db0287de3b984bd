"""Run-state words (电表运行状态字) of a simulated meter: words 1 to 7, bit 0 the lowest bit of the number."""

from collections.abc import Iterator
from datetime import datetime

from protocols.dlt645.items.runstate import WORDS, MeterType, StateWord, Supply
from simulators.meter.events import Kind
from simulators.meter.model import Meter
from simulators.meter.relay import Relay

__all__ = ["RELAY_WORD", "is_overloaded", "run_state_words"]

RELAY_WORD = 3
OVERLOAD_PERCENT = 120
"""Of the largest current on the plate (过载)."""


def run_state_words(meter: Meter, now: datetime) -> tuple[int, ...]:
    """Give the seven words of this moment, as a meter of one phase has them: those of phases B and C are 0."""
    relay = meter.relay(now)
    flags = {1: _faults(meter), 2: _direction(meter, now), 4: _phase(meter, now), 7: _total(meter)}
    words = {number: StateWord.of(number, *names) for number, names in flags.items()}
    words[RELAY_WORD] = StateWord.of(
        RELAY_WORD,
        *_control(meter, relay, now),
        supply=Supply.MAIN if meter.powered else Supply.BATTERY,
        meter_type=MeterType.PREPAID_MONEY if meter.wallet.local else MeterType.NOT_PREPAID,
    )
    return tuple(words[number].value if number in words else 0 for number in WORDS)


def is_overloaded(meter: Meter, now: datetime) -> bool:
    """Tell whether more flows than the meter is built for."""
    return abs(meter.milliamperes(now)) * 100 > meter.plate.current_max_a * 1000 * OVERLOAD_PERCENT


def _chosen(**bits: bool) -> Iterator[str]:
    return (name for name, on in bits.items() if on)


def _faults(meter: Meter) -> Iterator[str]:
    return _chosen(
        clock_battery_low=meter.clockwork.battery_low,
        active_power_reversed=meter.events.goes_on(Kind.REVERSED),
        control_circuit_error=meter.events.goes_on(Kind.RELAY_FAULT),
        overdraft=meter.wallet.local and meter.wallet.overdrawn_fen > 0,
        clock_fault=meter.clockwork.failed,
    )


def _direction(meter: Meter, now: datetime) -> Iterator[str]:
    return _chosen(active_power_reversed_a=meter.watts(now) < 0)


def _control(meter: Meter, relay: Relay, now: datetime) -> Iterator[str]:
    chip, wallet = meter.memory.esam, meter.wallet
    return _chosen(
        programming_allowed=meter.memory.programming,
        relay_open=relay.open,
        relay_command_open=relay.command_open,
        pre_trip_alarm=relay.opens_at is not None,
        protected=relay.protected,
        authenticated=chip is not None and chip.is_authenticated(now),
        local_account_not_opened=wallet.local and not wallet.opened,
        remote_account_not_opened=chip is not None and not wallet.local and not chip.purse.opened,
    )


def _phase(meter: Meter, now: datetime) -> Iterator[str]:
    return _chosen(
        voltage_loss=not meter.powered, overload=is_overloaded(meter, now), reverse_flow=meter.watts(now) < 0
    )


def _total(meter: Meter) -> Iterator[str]:
    return _chosen(
        power_off=not meter.powered,
        meter_cover_open=meter.events.goes_on(Kind.COVER),
        terminal_cover_open=meter.events.goes_on(Kind.TERMINAL_COVER),
    )
