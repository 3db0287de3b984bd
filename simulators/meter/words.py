"""Run-state words (电表运行状态字) of a simulated meter: words 1 to 7, bit 0 the lowest bit of the number."""

from datetime import datetime

from simulators.meter.model import Meter

__all__ = ["RELAY_WORD", "run_state_words"]

WORDS = 7
RELAY_WORD = 3
RELAY_OPEN = 1 << 4
COMMAND_OPEN = 1 << 6
PRE_TRIP_ALARM = 1 << 7
PROGRAMMING = 1 << 3
PROTECTED = 1 << 12
AUTHENTICATED = 1 << 13
REMOTE_UNOPENED = 1 << 15


def run_state_words(meter: Meter, now: datetime) -> tuple[int, ...]:
    """Give the seven words of this moment; only word 3 (relay, keys, protection, chip) ever differs from 0."""
    relay, chip = meter.relay(now), meter.memory.esam
    third = (
        RELAY_OPEN * relay.open
        | COMMAND_OPEN * relay.command_open
        | PRE_TRIP_ALARM * (relay.opens_at is not None)
        | PROGRAMMING * meter.memory.programming
        | PROTECTED * relay.protected
        | AUTHENTICATED * (chip is not None and chip.is_authenticated(now))
        | REMOTE_UNOPENED * (chip is not None and not chip.purse.opened)
    )
    return tuple(third if number == RELAY_WORD else 0 for number in range(1, WORDS + 1))
