"""The sender with the real gateway adapter and a message centre over TCP, on stepped time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from clock import SteppedClock, run_virtual
from drivers.sms import LineSmsGateway, LineSmsSettings, Reply
from headend import archive, notify
from headend.notify import Company, Event, Sender, State
from headend.notify.sending import begin
from headend.store import Tx
from simulators.sms import SmsCentre
from tests.rooms import BY, START, Bench, home_no, local

COMPANY = Company("新城供电", "95598")
FIRST, SECOND = "13800000001", "13800000002"
CONTACTS = [
    {"name": "客户1", "phone": FIRST, "role": "account"},
    {"name": "客户2", "phone": SECOND, "role": "tenant"},
]
CUT = {"amt": "13"}
LOW = {"bal": "17.13", "n": "3"}


async def no_reply(_reply: Reply) -> None:
    """Customers don't answer here."""


@dataclass
class Office:
    """A store with one home that has two contacts, and the centre's address."""

    bench: Bench
    clock: SteppedClock
    centre: SmsCentre
    port: int

    @property
    def home(self) -> int:
        """Give the account's id."""
        return self.bench.accounts[home_no(1)]

    async def put(self, template: str, values: dict[str, str], once: str | None = None) -> int:
        """Put a message."""
        message = await self.bench.store.write(BY, notify.put, self.home, template, values, once=once)
        assert message is not None
        return message

    async def state(self, message: int) -> notify.Message:
        """Give the message as it stands."""
        return await self.bench.store.read(notify.message_of, message)

    async def until(self, text: str) -> None:
        """Let time pass until a local time."""
        await self.clock.sleep_until(local(text))

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Sender]:
        """Run a sender with its gateway inside the block; its end is as abrupt as a crash."""
        sender = Sender(self.bench.store, self.clock, COMPANY)
        gateway = LineSmsGateway(
            self.clock,
            LineSmsSettings("127.0.0.1", self.port),
            on_receipt=sender.on_receipt,
            on_reply=no_reply,
            observe=sender.observe,
        )
        gateway.start()
        task = self.clock.spawn(sender.run(gateway), name="sender")
        try:
            yield sender
        finally:
            gateway.close()
            await self.clock.cancel(task)


def run(path: Path, main: Callable[[Office], Awaitable[None]], *, dead: tuple[str, ...] = ()) -> None:
    """Run a story in a virtual world with a message centre on a port of its own."""

    async def world(clock: SteppedClock) -> None:
        bench = Bench.open(path / "headend.db", clock)
        bench.load(homes=1, shops=0, changes={home_no(1): {"contacts": CONTACTS}})
        centre = SmsCentre(clock, seed=1, dead=dead)
        _, port = await centre.listen()
        try:
            await main(Office(bench, clock, centre, port))
        finally:
            centre.close()
            bench.store.close()

    run_virtual(world, START, until=START + timedelta(days=3))


def test_a_message_arrives_as_it_is_worded(tmp_path: Path) -> None:
    """The first contact's phone gets the text with the archive's data; its receipt makes the message delivered."""

    async def story(office: Office) -> None:
        message = await office.put("S01", LOW)
        async with office.sending():
            await office.until("2026-09-14 08:05")
            assert office.bench.read(notify.healthy)
            office.centre.close()
            await office.clock.sleep(60)
            assert not office.bench.read(notify.healthy)
        (sms,) = office.centre.inbox[FIRST]
        assert sms.text == "【新城供电】户号尾0001可用余额17.13元，按近7日用电约可用3天，请及时充值。95598"
        sent = await office.state(message)
        assert (sent.state, sent.tried, sent.reason) == (State.DELIVERED, 1, None)
        assert sent.sent is not None
        assert sent.delivered is not None
        assert START <= sent.sent < sent.delivered < START + timedelta(seconds=30)
        assert office.bench.read(notify.delivered, office.home, ["S01"]) == [sent]

    run(tmp_path, story)


def test_the_second_contact_hears_what_the_first_can_not(tmp_path: Path) -> None:
    """A failed receipt of the first contact sends the same message to the second."""

    async def story(office: Office) -> None:
        async with office.sending():
            message = await office.put("S07", CUT, once="S07:1")
            await office.until("2026-09-14 08:05")
        assert FIRST not in office.centre.inbox
        assert len(office.centre.inbox[SECOND]) == 1
        sent = await office.state(message)
        assert (sent.state, sent.tried) == (State.DELIVERED, 2)

    run(tmp_path, story, dead=(FIRST,))


def test_a_message_fails_when_nobody_can_be_reached(tmp_path: Path) -> None:
    """After every contact's failed receipt the message has failed, and says why."""

    async def story(office: Office) -> None:
        async with office.sending():
            message = await office.put("S07", CUT, once="S07:1")
            await office.until("2026-09-14 08:05")
        sent = await office.state(message)
        assert (sent.state, sent.tried, sent.reason) == (State.FAILED, 2, "all_contacts_failed")
        assert sent.delivered is None

    run(tmp_path, story, dead=(FIRST, SECOND))


def test_reminders_wait_for_the_morning_and_urgent_ones_do_not(tmp_path: Path) -> None:
    """At night a notice of power goes at once, a reminder at 08:00."""

    async def story(office: Office) -> None:
        await office.until("2026-09-14 22:00")
        async with office.sending():
            reminder = await office.put("S01", LOW)
            restored = await office.put("S11", {"hm": "21:58", "bal": "5.00"}, once="S11:1")
            await office.until("2026-09-15 07:59")
            assert (await office.state(restored)).state is State.DELIVERED
            assert (await office.state(reminder)).state is State.QUEUED
            await office.until("2026-09-15 08:01")
        sent = await office.state(reminder)
        assert sent.state is State.DELIVERED
        assert sent.sent == local("2026-09-15 08:00")

    run(tmp_path, story)


