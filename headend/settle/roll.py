"""From freezes to fees, day by day: the estimation (测算) of one account as a pure function.

Between two usable freezes the energy is divided equally over the days (gap filling, mark I, where there is more than
one); after the last one it is estimated (mark E).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from headend.archive import Place
from headend.collect import (
    FIRM,
    Consumption,
    DayEnergy,
    Leg,
    Mark,
    Registers,
    legs_between,
    periods_agree,
    plausible_kwh,
    sound_energy,
)
from headend.settle.cycle import ONE_DAY, Standing, Terms
from headend.settle.habits import Habits
from headend.settle.price import ENERGY_PLACES, ZERO, Period, Price
from headend.store import half_up


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze that money may be computed from: marked G, I or C; ``version`` is that of the reading.

    ``partial``: a read of the total alone, which is taken although the price needs periods. ``periods_suspect``: its
    period registers are not to be trusted, so that to a price by time of use it is as one marked S.
    """

    day: date
    registers: Registers
    mark: Mark
    version: int
    partial: bool = False
    periods_suspect: bool = False

    @property
    def trusted(self) -> Registers:
        """The registers as far as they can be trusted."""
        return Registers(self.registers.total) if self.periods_suspect else self.registers


@dataclass(frozen=True, slots=True)
class Metering:
    """What stands at the metering point: its meters over time, and the most power that may flow (F5)."""

    meters: Sequence[Place]
    capacity_kw: Decimal | None
    dark: frozenset[date] = field(default_factory=frozenset)
    """Energy days on which the relay was open: they are no good days for an estimate."""

    def legs(self, start: Freeze, end: Freeze) -> tuple[Leg, ...]:
        """Give the meters' registers between two freezes, as far as they can be trusted."""
        return legs_between(self.meters, start.day, start.trusted, end.day, end.trusted)

    def most(self, days: int) -> Decimal:
        """Give the plausible maximum in kWh of some days."""
        last = self.meters[-1]
        return plausible_kwh(self.capacity_kw, last.current_max_a, last.phases, 24 * days)

    def contradicts(self, start: Freeze, end: Freeze) -> bool:
        """Tell whether the period registers of a freeze can't be true, so that no time-of-use price is put on it."""
        return end.periods_suspect or not periods_agree(self.legs(start, end), self.most((end.day - start.day).days))


@dataclass(frozen=True, slots=True)
class DayFee:
    """The fee of one energy day, with all that it follows from.

    ``first`` and ``last`` are the days of the freezes that its energy lies between; ``last`` is None while it is
    estimated. ``after`` is where the account stands at the end of the day.
    """

    day: date
    energy: Consumption
    mark: Mark
    good: bool
    first: date
    last: date | None
    reading: int | None  # version of the freeze at the day's end, where that one was used
    fee: Decimal
    dayfee: Decimal
    after: Standing
    price: Price  # in force on the day


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A freeze that no fee was computed from, as energy of its periods has no price: kWh by period."""

    freeze: Freeze
    price: str
    kwh: Mapping[Period, Decimal]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a computation begins: the standing and its fee, the freeze there or the day of the last usable one.

    ``opening``: it is what the account brought along.
    """

    standing: Standing
    base: Freeze | date
    fee: Decimal
    opening: bool = False


def spread(energy: Consumption, days: int, quantum: int = 1) -> tuple[Consumption, ...]:
    """Divide energy equally over days; what has to be rounded goes on to the next day, so that nothing is lost.

    ``quantum`` is the meter's multiplier: the register is interpolated, half up to 0.0001 kWh, before it.
    """
    if days == 1:
        return (energy,)
    columns = [_steps(part, days, quantum) for part in (energy.total, *energy.tariffs)]
    return tuple(Consumption(total, tuple(tariffs)) for total, *tariffs in zip(*columns, strict=True))


def span_energy(metering: Metering, start: Freeze, end: Freeze) -> tuple[Consumption, ...] | None:
    """Give the energy of each day between two freezes; None if it can't be known (a fall, a change not recorded)."""
    days = (end.day - start.day).days
    legs = metering.legs(start, end)
    energy = sound_energy(legs, metering.most(days))
    if energy is None:
        return None
    return spread(energy, days, legs[0].multiplier if len(legs) == 1 else 1)


