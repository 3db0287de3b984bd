"""Who is asked when on one link, and what becomes of questions that are given up or answered late."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from clock import Task
from drivers.link import (
    Answered,
    Exchange,
    LinkLost,
    NoAnswer,
    NotSent,
    NotSentReason,
    Outcome,
    Rank,
    StrayFrame,
    StrayReason,
)
from protocols import dlt645, dlt698
from protocols.errors import RemoteProtocolError
from tests.drivers.peers import (
    Office,
    Peer,
    answer_645,
    apdu_in,
    ask_645,
    ask_698,
    get_request,
    get_response,
    in_office,
    limits_with,
    read_645,
)

METER = "000000003001"
WORD = "04000503"
WORDS = "040005FF"
OPEN = b"\x50\x00"
CLOSED = b"\x00\x00"


class GoError(Exception):
    """What a test's go raises."""


def start(office: Office, exchange: Exchange, go: Callable[[], Awaitable[bool]] | None = None) -> Task[Outcome]:
    """Ask in a task of its own."""
    return office.clock.spawn(office.links.ask(exchange, go), name=f"asker {exchange.rank.name}")


async def numbers(office: Office, peer: Peer, count: int) -> list[int]:
    """Answer that many requests, a second each, and return their service numbers in order."""
    seen = []
    for _ in range(count):
        request = apdu_in(await peer.inbox.get())
        assert isinstance(request, dlt698.GetNormalRequest)
        seen.append(request.piid.number)
        await office.clock.sleep(1)
        peer.send(get_response(request.piid.number))
    return seen


def test_ranks_go_before_arrival() -> None:
    """A restore waits for the one question that is out and for no other; equal ranks go as they came."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        out = start(office, ask_698(office, 0))
        await office.clock.sleep(0.1)
        ranks = [Rank.BACKFILL, Rank.CUT, Rank.POLL, Rank.POLL, Rank.OPERATOR, Rank.CHECK, Rank.RESTORE]
        asked = [start(office, ask_698(office, number, rank)) for number, rank in enumerate(ranks, 1)]
        assert await numbers(office, peer, 8) == [0, 7, 6, 5, 3, 4, 2, 1]
        for task in (out, *asked):
            assert isinstance(await office.clock.wait(task), Answered)

    in_office(story)


def test_one_question_is_out_at_a_time() -> None:
    """The next question leaves when the one before is answered, not earlier."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        start(office, ask_698(office, 1))
        start(office, ask_698(office, 2))
        assert await peer.inbox.get() == get_request(1)
        await office.clock.sleep(30)
        assert peer.inbox.try_get() is None
        peer.send(get_response(1))
        assert await peer.inbox.get() == get_request(2)

    in_office(story)


def test_go_is_asked_when_the_line_is_free() -> None:
    """Go is awaited after the question before is over, and the bytes leave in the same instant."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked_at = []

        async def go() -> bool:
            asked_at.append(office.clock.now())
            return True

        start(office, ask_698(office, 1))
        trip = start(office, ask_698(office, 2, Rank.CUT), go)
        await peer.inbox.get()
        await office.clock.sleep(20)
        assert asked_at == []
        peer.send(get_response(1))
        assert await peer.inbox.get() == get_request(2)
        peer.send(get_response(2))
        outcome = await office.clock.wait(trip)
        assert isinstance(outcome, Answered)
        assert asked_at == [outcome.sent_at]

    in_office(story)


def test_go_can_hold_back() -> None:
    """When go says no, no byte leaves and the next question has its turn."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()

        async def go() -> bool:
            await office.clock.sleep(0)
            return False

        trip = start(office, ask_698(office, 1, Rank.CUT), go)
        start(office, ask_698(office, 2, Rank.BACKFILL))
        assert await peer.inbox.get() == get_request(2)
        outcome = await office.clock.wait(trip)
        assert isinstance(outcome, NotSent)
        assert outcome.reason is NotSentReason.HELD_BACK

    in_office(story)


