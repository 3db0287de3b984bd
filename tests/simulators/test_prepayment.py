"""Local prepayment: the money of a meter goes with its registers, and its limits move the relay."""

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulators.localtime import SHANGHAI
from simulators.meter import Kind, Limits, Meter, Stage, Tier, Wallet, WalletError
from tests.simulators.conftest import NOON, MakeMeter, new_meter

MINUTES = st.integers(0, 6 * 24 * 60)
PRICES = st.tuples(*[st.integers(0, 20_000)] * 4)
FEN = 10_000
MICROSECOND = timedelta(microseconds=1)


def after(minutes: int) -> datetime:
    """Give the instant so many minutes after the start."""
    return NOON + timedelta(minutes=minutes)


def local(
    balance_fen: int, *, limits: Limits | None = None, prices: tuple[int, ...] = (6000,) * 4, watts: int = 600
) -> Meter:
    """Make a meter of local prepayment with a balance."""
    wallet = Wallet(local=True, opened=True, micro=balance_fen * FEN, prices=prices, limits=limits or Limits(close=100))
    return new_meter(wallet=wallet, watts=watts)


@given(PRICES, st.integers(-2000, 20_000), st.integers(0, 1500), st.integers(0, 1500), st.lists(MINUTES, max_size=6))
def test_every_step_of_a_register_is_paid_for(
    prices: tuple[int, ...], balance: int, alarm: int, overdraft: int, looks: list[int]
) -> None:
    """Whatever happens on the way, the money spent is the registers' steps at the price of their tariff."""
    meter = local(balance, limits=Limits(alarm_2=alarm, overdraft=overdraft), prices=prices)
    first = meter.registers(NOON)
    for minutes in sorted(looks):
        last = meter.registers(after(minutes))
        steps = [now - before for now, before in zip(last.tariffs, first.tariffs, strict=True)]
        paid = sum(step * price for step, price in zip(steps, prices, strict=True))
        assert meter.wallet.micro == balance * FEN - paid


@given(PRICES, st.integers(1, 3000), st.integers(0, 500), st.lists(MINUTES, max_size=6), MINUTES)
def test_looking_does_not_change_when_the_money_ends(
    prices: tuple[int, ...], balance: int, overdraft: int, looks: list[int], end: int
) -> None:
    """The contact opens at one instant, the same to the microsecond whether somebody watched or not."""
    watched, left_alone = (local(balance, limits=Limits(overdraft=overdraft), prices=prices) for _ in range(2))
    for minutes in sorted(look for look in looks if look <= end):
        watched.registers(after(minutes))
    assert watched.relay(after(end)).movements == left_alone.relay(after(end)).movements
    assert watched.registers(after(end)) == left_alone.registers(after(end))
    assert watched.wallet == left_alone.wallet


@given(st.integers(100, 5000), st.integers(0, 1000), st.integers(1000, 9000))
def test_the_contact_opens_when_the_limit_is_reached(balance: int, overdraft: int, price: int) -> None:
    """A microsecond before there is still money, at the opening the limit is reached, and no step is given away."""
    meter, twin = (local(balance, limits=Limits(overdraft=overdraft), prices=(price,) * 4) for _ in range(2))
    movements = meter.relay(after(9 * 24 * 60)).movements
    assume(movements)
    at = movements[0].at
    twin.advance(at - MICROSECOND)
    assert twin.wallet.micro > -overdraft * FEN
    assert not twin.relay(at - MICROSECOND).open
    assert twin.relay(at).open
    assert -overdraft * FEN - price < twin.wallet.micro <= -overdraft * FEN
    assert twin.wallet.stage is Stage.SPENT


def test_alarms_come_in_their_order() -> None:
    """Alarm 1 lights the lamp, alarm 2 trips once and the key closes again, the overdraft limit trips for good."""
    limits = Limits(alarm_1=600, alarm_2=300, overdraft=200, close=100)
    meter = local(800, limits=limits, watts=900)
    stages = []
    now = NOON
    while not meter.relay(now).open:
        now += timedelta(minutes=5)
        meter.advance(now)
        stages.append(meter.wallet.stage)
    assert list(dict.fromkeys(stages)) == [Stage.FINE, Stage.ALARM_1, Stage.ALARM_2]
    assert not meter.relay(now).command_open
    assert meter.relay(now).press_key(now)
    while not meter.relay(now).open:
        now += timedelta(minutes=5)
    assert meter.wallet.stage is Stage.SPENT
    assert meter.wallet.overdrawn_fen == 200
    relay = meter.relay(now)
    assert (relay.press_key(now), relay.close(now), relay.permit(now)) == (False, False, False)


def test_money_lets_the_customer_close() -> None:
    """A purchase that does not reach the close limit changes nothing; one that does lets the key close."""
    meter = local(10, limits=Limits(close=500))
    later = after(24 * 60)
    assert meter.relay(later).open
    meter.buy(later, 400)
    assert not meter.relay(later).press_key(later)
    meter.buy(later, 400)
    assert meter.relay(later).press_key(later)
    purchases = meter.events.all(Kind.PURCHASE)
    assert [event.details[:3] for event in purchases] == [(2, 400, 399), (1, 400, 0)]
    assert meter.wallet.bought_fen == 800


