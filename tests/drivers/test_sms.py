"""The gateway to a short-message centre, over real TCP in virtual time, against a centre by hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from clock import SteppedClock, run_virtual
from drivers.errors import DriversClosedError
from drivers.sms import (
    Accepted,
    CentreCallFailed,
    CentreDown,
    CentreNonsense,
    CentreUp,
    Delivery,
    LineSmsGateway,
    LineSmsSettings,
    Receipt,
    Rejected,
    Reply,
    ReportNotKept,
    SmsEvent,
    Unavailable,
)
from drivers.sms.codec import LineError, parse_line, submit_line
from tests.drivers.peers import START, Peer

PHONE = "13800000001"
TEXT = "户号尾0001可用余额12.30元"
RECEIPT = {"op": "receipt", "ref": "r1", "id": "17", "status": "delivered", "at": "2026-09-14T08:05:07+08:00"}


class Centre:
    """A centre by hand, and the gateway that calls it."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.calls: list[Peer] = []
        self.events: list[SmsEvent] = []
        self.receipts: list[Receipt] = []
        self.replies: list[Reply] = []
        self.failing = False
        self.gateway: LineSmsGateway
        self.server: asyncio.Server

    async def open(self, *, listening: bool = True) -> None:
        """Start both; a centre that does not listen leaves its port to be called in vain."""
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self._called, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        if not listening:
            self.server.close()
        self.gateway = LineSmsGateway(
            self.clock,
            LineSmsSettings("127.0.0.1", port),
            on_receipt=self._kept_receipt,
            on_reply=self._kept_reply,
            observe=self.events.append,
        )
        self.gateway.start()
        await self.clock.sleep(0.1)

    async def listen_again(self) -> None:
        """Listen on the port that the gateway calls."""
        loop = asyncio.get_running_loop()
        host, port = self.gateway.peer.split(":")
        self.server = await loop.create_server(self._called, host, int(port))

    async def line(self) -> dict[str, Any]:
        """Take the next line from the gateway."""
        fields = json.loads(await self.calls[-1].inbox.get())
        assert isinstance(fields, dict)
        return fields

    def say(self, **fields: str) -> None:
        """Send a line to the gateway."""
        self.calls[-1].send(json.dumps(fields).encode() + b"\n")

    def told(self, kind: type[Any]) -> list[Any]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    def _called(self) -> Peer:
        self.calls.append(Peer(self.clock))
        return self.calls[-1]

    async def _kept_receipt(self, receipt: Receipt) -> None:
        await self.clock.sleep(1)
        if self.failing:
            raise OSError("disk full")
        self.receipts.append(receipt)

    async def _kept_reply(self, reply: Reply) -> None:
        self.replies.append(reply)


def with_centre(story: Callable[[Centre], Awaitable[None]], *, listening: bool = True) -> None:
    """Run a story."""

    async def main(clock: SteppedClock) -> None:
        centre = Centre(clock)
        await centre.open(listening=listening)
        try:
            await story(centre)
        finally:
            centre.gateway.close()
            centre.server.close()
            for call in centre.calls:
                await clock.wait(call.gone)

    run_virtual(main, START, until=START + timedelta(hours=1), loop_factory=uvloop.new_event_loop)


def test_submission_is_accepted() -> None:
    """A message goes out with its id, number and text; the centre's reference comes back."""

    async def story(centre: Centre) -> None:
        sent = centre.clock.spawn(centre.gateway.submit(17, PHONE, TEXT), name="submit")
        assert await centre.line() == {"op": "submit", "id": "17", "to": PHONE, "text": TEXT}
        centre.say(op="accepted", id="17", ref="r1")
        assert await centre.clock.wait(sent) == Accepted("r1")

    with_centre(story)


