"""One owner of time for several clocks, joined over its socket in one process."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any, Self

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from clock import ClockError, Conductor, Follower, NoConductorError, RemoteProtocolError, StepError, SteppedClock
from clock.stepped import Report
from clock.wire import Answer, Hello, encode
from tests.clock.village import Wire

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = START + 24 * HOUR
EARLY = datetime(2000, 1, 1, tzinfo=UTC)


async def followed(clock: SteppedClock, path: Path, name: str, job: Coroutine[Any, Any, None]) -> None:
    """Be the main task of a follower: do the job, then keep time until the conductor goes."""
    async with Follower(clock, path, name) as follower:
        await clock.gather(job)
        await clock.wait(follower.ended)


class World:
    """A conductor and followers, each with a clock of its own."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.clock = SteppedClock(START)
        self.conductor = Conductor(self.clock, path, **options)
        self._followers: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.conductor)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
        for task in self._followers:
            await task

    def follow(self, name: str, job: Callable[[SteppedClock], Coroutine[Any, Any, None]]) -> SteppedClock:
        """Start a follower that does `job(clock)`."""
        clock = SteppedClock(EARLY)
        main = followed(clock, self.path, name, job(clock))
        self._followers.append(asyncio.get_running_loop().create_task(main))
        return clock


@settings(max_examples=25)
@given(
    naps=st.lists(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=3), min_size=1, max_size=3),
    uv=st.booleans(),
)
def test_all_clocks_step_together_in_the_order_of_instant_and_party(naps: list[list[list[int]]], uv: bool) -> None:
    """No clock is ever ahead; at one instant this process comes first, then the followers by name."""
    woken: list[tuple[datetime, int]] = []

    async def main(path: Path) -> None:
        def job(party: int, clock: SteppedClock) -> Coroutine[Any, Any, None]:
            async def sleeper(hours: list[int]) -> None:
                for nap in hours:
                    due = clock.now() + nap * HOUR
                    await clock.sleep_until(due)
                    if nap:
                        assert {other.now() for other in clocks} == {due}
                        woken.append((due, party))

            async def all_sleepers() -> None:
                await clock.gather(*map(sleeper, naps[party]))

            return all_sleepers()

        names = [f"follower {party}" for party in range(1, len(naps))]
        async with World(path / "clock", require=names) as world:
            clocks = [world.clock]
            world.clock.spawn(job(0, world.clock), name="here")
            clocks += [
                world.follow(name, lambda clock, party=party: job(party, clock))  # type: ignore[misc]
                for party, name in enumerate(names, 1)
            ]
            await world.conductor.run(LATER)
            assert {clock.now() for clock in clocks} == {LATER}

    loops = uvloop.new_event_loop if uv else asyncio.new_event_loop
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=loops) as runner:
        runner.run(main(Path(folder)))
    assert woken == sorted(woken)


@pytest.mark.asyncio
async def test_what_one_sends_comes_to_rest_before_the_next_is_woken(tmp_path: Path) -> None:
    """Of two sleepers of one instant in a follower, the second wakes when all has followed from the first's bytes."""
    log: list[str] = []

    async def sleeper(clock: SteppedClock, wire: Wire, name: str) -> None:
        await clock.sleep(HOUR)
        log.append(f"{name} sends")
        wire.send(name)

    async def job(clock: SteppedClock) -> None:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(lambda: Wire(clock), "127.0.0.1", port)
        await clock.gather(*(sleeper(clock, wire, name) for name in "abc"))
        wire.close()

    async with World(tmp_path / "clock", require={"daemon"}) as world:

        async def hear(wire: Wire) -> None:
            while True:
                log.append(f"{await wire.inbox.get()} is heard")

        def serve(wire: Wire) -> None:
            hearing.append(world.clock.spawn(hear(wire), name="hears"))

        hearing: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Wire(world.clock, serve), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        world.follow("daemon", job)
        await world.conductor.run(LATER)
        await world.clock.cancel(*hearing)
        server.close()
    assert log == [f"{name} {what}" for name in "abc" for what in ("sends", "is heard")]


@pytest.mark.asyncio
async def test_talk_that_is_not_counted_is_told_by_asking_anew(tmp_path: Path) -> None:
    """What a follower begins on a word over an uncounted way is waited for, though it answers before it reports."""
    apart: list[timedelta] = []

    async def work(clock: SteppedClock) -> None:
        await asyncio.to_thread(Event().wait, 0.05)
        await clock.sleep(HOUR / 6)
        apart.append(world.clock.now() - clock.now())

    async def job(clock: SteppedClock) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            clock.spawn(work(clock), name="work")
            writer.write(b"yes\n")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_unix_server(answer, str(tmp_path / "desk"))
        await clock.sleep(HOUR * 3 / 2)
        server.close()

    async def talk() -> None:
        await world.clock.sleep(HOUR)
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "desk"))
        writer.write(b"go\n")
        await reader.readline()
        world.conductor.ask_anew()
        writer.close()
        await writer.wait_closed()

    async with World(tmp_path / "clock", require={"daemon"}) as world:
        world.follow("daemon", job)
        world.clock.spawn(talk(), name="talk")
        await world.conductor.run(LATER)
    assert apart == [timedelta(0)]


