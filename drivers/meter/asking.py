"""Asking a device: one question or several for one answer, with its tries, its refusals and its trace."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from clock import Clock
from drivers.link import Answered, Exchange, Expect, Go, LinkLost, Links, NotSent, NotSentReason, Rank, Understood
from drivers.meter.model import Answer, Reason, Refused, Silence, Silent, Told, Way, WireFrame
from drivers.meter.replies import Denied, Got, Missing, Reply

T = TypeVar("T")

_NOT_SENT = {
    NotSentReason.LINK_DOWN: Silence.LINK_DOWN,
    NotSentReason.OLD_EPOCH: Silence.LINK_LOST,
    NotSentReason.EXPIRED: Silence.EXPIRED,
    NotSentReason.HELD_BACK: Silence.HELD_BACK,
    NotSentReason.QUEUE_FULL: Silence.QUEUE_FULL,
}


class Question(NamedTuple, Generic[T]):
    """A request, how its answer is known, how long its road may take, and how the answer is read."""

    request: bytes
    expects: Expect
    patience: timedelta
    read: Callable[[Understood], Reply[T]]

    def __repr__(self) -> str:
        """Show no request, as that may hold a password."""
        return f"Question({self.expects!r}, {self.patience})"


Make: TypeAlias = Callable[[], Question[T]]
"""Makes a question anew for each try, as each needs a service number of its own."""


@dataclass(slots=True)
class _Log:
    """When the last outcome came, and all frames of one answer."""

    at: datetime
    trace: list[WireFrame] = field(default_factory=list)


class Inquiry:
    """All that is asked of one device for one answer."""

    def __init__(self, clock: Clock, links: Links, link: str, rank: Rank, until: datetime, tries: int) -> None:
        self._clock = clock
        self._links = links
        self._link = link
        self._rank = rank
        self._until = until
        self._tries = tries
        self._sent = False
        self._begun = clock.now()
        self._log = _Log(clock.now())

    async def read(self, make: Make[T], *substitutes: Make[T], tries: int | None = None) -> Reply[T]:
        """Ask, and again on silence; a repeat may ask for the same by a substitute.

        A substitute that is refused is no answer: not every meter knows it.
        """
        reply: Reply[T] = Missing(Silence.NO_ANSWER)
        makes = (make, *substitutes)
        for number in range(tries or self._tries):
            place = number % len(makes)
            reply = await self._once(makes[place](), self._until, None)
            if isinstance(reply, Missing):
                if not self._may_go_on(reply):
                    break
            elif place == 0 or isinstance(reply, Got):
                break
            else:
                reply = Missing(Silence.NO_ANSWER)
        return reply

    async def insist(self, once: Callable[[], Awaitable[Reply[T]]]) -> Reply[T]:
        """Do a reading of several steps, and again on silence as often as `read` asks."""
        reply: Reply[T] = Missing(Silence.NO_ANSWER)
        for _ in range(self._tries):
            reply = await once()
            if not isinstance(reply, Missing) or not self._may_go_on(reply):
                break
        return reply

    async def command(self, question: Question[T], until: datetime, go: Go | None) -> Reply[T]:
        """Ask once and never again, whatever comes of it."""
        return await self._once(question, until, go)

    def beforehand(self) -> "Inquiry":
        """Give an inquiry for what an order needs before it, in the same trace; it is no sending of the order.

        It is as urgent as a check before a command. For a trip each question is asked once: it has a next try.
        """
        tries = 1 if self._rank is Rank.CUT else self._tries
        before = Inquiry(self._clock, self._links, self._link, min(self._rank, Rank.CHECK), self._until, tries)
        before._log = self._log
        return before

    def answer(self, reply: Reply[T]) -> Answer[T]:
        """Put the instant and the trace to a reply."""
        at, trace = self._log.at, tuple(self._log.trace)
        match reply:
            case Got(value=value):
                return Told(value, at, trace)
            case Denied(reason=reason, code=code):
                return Refused(reason, code, at, trace)
            case Missing(reason=silence, detail=detail):
                return Silent(silence, self._sent, self._clock.now(), trace, detail)

    @property
    def at(self) -> datetime:
        """When the last outcome came."""
        return self._log.at

    @property
    def heard(self) -> bytes:
        """The last frame that came, empty if none did."""
        return next((frame.data for frame in reversed(self._log.trace) if frame.way is Way.IN), b"")

    @property
    def sent(self) -> bool:
        """Whether anything of the question or order itself may have reached the meter."""
        return self._sent

    def _may_go_on(self, missing: Missing) -> bool:
        if missing.reason is Silence.LINK_LOST:
            return self._links.is_up(self._link)
        return missing.reason in {Silence.NO_ANSWER, Silence.GARBLED, Silence.OTHER_METER}

    async def _once(self, question: Question[T], until: datetime, go: Go | None) -> Reply[T]:
        outcome = await self._links.ask(
            Exchange(
                link=self._link,
                epoch=None,
                request=question.request,
                expects=question.expects,
                rank=self._rank,
                expires=until,
                patience=question.patience,
                since=self._begun,
            ),
            go,
        )
        self._log.at = outcome.at
        if isinstance(outcome, NotSent):
            return Missing(_NOT_SENT[outcome.reason])
        self._sent = True
        self._log.trace.append(WireFrame(Way.OUT, outcome.sent_at, question.request))
        if isinstance(outcome, LinkLost):
            return Missing(Silence.LINK_LOST)
        if isinstance(outcome, Answered):
            self._log.trace.append(WireFrame(Way.IN, outcome.at, outcome.frame))
            return question.read(outcome.heard)
        return Missing(Silence.NO_ANSWER)


def as_keep_power(reply: Reply[T]) -> Reply[T]:
    """Read a bare refusal of a trip as what it is by the standard: supply protection (保电) is on."""
    if isinstance(reply, Denied) and reply.reason is Reason.REFUSED:
        return Denied(Reason.KEEP_POWER, reply.code)
    return reply
