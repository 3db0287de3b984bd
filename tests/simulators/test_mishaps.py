"""What befalls a meter: power failures, clocks, registers that jump or stop, reversed wires, covers, replacement."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.localtime import local, midnight
from simulators.meter import Dialect, Kind, Meter, Plate
from simulators.meter.clockwork import Clockwork
from simulators.meter.model import MADE_UP
from tests.simulators.conftest import NOON, MakeMeter, new_meter

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
MINUTES = st.integers(0, 10 * 24 * 60)


def after(minutes: int) -> datetime:
    """Give the instant so many minutes after the start."""
    return NOON + timedelta(minutes=minutes)


@given(
    st.lists(st.tuples(MINUTES, st.sampled_from(["off", "on", "load", "free", "back", "look"])), max_size=12), MINUTES
)
def test_looking_changes_nothing_whatever_happens(story: list[tuple[int, str]], end: int) -> None:
    """Power failures and loads give the same registers, freezes and events whether a meter was watched or not."""
    watched, left_alone = new_meter(), new_meter()
    for minutes, deed in sorted(story):
        for meter in (watched, left_alone):
            act(meter, after(minutes), deed)
        if deed == "look":
            watched.registers(after(minutes))
    last = after(max([end, *(minutes for minutes, _ in story)]))
    assert watched.registers(last) == left_alone.registers(last)
    assert watched.freeze_back(1, last) == left_alone.freeze_back(1, last)
    assert watched.events.all(Kind.POWER_OFF) == left_alone.events.all(Kind.POWER_OFF)


def act(meter: Meter, now: datetime, deed: str) -> None:
    """Do one thing to a meter."""
    if deed == "off":
        meter.power_off(now)
    elif deed == "on":
        meter.power_on(now)
    elif deed in {"load", "free", "back"}:
        meter.set_load(now, {"load": 3000, "free": None, "back": -700}[deed])


def test_a_load_by_hand_is_counted_exactly(make_meter: MakeMeter) -> None:
    """6 kW for an hour and a half are 9 kWh; then the profile has its place back."""
    meter = make_meter()
    before = meter.registers(NOON).total
    meter.set_load(NOON, 6000)
    assert meter.watts(after(89)) == 6000
    meter.set_load(after(90), None)
    assert meter.registers(after(90)).total == before + 900
    assert meter.watts(after(90)) == make_meter().watts(after(90))
    assert meter.watts_then(after(60)) == 6000


def test_power_that_goes_back_is_counted_backwards(make_meter: MakeMeter) -> None:
    """With reversed wires the reverse register grows, the forward one stands, and the event has an end."""
    meter = make_meter()
    forward = meter.registers(NOON)
    meter.set_load(NOON, -2000)
    assert meter.milliamperes(after(30)) < 0
    meter.set_load(after(60), 100)
    registers = meter.registers(after(60))
    assert (registers.reverse, registers.tariffs) == (200, forward.tariffs)
    event = meter.events.last(Kind.REVERSED)
    assert event is not None
    assert (event.began, event.ended) == (local(NOON), local(after(60)))


def test_a_power_failure_stops_everything(make_meter: MakeMeter) -> None:
    """Without voltage nothing is heard, measured or counted; the record has beginning and end."""
    meter = make_meter()
    meter.power_off(after(10))
    dark = meter.registers(after(10))
    assert not meter.hears(after(60))
    assert (meter.decivolts(after(60)), meter.milliamperes(after(60)), meter.watts(after(60))) == (0, 0, 0)
    assert meter.registers(after(600)) == dark
    meter.power_on(after(600))
    assert meter.hears(after(600))
    assert not meter.hears(after(599))
    event = meter.events.last(Kind.POWER_OFF)
    assert event is not None
    assert (event.began, event.ended) == (local(after(10)), local(after(600)))
    assert meter.registers(after(700)).total > dark.total


@given(st.integers(0, 20))
def test_seven_freezes_are_made_up(days: int) -> None:
    """After a power failure of some days the last seven midnights have their freezes, those before have none."""
    meter = new_meter()
    first = date(2026, 9, 14)
    off = midnight(first + DAY) + HOUR
    meter.power_off(off)
    on = off + days * DAY
    meter.power_on(on)
    made = [day for day in range(days + 2) if meter.freeze(first + day * DAY, on) is not None]
    assert made == [0, 1, *range(2 + max(0, days - MADE_UP), days + 2)]


def test_a_flat_battery_forgets_the_time(make_meter: MakeMeter) -> None:
    """A clock with a flat battery stands on 2000-01-01 after a power failure, and says so until it is set."""
    meter = make_meter()
    meter.clockwork.battery_low = True
    meter.power_off(after(10))
    meter.power_on(after(70))
    assert meter.clock(after(75)).isoformat() == "2000-01-01T00:05:00+08:00"
    failed = [meter.clockwork.failed]
    meter.set_clock(after(80), local(after(80)), "00000007")
    assert [*failed, meter.clockwork.failed] == [True, False]
    assert not meter.events.goes_on(Kind.CLOCK_FAULT)
    set_by = meter.events.last(Kind.CLOCK_SET)
    assert set_by is not None
    assert set_by.operator == "00000007"


def test_a_clock_in_the_year_2000_freezes_by_its_own_days(make_meter: MakeMeter) -> None:
    """The last freeze is the last that was made, though its stamp is older than all before."""
    meter = make_meter()
    meter.fail_clock(NOON + 3 * DAY)
    latest = meter.freeze_back(1, NOON + 4 * DAY + HOUR)
    assert latest is not None
    assert latest.day == date(2000, 1, 2)
    assert meter.freeze(date(2026, 9, 16), NOON + 4 * DAY + HOUR) is not None


@given(st.integers(-600, 600), st.integers(0, 960))
def test_a_clock_gains_evenly(rate: int, hours: int) -> None:
    """After any hours it is ahead by their share of the rate, and each of its midnights has one freeze at 00:00."""
    meter = new_meter()
    meter.advance(NOON)
    meter.clockwork.gain(NOON, timedelta(seconds=rate))
    end = NOON + hours * HOUR
    shown = meter.clock(end)
    meter.advance(end)
    assert abs(meter.drift - hours * timedelta(seconds=rate) / 24) <= MICROSECOND
    freezes = [freeze for number in range(1, 50) if (freeze := meter.freeze_back(number, end))]
    days = [shown.date() - back * DAY for back in range((shown.date() - local(NOON).date()).days)]
    assert [freeze.day for freeze in freezes] == days
    assert all(freeze.stamp.time() <= time(0, 0, 0, 1) for freeze in freezes)


@given(st.integers(-600, 600), st.lists(st.integers(1, 5 * 86_400), max_size=8))
def test_looking_at_a_gaining_clock_changes_nothing(rate: int, looks: list[int]) -> None:
    """However often a meter is looked at, its registers of all tariffs are the same in the end."""
    seen, alone = new_meter(), new_meter()
    for meter in (seen, alone):
        meter.advance(NOON)
        meter.clockwork.gain(NOON, timedelta(seconds=rate))
    for second in sorted(looks):
        seen.advance(NOON + second * timedelta(seconds=1))
    end = NOON + 6 * DAY
    assert seen.registers(end) == alone.registers(end)


@given(st.integers(-600, 600), st.integers(0, 40 * 86_400_000_000))
def test_a_clock_shows_each_time_from_its_first_instant_on(rate: int, later: int) -> None:
    """What it shows at an instant it has not shown before the one that is told for it."""
    clockwork = Clockwork(timedelta(seconds=3))
    clockwork.gain(NOON, timedelta(seconds=rate))
    now = NOON + later * MICROSECOND
    first = clockwork.true(clockwork.shown(now))
    assert clockwork.shown(first) == clockwork.shown(now)
    assert clockwork.shown(first - MICROSECOND) < clockwork.shown(now)
    assert first <= now


def test_a_clock_that_gains_an_hour_a_day_is_refused(make_meter: MakeMeter) -> None:
    """A rate beyond ten minutes a day is no clock's."""
    with pytest.raises(ValueError, match="600 s"):
        make_meter().clockwork.gain(NOON, HOUR)


