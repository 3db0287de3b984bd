"""When messages from a broker are acknowledged: after what they told is kept, and not before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from clock import Clock
from drivers.link import (
    Answered,
    BrokerUp,
    LinkEvent,
    LinkLost,
    LinkUp,
    ReportReceived,
    ReportUnkept,
    StrayFrame,
    StrayReason,
)
from protocols import dlt698
from tests.broker import Mosquitto, mosquitto
from tests.drivers.at_broker import (
    A_698,
    A_LINE,
    DEVICES,
    LIMITS,
    SOON,
    Office,
    Sender,
    ask_645,
    ask_698,
    device,
    office,
    report,
    run,
    settings_for,
)
from tests.drivers.peers import answer_645, apdu_in, get_response

METER, WORD = "000000003001", "04000503"


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """Run a broker that knows nothing yet."""
    with mosquitto() as running:
        yield running


def reports(at: Office) -> list[bytes]:
    """Give the reports in the order in which they were told."""
    return [event.frame for event in at.told(ReportReceived)]


async def mark(at: Office, peer: Sender) -> None:
    """Have something kept and acknowledged, so that the acknowledgements before it have left too."""
    at.keeps, before = True, len(at.told(ReportReceived))
    await peer.say(report(99))
    await at.until(ReportReceived, before + 1)
    number = at.links.next_piid(A_698)
    asked = at.clock.spawn(at.links.ask(ask_698(at.clock, number)), name="round")
    while not isinstance(apdu_in(await peer.hear()), dlt698.GetNormalRequest):
        pass  # acknowledgements of reports
    await peer.say(get_response(number))
    assert isinstance(await at.clock.wait(asked, at.clock.now() + SOON), Answered)


def test_report_that_was_not_kept_is_delivered_again(broker: Mosquitto) -> None:
    """When the connection breaks between a report and its being kept, it is told again, and what was kept is not."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "conc-1") as peer:
            await mark(at, peer)
            at.keeps = False
            await peer.say(report(1))
            await at.until(ReportReceived, 2)
            at.keeps = True
            at.cut()
            told = await at.until(ReportReceived, 3)
            assert reports(at) == [report(99), report(1), report(1)]
            assert told.epoch > at.told(ReportReceived)[1].epoch
            assert [up.resumed for up in at.told(BrokerUp)] == [False, True]
            await mark(at, peer)
            at.cut()
            await at.until(BrokerUp, 3)
            await mark(at, peer)
            assert reports(at)[3:] == [report(99), report(99)]

    run(story)


def test_report_that_was_not_kept_waits_for_our_restart(broker: Mosquitto) -> None:
    """The broker keeps it, and what comes while nobody is there, for the session of our name."""

    async def story(clock: Clock) -> None:
        async with device(clock, broker, "conc-1") as peer:
            async with office(clock, settings_for(broker), keeps=False) as before:
                await peer.say(report(1))
                await before.until(ReportReceived)
            await peer.say(report(2))
            async with office(clock, settings_for(broker)) as after:
                await after.until(ReportReceived, 2)
                assert reports(after) == [report(1), report(2)]
                assert after.told(BrokerUp)[0].resumed
                await mark(after, peer)
            async with office(clock, settings_for(broker)) as last:
                await mark(last, peer)
                assert reports(last) == [report(99)]

    run(story)


