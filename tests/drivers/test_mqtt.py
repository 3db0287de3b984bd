"""Devices that are reached by their topics, at a real Mosquitto."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from clock import Clock
from drivers.link import (
    Answered,
    BrokerCallFailed,
    BrokerDown,
    BrokerUp,
    Device,
    DeviceKind,
    DownReason,
    GarbageSkipped,
    HeartbeatHeard,
    LinkDown,
    LinkLost,
    LinkUp,
    NoAnswer,
    NotSent,
    NotSentReason,
    Topic,
    UnknownDevice,
    Unreachable,
)
from protocols import dlt645, dlt698
from tests.broker import Mosquitto, mosquitto
from tests.drivers.at_broker import (
    A_698,
    A_LINE,
    CONCENTRATOR,
    DEVICES,
    LIMITS,
    SOON,
    ask_645,
    ask_698,
    device,
    office,
    run,
    settings_for,
)
from tests.drivers.peers import answer_645, apdu_in, get_response, link_request

METER, OTHER = "000000003001", "000000003002"
WORD = "04000503"


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """Run a broker that knows nothing yet."""
    with mosquitto() as running:
        yield running


def test_first_message_of_a_concentrator_is_its_login(broker: Mosquitto) -> None:
    """A terminal that sends its LINK-Request up is up, and the answer comes down its own topic."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "conc-1") as peer:
            await peer.say(link_request(dlt698.LinkKind.LOGIN))
            answer = apdu_in(await peer.hear())
            assert isinstance(answer, dlt698.LinkResponse)
            assert answer.verdict.result == dlt698.LinkResult.SUCCESS
            up = await at.until(LinkUp)
            assert (up.link, up.peer) == (A_698, f"127.0.0.1:{broker.port}/conc-1")
            await peer.say(link_request(dlt698.LinkKind.HEARTBEAT))
            await at.until(HeartbeatHeard)
            assert len(at.told(LinkUp)) == 1

    run(story)


def test_device_that_says_that_it_is_online_is_asked_and_answers(broker: Mosquitto) -> None:
    """A line of meters says nothing by itself: its presence makes it up, and an answer is handed to the asker."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            asked = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="asker")
            assert dlt645.parse_frame(await peer.hear()).address == dlt645.Address.meter(METER)
            await peer.say(answer_645(METER, WORD, b"\x01\x00"))
            outcome = await clock.wait(asked, clock.now() + SOON)
            assert isinstance(outcome, Answered)
            assert outcome.frame == answer_645(METER, WORD, b"\x01\x00")

    run(story)


def test_presence_that_was_told_before_is_known(broker: Mosquitto) -> None:
    """The broker keeps the word: a device that came first is up when we come, or when the archive gets to know it."""

    async def story(clock: Clock) -> None:
        async with device(clock, broker, "dtu.7") as line, device(clock, broker, "late") as late:
            await line.tell("online")
            await late.tell("ONLINE\n")
            async with office(clock, settings_for(broker)) as at:
                await at.up(A_LINE)
                at.links.admit({**DEVICES, "line:LATE": Device(DeviceKind.LINE_645, Topic("late"))})
                await at.up("line:LATE")
                assert [up.link for up in at.told(LinkUp)] == [A_LINE, "line:LATE"]

    run(story)


def test_presences_of_all_devices_are_known_at_once(broker: Mosquitto) -> None:
    """More of them than the broker would queue: 1000, where its settings say nothing of it."""
    names = [f"dtu.{number}" for number in range(1500)]

    async def story(clock: Clock) -> None:
        async with device(clock, broker, "all") as peer:
            for name in names:
                await replace(peer, identity=name).tell("online")
            async with office(clock, settings_for(broker)) as at:
                at.links.admit({f"line:{name}": Device(DeviceKind.LINE_645, Topic(name)) for name in names})
                for name in names:
                    await at.up(f"line:{name}")

    run(story)


def test_presence_is_asked_again_from_time_to_time(broker: Mosquitto) -> None:
    """A word that was lost on the way is not lost for good: the broker has the last one of each device."""

    async def story(clock: Clock) -> None:
        settings = settings_for(broker, presence=timedelta(milliseconds=200))
        async with office(clock, settings) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            await peer.client.publish("headend/dtu.7/status", "offline", qos=1)
            await at.until(LinkDown)
            await at.until(LinkUp, 2)

    run(story)


def test_answer_in_two_messages_is_one_answer(broker: Mosquitto) -> None:
    """A DTU may cut a frame anywhere."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            asked = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="asker")
            await peer.hear()
            answer = answer_645(METER, WORD, b"\x01\x00")
            await peer.say(answer[:9])
            await peer.say(answer[9:])
            assert isinstance(await clock.wait(asked, clock.now() + SOON), Answered)

    run(story)