@given(st.integers(0, 99_999_999), st.integers(-99_999_999, 99_999_999))
def test_registers_jump_by_what_is_asked(register: int, steps: int) -> None:
    """Flying or falling by an amount moves the total by it, across the rollover too; more than there is is refused."""
    meter = new_meter(register=register)
    if register + steps < 0:
        with pytest.raises(ValueError, match="take away less"):
            meter.jump(NOON, steps)
        steps = 0
    else:
        meter.jump(NOON, steps)
    registers = meter.registers(NOON)
    assert registers.total == (register + steps) % 100_000_000
    assert all(value >= 0 for value in registers.tariffs)


@given(st.integers(0, 500), st.integers(0, 2000))
def test_a_meter_counts_the_percentage(percent: int, minutes: int) -> None:
    """A stopped meter counts nothing, one that runs away many times the energy."""
    meter = new_meter()
    before = meter.registers(NOON)
    meter.measure(NOON, percent)
    meter.set_load(NOON, 1000)
    counted = meter.registers(after(minutes)).total - before.total
    assert abs(counted - percent * minutes / 60) <= 4


@given(st.integers(1, 200), st.integers(0, 3 * 24 * 60))
def test_behind_transformers_the_secondary_side_is_shown(ct: int, minutes: int) -> None:
    """Registers times the multiplier are the energy of the customer, within a step of each tariff."""
    plain, behind = new_meter(watts=20_000, register=0), new_meter(watts=20_000, register=0, ct=ct)
    whole = plain.registers(after(minutes)).total
    assert 0 <= whole - behind.registers(after(minutes)).total * ct < 4 * ct + 4
    assert behind.watts(after(minutes)) == plain.watts(after(minutes)) // ct


