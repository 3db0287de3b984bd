"""One device: its queue, the one question that is out, and the login it is reached by.

======== ============================================= ==============================================================
state    begins                                        ends
======== ============================================= ==============================================================
resting  when nothing waits that may be asked by now   by a question, a sign of life, or the instant at which one may
deciding with a question that has a `go`               when that has decided, in a task of its own: held back, or out
out      with the first byte of a question             by its answer, its deadline, or the end of the login
======== ============================================= ==============================================================

A line has one alarm and, but for a `go`, no task. With a task for each burst of questions, and with it two waits and
two alarms for each of them, a poll over `Links` took 1.4 times as much CPU (`bench/polls.py`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clock import Alarm, Clock, DeadlineError, Waiter
from drivers.link.connection import Connection
from drivers.link.events import (
    DownReason,
    EchoHeard,
    LinkDown,
    LinkEvent,
    LinkReplaced,
    LinkUp,
    StrayFrame,
    StrayReason,
)
from drivers.link.matching import Conversation645, Heard, conversation_with, shown
from drivers.link.model import (
    SPEAK_698,
    Answered,
    Device,
    DeviceKind,
    Exchange,
    LinkLimits,
    LinkLost,
    LinkStatus,
    NoAnswer,
    NotSent,
    NotSentReason,
    Outcome,
)
from drivers.link.pacing import pacing_of
from drivers.link.receipts import Receipts
from drivers.link.waiting import Go, Overdue, RankedQueue, Ticket
from protocols import dlt645, dlt698
from protocols.errors import ProtocolError

Observe = Callable[[LinkEvent], None]


Login = dlt698.Login[str, Connection]
"""One login of a device, by the key of its link: an epoch, and the connection it came by."""
Logins = dlt698.Logins[str, Connection]
Admission = dlt698.Admission[str, Connection]


@dataclass(frozen=True, slots=True)
class Means:
    """What all that goes on at a gateway's links works with."""

    clock: Clock
    limits: LinkLimits
    logins: Logins
    observe: Observe
    receipts: Receipts


@dataclass(eq=False, slots=True)
class _Out:
    """The question that is out, by which login, since when, and until when its answer is waited for."""

    ticket: Ticket
    login: Login
    sent_at: datetime
    deadline: datetime