def test_failing_go_is_its_askers() -> None:
    """What go raises reaches its asker; nothing is sent and the line goes on."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()

        async def go() -> bool:
            raise GoError

        with pytest.raises(GoError):
            await office.links.ask(ask_698(office, 1), go)
        start(office, ask_698(office, 2))
        assert await peer.inbox.get() == get_request(2)

    in_office(story)


def test_request_that_is_no_frame_is_its_askers() -> None:
    """It reaches its asker as an error, nothing is sent and the line goes on."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        with pytest.raises(RemoteProtocolError, match="bad_start"):
            await office.links.ask(ask_698(office, 1)._replace(request=bytes(40)))
        start(office, ask_698(office, 2))
        assert await peer.inbox.get() == get_request(2)

    in_office(story)


def test_after_go_nothing_counts_as_not_sent() -> None:
    """Go has committed the sending: a link lost meanwhile, or a life that ran out, is not "not sent"."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()

        async def lose() -> bool:
            peer.close()
            await office.clock.sleep(1)
            return True

        outcome = await office.links.ask(ask_698(office, 1), lose)
        assert not isinstance(outcome, NotSent)
        again = await office.concentrator()

        async def dawdle() -> bool:
            await office.clock.sleep(timedelta(hours=1))
            return True

        late = await office.links.ask(ask_698(office, 1), dawdle)
        assert isinstance(late, NoAnswer)
        assert again.inbox.try_get() is None

    in_office(story, limits_with(missed_heartbeats=100), minutes=90)


def test_nothing_is_sent_after_its_life() -> None:
    """A question that waits for its turn beyond its life is answered at that instant and never sent."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        began = office.clock.now()
        start(office, ask_698(office, 1, patience=7200))
        waiting = start(office, ask_698(office, 2))
        outcome = await office.clock.wait(waiting)
        assert outcome == NotSent(NotSentReason.EXPIRED, began + timedelta(minutes=30))
        assert await peer.inbox.get() == get_request(1)
        peer.send(get_response(1))
        await office.clock.sleep(1)
        assert peer.inbox.try_get() is None

    in_office(story, limits_with(missed_heartbeats=100))


def test_cancelled_question_leaves_the_queue() -> None:
    """A question that is cancelled before its turn is never sent."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        start(office, ask_698(office, 1))
        cancelled = start(office, ask_698(office, 2))
        start(office, ask_698(office, 3))
        await peer.inbox.get()
        await office.clock.cancel(cancelled)
        peer.send(get_response(1))
        assert await peer.inbox.get() == get_request(3)

    in_office(story)


def test_question_cancelled_while_go_decides_is_not_sent() -> None:
    """Until the first byte has left, a cancelled caller's request stays here."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()

        async def go() -> bool:
            await office.clock.sleep(5)
            return True

        trip = start(office, ask_698(office, 1), go)
        await office.clock.sleep(1)
        await office.clock.cancel(trip)
        await office.clock.sleep(60)
        assert peer.inbox.try_get() is None

    in_office(story)


def test_cancelled_question_that_is_out_keeps_its_place() -> None:
    """A question cancelled when it is out still bars the line, so that its late answer is nobody's."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        out = start(office, ask_698(office, 1))
        start(office, ask_698(office, 2))
        await peer.inbox.get()
        await office.clock.cancel(out)
        await office.clock.sleep(30)
        assert peer.inbox.try_get() is None
        peer.send(get_response(1))
        assert await peer.inbox.get() == get_request(2)
        assert office.told(StrayFrame) == []

    in_office(story)


def test_late_answer_is_nobodys() -> None:
    """An answer that comes after its deadline completes nothing and is told."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        late = start(office, ask_698(office, 1, patience=5))
        current = start(office, ask_698(office, 2))
        await peer.inbox.get()
        assert isinstance(await office.clock.wait(late), NoAnswer)
        await peer.inbox.get()
        peer.send(get_response(1))
        peer.send(get_response(2))
        outcome = await office.clock.wait(current)
        assert isinstance(outcome, Answered)
        assert outcome.frame == get_response(2)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.LATE]

    in_office(story)


