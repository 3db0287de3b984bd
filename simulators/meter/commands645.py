"""What the relay of a simulated meter does at each command of 1CH (跳合闸、报警、保电)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from protocols.dlt645 import RelayCommand
from simulators.meter.relay import Ending, Relay

__all__ = ["COMMANDS"]

DELAY_STEP = timedelta(minutes=5)
"""Unit of N2, the time from a pre-trip's opening to its recovery."""


def _trip(relay: Relay, now: datetime, _delay: int) -> bool:
    return relay.trip(now)


def _trip_then_close(relay: Relay, now: datetime, delay: int) -> bool:
    return delay > 0 and relay.trip(now, ending=Ending(delay * DELAY_STEP))


def _trip_then_permit(relay: Relay, now: datetime, delay: int) -> bool:
    return delay > 0 and relay.trip(now, ending=Ending(delay * DELAY_STEP, by_key=True))


def _permit(relay: Relay, now: datetime, _delay: int) -> bool:
    return relay.permit(now)


def _close(relay: Relay, now: datetime, _delay: int) -> bool:
    return relay.close(now)


def _protect(relay: Relay, now: datetime, _delay: int) -> bool:
    relay.protect(now, on=True)
    return True


def _unprotect(relay: Relay, now: datetime, _delay: int) -> bool:
    relay.protect(now, on=False)
    return True


def _alarm(relay: Relay, _now: datetime, _delay: int) -> bool:
    relay.alarm = True
    return True


def _alarm_off(relay: Relay, _now: datetime, _delay: int) -> bool:
    relay.alarm = False
    return True


COMMANDS: Mapping[int, Callable[[Relay, datetime, int], bool]] = {
    RelayCommand.TRIP: _trip,
    RelayCommand.PERMIT_CLOSE: _permit,
    RelayCommand.DIRECT_CLOSE: _close,
    RelayCommand.TRIP_THEN_DIRECT_CLOSE: _trip_then_close,
    RelayCommand.TRIP_THEN_PERMIT_CLOSE: _trip_then_permit,
    RelayCommand.ALARM: _alarm,
    RelayCommand.ALARM_OFF: _alarm_off,
    RelayCommand.PROTECT: _protect,
    RelayCommand.PROTECT_OFF: _unprotect,
}
"""By N1, with the instant and N2; False means that the meter refuses."""
