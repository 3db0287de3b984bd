"""The SMS centre over real TCP: acceptance, delivery, receipts until they are acknowledged."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from clock import DeadlineError, SteppedClock, virtual_time
from simulators.connection import Connection
from simulators.sms import Sms, SmsCentre
from tests.simulators.conftest import NOON

pytestmark = pytest.mark.asyncio

PHONE, DEAD = "13800000001", "13800000002"


@dataclass(slots=True)
class Client:
    """One client of a centre."""

    clock: SteppedClock
    centre: SmsCentre
    connection: Connection
    rest: bytes = b""

    def send(self, **fields: str) -> None:
        """Send a line."""
        self.connection.send(json.dumps(fields).encode() + b"\n")

    async def line(self) -> dict[str, Any]:
        """Wait for the next line."""
        while b"\n" not in self.rest:
            data = await self.connection.receive()
            assert data, "the centre hung up"
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        fields: dict[str, Any] = json.loads(line)
        return fields


@asynccontextmanager
async def client(heard: list[Sms] | None = None) -> AsyncIterator[Client]:
    """Set up a centre with one dead phone, and a client of it."""
    async with virtual_time(NOON) as clock:
        centre = SmsCentre(clock, seed=3, dead=[DEAD], heard=heard.append if heard is not None else None)
        host, port = await centre.listen()
        connection = await Connection.dial(clock, host, port)
        yield Client(clock, centre, connection)
        connection.close()
        centre.close()


async def test_message_is_accepted_delivered_and_reported() -> None:
    """A submission is accepted at once; the phone has it 2 to 20 s later, and the receipt says when."""
    heard: list[Sms] = []
    async with client(heard) as at:
        at.send(op="submit", id="17", to=PHONE, text="余额不足")
        accepted = await at.line()
        assert accepted == {"op": "accepted", "id": "17", "ref": accepted["ref"]}
        assert at.clock.now() == NOON
        receipt = await at.line()
        delay = at.clock.now() - NOON
    assert {**receipt, "at": datetime.fromisoformat(receipt["at"])} == {
        "op": "receipt",
        "ref": accepted["ref"],
        "id": "17",
        "status": "delivered",
        "at": NOON + delay,
    }
    assert timedelta(seconds=2) <= delay <= timedelta(seconds=20)
    assert [(sms.phone, sms.text) for sms in heard] == [(PHONE, "余额不足")]
    assert at.centre.inbox == {PHONE: heard}


async def test_dead_phone_fails() -> None:
    """A message to a dead phone is accepted and then reported as failed; nobody hears it."""
    heard: list[Sms] = []
    async with client(heard) as at:
        at.send(op="submit", id="18", to=DEAD, text="余额不足")
        await at.line()
        assert (await at.line())["status"] == "failed"
        assert (heard, len(at.centre.failed)) == ([], 1)


async def test_same_id_is_taken_once() -> None:
    """A message that is submitted again gets the same reference and reaches the phone once."""
    heard: list[Sms] = []
    async with client(heard) as at:
        for _ in range(2):
            at.send(op="submit", id="19", to=PHONE, text="一次")
        first, second = await at.line(), await at.line()
        assert first == second
        await at.clock.sleep(timedelta(seconds=25))
    assert len(heard) == 1


async def test_receipt_is_repeated_until_it_is_acknowledged() -> None:
    """The same receipt comes every 30 s, also to a client that has connected anew, and no more once it is had."""
    async with client() as at:
        at.send(op="submit", id="20", to=PHONE, text="请确认")
        await at.line()
        receipt = await at.line()
        first = at.clock.now()
        assert await at.line() == receipt
        assert at.clock.now() - first == timedelta(seconds=30)
        at.connection.close()
        again = Client(at.clock, at.centre, await Connection.dial(at.clock, *at.connection.peer.split(":")))  # type: ignore[arg-type]  # a port as text
        assert await again.line() == receipt
        again.send(op="received", ref=receipt["ref"])
        waiting = at.clock.spawn(again.line(), name="line")
        with pytest.raises(DeadlineError):
            await at.clock.wait(waiting, at.clock.now() + timedelta(minutes=5))


async def test_customers_can_answer() -> None:
    """A reply of a customer is sent until it is acknowledged."""
    async with client() as at:
        reply = at.centre.reply(PHONE, "异议")
        line = await at.line()
        assert (line["op"], line["from"], line["text"]) == ("reply", PHONE, "异议")
        at.send(op="received", ref=line["ref"])
        await at.clock.wait(reply)


@pytest.mark.parametrize(
    ("number", "text"), [("no number", "text"), (PHONE, ""), (PHONE, "x" * 501), ("１３８", "text")]
)
async def test_bad_submissions_are_rejected(number: str, text: str) -> None:
    """A number that is none and a text without or beyond all length are rejected by id; nothing is sent."""
    heard: list[Sms] = []
    async with client(heard) as at:
        at.send(op="submit", id="21", to=number, text=text)
        answer = await at.line()
        await at.clock.sleep(timedelta(seconds=25))
    assert answer == {"op": "rejected", "id": "21", "reason": "number or text"}
    assert heard == []


async def test_nonsense_harms_nobody() -> None:
    """Lines that are no submission are passed over, and the next good one is served."""
    async with client() as at:
        at.connection.send(b"garbage\n[]\n{}\n" + b'{"op":"received","ref":"never"}\n')
        at.send(op="submit", id="22", to=PHONE, text="好")
        assert (await at.line())["op"] == "accepted"
