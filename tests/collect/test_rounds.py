"""Collection rounds over real drivers: order, repeats, throttles, and a reason for every reading that is missing."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update
from structlog.testing import capture_logs

from drivers.meter import Concentrator
from drivers.meter import Silence as NoAnswer
from headend import collect
from headend.archive.tables import installation
from headend.collect import Mark, MissReason, duty_tables
from headend.collect.answers import REFUSALS, SILENCES
from headend.collect.duty_tables import want
from headend.collect.reasons import WORDS
from headend.config import Collection
from headend.daemon.steps import ROUNDS
from headend.store import BUSINESS_ZONE
from simulators.meter import Silence
from tests.collect.country import GONE, Country, in_country
from tests.collect.day import ONE_DAY
from tests.drivers.scene import A_698, NEW, OLD, OTHER, SHOP, Trouble
from tests.rooms import MONDAY, local

MINUTE = timedelta(minutes=1)
ASLEEP = Trouble(silences=(Silence(local("2026-09-14 01:00"), local("2026-09-14 02:25")),))
DEAD = Trouble(silences=(Silence(local("2026-09-14 01:00"), local("2026-09-20 00:00")),))


async def main_round(country: Country, *, passes: int = 5, minutes: int = 180) -> str:
    """Run a round over everything."""
    return await country.collector.round("main", MONDAY, country.scene.clock.now() + minutes * MINUTE, passes=passes)


def test_a_round_reads_every_meter_on_each_road(tmp_path: Path) -> None:
    """Those of the concentrator by one request, the others one by one; what they show is what is stored."""

    async def story(country: Country) -> None:
        assert await main_round(country) == "4 of 4"
        for address in (NEW, OTHER, OLD, SHOP):
            stored = country.reading(address)
            assert stored is not None
            assert (stored.mark, stored.stamp) == (Mark.G, local("2026-09-14 00:00"))
            assert 4211 < stored.total < country.scene.registers(address).total / 100
            assert len(stored.tariffs) == 4

    in_country(tmp_path / "c.db", story)


def test_a_silent_meter_is_asked_again_after_growing_pauses(tmp_path: Path) -> None:
    """Ten minutes after the first pass, then twenty: it sleeps until 02:25 and is read about 02:30."""

    async def story(country: Country) -> None:
        assert await main_round(country) == "4 of 4"
        stored = country.reading(OLD)
        assert stored is not None
        assert local("2026-09-14 02:30") <= stored.at <= local("2026-09-14 02:40")
        tally = country.collector.tally(1)
        assert tally is not None
        assert (tally.due, tally.read, tally.missed) == (4, 4, {})

    in_country(tmp_path / "c.db", story, troubles={OLD: ASLEEP})


def test_a_short_round_asks_once(tmp_path: Path) -> None:
    """With one pass a silent meter keeps its reason until the next round."""

    async def story(country: Country) -> None:
        assert await main_round(country, passes=1) == "3 of 4"
        assert country.reasons() == {OLD: "silent"}

    in_country(tmp_path / "c.db", story, troubles={OLD: ASLEEP})


def test_a_short_round_asks_the_meter_itself_for_what_its_concentrator_lacks(tmp_path: Path) -> None:
    """One that the concentrator could not reach in the night, and that answers now, is read in the same round."""
    at_night = Silence(local("2026-09-13 20:00"), local("2026-09-14 02:10"))

    async def story(country: Country) -> None:
        await country.scene.clock.sleep(15 * MINUTE)
        assert await main_round(country, passes=1) == "4 of 4"
        of_new = select(duty_tables.duty).where(duty_tables.duty.c.point == country.place(NEW).point)
        [row] = country.bench.read(lambda view: view.all(of_new))
        assert row.tries == 2

    in_country(tmp_path / "c.db", story, troubles={NEW: Trouble(silences=(at_night,))})


def test_who_was_silent_comes_after_its_neighbours(tmp_path: Path) -> None:
    """A meter that was silent at the last try, or the day before, waits until the others of its link are read."""

    async def story(country: Country) -> None:
        duties = {duty.account: duty for duty in country.bench.read(collect.open_duties, MONDAY)}
        country.bench.write(collect.miss, duties[country.account(NEW)], MissReason.SILENT)
        await main_round(country, passes=1)
        late, early = country.reading(NEW), country.reading(OLD)
        assert late is not None
        assert early is not None
        assert late.at > early.at
        tuesday = MONDAY + ONE_DAY
        country.bench.write(collect.plan, tuesday)
        assert not any(duty.was_silent for duty in country.bench.read(collect.open_duties, tuesday))

    in_country(tmp_path / "c.db", story)


def test_silence_is_remembered_for_the_day_after(tmp_path: Path) -> None:
    """A duty knows that its meter was silent at the end of the day before."""

    async def story(country: Country) -> None:
        await main_round(country, passes=1)
        tuesday = MONDAY + ONE_DAY
        country.bench.write(collect.plan, tuesday)
        silent = [duty.account for duty in country.bench.read(collect.open_duties, tuesday) if duty.was_silent]
        assert silent == [country.account(SHOP)]

    in_country(tmp_path / "c.db", story, troubles={SHOP: DEAD})


def test_a_link_that_is_down_is_told_at_once_and_waited_for(tmp_path: Path) -> None:
    """Its meters have their reason from the first minute on; the others are read meanwhile."""

    async def story(country: Country) -> None:
        clock = country.scene.clock
        clock.spawn(main_round(country, minutes=30), name="round")
        await clock.sleep(5 * MINUTE)
        assert country.reasons() == {SHOP: "link_down"}
        tally = country.collector.tally(1)
        assert tally is not None
        assert (tally.read, tally.finished) == (3, None)
        await clock.sleep(26 * MINUTE)
        assert (tally.missed, tally.finished) == ({MissReason.LINK_DOWN: 1}, local("2026-09-14 02:30"))

    in_country(tmp_path / "c.db", story, meters={SHOP: {"link": GONE}})


def test_entries_that_nobody_can_use_cost_no_other_meter(tmp_path: Path) -> None:
    """A profile that nobody knows, and a point without a meter, are reasons of their own."""

    async def story(country: Country) -> None:
        point = country.place(OTHER).point
        removed = update(installation).where(installation.c.point == point).values(until=MONDAY)
        country.bench.write(lambda tx: tx.execute(removed))
        assert await main_round(country) == "2 of 4"
        rows = country.bench.read(collect.missing, MONDAY)
        assert {row.account: row.reason for row in rows} == {
            country.bench.accounts["3701000002"]: "no_meter",
            country.account(OLD): "no_road",
        }
        assert any("county-x" in str(row.detail) for row in rows)

    in_country(tmp_path / "c.db", story, meters={OLD: {"profile": "county-x"}})


def test_a_meter_is_not_asked_for_what_its_predecessor_counted(tmp_path: Path) -> None:
    """A meter that was put in during the day may have a register for its 00:00; the day's freeze was the old one's."""

    async def story(country: Country) -> None:
        point = country.place(NEW).point
        changed = update(installation).where(installation.c.point == point).values(since=MONDAY)
        country.bench.write(lambda tx: tx.execute(changed))
        assert await main_round(country) == "3 of 4"
        assert country.reasons() == {NEW: "no_meter"}
        assert country.reading(NEW) is None
        tuesday = MONDAY + timedelta(days=1)
        await country.scene.clock.sleep_until(local(f"{tuesday} 00:10"))
        assert country.bench.write(collect.plan, tuesday) == 4

    in_country(tmp_path / "c.db", story)


def test_a_meter_put_in_today_is_due_from_tomorrow_on(tmp_path: Path) -> None:
    """There is no freeze of a 00:00 at which it was not there."""

    async def story(country: Country) -> None:
        tuesday = MONDAY + timedelta(days=1)
        point = country.place(NEW).point
        changed = update(installation).where(installation.c.point == point).values(since=tuesday)
        country.bench.write(lambda tx: tx.execute(changed))
        assert country.bench.write(collect.plan, tuesday) == 3
        assert country.bench.write(collect.plan, tuesday + timedelta(days=1)) == 4

    in_country(tmp_path / "c.db", story)


def test_a_fault_of_one_link_ends_no_others(tmp_path: Path) -> None:
    """Whatever breaks while one link is asked, the others are read to the end; its meters stay due."""

    async def story(country: Country) -> None:
        concentrator = country.scene.field.concentrator

        def broken(link: str) -> Concentrator:
            if link == A_698:
                raise RuntimeError("a fault of the program")
            return concentrator(link)

        country.scene.field.concentrator = broken  # type: ignore[method-assign] # a fault that nobody foresaw
        with capture_logs() as logs:
            assert await main_round(country) == "1 of 4"
        assert country.reading(SHOP) is not None
        assert set(country.reasons().values()) == {"not_asked"}
        assert [entry["link"] for entry in logs if entry["event"] == "collect.link_failed"] == [A_698]

    in_country(tmp_path / "c.db", story)


def test_a_wish_that_no_meter_can_fulfil_ends(tmp_path: Path) -> None:
    """Without a road it fails with that reason after its tries, without a meter at once: neither is tried for ever."""

    async def story(country: Country) -> None:
        clock, bench = country.scene.clock, country.bench
        clock.spawn(country.collector.wants_worker().run(), name="wants")
        point = country.place(OTHER).point
        removed = update(installation).where(installation.c.point == point).values(until=MONDAY)
        bench.write(lambda tx: tx.execute(removed))
        wishes = [bench.write(collect.ask_live, country.account(each)) for each in (OLD, OTHER)]
        await clock.sleep(30 * MINUTE)
        told = bench.read(collect.live, wishes[0])
        assert told is not None
        assert (told.total, told.reason) == (None, "no_road")
        states = bench.read(lambda view: [row.state for row in view.all(select(want).order_by(want.c.id))])
        assert states == ["failed", "failed"]

    in_country(tmp_path / "c.db", story, meters={OLD: {"profile": "county-x"}})


def test_a_freeze_of_another_day_is_told_as_such(tmp_path: Path) -> None:
    """A meter whose clock is a day behind has no freeze of today; what it has bears another stamp."""

    async def story(country: Country) -> None:
        await main_round(country, passes=1)
        assert country.reasons() == {OLD: "wrong_stamp"}

    in_country(tmp_path / "c.db", story, troubles={OLD: Trouble(drift=timedelta(hours=-24))})


def test_links_of_one_area_take_turns(tmp_path: Path) -> None:
    """One link at a time: the line waits until the concentrator is done; four at a time: it does not."""

    def finish(limit: int) -> tuple[bool, ...]:
        seen: list[bool] = []

        async def story(country: Country) -> None:
            await main_round(country)
            line, last = country.reading(SHOP), country.reading(OLD)
            assert line is not None
            assert last is not None
            seen.append(line.at > last.at)

        in_country(tmp_path / f"{limit}.db", story, manners=Collection(links_per_area=limit))
        return tuple(seen)

    assert (finish(1), finish(4)) == ((True,), (False,))


def test_polls_of_a_link_keep_their_pause(tmp_path: Path) -> None:
    """Where a pause is set, single polls of a link are at least that far from each other."""

    async def story(country: Country) -> None:
        for duty in country.bench.read(collect.open_duties, MONDAY):
            country.bench.write(collect.miss, duty, MissReason.NO_FREEZE)
        await main_round(country, passes=1)
        read = [reading.at for address in (NEW, OTHER, OLD) if (reading := country.reading(address)) is not None]
        gaps = [after - before for before, after in zip(sorted(read), sorted(read)[1:], strict=False)]
        assert len(gaps) == 2
        assert min(gaps) >= timedelta(seconds=60)

    in_country(tmp_path / "c.db", story, manners=Collection(pause_s=60))


def test_two_rounds_that_meet_ask_no_meter_twice(tmp_path: Path) -> None:
    """On each link one waits for the other, and asks for what is left: nothing."""

    async def story(country: Country) -> None:
        clock = country.scene.clock
        first = country.collector.start(MONDAY)
        second = country.collector.start(MONDAY)
        seen = -1
        while first.finished is None or second.finished is None:
            await second.changed(clock, seen, clock.now() + MINUTE)
            seen = second.version
            await clock.sleep(1)
        assert first.due + second.due == first.read + second.read == 4
        versions = [
            country.bench.read(collect.versions, country.place(each).point, MONDAY) for each in (NEW, OLD, SHOP)
        ]
        assert [len(each) for each in versions] == [1, 1, 1]

    in_country(tmp_path / "c.db", story)


def test_a_round_by_hand_may_be_about_one_meter_or_link(tmp_path: Path) -> None:
    """The others are left for their round."""

    async def story(country: Country) -> None:
        clock = country.scene.clock
        for started in (
            country.collector.start(MONDAY, points=[country.place(OLD).point]),
            country.collector.start(MONDAY, link=country.place(SHOP).link),
        ):
            while started.finished is None:
                await clock.sleep(1)
            assert (started.due, started.read) == (1, 1)
        assert country.reasons() == {NEW: "not_asked", OTHER: "not_asked"}

    in_country(tmp_path / "c.db", story)


def test_every_answer_without_a_value_has_a_reason_and_every_reason_its_words() -> None:
    """No silence is left out, and each reason tells what to do."""
    assert set(SILENCES) == set(NoAnswer)
    assert set(REFUSALS.values()) == {MissReason.NO_FREEZE, MissReason.WRONG_STAMP, MissReason.UNKNOWN_METER}
    assert set(WORDS) == set(MissReason)
    assert all(word.words and word.chinese and word.advice for word in WORDS.values())


def test_the_rounds_of_the_day() -> None:
    """The main round from 00:30 to 05:30, three rounds before validation, four during the day."""
    times = [(name, at, at_end(at, grace)) for name, at, grace in ROUNDS]
    assert times == [
        ("main", "00:30", "05:30"),
        ("again-1", "05:30", "06:10"),
        ("again-2", "06:15", "06:55"),
        ("again-3", "07:00", "07:25"),
        ("late-1", "10:00", "11:00"),
        ("late-2", "12:00", "13:00"),
        ("late-3", "15:00", "16:00"),
        ("late-4", "18:00", "19:00"),
    ]


def at_end(at: str, grace: timedelta) -> str:
    """Give the local time at which a round ends."""
    return f"{local(f'{MONDAY} {at}').astimezone(BUSINESS_ZONE) + grace:%H:%M}"
