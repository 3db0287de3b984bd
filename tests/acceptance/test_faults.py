"""Between both sides everything goes wrong: no answer is credited to the wrong meter, and all comes right again."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.meter import FRAME_LIFE, Release, Silent, Told
from headend import archive, collect
from headend.collect.collector import Collector
from simulators.fault_proxy import (
    Delay,
    Drop,
    Duplicate,
    Fault,
    Flip,
    HalfOpen,
    Kind,
    Merge,
    Reset,
    Split,
    Stall,
)
from simulators.seeded import below, pick
from tests.acceptance.faulty import DAY, EVERYTHING, FRAME, FaultyField, in_faulty_field
from tests.acceptance.faulty_store import number_of, open_store
from tests.rooms import BY

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ASKERS = 4

shares = st.floats(0, 0.3)
seconds = st.floats(0.01, 5).map(lambda number: number * SECOND)
minutes = st.integers(5, 30).map(lambda number: number * MINUTE)
mixes = st.tuples(
    st.builds(Delay, chance=shares, least=st.just(0 * SECOND), most=seconds),
    st.builds(Split, chance=shares, pieces=st.integers(2, 8)),
    st.builds(Merge, chance=shares, hold=seconds),
    st.builds(Drop, chance=st.floats(0, 0.1)),
    st.builds(Drop, chance=st.floats(0, 0.1), part=st.just(True)),
    st.builds(Duplicate, chance=shares, after=st.floats(0, 1.5).map(lambda number: number * SECOND)),
    st.builds(Flip, rate=st.sampled_from([0.0, 1e-5, 1e-4, 1e-3]), apart=st.just(FRAME)),
    st.builds(Stall, every=minutes, lasts=st.integers(1, 90).map(lambda number: number * SECOND)),
    st.builds(Reset, every=minutes),
    st.builds(HalfOpen, every=minutes, lasts=st.just(15 * MINUTE)),
)


async def keep_asking(scene: FaultyField, span: timedelta) -> None:
    """Read in rounds, read live, look at relays and order closes for so long, whatever comes of it."""
    end = scene.clock.now() + span
    addresses = tuple(scene.places)

    async def rounds(link: str) -> None:
        while await scene.links.wait_up(link, end) and scene.clock.now() < end:
            await scene.link_round(link)
            await scene.clock.sleep(5 * MINUTE)

    async def asker(name: int) -> None:
        number = 0
        while scene.clock.now() < end:
            address = pick(addresses, 1, "address", name, number)
            act = (scene.live, scene.live, scene.relay, scene.close)[below(4, 1, "act", name, number)]
            await act(address)
            await scene.clock.sleep(5)
            number += 1

    await scene.clock.gather(*map(rounds, scene.by_link), *map(asker, range(ASKERS)))


async def comes_right(scene: FaultyField) -> None:
    """With a proxy that behaves all links come back, one round reads every meter, and nothing waits any more."""
    await scene.recover()
    assert await scene.round() == set(scene.places)
    assert all(await scene.clock.gather(*map(scene.live, scene.places)))
    scene.assert_at_rest()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_credited_to_the_wrong_meter_and_all_comes_right(seed: int) -> None:
    """Every answer is the asked meter's own and no older than its question, while every kind of fault strikes."""

    async def story(scene: FaultyField) -> None:
        await keep_asking(scene, 75 * MINUTE)
        assert {what for what in scene.counted if what.endswith(" told")} == {
            f"{what} told" for what in ("record", "freeze", "live", "relay", "close")
        }
        assert set(scene.proxy.injected) == set(Kind)
        await comes_right(scene)

    scene = in_faulty_field(story, EVERYTHING, seed=seed)
    assert scene.wrong == []
    assert scene.stale == []


@given(mixes, st.integers(0, 10_000))
@settings(max_examples=5)
def test_any_mix_of_faults_comes_right(mix: tuple[Fault, ...], seed: int) -> None:
    """Whatever strikes and however often, no answer goes to another meter and all is read at last."""

    async def story(scene: FaultyField) -> None:
        await keep_asking(scene, 15 * MINUTE)
        await comes_right(scene)

    scene = in_faulty_field(story, mix, seed=seed)
    assert scene.wrong == []
    assert scene.stale == []