def test_two_devices_are_asked_at_the_same_time(broker: Mosquitto) -> None:
    """Each gets its own question on its own topic, and its answer completes no other's."""

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker)) as at,
            device(clock, broker, "dtu.7") as line,
            device(clock, broker, "conc-1") as terminal,
        ):
            await line.tell("online")
            await terminal.tell("online")
            await at.up(A_LINE)
            await at.up(A_698)
            of_line = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="line")
            of_terminal = clock.spawn(at.links.ask(ask_698(clock, 5)), name="terminal")
            await line.hear()
            await terminal.hear()
            await terminal.say(answer_645(METER, WORD, b"\x09\x00"))
            await terminal.say(get_response(5, number=70))
            assert isinstance(await clock.wait(of_terminal, clock.now() + SOON), Answered)
            assert not of_line.done()
            await line.say(answer_645(METER, WORD, b"\x01\x00"))
            outcome = await clock.wait(of_line, clock.now() + SOON)
            assert isinstance(outcome, Answered)
            assert outcome.frame == answer_645(METER, WORD, b"\x01\x00")

    run(story)


@pytest.mark.parametrize("word", [True, False], ids=["by its own word", "by its last will"])
def test_device_that_is_offline_is_down(broker: Mosquitto, word: bool) -> None:
    """What is out is lost, what waits is not sent; when it is back it is up again."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at:
            async with device(clock, broker, "dtu.7") as peer:
                await peer.tell("online")
                await at.up(A_LINE)
                out = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="out")
                await peer.hear()
                waits = clock.spawn(at.links.ask(ask_645(clock, OTHER, WORD)), name="waits")
                if word:
                    await peer.tell("offline")
                else:
                    peer.vanish()
                down = await at.until(LinkDown)
            assert (down.link, down.reason) == (A_LINE, DownReason.OFFLINE)
            assert isinstance(await clock.wait(out, clock.now() + SOON), LinkLost)
            outcome = await clock.wait(waits, clock.now() + SOON)
            assert isinstance(outcome, NotSent)
            assert outcome.reason is NotSentReason.LINK_DOWN
            async with device(clock, broker, "dtu.7") as again:
                await again.tell("online")
                await at.up(A_LINE)

    run(story)


def test_question_that_nobody_takes_off_its_topic_is_lost_at_once(broker: Mosquitto) -> None:
    """The broker says that nobody has subscribed; a device that is online is asked again after a moment."""

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker)) as at,
            device(clock, broker, "dtu.7", listens=False) as peer,
        ):
            await peer.tell("online")
            await at.up(A_LINE)
            assert isinstance(await at.links.ask(ask_645(clock, METER, WORD, patience=3600)), LinkLost)
            assert at.told(LinkDown)[0].reason is DownReason.NO_SUBSCRIBER
            await at.until(LinkUp, 2)

    run(story)


def test_device_that_is_dropped_comes_back_by_itself(broker: Mosquitto) -> None:
    """As one does that is dialled: it is still online, so it is logged in anew."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            assert at.links.drop(A_LINE)
            assert not at.links.is_up(A_LINE)
            up = await at.until(LinkUp, 2)
            assert up.epoch == at.told(LinkUp)[0].epoch + 1

    run(story)


def test_dismissed_device_is_nobody(broker: Mosquitto) -> None:
    """What is no longer in the archive is down, and its messages are an unknown device's."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            at.links.admit({A_698: DEVICES[A_698]})
            assert at.told(LinkDown)[0].reason is DownReason.DISMISSED
            await peer.say(b"\xfe")
            assert (await at.until(UnknownDevice)).link == "mqtt:dtu.7"
            assert len(at.told(LinkUp)) == 1

    run(story)


def test_broker_that_goes_away_takes_its_devices_along() -> None:
    """What is out is lost; when the broker is back so are we, and the devices as they come."""

    async def story(clock: Clock) -> None:
        with ExitStack() as running:
            broker = running.enter_context(mosquitto())
            async with office(clock, settings_for(broker)) as at:
                async with device(clock, broker, "dtu.7", will=False) as peer:
                    await peer.tell("online")
                    await at.up(A_LINE)
                    out = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="out")
                    await peer.hear()
                    running.close()
                    assert isinstance(await clock.wait(out, clock.now() + SOON), LinkLost)
                assert at.told(BrokerDown)[0].peer == f"127.0.0.1:{broker.port}"
                assert at.told(LinkDown)[0].reason is DownReason.BROKER_LOST
                await at.until(BrokerCallFailed)
                assert isinstance(await at.links.ask(ask_645(clock, METER, WORD)), NotSent)
                running.enter_context(mosquitto(port=broker.port))
                assert not (await at.until(BrokerUp, 2)).resumed
                async with device(clock, broker, "dtu.7") as again:
                    await again.tell("online")
                    await at.up(A_LINE)

    run(story)


def test_order_that_its_device_does_not_fetch_in_time_is_never_delivered(broker: Mosquitto) -> None:
    """The broker throws away what is older than the question's patience; the next one, still young, is delivered."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at:
            async with device(clock, broker, "dtu.7", will=False, keeps=600) as peer:
                await peer.tell("online")
                await at.up(A_LINE)
            late = ask_645(clock, METER, WORD, patience=1)
            assert isinstance(await at.links.ask(late), NoAnswer)
            young = clock.spawn(at.links.ask(ask_645(clock, OTHER, WORD, patience=40)), name="young")
            # The broker counts whole seconds of its own clock, and drops what is older than that.
            await clock.sleep(timedelta(seconds=2.5))
            async with device(clock, broker, "dtu.7", will=False, keeps=600) as back:
                assert dlt645.parse_frame(await back.hear()).address == dlt645.Address.meter(OTHER)
                await back.say(answer_645(OTHER, WORD, b"\x01\x00"))
                assert isinstance(await clock.wait(young, clock.now() + SOON), Answered)
                assert back.inbox.try_get() is None

    run(story)


