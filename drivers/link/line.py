"""One device: its queue, the one question that is out, and the login it is reached by."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clock import Clock, DeadlineError, Waiter
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
from drivers.link.matching import Conversation645, Fit, Heard, conversation_with, shown
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
    """The question that is out; `answer` gets the frame, or None when the link is lost."""

    exchange: Exchange
    epoch: int
    answer: Waiter[bytes | None]


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
        self._receipts = means.receipts
        self._queue = RankedQueue()
        self._conversation = conversation_with(device.kind)
        self._overdue = Overdue(self._conversation)
        self._login: Login | None = None
        self._out: _Out | None = None
        self._working = False
        self._changed: Waiter[None] | None = None
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
        self._look_again()

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
        hindrance = self._hindrance(exchange)
        if hindrance is None and len(self._queue) >= self._limits.queue:
            hindrance = NotSentReason.QUEUE_FULL
        if hindrance is not None:
            return NotSent(hindrance, self._clock.now())
        ticket = Ticket(exchange, go, self._clock.future())
        self._queue.push(ticket)
        self._wake()
        try:
            try:
                return await self._clock.wait(ticket.outcome, exchange.expires)
            except DeadlineError:
                if self._queue.remove(ticket):
                    return NotSent(NotSentReason.EXPIRED, self._clock.now())
            return await self._clock.wait(ticket.outcome)
        except asyncio.CancelledError:
            ticket.given_up = True
            self._queue.remove(ticket)
            raise

    def live(self, login: Login) -> None:
        """Note a sign of life of the device."""
        if login is self._login:
            now = self._clock.now()
            self._logins.hear(self.link, login.connection, now)
            self._overdue.heard(now, now + self._limits.second_copy)
            self._look_again()

    def hear(self, login: Login, heard: Heard) -> None:
        """Take a good frame of the device: the answer, our own echo, or nobody's."""
        now = self._clock.now()
        self.live(login)
        self._overdue.forget(now)
        old = login is not self._login or login.connection.stale
        fit = StrayReason.OLD_EPOCH if old else self._conversation.hear(heard)
        if isinstance(fit, StrayReason):
            self._observe(StrayFrame(self.link, login.epoch, login.connection.peer, fit, shown(heard), now))
        elif fit is Fit.ECHO:
            self._observe(EchoHeard(self.link, login.epoch, login.connection.peer, len(heard.raw), whole=True, at=now))
        elif self._out is not None:
            self._receipts.owe(heard.raw)
            self._out.answer.set_result(heard.raw)

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
        if out is not None and out.epoch == login.epoch and not out.answer.done():
            self._conversation.abandon()
            out.answer.set_result(None)
        login.connection.close()

    def _hindrance(self, exchange: Exchange) -> NotSentReason | None:
        if self._clock.now() > exchange.expires:
            return NotSentReason.EXPIRED
        if self._login is None:
            return NotSentReason.LINK_DOWN
        if exchange.epoch not in {None, self._login.epoch}:
            return NotSentReason.OLD_EPOCH
        return None

    def _wake(self) -> None:
        if not self._working:
            self._working = True
            self._clock.spawn(self._work(), name=f"line {self.link}")
        else:
            self._look_again()

    def _look_again(self) -> None:
        """Have the queue looked through, if it waits."""
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    async def _work(self) -> None:
        """Carry tickets until none is left; runs only while there are some."""
        try:
            while self._queue:
                ticket, later = self._next()
                if ticket is not None:
                    await self._carry(ticket)
                else:
                    self._changed = self._clock.future()
                    try:
                        await self._clock.wait(self._changed, later)
                    except DeadlineError:
                        pass
                    finally:
                        self._changed = None
        finally:
            self._working = False

    def _next(self) -> tuple[Ticket | None, datetime | None]:
        """Take out the first ticket that may be asked now; else tell the instant at which one may be, where known."""
        now = self._clock.now()
        silent = now if self._login is None else self._login.connection.heard_at + self.pacing.turnaround
        if silent > now:
            return None, silent
        later: datetime | None = None
        for ticket in self._queue:
            if self._overdue.is_clear(ticket.exchange, now):
                self._queue.remove(ticket)
                return ticket, None
            clear_at = self._overdue.clear_at(ticket.exchange)
            if later is None or (clear_at is not None and clear_at < later):
                later = clear_at
        return None, later

    async def _carry(self, ticket: Ticket) -> None:
        exchange = ticket.exchange
        hindrance = self._hindrance(exchange)
        if hindrance is not None:
            ticket.settle(NotSent(hindrance, self._clock.now()))
            return
        if ticket.go is not None and not await self._released(ticket, ticket.go):
            return
        # From here on the asker counts the request as sent, whatever becomes of it.
        sent_at = self._clock.now()
        login = self._login
        if login is None or exchange.epoch not in {None, login.epoch}:
            ticket.settle(LinkLost(sent_at, sent_at))
        elif sent_at > exchange.expires:
            ticket.settle(NoAnswer(sent_at, sent_at))
        else:
            try:
                outcome = await self._exchange(exchange, login, sent_at)
            except ProtocolError as error:
                ticket.fail(error)
                return
            ticket.settle(outcome)
            if isinstance(outcome, Answered):
                self._receipts.settle(self.link, outcome.frame)

    async def _released(self, ticket: Ticket, go: Go) -> bool:
        try:
            agreed = await go()
        except Exception as error:  # noqa: BLE001  whatever it is belongs to the asker, not to this line
            ticket.fail(error)
            return False
        if not agreed:
            ticket.settle(NotSent(NotSentReason.HELD_BACK, self._clock.now()))
        return agreed and not ticket.given_up

    async def _exchange(self, exchange: Exchange, login: Login, sent_at: datetime) -> Outcome:
        login.connection.clear()
        deadline = sent_at + exchange.patience
        self._out = out = _Out(exchange, login.epoch, self._clock.future())
        self._conversation.ask(exchange)
        # Who numbers its answers holds up nothing that could be mistaken; only who has heartbeats is sure to be heard.
        unheard = deadline if self.kind not in SPEAK_698 and login.period is not None else None
        self._overdue.add(exchange.expects, sent_at, deadline + self._limits.late_answer, unheard=unheard)
        lost = False
        try:
            login.connection.ask(exchange.request, min(deadline, exchange.expires))
            frame = await self._clock.wait(out.answer, deadline)
            lost = frame is None
        except DeadlineError:
            frame = None
        finally:
            self._out = None
            self._conversation.abandon()
            login.connection.abandon()
        now = self._clock.now()
        if frame is None:
            return LinkLost(sent_at, now) if lost else NoAnswer(sent_at, now)
        self._overdue.add(exchange.expects, sent_at, now + self._limits.second_copy)
        return Answered(frame, sent_at, now)
