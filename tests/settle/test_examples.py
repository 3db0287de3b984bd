"""The worked examples of the business rules, E01 to E25, as far as no database is needed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from headend.collect import DayEnergy, Leg, Mark, Registers, legs_between, legs_energy, plausible_kwh, register_step
from headend.settle.cycle import Standing
from headend.settle.late import Debt, late_charge
from headend.settle.price import Price, Tiers, UseClass
from headend.settle.tiers import TierUse, tier_bounds
from tests.settle.pure import (
    DAY,
    GD,
    SD,
    ZJ_TOU,
    D,
    after,
    dayfees,
    flat,
    freezes,
    habits,
    kwh,
    meter,
    price,
    roll,
    standing,
    terms,
    tou,
)

JAN = date(2026, 1, 1)
MARCH = date(2026, 3, 1)
JULY = date(2026, 7, 1)


def fee_of(code: str, *days: str, start: date = MARCH, counter: str = "0", use: TierUse | None = None) -> Decimal:
    """The fee of a cycle after days of the given kWh."""
    by = terms(code, use=use or TierUse())
    return after(standing(start, counter), by, *map(kwh, days)).fee(by)


def tiers_of(code: str) -> Tiers:
    """The tiers of a shipped price."""
    found = price(code).tiers
    assert found is not None
    return found


def amounts(where: Standing, code: str) -> list[Decimal]:
    """The amounts of the lines of a standing."""
    return [line.amount for line in where.lines(terms(code))]


def test_e01_flat_price() -> None:
    """8.25 kWh at a flat price are rounded half up once."""
    step = register_step(D("1523.40"), D("1531.65"), digits=6, most=D(400))
    assert step == D("8.25")
    assert fee_of("RES_SHARED_SD", "8.25") == D("4.58")


def test_e02_days_add_up_to_the_bill() -> None:
    """Equal days cost equal fen but for those on which the cumulated rounding tips."""
    by = terms("RES_SHARED_SD")
    found = freezes({MARCH: "0", **{MARCH + n * DAY: str(D("5.01") * n) for n in range(1, 31)}})
    fees = dayfees(roll(by, found, MARCH + 30 * DAY).days)
    assert sum(fees) == D("83.42")
    assert [n for n, fee in enumerate(fees, start=1) if fee == D("2.79")] == [10, 28]
    assert set(fees) == {D("2.78"), D("2.79")}
    assert fee_of(SD, *["7.99"] * 30) == D("131.09")


def test_e03_monthly_tiers() -> None:
    """The bounds of a summer month differ from those of the others."""
    by = terms(GD)
    summer = after(standing(JULY), by, kwh("611"))
    assert amounts(summer, GD) == [D("359.88"), D("17.00"), D("3.30")]
    assert summer.fee(by) == D("380.18")
    assert fee_of(GD, "600", start=JULY) == D("370.40")
    assert fee_of(GD, "600", start=MARCH) == D("423.40")


def test_e04_tier_crossed_inside_a_day() -> None:
    """The day's fee is the difference of two cumulated amounts, not the price of its own parts."""
    assert fee_of(GD, "255", start=JULY) == D("150.20")
    assert fee_of(GD, "255", "13", start=JULY) == D("158.25")


def test_e05_two_tiers_crossed_in_one_step() -> None:
    """A catch-up reading may cross two yearly bounds at once."""
    where = after(standing(MARCH, "2500"), terms(SD), kwh("2330"))
    assert amounts(where, SD) == [D("1274.28"), D("114.00"), D("9.00")]
    assert [line.kwh for line in where.lines(terms(SD))] == [D(2330), D(2280), D(30)]
    assert where.fee(terms(SD)) == D("1397.28")


def test_e06_time_of_use_by_season() -> None:
    """Peak and valley have a line each, at the prices of their season."""
    code = "RES_TOU_YEAR_SD"
    autumn = after(standing(date(2026, 9, 1)), terms(code), tou(peak="6.20", valley="9.80"))
    assert amounts(autumn, code) == [D("3.58"), D("3.69")]
    heating = after(standing(JAN), terms(code), tou(peak="4.00", valley="12.00"))
    assert amounts(heating, code) == [D("2.31"), D("4.16")]


