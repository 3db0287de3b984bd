"""The village: the same from the same seed, and tuned so that its stories begin on their days."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from simulators.errors import ScenarioError
from simulators.localtime import midnight
from simulators.scenarios import VILLAGE
from simulators.village import Home, Scenario, Village, archive_of, build_village, load_scenario
from simulators.village.tariff import amount, kilowatt_hours


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """Give the scenario that ships."""
    return load_scenario(VILLAGE)


@pytest.fixture(scope="module")
def village(scenario: Scenario) -> Village:
    """Give its village."""
    return build_village(scenario)


def balance(village: Village, home: Home, day: date) -> Decimal:
    """Compute the available balance of a home by the freeze of a day, if nobody pays."""
    freeze = home.meter.freeze(day, midnight(day) + timedelta(hours=7))
    assert freeze is not None
    energy = kilowatt_hours(freeze.registers.total) - home.opening.cycle_register
    price = village.scenario.prices[home.line.price]
    return home.opening.deposit - amount(price, home.opening.tier_year_kwh, energy)


def test_size(village: Village) -> None:
    """217 homes stand behind two concentrators and 8 shops on the DTU's line."""
    lines = [home.line.id for home in village.homes]
    assert {line: lines.count(line) for line in ("A", "B", "SHOPS")} == {"A": 150, "B": 67, "SHOPS": 8}


def test_everything_has_its_own_number(village: Village) -> None:
    """Accounts, addresses, assets and telephone numbers are all different and of the right length."""
    phones = [who.phone for home in village.homes for who in home.contacts]
    for numbers, digits in (
        ([home.account for home in village.homes], 10),
        ([home.meter.address for home in village.homes], 12),
        ([home.meter.plate.asset for home in village.homes], 12),
        (phones, 11),
    ):
        assert len(set(numbers)) == len(numbers)
        assert {len(number) for number in numbers} == {digits}
        assert all(number.isdecimal() for number in numbers)


def test_half_of_the_meters_are_secured(village: Village) -> None:
    """On each line half of the meters have a security chip; the archive file says which, as the plates do."""
    plates = {home.meter.address: home.meter.plate for home in village.homes}
    told = {row["meter"]["address"]: row["meter"]["profile"] for row in archive_of(village)["accounts"]}
    assert told == {address: plate.profile for address, plate in plates.items()}
    by_line = {
        line.id: [home.meter.plate.profile for home in village.homes if home.line.id == line.id]
        for line in village.scenario.lines
    }
    secured = {line: {name: names.count(name) for name in set(names)} for line, names in by_line.items()}
    assert secured == {
        "A": {"standard": 75, "state-grid-698": 75},
        "B": {"standard": 33, "state-grid-2013": 34},
        "SHOPS": {"standard": 4, "state-grid-2013": 4},
    }


def test_same_seed_same_village(scenario: Scenario, village: Village) -> None:
    """The archive file is the same to the letter when it is made again."""
    assert archive_of(build_village(scenario)) == archive_of(village)


def test_history_ends_before_the_start_and_never_falls(village: Village) -> None:
    """Each home comes with the freezes of the eight days before, none below the start of the cycle."""
    for home in village.homes:
        days = [day for day, _ in home.history]
        totals = [total for _, total in home.history]
        assert days == [village.scenario.start - timedelta(days=back) for back in range(8, 0, -1)]
        assert [home.opening.cycle_register, *totals] == sorted([home.opening.cycle_register, *totals])


def test_stories_begin_on_their_days(scenario: Scenario) -> None:
    """A "short" story is warned the day before and short on its day; a "warned" one is warned and not short."""
    village = build_village(scenario)
    for home in village.homes:
        story = home.story
        if story is None:
            continue
        level = scenario.warn_below[home.customer_class]
        if story.short_on is not None:
            before = story.short_on - timedelta(days=1)
            assert 0 <= balance(village, home, before) < level, story.id
            assert balance(village, home, story.short_on) <= -1, story.id
        if story.warned_on is not None:
            assert 0 <= balance(village, home, story.warned_on) < level, story.id


def test_nobody_else_runs_short_at_once(scenario: Scenario) -> None:
    """Homes without a story have money above the warning level on the first day."""
    village = build_village(scenario)
    for home in village.homes:
        if home.story is None:
            assert balance(village, home, scenario.start) > scenario.warn_below[home.customer_class]


def test_mass_check_is_never_near(scenario: Scenario) -> None:
    """On no day do more than four stories become candidates for a cut (business rule R15)."""
    days = [story.short_on for story in scenario.stories if story.short_on]
    assert max(days.count(day) for day in days) <= 4


def test_some_homes_cross_a_tier(scenario: Scenario) -> None:
    """Some homes pass a yearly tier bound within the two weeks."""
    village = build_village(scenario)
    end = scenario.start + timedelta(days=scenario.days)
    crossed = 0
    for home in village.homes:
        freeze = home.meter.freeze(end, midnight(end) + timedelta(hours=1))
        assert freeze is not None
        used = kilowatt_hours(freeze.registers.total) - home.opening.cycle_register
        start = home.opening.tier_year_kwh
        crossed += any(start < bound < start + used for bound in scenario.prices[home.line.price].bounds)
    assert crossed >= 3


def test_amount_follows_the_published_table(scenario: Scenario) -> None:
    """The worked example E05 of the business rules comes out to the cent, and nothing used costs nothing."""
    price = scenario.prices["RES_TIER_YEAR_SD"]
    assert amount(price, Decimal(2500), Decimal(2330)) == Decimal("1397.28")
    assert amount(price, Decimal(0), Decimal(0)) == Decimal(0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('line = "A"', 'line = "Z"', "line 'Z' is named"),
        ("short_on = 2026-09-15", "shorted_on = 2026-09-15", "shorted_on"),
        ("warned_on = 2026-09-16", "warned_on = 2026-09-16\nbalance = 3", "give one of"),
        ('price = "SHOP_FLAT"', 'price = "GOLD"', "[prices.GOLD]"),
        ("meters = 8", "meters = 0", "raise meters"),
        ('name = "village"', "name = village", "not TOML"),
        ('profiles = ["state-grid-2013", "standard"]', 'profiles = ["sate-grid"]', "line B: profiles.*state-grid-2013"),
        ('profiles = ["state-grid-2013", "standard"]', "profiles = []", "line B: profiles"),
        (
            'profiles = ["state-grid-698", "standard"]',
            'profiles = ["state-grid-2013"]',
            "line A: profiles.*not among standard, state-grid-698",
        ),
    ],
)
def test_faults_in_a_scenario_are_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A scenario that can't be built is refused with the place and what to do."""
    text = VILLAGE.read_text("utf-8")
    assert old in text
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ScenarioError, match=says.replace("[", r"\[")):
        load_scenario(path)
