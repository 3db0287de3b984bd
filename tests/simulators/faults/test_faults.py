"""Faults on the wire: what each does, that they replay, and that a device is sound again behind them."""

import string
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clock import SteppedClock, run_virtual
from protocols import dlt645, dlt698
from protocols.catalogue import Protocol
from protocols.dlt645 import Address, Operator, RelayCommand, Stamp
from protocols.errors import ProtocolError
from simulators.bench import Bench
from simulators.errors import ActError
from simulators.faults import FAULTS, Fault, Faults, Stage
from simulators.ports import Channel, Ended
from tests.simulators.calling import (
    ADDRESS,
    Caller,
    call,
    check_read,
    make_bench,
    question,
    road,
    shown,
    total_of,
    welcome,
)
from tests.simulators.conftest import NOON

WIRE = sorted(name for name, kind in FAULTS.items() if kind.stage in {Stage.REQUEST, Stage.ANSWER})
PROTOCOLS = list(Protocol)
QUIET = timedelta(minutes=3)
Came = list[tuple[timedelta, bytes]]


def with_bench(
    story: Callable[[Caller, Bench], Awaitable[None]], protocol: Protocol = Protocol.DLT645, **options: object
) -> None:
    """Run a story with a meter that is called over TCP."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, protocol, **options)
        await call(clock, bench, await road(clock, "tcp server"), lambda caller: story(caller, bench))

    run_virtual(main, NOON)


def replay(faults: list[Fault], seed: int, protocol: Protocol, gaps: list[int]) -> Came:
    """Put questions to a faulty meter, and give what came and when, and what came once the faults were off."""
    came: Came = []

    async def story(caller: Caller, bench: Bench) -> None:
        for gap in gaps:
            caller.channel.send(question(ADDRESS, protocol))
            while await caller.hear(timedelta(seconds=gap)):
                pass
        bench.act("sound")
        heard = -1
        while len(caller.came) > heard:  # pieces that come too slowly to be a frame have to be over as well
            heard = len(caller.came)
            await caller.hear(QUIET)
        await check_read(caller, bench, ADDRESS, protocol)
        came.extend(caller.came)

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, protocol, seed=seed, faults=Faults(clock.now(), faults, seed=seed))
        await call(clock, bench, await road(clock, "tcp server"), lambda caller: story(caller, bench))

    run_virtual(main, NOON)
    return came


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Draw a fault of the wire with arguments that fit."""
    kind = draw(st.sampled_from(WIRE))
    arguments = {
        name: float(draw(st.integers(int(max(1, one.least)), int(min(one.most, 20)))))
        for name, one in FAULTS[kind].arguments.items()
        if draw(st.booleans())
    }
    begin = timedelta(seconds=draw(st.integers(0, 20)))
    end = draw(st.none() | st.integers(1, 60).map(lambda seconds: begin + timedelta(seconds=seconds)))
    probability = draw(st.sampled_from([0.3, 0.7, 1.0]))
    return Fault(kind, arguments, begin, end, probability, draw(st.none() | st.integers(1, 3)))


SLOWLY_TWICE = [
    Fault("split", {"pieces": 8.0, "gap": 15.0}, probability=0.3),
    Fault("duplicate", probability=0.3),
]
"""Two copies of an answer that take three and a half minutes, and of which no receiver makes a frame."""


@example(wished=SLOWLY_TWICE, seed=0, protocol=Protocol.DLT645, gaps=[1])
@settings(max_examples=40)
@given(
    wished=st.lists(faults(), max_size=4),
    seed=st.integers(0, 2**32),
    protocol=st.sampled_from(PROTOCOLS),
    gaps=st.lists(st.integers(1, 15), min_size=1, max_size=5),
)
def test_same_seed_and_same_requests_give_the_same_bytes(
    wished: list[Fault], seed: int, protocol: Protocol, gaps: list[int]
) -> None:
    """Any faults replay byte for byte and instant for instant; once they are off the meter answers soundly."""
    assert replay(wished, seed, protocol, gaps) == replay(wished, seed, protocol, gaps)


