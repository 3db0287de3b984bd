"""The physical meter: energy, freezes, relay and clock hang together."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulators.localtime import local, midnight
from simulators.meter import FREEZES_KEPT, Dialect, Household, Load, Meter, Plate, Relay, Silence, Stuck
from tests.simulators.conftest import NOON, MakeMeter

MINUTES = st.integers(0, 20 * 24 * 60)


def meter_of(seed: int, drift: int = 0, register: int = 421_137) -> Meter:
    """Make a meter started at noon of 2026-09-13."""
    load = Load(seed, "000000001001", Household.LARGE, 900)
    plate = Plate("000000001001", "370000000001", Dialect.DLT645)
    return Meter(plate, load, start=NOON, register=register, drift=timedelta(seconds=drift))


def after(minutes: int) -> datetime:
    """Give the instant so many minutes after the start."""
    return NOON + timedelta(minutes=minutes)


@given(st.integers(0, 1000), st.lists(MINUTES, max_size=8), MINUTES)
def test_looking_changes_nothing(seed: int, looks: list[int], end: int) -> None:
    """Registers and freezes are the same whether a meter was looked at on the way or not."""
    watched, left_alone = meter_of(seed), meter_of(seed)
    for minutes in sorted(look for look in looks if look <= end):
        watched.registers(after(minutes))
    assert watched.registers(after(end)) == left_alone.registers(after(end))
    assert watched.freeze_back(1, after(end)) == left_alone.freeze_back(1, after(end))


@given(st.integers(0, 1000), st.integers(-120, 120), st.integers(1, 20))
def test_freeze_is_the_register_at_midnight(seed: int, drift: int, days: int) -> None:
    """The freeze of a day holds what the registers show at 00:00 of the meter's own clock."""
    day = date(2026, 9, 13) + timedelta(days=days)
    made = midnight(day) - timedelta(seconds=drift)
    shown = meter_of(seed, drift).registers(made)
    freeze = meter_of(seed, drift).freeze(day, midnight(day) + timedelta(hours=7))
    assert freeze is not None
    assert freeze.registers == shown
    assert freeze.made == made
    assert freeze.stamp.replace(tzinfo=None) == datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a wall clock


@given(st.integers(0, 1000), st.lists(MINUTES, min_size=2, max_size=12))
def test_registers_only_grow_and_add_up(seed: int, looks: list[int]) -> None:
    """No register ever falls, and the total is the sum of the tariffs."""
    meter = meter_of(seed)
    before = meter.registers(NOON)
    for minutes in sorted(looks):
        now = meter.registers(after(minutes))
        assert all(new >= old for old, new in zip(before.tariffs, now.tariffs, strict=True))
        assert now.total == sum(now.tariffs)
        before = now


@given(st.integers(0, 1000), MINUTES, MINUTES, MINUTES)
def test_no_power_no_use(seed: int, first: int, second: int, third: int) -> None:
    """Between the opening of the relay and its closing nothing is used, and no current flows."""
    opened, looked, closed = sorted((first, second, third))
    meter = meter_of(seed)
    meter.relay(after(opened)).trip(after(opened))
    dark = meter.registers(after(opened))
    assert meter.milliamperes(after(looked)) == 0
    assert meter.registers(after(looked)) == dark
    meter.relay(after(closed)).close(after(closed))
    assert meter.registers(after(closed)) == dark
    assert meter.decivolts(after(closed)) > 2000


@given(st.integers(0, 1000), MINUTES, st.integers(0, 60 * 24))
def test_energy_is_conserved_over_a_cut(seed: int, cut: int, dark: int) -> None:
    """What a cut meter counts is what an uncut twin counts outside of the cut, within rounding."""
    meter, twin = meter_of(seed), meter_of(seed)
    end = cut + dark + 600
    meter.relay(after(cut)).trip(after(cut))
    meter.relay(after(cut + dark)).close(after(cut + dark))
    saved = twin.registers(after(cut + dark)).total
    unused = saved - meter_of(seed).registers(after(cut)).total
    difference = twin.registers(after(end)).total - meter.registers(after(end)).total
    assert abs(difference - unused) <= len(meter.registers(after(end)).tariffs) * 2