def test_covers_open_and_close(make_meter: MakeMeter) -> None:
    """A cover opened twice without being closed is one event; its energies are those of both moments."""
    meter = make_meter()
    for minutes, on in ((0, True), (5, True), (60, False), (65, False)):
        meter.goes_on(Kind.COVER, after(minutes), on=on)
    (event,) = meter.events.all(Kind.COVER)
    assert (event.began, event.ended) == (local(NOON), local(after(60)))
    assert event.after == make_meter().registers(after(60))


def test_ten_events_of_a_kind_are_kept(make_meter: MakeMeter) -> None:
    """The eleventh drives out the first; the count goes on."""
    meter = make_meter()
    for number in range(11):
        meter.power_off(after(2 * number))
        meter.power_on(after(2 * number + 1))
    assert meter.events.count(Kind.POWER_OFF) == 11
    assert [event.number for event in meter.events.all(Kind.POWER_OFF)] == list(range(11, 1, -1))


def test_a_meter_is_replaced(make_meter: MakeMeter) -> None:
    """The new meter begins with its own register, clock, relay and memory; load, place and the last registers stay."""
    meter, twin = make_meter(drift=timedelta(minutes=7)), make_meter()
    meter.relay(after(60)).trip(after(60))
    meter.goes_on(Kind.COVER, after(90), on=True)
    done = meter.replace(after(120), Plate("000000009999", "370000009999", Dialect.DLT645), register=150)
    assert (done.last, done.first.total, done.old.address) == (twin.registers(after(60)), 150, "000000001001")
    assert meter.replacements == (done,)
    assert (meter.address, meter.drift, meter.relay(after(120)).open) == ("000000009999", timedelta(), False)
    assert meter.freeze_back(1, after(120)) is None
    assert not meter.events.goes_on(Kind.COVER)
    assert meter.watts(after(180)) == twin.watts(after(180))
    used = twin.registers(after(24 * 60)).total - twin_at(120)
    assert abs(meter.registers(after(24 * 60)).total - 150 - used) <= 8


def twin_at(minutes: int) -> int:
    """Read an untouched meter."""
    return new_meter().registers(after(minutes)).total
