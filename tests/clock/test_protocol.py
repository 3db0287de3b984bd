"""What a conductor and a follower do when the other one is slow, or knows less than it thinks."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clock import Conductor, Follower, NoConductorError, RemoteProtocolError, SteppedClock
from clock.stepped import Report
from clock.wire import Answer, Command, Hello, Message, decode, encode

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

instants = st.datetimes(timezones=st.just(UTC))
counts = st.tuples(st.integers(0), st.integers(0))
reports = st.builds(
    Report,
    version=st.integers(0),
    now=instants,
    due=st.none() | instants,
    links=st.dictionaries(st.text(), st.lists(counts, max_size=2).map(tuple)),
)
messages = st.one_of(
    st.builds(Hello, st.text()),
    st.builds(Command, st.integers(0), instants, st.booleans(), st.none() | st.integers(0)),
    st.builds(Answer, st.integers(0), reports),
)


class Script:
    """The other end of the socket, played line by line by a test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def follower(cls, path: Path) -> Self:
        """Connect to a conductor."""
        return cls(*await asyncio.open_unix_connection(str(path)))

    def say(self, message: Message) -> None:
        """Send a line."""
        self._writer.write(encode(message))

    async def hear(self) -> Message:
        """Wait for the next line."""
        return decode(await self._reader.readline())

    def leave(self) -> None:
        """Close the connection."""
        self._writer.close()


class ScriptedConductor:
    """A socket at which a test plays the conductor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._met: asyncio.Queue[Script] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(
            lambda reader, writer: self._met.put_nowait(Script(reader, writer)), str(self._path)
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()

    async def meet(self) -> Script:
        """Wait for a follower."""
        return await self._met.get()


async def played(clock: SteppedClock, path: Path) -> None:
    """Follow until the conductor goes."""
    async with Follower(clock, path, "daemon") as follower:
        await clock.wait(follower.ended)


@given(message=messages)
def test_a_message_comes_as_it_was_sent(message: Message) -> None:
    """Every message is one line, and the line is that message."""
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(line=st.binary() | st.sampled_from([b"7", b"{}", b'{"to":"2026-01-01","number":1,"wake":true,"seen":null}']))
def test_any_other_line_is_a_protocol_error(line: bytes) -> None:
    """What is no message is refused with an error of ours, whatever it is."""
    with pytest.raises(RemoteProtocolError):
        decode(line)


@pytest.mark.asyncio
async def test_a_follower_to_which_something_happened_meanwhile_does_not_step(tmp_path: Path) -> None:
    """A command given in ignorance of the follower's last event is answered, not obeyed; the next one is obeyed."""
    clock = SteppedClock(START)
    async with ScriptedConductor(tmp_path / "clock") as socket:
        following = asyncio.get_running_loop().create_task(played(clock, tmp_path / "clock"))
        conductor = await socket.meet()
        assert await conductor.hear() == Hello("daemon")
        conductor.say(Command(1, START + HOUR, wake=False, seen=None))
        first = await conductor.hear()
        assert isinstance(first, Answer)
        assert (first.number, first.report.now, first.report.due) == (1, START + HOUR, None)
        end = clock.link("a - b")
        end.sent(1)
        conductor.say(Command(2, START + 2 * HOUR, wake=False, seen=first.report.version))
        told = {}
        while 2 not in told:
            answer = await conductor.hear()
            assert isinstance(answer, Answer)
            told[answer.number] = answer.report
            assert answer.report.now == START + HOUR
        conductor.say(Command(3, START + 2 * HOUR, wake=False, seen=told[2].version))
        last = await conductor.hear()
        assert isinstance(last, Answer)
        assert (last.number, last.report.now) == (3, START + 2 * HOUR)
        conductor.leave()
        await following


@pytest.mark.asyncio
async def test_a_follower_says_nothing_while_somebody_is_running(tmp_path: Path) -> None:
    """A report comes when the follower has become quiet, unasked."""
    clock = SteppedClock(START)
    async with ScriptedConductor(tmp_path / "clock") as socket:
        following = asyncio.get_running_loop().create_task(played(clock, tmp_path / "clock"))
        conductor = await socket.meet()
        await conductor.hear()
        conductor.say(Command(1, START, wake=False, seen=None))
        await conductor.hear()
        with clock.busy("a person at the console"):
            conductor.say(Command(2, START + HOUR, wake=False, seen=clock.version))
            hearing = asyncio.get_running_loop().create_task(conductor.hear())
            for _ in range(10):
                await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            assert not hearing.done()
        answer = await hearing
        assert isinstance(answer, Answer)
        assert (answer.number, answer.report.now) == (2, START)
        conductor.leave()
        await following


