"""The relay: delay, current hold, protection, power, and the ways in which it lies."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.meter import Kind, Meter, Relay, Stuck, do
from simulators.meter.relay import Ending
from tests.simulators.conftest import NOON, MakeMeter, new_meter

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def holding(make_meter: MakeMeter, watts: int, amperes: int = 20, minutes: int = 600) -> Meter:
    """Make a meter that holds trips above so many amperes, with a load."""
    meter = make_meter(relay=Relay(hold_current_ma=amperes * 1000, hold_delay=minutes * MINUTE))
    meter.set_load(NOON, watts)
    return meter


def test_a_large_current_holds_the_trip_until_it_falls(make_meter: MakeMeter) -> None:
    """A trip under 40 A is taken and alarmed; the contact opens at the moment at which the load is switched off."""
    meter = holding(make_meter, watts=9000)
    relay = meter.relay(NOON)
    assert relay.trip(NOON)
    held = meter.relay(NOON + 95 * MINUTE)
    assert (held.open, held.command_open, held.held_since) == (False, True, NOON)
    off = NOON + 100 * MINUTE
    meter.set_load(off, 500)
    assert meter.relay(off).open
    assert [moved.at for moved in meter.relay(off).movements] == [off]
    assert meter.relay(off).held_since is None


def test_a_held_trip_opens_when_its_delay_is_over(make_meter: MakeMeter) -> None:
    """A current that never falls is cut after the protection delay, to the second, though nobody looks."""
    meter = holding(make_meter, watts=9000, minutes=77)
    meter.relay(NOON).trip(NOON)
    later = NOON + 3 * HOUR
    assert [moved.at for moved in meter.relay(later).movements] == [NOON + 77 * MINUTE]


def test_a_held_trip_follows_the_load_profile(make_meter: MakeMeter) -> None:
    """Without any switching the contact opens at the full hour in which the profile falls below the threshold."""
    threshold = 6000
    meter = make_meter(watts=1500, relay=Relay(hold_current_ma=threshold, hold_delay=2000 * MINUTE))
    evening = NOON + 7 * HOUR
    assert meter.current_ma(evening) >= threshold
    meter.relay(evening).trip(evening)
    (moved,) = meter.relay(evening + 24 * HOUR).movements
    assert moved.at.minute == 0
    assert meter.current_ma(moved.at) < threshold <= meter.current_ma(moved.at - HOUR)


@pytest.mark.parametrize("end", ["direct", "permit", "keep_power"])
def test_a_held_trip_is_taken_back(make_meter: MakeMeter, end: str) -> None:
    """A close, a permission or protection ends the wait: the contact stays closed when the load falls."""
    meter = holding(make_meter, watts=9000)
    meter.relay(NOON).trip(NOON)
    later = NOON + 5 * MINUTE
    if end == "keep_power":
        meter.relay(later).protect(later, on=True)
    else:
        do(meter, later, "close", {"how": end})
    meter.set_load(later + MINUTE, 0)
    assert meter.relay(later + HOUR).movements == []


@given(st.integers(0, 15_000), st.integers(0, 60), st.integers(0, 500), st.integers(0, 90))
def test_no_trip_is_held_longer_than_its_delay(watts: int, amperes: int, minutes: int, trip_delay: int) -> None:
    """Whatever flows, an accepted trip opens a sound contact after trip delay and hold at the latest."""
    meter = make_loaded(
        watts, Relay(trip_delay=trip_delay * MINUTE, hold_current_ma=amperes * 1000, hold_delay=minutes * MINUTE)
    )
    meter.relay(NOON).trip(NOON)
    first = NOON + trip_delay * MINUTE
    (moved,) = meter.relay(first + minutes * MINUTE).movements
    assert first <= moved.at <= first + minutes * MINUTE
    if meter.current_ma(first) < amperes * 1000 or not amperes:
        assert moved.at == first


def make_loaded(watts: int, relay: Relay) -> Meter:
    """Make a meter with a constant load."""
    meter = new_meter(relay=relay)
    meter.set_load(NOON, watts)
    return meter


@pytest.mark.parametrize(
    ("stuck", "after_trip", "after_close"),
    [
        (Stuck.NO, (True, True), (False, False)),
        (Stuck.OPEN, (True, True), (True, False)),
        (Stuck.CLOSED, (False, True), (False, False)),
        (Stuck.BOTH, (False, True), (False, False)),
        (Stuck.DEAF, (False, False), (False, False)),
    ],
)
def test_every_broken_relay_says_yes(
    make_meter: MakeMeter, stuck: Stuck, after_trip: tuple[bool, bool], after_close: tuple[bool, bool]
) -> None:
    """All of them accept trip and close; contact and command state show what came of it, the deaf one not even that."""
    relay = make_meter(relay=Relay(stuck=stuck)).relay(NOON)
    assert relay.trip(NOON)
    assert (relay.open, relay.command_open) == after_trip
    assert relay.close(NOON)
    assert (relay.open, relay.command_open) == after_close


def test_a_contact_that_does_not_follow_is_written_down(make_meter: MakeMeter) -> None:
    """The refusal to move is an event that ends when the contact moves again; the trip itself leaves none."""
    meter = make_meter(relay=Relay(stuck=Stuck.CLOSED))
    meter.relay(NOON).trip(NOON)
    assert meter.events.goes_on(Kind.RELAY_FAULT)
    assert meter.events.count(Kind.TRIPPED) == 0
    later = NOON + HOUR
    relay = meter.relay(later)
    relay.stuck = Stuck.NO
    relay.trip(later)
    event = meter.events.last(Kind.RELAY_FAULT)
    assert event is not None
    assert (event.began, event.ended) == (meter.clock(NOON), meter.clock(later))
    assert meter.events.count(Kind.TRIPPED) == 1


def test_without_power_nothing_moves(make_meter: MakeMeter) -> None:
    """A delayed trip that falls into a power failure is carried out when the power comes back."""
    meter = make_meter(relay=Relay(trip_delay=30 * MINUTE))
    meter.relay(NOON).trip(NOON)
    meter.power_off(NOON + 10 * MINUTE)
    assert not meter.relay(NOON + HOUR).open
    meter.power_on(NOON + 2 * HOUR)
    assert [moved.at for moved in meter.relay(NOON + 3 * HOUR).movements] == [NOON + 2 * HOUR]


def test_a_load_that_falls_without_power_moves_nothing(make_meter: MakeMeter) -> None:
    """A held trip whose load is switched off in a power failure opens when the power is back."""
    meter = holding(make_meter, watts=9000)
    meter.relay(NOON).trip(NOON)
    meter.power_off(NOON + MINUTE)
    meter.set_load(NOON + 2 * MINUTE, 0)
    assert not meter.relay(NOON + 3 * MINUTE).open
    meter.power_on(NOON + HOUR)
    assert [moved.at for moved in meter.relay(NOON + 2 * HOUR).movements] == [NOON + HOUR]


def test_a_recovery_by_key_waits_for_it(make_meter: MakeMeter) -> None:
    """A trip that ends by the key leaves the contact open, with the command withdrawn."""
    meter = make_meter()
    meter.relay(NOON).trip(NOON, ending=Ending(HOUR, by_key=True))
    relay = meter.relay(NOON + 2 * HOUR)
    assert (relay.open, relay.command_open, relay.permitted) == (True, False, True)
    assert relay.press_key(NOON + 2 * HOUR)
