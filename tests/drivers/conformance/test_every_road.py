"""What holds on every road to a device, in every dialect that the road carries."""

from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.errors import DriversClosedError, UnknownLinkError
from drivers.link import (
    Answered,
    DownReason,
    GarbageSkipped,
    LinkDown,
    LinkLost,
    LinkReplaced,
    LinkUp,
    NoAnswer,
    NotSent,
    NotSentReason,
    Rank,
    ReportReceived,
    StrayFrame,
    StrayReason,
)
from tests.drivers.conformance.mqtt import Mqtt
from tests.drivers.conformance.roads import DialIn, DialInTls, Road, Serial, Story, TcpClient
from tests.drivers.conformance.speech import Speech, Speech698
from tests.drivers.conformance.world import GLANCE, World
from tests.drivers.peers import apdu_in

ROADS: tuple[type[Road], ...] = (DialIn, DialInTls, TcpClient, Serial, Mqtt)
"""Every road; one more is one class more."""
NOISE = b"\x00\x55\xaa\x5a"

Run = Callable[[Story], None]


def those(so: Callable[[type[Road], Speech], bool]) -> list[object]:
    """Give the roads with their dialects for which something is so."""
    every = ((road, speech) for road in ROADS for speech in road.speeches)
    return [pytest.param(pair, id=f"{pair[0].name}-{pair[1].kind.value}") for pair in every if so(*pair)]


def running(request: pytest.FixtureRequest, folder: Path) -> Run:
    """Run a story over the road and in the dialect of a parameter."""
    road, speech = request.param
    return lambda story: road(folder).run(speech, story)


@pytest.fixture(params=those(lambda _road, _speech: True))
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story over one of the roads in one of its dialects."""
    return running(request, tmp_path)


@pytest.fixture(params=those(lambda road, _speech: road.has_logins))
def run_logins(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story over a road on which devices say who they are."""
    return running(request, tmp_path)


