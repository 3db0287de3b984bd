"""A line of meters at a serial port: plugging in and out, ports that can't be had, and the pace of RS-485."""

import asyncio
import fcntl
import os
import resource
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from clock import RealClock
from drivers.link import (
    Answered,
    Device,
    DeviceKind,
    DialFailed,
    GarbageSkipped,
    LinkDown,
    LinkLimits,
    LinkUp,
    Parity,
    Rank,
    SerialPort,
)
from drivers.meter import Dialect, Field, MeterSettings, Place, Road, Silent
from protocols import dlt645
from tests.drivers.conformance.roads import METERS_645, METERS_698, Serial
from tests.drivers.conformance.world import LONG, World
from tests.drivers.peers import limits_with

TURNAROUND = timedelta(milliseconds=20)
GAP = timedelta(milliseconds=600)  # the standard's 500 ms, and what an adapter adds
SECOND = timedelta(seconds=1)


@contextmanager
def taken(path: Path) -> Iterator[None]:
    """Have another program use a port alone."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def test_port_that_is_away_is_tried_again_soon(tmp_path: Path) -> None:
    """Every try says that the device is not there; the pauses grow to ten seconds, and what is plugged in is found."""

    async def story(world: World) -> None:
        await world.until(lambda: len(world.told(DialFailed)) == 7)
        failures = world.told(DialFailed)
        assert [(failed.again - failed.at).seconds for failed in failures] == [1, 2, 4, 8, 10, 10, 10]
        assert {failed.error for failed in failures} == {
            f"{road.path} is not there: plug it in, or mend the device in the endpoint of this link"
        }
        plugged = world.clock.now()
        await world.up()
        assert world.clock.now() - plugged <= 10 * SECOND

    road = Serial(tmp_path)
    road.run(METERS_645, story)


def test_unplugged_port_is_back_when_it_is_plugged_in(tmp_path: Path) -> None:
    """The link is down at the moment in which the adapter goes, and up a second after it at best."""

    async def story(world: World) -> None:
        pipe = await world.up()
        await world.clock.sleep(60)
        pipe.cut()
        await world.until(lambda: not world.links.is_up(world.link))
        await world.up()
        down, (_, up) = world.told(LinkDown)[0], world.told(LinkUp)
        assert down.held >= 60 * SECOND
        assert up.at - down.at == SECOND
        assert world.told(DialFailed) == []

    Serial(tmp_path).run(METERS_645, story)


def test_port_in_use_is_left_to_its_user(tmp_path: Path) -> None:
    """A port that another program has for itself is not opened; it is had as soon as the other is done."""

    async def story(world: World) -> None:
        pipe = await road.call(world)
        with taken(road.path):
            await world.until(lambda: len(world.told(DialFailed)) == 2)
        assert world.told(DialFailed)[1].error == (
            f"{road.path} is in use by another program: end that one, or give this link another port"
        )
        assert await world.links.wait_up(world.link, world.clock.now() + LONG)
        with pytest.raises(BlockingIOError), taken(road.path):
            pass
        pipe.cut()

    road = Serial(tmp_path)
    road.run(METERS_645, story)


@pytest.mark.parametrize(
    ("device", "parity", "advice"),
    [
        ("regular", Parity.EVEN, "is no serial port: mend the device in the endpoint of this link"),
        ("folder", Parity.EVEN, "is a directory: name a device in the endpoint of this link"),
        ("pty", Parity.EVEN, "can't do 2400 baud with parity E: mend the endpoint; a pseudo-terminal does parity N"),
    ],
)
def test_port_that_can_not_be_used_says_why(tmp_path: Path, device: str, parity: Parity, advice: str) -> None:
    """What is no serial port, or can't do what is asked of it, is told with what to do."""
    master, slave = os.openpty()
    (tmp_path / "regular").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "pty").symlink_to(os.ttyname(slave))

    async def main() -> None:
        port = SerialPort(str(tmp_path / device), 2400, parity)
        world = World(RealClock(), "line:x", Device(DeviceKind.LINE_645, port), METERS_645, LinkLimits(), SECOND)
        world.links.admit({world.link: world.device})
        await world.until(lambda: bool(world.told(DialFailed)))
        await world.links.close()
        assert world.told(DialFailed)[0].error == f"{tmp_path / device} {advice}"

    asyncio.run(main())
    os.close(master)
    os.close(slave)