def test_delayed_trip_opens_at_its_time(make_meter: MakeMeter) -> None:
    """With a trip delay the load runs on until the delay is over, though nobody looks in between."""
    relay = Relay(trip_delay=timedelta(minutes=30))
    meter, twin = make_meter(relay=relay), make_meter()
    meter.relay(NOON).trip(NOON)
    assert not meter.relay(after(29)).open
    assert meter.relay(after(90)).open
    assert meter.registers(after(90)) == twin.registers(after(30))


def test_freezes_are_kept_for_62_days(make_meter: MakeMeter) -> None:
    """The oldest freeze goes when the 63rd comes."""
    meter = make_meter()
    end = NOON + timedelta(days=70)
    assert meter.freeze_back(FREEZES_KEPT, end) is not None
    assert meter.freeze_back(FREEZES_KEPT + 1, end) is None
    latest = meter.freeze_back(1, end)
    assert latest is not None
    assert latest.day == local(end).date()


def test_register_rolls_over(make_meter: MakeMeter) -> None:
    """Past 999999.99 kWh the total begins again at zero."""
    meter = make_meter(register=99_999_990)
    assert meter.registers(NOON).total == 99_999_990
    assert 0 < meter.registers(after(600)).total < 2_000


def test_clock_can_be_set(make_meter: MakeMeter) -> None:
    """After setting, the clock shows what it was set to, and goes on from there."""
    meter = make_meter(drift=timedelta(minutes=-20))
    assert local(NOON) - meter.clock(NOON) == timedelta(minutes=20)
    meter.set_clock(NOON, local(NOON) + timedelta(seconds=1))
    assert meter.clock(after(5)) == local(after(5)) + timedelta(seconds=1)


def test_midnight_skipped_by_setting_leaves_no_freeze(make_meter: MakeMeter) -> None:
    """A clock that is put forward over midnight never showed 00:00, so that day has no freeze."""
    meter = make_meter(drift=timedelta(hours=-2))
    evening = midnight(date(2026, 9, 14)) + timedelta(hours=1)
    meter.set_clock(evening, local(evening))
    assert meter.freeze(date(2026, 9, 14), evening + timedelta(hours=1)) is None
    assert meter.freeze(date(2026, 9, 15), evening + timedelta(days=1)) is not None


def test_silent_meter_does_not_hear(make_meter: MakeMeter) -> None:
    """A silence begins with its first instant and ends before its last."""
    meter = make_meter(silences=(Silence(after(10), after(20)),))
    heard = [meter.hears(after(minutes)) for minutes in (9, 10, 19, 20)]
    assert heard == [True, False, False, True]


def test_stuck_relays_say_yes_and_stay(make_meter: MakeMeter) -> None:
    """A welded relay accepts the trip and stays closed; one that is stuck open accepts the close and stays open."""
    welded = make_meter(relay=Relay(stuck=Stuck.CLOSED)).relay(NOON)
    assert welded.trip(NOON)
    assert (welded.open, welded.command_open) == (False, True)
    broken = make_meter(relay=Relay(stuck=Stuck.OPEN)).relay(NOON)
    broken.trip(NOON)
    broken.close(NOON)
    assert (broken.open, broken.command_open) == (True, False)
    broken.close_by_hand(NOON)
    assert not broken.open
    assert [movement.open for movement in broken.movements] == [True, False]


def test_key_closes_only_with_permission(make_meter: MakeMeter) -> None:
    """The customer's key does nothing before the permission, closes the relay after it, and only once."""
    relay = make_meter().relay(NOON)
    relay.trip(NOON)
    pressed = [relay.press_key(NOON)]
    relay.permit(NOON)
    pressed += [relay.press_key(NOON), relay.press_key(NOON)]
    assert pressed == [False, True, False]
    assert [movement.open for movement in relay.movements] == [True, False]


def test_protection_refuses_trips(make_meter: MakeMeter) -> None:
    """Under protection (保电) a trip is refused, and one that waits is taken back."""
    relay = make_meter(relay=Relay(trip_delay=timedelta(minutes=5))).relay(NOON)
    relay.trip(NOON)
    relay.protect(NOON, on=True)
    assert not relay.trip(NOON)
    relay.settle(after(60))
    assert not relay.open
