"""What the pure tests of settlement share: the shipped prices and short ways to roll days."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from headend.archive import Place
from headend.collect import Consumption, DayEnergy, Mark, Registers
from headend.config import defaults
from headend.settle.book import PriceBook, PriceHistory
from headend.settle.cycle import Standing, Terms
from headend.settle.habits import Habits
from headend.settle.price import Price, Rates
from headend.settle.pricefile import parse_prices
from headend.settle.roll import Course, DayFee, Freeze, Metering, Rolled, Start
from headend.settle.tiers import FULL_USE, TierUse

D = Decimal
DAY = timedelta(days=1)

SD = "RES_TIER_YEAR_SD"
ZJ_TOU = "RES_TOU_YEAR_ZJ"
GD = "RES_TIER_MONTH_GD"


@cache
def shipped() -> PriceBook:
    """The price book that travels with the program, numbered as a database would."""
    prices = parse_prices((defaults() / "prices.toml").read_text(encoding="utf-8")).values()
    return PriceBook.of(replace(price, version=number) for number, price in enumerate(prices, start=1))


def price(code: str) -> Price:
    """A shipped price."""
    return shipped().by_code[code][0]


def terms(code: str, *own: Price, use: TierUse = FULL_USE, turn_day: int = 1) -> Terms:
    """Terms under a shipped price, or under versions of one's own."""
    book = PriceBook.of(own) if own else shipped()
    return Terms(PriceHistory(book, code), use, turn_day)


def flat(unit: str, *, valid_from: date = date(2020, 1, 1), version: int = 1) -> Price:
    """An invented flat price."""
    return replace(price("SHOP_FLAT"), code="INV", rates=Rates(D(unit)), valid_from=valid_from, version=version)


def kwh(total: str | Decimal, *tariffs: str) -> Consumption:
    """Energy with its periods."""
    return Consumption(D(total), tuple(D(t) for t in tariffs))


def tou(*, sharp: str = "0", peak: str = "0", level: str = "0", valley: str = "0") -> Consumption:
    """Energy by period, the total being their sum."""
    parts = tuple(D(part) for part in (sharp, peak, level, valley))
    return Consumption(sum(parts, D(0)), parts)


def meter(*, since: date = date(2020, 1, 1), multiplier: int = 1, first: str = "0") -> Place:
    """A single-phase 60 A meter at point 1 of account 1."""
    return Place(
        point=1,
        account=1,
        installation=1,
        meter=1,
        address="000000000001",
        asset="A1",
        dialect="dlt698",
        profile="standard",
        road="proxy",
        link="698:1",
        multiplier=multiplier,
        current_max_a=60,
        phases=1,
        digits=6,
        sim=True,
        since=since,
        until=None,
        first_register=D(first),
        last_register=None,
    )


def standing(day: date, counter: str = "0", *, start: date | None = None) -> Standing:
    """The start of a cycle."""
    return Standing(day, start or day, D(counter))


def after(where: Standing, by: Terms, *energies: Consumption) -> Standing:
    """Advance by days."""
    for energy in energies:
        where = where.advance(energy, by)
    return where


def freezes(registers: Mapping[date, str], mark: Mark = Mark.G) -> dict[date, Freeze]:
    """Freezes by day."""
    return {day: Freeze(day, Registers(D(value)), mark, 1) for day, value in registers.items()}


def habits(days: Iterable[DayEnergy] = (), working: Callable[[date], bool] = lambda day: day.weekday() < 5) -> Habits:
    """Habits whose working days are Monday to Friday."""
    return Habits(tuple(days), working)


def roll(
    by: Terms,
    found: Mapping[date, Freeze],
    until: date,
    *,
    counter: str = "0",
    meters: Iterable[Place] = (),
    of: Habits | None = None,
) -> Rolled:
    """Roll from the first freeze, where a cycle starts, up to the freeze of a day."""
    first, *others = sorted(found.values(), key=lambda f: f.day)
    course = Course(by, Metering(tuple(meters) or (meter(),), None), of or habits())
    return course.roll(Start(standing(first.day, counter), first, D(0)), others, until)


def dayfees(days: Iterable[DayFee]) -> list[Decimal]:
    """The fee of each day."""
    return [day.dayfee for day in days]
