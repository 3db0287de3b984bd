"""The face of a meter: the pages that its LCD turns, and its lamps (液晶显示, 指示灯)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from simulators.meter.events import Kind
from simulators.meter.load import HOUR
from simulators.meter.model import Meter
from simulators.meter.wallet import Stage
from simulators.meter.words import is_overloaded

__all__ = ["Lamps", "Light", "Page", "Segments", "lamps", "page", "pages", "segments"]

DIGITS = 8
DASHES = "-" * DIGITS
PER_PAGE = timedelta(seconds=5)
"""How long a page stands: 04000302."""
TARIFFS = (("sharp", "尖"), ("peak", "峰"), ("flat", "平"), ("valley", "谷"))
PULSES_PER_KWH = 1200
"""Meter constant (电表常数), imp/kWh."""
PULSE = timedelta(milliseconds=80)
SECOND = timedelta(seconds=1)


class Page(NamedTuple):
    """One page: what it is called, eight digits with their point, and the unit beside them."""

    english: str
    chinese: str
    text: str
    unit: str = ""


class Light(Enum):
    """What a lamp does."""

    OFF = "off"
    ON = "on"
    BLINKING = "blinking"


@dataclass(frozen=True, slots=True)
class Lamps:
    """The lamps: relay open (跳闸灯, yellow; blinking before the trip), alarm (报警灯, red), pulse (脉冲灯, red)."""

    relay: Light
    alarm: Light
    pulse: Light


@dataclass(frozen=True, slots=True)
class Segments:
    """The signs around the digits of the LCD, by what they say.

    ``tariff`` is the tariff in force, 1 to 4; ``message`` one of 拉闸 (open), 请购电 (buy), 透支 (overdrawn), or none.
    """

    tariff: int
    reverse: bool
    programming: bool
    protected: bool
    cover_open: bool
    battery_low: bool
    clock_fault: bool
    message: str


def _kwh(english: str, chinese: str, steps: int) -> Page:
    return Page(english, chinese, f"{steps // 100:06d}.{steps % 100:02d}", "kWh")


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


def _forward(meter: Meter, now: datetime) -> tuple[Page, ...]:
    total, *tariffs = meter.registers(now).block
    return (
        _kwh("forward active energy, total", "当前正向有功总电量", total),
        *(
            _kwh(f"forward active energy, {english}", f"当前正向有功{chinese}电量", steps)
            for (english, chinese), steps in zip(TARIFFS, tariffs, strict=True)
        ),
    )


def _reverse(meter: Meter, now: datetime) -> tuple[Page, ...]:
    steps = meter.registers(now).reverse
    return (_kwh("reverse active energy, total", "当前反向有功总电量", steps),) if steps else ()


def _money(meter: Meter, now: datetime) -> tuple[Page, ...]:
    """Give the money of a meter that lives by it, or that somebody has put money into."""
    meter.advance(now)
    wallet = meter.wallet
    if not (wallet.local or wallet.opened):
        return ()
    left = Page("remaining amount", "当前剩余金额", f"{wallet.remaining_fen / 100:.2f}", "yuan")
    owed = Page("overdraft amount", "当前透支金额", f"{wallet.overdrawn_fen / 100:.2f}", "yuan")
    return (left, owed) if wallet.overdrawn_fen else (left,)


def _clock(meter: Meter, now: datetime) -> tuple[Page, ...]:
    shown = meter.clock(now)
    date = Page("date", "当前日期", f"{shown:%y.%m.%d}")
    return date, Page("time", "当前时间", f"{shown:%H:%M:%S}")


def _address(meter: Meter, _: datetime) -> tuple[Page, ...]:
    """Give the address in two pages, as eight digits do not hold twelve."""
    high, low = meter.address[:-DIGITS], meter.address[-DIGITS:]
    return (
        Page("address, lower 8 digits", "通信地址低8位", low),
        Page("address, upper 4 digits", "通信地址高4位", high),
    )


def _measured(meter: Meter, now: datetime) -> tuple[Page, ...]:
    return (
        Page("voltage", "当前电压", _number(meter.decivolts(now) / 10, 1), "V"),
        Page("current", "当前电流", _number(meter.milliamperes(now) / 1000, 3), "A"),
        Page("active power", "当前有功功率", _number(meter.watts(now) / 1000, 4), "kW"),
    )


def _ratios(meter: Meter, _: datetime) -> tuple[Page, ...]:
    """Give the ratios of a meter behind transformers: what it shows is to be multiplied by them."""
    plate = meter.plate
    return tuple(
        Page(english, chinese, str(ratio))
        for english, chinese, ratio in (
            ("CT ratio", "电流互感器变比", plate.ct),
            ("VT ratio", "电压互感器变比", plate.vt),
        )
        if ratio > 1
    )


ROTATION: tuple[Callable[[Meter, datetime], tuple[Page, ...]], ...] = (
    _forward,
    _reverse,
    _money,
    _clock,
    _address,
    _measured,
    _ratios,
)
"""The pages in the order of their turn (循环显示)."""


def pages(meter: Meter, now: datetime) -> tuple[Page, ...]:
    """Give all pages as they are now; none without power, as the LCD is dark then."""
    return tuple(page for turn in ROTATION for page in turn(meter, now)) if meter.powered else ()


def page(meter: Meter, now: datetime) -> Page:
    """Give the page that stands now; dashes without power."""
    turned = pages(meter, now)
    if not turned:
        return Page("no power", "停电", DASHES)
    return turned[(now - meter.started) // PER_PAGE % len(turned)]


def lamps(meter: Meter, now: datetime) -> Lamps:
    """Tell what the lamps do; all are off without power."""
    relay = meter.relay(now)
    if not meter.powered:
        return Lamps(Light.OFF, Light.OFF, Light.OFF)
    waits = relay.opens_at is not None
    return Lamps(
        relay=Light.ON if relay.open else Light.BLINKING if waits else Light.OFF,
        alarm=Light.ON if _is_alarmed(meter, now) else Light.OFF,
        pulse=_pulse(meter.watts(now), now),
    )


def _is_alarmed(meter: Meter, now: datetime) -> bool:
    """Tell whether the alarm lamp is lit: by order, before a trip, for want of money, or for a fault."""
    relay = meter.relay(now)
    faults = (Kind.RELAY_FAULT, Kind.CLOCK_FAULT, Kind.REVERSED)
    return (
        relay.alarm
        or relay.opens_at is not None
        or meter.wallet.stage is not Stage.FINE
        or is_overloaded(meter, now)
        or any(meter.events.goes_on(kind) for kind in faults)
    )


def _pulse(watts: int, now: datetime) -> Light:
    """Tell whether the pulse lamp is lit at this instant; it blinks once for each 1/1200 kWh."""
    if not watts:
        return Light.OFF
    period = timedelta(microseconds=1000 * HOUR // (PULSES_PER_KWH * abs(watts)))
    if period < 2 * PULSE:
        return Light.BLINKING
    since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Light.ON if since_midnight % period < PULSE else Light.OFF


MESSAGES: Mapping[Stage, str] = {Stage.FINE: "", Stage.ALARM_1: "请购电", Stage.ALARM_2: "请购电", Stage.SPENT: "透支"}


def segments(meter: Meter, now: datetime) -> Segments:
    """Tell which signs the LCD shows."""
    relay, events = meter.relay(now), meter.events
    return Segments(
        tariff=meter.tariff(now),
        reverse=meter.watts(now) < 0,
        programming=meter.memory.programming,
        protected=relay.protected,
        cover_open=events.goes_on(Kind.COVER) or events.goes_on(Kind.TERMINAL_COVER),
        battery_low=meter.clockwork.battery_low,
        clock_fault=meter.clockwork.failed,
        message="拉闸" if relay.open else MESSAGES[meter.wallet.stage],
    )
