"""The daily look at meters over real drivers: clocks are read and set within their limits, meters that stand still."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from headend import archive, collect, work
from headend.collect import ClockOutcome, Finding, Mark, RelaySeen
from headend.collect.stopped import note_still, standing_still, still_days
from headend.config import Collection
from headend.work import OrderKind
from simulators.meter import Silence
from tests.collect.country import Country, in_country
from tests.collect.day import ONE_DAY
from tests.drivers.scene import NEW, OLD, OTHER, SHOP, Trouble
from tests.rooms import MONDAY, Bench, home_no, local

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAILY = Collection(clock_days=1)
D = Decimal


async def check(country: Country) -> str:
    """Run the day's look at meters."""
    return await country.collector.clocks.run(MONDAY, country.scene.clock.now() + 2 * HOUR)


def outcomes(country: Country, address: str) -> list[ClockOutcome]:
    """Give what was noted of a meter's clock, oldest first."""
    rows = country.bench.read(collect.clock_history, account=country.account(address))
    return [row.outcome for row in reversed(rows)]


def kinds(country: Country, address: str) -> list[OrderKind]:
    """Give the kinds of open work orders about a meter's account."""
    whole = country.bench.read(archive.whole)
    found = country.bench.read(work.orders, scope=whole, account=country.account(address))
    return [order.kind for order in found]


def test_each_clock_gets_what_its_error_asks_for(tmp_path: Path) -> None:
    """Three minutes are set away, ten are somebody's work, two hours too; a right clock is left alone."""
    troubles = {
        OLD: Trouble(drift=3 * MINUTE),
        NEW: Trouble(drift=-3 * MINUTE),
        OTHER: Trouble(drift=-10 * MINUTE),
        SHOP: Trouble(drift=2 * HOUR),
    }

    async def story(country: Country) -> None:
        note = await check(country)
        assert note == "clocks: 1 order, 1 tariffs, 2 was set; standing still: none"
        for address in (OLD, NEW):
            assert outcomes(country, address) == [ClockOutcome.SEEN, ClockOutcome.SETTING, ClockOutcome.WAS_SET]
            assert abs(country.scene.meters[address].drift) < MINUTE
            assert kinds(country, address) == []
        for address in (OTHER, SHOP):
            assert outcomes(country, address) == [ClockOutcome.SEEN]
            assert kinds(country, address) == [OrderKind.METER_CLOCK]
        error = country.bench.read(collect.clock_error, country.account(SHOP))
        assert error is not None
        assert abs(error - 2 * HOUR) <= timedelta(seconds=2)

    in_country(tmp_path / "c.db", story, troubles=troubles, manners=DAILY)


def test_a_check_that_is_done_again_sets_no_clock_twice(tmp_path: Path) -> None:
    """A step that was killed is done again from its start; a clock that is still off then waits for tomorrow."""

    async def story(country: Country) -> None:
        await check(country)
        country.scene.meters[OLD].drift = 3 * MINUTE
        assert "1 set already today" in await check(country)
        assert outcomes(country, OLD).count(ClockOutcome.SETTING) == 1

    in_country(tmp_path / "c.db", story, troubles={OLD: Trouble(drift=3 * MINUTE)}, manners=DAILY)


def test_no_clock_is_set_where_that_is_turned_off_or_near_midnight(tmp_path: Path) -> None:
    """It is read, and what it asks for is noted."""

    async def story(country: Country) -> None:
        assert "1 set" in await check(country)
        assert outcomes(country, OLD) == [ClockOutcome.SEEN]

    troubles = {OLD: Trouble(drift=3 * MINUTE)}
    off = Collection(clock_days=1, set_clocks=False)
    in_country(tmp_path / "a.db", story, troubles=troubles, manners=off)
    in_country(tmp_path / "b.db", story, troubles=troubles, manners=DAILY, at=local("2026-09-14 23:56"))


def test_a_silent_meter_does_not_end_the_check(tmp_path: Path) -> None:
    """Nothing is noted of its clock, and the others are read."""
    dead = Trouble(silences=(Silence(local("2026-09-14 01:00"), local("2026-09-20 00:00")),))

    async def story(country: Country) -> None:
        assert await check(country) == "clocks: 3 fine, 1 silent; standing still: none"
        assert outcomes(country, OLD) == []

    in_country(tmp_path / "c.db", story, troubles={OLD: dead}, manners=DAILY)


def test_a_meter_that_stands_still_under_load_is_found(tmp_path: Path) -> None:
    """Four equal freezes, and the meter tells voltage and current: somebody has to go (A07)."""

    async def story(country: Country) -> None:
        place = country.place(SHOP)
        for back in range(4):
            registers = collect.Registers(D("4211.00"))
            day = MONDAY - back * ONE_DAY
            country.bench.write(
                collect.store_reading, place.account, place.point, day, registers, mark=Mark.G, source="freeze"
            )
        assert "standing still: 1 under load" in await check(country)
        [noted] = country.bench.read(collect.findings_of, place.point, MONDAY, MONDAY)
        assert (noted.kind, noted.version, noted.values["days"]) == (Finding.STOPPED, 1, "3")
        assert kinds(country, SHOP) == [OrderKind.METER_ODD]

    in_country(tmp_path / "c.db", story)


def stand(bench: Bench, days: int) -> archive.Place:
    """Let the first home's register stand still up to Monday."""
    place = bench.read(archive.place, bench.accounts[home_no(1)], MONDAY)
    for back in range(days + 1):
        registers = collect.Registers(D("4200.00"))
        day = MONDAY - back * ONE_DAY
        bench.write(collect.store_reading, place.account, place.point, day, registers, mark=Mark.G, source="freeze")
    return place


def test_an_empty_house_is_looked_at_once_a_week(village: Bench) -> None:
    """After three days, then after ten; in between it is left alone."""
    for days in range(13):
        place = stand(village, days)
        assert village.read(still_days, place.point, MONDAY) == days
        assert bool(village.read(standing_still, MONDAY)) == (days in {3, 10})


def test_nothing_is_expected_behind_an_open_relay(village: Bench) -> None:
    """A customer who is cut stands still, and that is no fault."""
    place = stand(village, 3)
    seen = RelaySeen(True, True, False, D(0), place.address, village.clock.now(), "verify")
    village.write(collect.note_relay, place.account, seen)
    assert village.read(standing_still, MONDAY) == []


def test_a_load_is_voltage_and_current_on_the_same_phase(village: Bench) -> None:
    """Without a current, or with one that a meter need not count, the house is empty."""
    place = stand(village, 3)
    for volts, amps in (((D(230),), (D(0),)), ((D(230), None), (D("0.04"), D(3))), ((D(20),), (D(1),)), ((), ())):
        assert not village.write(note_still, place, volts, amps)
    assert village.read(collect.finding_counts, MONDAY, scope=village.read(archive.whole)) == {}
    assert village.write(note_still, place, (D(230), D(231)), (D(0), D("-0.8")))
