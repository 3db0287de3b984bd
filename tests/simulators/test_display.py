"""The face of a meter: pages and lamps."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.meter import Kind, Lamps, Light, Limits, Meter, Relay, Wallet, lamps, page, pages, segments
from simulators.meter.display import DIGITS, PER_PAGE
from tests.simulators.conftest import NOON, MakeMeter, new_meter

MINUTES = st.integers(0, 5 * 24 * 60)
DARK = Lamps(Light.OFF, Light.OFF, Light.OFF)


def after(minutes: int) -> datetime:
    """Give the instant so many minutes after the start."""
    return NOON + timedelta(minutes=minutes)


def shown(meter: Meter, english: str, now: datetime) -> str:
    """Give the digits of one page."""
    return next(page.text for page in pages(meter, now) if page.english == english)


@given(st.integers(0, 99_999_999), st.integers(-30_000, 30_000), MINUTES)
def test_eight_digits_hold_every_page(register: int, watts: int, minutes: int) -> None:
    """Whatever is measured, no page needs more than eight digits, and each has a label in both languages."""
    meter = new_meter(register=register)
    meter.set_load(NOON, watts)
    for one in pages(meter, after(minutes)):
        assert sum(map(str.isdigit, one.text)) <= DIGITS
        assert one.english
        assert one.chinese


def test_the_pages_show_what_is_read(make_meter: MakeMeter) -> None:
    """Total, tariffs, date, time, address and what is measured stand as on a meter's LCD."""
    meter = make_meter(drift=timedelta(seconds=5))
    assert shown(meter, "forward active energy, total", NOON) == "004211.37"
    assert shown(meter, "forward active energy, valley", NOON) == "001052.86"
    assert shown(meter, "date", NOON) == "26.09.13"
    assert shown(meter, "time", NOON) == "12:00:05"
    assert shown(meter, "address, lower 8 digits", NOON) == "00001001"
    meter.set_load(NOON, 1500)
    assert shown(meter, "active power", NOON) == "1.5000"
    assert shown(meter, "voltage", NOON) == f"{meter.decivolts(NOON) / 10:.1f}"


def test_pages_come_in_turn(make_meter: MakeMeter) -> None:
    """Each page stands for five seconds; after the last one comes the first again."""
    meter = make_meter()
    count = len(pages(meter, NOON))
    seen = [page(meter, NOON + number * PER_PAGE).english for number in range(count + 1)]
    assert seen[0] == seen[-1]
    assert len(set(seen)) == count
    assert page(meter, NOON + (count + 1) * PER_PAGE - timedelta(seconds=1)).english == seen[0]


def test_pages_that_not_every_meter_has(make_meter: MakeMeter) -> None:
    """Money, reverse energy and ratios have pages where there are such; a plain meter has none of them."""
    plain = {one.english for one in pages(make_meter(), NOON)}
    wallet = Wallet(local=True, opened=True, micro=-1_000_000, limits=Limits(overdraft=500))
    meter = make_meter(wallet=wallet, ct=40)
    meter.set_load(NOON, -40_000)
    more = {one.english for one in pages(meter, after(60))} - plain
    assert more == {"reverse active energy, total", "remaining amount", "overdraft amount", "CT ratio"}
    assert shown(meter, "overdraft amount", after(60)) == "1.00"
    assert shown(meter, "CT ratio", after(60)) == "40"


def test_without_power_all_is_dark(make_meter: MakeMeter) -> None:
    """No page, no lamp, dashes in the place of digits."""
    meter = make_meter()
    meter.relay(NOON).trip(NOON)
    meter.power_off(NOON)
    assert pages(meter, NOON) == ()
    assert page(meter, NOON).text == "--------"
    assert lamps(meter, NOON) == DARK


def test_the_relay_lamp(make_meter: MakeMeter) -> None:
    """Off while closed, blinking with the alarm before a delayed trip, on while open."""
    meter = make_meter(relay=Relay(trip_delay=timedelta(minutes=5)))
    lit = [lamps(meter, NOON)]
    meter.relay(NOON).trip(NOON)
    lit += [lamps(meter, after(minutes)) for minutes in (1, 6)]
    assert [lamp.relay for lamp in lit] == [Light.OFF, Light.BLINKING, Light.ON]
    assert [lamp.alarm for lamp in lit] == [Light.OFF, Light.ON, Light.OFF]
    assert lit[-1].pulse is Light.OFF


@pytest.mark.parametrize("trouble", ["ordered", "money", "relay", "clock", "reverse", "overload"])
def test_the_alarm_lamp(make_meter: MakeMeter, trouble: str) -> None:
    """It is lit by order, for want of money, and for each fault that the meter knows of."""
    wallet = Wallet(local=True, opened=True, micro=10_000_000, limits=Limits(alarm_1=2000))
    meter = make_meter(wallet=wallet if trouble == "money" else None)
    match trouble:
        case "ordered":
            meter.relay(NOON).alarm = True
        case "relay":
            meter.contact_stayed(NOON)
        case "clock":
            meter.fail_clock(NOON)
        case "reverse":
            meter.set_load(NOON, -1)
        case "overload":
            meter.set_load(NOON, 20_000)
        case _:
            assert segments(meter, NOON).message == "请购电"
    assert lamps(meter, NOON).alarm is Light.ON


def test_the_pulse_lamp_blinks_with_the_energy(make_meter: MakeMeter) -> None:
    """At 6 kW it is lit twice a second, for 80 ms each time; at no load it stays dark, at a huge one it only blinks."""
    meter = make_meter()
    meter.set_load(NOON, 6000)
    lit = [lamps(meter, NOON + timedelta(milliseconds=10 * step)).pulse for step in range(1000)]
    starts = sum(now is Light.ON and before is Light.OFF for before, now in pairwise(lit))
    assert starts in {19, 20}
    meter.set_load(after(1), 0)
    assert lamps(meter, after(1)).pulse is Light.OFF
    meter.set_load(after(1), 30_000)
    assert lamps(meter, after(1)).pulse is Light.BLINKING


def test_the_signs_around_the_digits(make_meter: MakeMeter) -> None:
    """Tariff in force, direction, protection, key and covers have their signs."""
    meter = make_meter()
    plain = segments(meter, NOON)
    assert (plain.tariff, plain.message) == (3, "")
    assert not any((plain.reverse, plain.programming, plain.protected, plain.cover_open, plain.clock_fault))
    evening = after(7 * 60 + 30)
    meter.set_load(evening, -100)
    meter.memory.programming = True
    meter.goes_on(Kind.TERMINAL_COVER, evening, on=True)
    meter.relay(evening).trip(evening)
    signs = segments(meter, evening)
    assert (signs.tariff, signs.programming, signs.cover_open, signs.message) == (1, True, True, "拉闸")