class Line:
    """The conversation with one device, over as many logins as it takes."""

    def __init__(self, link: str, device: Device, means: Means) -> None:
        self.link = link
        self.device = device
        self.pacing = pacing_of(device, means.limits)
        self._clock = means.clock
        self._logins = means.logins
        self._limits = means.limits
        self._observe = means.observe
        self._queue = RankedQueue()
        self._conversation = conversation_with(device.kind)
        self._overdue = Overdue(self._conversation)
        self._login: Login | None = None
        self._out: _Out | None = None
        self._deciding = False
        self._alarm: Alarm | None = None
        self._planned: datetime | None = None
        self._up: list[Waiter[None]] = []

    @property
    def kind(self) -> DeviceKind:
        """What stands at the far end."""
        return self.device.kind

    @property
    def login(self) -> Login | None:
        """The current login."""
        return self._login

    def status(self) -> LinkStatus:
        """Show the line as operators see it."""
        login = self._login
        return LinkStatus(
            link=self.link,
            kind=self.kind,
            endpoint=str(self.device.endpoint),
            epoch=login.epoch if login else None,
            peer=login.connection.peer if login else None,
            since=login.since if login else None,
            last_heard=login.last_heard if login else None,
            queued=len(self._queue),
            busy=self._out is not None,
        )

    def log_in(self, login: Login, replaced: Login | None) -> None:
        """Make this the current login; the connection of the one it replaces is closed, its question is lost."""
        now = self._clock.now()
        epoch, peer = login.epoch, login.connection.peer
        self._login = login
        self._overdue.reconnected()
        if replaced is not None:
            self._observe(LinkReplaced(self.link, replaced.epoch, epoch, replaced.connection.peer, peer, now))
            self._cut(replaced)
        if self._queue:
            self._plan(now)  # what comes by this connection together with its login was said before any question
        self._observe(LinkUp(self.link, self.kind, epoch, peer, now))
        for waiter in self._up:
            if not waiter.done():
                waiter.set_result(None)
        self._up.clear()

    def log_out(self, login: Login, reason: DownReason) -> None:
        """End a login: its question is lost, and with the current one all that waits is not sent."""
        if login is not self._login:
            return
        now = self._clock.now()
        self._login = None
        self._logins.end(login)
        self._observe(LinkDown(self.link, login.epoch, login.connection.peer, reason, now - login.since, now))
        self._cut(login)
        for ticket in self._queue.drain():
            ticket.settle(NotSent(NotSentReason.LINK_DOWN, now))
        self._unplan()

    async def wait_up(self, until: datetime) -> bool:
        """Whether a login is current, waiting for one until then."""
        if self._login is not None:
            return True
        waiter: Waiter[None] = self._clock.future()
        self._up.append(waiter)
        try:
            await self._clock.wait(waiter, until)
        except DeadlineError:
            return False
        finally:
            if waiter in self._up:
                self._up.remove(waiter)
        return True

    async def ask(self, exchange: Exchange, go: Go | None) -> Outcome:
        """Queue the exchange and wait for its outcome; an exception of `go` is raised here, nothing sent."""
        now = self._clock.now()
        hindrance = self._hindrance(exchange, now)
        if hindrance is None and len(self._queue) >= self._limits.queue:
            hindrance = NotSentReason.QUEUE_FULL
        if hindrance is not None:
            return NotSent(hindrance, now)
        ticket = Ticket(exchange, go, self._clock.future())
        if self._is_resting and not self._queue and self._may_begin(exchange, now):
            self._begin(ticket)  # as most, without a place in the queue
        else:
            self._queue.push(ticket)
            self.go_on()
            if not ticket.taken:
                self._plan(exchange.expires)
        try:
            return await self._clock.wait(ticket.outcome)
        except asyncio.CancelledError:
            ticket.given_up = True
            self._queue.remove(ticket)
            raise

    def go_on(self) -> None:
        """Begin with what may be asked now, if nothing is out.

        To be called when all has been heard that came together: what came before a question is no answer to it.
        """
        while self._queue and self._is_resting:
            ticket = self._next()
            if ticket is None:
                return
            self._begin(ticket)

    def live(self, login: Login) -> None:
        """Note a sign of life of the device."""
        if login is self._login:
            now = self._clock.now()
            login.last_heard = now
            self._overdue.heard(now, now + self._limits.second_copy)

    def hear(self, login: Login, heard: Heard) -> None:
        """Take a good frame of the device: the answer, our own echo, or nobody's."""
        now = self._clock.now()
        self.live(login)
        self._overdue.forget(now)
        old = login is not self._login or login.connection.stale
        fit = StrayReason.OLD_EPOCH if old else self._conversation.hear(heard)
        if isinstance(fit, StrayReason):
            self._observe(StrayFrame(self.link, login.epoch, login.connection.peer, fit, shown(heard), now))
        elif isinstance(fit, dlt645.Echo):
            self._observe(EchoHeard(self.link, login.epoch, login.connection.peer, len(heard.raw), whole=True, at=now))
        elif self._out is not None:
            out = self._out
            self._overdue.add(out.ticket.exchange.expects, out.sent_at, now + self._limits.second_copy)
            self._end(out, Answered(fit, out.sent_at, now))

    def take_echo(self, login: Login, garbage: dlt645.Garbage) -> bool:
        """Whether bytes that form no frame are a piece of our own question, come back; then that is told."""
        conversation = self._conversation
        if (
            login is not self._login
            or not isinstance(conversation, Conversation645)
            or not conversation.is_echo(garbage)
        ):
            return False
        count, now = len(garbage.data), self._clock.now()
        self._observe(EchoHeard(self.link, login.epoch, login.connection.peer, count, whole=False, at=now))
        return True

    def _cut(self, login: Login) -> None:
        out = self._out
        if out is not None and out.login is login:
            self._end(out, LinkLost(out.sent_at, self._clock.now()))
        login.connection.close()

    def _hindrance(self, exchange: Exchange, now: datetime) -> NotSentReason | None:
        if now > exchange.expires:
            return NotSentReason.EXPIRED
        if self._login is None:
            return NotSentReason.LINK_DOWN
        if exchange.epoch not in {None, self._login.epoch}:
            return NotSentReason.OLD_EPOCH
        return None

    @property
    def _is_resting(self) -> bool:
        return self._out is None and not self._deciding

    @property
    def _silent_at(self) -> datetime:
        """When the line will have been silent for long enough to carry a question."""
        assert self._login is not None, "nothing waits for who is not logged in"
        return self._login.connection.heard_at + self.pacing.turnaround

    def _may_begin(self, exchange: Exchange, now: datetime) -> bool:
        return self._silent_at <= now and self._overdue.is_clear(exchange, now)

    def _next(self) -> Ticket | None:
        """Take out the first ticket that may be asked now; else have the line go on when one may, if that is known."""
        now = self._clock.now()
        if self._silent_at > now:
            self._plan(self._silent_at)
            return None
        for ticket in self._queue:
            if self._overdue.is_clear(ticket.exchange, now):
                self._queue.remove(ticket)
                return ticket
            clear_at = self._overdue.clear_at(ticket.exchange)
            if clear_at is not None:
                self._plan(clear_at)
        return None

    def _begin(self, ticket: Ticket) -> None:
        now = self._clock.now()
        ticket.taken = True
        hindrance = self._hindrance(ticket.exchange, now)
        if hindrance is not None:
            ticket.settle(NotSent(hindrance, now))
        elif ticket.go is None:
            self._send(ticket)
        else:
            self._deciding = True
            self._clock.spawn(self._decide(ticket, ticket.go), name=f"line {self.link}")

    async def _decide(self, ticket: Ticket, go: Go) -> None:
        try:
            released = await self._released(ticket, go)
        finally:
            self._deciding = False
        if released:
            self._send(ticket)
        self.go_on()

    async def _released(self, ticket: Ticket, go: Go) -> bool:
        try:
            agreed = await go()
        except Exception as error:  # noqa: BLE001  whatever it is belongs to the asker, not to this line
            ticket.fail(error)
            return False
        if not agreed:
            ticket.settle(NotSent(NotSentReason.HELD_BACK, self._clock.now()))
        return agreed and not ticket.given_up

    def _send(self, ticket: Ticket) -> None:
        """Put a question on the wire. From here on its asker counts it as sent, whatever becomes of it."""
        if self._login is not None:
            self._login.connection.clear()  # what that finds may be too much garbage, and end the login
        exchange, sent_at, login = ticket.exchange, self._clock.now(), self._login
        if login is None or exchange.epoch not in {None, login.epoch}:
            ticket.settle(LinkLost(sent_at, sent_at))
            return
        if sent_at > exchange.expires:
            ticket.settle(NoAnswer(sent_at, sent_at))
            return
        deadline = sent_at + exchange.patience
        self._out = out = _Out(ticket, login, sent_at, deadline)
        self._conversation.ask(exchange)
        # Who numbers its answers holds up nothing that could be mistaken; only who has heartbeats is sure to be heard.
        unheard = deadline if self.kind not in SPEAK_698 and login.period is not None else None
        self._overdue.add(exchange.expects, sent_at, deadline + self._limits.late_answer, unheard=unheard)
        self._plan(deadline)
        try:
            login.connection.ask(exchange.request, min(deadline, exchange.expires))
        except ProtocolError as error:
            self._take_back(out)
            ticket.fail(error)

    def _end(self, out: _Out, outcome: Outcome) -> None:
        """Tell what became of the question that is out; none is out any more."""
        self._take_back(out)
        out.ticket.settle(outcome)

    def _take_back(self, out: _Out) -> None:
        self._out = None
        self._conversation.abandon()
        out.login.connection.abandon()

    def _plan(self, at: datetime) -> None:
        """Set the alarm, if it would be late by now.

        One that is too early by now is left: it finds nothing due, and a link that is polled all the time sets one for
        each deadline that it lives to see, not for each poll.
        """
        if self._planned is None or at < self._planned:
            self._unplan()
            self._planned, self._alarm = at, self._clock.alarm(at, self._ring)

    def _unplan(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._planned = self._alarm = None

    def _ring(self) -> None:
        """Do what is due: the deadline of the question that is out, the ends of lives, the turn of one that waited."""
        self._planned = self._alarm = None
        now = self._clock.now()
        if self._out is not None and self._out.deadline <= now:
            self._end(self._out, NoAnswer(self._out.sent_at, now))
        for ticket in [ticket for ticket in self._queue if ticket.exchange.expires <= now]:
            self._queue.remove(ticket)
            ticket.settle(NotSent(NotSentReason.EXPIRED, now))
        self.go_on()
        if self._out is not None:
            self._plan(self._out.deadline)
        if self._queue:
            self._plan(min(ticket.exchange.expires for ticket in self._queue))