def test_answers_are_told_apart_by_id() -> None:
    """Submissions may be answered in any order, accepted or rejected."""

    async def story(centre: Centre) -> None:
        one = centre.clock.spawn(centre.gateway.submit(1, PHONE, TEXT), name="one")
        two = centre.clock.spawn(centre.gateway.submit(2, PHONE, TEXT), name="two")
        await centre.clock.sleep(1)
        centre.say(op="rejected", id="2", reason="blacklisted")
        centre.say(op="accepted", id="1", ref="r1")
        assert await centre.clock.wait(two) == Rejected("blacklisted")
        assert await centre.clock.wait(one) == Accepted("r1")

    with_centre(story)


def test_silent_centre_is_unavailable() -> None:
    """Without an answer nobody knows: the message may be submitted again under its id."""

    async def story(centre: Centre) -> None:
        began = centre.clock.now()
        assert await centre.gateway.submit(17, PHONE, TEXT) == Unavailable("no answer")
        assert centre.clock.now() - began == timedelta(seconds=30)
        again = centre.clock.spawn(centre.gateway.submit(17, PHONE, TEXT), name="again")
        await centre.clock.sleep(1)
        centre.say(op="accepted", id="17", ref="r1")
        assert await centre.clock.wait(again) == Accepted("r1")

    with_centre(story)


def test_lost_connection_answers_submissions() -> None:
    """When the centre hangs up, what was under way is unavailable; the gateway calls again."""

    async def story(centre: Centre) -> None:
        sent = centre.clock.spawn(centre.gateway.submit(17, PHONE, TEXT), name="submit")
        await centre.line()
        centre.calls[-1].close()
        assert await centre.clock.wait(sent) == Unavailable("connection lost")
        assert await centre.gateway.submit(17, PHONE, TEXT) == Unavailable("not connected")
        await centre.clock.sleep(2)
        assert centre.gateway.is_up
        assert [type(event) for event in centre.events] == [CentreUp, CentreDown, CentreUp]

    with_centre(story)


def test_calls_are_repeated_with_growing_pauses() -> None:
    """A centre that is away is called after 1, 2, 4 … and at most 60 seconds."""

    async def story(centre: Centre) -> None:
        await centre.clock.sleep(timedelta(minutes=5))
        failed = centre.told(CentreCallFailed)
        pauses = [(event.again - event.at).total_seconds() for event in failed]
        assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
        await centre.listen_again()
        await centre.clock.sleep(61)
        assert centre.gateway.is_up

    with_centre(story, listening=False)


def test_receipt_is_acknowledged_when_it_is_kept() -> None:
    """A receipt goes to the callback, and only its return acknowledges it."""

    async def story(centre: Centre) -> None:
        centre.say(**RECEIPT)
        await centre.clock.sleep(0.5)
        assert centre.calls[-1].inbox.try_get() is None
        assert await centre.line() == {"op": "received", "ref": "r1"}
        at = datetime(2026, 9, 14, 0, 5, 7, tzinfo=UTC)
        assert centre.receipts == [Receipt("r1", 17, Delivery.DELIVERED, at)]

    with_centre(story)


def test_receipt_that_comes_twice_is_kept_once_at_a_time() -> None:
    """A repeat that comes while the first is being kept adds nothing; one that comes later is kept again."""

    async def story(centre: Centre) -> None:
        centre.say(**RECEIPT)
        centre.say(**RECEIPT)
        assert await centre.line() == {"op": "received", "ref": "r1"}
        await centre.clock.sleep(5)
        assert len(centre.receipts) == 1
        centre.say(**RECEIPT)
        assert await centre.line() == {"op": "received", "ref": "r1"}
        assert len(centre.receipts) == 2

    with_centre(story)


def test_receipt_that_cannot_be_kept_is_not_acknowledged() -> None:
    """What the callback could not keep stays with the centre, which sends it again."""

    async def story(centre: Centre) -> None:
        centre.failing = True
        centre.say(**RECEIPT)
        await centre.clock.sleep(5)
        assert centre.calls[-1].inbox.try_get() is None
        assert [(event.ref, event.error) for event in centre.told(ReportNotKept)] == [("r1", "OSError")]
        centre.failing = False
        centre.say(**RECEIPT)
        assert await centre.line() == {"op": "received", "ref": "r1"}

    with_centre(story)