@pytest.mark.parametrize("seed", range(3))
def test_no_relay_moves_that_was_not_ordered(seed: int) -> None:
    """A trip that was taken is done, one that was not sent is not; of any other it is told that nobody knows."""

    async def story(scene: FaultyField) -> None:
        ordered = list(scene.places)[::4]
        held_back = list(scene.places)[2::12]
        outcomes = {}

        async def trip(number: int, address: str, *, goes: bool) -> None:
            async def go() -> bool:
                return goes

            await scene.clock.sleep(below(40 * 60, seed, "trip", address))
            begun = scene.clock.now()
            release = Release(number, address, begun + 10 * MINUTE, "zhang")
            answer = await scene.meter(address).trip(release, go, until=begun + 10 * MINUTE)
            scene.judge("trip", address, answer, lambda _: True)
            outcomes[address] = (begun, answer)

        trips = [trip(number, address, goes=True) for number, address in enumerate(ordered)]
        trips += [trip(1000 + number, address, goes=False) for number, address in enumerate(held_back)]
        await scene.clock.gather(keep_reading(scene, 45 * MINUTE), *trips)
        await scene.recover()
        now = scene.clock.now()
        moved = {address for address in scene.places if scene.physical[address].relay(now).movements}
        unknown = set()
        for address, (begun, answer) in outcomes.items():
            if isinstance(answer, Silent) and answer.sent:
                unknown.add(address)
            else:
                assert (address in moved) is isinstance(answer, Told), (address, answer)
            movements = scene.physical[address].relay(now).movements
            assert all(begun <= movement.at <= begun + FRAME_LIFE for movement in movements)
        assert unknown
        assert moved <= set(ordered)
        for address in moved | unknown:
            seen = await scene.relay(address)
            assert seen is not None
            assert seen.open is (address in moved)
            assert isinstance(await scene.close(address), Told)
        assert not any(meter.relay(scene.clock.now()).open for meter in scene.physical.values())
        scene.assert_at_rest()

    scene = in_faulty_field(story, EVERYTHING, seed=seed)
    assert scene.wrong == []


async def keep_reading(scene: FaultyField, span: timedelta) -> None:
    """Read live and look at relays for so long; order nothing."""
    end = scene.clock.now() + span
    number = 0
    while scene.clock.now() < end:
        address = pick(tuple(scene.places), 2, number)
        await scene.clock.gather(scene.live(address), scene.relay(address))
        await scene.clock.sleep(5)
        number += 1


@pytest.mark.parametrize("seed", range(2))
def test_a_store_holds_each_meters_own_readings(seed: int, tmp_path: Path) -> None:
    """Rounds and live reads of the collector store the meter's own alone, and the last round completes the day."""

    async def story(scene: FaultyField) -> None:
        bench = open_store(tmp_path / "headend.db", scene)
        collector = Collector(bench.store, scene.field, scene.links, scene.clock)
        worker = scene.clock.spawn(collector.wants_worker().run(), name="live reads")
        accounts = {address: bench.accounts[number_of(address)] for address in scene.places}
        wants: dict[int, str] = {}
        await bench.store.write(BY, collect.plan, DAY)
        for number in range(2):
            for address in list(scene.places)[number::8]:
                wants[await bench.store.write(BY, collect.ask_live, accounts[address])] = address
            until = scene.clock.now() + 4 * MINUTE
            await collector.round(f"round {number}", DAY, until)
            await scene.clock.sleep_until(until)
        due, before, missing = await bench.store.read(collect.day_counts, DAY)
        assert (due, before + sum(missing.values())) == (len(scene.places), due)
        assert missing
        await scene.recover()
        assert await collector.round("the last", DAY, scene.clock.now() + 30 * MINUTE) == f"{due} of {due}"
        for address, account in accounts.items():
            place = await bench.store.read(archive.place, account, DAY)
            versions = await bench.store.read(collect.versions, place.point, DAY)
            assert [(one.total, one.account) for one in versions] == [(scene.frozen(address), account)]
        lives = {want: await bench.store.read(collect.live, want) for want in wants}
        for want, address in wants.items():
            told = lives[want]
            assert told is not None
            assert told.address == address
            assert scene.showed(address, told.total) or told.reason is not None
        assert any(told is not None and told.total is not None for told in lives.values())
        scene.assert_at_rest()
        await scene.clock.cancel(worker)
        bench.store.close()

    in_faulty_field(story, EVERYTHING, seed=seed)