def test_a_message_overtaken_in_the_night_never_goes(tmp_path: Path) -> None:
    """What expired before its window opened is not sent."""

    async def story(office: Office) -> None:
        await office.until("2026-09-14 22:00")
        async with office.sending():
            await office.put("S01", LOW)
            await office.until("2026-09-15 06:00")
            assert await office.bench.store.write(BY, notify.expire, office.home, ["S01"], "paid") == 1
            await office.until("2026-09-15 10:00")
        assert office.centre.inbox == {}

    run(tmp_path, story)


def test_a_crash_after_begin_sends_once(tmp_path: Path) -> None:
    """A sender that stopped between its commit and the gateway's answer is followed by one that sends it, once."""

    async def story(office: Office) -> None:
        message = await office.put("S07", CUT, once="S07:1")

        def crash(tx: Tx) -> None:
            begin(tx, message, COMPANY)

        await office.bench.store.write(BY, crash)
        assert (await office.state(message)).state is State.SENT
        async with office.sending():
            await office.until("2026-09-14 08:10")
        assert len(office.centre.inbox[FIRST]) == 1
        assert (await office.state(message)).state is State.DELIVERED
        events = [event.event for event in office.bench.read(notify.history, message)]
        assert events == [Event.PUT, Event.STARTED, Event.RESUBMITTED, Event.ACCEPTED, Event.DELIVERED]

    run(tmp_path, story)


@pytest.mark.parametrize("seconds", [1, 3, 9])
def test_a_sender_cut_off_at_any_moment_is_followed_by_another(tmp_path: Path, seconds: int) -> None:
    """Wherever the first sender is cut off, the second brings each message to each phone exactly once."""

    async def story(office: Office) -> None:
        messages = [await office.put("S07", CUT, once=f"S07:{i}") for i in range(12)]
        async with office.sending():
            await office.clock.sleep(seconds)
        await office.clock.sleep(20)
        async with office.sending():
            await office.until("2026-09-14 08:30")
        assert len(office.centre.inbox[FIRST]) == 12
        assert {(await office.state(message)).state for message in messages} == {State.DELIVERED}

    run(tmp_path, story)


def test_without_a_receipt_the_next_contact_is_tried(tmp_path: Path) -> None:
    """When the receipt doesn't come in the template's time the second contact is tried; a late receipt still counts."""

    async def story(office: Office) -> None:
        async with office.sending():
            message = await office.put("S07", CUT, once="S07:1")
            await office.clock.sleep(1)
        await office.until("2026-09-14 08:11")
        waiting = await office.state(message)
        assert (waiting.state, waiting.tried) == (State.SENT, 1)
        office.centre.close()
        other = SmsCentre(office.clock, seed=2)
        _, office.port = await other.listen()
        async with office.sending():
            await office.until("2026-09-14 08:15")
        other.close()
        assert FIRST not in other.inbox
        assert len(other.inbox[SECOND]) == 1
        assert (await office.state(message)).state is State.DELIVERED

    run(tmp_path, story)


def test_while_the_centre_is_away_messages_wait(tmp_path: Path) -> None:
    """Without a centre nothing is lost and nothing spins; when it is back everything goes within a minute."""

    async def story(office: Office) -> None:
        office.centre.close()
        async with office.sending():
            reminder = await office.put("S01", LOW)
            urgent = await office.put("S07", CUT, once="S07:1")
            await office.until("2026-09-14 08:20")
            assert not office.bench.read(notify.healthy)
            assert (await office.state(reminder)).sent is None
            tries = [e for m in (reminder, urgent) for e in office.bench.read(notify.history, m)]
            assert len(tries) < 100
            back = SmsCentre(office.clock, seed=3)
            await back.listen(port=office.port)
            await office.until("2026-09-14 08:22")
            assert office.bench.read(notify.healthy)
        assert len(back.inbox[FIRST]) == 2
        assert {(await office.state(m)).state for m in (reminder, urgent)} == {State.DELIVERED}
        back.close()

    run(tmp_path, story)


def test_an_account_without_a_proven_phone_is_told_nothing(tmp_path: Path) -> None:
    """With no proven contact a message fails at once; only the check of the phone goes there."""

    async def story(office: Office) -> None:
        unproven = [{"name": "客户9", "phone": "13800000009", "role": "account", "proven": False}]
        office.bench.load(
            homes=2, shops=0, changes={home_no(1): {"contacts": CONTACTS}, home_no(2): {"contacts": unproven}}
        )
        account = office.bench.accounts[home_no(2)]
        assert len(office.bench.read(archive.contacts, account)) == 1
        async with office.sending():
            low = await office.bench.store.write(BY, notify.put, account, "S01", LOW)
            code = await office.bench.store.write(BY, notify.put, account, "S23", {"code": "482913"}, once="S23:1")
            await office.until("2026-09-14 08:05")
        assert low is not None
        assert code is not None
        failed = await office.state(low)
        assert (failed.state, failed.reason) == (State.FAILED, "no_contact")
        assert (await office.state(code)).state is State.DELIVERED

    run(tmp_path, story)