def test_reply_of_a_customer_is_handed_over() -> None:
    """A text from a customer goes to its callback and is acknowledged alike."""

    async def story(centre: Centre) -> None:
        fields = {"op": "reply", "from": PHONE, "text": "异议", "ref": "m1"}
        centre.calls[-1].send(json.dumps(fields, ensure_ascii=False).encode() + b"\n")
        assert await centre.line() == {"op": "received", "ref": "m1"}
        assert centre.replies == [Reply("m1", PHONE, "异议")]

    with_centre(story)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello\n", "no JSON"),
        (b"[1]\n", "no JSON object"),
        (b'{"op":"dance"}\n', "op is none of"),
        (b'{"op":"accepted","id":17,"ref":"r"}\n', "id is missing or no text"),
        (b'{"op":"receipt","id":"x","ref":"r","status":"delivered","at":"2026-09-14T00:00:00Z"}\n', "id is not"),
        (b'{"op":"receipt","id":"1","ref":"r","status":"lost","at":"2026-09-14T00:00:00Z"}\n', "status"),
        (b'{"op":"receipt","id":"1","ref":"r","status":"failed","at":"2026-09-14T00:00:00"}\n', "no offset"),
        (b'{"op":"receipt","id":"1","ref":"r","status":"failed","at":"noon"}\n', "ISO 8601"),
        (b'{"op":"reply","ref":"\\ud800","from":"1","text":"x"}\n', "half a character"),
    ],
)
def test_nonsense_is_told_and_costs_nothing_else(line: bytes, reason: str) -> None:
    """A line that says nothing is one event with the field's name; the next line counts."""

    async def story(centre: Centre) -> None:
        centre.calls[-1].send(line)
        sent = centre.clock.spawn(centre.gateway.submit(17, PHONE, TEXT), name="submit")
        await centre.line()
        centre.say(op="accepted", id="17", ref="r1")
        assert await centre.clock.wait(sent) == Accepted("r1")
        [nonsense] = centre.told(CentreNonsense)
        assert reason in nonsense.reason

    with_centre(story)


def test_line_without_end_hangs_up() -> None:
    """A line longer than any message ends the connection, so that it cannot fill our memory."""

    async def story(centre: Centre) -> None:
        call = centre.calls[-1]
        call.send(b"x" * 70_000)
        await centre.clock.wait(call.gone)
        assert [nonsense.reason for nonsense in centre.told(CentreNonsense)] == ["line too long"]

    with_centre(story)


def test_closed_gateway_calls_no_more() -> None:
    """A closed gateway hangs up, stays away, and takes no message."""

    async def story(centre: Centre) -> None:
        centre.gateway.close()
        await centre.clock.wait(centre.calls[-1].gone)
        await centre.clock.sleep(300)
        assert len(centre.calls) == 1
        with pytest.raises(DriversClosedError):
            await centre.gateway.submit(17, PHONE, TEXT)

    with_centre(story)


def test_personal_data_shows_in_no_repr() -> None:
    """A customer's number and words are kept out of reprs, and so out of logs."""
    assert PHONE not in repr(Reply("m1", PHONE, TEXT))
    assert TEXT not in repr(Reply("m1", PHONE, TEXT))


@given(st.binary(max_size=200))
def test_any_line_is_understood_or_refused(line: bytes) -> None:
    """No bytes make the codec raise anything but its own error."""
    try:
        parse_line(line)
    except LineError:
        return


@given(number=st.integers(0, 2**63 - 1), phone=st.text("0123456789+"), text=st.text(st.characters(codec="utf-8")))
def test_submission_is_one_line(number: int, phone: str, text: str) -> None:
    """Whatever the text, a submission is exactly one line that reads back."""
    line = submit_line(number, phone, text)
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"op": "submit", "id": str(number), "to": phone, "text": text}