def test_number_rests_until_its_last_answer_is_out_of_the_way() -> None:
    """A number that comes round early waits for the copy or the late answer of its last question."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        start(office, ask_698(office, 1))
        await peer.inbox.get()
        peer.send(get_response(1) + get_response(1))
        began = office.clock.now()
        assert isinstance(await office.links.ask(ask_698(office, 1, patience=5)), NoAnswer)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.COPY]
        assert office.clock.now() == began + timedelta(seconds=7)
        start(office, ask_698(office, 1))
        assert await peer.inbox.get() == get_request(1)
        assert await peer.inbox.get() == get_request(1)
        assert office.clock.now() == began + timedelta(seconds=17)

    in_office(story)


def test_same_words_wait_for_the_late_answer() -> None:
    """On a raw line an unanswered question is asked again only when its late answer can't come any more."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        began = office.clock.now()
        assert isinstance(await office.links.ask(ask_645(office, METER, WORD)), NoAnswer)
        again = start(office, ask_645(office, METER, WORD))
        await peer.inbox.get()
        await office.clock.sleep(9)
        peer.send(answer_645(METER, WORD, CLOSED))
        assert await peer.inbox.get() == read_645(METER, WORD)
        assert office.clock.now() == began + timedelta(seconds=13)
        peer.send(answer_645(METER, WORD, OPEN))
        outcome = await office.clock.wait(again)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer_645(METER, WORD, OPEN)

    in_office(story)


def test_same_words_wait_for_a_stalled_link() -> None:
    """While nothing is heard of a DTU, an older answer may be held up: the same words wait, and it is nobody's."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        began = office.clock.now()
        assert isinstance(await office.links.ask(ask_645(office, METER, WORD)), NoAnswer)
        again = start(office, ask_645(office, METER, WORD))
        await peer.inbox.get()
        await office.clock.sleep(60)
        peer.send(b"REG:SHOPS-01\r\n")
        await office.clock.sleep(1)
        peer.send(answer_645(METER, WORD, CLOSED))
        assert await peer.inbox.get() == read_645(METER, WORD)
        assert office.clock.now() == began + timedelta(seconds=65)
        peer.send(answer_645(METER, WORD, OPEN))
        outcome = await office.clock.wait(again)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer_645(METER, WORD, OPEN)

    in_office(story)


def test_a_stalled_link_that_ends_lets_go_of_what_waits() -> None:
    """A DTU that is not heard of again is logged out, and what waited for a sign of it was not sent."""

    async def story(office: Office) -> None:
        await office.dtu()
        assert isinstance(await office.links.ask(ask_645(office, METER, WORD)), NoAnswer)
        outcome = await office.links.ask(ask_645(office, METER, WORD))
        assert isinstance(outcome, NotSent)
        assert outcome.reason is NotSentReason.LINK_DOWN

    in_office(story)


def test_same_words_need_no_sign_by_another_connection() -> None:
    """What was held up in a connection is lost with it: by another the same words wait for a late answer alone."""

    async def story(office: Office) -> None:
        await office.dtu()
        began = office.clock.now()
        lost = start(office, ask_645(office, METER, WORD))
        await office.clock.sleep(1)
        peer = await office.dtu()
        assert isinstance(await office.clock.wait(lost), LinkLost)
        start(office, ask_645(office, METER, WORD))
        assert await peer.inbox.get() == read_645(METER, WORD)
        assert office.clock.now() == began + timedelta(seconds=13)

    in_office(story)


def test_other_words_need_not_wait() -> None:
    """Another identifier, or another meter, is asked at once, and the late answer is not taken for theirs."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        began = office.clock.now()
        await office.links.ask(ask_645(office, METER, WORD))
        await peer.inbox.get()
        other = start(office, ask_645(office, METER, WORDS))
        assert await peer.inbox.get() == read_645(METER, WORDS)
        assert office.clock.now() == began + timedelta(seconds=3)
        peer.send(answer_645(METER, WORD, CLOSED))
        peer.send(answer_645(METER, WORDS, OPEN * 7))
        outcome = await office.clock.wait(other)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer_645(METER, WORDS, OPEN * 7)

    in_office(story)