def test_report_that_is_kept_after_its_device_left_is_acknowledged(broker: Mosquitto) -> None:
    """The last thing that a terminal tells in an outage (停电上报) is its report; its login need not stand any more."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker), keeps=False) as at:
            async with device(clock, broker, "conc-1") as peer:
                await peer.say(report(1))
                told = await at.until(ReportReceived)
                assert at.links.drop(A_698)
                at.links.acknowledge(told)
                await mark(at, peer)
                at.cut()
                await at.until(BrokerUp, 2)
                await mark(at, peer)
            assert reports(at) == [report(1), report(99), report(99)]
            assert at.told(ReportUnkept) == []

    run(story)


def test_reports_that_are_never_kept_hold_up_nobody(broker: Mosquitto) -> None:
    """The broker delivers no more than it may without acknowledgement; what is not kept in time is let go."""
    limits = replace(LIMITS, unacknowledged=2, unkept_report=timedelta(milliseconds=300))

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker), limits, keeps=False) as at,
            device(clock, broker, "conc-1") as peer,
        ):
            for number in range(4):
                await peer.say(report(number))
            assert (await at.until(ReportUnkept, 4)).link == A_698
            assert reports(at) == [report(number) for number in range(4)]
            assert len(at.links._means.receipts) == 0
            await mark(at, peer)

    run(story)


def test_report_that_is_not_kept_holds_up_no_other(broker: Mosquitto) -> None:
    """Each message is acknowledged when it is settled, whatever came before it."""

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker), keeps=False) as at,
            device(clock, broker, "conc-1") as peer,
        ):
            await peer.say(report(1))
            await at.until(ReportReceived)
            await mark(at, peer)
            at.cut()
            await at.until(ReportReceived, 3)
            assert reports(at) == [report(1), report(99), report(1)]

    run(story)


def test_answer_is_acknowledged_after_it_was_handed_over(broker: Mosquitto) -> None:
    """One that comes again belongs to no question, and does no harm; one that was handed over does not come again."""

    async def story(clock: Clock) -> None:
        async with office(clock, settings_for(broker)) as at, device(clock, broker, "conc-1") as peer:
            await mark(at, peer)
            at.cut()
            await at.until(BrokerUp, 2)
            await mark(at, peer)
            assert at.told(StrayFrame) == []

    run(story)


def test_answer_to_a_question_from_before_a_restart_is_stray(broker: Mosquitto) -> None:
    """Its asker is gone; the broker is told that it came, and the link goes on."""

    async def story(clock: Clock) -> None:
        async with device(clock, broker, "conc-1") as peer:
            async with office(clock, settings_for(broker)) as before:
                await peer.tell("online")
                await before.up(A_698)
                asked = clock.spawn(before.links.ask(ask_698(clock, 5)), name="asker")
                await peer.hear()
            assert isinstance(await clock.wait(asked, clock.now() + SOON), LinkLost)
            await peer.say(get_response(5))
            async with office(clock, settings_for(broker)) as after:
                stray = await after.until(StrayFrame)
                assert (stray.reason, stray.frame) == (StrayReason.OLD_EPOCH, get_response(5))
                await mark(after, peer)

    run(story)


def test_answer_that_the_broker_kept_answers_no_question_that_is_asked_since(broker: Mosquitto) -> None:
    """Though its words are the same, and DL/T 645 numbers no answers: the meter may have been switched in between."""
    before, since = (answer_645(METER, WORD, state) for state in (b"\x00\x00", b"\x10\x00"))

    async def story(clock: Clock) -> None:
        async with device(clock, broker, "dtu.7") as peer:
            async with office(clock, settings_for(broker)) as at:
                await peer.tell("online")
                await at.up(A_LINE)
                clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="asker")
                await peer.hear()
            for _ in range(20):
                await peer.say(before)
            at = Office(clock, settings_for(broker))
            at.links.admit(DEVICES)
            await at.up(A_LINE)
            asked = clock.spawn(at.links.ask(ask_645(clock, METER, WORD)), name="asker")
            await peer.hear()
            await peer.say(since)
            outcome = await clock.wait(asked, clock.now() + SOON)
            assert isinstance(outcome, Answered)
            assert outcome.frame == since
            strays = at.told(StrayFrame)
            assert [(stray.reason, stray.frame) for stray in strays] == [(StrayReason.OLD_EPOCH, before)] * 20
            await at.links.close()

    run(story)


def test_two_reports_in_one_message_are_both_kept_first(broker: Mosquitto) -> None:
    """A message is settled when all that it told is."""

    async def story(clock: Clock) -> None:
        async with (
            office(clock, settings_for(broker), keeps=False) as at,
            device(clock, broker, "conc-1") as peer,
        ):
            await peer.say(report(1) + report(2))
            first: LinkEvent = await at.until(ReportReceived, 1)
            await at.until(ReportReceived, 2)
            assert isinstance(first, ReportReceived)
            at.links.acknowledge(first)
            assert isinstance(apdu_in(await peer.hear()), dlt698.ReportListResponse)
            at.keeps = True
            at.cut()
            await at.until(ReportReceived, 4)
            assert reports(at) == [report(1), report(2)] * 2
            await at.until(LinkUp, 2)

    run(story)
