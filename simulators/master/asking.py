"""What a technician does at a meter: reads items, clock, relay and daily freezes, sets the clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from drivers.link import Rank
from drivers.meter import (
    Accepted,
    Answer,
    Freeze,
    Meter,
    Meter645,
    Meter698,
    Meter1997,
    RelayState,
    Silence,
    Silent,
    Told,
    Way,
)
from drivers.meter.shown import MIDNIGHT_MARGIN, near_midnight
from drivers.zone import BEIJING
from protocols.catalogue import Item
from protocols.dlt645 import DI, Reading
from protocols.dlt698 import OAD
from simulators.errors import SimulatorError
from simulators.master.bench import Bench, Wish
from simulators.master.model import Outcome, Part, Wanted
from simulators.master.saying import why_not
from simulators.master.values import parts_of_attribute, parts_of_reading

__all__ = ["AskError", "ClockSeen", "ask_clock", "ask_freeze", "ask_relay", "read_items", "set_clock"]

T = TypeVar("T")


class AskError(SimulatorError):
    """The meter has refused, or not answered; the message says how."""


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """A meter's clock and ours at one moment, in local time."""

    meter: datetime
    ours: datetime

    @property
    def deviation(self) -> timedelta:
        """How far the meter's clock is ahead."""
        return self.meter - self.ours


async def read_items(bench: Bench, meter: Meter, wanted: Iterable[Wanted], tell: Callable[[Outcome], None]) -> bool:
    """Read one item after the other and tell what came of each; whether all were read."""
    is_good = True
    for item in wanted:
        outcome = item if isinstance(item, Outcome) else await _read(bench.wish, meter, item)
        is_good = is_good and outcome.ok
        tell(outcome)
    return is_good


async def _read(wish: Wish, meter: Meter, item: Item) -> Outcome:
    match meter:
        case Meter645():
            return _read_out(item, await meter.read(DI.parse(item.digits)), partial(_of_reading, wish))
        case Meter1997():
            return _read_out(item, await meter.read(int(item.digits, 16)), partial(_of_reading, wish))
        case Meter698():
            oad = OAD.parse(item.digits)
            return _read_out(item, await meter.read(oad), partial(parts_of_attribute, oad))
    raise AssertionError(f"nobody reads items of a {type(meter).__name__}")


def _of_reading(wish: Wish, reading: Reading) -> tuple[Part, ...]:
    return parts_of_reading(reading, wish.profile)


def _read_out(item: Item, answer: Answer[T], parts: Callable[[T], tuple[Part, ...]]) -> Outcome:
    if not isinstance(answer, Told):
        return Outcome(item, error=why_not(answer))
    found = parts(answer.value)
    faults = [part.fault for part in found if part.fault]
    return Outcome(item, found, error=faults[0] if len(faults) == len(found) > 0 else "")


async def ask_clock(meter: Meter) -> ClockSeen:
    """Read the clock, and take ours in the middle between question and answer; raises AskError."""
    answer = await meter.clock(rank=Rank.OPERATOR)
    if isinstance(answer, Silent) and answer.reason is Silence.GARBLED:
        raise AskError("its clock shows no time")
    shown = _told(answer)
    asked = next((frame.at for frame in reversed(answer.trace) if frame.way is Way.OUT), answer.at)
    return ClockSeen(shown.astimezone(BEIJING), (asked + (answer.at - asked) / 2).astimezone(BEIJING))


async def set_clock(bench: Bench, meter: Meter) -> Accepted:
    """Set the clock to ours and read it back; raises AskError, around midnight without asking.

    There the meter makes its freezes, and one that is set across midnight makes them twice or not at all.
    """
    if near_midnight(bench.clock.now().astimezone(BEIJING)):
        minutes = MIDNIGHT_MARGIN // timedelta(minutes=1)
        raise AskError(f"no clock is set within {minutes} minutes of midnight, where meters make their freezes")
    return _told(await meter.set_clock())


async def ask_relay(meter: Meter) -> RelayState:
    """Read the state of the relay; raises AskError."""
    return _told(await meter.relay(rank=Rank.OPERATOR))


async def ask_freeze(meter: Meter, day: date) -> Freeze:
    """Read the freeze of a day at 00:00; raises AskError."""
    return _told(await meter.daily_freeze(day, rank=Rank.OPERATOR))


def _told(answer: Answer[T]) -> T:
    if isinstance(answer, Told):
        return answer.value
    raise AskError(why_not(answer))
