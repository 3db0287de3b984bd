"""Who waits for a link, in which order, and which questions must wait for an older answer to be out of the way."""

from bisect import insort
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush

from clock import Waiter
from drivers.link.matching import Conversation
from drivers.link.model import Exchange, Expect, Outcome, Rank

Go = Callable[[], Awaitable[bool]]

_SLACK = 16
"""Ends of lives that are kept though they have moved, beyond one for each question."""


@dataclass(eq=False, slots=True)
class Ticket:
    """One exchange, and whoever waits for its outcome. `taken`: it has had its turn, or has it now."""

    exchange: Exchange
    go: Go | None
    outcome: Waiter[Outcome]
    taken: bool = False
    given_up: bool = False

    def settle(self, outcome: Outcome) -> None:
        """Tell the asker, if it still listens."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Raise an error of the asker's own at the asker, if it still listens."""
        if not self.outcome.done():
            self.outcome.set_exception(error)


class RankedQueue:
    """Tickets by rank, and in order of arrival within a rank."""

    def __init__(self) -> None:
        self._places: list[tuple[Rank, int, Ticket]] = []  # no two have the same number
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Ticket]:
        return (ticket for _, _, ticket in self._places)

    def push(self, ticket: Ticket) -> None:
        """Line up behind all tickets of the same rank."""
        self._arrivals += 1
        insort(self._places, (ticket.exchange.rank, self._arrivals, ticket))

    def remove(self, ticket: Ticket) -> None:
        """Leave the queue, if the ticket is in it (still)."""
        self._places = [place for place in self._places if place[2] is not ticket]

    def drain(self) -> list[Ticket]:
        """Empty the queue."""
        tickets = list(self)
        self._places.clear()
        return tickets


@dataclass(slots=True)
class _Late:
    """A question asked at an instant, and until when something of it may come in.

    `unheard`: its deadline, while nothing has been heard of the device since.
    """

    asked: datetime
    until: datetime
    unheard: datetime | None


class Overdue:
    """Until when something may still come in of the questions that are over for their askers.

    A connection keeps the order of its bytes, however long it stalls: of a question whose answer may be held up in it
    something may come in until anything else of the device has, and a little longer.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._late: dict[Expect, _Late] = {}
        self._unheard: dict[Expect, _Late] = {}  # those of them that may be held up
        # A heap of when the others may be forgotten; of one that has moved the older instant stays, and does nothing.
        self._ends: list[tuple[datetime, int, Expect]] = []
        self._ended = 0

    def add(self, expects: Expect, asked: datetime, until: datetime, *, unheard: datetime | None = None) -> None:
        """Note that something of a question may come in until then, and before anything is heard since `unheard`."""
        self._late[expects] = late = _Late(asked, until, unheard)
        self._unheard.pop(expects, None)
        if unheard is None:
            self._end(expects, until)
        else:
            self._unheard[expects] = late

    def heard(self, now: datetime, settled: datetime) -> None:
        """Note a sign of life of the device; what was held up together with it has come in when it has `settled`."""
        if not self._unheard:
            return
        for expects, late in list(self._unheard.items()):
            if late.unheard is not None and late.unheard <= now:
                if late.until <= now:
                    late.until = settled
                self._let_go(expects)

    def reconnected(self) -> None:
        """Note that the device has come by another connection: nothing is held up in the old one any more."""
        for expects in list(self._unheard):
            self._let_go(expects)

    def is_clear(self, exchange: Exchange, now: datetime) -> bool:
        """Whether a question can be asked without taking an older one's answer for its own."""
        self.forget(now)
        return not any(late.until > now or _held_up(late, exchange) for late in self._in_the_way(exchange))

    def clear_at(self, exchange: Exchange) -> datetime | None:
        """From when on a question that is not clear will be; None: first something must be heard of the device."""
        older = self._in_the_way(exchange)
        return None if any(_held_up(late, exchange) for late in older) else max(late.until for late in older)

    def forget(self, now: datetime) -> None:
        """Forget questions of which nothing can come in any more; it is called some three times for each question."""
        while self._ends and self._ends[0][0] <= now:
            _, _, expects = heappop(self._ends)
            late = self._late.get(expects)
            if late is not None and late.unheard is None and late.until <= now:
                del self._late[expects]
                self._conversation.forget(expects)

    def _let_go(self, expects: Expect) -> None:
        late = self._unheard.pop(expects)
        late.unheard = None
        self._end(expects, late.until)

    def _end(self, expects: Expect, until: datetime) -> None:
        """Note when a question may be forgotten; now and then let go of instants that have moved."""
        self._ended += 1
        heappush(self._ends, (until, self._ended, expects))
        if len(self._ends) > 2 * len(self._late) + _SLACK:
            settled = ((late.until, one) for one, late in self._late.items() if late.unheard is None)
            self._ends = [(at, number, one) for number, (at, one) in enumerate(settled)]
            heapify(self._ends)

    def _in_the_way(self, exchange: Exchange) -> list[_Late]:
        return [self._late[older] for older in self._conversation.in_the_way(exchange.expects)]


def _held_up(late: _Late, exchange: Exchange) -> bool:
    """Whether an older answer may be held up that is too old for the asker."""
    return late.unheard is not None and (exchange.since is None or late.asked < exchange.since)