@pytest.mark.asyncio
async def test_a_follower_stops_when_one_of_an_instant_has_sent_bytes(tmp_path: Path) -> None:
    """Those of one instant are woken together until one sends; the others wait until its bytes have come to rest."""
    woken: list[str] = []
    clock = SteppedClock(START)

    async def sleeper(name: str, sends: int) -> None:
        await clock.sleep(HOUR)
        woken.append(name)
        if sends:
            end.sent(sends)

    end = clock.link("a - b")
    for name, sends in (("a", 0), ("b", 1), ("c", 0), ("d", 0)):
        clock.spawn(sleeper(name, sends), name=name)
    await clock.quiet()
    async with ScriptedConductor(tmp_path / "clock") as socket:
        following = asyncio.get_running_loop().create_task(played(clock, tmp_path / "clock"))
        conductor = await socket.meet()
        await conductor.hear()
        conductor.say(Command(1, START, wake=False, seen=None))
        version, told = 0, []
        for number in (1, 2, 3):
            answer = await conductor.hear()
            assert isinstance(answer, Answer)
            version = answer.report.version
            told.append((list(woken), answer.report.due, answer.report.links))
            conductor.say(Command(number + 1, START + HOUR, wake=True, seen=version))
        conductor.leave()
        await following
    due = START + HOUR
    assert told == [
        ([], due, {"a - b": ((0, 0),)}),
        (["a", "b"], due, {"a - b": ((1, 0),)}),
        (["a", "b", "c", "d"], None, {}),
    ]


@pytest.mark.asyncio
async def test_a_conductor_that_goes_before_it_tells_the_time_is_an_error(tmp_path: Path) -> None:
    """Joining fails clearly when the other end hangs up at once."""
    async with ScriptedConductor(tmp_path / "clock") as socket:
        joining = asyncio.get_running_loop().create_task(played(SteppedClock(START), tmp_path / "clock"))
        (await socket.meet()).leave()
        with pytest.raises(NoConductorError, match="before it told the time"):
            await joining


@pytest.mark.asyncio
async def test_what_happens_here_while_a_follower_is_asked_comes_first(tmp_path: Path) -> None:
    """An earlier wish that arises while the conductor awaits an answer is neither lost nor overrun."""
    woken: list[datetime] = []

    async def sleeper(hours: int) -> None:
        await clock.sleep(hours * HOUR)
        woken.append(clock.now())

    clock = SteppedClock(START)
    async with Conductor(clock, tmp_path / "clock", require={"daemon"}) as conductor:
        follower = await Script.follower(tmp_path / "clock")
        follower.say(Hello("daemon"))
        clock.spawn(sleeper(5), name="late")
        running = asyncio.get_running_loop().create_task(conductor.run(START + 6 * HOUR))
        asked: list[datetime] = []
        while not running.done():
            command = await follower.hear()
            assert isinstance(command, Command)
            asked.append(command.to)
            if len(asked) == 2:
                clock.spawn(sleeper(1), name="early")
                await clock.quiet()
            follower.say(Answer(command.number, Report(command.number, command.to, None, {})))
            if command.to == START + 6 * HOUR:
                await running
        follower.leave()
    assert asked == [START, START + 5 * HOUR, START + 6 * HOUR]
    assert woken == [START + HOUR, START + 5 * HOUR]