@pytest.mark.asyncio
async def test_time_stands_while_a_required_follower_is_absent(tmp_path: Path) -> None:
    """Nothing passes without it, its absence is told, and a script may let the outage pass."""
    told: list[tuple[str, ...]] = []

    def held(holders: tuple[str, ...]) -> None:
        told.append(holders)
        assert world.clock.now() == START
        world.conductor.excuse("daemon")

    async with World(tmp_path / "clock", require={"daemon"}, patience=0.01, on_held=held) as world:
        await world.conductor.run(LATER)
    assert told == [("daemon is absent",)]
    assert world.clock.now() == LATER


@pytest.mark.asyncio
async def test_a_late_follower_is_given_the_present_time(tmp_path: Path) -> None:
    """A follower that joins after hours starts at the conductor's instant, and time stands until it is at rest."""
    began: list[datetime] = []

    async def job(clock: SteppedClock) -> None:
        began.append(clock.now())
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        await clock.sleep(HOUR)
        began.append(clock.now())

    async with World(tmp_path / "clock") as world:
        await world.conductor.run(START + 5 * HOUR)
        world.conductor.expect("daemon")
        world.follow("daemon", job)
        await world.conductor.run(LATER)
        assert world.conductor.followers() == ("daemon",)
    assert began == [START + 5 * HOUR, START + 6 * HOUR]


@pytest.mark.asyncio
async def test_a_clock_that_is_ahead_cannot_follow(tmp_path: Path) -> None:
    """A clock never goes back: joining with one that is past the conductor's instant fails."""
    async with World(tmp_path / "clock"):
        with pytest.raises(StepError):
            async with Follower(SteppedClock(LATER), tmp_path / "clock", "early bird"):
                pass


@pytest.mark.asyncio
async def test_a_follower_learns_that_its_conductor_has_gone(tmp_path: Path) -> None:
    """Without a conductor nobody can follow; when it goes the followers are told and stand still."""
    ended: list[datetime] = []

    async def job(clock: SteppedClock) -> None:
        await clock.sleep(HOUR)
        ended.append(clock.now())

    async with World(tmp_path / "clock", require={"daemon"}) as world:
        clock = world.follow("daemon", job)
        await world.conductor.run(START + 2 * HOUR)
    assert ended == [START + HOUR]
    assert clock.now() == START + 2 * HOUR
    with pytest.raises(NoConductorError, match="start it first"):
        await Follower(SteppedClock(EARLY), tmp_path / "clock", "orphan").__aenter__()


@pytest.mark.asyncio
async def test_a_newcomer_replaces_a_follower_of_its_name(tmp_path: Path) -> None:
    """A process started anew takes the place of the old one, which is told that it no longer follows."""

    async def nothing(_clock: SteppedClock) -> None:
        pass

    async with World(tmp_path / "clock", require={"daemon"}) as world:
        old = world.follow("daemon", nothing)
        await world.conductor.run(START + HOUR)
        new = world.follow("daemon", nothing)
        while new.now() == EARLY:
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        await world.conductor.run(START + 2 * HOUR)
        assert (old.now(), new.now()) == (START + HOUR, START + 2 * HOUR)


@pytest.mark.asyncio
@pytest.mark.parametrize("line", [b"what?\n", encode(Answer(1, Report(1, START, None, {}))), b"x" * (1 << 22) + b"xx"])
async def test_a_stranger_at_the_socket_stops_the_run(tmp_path: Path, line: bytes) -> None:
    """Whoever speaks another protocol is cut off, and the run ends with an error instead of a wrong log."""
    async with World(tmp_path / "clock", require={"daemon"}) as world:
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "clock"))
        writer.write(line)
        with pytest.raises(RemoteProtocolError):
            await world.conductor.run(LATER)
        writer.close()


@pytest.mark.asyncio
async def test_a_follower_refuses_what_is_no_command(tmp_path: Path) -> None:
    """A conductor that speaks nonsense is left, and whoever waits for its end gets the error."""

    class Odd(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(encode(Hello("another follower")))

    server = await asyncio.get_running_loop().create_unix_server(Odd, str(tmp_path / "clock"))
    with pytest.raises(ClockError, match="sends commands"):
        await Follower(SteppedClock(EARLY), tmp_path / "clock", "daemon").__aenter__()
    server.close()


@pytest.mark.asyncio
async def test_what_comes_during_a_readers_pause_comes_first(tmp_path: Path) -> None:
    """While a slow pace waits for a late instant, a person may cause an earlier one, and the pace may be changed."""
    woken: list[int] = []

    async def sleeper(clock: SteppedClock, hours: int) -> None:
        await clock.sleep(hours * HOUR)
        woken.append(hours)

    async with World(tmp_path / "clock", require={"daemon"}, pace=1e9) as world:
        daemon = world.follow("daemon", lambda clock: sleeper(clock, 10))
        running = asyncio.get_running_loop().create_task(world.conductor.run(LATER))
        while daemon.next_due() is None:
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        for clock, hours in ((daemon, 3), (world.clock, 2), (daemon, 1)):
            clock.spawn(sleeper(clock, hours), name="a person's wish")
            for _ in range(10):
                await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        assert woken == []
        world.conductor.pace = 0
        await running
    assert woken == [1, 2, 3, 10]
