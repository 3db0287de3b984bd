"""The fault proxy: each fault does what it says, is told, and the same seed does the same again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clock import SteppedClock, run_virtual
from simulators.connection import Connection
from simulators.errors import FaultError
from simulators.fault_proxy import (
    Delay,
    Drop,
    Duplicate,
    Fault,
    FaultProxy,
    Flip,
    HalfOpen,
    Injected,
    Kind,
    Merge,
    Reset,
    Split,
    Stall,
    Way,
)
from simulators.fault_proxy.stream import Piece, Stream
from simulators.fault_proxy.table import Draws, Table
from simulators.field import Listener

START = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

chances = st.sampled_from([0.0, 0.2, 0.7, 1.0])
spans = st.integers(1, 5000).map(lambda number: number * timedelta(milliseconds=1))
delays = st.builds(
    lambda chance, least, more: Delay(chance=chance, least=least, most=least + more), chances, spans, spans
)
splits = st.builds(Split, chance=chances, pieces=st.integers(2, 6), gap=spans)
merges = st.builds(Merge, chance=chances, hold=spans)
drops = st.builds(Drop, chance=chances, part=st.booleans())
duplicates = st.builds(Duplicate, chance=chances, after=spans)
flips = st.builds(Flip, rate=st.sampled_from([0.0, 1e-3, 0.1, 1.0]), apart=st.integers(0, 20))
seeds = st.integers(0, 1000)
chunks = st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=60)), min_size=1, max_size=12)


def streamed(
    faults: Sequence[Fault], chunks: Sequence[tuple[int, bytes]], seed: int = 0
) -> tuple[list[Piece], list[Injected]]:
    """Send pieces, each so many milliseconds after the one before, through one direction of a connection."""
    told: list[Injected] = []
    stream = Stream(Table(faults, START, told.append), Draws(seed, 0), Way.THERE, START)
    pieces: list[Piece] = []
    now = START
    for after, data in chunks:
        now += timedelta(milliseconds=after)
        came = stream.take(data, now)
        assert all(piece.due >= now for piece in came)
        pieces += came
    assert stream.taken == sum(len(data) for _, data in chunks)
    return pieces, told


def joined(pieces: Sequence[Piece]) -> bytes:
    """Put together what left."""
    return b"".join(piece.data for piece in pieces)


def sent(chunks: Sequence[tuple[int, bytes]]) -> bytes:
    """Put together what went in."""
    return b"".join(data for _, data in chunks)


def bits(one: bytes, other: bytes) -> list[int]:
    """Give the places of the bits in which two byte strings of one length differ."""
    assert len(one) == len(other)
    changed = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return [place for place in range(8 * len(one)) if changed >> place & 1]


@given(chunks, st.lists(delays | splits | merges, max_size=4), seeds)
def test_what_only_takes_time_loses_nothing(chunks: list[tuple[int, bytes]], faults: list[Fault], seed: int) -> None:
    """Delays, cuts and merges change when bytes come and in what pieces, never the bytes or their order."""
    pieces, _ = streamed(faults, chunks, seed)
    assert joined(pieces) == sent(chunks)
    assert [piece.due for piece in pieces] == sorted(piece.due for piece in pieces)


@given(chunks, st.lists(delays | splits | merges | drops | duplicates | flips, max_size=5), seeds)
def test_the_same_seed_does_the_same(chunks: list[tuple[int, bytes]], faults: list[Fault], seed: int) -> None:
    """All that happens is drawn from the seed and the place in the stream."""
    assert streamed(faults, chunks, seed) == streamed(faults, chunks, seed)


@given(chunks, st.lists(drops | duplicates, max_size=3), seeds)
def test_each_byte_that_is_lost_or_comes_twice_is_told(
    chunks: list[tuple[int, bytes]], faults: list[Fault], seed: int
) -> None:
    """The counts told make up the difference between what went in and what came out."""
    pieces, told = streamed(faults, chunks, seed)
    lost = sum(one.count for one in told if one.kind is Kind.DROP)
    twice = sum(one.count for one in told if one.kind is Kind.DUPLICATE)
    assert len(joined(pieces)) == len(sent(chunks)) - lost + twice


@given(chunks, flips, seeds)
def test_flipped_bits_are_told_and_apart(chunks: list[tuple[int, bytes]], flip: Flip, seed: int) -> None:
    """As many bits differ as were told, none nearer to the one before than the fault allows."""
    pieces, told = streamed([flip], chunks, seed)
    places = bits(joined(pieces), sent(chunks))
    assert len(places) == sum(one.count for one in told if one.kind is Kind.FLIP)
    assert all(after - before >= 8 * flip.apart for before, after in pairwise(places))


@given(chunks, flips, seeds)
def test_bits_flip_wherever_the_pieces_are_cut(chunks: list[tuple[int, bytes]], flip: Flip, seed: int) -> None:
    """Which bits are turned over does not depend on the pieces that TCP makes of a stream."""
    single = [(0, bytes([byte])) for byte in sent(chunks)]
    assert joined(streamed([flip], chunks, seed)[0]) == joined(streamed([flip], single, seed)[0])


def test_bits_flip_as_often_as_their_rate_says() -> None:
    """Of a million bits at a rate of one in a thousand about a thousand are turned over."""
    _, told = streamed([Flip(rate=1e-3)], [(0, bytes(125_000))])
    assert 900 < sum(one.count for one in told) < 1100


@given(chunks, seeds)
def test_a_fault_strikes_in_its_window_and_direction_only(chunks: list[tuple[int, bytes]], seed: int) -> None:
    """Before, after, and the other way round the bytes go through as they are."""
    others: list[Fault] = [Drop(since=HOUR), Flip(rate=1.0, ways=frozenset({Way.BACK})), Drop(until=timedelta(0, 0, 1))]
    later = [(1, b"x"), *chunks]
    pieces, told = streamed(others, later, seed)
    assert joined(pieces) == sent(later)
    assert told == []


def test_a_split_piece_comes_in_parts_with_gaps() -> None:
    """The parts of a piece are as many as were told, a gap between each two."""
    pieces, told = streamed([Split(pieces=4, gap=SECOND)], [(0, bytes(range(200)))])
    assert [piece.due - START for piece in pieces] == [number * SECOND for number in range(len(pieces))]
    assert [(one.kind, one.count) for one in told] == [(Kind.SPLIT, len(pieces))]
    assert len(pieces) > 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Drop(chance=1.5),
        lambda: Flip(rate=-0.1),
        lambda: Delay(least=2 * SECOND, most=SECOND),
        lambda: Split(pieces=1),
        lambda: Merge(hold=timedelta()),
        lambda: Reset(every=timedelta()),
        lambda: Stall(every=SECOND, lasts=timedelta()),
        lambda: HalfOpen(every=SECOND, lasts=-SECOND),
        lambda: Duplicate(after=-SECOND),
        lambda: Drop(since=-SECOND),
        lambda: Drop(since=SECOND, until=SECOND),
    ],
)
def test_numbers_that_make_no_sense_are_refused(make: Callable[[], Fault]) -> None:
    """A fault that could not be injected says so when it is made, and what it would take."""
    with pytest.raises(FaultError, match=r"give|let"):
        make()


@dataclass
class Side:
    """One side of the proxy: it keeps what comes and when, in seconds since the start."""

    clock: SteppedClock
    came: list[tuple[float, bytes]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    connection: Connection | None = None

    def hold(self, connection: Connection) -> None:
        self.connection = connection
        self.clock.spawn(self.listen(connection), name="a side")

    async def listen(self, connection: Connection) -> None:
        while data := await connection.receive():
            self.came.append((self.seconds(), data))
        self.ended.append(self.seconds())

    def seconds(self) -> float:
        return (self.clock.now() - START).total_seconds()

    def send(self, data: bytes) -> None:
        assert self.connection is not None
        self.connection.send(data)

    def close(self) -> None:
        assert self.connection is not None
        self.connection.close()

    @property
    def bytes(self) -> bytes:
        return b"".join(data for _, data in self.came)


@dataclass
class Road:
    """A near side that dialled in, a proxy and a far side, joined by real TCP in virtual time."""

    clock: SteppedClock
    proxy: FaultProxy
    near: Side
    far: Side
    told: list[Injected] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


def on_road(story: Callable[[Road], Awaitable[None]], *faults: Fault, seed: int = 0) -> Road:
    """Run a story over one connection through the proxy; afterwards nothing of it is left."""

    async def main(clock: SteppedClock) -> Road:
        near, far = Side(clock), Side(clock)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(clock, far.hold), "127.0.0.1", 0)
        told: list[Injected] = []
        target = Listener(*server.sockets[0].getsockname()[:2])
        proxy = FaultProxy(clock, target, faults, seed=seed, observe=told.append)
        address = await proxy.listen("127.0.0.1", 0)
        near.hold(await Connection.dial(clock, address.host, address.port))
        await clock.sleep_until(START)  # by then it is through to the far side
        road = Road(clock, proxy, near, far, told)
        try:
            await story(road)
        finally:
            await proxy.close()
            await clock.sleep(1)
            server.close()
        assert proxy.open == 0
        assert [task.get_name() for task in clock.tasks()] == []
        return road

    return run_virtual(main, START - timedelta(milliseconds=1), until=START + 10 * HOUR)


def kinds(road: Road) -> list[Kind]:
    """Give the kinds of the faults that were told, in order."""
    return [one.kind for one in road.told]


talks = st.lists(st.tuples(st.booleans(), st.integers(0, 2000), st.binary(min_size=1, max_size=300)), max_size=10)


@given(talks)
@settings(max_examples=20)
def test_without_faults_it_is_transparent(talk: list[tuple[bool, int, bytes]]) -> None:
    """Bytes come out both ways at the instant they went in, and the end is passed on behind the last of them."""

    async def story(road: Road) -> None:
        expected: dict[bool, dict[float, bytes]] = {True: {}, False: {}}
        for there, after, data in talk:
            await road.sleep(after / 1000)
            now = road.far.seconds()
            expected[there][now] = expected[there].get(now, b"") + data
            (road.near if there else road.far).send(data)
        await road.sleep(0.001)
        road.near.send(b"last words")
        road.near.close()
        await road.sleep(1)
        for there, side in ((True, road.far), (False, road.near)):
            came: dict[float, bytes] = {}
            for at, data in side.came:
                came[at] = came.get(at, b"") + data
            if there:
                end = road.far.ended[0]
                expected[True][end] = expected[True].get(end, b"") + b"last words"
            assert came == expected[there]
        assert len(road.far.ended) == 1

    road = on_road(story)
    assert road.told == []
    assert road.proxy.taken[Way.THERE] == len(road.far.bytes)


@given(talks, st.lists(delays | splits | merges | drops | duplicates | flips, min_size=1, max_size=4), seeds)
@settings(max_examples=20)
def test_what_happened_can_be_replayed(talk: list[tuple[bool, int, bytes]], faults: list[Fault], seed: int) -> None:
    """The same seed gives the same bytes at the same instants over TCP too, and tells the same faults."""

    async def story(road: Road) -> None:
        for there, after, data in talk:
            await road.sleep(after / 1000)
            (road.near if there else road.far).send(data)
        await road.sleep(HOUR.total_seconds())

    one, other = on_road(story, *faults, seed=seed), on_road(story, *faults, seed=seed)
    assert (one.near.came, one.far.came, one.told) == (other.near.came, other.far.came, other.told)
    assert sum(one.proxy.injected.values()) == len(one.told)


def test_a_delay_holds_bytes_back_and_all_behind_them() -> None:
    """Bytes come as late as was drawn, and none overtakes."""

    async def story(road: Road) -> None:
        road.near.send(b"first")
        await road.sleep(1)
        road.near.send(b"second")
        await road.sleep(10)

    road = on_road(story, Delay(least=5 * SECOND, most=5 * SECOND, until=SECOND))
    assert road.far.bytes == b"firstsecond"
    assert {at for at, _ in road.far.came} == {5.0}
    assert kinds(road) == [Kind.DELAY]


def test_merged_pieces_come_as_one() -> None:
    """What is held back comes in one piece with what was sent behind it."""

    async def story(road: Road) -> None:
        for word in (b"one ", b"two ", b"three"):
            road.near.send(word)
            await road.sleep(0.5)
        await road.sleep(10)

    road = on_road(story, Merge(hold=2 * SECOND, until=timedelta(milliseconds=100)))
    assert road.far.came == [(2.0, b"one two three")]
    assert [(one.kind, one.count) for one in road.told] == [(Kind.MERGE, 4), (Kind.MERGE, 5)]


def test_split_pieces_come_apart() -> None:
    """The parts of a piece reach the far side one by one."""

    async def story(road: Road) -> None:
        road.near.send(bytes(range(100)))
        await road.sleep(10)

    road = on_road(story, Split(pieces=3, gap=SECOND))
    assert road.far.bytes == bytes(range(100))
    assert [at for at, _ in road.far.came] == [float(number) for number in range(road.told[0].count)]


def test_a_duplicate_comes_after_its_original() -> None:
    """A piece comes twice, the second time as late as was asked for."""

    async def story(road: Road) -> None:
        road.near.send(b"again")
        await road.sleep(10)

    road = on_road(story, Duplicate(after=3 * SECOND))
    assert road.far.came == [(0.0, b"again"), (3.0, b"again")]


def test_a_dropped_piece_never_comes() -> None:
    """What is lost one way does not hinder the other, nor the time."""

    async def story(road: Road) -> None:
        road.near.send(b"lost")
        road.far.send(b"kept")
        await road.sleep(10)

    road = on_road(story, Drop(ways=frozenset({Way.THERE})))
    assert (road.far.bytes, road.near.bytes) == (b"", b"kept")
    assert kinds(road) == [Kind.DROP]


def test_a_stall_lets_nothing_through_until_it_ends() -> None:
    """Bytes of both directions wait for the end of the stall, then come at once."""

    async def story(road: Road) -> None:
        for _ in range(40):
            road.near.send(b"x")
            road.far.send(b"y")
            await road.sleep(1)
        await road.sleep(60)

    road = on_road(story, Stall(every=20 * SECOND, lasts=15 * SECOND, until=31 * SECOND))
    assert (len(road.far.bytes), len(road.near.bytes)) == (40, 40)
    assert any(len(data) > 10 for _, data in road.far.came)
    assert set(kinds(road)) == {Kind.STALL}


def test_a_reset_ends_both_sides() -> None:
    """Both sides learn of it, once, and the next connection goes through."""

    async def story(road: Road) -> None:
        await road.sleep(100)

    road = on_road(story, Reset(every=60 * SECOND))
    assert (len(road.near.ended), road.near.ended) == (1, road.far.ended)
    assert 30 <= road.near.ended[0] <= 90
    assert kinds(road) == [Kind.RESET]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("heals", [False, True])
def test_a_half_open_connection_tells_one_side_only(seed: int, heals: bool) -> None:
    """One side loses the connection; the other speaks to nobody, until it sends when that is over."""

    async def story(road: Road) -> None:
        await road.sleep(100)
        told, forgotten = (road.near, road.far) if road.near.ended else (road.far, road.near)
        assert (len(told.ended), len(forgotten.ended)) == (1, 0)
        forgotten.send(b"are you there?")
        await road.sleep(1)
        assert forgotten.ended == []
        if heals:
            road.proxy.heal()
        await road.sleep(1 if heals else 600)
        assert forgotten.ended == []
        forgotten.send(b"and now?")
        await road.sleep(1)
        assert len(forgotten.ended) == 1
        assert (road.near.bytes, road.far.bytes) == (b"", b"")

    assert kinds(on_road(story, HalfOpen(every=60 * SECOND, lasts=600 * SECOND), seed=seed)) == [Kind.HALF_OPEN]


def test_both_ends_of_a_connection_are_forgotten_in_turn() -> None:
    """Over several seeds either side is the one that is not told."""

    async def story(road: Road) -> None:
        await road.sleep(100)
        told.append(road.near if road.near.ended else road.far)

    told: list[Side] = []
    roads = [on_road(story, HalfOpen(every=60 * SECOND, lasts=HOUR), seed=seed) for seed in range(8)]
    assert {side is road.near for side, road in zip(told, roads, strict=True)} == {True, False}


def test_healed_it_is_transparent() -> None:
    """After its healing no fault strikes any more."""

    async def story(road: Road) -> None:
        road.near.send(b"lost")
        await road.sleep(1)
        road.proxy.heal()
        road.near.send(b"kept")
        await road.sleep(1000)
        assert road.near.ended == []

    road = on_road(story, Drop(), Flip(rate=1.0), Reset(every=600 * SECOND))
    assert road.far.came == [(1.0, b"kept")]


def test_who_can_not_be_reached_resets_the_caller() -> None:
    """With nobody behind the proxy a caller is told at once, and others can call later."""

    async def main(clock: SteppedClock) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        target = Listener(*server.sockets[0].getsockname()[:2])
        server.close()
        await server.wait_closed()
        proxy = FaultProxy(clock, target)
        address = await proxy.listen("127.0.0.1", 0)
        for _ in range(2):
            caller = await Connection.dial(clock, address.host, address.port)
            assert await caller.receive() == b""
        assert (proxy.accepted, proxy.open) == (2, 0)
        await proxy.close()

    run_virtual(main, START, until=START + HOUR)