@dataclass(frozen=True, slots=True)
class Course:
    """The account's way from one standing on: terms, metering, habits as of that standing."""

    terms: Terms
    metering: Metering
    habits: Habits

    def roll(self, start: Start, freezes: Iterable[Freeze], until: date) -> "Rolled":
        """Compute the days from ``start`` up to the freeze of ``until``.

        While the account is being estimated there are no ``freezes``: a gap is filled from its beginning.
        """
        base = start.base
        rolled = Rolled(self.habits, start.standing, start.fee, [])
        since = base.day if isinstance(base, Freeze) else base
        for end in sorted(freezes, key=lambda f: f.day):
            assert isinstance(base, Freeze), "a gap is filled from the freeze at its beginning"
            priced = self._priced(base, end)
            if priced is None:
                rolled.unpriced += self._unpriced(base, end)
                continue
            self._fill(rolled, base, end, *priced)
            base, since = end, end.day
        while rolled.standing.day < until:
            day = rolled.standing.day
            self._day(rolled, self._estimated(rolled, day), Mark.E, (since, None))
        return rolled

    def _priced(self, start: Freeze, end: Freeze) -> tuple[tuple[Consumption, ...], Mark] | None:
        """Give the energies between two freezes and their mark, if each day's price can be put on them.

        Where only the total can be known (an opening or a meter change without period registers, a live read), it is
        split by the hours of the periods, mark E. A freeze whose periods contradict its total, or hold energy for which
        the price has none, is as one marked S: the days are estimated until a later one settles them.
        """
        energies = span_energy(self.metering, start, end)
        if energies is None:
            return None
        days = [start.day + n * ONE_DAY for n in range(len(energies))]
        prices = [self.terms.prices.on(day) for day in days]
        if all(p.prices(e) for p, e in zip(prices, energies, strict=True)):
            return energies, _mark(start.mark, end.mark) if len(days) == 1 else Mark.I
        if energies[0].tariffs or not (end.registers.tariffs or end.partial) or self.metering.contradicts(start, end):
            return None
        rates = (p.rates_in(p.season(day)) for p, day in zip(prices, days, strict=True))
        return tuple(r.split(e.total) for r, e in zip(rates, energies, strict=True)), Mark.E

    def _unpriced(self, start: Freeze, end: Freeze) -> list[Unpriced]:
        energies = span_energy(self.metering, start, end) or ()
        prices = (self.terms.prices.on(start.day + n * ONE_DAY) for n in range(len(energies)))
        found = (Unpriced(end, price.code, price.unpriced(e)) for price, e in zip(prices, energies, strict=True))
        return [one for one in found if one.kwh][:1]

    def _fill(self, rolled: "Rolled", base: Freeze, end: Freeze, energies: Sequence[Consumption], mark: Mark) -> None:
        firm = len(energies) == 1 and mark in FIRM
        for n, energy in enumerate(energies, start=1):
            version = end.version if n == len(energies) else None
            day = rolled.standing.day
            good = firm and day not in self.metering.dark
            self._day(rolled, energy, mark, (base.day, end.day), version=version, good=good)

    def _estimated(self, rolled: "Rolled", day: date) -> Consumption:
        price = self.terms.prices.on(day)
        energy = rolled.habits.estimate(day, with_tariffs=price.time_of_use)
        if price.time_of_use and not energy.tariffs:
            return price.rates_in(price.season(day)).split(energy.total)
        return energy

    def _day(
        self,
        rolled: "Rolled",
        energy: Consumption,
        mark: Mark,
        span: tuple[date, date | None],
        *,
        version: int | None = None,
        good: bool = False,
    ) -> None:
        before = rolled.standing
        price = self.terms.prices.on(before.day)
        after = before.advance(energy, self.terms)
        fee = after.fee(self.terms)
        dayfee = fee - (rolled.fee if before.start == after.start else ZERO)
        rolled.days.append(DayFee(before.day, energy, mark, good, *span, version, fee, dayfee, after, price))
        rolled.standing, rolled.fee = after, fee
        if good:
            rolled.habits = rolled.habits.seen(DayEnergy(before.day, energy))

    def next_cost(self, rolled: "Rolled") -> Decimal:
        """Give the expected cost of the day after the last one (F7), so that tier jumps are seen.

        On the last day of a cycle it is the fee of the first day of the next one.
        """
        standing = rolled.standing
        after = standing.advance(self._estimated(rolled, standing.day), self.terms)
        return after.fee(self.terms) - (rolled.fee if after.start == standing.start else ZERO)


@dataclass(slots=True)
class Rolled:
    """What rolling gives: the days, where the account then stands with its fee, and its habits by then."""

    habits: Habits
    standing: Standing
    fee: Decimal
    days: list[DayFee]
    unpriced: list[Unpriced] = field(default_factory=list)


def _steps(part: Decimal, days: int, quantum: int) -> Iterator[Decimal]:
    before = ZERO
    for day in range(1, days + 1):
        now = half_up(part / quantum * day / days, ENERGY_PLACES) * quantum if day < days else part
        yield now - before
        before = now


def _mark(start: Mark, end: Mark) -> Mark:
    """Give the mark of energy between two freezes: the weaker one's."""
    return next(mark for mark in (Mark.I, Mark.C, Mark.G) if mark in {start, end})