def test_e07_time_of_use_with_a_tier() -> None:
    """The adder is put on the total, whatever the period."""
    where = after(standing(MARCH, "2758.00"), terms(ZJ_TOU), tou(peak="5.50", valley="4.50"))
    assert amounts(where, ZJ_TOU) == [D("3.12"), D("1.30"), D("0.40")]
    assert where.fee(terms(ZJ_TOU)) == D("4.82")


def test_e08_time_of_use_over_two_tiers() -> None:
    """Two yearly bounds in one step under time of use."""
    where = after(standing(MARCH, "2759"), terms(ZJ_TOU), tou(peak="1200", valley="850"))
    assert amounts(where, ZJ_TOU) == [D("681.60"), D("244.80"), D("102.00"), D("2.70")]
    assert where.fee(terms(ZJ_TOU)) == D("1031.10")


def test_e09_multiplier_and_rollover() -> None:
    """The multiplier is put on the register's step, also over a rollover."""
    by = terms("INV", flat("0.65"))
    shop = meter(multiplier=40)
    step = roll(by, freezes({MARCH: "123.45", MARCH + DAY: "126.10"}), MARCH + DAY, meters=[shop])
    assert (step.days[0].energy.total, step.days[0].fee) == (D("106.00"), D("68.90"))
    rolled = roll(by, freezes({MARCH: "999999.50", MARCH + DAY: "0.75"}), MARCH + DAY, meters=[shop])
    assert rolled.days[0].energy.total == D("50.00")


def test_e10_meter_replaced_at_noon() -> None:
    """The energy of a day with a meter change is that of both meters, each by its own multiplier."""
    noon = date(2026, 3, 10)
    old = replace(meter(), until=noon, last_register=D("4325.10"))
    new = replace(meter(since=noon, first="0.35"), installation=2)
    found = freezes({noon: "4321.50", noon + DAY: "2.85"})
    day = roll(terms(SD), found, noon + DAY, meters=[old, new]).days[0]
    assert (day.energy.total, day.fee, day.mark) == (D("6.10"), D("3.34"), Mark.G)
    ct_old = replace(meter(multiplier=40), until=noon, last_register=D("210.60"))
    ct_new = replace(meter(since=noon, multiplier=30), installation=2)
    found = freezes({noon: "210.10", noon + DAY: "1.20"})
    changed = roll(terms("INV", flat("0.65")), found, noon + DAY, meters=[ct_old, ct_new]).days[0]
    assert (changed.energy.total, changed.fee) == (D("56.00"), D("36.40"))


def test_e11_rollover_and_fall() -> None:
    """A register that passes its end goes on from zero; one that merely falls is no energy, and is estimated."""
    step = roll(terms(SD), freezes({MARCH: "999998.20", MARCH + DAY: "5.75"}), MARCH + DAY).days[0]
    assert (step.energy.total, step.fee) == (D("7.55"), D("4.13"))
    fallen = roll(terms(SD), freezes({MARCH: "1200.00", MARCH + DAY: "1198.50"}), MARCH + DAY).days[0]
    assert (fallen.mark, fallen.last) == (Mark.E, None)


def test_e12_two_missing_freezes() -> None:
    """Missing days are estimated as they go, and divided equally when the next good freeze comes."""
    start = date(2026, 3, 10)
    week = [DayEnergy(start - n * DAY, kwh("9.80")) for n in range(1, 8)]
    found = freezes({start: "1200.00"})
    running = roll(terms(SD), found, start + 2 * DAY, of=habits(week))
    assert [day.fee for day in running.days] == [D("5.36"), D("10.72")]
    assert [day.mark for day in running.days] == [Mark.E, Mark.E]
    found |= freezes({start + 3 * DAY: "1230.60"})
    filled = roll(terms(SD), found, start + 3 * DAY, of=habits(week))
    assert filled.days[-1].fee == D("16.74")
    assert filled.days[-1].fee - running.days[-1].fee == D("6.02")
    assert dayfees(filled.days) == [D("5.58")] * 3
    assert {(day.mark, day.energy.total) for day in filled.days} == {(Mark.I, D("10.20"))}


def test_e13_corrected_reading() -> None:
    """A correction changes the fee of the cycle by the difference of two cumulated amounts."""
    assert fee_of(SD, "260.00") == D("142.19")
    assert fee_of(SD, "250.00") == D("136.73")


