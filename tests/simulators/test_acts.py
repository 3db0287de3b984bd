"""Acts on a meter by name: what callers tell, what is refused, and that every act does what it says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.errors import ActError
from simulators.localtime import local
from simulators.meter import ACTS, Kind, Meter, Stuck, Tier, do
from tests.simulators.conftest import NOON, MakeMeter, new_meter

HOUR = timedelta(hours=1)
LATER = NOON + HOUR

DONE: dict[str, tuple[dict[str, object], Callable[[Meter], bool]]] = {
    "load": ({"watts": "5000"}, lambda meter: meter.watts(LATER) == 5000),
    "press_key": ({}, lambda meter: not meter.relay(LATER).open),
    "cover": ({"cover": "terminal", "state": "on"}, lambda meter: meter.events.goes_on(Kind.TERMINAL_COVER)),
    "magnet": ({"state": True}, lambda meter: meter.events.goes_on(Kind.MAGNET)),
    "power": ({"state": "off"}, lambda meter: not meter.hears(LATER)),
    "drift": ({"seconds": "-90.5", "rate": 2}, lambda meter: meter.drift == timedelta(seconds=-90.5)),
    "clock_fault": ({}, lambda meter: meter.clock(LATER).year == 2000),
    "battery_low": ({"state": "on"}, lambda meter: meter.clockwork.battery_low),
    "jump": ({"kwh": "-12.34"}, lambda meter: meter.registers(NOON).total == 421_137 - 1234),
    "metering": ({"percent": 0}, lambda meter: meter.registers(LATER).total == 421_137),
    "break_relay": ({"how": "both"}, lambda meter: meter.relay(LATER).stuck is Stuck.BOTH),
    "fix_relay": ({}, lambda meter: meter.relay(LATER).stuck is Stuck.NO),
    "trip_delay": ({"minutes": 5}, lambda meter: meter.relay(LATER).trip_delay == timedelta(minutes=5)),
    "current_hold": (
        {"amperes": "12.5", "minutes": "60"},
        lambda meter: (meter.relay(LATER).hold_current_ma, meter.relay(LATER).hold_delay) == (12_500, HOUR),
    ),
    "trip": ({}, lambda meter: meter.relay(LATER).open),
    "close": ({"how": "permit"}, lambda meter: not meter.relay(LATER).command_open),
    "keep_power": ({"state": "on"}, lambda meter: meter.relay(LATER).protected),
    "alarm": ({"state": "on"}, lambda meter: meter.relay(LATER).alarm),
    "programming_key": ({"state": "on"}, lambda meter: meter.memory.programming),
    "lock_passwords": ({}, lambda meter: meter.memory.is_locked(NOON + 23 * HOUR)),
    "prepay": ({"state": "on", "price": "0.5469"}, lambda meter: meter.wallet.local and meter.relay(LATER).open),
    "tiers": (
        {"above_1": 100, "adder_1": "0.05", "above_2": "200.5", "adder_2": 0.3, "used": 150},
        lambda meter: (
            (meter.wallet.tiers, meter.wallet.used, meter.wallet.price(0))
            == ((Tier(10_000, 500), Tier(20_050, 3000)), 15_000, 500)
        ),
    ),
    "limits": ({"alarm_1": "20", "close": 5}, lambda meter: meter.wallet.limits.alarm_1 == 2000),
    "balance": ({"yuan": "-3.20"}, lambda meter: meter.wallet.balance_fen == -320),
    "recharge": ({"yuan": "50"}, lambda meter: meter.events.count(Kind.PURCHASE) == 1),
    "freeze": ({}, lambda meter: len(meter.instants) == 1),
    "replace": (
        {"asset": "370000004444", "register": "1.5"},
        lambda meter: (meter.plate.asset, meter.registers(NOON).total) == ("370000004444", 150),
    ),
}


@pytest.mark.parametrize("name", list(ACTS))
def test_every_act_does_what_it_says(make_meter: MakeMeter, name: str) -> None:
    """Told by name, with texts or numbers, each act changes its thing."""
    told, holds = DONE[name]
    meter = make_meter()
    do(meter, NOON, name, told)  # type: ignore[arg-type]  # the table mixes texts and numbers, as callers do
    assert holds(meter)


@pytest.mark.parametrize("name", list(ACTS))
def test_every_act_can_be_shown(name: str) -> None:
    """A page has a label in both languages for each act and argument, and the choices where there are few."""
    act = ACTS[name]
    assert act.name == name
    for words in (act.words, *(argument.words for argument in act.arguments)):
        assert words.en
        assert words.zh
    assert all(argument.takes for argument in act.arguments)


@pytest.mark.parametrize(
    ("name", "told", "said"),
    [
        ("explode", {}, "there is no act 'explode': there are load, press_key"),
        ("load", {"watts": "much"}, "load: watts cannot be 'much', it takes whole watts"),
        ("load", {"watts": "100000001"}, "from -100000000 to 100000000"),
        ("load", {}, "load: watts is missing"),
        ("cover", {"state": "on"}, "cover: cover is missing, it takes meter or terminal"),
        ("cover", {"cover": "lid", "state": "on"}, "it takes meter or terminal"),
        ("magnet", {"state": "yes"}, "it takes on or off"),
        ("jump", {"kwh": "1.234"}, "at most 2 decimals"),
        ("jump", {"kwh": "nan"}, "jump: kwh cannot be 'nan'"),
        ("jump", {"kwh": "-999999"}, "take away less"),
        ("press_key", {"hard": True}, "press_key: nothing is called hard here, it takes no arguments"),
        ("replace", {"asset": "37"}, "it takes 12 digits"),
        ("drift", {"seconds": 0, "rate": 601}, "drift: rate cannot be '601', it takes -600 to 600 s"),
    ],
)
def test_what_cannot_be_done_says_why(make_meter: MakeMeter, name: str, told: dict[str, str], said: str) -> None:
    """The error names act and argument, and what it takes; the meter is as before."""
    meter = make_meter()
    with pytest.raises(ActError) as error:
        do(meter, NOON, name, told)
    assert said in str(error.value)
    assert meter.registers(LATER) == make_meter().registers(LATER)


@given(st.sampled_from(list(ACTS)), st.dictionaries(st.sampled_from(["watts", "state", "kwh", "how", "x"]), st.text()))
def test_nonsense_is_an_act_error_and_nothing_else(name: str, told: dict[str, str]) -> None:
    """Whatever is told, an act is done or an ActError comes."""
    meter = new_meter()
    with suppress(ActError):
        do(meter, NOON, name, told)
    assert meter.registers(LATER).total >= 0


@pytest.mark.parametrize(
    ("name", "told"), [("trip", {}), ("close", {"how": "direct"}), ("press_key", {}), ("keep_power", {"state": "on"})]
)
def test_without_power_the_relay_is_left_alone(make_meter: MakeMeter, name: str, told: dict[str, str]) -> None:
    """Nobody moves a contact in a power failure; the error says what to do first."""
    meter = make_meter()
    do(meter, NOON, "power", {"state": "off"})
    with pytest.raises(ActError, match="there is no power"):
        do(meter, NOON, name, told)
    assert meter.relay(LATER).movements == []


def test_acts_tell_what_became_of_them(make_meter: MakeMeter) -> None:
    """A key that moves nothing, a trip that is held back or refused, and a replacement say so in both languages."""
    meter = make_meter()
    said = [do(meter, NOON, "press_key")]
    do(meter, NOON, "load", {"watts": 9000})
    do(meter, NOON, "current_hold", {"amperes": 20, "minutes": 60})
    said.append(do(meter, NOON, "trip"))
    do(meter, NOON, "keep_power", {"state": True})
    said.append(do(meter, NOON, "trip"))
    said.append(do(meter, NOON, "replace", {"asset": "370000004444"}))
    assert [words.en for words in said if words] == [
        "nothing moved: the relay is closed, or no permission waits",
        "taken, held back by the current",
        "refused: supply is protected",
        "old meter stood at 4211.37 kWh, new one at 0.00 kWh",
    ]
    assert all(words.zh for words in said if words)


def test_a_recharge_over_the_hoarding_limit_is_refused(make_meter: MakeMeter) -> None:
    """The act says what the limit is, and no money moves."""
    meter = make_meter()
    do(meter, NOON, "limits", {"hoarding": Decimal(100)})
    with pytest.raises(ActError, match=r"hoarding limit of 100\.00"):
        do(meter, NOON, "recharge", {"yuan": "100.01"})
    assert meter.wallet.balance_fen == 0


def test_a_profile_comes_back(make_meter: MakeMeter) -> None:
    """The word profile gives the load its own course again."""
    meter, twin = make_meter(), make_meter()
    do(meter, NOON, "load", {"watts": 0})
    do(meter, LATER, "load", {"watts": "profile"})
    evening = NOON + 8 * HOUR
    assert meter.watts(evening) == twin.watts(evening) > 0
    assert local(evening).date() == date(2026, 9, 13)