def test_refusal_that_could_be_for_an_older_question_is_nobodys() -> None:
    """A DL/T 645 refusal names no identifier: while an older read may still be refused, it is not credited."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        await office.links.ask(ask_645(office, METER, WORD))
        await peer.inbox.get()
        other = start(office, ask_645(office, METER, WORDS))
        await peer.inbox.get()
        refusal = dlt645.Refusal(dlt645.Function.READ, b"\x02")
        peer.send(dlt645.build_frame(dlt645.build_message(dlt645.Address.meter(METER), refusal)))
        assert isinstance(await office.clock.wait(other), NoAnswer)
        [stray] = office.told(StrayFrame)
        assert stray.reason is StrayReason.DOUBTFUL

    in_office(story)


def test_answer_from_before_the_question_is_nobodys() -> None:
    """What was hidden on a raw line behind a false beginning when the question left answers nothing."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        beginning = bytes.fromhex("68 111111111111 68 91 C8")
        peer.send(beginning + answer_645(METER, WORD, CLOSED))
        await office.clock.sleep(1)
        assert isinstance(await office.links.ask(ask_645(office, METER, WORD)), NoAnswer)
        [stray] = office.told(StrayFrame)
        assert (stray.reason, stray.frame) == (StrayReason.NO_QUESTION, answer_645(METER, WORD, CLOSED))

    in_office(story)


def test_second_copy_of_an_answer_is_nobodys() -> None:
    """The same words are not asked again before a second copy of the answer would have come."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        first = start(office, ask_645(office, METER, WORD))
        again = start(office, ask_645(office, METER, WORD))
        await peer.inbox.get()
        peer.send(answer_645(METER, WORD, CLOSED))
        await office.clock.wait(first)
        await office.clock.sleep(1.5)
        peer.send(answer_645(METER, WORD, CLOSED))
        await peer.inbox.get()
        peer.send(answer_645(METER, WORD, OPEN))
        outcome = await office.clock.wait(again)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer_645(METER, WORD, OPEN)

    in_office(story)


def test_second_copy_of_a_refusal_is_nobodys() -> None:
    """A refusal names no identifier, so after one the meter is asked nothing of that kind until its copy is past."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        refusal = dlt645.build_message(dlt645.Address.meter(METER), dlt645.Refusal(dlt645.Function.READ, b"\x02"))
        refused = start(office, ask_645(office, METER, WORD))
        other = start(office, ask_645(office, METER, WORDS))
        await peer.inbox.get()
        peer.send(dlt645.build_frame(refusal))
        await office.clock.wait(refused)
        await office.clock.sleep(1.5)
        peer.send(dlt645.build_frame(refusal))
        assert await peer.inbox.get() == read_645(METER, WORDS)
        peer.send(answer_645(METER, WORDS, OPEN * 7))
        outcome = await office.clock.wait(other)
        assert isinstance(outcome, Answered)
        assert outcome.frame == answer_645(METER, WORDS, OPEN * 7)

    in_office(story)


def test_what_came_with_an_answer_is_no_answer_to_the_next_question() -> None:
    """The next question leaves when all that came together has been heard, so that none of it is credited to it."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        start(office, ask_698(office, 1))
        following = start(office, ask_698(office, 2))
        await peer.inbox.get()
        peer.send(get_response(1) + get_response(2, number=9))
        assert await peer.inbox.get() == get_request(2)
        peer.send(get_response(2))
        outcome = await office.clock.wait(following)
        assert isinstance(outcome, Answered)
        assert outcome.frame == get_response(2)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.NO_QUESTION]

    in_office(story)


def test_what_waits_goes_out_by_the_login_that_replaces_another() -> None:
    """The question that was out by the old connection is lost, and the next one leaves by the new one at once."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        lost = start(office, ask_698(office, 1))
        following = start(office, ask_698(office, 2))
        await peer.inbox.get()
        began = office.clock.now()
        again = await office.concentrator()
        assert isinstance(await office.clock.wait(lost), LinkLost)
        assert await again.inbox.get() == get_request(2)
        assert office.clock.now() == began
        again.send(get_response(2))
        assert isinstance(await office.clock.wait(following), Answered)

    in_office(story)


def test_queue_is_bounded() -> None:
    """More questions than the limit are turned away, not kept."""

    async def story(office: Office) -> None:
        await office.concentrator()
        outcomes = [start(office, ask_698(office, number)) for number in range(4)]
        outcome = await office.clock.wait(outcomes[3])
        assert isinstance(outcome, NotSent)
        assert outcome.reason is NotSentReason.QUEUE_FULL

    in_office(story, limits_with(queue=2))


def test_exchange_hides_its_bytes() -> None:
    """A request can hold a password, so no repr shows it."""

    async def story(office: Office) -> None:
        exchange = ask_645(office, METER, WORD)
        assert exchange.request.hex() not in repr(exchange)
        assert repr(exchange.request) not in repr(exchange)

    in_office(story)