TIERS = st.lists(st.tuples(st.integers(1, 300), st.integers(0, 9000)), max_size=3, unique_by=lambda pair: pair[0]).map(
    lambda pairs: tuple(Tier(above, adder) for above, adder in sorted(pairs))
)


@given(TIERS, st.integers(0, 400), st.integers(0, 9000), st.integers(0, 500))
def test_each_step_is_paid_at_the_price_of_its_tier(tiers: tuple[Tier, ...], used: int, price: int, steps: int) -> None:
    """Paid at once or step by step it is the same to the micro-yuan: the adder of the highest tier that is reached."""
    wallet, twin = (Wallet(local=True, prices=(price,) * 4, tiers=tiers, used=used) for _ in range(2))
    wallet.spend(2, steps)
    owed = 0
    for place in range(used, used + steps):
        adder = next((tier.adder for tier in reversed(tiers) if tier.above <= place), 0)
        assert twin.price(2) == price + adder
        twin.spend(2, 1)
        owed += price + adder
    assert wallet.micro == twin.micro == -owed
    assert wallet.used == twin.used == used + steps


@given(TIERS, st.integers(0, 200), st.integers(0, 3000), st.integers(1, 300))
def test_the_step_that_trips_is_foretold_across_tiers(tiers: tuple[Tier, ...], used: int, price: int, fen: int) -> None:
    """Before that many steps are paid nothing trips, and then it does; never means that no price is left to be paid."""
    wallet = Wallet(local=True, micro=fen * FEN, prices=(price,) * 4, tiers=tiers, used=used)
    steps = wallet.steps_to_trip(0)
    if steps is None:
        wallet.spend(0, 100_000)
        assert not wallet.trips
        return
    wallet.spend(0, steps - 1)
    assert not wallet.trips
    wallet.spend(0, 1)
    assert wallet.trips


def test_what_was_used_begins_anew_with_the_year() -> None:
    """At the first midnight of January the tiers are empty again, and a new meter has used nothing."""
    meter = local(10_000_000, prices=(5000,) * 4)
    meter.wallet.tiers = (Tier(1, 1000),)
    end = datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
    meter.advance(end)
    assert meter.wallet.used > 1000
    meter.advance(end + timedelta(minutes=2))
    assert meter.wallet.used < 10
    meter.replace(end + timedelta(days=1), meter.plate)
    assert (meter.wallet.tiers, meter.wallet.used) == ((Tier(1, 1000),), 0)


def test_protection_outlasts_the_money() -> None:
    """Under protection the meter goes into debt without a trip, and trips when protection ends."""
    meter = local(10)
    meter.relay(NOON).protect(NOON, on=True)
    later = after(24 * 60)
    assert not meter.relay(later).open
    assert meter.wallet.overdrawn_fen > 0
    meter.relay(later).protect(later, on=False)
    assert meter.relay(later).open
    assert [moved.at for moved in meter.relay(later).movements] == [later]


def test_money_that_ends_in_a_power_failure_trips_when_it_is_over() -> None:
    """A balance that falls below the limit without power opens the contact when the power is back."""
    meter = local(1000)
    meter.power_off(NOON)
    meter.wallet.micro = 0
    meter.settle_money(after(5))
    assert not meter.relay(after(5)).open
    meter.power_on(after(60))
    assert [moved.at for moved in meter.relay(after(60)).movements] == [after(60)]


def test_protection_closes_what_the_money_has_opened() -> None:
    """An order of protection beats the money: the contact may be closed again."""
    meter = local(10)
    later = after(24 * 60)
    relay = meter.relay(later)
    relay.protect(later, on=True)
    assert relay.close(later)
    assert not relay.open


@pytest.mark.parametrize("fen", [0, 1, 1000])
def test_a_remote_meter_lives_without_money(make_meter: MakeMeter, fen: int) -> None:
    """A meter of remote fee control shows its wallet and neither spends it nor trips by it."""
    wallet = Wallet(micro=fen * FEN, prices=(9000,) * 4, limits=Limits(alarm_1=10**6, alarm_2=10**6))
    meter = make_meter(wallet=wallet)
    assert not meter.relay(after(5 * 24 * 60)).open
    assert (wallet.balance_fen, wallet.stage) == (fen, Stage.FINE)


def test_hoarding_is_refused() -> None:
    """A purchase that would go over the hoarding limit is not taken, and says what the limit is."""
    wallet = Wallet(local=True, micro=900 * FEN, limits=Limits(hoarding=1000))
    with pytest.raises(WalletError, match=r"10\.00"):
        wallet.buy(101)
    assert (wallet.balance_fen, wallet.count) == (900, 0)
    wallet.buy(100)
    assert (wallet.balance_fen, wallet.count) == (1000, 1)
