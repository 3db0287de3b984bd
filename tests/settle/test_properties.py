"""Properties of fees: whatever is used, under whatever price, the days add up and nothing is lost."""

from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from headend.collect import Consumption, DayEnergy, Mark
from headend.settle.cycle import Standing, Terms
from headend.settle.fee import plus, tier_shares
from headend.settle.late import Debt, Part, late_charge
from headend.settle.price import PERIODS, UseClass
from headend.settle.roll import spread
from headend.settle.tiers import TierUse, tier_bounds, tier_year_start
from tests.settle.pure import DAY, D, after, flat, freezes, habits, kwh, price, roll, shipped, standing, terms

CODES = st.sampled_from(sorted(shipped().by_code))
STARTS = st.dates(date(2020, 1, 1), date(2030, 12, 31)).map(lambda day: day.replace(day=1))
KWH = st.decimals(0, 5000, places=4)
COUNTERS = st.decimals(0, 6000, places=4)


@st.composite
def energies(draw: st.DrawFn, code: str) -> list[Consumption]:
    """A month's days at most, with periods where the price has them."""
    priced = price(code).rates.periods
    days = []
    for _ in range(draw(st.integers(1, 28))):
        parts = tuple(draw(KWH) if period in priced else D(0) for period in PERIODS) if priced else ()
        days.append(Consumption(sum(parts, D(0)) if parts else draw(KWH), parts))
    return days


@st.composite
def cycles(draw: st.DrawFn) -> tuple[Terms, Standing, list[Consumption]]:
    """A shipped price, the start of a cycle, days in it."""
    code = draw(CODES)
    return terms(code), standing(draw(STARTS), str(draw(COUNTERS))), draw(energies(code))


@given(cycles())
def test_days_add_up_to_the_bill(case: tuple[Terms, Standing, list[Consumption]]) -> None:
    """The day fees of a cycle sum to its fee to the fen, and each is a whole number of fen."""
    by, where, days = case
    fees = [D(0)]
    for energy in days:
        where = where.advance(energy, by)
        fees.append(where.fee(by))
    dayfees = [now - before for before, now in pairwise(fees)]
    assert sum(dayfees) == where.fee(by)
    assert all(fee == fee.quantize(D("0.01")) and type(fee) is Decimal for fee in fees[1:])


@given(cycles())
def test_more_energy_never_costs_less(case: tuple[Terms, Standing, list[Consumption]]) -> None:
    """The cumulated fee never falls from one day to the next."""
    by, where, days = case
    standings = accumulate(days, lambda before, energy: before.advance(energy, by), initial=where)
    fees = [each.fee(by) for each in standings]
    assert fees == sorted(fees)


@given(cycles(), st.data())
def test_splitting_a_day_changes_nothing(case: tuple[Terms, Standing, list[Consumption]], data: st.DataObject) -> None:
    """The same energy in one step or in many has one fee, as long as price and season stay."""
    by, where, days = case
    day = where.day
    same = [e for n, e in enumerate(days) if by.prices.on(day + n * DAY).season(day + n * DAY) == price_season(by, day)]
    cut = data.draw(st.integers(0, len(same)))
    whole = after(where, by, *same[:cut], _sum(same[cut:])) if same[cut:] else after(where, by, *same)
    assert whole.fee(by) == after(where, by, *same).fee(by)


def price_season(by: Terms, day: date) -> str:
    """The season of a day."""
    return by.prices.on(day).season(day)


def _sum(parts: list[Consumption]) -> Consumption:
    total = parts[0]
    for part in parts[1:]:
        total = plus(total, part)
    return total


@given(COUNTERS, KWH, st.lists(st.integers(1, 6000), min_size=1, max_size=4, unique=True).map(sorted))
def test_tiers_share_all_the_energy(start: Decimal, energy: Decimal, bounds: list[int]) -> None:
    """Tier parts are never negative and sum to the energy; each bound is still part of the lower tier."""
    parts = tier_shares(start, energy, [D(b) for b in bounds])
    assert sum(parts) == energy
    assert min(parts) >= 0
    assert tier_shares(D(0), D(bounds[0]), [D(b) for b in bounds])[0] == bounds[0]