@pytest.fixture(params=those(lambda _road, speech: isinstance(speech, Speech698)))
def run_reports(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a story over a road in a dialect in which devices report by themselves."""
    return running(request, tmp_path)


def broken(frame: bytes) -> bytes:
    """Spoil the checksum of a frame."""
    return frame[:-2] + bytes([frame[-2] ^ 0xFF]) + frame[-1:]


def strays(world: World) -> list[StrayReason]:
    """Tell why frames were nobody's, in their order."""
    return [stray.reason for stray in world.told(StrayFrame)]


def test_device_comes_up(run: Run) -> None:
    """The first login is told with epoch 1, and the link shows it."""

    async def story(world: World) -> None:
        assert not world.links.is_up(world.link)
        await world.up()
        assert [(up.link, up.kind, up.epoch) for up in world.told(LinkUp)] == [(world.link, world.device.kind, 1)]
        [status] = world.links.status()
        assert (status.epoch, status.endpoint) == (1, str(world.device.endpoint))
        assert world.links.is_up(world.link)

    run(story)


def test_question_is_answered(run: Run) -> None:
    """A question reaches the device in its very bytes, and its answer the asker."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        pipe.send(world.speech.answer(1))
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(1)
        assert strays(world) == []

    run(story)


def test_silence_is_waited_out(run: Run) -> None:
    """A device that says nothing is given its patience and no more; the next question is answered."""

    async def story(world: World) -> None:
        pipe = await world.up()
        outcome = await world.outcome(await world.asked(pipe, 1, patience=world.brief))
        assert isinstance(outcome, NoAnswer)
        assert outcome.at - outcome.sent_at >= world.brief
        asked = await world.asked(pipe, 2)
        pipe.send(world.speech.answer(2))
        assert isinstance(await world.outcome(asked), Answered)

    run(story)


def test_late_answer_is_nobodys(run: Run) -> None:
    """An answer that comes when its asker has gone is told as stray; the one that is asked for now is taken."""

    async def story(world: World) -> None:
        pipe = await world.up()
        assert isinstance(await world.outcome(await world.asked(pipe, 1, patience=world.brief)), NoAnswer)
        asked = await world.asked(pipe, 2)
        pipe.send(world.speech.answer(1))
        await world.until(lambda: strays(world) == [StrayReason.LATE])
        pipe.send(world.speech.answer(2))
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(2)

    run(story)


def test_answer_of_another_device_is_nobodys(run: Run) -> None:
    """What another device would answer to the very question is told as stray, and the answer is waited for."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        pipe.send(world.speech.answer(1, foreign=True))
        await world.until(lambda: strays(world) == [StrayReason.WRONG_ADDRESS])
        pipe.send(world.speech.answer(1))
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(1)

    run(story)


def test_garbage_is_skipped_and_told(run: Run) -> None:
    """Noise and a spoilt frame before an answer do not hide it; every byte of them is told, none of the answer."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        spoilt = broken(world.speech.answer(1))
        pipe.send(NOISE + spoilt + world.speech.answer(1))
        assert isinstance(await world.outcome(asked), Answered)
        assert sum(skipped.count for skipped in world.told(GarbageSkipped)) == len(NOISE + spoilt)

    run(story)


def test_answer_that_begins_anew_is_taken(run: Run) -> None:
    """Half an answer and then all of it, as from a device that was disturbed, is one answer."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        pipe.send(world.speech.answer(1)[:5])
        pipe.send(world.speech.answer(1))
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(1)

    run(story)


def test_frame_comes_in_pieces(run: Run) -> None:
    """An answer that comes byte by byte is one answer."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        for byte in world.speech.answer(1):
            pipe.send(bytes([byte]))
            await world.clock.sleep(GLANCE)
        outcome = await world.outcome(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(1)
        assert world.told(GarbageSkipped) == []

    run(story)


def test_two_frames_come_in_one_piece(run: Run) -> None:
    """Of two answers in one piece the first is taken and its copy is told as stray."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        pipe.send(2 * world.speech.answer(1))
        assert isinstance(await world.outcome(asked), Answered)
        assert strays(world) == [StrayReason.COPY]

    run(story)


def test_restore_overtakes(run: Run) -> None:
    """A restore goes before polls that were there earlier, behind the one question that is out."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = [await world.asked(pipe, 1), world.ask(2), world.ask(3), world.ask(4, Rank.RESTORE)]
        await world.until(lambda: world.links.status()[0].queued == 3)
        pipe.send(world.speech.answer(1))
        for number in (4, 2, 3):
            await pipe.expect(world.speech.request(number))
            pipe.send(world.speech.answer(number))
        for question in asked:
            assert isinstance(await world.outcome(question), Answered)

    run(story)


def test_go_can_hold_a_cut_back(run: Run) -> None:
    """Go is asked when the line is the cut's; when it says no, not a byte of it leaves."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked_at = []

        async def go() -> bool:
            asked_at.append(world.clock.now())
            return False

        first = await world.asked(pipe, 1)
        cut = world.ask(2, Rank.CUT, go=go)
        await world.until(lambda: world.links.status()[0].queued == 1)
        assert asked_at == []
        pipe.send(world.speech.answer(1))
        answered = await world.outcome(first)
        held = await world.outcome(cut)
        assert isinstance(held, NotSent)
        assert held.reason is NotSentReason.HELD_BACK
        assert len(asked_at) == 1
        assert asked_at[0] >= answered.at
        await world.asked(pipe, 3)

    run(story)


def test_cancelled_question_leaves_no_trace(run: Run) -> None:
    """A cancelled question never leaves if it was waiting; if it was out, its answer is not taken for the next."""

    async def story(world: World) -> None:
        pipe = await world.up()
        first = await world.asked(pipe, 1)
        waiting = world.ask(2)
        await world.until(lambda: world.links.status()[0].queued == 1)
        await world.clock.cancel(waiting, first)
        assert world.links.status()[0].queued == 0
        third = world.ask(3)
        pipe.send(world.speech.answer(1))
        await pipe.expect(world.speech.request(3))
        pipe.send(world.speech.answer(3))
        outcome = await world.outcome(third)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(3)

    run(story)


def test_lost_link_ends_all_questions(run: Run) -> None:
    """With the link the question that is out is lost, and those that wait are not sent."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = [await world.asked(pipe, 1), world.ask(2), world.ask(3)]
        await world.until(lambda: world.links.status()[0].queued == 2)
        pipe.cut()
        out, *waiting = [await world.outcome(question) for question in asked]
        assert isinstance(out, LinkLost)
        for outcome in waiting:
            assert isinstance(outcome, NotSent)
            assert outcome.reason is NotSentReason.LINK_DOWN
        assert [(down.epoch, down.reason) for down in world.told(LinkDown)] == [(1, world.loss)]
        assert not world.links.is_up(world.link)

    run(story)


def test_link_comes_back_with_a_higher_epoch(run: Run) -> None:
    """After the loss the device is up again under a new epoch, and what belongs to the old one is not sent."""

    async def story(world: World) -> None:
        (await world.up()).cut()
        await world.until(lambda: not world.links.is_up(world.link))
        pipe = await world.up()
        assert [up.epoch for up in world.told(LinkUp)] == [1, 2]
        old = await world.outcome(world.ask(1, epoch=1))
        assert isinstance(old, NotSent)
        assert old.reason is NotSentReason.OLD_EPOCH
        new = world.ask(2, epoch=2)
        await pipe.expect(world.speech.request(2))
        pipe.send(world.speech.answer(2))
        assert isinstance(await world.outcome(new), Answered)

    run(story)


def test_dropped_link_comes_back(run: Run) -> None:
    """A login that an operator ends loses its connection, and the device comes back by itself."""

    async def story(world: World) -> None:
        pipe = await world.up()
        assert world.links.drop(world.link)
        assert [down.reason for down in world.told(LinkDown)] == [DownReason.DROPPED]
        await pipe.hung_up()
        await world.up()
        assert [up.epoch for up in world.told(LinkUp)] == [1, 2]

    run(story)


def test_dismissed_device_is_gone(run: Run) -> None:
    """A device that is admitted no more loses its connection and its question, and nobody can ask it anything."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        world.links.admit({})
        assert isinstance(await world.outcome(asked), LinkLost)
        await pipe.hung_up()
        assert [down.reason for down in world.told(LinkDown)] == [DownReason.DISMISSED]
        with pytest.raises(UnknownLinkError):
            await world.links.ask(world.exchange(2))

    run(story)


def test_close_ends_everything(run: Run) -> None:
    """When the links are closed the question that is out is lost, the connection over, and no task is left."""

    async def story(world: World) -> None:
        pipe = await world.up()
        asked = await world.asked(pipe, 1)
        await world.links.close()
        assert isinstance(await world.outcome(asked), LinkLost)
        await pipe.hung_up()
        await world.until(lambda: not world.tasks())
        with pytest.raises(DriversClosedError):
            await world.links.ask(world.exchange(2))

    run(story)


def test_device_that_never_came_leaves_nothing(run: Run) -> None:
    """Links that are closed before the device was there leave no task."""

    async def story(world: World) -> None:
        await world.clock.sleep(GLANCE)
        await world.links.close()
        await world.until(lambda: not world.tasks())

    run(story)


def test_second_login_replaces_the_first(run_logins: Run) -> None:
    """The old connection and its question are over, the new one has a higher epoch, and an old answer is nobody's."""

    async def story(world: World) -> None:
        old = await world.up()
        asked = await world.asked(old, 1)
        new = await world.up()
        await old.hung_up()
        assert isinstance(await world.outcome(asked), LinkLost)
        assert [(told.old_epoch, told.new_epoch) for told in world.told(LinkReplaced)] == [(1, 2)]
        assert world.told(LinkDown) == []
        assert world.links.status()[0].epoch == 2
        following = world.ask(2, epoch=2)
        await new.expect(world.speech.request(2))
        new.send(world.speech.answer(1) + world.speech.answer(2))
        outcome = await world.outcome(following)
        assert isinstance(outcome, Answered)
        assert outcome.frame == world.speech.answer(2)
        assert len(strays(world)) == 1

    run_logins(story)


def test_report_is_answered_when_it_is_kept(run_reports: Run) -> None:
    """It is told in its very bytes, and not a byte goes back before it is acknowledged; questions go on meanwhile."""

    async def story(world: World) -> None:
        speech = world.speech
        assert isinstance(speech, Speech698)
        pipe = await world.up()
        pipe.send(speech.report(6))
        await world.until(lambda: len(world.told(ReportReceived)) == 1)
        asked = await world.asked(pipe, 1)
        pipe.send(speech.answer(1))
        assert isinstance(await world.outcome(asked), Answered)
        assert pipe.inbox.try_get() is None
        [told] = world.told(ReportReceived)
        assert (told.link, told.frame, told.repeated) == (world.link, speech.report(6), False)
        world.links.acknowledge(told)
        assert apdu_in(await pipe.inbox.get()) == speech.receipt(6)

    run_reports(story)


def test_report_that_is_repeated_is_told_again(run_reports: Run) -> None:
    """A device that waits says it again: that is told as a repetition, and one acknowledgement answers it."""

    async def story(world: World) -> None:
        speech = world.speech
        assert isinstance(speech, Speech698)
        pipe = await world.up()
        for _ in range(2):
            pipe.send(speech.report(6))
        await world.until(lambda: len(world.told(ReportReceived)) == 2)
        first, second = world.told(ReportReceived)
        assert (first.repeated, second.repeated) == (False, True)
        world.links.acknowledge(second)
        assert apdu_in(await pipe.inbox.get()) == speech.receipt(6)

    run_reports(story)