@pytest.mark.parametrize(
    ("patience", "life", "seconds"),
    [(30, 3600, range(28, 31)), (3600, 20, range(18, 21)), (0.4, 3600, range(1, 2))],
    ids=["its patience", "the life of the exchange", "one second at least"],
)
def test_every_question_expires_at_the_broker(broker: Mosquitto, patience: float, life: float, seconds: range) -> None:
    """By its patience or the life of the exchange, whichever ends first, in whole seconds."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("online")
            await at.up(A_LINE)
            expires = clock.now() + timedelta(seconds=life)
            exchange = ask_645(clock, METER, WORD, patience=patience, expires=expires)
            clock.spawn(at.links.ask(exchange), name="asker")
            message = await peer.take()
            assert message.properties is not None
            assert message.properties.MessageExpiryInterval in seconds  # type: ignore[attr-defined]

    run(story)


def test_unknown_device_is_told_and_forgotten(broker: Mosquitto) -> None:
    """Its messages are acknowledged and leave nothing behind."""

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker)) as at,
            device(clock, broker, "nobody") as peer,
            device(clock, broker, "conc-1") as known,
        ):
            await peer.say(link_request(dlt698.LinkKind.LOGIN))
            await peer.tell("online")
            told = await at.until(UnknownDevice, 2)
            assert (told.link, told.peer) == ("mqtt:nobody", f"127.0.0.1:{broker.port}")
            await known.tell("online")
            await at.up(A_698)
            at.cut()
            assert (await at.until(BrokerUp, 2)).resumed
            await at.up(A_698)
            assert len(at.told(UnknownDevice)) == 2
            assert [status.link for status in at.links.status()] == [A_LINE, A_698][::-1]

    run(story)


@pytest.mark.parametrize("size", [LIMITS.longest_message + 1, 4 * LIMITS.longest_message])
def test_message_that_is_too_long_hides_none_behind_it(broker: Mosquitto, size: int) -> None:
    """It is skipped here, or dropped by the broker; the next one is heard."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "conc-1") as peer:
            await peer.say(bytes(size))
            await peer.say(link_request(dlt698.LinkKind.LOGIN))
            await at.up(A_698)
            skipped = [(event.count, event.reason) for event in at.told(GarbageSkipped)]
            assert skipped == ([(size, "too_long")] if size <= 2 * LIMITS.longest_message else [])

    run(story)


def test_word_that_is_no_presence_is_told(broker: Mosquitto) -> None:
    """It changes nothing."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "dtu.7") as peer:
            await peer.tell("perhaps")
            skipped = await at.until(GarbageSkipped)
            assert (skipped.link, skipped.reason) == (A_LINE, "neither_online_nor_offline")
            assert at.told(LinkUp) == []

    run(story)


def test_name_that_two_links_claim_is_told() -> None:
    """The first keeps it; when the archive is mended the other has its own."""

    async def story(clock: Clock) -> None:
        with mosquitto() as broker:
            async with office(clock, settings_for(broker)) as at, device(clock, broker, "conc-1") as peer:
                twice = {**DEVICES, "698:000000000002": Device(DeviceKind.CONCENTRATOR, Topic("conc-1"))}
                at.links.admit(twice)
                [told] = at.told(Unreachable)
                assert (told.link, told.endpoint) == ("698:000000000002", "mqtt:conc-1")
                assert f"link 698:{CONCENTRATOR} is conc-1 at the broker" in told.why
                del twice[A_698]
                at.links.admit(twice)
                await peer.tell("online")
                await at.up("698:000000000002")

    run(story)
