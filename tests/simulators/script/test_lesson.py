"""Taking courses: a master of ours asks over TCP in virtual time, and what it does decides what is passed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from clock import Clock, SteppedClock, run_virtual
from protocols import dlt645, dlt698
from protocols.catalogue import Protocol
from protocols.dissection import Words
from protocols.dlt645 import DI, Address, Operator, Password, ReadRequest, RelayCommand, RelayRequest, Stamp
from protocols.dlt698 import OAD, Piid
from simulators.connection import Connection
from simulators.courses import COURSES
from simulators.errors import PortError
from simulators.localtime import local
from simulators.ports import Channel, Ended, TcpServer
from simulators.script import Course, Lesson, Outcome, Result, Verdict, load_course, read_course
from tests.simulators.calling import ADDRESS, Caller
from tests.simulators.conftest import NOON

SECOND = "000000001002"
EVERYBODY = "9" * 12
PASSWORD = Password(2, "123456")
OPERATOR = Operator("00000007")
METER = f"meter {ADDRESS}\n"


@dataclass
class Pupil:
    """Notes what it is told, and gives the answers that it was given."""

    clock: Clock
    answers: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    noted: list[Result] = field(default_factory=list)
    lesson: Lesson = field(init=False)

    def say(self, words: Words) -> None:
        self.told.append(words.en)

    def note(self, result: Result) -> None:
        self.noted.append(result)

    async def choose(self, question: Words, choices: tuple[str, ...]) -> str:
        del question
        if not self.answers:
            await self.clock.sleep(timedelta(hours=1))
        answer = self.answers.pop(0)
        assert answer in choices
        return answer


class Master(Caller):
    """A caller with the words that courses ask for."""

    async def read(self, di: int, address: str = ADDRESS) -> None:
        await self.ask(_framed(ReadRequest(DI(di)), address))

    async def order(self, command: RelayCommand) -> None:
        until = Stamp.of("YYMMDDhhmmss", local(self.clock.now()) + timedelta(minutes=5))
        await self.ask(_framed(RelayRequest(PASSWORD, OPERATOR, command, until)))

    def set_clocks(self) -> None:
        now = Stamp.of("YYMMDDhhmmss", local(self.clock.now()))
        self.channel.send(_framed(dlt645.BroadcastTime(now), EVERYBODY))


def _framed(message: dlt645.Message, address: str = ADDRESS) -> bytes:
    return dlt645.build_frame(dlt645.build_message(Address(address), message))


Story = Callable[[Master, Pupil], Awaitable[None]]


async def nothing(master: Master, pupil: Pupil) -> None:
    """Ask nothing at all."""


def take(course: str | Course, story: Story, *answers: str, fast: bool = False) -> tuple[Verdict, Pupil, timedelta]:
    """Take a course beside a master, and tell how it ended and how long it took."""

    async def main(clock: SteppedClock) -> tuple[Verdict, Pupil, timedelta]:
        pupil = Pupil(clock, list(answers))
        port = TcpServer(clock, "127.0.0.1", 0)
        lesson = Lesson(clock, read_course(course) if isinstance(course, str) else course, port, pupil, fast=fast)
        pupil.lesson = lesson
        await port.open()
        connection = await Connection.dial(clock, "127.0.0.1", port.port)
        master = clock.spawn(_tell(story, Master(clock, connection), pupil), name="master")
        verdict = await lesson.run()
        await clock.cancel(master)
        connection.close()
        return verdict, pupil, clock.now() - NOON

    return run_virtual(main, NOON)


async def _tell(story: Story, master: Master, pupil: Pupil) -> None:
    await story(master, pupil)


async def once(master: Master, pupil: Pupil, told: int) -> None:
    """Wait until so many things have been said."""
    while len(pupil.told) < told:
        await master.clock.sleep(1)


def outcomes(verdict: Verdict) -> list[Outcome]:
    """Give what became of each step."""
    return [result.outcome for result in verdict.results]


def test_who_does_what_is_asked_passes_the_first_course() -> None:
    """The course on reading a meter is passed by a master that reads what it is told to."""

    async def story(master: Master, pupil: Pupil) -> None:
        for told, items in ((1, [0x00010000]), (2, [0x02030000, 0x02010100]), (3, [0x05060101]), (4, [0x04000102])):
            await once(master, pupil, told)
            for item in items:
                await master.read(item)

    verdict, pupil, _ = take(load_course(COURSES["read_a_meter"]), story, "10 A", "90 s ahead")
    assert outcomes(verdict) == [Outcome.PASSED] * 7
    assert verdict.good
    assert pupil.told[-1] == "That was all."


@pytest.mark.parametrize("by_act", [False, True], ids=["by the master", "by metersim act"])
def test_who_trips_and_restores_passes_the_second_course(*, by_act: bool) -> None:
    """Trip, read-back, permission and key are noticed, by whichever way the orders come; a protected meter refuses."""

    async def story(master: Master, pupil: Pupil) -> None:
        async def order(command: RelayCommand, *act: str) -> None:
            if by_act:
                pupil.lesson.bench.act(*act)
            else:
                await master.order(command)

        await once(master, pupil, 2)
        await master.read(0x04000503)
        await once(master, pupil, 3)
        await order(RelayCommand.TRIP, "trip")
        await once(master, pupil, 4)
        await master.read(0x04000503)
        await once(master, pupil, 5)
        await order(RelayCommand.PERMIT_CLOSE, "close", "permit")
        await once(master, pupil, 7)
        await master.read(0x04000503)
        await once(master, pupil, 8)
        await order(RelayCommand.TRIP, "trip")

    answers = ("it refuses, and stays closed 拒绝, 保持合闸", "protected supply 保电")
    verdict, _, _ = take(load_course(COURSES["trip_and_restore"]), story, *answers)
    assert outcomes(verdict) == [Outcome.PASSED] * 9


async def find_faults(master: Master, pupil: Pupil) -> None:
    """Read both meters, twice through a fault, once slowly, and set the clocks."""
    await master.read(0x00010000)
    await master.read(0x00010000, SECOND)
    for told in (2, 3, 4):
        await once(master, pupil, told)
        await master.read(0x00010000)
    await once(master, pupil, 5)
    master.set_clocks()


def test_who_finds_the_faults_passes_the_third_course() -> None:
    """Bad check sum, wrong address, slowness and a wrong clock are found on a line of two meters."""
    course = load_course(COURSES["fault_on_the_line"])
    verdict, _, _ = take(course, find_faults, "check sum 校验码", "address 地址")
    assert outcomes(verdict) == [Outcome.PASSED] * 9


def test_a_wrong_answer_is_missed_and_the_course_goes_on() -> None:
    """Who names the wrong fault misses that step and may pass all others."""
    verdict, _, _ = take(load_course(COURSES["fault_on_the_line"]), find_faults, "nothing 无", "address 地址")
    assert [result.placed.text.split()[0] for result in verdict.results if result.outcome is Outcome.MISSED] == [
        "choose"
    ]
    assert not verdict.good
    assert verdict.count(Outcome.PASSED) == 8


def test_a_trainee_who_does_nothing_reaches_nothing() -> None:
    """The first thing that is waited for ends the course when its time is over; what follows is not reached."""
    course = f"{METER}until read 00010000 within 2min\nsay more\nexpect relay closed\nuntil relay open\n"
    verdict, pupil, took = take(course, nothing)
    assert outcomes(verdict) == [Outcome.MISSED, Outcome.LEFT, Outcome.LEFT]
    assert took == timedelta(minutes=2)
    assert not pupil.told
    assert [result.outcome for result in pupil.noted] == [Outcome.MISSED]


def test_an_expectation_that_is_missed_is_noted_and_the_course_goes_on() -> None:
    """Each expectation has its time; the later ones are still looked at."""
    course = f"{METER}expect relay open within 60s\nexpect relay closed\nact trip\nexpect relay open\n"
    verdict, _, took = take(course, nothing)
    assert outcomes(verdict) == [Outcome.MISSED, Outcome.PASSED, Outcome.PASSED]
    assert [result.took for result in verdict.results] == [timedelta(minutes=1), timedelta(), timedelta()]
    assert took == timedelta(minutes=1)


def test_a_question_that_nobody_answers_is_missed() -> None:
    """After ten minutes a question is given up."""
    verdict, _, took = take(f'{METER}choose "Why?" right=a wrong=b\n', nothing)
    assert outcomes(verdict) == [Outcome.MISSED]
    assert took == timedelta(minutes=10)


@pytest.mark.parametrize(("fast", "took"), [(False, timedelta(hours=1)), (True, timedelta())])
def test_pauses_take_their_time_unless_it_is_to_be_fast(fast: bool, took: timedelta) -> None:
    """A pause of an hour is an hour, or nothing for who only tries a course."""
    assert take(f"{METER}wait 1h\nexpect relay closed\n", nothing, fast=fast)[2] == took


def test_a_read_counts_for_the_meter_that_was_asked() -> None:
    """A question to the first meter is none to the second."""

    async def story(master: Master, pupil: Pupil) -> None:
        del pupil
        await master.read(0x00010000)

    course = f"{METER}meter {SECOND}\nexpect read 00010000 of 1002 within 60s\nexpect read 00010000\n"
    assert outcomes(take(course, story)[0]) == [Outcome.MISSED, Outcome.PASSED]


def test_one_question_passes_one_step() -> None:
    """What has been asked once does not count for the next step as well."""

    async def story(master: Master, pupil: Pupil) -> None:
        del pupil
        await master.read(0x00010000)

    course = f"{METER}until answered 00010000\nexpect answered 00010000 within 30s\n"
    assert outcomes(take(course, story)[0]) == [Outcome.PASSED, Outcome.MISSED]


@pytest.mark.parametrize(
    ("fault", "answered"),
    [("", True), ("fault bad-checksum\n", False), ("fault silent\n", False), ("fault slow\n", True)],
)
def test_only_a_sound_answer_is_one(fault: str, answered: bool) -> None:
    """A question was answered when a whole frame with a right check sum has left the meter."""

    async def story(master: Master, pupil: Pupil) -> None:
        await once(master, pupil, 1)
        await master.read(0x00010000)

    course = f"{METER}{fault}say go\nuntil read 00010000\nexpect answered 00010000 within 20s\n"
    assert outcomes(take(course, story)[0]) == [Outcome.PASSED, Outcome.PASSED if answered else Outcome.MISSED]


@pytest.mark.parametrize(
    ("protocol", "item"), [(Protocol.DLT645_1997, "9010"), (Protocol.DLT698, "00100200"), (Protocol.DLT645, "00010000")]
)
def test_items_of_every_language_are_recognised(protocol: Protocol, item: str) -> None:
    """A DI of either edition and an OAD are noticed when they are asked for and when they are answered."""

    async def story(master: Master, pupil: Pupil) -> None:
        del pupil
        await master.total(protocol=protocol)

    async def twice(master: Master, pupil: Pupil) -> None:
        await story(master, pupil)
        await story(master, pupil)

    course = f"meter {ADDRESS} protocol={protocol}\nuntil read {item} within 60s\nuntil answered {item} within 60s\n"
    assert take(course, twice)[0].good


def test_a_list_of_attributes_asks_for_each_of_them() -> None:
    """Of a GET with several OADs each one counts."""

    async def story(master: Master, pupil: Pupil) -> None:
        del pupil
        request = dlt698.GetListRequest(Piid(1), (OAD.parse("00100200"), OAD.parse("40000200")))
        link = dlt698.LinkFrame(dlt698.REQUEST, dlt698.Address.single(ADDRESS), 0x10, dlt698.build_apdu(request))
        await master.ask(dlt698.build_link(link))

    assert take(f"meter {ADDRESS} protocol=dlt698\nuntil read 40000200 within 60s\n", story)[0].good


@pytest.mark.parametrize(
    ("pattern", "seen"),
    [
        ("in 68 ?? ?? 00 00 00 00 68 11", True),
        ("out 68 ?? ?? 00 00 00 00 68 91", True),
        ("91 08 33333433", True),
        ("in 68 ?? ?? 00 00 00 00 68 91", False),
        ("0A", False),
    ],
)
def test_frames_are_found_by_their_bytes(pattern: str, seen: bool) -> None:
    """A pattern holds where its bytes stand in a frame of that direction, ?? for any of them."""

    async def story(master: Master, pupil: Pupil) -> None:
        del pupil
        await master.total()

    assert take(f"{METER}expect frame {pattern} within 60s\n", story)[0].good is seen


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        ("act alarm on", "alarm off", "alarm on"),
        ("act keep_power on", "keep_power off", "keep_power on"),
        ("act power off", "power on", "power off"),
        ("act drift 30", "clock 5s", "clock 30s"),
        ("act balance 50", "balance 0", "balance 49.99"),
        ("act trip", "relay closed", "relay open"),
    ],
)
def test_the_state_of_a_meter_is_looked_at(act: str, before: str, after: str) -> None:
    """Each condition on the meter itself holds as the meter stands, before an act and after it."""
    course = f"{METER}expect {before}\nexpect {after}\n{act}\nexpect {after}\nexpect {before}\n"
    first, second, third, fourth = outcomes(take(course, nothing)[0])
    assert (first, third) == (Outcome.PASSED, Outcome.PASSED)
    assert Outcome.MISSED in {second, fourth}


def test_texts_tell_how_the_port_is_reached() -> None:
    """The word {port} in a text is the option that the master takes."""
    _, pupil, _ = take(f'{METER}say "call {{port}}"\nexpect relay closed\n', nothing)
    assert pupil.told[0].startswith("call --tcp 127.0.0.1:")


async def hang_up(_: Channel) -> Ended:
    """Say nothing to a caller."""
    return Ended()


def test_a_port_that_is_taken_ends_the_course_with_its_error() -> None:
    """Where the port cannot be opened nothing is taught, and the reason is told."""

    async def main(clock: SteppedClock) -> None:
        taken = TcpServer(clock, "127.0.0.1", 0)
        serving = clock.spawn(taken.run(hang_up), name="other")
        while not taken.option:
            await clock.sleep(0)
        course = read_course(f"{METER}expect relay closed\n")
        lesson = Lesson(clock, course, TcpServer(clock, "127.0.0.1", taken.port), Pupil(clock))
        with pytest.raises(PortError, match="cannot listen"):
            await lesson.run()
        await clock.cancel(serving)

    run_virtual(main, NOON)