def test_another_seed_gives_another_course() -> None:
    """What is drawn depends on the seed."""
    wished = [Fault("garbage", probability=0.5)]
    courses = {tuple(replay(wished, seed, Protocol.DLT645, [5] * 4)) for seed in range(4)}
    assert len(courses) > 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["silent", "lost", "half", "bad-checksum"])
def test_faults_that_leave_no_frame(kind: str, protocol: Protocol) -> None:
    """Silence, a lost answer, half of one and one with a broken check sum are no answers."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act(kind, "count=1")
        assert await caller.ask(question(ADDRESS, protocol), timedelta(seconds=10)) == []
        assert bool(caller.came) == (kind in {"half", "bad-checksum"})
        await check_read(caller, bench, ADDRESS, protocol)

    with_bench(story, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["garbage", "split", "duplicate", "slow", "echo"])
def test_faults_that_leave_the_answer_whole(kind: str, protocol: Protocol) -> None:
    """Noise in front, pieces, a second time, late or behind an echo: the answer itself is right."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act(kind, *(["gap=0.6"] if kind == "duplicate" else []))
        heard = await caller.ask(question(ADDRESS, protocol))
        if kind == "echo":
            assert heard[0].raw == question(ADDRESS, protocol)
            heard = await caller.hear()
        assert total_of(heard[-1]) == shown(bench)
        again = await caller.hear(timedelta(seconds=5))
        assert len(again) == (kind == "duplicate")
        if kind == "slow":
            assert caller.clock.now() - NOON >= timedelta(seconds=3)
        if kind == "split":
            assert len(caller.came) == 3

    with_bench(story, protocol)


def test_a_terminal_has_the_same_faults() -> None:
    """What a line does to answers is done to those of a device that logs in, whose login stays sound."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT698, logs_in=True)

        async def story(caller: Caller) -> None:
            asked = question(ADDRESS, Protocol.DLT698)
            bench.act("bad-checksum")
            assert await welcome(caller) is dlt698.LinkKind.LOGIN
            assert await caller.ask(asked, timedelta(seconds=5)) == []
            bench.act("sound")
            bench.act("silent", "count=1")
            assert await caller.ask(asked, timedelta(seconds=5)) == []
            bench.act("refused", "code=6", "count=1")
            assert total_of((await caller.ask(asked))[0]) is None
            bench.act("echo", "count=1")
            bench.act("slow", "seconds=7", "count=1")
            before = clock.now()
            assert (await caller.ask(asked))[0].raw == asked
            assert total_of((await caller.hear())[0]) == shown(bench)
            assert clock.now() - before >= timedelta(seconds=7)
            await check_read(caller, bench, ADDRESS, Protocol.DLT698)

        await call(clock, bench, await road(clock, "tcp dial-in"), story)

    run_virtual(main, NOON)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_answer_from_a_neighbour(protocol: Protocol) -> None:
    """A sound frame comes, under another address."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act("wrong_address")
        (heard,) = await caller.ask(question(ADDRESS, protocol))
        assert heard.frame.address.digits != ADDRESS
        assert total_of(heard) == shown(bench)

    with_bench(story, protocol)


def test_late_answer_comes_with_the_next_request() -> None:
    """Each question is met with the answer to the one before; switched off, the last is forgotten."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act("late")
        assert await caller.ask(question(), timedelta(seconds=5)) == []
        before = shown(bench)
        await caller.clock.sleep(timedelta(hours=5))
        heard = await caller.ask(question(), timedelta(seconds=5))
        assert [total_of(one) for one in heard] == [before]
        assert before < shown(bench)
        bench.act("late", "off")
        await check_read(caller, bench)

    with_bench(story)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_refusal_with_a_given_code(protocol: Protocol) -> None:
    """The meter refuses with the error word or DAR that is wished for."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act("refused", "code=4")
        (heard,) = await caller.ask(question(ADDRESS, protocol))
        assert total_of(heard) is None
        if isinstance(heard.frame, dlt645.Frame):
            assert heard.frame.data == b"\x04"
        else:
            answer = dlt698.parse_apdu(heard.frame.user_data)
            assert isinstance(answer, dlt698.GetNormalResponse)
            assert answer.result.result == 4

    with_bench(story, protocol)


