"""An RS-485 line with meters of either dialect: who answers, when, and what two of them do to each other."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from clock import SteppedClock, run_virtual
from protocols import dlt645, dlt698
from protocols.catalogue import Protocol
from protocols.dlt698 import Piid
from simulators.bench import Bench, MeterWish, make_meter
from simulators.field import FrameSeen
from tests.simulators.calling import (
    CLIENT,
    ENERGY,
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

OLD, OLDER, NEW = "000000001001", "000000001002", "000000001003"
PROTOCOLS = {OLD: Protocol.DLT645, OLDER: Protocol.DLT645_1997, NEW: Protocol.DLT698}
BYTE = timedelta(seconds=11 / 2400)


def on_line(make: Callable[[SteppedClock], Bench], story: Callable[[Caller, Bench], Awaitable[None]]) -> None:
    """Run a story with a line that is called over TCP."""

    async def main(clock: SteppedClock) -> None:
        bench = make(clock)
        await call(clock, bench, await road(clock, "tcp server"), lambda caller: story(caller, bench))

    run_virtual(main, NOON)


def mixed(clock: SteppedClock) -> Bench:
    """Put one meter of each language on a line."""
    meters = [make_meter(MeterWish(address, protocol), clock.now()) for address, protocol in PROTOCOLS.items()]
    return Bench(clock, meters)


def test_meters_of_all_languages_share_a_line() -> None:
    """Each answers in its own language, whatever was said to the others before."""

    async def story(caller: Caller, bench: Bench) -> None:
        for address in (OLD, NEW, OLDER, NEW, OLD, OLDER, OLD):
            await check_read(caller, bench, address, PROTOCOLS[address])

    on_line(mixed, story)


def test_requests_that_come_together_are_answered_in_turn() -> None:
    """A caller that does not wait gets all answers, one behind the other."""

    async def story(caller: Caller, bench: Bench) -> None:
        caller.channel.send(question(OLD) + question(OLDER, Protocol.DLT645_1997) + question(OLD))
        seen: list[FrameSeen] = []
        bench.watch(seen.append)
        for _ in range(3):
            assert await caller.hear()
        assert [one.way for one in seen] == ["in", "out"] * 3

    on_line(mixed, story)


@pytest.mark.parametrize("protocol", [Protocol.DLT645, Protocol.DLT698])
def test_bytes_take_their_time(protocol: Protocol) -> None:
    """An answer comes after the bytes of both frames at the speed of the line and the delay of the meter."""

    async def story(caller: Caller, _: Bench) -> None:
        asked = caller.clock.now()
        (heard,) = await caller.ask(question("000000001001", protocol))
        took = caller.clock.now() - asked
        answer = dlt645.build_frame(heard.frame) if isinstance(heard.frame, dlt645.Frame) else heard.raw
        wire = BYTE * (len(question("000000001001", protocol)) + len(answer))
        assert timedelta(milliseconds=19) <= took - wire <= timedelta(milliseconds=501)

    on_line(lambda clock: make_bench(clock, protocol), story)


@pytest.mark.parametrize("protocol", Protocol)
def test_only_meter_answers_to_the_wildcard(protocol: Protocol) -> None:
    """Alone on its line a meter of any language answers who asks for anybody, under its own address."""

    async def story(caller: Caller, bench: Bench) -> None:
        (heard,) = await caller.ask(question("AAAAAAAAAAAA", protocol))
        assert heard.frame.address.digits == bench.meter.address
        assert total_of(heard) == shown(bench)

    on_line(lambda clock: make_bench(clock, protocol), story)


@pytest.mark.parametrize("protocol", Protocol)
def test_two_answers_at_once_are_noise(protocol: Protocol) -> None:
    """To a wildcard on a line of two something comes that nobody can read; the next question is answered."""

    async def story(caller: Caller, bench: Bench) -> None:
        assert await caller.ask(question("AAAAAAAAAAAA", protocol), timedelta(seconds=5)) == []
        assert sum(len(data) for _, data in caller.came) > 0
        await check_read(caller, bench, OLDER, protocol)

    on_line(lambda clock: make_bench(clock, protocol, OLD, OLDER), story)


def test_groups_and_broadcasts_of_698_are_obeyed_in_silence() -> None:
    """What is said to everybody is not answered."""
    apdu = dlt698.build_apdu(dlt698.GetNormalRequest(Piid(1), ENERGY))

    async def story(caller: Caller, _: Bench) -> None:
        for address in (dlt698.Address.broadcast(), dlt698.Address.group("000000000007")):
            frame = dlt698.LinkFrame(dlt698.REQUEST, address, CLIENT, apdu)
            assert await caller.ask(dlt698.build_link(frame), timedelta(seconds=5)) == []
        assert caller.came == []

    on_line(lambda clock: make_bench(clock, Protocol.DLT698), story)


def test_a_dtu_in_front_of_a_line_says_who_it_is() -> None:
    """With a registration the packet comes first, and then the line answers as a bare one does."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, registers_as="D-1")

        async def story(caller: Caller) -> None:
            assert await caller.channel.receive() == b"REG:D-1\r\n"
            await check_read(caller, bench)

        await call(clock, bench, await road(clock, "tcp dial-in"), story)

    run_virtual(main, NOON)


def test_a_698_meter_may_be_a_terminal() -> None:
    """One that logs in says so first, answers once it is taken, and beats once a minute."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT698, logs_in=True)

        async def story(caller: Caller) -> None:
            seen: list[FrameSeen] = []
            bench.watch(seen.append)
            kinds = [await welcome(caller) for _ in range(3)]
            assert kinds == [dlt698.LinkKind.LOGIN, dlt698.LinkKind.HEARTBEAT, dlt698.LinkKind.HEARTBEAT]
            assert clock.now() - NOON < timedelta(seconds=130)
            await check_read(caller, bench, bench.meter.address, Protocol.DLT698)
            assert [one.way for one in seen] == ["in", "out", "in", "out", "in", "in", "out"]

        await call(clock, bench, await road(clock, "tcp dial-in"), story)

    run_virtual(main, NOON)