def test_e14_price_change_inside_a_cycle() -> None:
    """Each version of a price has a line of its own, also inside a gap of the readings."""
    change = date(2026, 3, 15)
    versions: tuple[Price, ...] = (flat("0.5469"), flat("0.5669", valid_from=change, version=2))
    by = terms("INV", *versions)
    split = freezes({MARCH: "0", change: "84.30", change + DAY: "175.50"})
    lines = roll(by, split, change + DAY).standing.lines(by)
    assert [line.amount for line in lines] == [D("46.10"), D("51.70")]
    gap = freezes({date(2026, 3, 10): "500.00", date(2026, 3, 20): "560.00"})
    filled = roll(by, gap, date(2026, 3, 20)).standing
    assert [line.amount for line in filled.lines(by)] == [D("16.41"), D("17.01")]
    assert filled.fee(by) == D("33.42")


def test_e18_late_charges() -> None:
    """Late charges are simple, by rate and bill, and rounded once."""
    due = date(2026, 3, 10)
    home, shop = UseClass.RESIDENTIAL, UseClass.OTHER
    assert late_charge(Debt(D("86.50"), due, home), due + 40 * DAY) == D("3.46")
    assert late_charge(Debt(D("1250.00"), due, shop), due + 18 * DAY) == D("45.00")
    assert late_charge(Debt(D("1000.00"), date(2026, 12, 20), shop), date(2027, 1, 15)) == D("67.00")
    assert late_charge(Debt(D("5.00"), due, home), due + 10 * DAY) == D("0.05")
    assert late_charge(Debt(D("5.00"), due, home), due + 10 * DAY, D("1.00")) == D("1.00")


def test_e19_free_energy() -> None:
    """Free energy is given back at the price of the first tier, and never more than was used."""
    assert fee_of("RES_TIER_YEAR_SD_POOR", "120") == D("57.43")
    assert fee_of("RES_TIER_YEAR_SD_POOR", "9") == D("0.00")


def test_e20_large_household() -> None:
    """The bounds of a large household are summed over the months in which it counts as one."""
    large = TierUse(large_from=date(2025, 1, 1))
    assert tier_bounds(tiers_of(SD), MARCH, large) == (D(3720), D(4800))
    assert fee_of(SD, "30", counter="3700", use=large) == D("16.91")
    since_july = TierUse(large_from=JULY)
    assert tier_bounds(tiers_of(SD), JULY, since_july)[0] == D(3120)


def test_e21_new_home_in_may() -> None:
    """A home opened in May has the bounds of eight months."""
    use = TierUse(since=date(2026, 5, 17))
    assert tier_bounds(tiers_of(SD), JULY, use) == (D(1680), D(3200))
    assert fee_of(SD, "20", start=JULY, counter="1670", use=use) == D("11.44")


def test_e22_tier_year_border() -> None:
    """A new tier year opens a new cycle: counter and rounding both start again."""
    own = replace(price(SD), tiers=replace(tiers_of(SD), year_start=(12, 25)))
    by = terms(SD, own, turn_day=25)
    start = date(2026, 12, 24)
    where = after(standing(start, "4790", start=date(2026, 11, 25)), by, kwh("18"))
    assert where.fee(by) == D("12.74")
    restarted = after(where, by, kwh("22"))
    assert (restarted.counter, restarted.fee(by)) == (D(0), D("12.03"))


def test_e23_flying() -> None:
    """More energy than the meter can carry is not plausible."""
    most = plausible_kwh(None, 60, 1, 24)
    assert most == D("380.16")
    assert plausible_kwh(D("13.2"), 60, 1, 24) == D("380.16")
    leg = Leg(Registers(D("999800.00")), Registers(D("280.00")))
    assert legs_energy([leg], most) is None


def test_e25_four_periods() -> None:
    """A shop under four periods has a line for each."""
    where = after(standing(MARCH), terms("SHOP_TOU"), tou(sharp="12.0", peak="30.0", level="40.0", valley="18.0"))
    assert amounts(where, "SHOP_TOU") == [D("15.00"), D("31.50"), D("27.20"), D("5.76")]
    assert where.fee(terms("SHOP_TOU")) == D("79.46")


def test_a_change_without_its_last_register_gives_no_energy() -> None:
    """While the removed meter's last register is missing, nothing is guessed."""
    noon = date(2026, 3, 10)
    old = replace(meter(), until=noon)
    new = replace(meter(since=noon), installation=2)
    legs = legs_between([old, new], noon, Registers(D(10)), noon + DAY, Registers(D(2)))
    assert legs_energy(legs, D(400)) is None