@given(KWH, st.integers(1, 62), st.sampled_from([1, 30, 40, 100]))
def test_spreading_loses_nothing(step: Decimal, days: int, multiplier: int) -> None:
    """Energy divided over a gap sums to itself, and no two days differ by more than the rounding."""
    energy = Consumption(step * multiplier, (step * multiplier, D(0), D(0), D(0)))
    parts = spread(energy, days, multiplier)
    assert len(parts) == days
    assert sum(part.total for part in parts) == energy.total
    assert max(p.total for p in parts) - min(p.total for p in parts) <= D("0.0002") * multiplier
    assert all(part.tariffs[0] == part.total for part in parts)


@given(st.lists(st.decimals(0, 50, places=2), min_size=2, max_size=40), st.data())
def test_a_filled_gap_costs_what_its_energy_costs(steps: list[Decimal], data: st.DataObject) -> None:
    """Whichever freezes are missing, the cycle's fee on the day of the last one is the same under one flat price."""
    start = date(2026, 3, 1)
    by = terms("INV", flat("0.555"))
    registers = list(accumulate(steps[:31], initial=D(1000)))
    found = {start + n * DAY: str(register) for n, register in enumerate(registers)}
    end = max(found)
    missing = data.draw(st.sets(st.sampled_from(sorted(found)[1:-1]))) if len(found) > 2 else set()
    whole = roll(by, freezes(found), end)
    gappy = roll(by, freezes({d: r for d, r in found.items() if d not in missing}), end)
    assert gappy.days[-1].fee == whole.days[-1].fee if end < date(2026, 4, 1) else True
    assert sum(d.energy.total for d in gappy.days) == sum(d.energy.total for d in whole.days)
    assert all(d.mark is (Mark.I if (d.last or d.day) - d.first > DAY else Mark.G) for d in gappy.days)


@given(st.lists(st.tuples(st.integers(1, 90), KWH), unique_by=lambda x: x[0]), st.booleans())
def test_an_estimate_lies_within_what_it_looks_at(days: list[tuple[int, Decimal]], weekday: bool) -> None:
    """An estimate is a mean of at most the last seven good days of sixty, and nothing if there are none."""
    target = date(2026, 9, 16) if weekday else date(2026, 9, 19)
    known = [DayEnergy(target - n * DAY, kwh(e)) for n, e in sorted(days)][:7]
    estimate = habits(known).estimate(target).total
    recent = [d.energy.total for d in known if target - d.day <= 60 * DAY]
    same = [d.energy.total for d in known if target - d.day <= 60 * DAY and (d.day.weekday() < 5) == weekday]
    chosen = same if len(same) >= 3 else recent
    mean = sum(chosen, D(0)) / max(1, len(chosen))
    assert estimate == mean.quantize(D("0.0001"), "ROUND_HALF_UP")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_bounds_of_a_tier_year_grow_by_the_months_of_use(opened: date, cycle: date) -> None:
    """A home opened inside a tier year has the bounds of its months of use, a part month counting as one."""
    tiers = price("RES_TIER_YEAR_SD").tiers
    assert tiers is not None
    start = cycle.replace(day=1)
    if opened.replace(day=1) > start:
        return
    year = tier_year_start(tiers.year_start, start)
    months = 12 if opened < year else 13 - opened.month
    assert tier_bounds(tiers, start, TierUse(since=opened)) == (D(210) * months, D(400) * months)


@given(
    st.decimals("0.01", 100_000, places=2),
    st.integers(0, 800),
    st.sampled_from(UseClass),
    st.lists(st.tuples(st.integers(-5, 900), st.decimals(0, 1, places=3)), max_size=4),
)
def test_late_charges_count_each_day_once(
    principal: Decimal, late: int, use_class: UseClass, paid: list[tuple[int, Decimal]]
) -> None:
    """A late charge is the sum over its days of unpaid principal times the day's rate, rounded once per rate."""
    due = date(2026, 10, 10)
    parts, left = [], principal
    for offset, share in paid:
        part = (left * share).quantize(D("0.01"), "ROUND_DOWN")
        parts.append(Part(due + offset * DAY, part))
        left -= part
    debt = Debt(principal, due, use_class, parts)
    sums: dict[Decimal, Decimal] = {}
    for n in range(1, late + 1):
        day = due + n * DAY
        rate = D("0.001") if use_class is UseClass.RESIDENTIAL else D("0.002" if day.year == due.year else "0.003")
        sums[rate] = sums.get(rate, D(0)) + debt.unpaid(day) * rate
    expected = sum((total.quantize(D("0.01"), "ROUND_HALF_UP") for total in sums.values()), D(0))
    assert late_charge(debt, due + late * DAY) == expected