@pytest.mark.asyncio
async def test_a_report_that_comes_while_another_is_asked_is_heeded(tmp_path: Path) -> None:
    """A follower whose state has changed since the decision to wake it is not woken by the old decision."""
    clock = SteppedClock(START)
    async with Conductor(clock, tmp_path / "clock", require={"a", "b"}) as conductor:
        a, b = [await Script.follower(tmp_path / "clock") for _ in range(2)]
        for name, follower in (("a", a), ("b", b)):
            follower.say(Hello(name))
            await follower.hear()
        b.say(Answer(1, Report(1, START, START + 5 * HOUR, {})))
        a.say(Answer(1, Report(1, START, None, {})))
        running = asyncio.get_running_loop().create_task(conductor.run(START + 6 * HOUR))
        command = await a.hear()
        assert isinstance(command, Command)
        b.say(Answer(1, Report(2, START, START + 3 * HOUR, {})))
        while conductor._reports()["b"].version == 1:
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        a.say(Answer(command.number, Report(2, command.to, None, {})))
        assert await b.hear() == Command(2, START + 3 * HOUR, wake=True, seen=2)
        running.cancel()
        a.leave()
        b.leave()


@pytest.mark.asyncio
async def test_nobody_is_woken_while_a_follower_has_refused_to_step(tmp_path: Path) -> None:
    """When a follower answers that it has an earlier wish, that comes first, though others have stepped already."""
    woken: list[datetime] = []
    clock = SteppedClock(START)

    async def sleeper() -> None:
        await clock.sleep(5 * HOUR)
        woken.append(clock.now())

    clock.spawn(sleeper(), name="late")
    async with Conductor(clock, tmp_path / "clock", require={"daemon"}) as conductor:
        follower = await Script.follower(tmp_path / "clock")
        follower.say(Hello("daemon"))
        await follower.hear()
        follower.say(Answer(1, Report(1, START, None, {})))
        running = asyncio.get_running_loop().create_task(conductor.run(START + 6 * HOUR))
        assert await follower.hear() == Command(2, START + 5 * HOUR, wake=False, seen=1)
        follower.say(Answer(2, Report(2, START, START + 2 * HOUR, {})))
        assert await follower.hear() == Command(3, START + 2 * HOUR, wake=True, seen=2)
        assert woken == []
        follower.say(Answer(3, Report(3, START + 2 * HOUR, None, {})))
        assert await follower.hear() == Command(4, START + 5 * HOUR, wake=False, seen=3)
        follower.say(Answer(4, Report(4, START + 5 * HOUR, None, {})))
        assert await follower.hear() == Command(5, START + 6 * HOUR, wake=False, seen=4)
        follower.say(Answer(5, Report(5, START + 6 * HOUR, None, {})))
        await running
        follower.leave()
    assert woken == [START + 5 * HOUR]


@pytest.mark.asyncio
async def test_bytes_under_way_between_processes_hold_time_and_are_named(tmp_path: Path) -> None:
    """What one process has sent and the other has not processed holds all clocks, and the connection is told."""
    under_way = "bytes under way: a - b ((3, 0), (0, 0))"
    told: list[tuple[str, ...]] = []
    clock = SteppedClock(START)

    def held(holders: tuple[str, ...]) -> None:
        told.append(holders)
        if holders == (under_way,):
            follower.say(Answer(1, Report(2, START, None, {"a - b": ((0, 3),)})))

    end = clock.link("a - b")
    end.sent(3)
    async with Conductor(clock, tmp_path / "clock", require={"daemon"}, patience=0.01, on_held=held) as conductor:
        follower = await Script.follower(tmp_path / "clock")
        follower.say(Hello("daemon"))
        await follower.hear()
        follower.say(Answer(1, Report(1, START, None, {"a - b": ((0, 0),)})))
        running = asyncio.get_running_loop().create_task(conductor.run(START + HOUR))
        assert await follower.hear() == Command(2, START + HOUR, wake=False, seen=2)
        follower.say(Answer(2, Report(2, START + HOUR, None, {})))
        await running
        follower.leave()
    assert (under_way,) in told


@pytest.mark.asyncio
async def test_a_silent_follower_is_named(tmp_path: Path) -> None:
    """A follower that does not answer holds time and is told by its name."""
    told: list[tuple[str, ...]] = []
    clock = SteppedClock(START)

    def held(holders: tuple[str, ...]) -> None:
        told.append(holders)
        follower.leave()
        conductor.excuse("daemon")

    async with Conductor(clock, tmp_path / "clock", require={"daemon"}, patience=0.01, on_held=held) as conductor:
        follower = await Script.follower(tmp_path / "clock")
        follower.say(Hello("daemon"))
        await follower.hear()
        await conductor.run(START + HOUR)
    assert told == [("daemon has not answered",)]
