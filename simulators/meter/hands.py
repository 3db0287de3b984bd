"""The acts on a meter, each as a function of the meter, the instant and what it is told.

What comes back tells in both languages what became of it, where that is not plain.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from protocols.dissection import Words
from simulators.meter.events import NOBODY, Kind
from simulators.meter.model import Meter
from simulators.meter.relay import Relay, Stuck
from simulators.meter.wallet import FEN, Limits, Tier

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)
COVERS = {"meter": Kind.COVER, "terminal": Kind.TERMINAL_COVER}


def load(meter: Meter, now: datetime, watts: int | None) -> None:
    """Let the customer draw so much; None is what the profile says."""
    meter.set_load(now, watts)


def _live_relay(meter: Meter, now: datetime) -> Relay:
    """Give the relay; ValueError where there is no power to move it."""
    relay = meter.relay(now)
    if not meter.powered:
        raise ValueError("there is no power, and nothing moves: give it back first")
    return relay


def press_key(meter: Meter, now: datetime) -> Words:
    """Hold the key for three seconds."""
    if _live_relay(meter, now).press_key(now):
        return Words("the relay closed", "继电器合闸")
    return Words("nothing moved: the relay is closed, or no permission waits", "无动作: 已合闸或无合闸允许")


def cover(meter: Meter, now: datetime, cover: str, state: bool) -> None:
    """Open a cover, or close it."""
    meter.goes_on(COVERS[cover], now, on=state)


def magnet(meter: Meter, now: datetime, state: bool) -> None:
    """Hold a magnet to the meter, or take it away."""
    meter.goes_on(Kind.MAGNET, now, on=state)


def power(meter: Meter, now: datetime, state: bool) -> None:
    """Give the line voltage, or take it."""
    (meter.power_on if state else meter.power_off)(now)


def drift(meter: Meter, now: datetime, seconds: Decimal, rate: Decimal) -> None:
    """Set how far the clock is ahead, and what it gains a day."""
    meter.advance(now)
    meter.clockwork.gain(now, int(rate * 1000) * MILLISECOND)
    meter.drift = int(seconds * 1000) * MILLISECOND


def clock_fault(meter: Meter, now: datetime) -> None:
    """Let the clock begin at the year 2000."""
    meter.fail_clock(now)


def battery(meter: Meter, now: datetime, state: bool) -> None:
    """Flatten the clock battery, or change it."""
    meter.advance(now)
    meter.clockwork.battery_low = state


def jump(meter: Meter, now: datetime, kwh: Decimal) -> None:
    """Let the registers go on, or back."""
    meter.jump(now, int(kwh * 100))


def metering(meter: Meter, now: datetime, percent: Decimal) -> None:
    """Count so much of the energy."""
    meter.measure(now, int(percent))


def break_relay(meter: Meter, now: datetime, how: str) -> None:
    """Let the relay fail in one of its ways."""
    meter.relay(now).stuck = Stuck(how)


def fix_relay(meter: Meter, now: datetime) -> None:
    """Free the relay and close it on site."""
    meter.relay(now).close_by_hand(now)


def delay(meter: Meter, now: datetime, minutes: Decimal) -> None:
    """Set how long a trip waits."""
    meter.relay(now).trip_delay = int(minutes) * MINUTE


def hold(meter: Meter, now: datetime, amperes: Decimal, minutes: Decimal) -> None:
    """Set how large a current holds a trip back, and for how long."""
    relay = meter.relay(now)
    relay.hold_current_ma, relay.hold_delay = int(amperes * 1000), int(minutes) * MINUTE


def trip(meter: Meter, now: datetime) -> Words:
    """Trip the relay."""
    relay = _live_relay(meter, now)
    relay.operator = NOBODY
    if not relay.trip(now):
        return Words("refused: supply is protected", "拒绝: 保电中")
    if relay.held_since is not None:
        return Words("taken, held back by the current", "已接受, 大电流保持")
    return Words("taken", "已接受")


def close(meter: Meter, now: datetime, how: str) -> Words:
    """Close the relay, or allow the customer to."""
    relay = _live_relay(meter, now)
    relay.operator = NOBODY
    taken = relay.close(now) if how == "direct" else relay.permit(now)
    return Words("taken", "已接受") if taken else Words("refused: too little money", "拒绝: 金额不足")


def protect(meter: Meter, now: datetime, state: bool) -> None:
    """Protect the supply, or end it."""
    _live_relay(meter, now).protect(now, on=state)


def alarm(meter: Meter, now: datetime, state: bool) -> None:
    """Light the alarm lamp by order, or put it out."""
    meter.relay(now).alarm = state


def programming(meter: Meter, now: datetime, state: bool) -> None:
    """Press the programming key, or release it."""
    meter.advance(now)
    meter.memory.programming = state


def lock(meter: Meter, now: datetime, hours: Decimal) -> None:
    """Take no password for some hours; 0 unlocks."""
    meter.memory.locked_until = now + int(hours) * HOUR if hours else None


def prepay(meter: Meter, now: datetime, state: bool, price: Decimal) -> None:
    """Let the meter live by its money, or not."""
    meter.advance(now)
    wallet = meter.wallet
    wallet.local = wallet.opened = state
    wallet.prices = (int(price * 10_000),) * len(wallet.prices)
    meter.settle_money(now)


def tiers(
    meter: Meter, now: datetime, above_1: Decimal, adder_1: Decimal, above_2: Decimal, adder_2: Decimal, used: Decimal
) -> None:
    """Make energy dearer above bounds of a year, of which 0 is none; ValueError where they do not rise."""
    meter.advance(now)
    given = ((above_1, adder_1), (above_2, adder_2))
    made = tuple(Tier(int(above * 100), int(adder * 10_000)) for above, adder in given if above)
    if any(low.above >= high.above for low, high in pairwise(made)):
        raise ValueError(f"above_2 is {above_2} kWh, and not more than above_1: let the bounds rise")
    meter.wallet.tiers, meter.wallet.used = made, int(used * 100)


def limits(meter: Meter, now: datetime, **yuan: Decimal) -> None:
    """Set the limits of the money, by the names that the wallet has for them."""
    meter.advance(now)
    meter.wallet.limits = Limits(**{name: int(value * 100) for name, value in yuan.items()})
    meter.settle_money(now)


def balance(meter: Meter, now: datetime, yuan: Decimal) -> None:
    """Put the balance to an amount."""
    meter.advance(now)
    meter.wallet.micro = int(yuan * 100) * FEN
    meter.settle_money(now)


def recharge(meter: Meter, now: datetime, yuan: Decimal) -> None:
    """Buy at the meter."""
    meter.buy(now, int(yuan * 100))


def freeze(meter: Meter, now: datetime) -> None:
    """Freeze the registers now."""
    meter.freeze_now(now)


def replace_meter(meter: Meter, now: datetime, asset: str, address: str | None, register: Decimal) -> Words:
    """Hang another meter in the place of this one."""
    plate = replace(meter.plate, asset=asset, address=address or meter.plate.address)
    done = meter.replace(now, plate, register=int(register * 100))
    last, first = done.last.total / 100, done.first.total / 100
    return Words(
        f"old meter stood at {last:.2f} kWh, new one at {first:.2f} kWh", f"旧表止码{last:.2f}, 新表起码{first:.2f}"
    )