@pytest.mark.parametrize(("kind", "obeyed"), [("silent", False), ("refused", False), ("lost", True), ("half", True)])
def test_orders_are_heard_or_not(kind: str, obeyed: bool) -> None:
    """A meter that is silent or refuses does not obey; one whose answer is lost or broken has obeyed."""

    async def story(caller: Caller, bench: Bench) -> None:
        bench.act(kind)
        expires = Stamp.of("YYMMDDhhmmss", bench.meter.clock(caller.clock.now() + timedelta(minutes=5)))
        message = dlt645.RelayRequest(dlt645.Password(2, "123456"), Operator(), RelayCommand.TRIP, expires)
        await caller.ask(dlt645.build_frame(dlt645.build_message(Address(ADDRESS), message)), timedelta(seconds=5))
        assert bench.meter.relay(caller.clock.now()).open is obeyed

    with_bench(story)


def test_times_and_counts_bound_a_fault() -> None:
    """A fault touches what falls between its times, and so many exchanges at most."""

    async def story(caller: Caller, _: Bench) -> None:
        told = [await caller.ask(question(), timedelta(seconds=10)) for _ in range(8)]
        assert [bool(one) for one in told] == [True, False, False, True, True, True, True, True]

    wished = Fault("silent", begin=timedelta(seconds=0.5), end=timedelta(hours=1), count=2)
    with_bench(story, faults=Faults(NOON, [wished]))