def test_port_is_let_go_of(tmp_path: Path) -> None:
    """When a device is dismissed, even while its port is being opened, the port is free for others."""

    async def story(world: World) -> None:
        await road.call(world)
        world.links.admit({})
        world.links.admit({world.link: world.device})
        assert await world.links.wait_up(world.link, world.clock.now() + LONG)
        assert [up.epoch for up in world.told(LinkUp)] == [1]

    road = Serial(tmp_path)
    road.run(METERS_645, story)


def test_high_descriptors_are_served(tmp_path: Path) -> None:
    """A port that is opened among thousands of connections is read like any other."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    many = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        pipe.send(world.speech.answer(1))
        assert isinstance(await world.outcome(asked), Answered)

    try:
        Serial(tmp_path).run(METERS_645, story)
    finally:
        for descriptor in many:
            os.close(descriptor)


def test_port_that_takes_nothing_is_given_up() -> None:
    """An adapter that hangs holds nobody up: when its line has taken nothing of many questions its link is down."""
    master, slave = os.openpty()
    tty.setraw(slave)

    async def main() -> None:
        limits = limits_with(late_answer=timedelta(), second_copy=timedelta())
        port = SerialPort(os.ttyname(slave), 115200, Parity.NONE)
        world = World(RealClock(), "line:x", Device(DeviceKind.LINE_645, port), METERS_645, limits, timedelta())
        world.links.admit({world.link: world.device})
        assert await world.links.wait_up(world.link, world.clock.now() + LONG)
        number = 0
        while not world.told(LinkDown):
            number = number % 7 + 1
            await world.links.ask(world.exchange(number))
        await world.links.close()

    asyncio.run(main())
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("baud", [600, 1200, 2400, 9600])
def test_silent_meter_is_waited_for_as_its_line_needs(tmp_path: Path, baud: int) -> None:
    """Each of three tries takes 500 ms, the time of the bytes and 100 ms; between them no late answer is mistaken."""

    class Line(Serial):
        pass

    async def story(world: World) -> None:
        await world.up()
        await world.clock.sleep(TURNAROUND)
        field = Field(world.clock, world.links, MeterSettings())
        began = world.clock.now()
        meter = field.meter(Place("000000003001", Dialect.DLT645, Road.DTU, world.link))
        answer = await meter.clock(rank=Rank.CHECK)
        assert isinstance(answer, Silent)
        wait = dlt645.answer_time_out(baud, sent=20, longest_answer=271)
        assert answer.at - began == 3 * wait + 2 * LinkLimits().late_answer

    Line.baud = baud
    Line(tmp_path).run(METERS_645, story)


def test_line_is_silent_before_a_question(tmp_path: Path) -> None:
    """After any byte the line is left alone for 20 ms; who is more urgent and asks within them goes first."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = [await world.asked(pipe, 1), world.ask(2)]
        pipe.send(world.speech.answer(1))
        first = await world.outcome(asked[0])
        await world.clock.sleep(TURNAROUND / 2)
        asked.append(world.ask(3, Rank.RESTORE))
        await pipe.expect(world.speech.request(3))
        assert world.clock.now() - first.at == TURNAROUND
        await world.clock.sleep(0.1)
        pipe.send(b"\xff")
        pipe.send(world.speech.answer(3))
        await pipe.expect(world.speech.request(2))
        answered = await world.outcome(asked[2])
        assert world.clock.now() - answered.at == TURNAROUND

    Serial(tmp_path).run(METERS_698, story)


def test_frame_that_stops_is_given_up_as_the_standard_says(tmp_path: Path) -> None:
    """A frame whose bytes pause for longer than 500 ms is told as garbage soon after, so that what follows is seen."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        began = world.clock.now()
        pipe.send(world.speech.answer(1)[:-3])
        await world.until(lambda: bool(world.told(GarbageSkipped)))
        assert world.told(GarbageSkipped)[0].at - began == GAP
        pipe.send(world.speech.answer(1))
        assert isinstance(await world.outcome(asked), Answered)

    Serial(tmp_path).run(METERS_645, story)


def test_longest_answer_of_a_slow_line_is_taken(tmp_path: Path) -> None:
    """At 600 baud a frame of 212 bytes takes four seconds, and is one answer."""

    class Line(Serial):
        baud = 600
        patience = timedelta(seconds=6)

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        request = dlt645.parse_frame(world.speech.request(1))
        answer = dlt645.build_frame(
            dlt645.build_message(request.address, dlt645.ReadAnswer(dlt645.DI.parse("04000501"), bytes(196))), wakeup=0
        )
        for byte in answer:
            await world.clock.sleep(dlt645.transfer_time(1, 600))
            pipe.send(bytes([byte]))
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer

    Line(tmp_path).run(METERS_645, story)
