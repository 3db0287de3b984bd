"""Build a village from its scenario: the same seed gives the same village to the last digit."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

from simulators.localtime import at, midnight
from simulators.meter import PROFILES, Household, Load, Meter, Plate, Relay, Silence
from simulators.seeded import below, between, chance, pick
from simulators.village import people
from simulators.village.model import Contact, Home, Opening, Village
from simulators.village.scenario import Line, Scenario, Story
from simulators.village.tariff import amount, kilowatt_hours

__all__ = ["build_village"]

HISTORY_DAYS = 8
HALF_DAY = timedelta(hours=12)
DAY = timedelta(days=1)
DEBT = Decimal("1.60")  # a debt below 1 yuan is never cut (business rule R7)
HOMES = frozenset(
    {Household.SINGLE, Household.FAMILY, Household.LARGE, Household.ELDERLY, Household.WEEKEND, Household.EMPTY}
)
STORY_WATTS = (270, 360)  # a day costs 3 to 6 yuan: one day is warned, the next is short


def build_village(scenario: Scenario) -> Village:
    """Build every home of the scenario, with deposits that let the stories begin on their days."""
    homes: list[Home] = []
    noisy = _noisy(scenario)
    for line in scenario.lines:
        cast = _cast(scenario, line)
        for place in range(line.meters):
            homes.append(_Builder(scenario, line, place, len(homes), cast.get(place), noisy).home())
    return Village(scenario, tuple(homes))


def _cast(scenario: Scenario, line: Line) -> dict[int, Story]:
    """Give each story of a line a place on it, spread over the line."""
    stories = [story for story in scenario.stories if story.line == line.id]
    step = max(1, line.meters // (len(stories) + 1))
    return {(number + 1) * step % line.meters: story for number, story in enumerate(stories)}


def _noisy(scenario: Scenario) -> dict[date, frozenset[int]]:
    """Draw which homes, by their numbers, no frame reaches for a while on each day."""
    total = sum(line.meters for line in scenario.lines)
    days = (scenario.start + number * DAY for number in range(scenario.days))
    draws = range(scenario.noise.meters)
    return {day: frozenset(below(total, scenario.seed, "noise", day, draw) for draw in draws) for day in days}


class _Builder:
    """One home in the making."""

    def __init__(
        self,
        scenario: Scenario,
        line: Line,
        place: int,
        number: int,
        story: Story | None,
        noisy: Mapping[date, frozenset[int]],
    ) -> None:
        self.scenario = scenario
        self.line = line
        self.number = number
        self.story = story
        self.noisy = noisy
        self.seed = scenario.seed
        self.account = f"{scenario.county.code[:4]}{number + 1:06d}"
        self.address = f"{int(line.first_address) + place:012d}"
        self.profile = line.profiles[place % len(line.profiles)]
        self.household = pick(line.households, self.seed, "household", self.account)
        if story is not None and self.household in HOMES:
            self.household = Household.FAMILY
        bounds = STORY_WATTS if story and self.household is Household.FAMILY else PROFILES[self.household].mean_watts
        self.mean_watts = between(*bounds, self.seed, "mean", self.account)
        self.year = self._year_counter()

    def home(self) -> Home:
        """Put the home together."""
        story = self.story
        meter = self._meter()
        first = self._shown(meter, self.scenario.cycle_start)
        days = [self.scenario.start - timedelta(days=back) for back in range(HISTORY_DAYS, 0, -1)]
        history = tuple((day, kilowatt_hours(self._shown(meter, day))) for day in days)
        return Home(
            account=self.account,
            customer=self._name(),
            customer_class=(story and story.customer_class) or self.line.customer_class,
            contacts=self._contacts(),
            line=self.line,
            meter=meter,
            opening=Opening(self._deposit(deepcopy(meter), first), self.year, kilowatt_hours(first)),
            history=history,
            story=story,
        )

    def _meter(self) -> Meter:
        load = Load(self.seed, self.address, self.household, self.mean_watts, self.scenario.climate)
        story = self.story
        prefix = self.scenario.county.code[:2]
        plate = Plate(
            self.address,
            f"{prefix}{self.number + 1:010d}",
            self.line.dialect,
            profile=self.profile,
            ct=self.line.ct,
            vt=self.line.vt,
        )
        used = int(self.year.scaleb(2)) // plate.multiplier
        return Meter(
            plate,
            load,
            start=midnight(min(self.scenario.cycle_start, self.scenario.start - HISTORY_DAYS * DAY)) - HALF_DAY,
            register=used + between(90_000, 400_000, self.seed, "register", self.account),
            drift=timedelta(seconds=between(-25, 25, self.seed, "drift", self.account)),
            relay=Relay(stuck=story.stuck) if story else None,
            silences=tuple(self._silences()),
        )

    def _silences(self) -> Iterator[Silence]:
        for silent in self.story.silent if self.story else ():
            yield Silence(silent.start, silent.end)
        noise = self.scenario.noise
        for day, struck in self.noisy.items():
            if self.number in struck and self.story is None:
                yield Silence(at(day, noise.start), at(day, noise.end))

    def _shown(self, meter: Meter, day: date) -> int:
        """Read the freeze of a day (the meter's clock may be a little late: look at noon)."""
        freeze = meter.freeze(day, midnight(day) + HALF_DAY)
        assert freeze is not None, f"meter {meter.address} has no freeze of {day}"
        return freeze.registers.total

    def _name(self) -> str:
        named = people.customer_name if self.household in HOMES else people.TRADE_NAMES[self.household]
        return named(self.seed, self.account)

    def _contacts(self) -> tuple[Contact, ...]:
        fails = self.story is not None and self.story.fails
        first = Contact(self._name(), people.phone(self.seed, 2 * self.number), "account", fails)
        if not fails and not chance(200, self.seed, "second contact", self.account):
            return (first,)
        relative = people.customer_name(self.seed, self.account + "/2")
        return first, Contact(relative, people.phone(self.seed, 2 * self.number + 1), "second")

    def _year_counter(self) -> Decimal:
        """Guess the tier-year counter at the cycle start; one home in twelve stands before a tier bound."""
        bounds = self.scenario.prices[self.line.price].bounds
        if bounds and self.story is None and chance(80, self.seed, "tier", self.account):
            short = between(500, 9_000, self.seed, "before bound", self.account)
            return pick(bounds, self.seed, "bound", self.account) - Decimal(short).scaleb(-2)
        cycle = self.scenario.cycle_start
        hours = (cycle - cycle.replace(month=1, day=1)).days * 24
        percent = between(80, 110, self.seed, "year", self.account)
        counter = Decimal(self.mean_watts * hours * percent).scaleb(-5).quantize(Decimal("0.01"))
        return min(counter, bounds[0] - 200) if bounds and self.story else counter

    def _deposit(self, twin: Meter, first: int) -> Decimal:
        """Choose the deposit at the cycle start; stories get what lets them begin on their day.

        It is foretold by a ``twin`` of the meter, which showed ``first`` at that start and is never cut.
        """
        story = self.story
        if story is None:
            spare = Decimal(between(2_600, 26_000, self.seed, "spare", self.account)).scaleb(-2)
            if self.household not in HOMES:
                spare *= 5
            return self._estimate(twin, first, self.scenario.start) + spare
        if story.balance is not None:
            return max(Decimal(0), self._estimate(twin, first, self.scenario.start) + story.balance)
        if story.short_on is not None:
            before, then = (self._estimate(twin, first, day) for day in (story.short_on - DAY, story.short_on))
            return then - max(DEBT, ((then - before) / 2).quantize(Decimal("0.01")))
        assert story.warned_on is not None
        warned = self.scenario.warn_below[self._class()]
        return self._estimate(twin, first, story.warned_on) + (warned * Decimal("0.4")).quantize(Decimal("0.01"))

    def _class(self) -> str:
        return (self.story and self.story.customer_class) or self.line.customer_class

    def _estimate(self, twin: Meter, first: int, day: date) -> Decimal:
        """Foretell the fee of the cycle by the freeze of ``day``."""
        energy = kilowatt_hours(self._shown(twin, day) - first) * twin.plate.multiplier
        return amount(self.scenario.prices[self.line.price], self.year, energy)