def test_notes_name_the_faults() -> None:
    """Who looks on sees which fault touched which frame."""

    async def story(caller: Caller, bench: Bench) -> None:
        notes: list[str] = []
        stop = bench.watch(lambda seen: notes.append(f"{seen.way} {seen.note}".strip()))
        await caller.total()
        bench.act("slow")
        bench.act("garbage")
        await caller.total()
        bench.act("sound")
        bench.act("silent", "count=1")
        assert await caller.ask(question(), timedelta(seconds=5)) == []
        stop()
        await caller.total()
        assert notes == ["in", "out", "in", "out garbage slow", "in silent"]

    with_bench(story)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (("slwo",), "did you mean 'slow'"),
        (("slow", "second=3"), "did you mean 'seconds'"),
        (("slow", "seconds"), "NAME=NUMBER"),
        (("slow", "seconds=x"), "NAME=NUMBER"),
        (("slow", "seconds=-1"), "0 to 3600"),
        (("half", "probability=2"), "0 to 1"),
        (("half", "count=0"), "1 or more"),
        (("half", "bytes=2"), "takes no 'bytes'"),
    ],
)
def test_acts_that_do_not_fit_are_refused(act: tuple[str, ...], said: str) -> None:
    """A fault or an argument that nobody knows is refused with what was meant or what is allowed."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        with pytest.raises(ActError, match=said):
            bench.act(*act)
        assert bench.act("faults") == "no faults"

    run_virtual(main, NOON)


def test_reboots_come_in_bursts() -> None:
    """A terminal that restarts logs in again and again within seconds, rests, and begins anew; at times it logs out."""
    seen: list[tuple[float, dlt698.LinkKind]] = []

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT698, logs_in=True)
        bench.act("reboots", "logins=4", "up=1", "rest=100")
        near, far = await road(clock, "tcp dial-in")

        async def welcome(channel: Channel) -> Ended:
            end = dlt698.ClientEnd()
            while data := await channel.receive():
                for event in end.receive(data, clock.now()):
                    assert isinstance(event, dlt698.LinkAsked)
                    seen.append(((clock.now() - NOON).total_seconds(), event.request.request))
                    now = event.request.time
                    channel.send(end.answer_link(event, received=now, responded=now, now=clock.now()))
            return Ended()

        tasks = [clock.spawn(far.run(welcome), name="head-end"), clock.spawn(bench.run(near), name="bench")]
        await clock.sleep(290)
        bench.act("sound")
        await clock.sleep(200)
        await clock.cancel(*tasks)

    run_virtual(main, NOON)
    logins = [at for at, kind in seen if kind is dlt698.LinkKind.LOGIN]
    assert len(logins) == 4 + 1 + 4 + 4
    assert logins[3] < 10
    assert logins[5] - logins[4] > 100
    assert any(kind is dlt698.LinkKind.LOGOUT for _, kind in seen)
    assert [kind for at, kind in seen if at > 300] == 3 * [dlt698.LinkKind.HEARTBEAT]


def said_of_itself(act: str, *arguments: str, seconds: float, **options: object) -> list[tuple[float, bytes]]:
    """Give what a device that dials in says of its own accord, and when; logins that come soundly are accepted."""
    seen: list[tuple[float, bytes]] = []

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, **options)  # type: ignore[arg-type]  # passed on as they are
        bench.act(act, *arguments)
        near, far = await road(clock, "tcp dial-in")

        async def welcome(channel: Channel) -> Ended:
            end = dlt698.ClientEnd()
            while data := await channel.receive():
                seen.append(((clock.now() - NOON).total_seconds(), data))
                for event in end.receive(data, clock.now()):
                    if isinstance(event, dlt698.LinkAsked):
                        now = event.request.time
                        channel.send(end.answer_link(event, received=now, responded=now, now=clock.now()))
            return Ended()

        tasks = [clock.spawn(far.run(welcome), name="head-end"), clock.spawn(bench.run(near), name="bench")]
        await clock.sleep(seconds)
        await clock.cancel(*tasks)

    run_virtual(main, NOON)
    return seen


def test_a_lost_login_is_made_up_for_by_another_connection() -> None:
    """Nothing is heard of the first login; the terminal gives that connection up, calls again and is known."""
    said = said_of_itself("login-lost", "count=1", seconds=200, protocol=Protocol.DLT698, logs_in=True)
    frames = [dlt698.parse_apdu(dlt698.parse_link(data).user_data) for _, data in said]
    assert isinstance(frames[0], dlt698.LinkRequest)
    assert frames[0].request is dlt698.LinkKind.LOGIN
    assert said[0][0] > 5
    assert said[-1][0] > said[0][0]


def test_a_login_may_come_twice_or_with_a_wrong_byte() -> None:
    """Twice it is the same frame again; a wrong byte makes it none, and everything else as it was."""
    options: dict[str, object] = {"protocol": Protocol.DLT698, "logs_in": True}
    (_, twice), *_ = said_of_itself("login-twice", "count=1", seconds=30, **options)
    assert twice[: len(twice) // 2] == twice[len(twice) // 2 :]
    (_, garbled), *_ = said_of_itself("login-garbled", "count=1", seconds=30, **options)
    sound = twice[: len(twice) // 2]
    assert len(garbled) == len(sound)
    assert sum(one != other for one, other in zip(garbled, sound, strict=True)) == 1
    with pytest.raises(ProtocolError):
        dlt698.parse_link(garbled)


def test_a_registration_of_a_dtu_suffers_the_same() -> None:
    """Lost, it is said again after a minute; garbled, one letter is another; heartbeats count as well."""
    packet = b"REG:SHED-7\r\n"
    said = said_of_itself("login-lost", "count=2", seconds=185, registers_as="SHED-7")
    assert said == [(120.0, packet), (180.0, packet)]
    garbled = said_of_itself("login-garbled", seconds=65, registers_as="SHED-7")
    assert [len(data) for _, data in garbled] == 2 * [len(packet)]
    assert packet not in {data for _, data in garbled}
    (at, twice), *_ = said_of_itself("login-twice", "count=1", seconds=5, registers_as="SHED-7")
    assert (at, twice) == (0.0, 2 * packet)


def test_faults_of_answers_spare_logins() -> None:
    """A device whose answers are all lost is known all the same."""
    said = said_of_itself("lost", seconds=185, registers_as="SHED-7")
    assert len(said) == 4


def test_names_are_plain_words() -> None:
    """Every fault has words in both languages, and a name that can be typed."""
    for name, kind in FAULTS.items():
        assert set(name) <= {*string.ascii_lowercase, "-"}
        assert kind.words.en
        assert kind.words.zh
        assert all(one.least <= one.default <= one.most for one in kind.arguments.values())
