"""Who waits for a link, in which order, and which questions must wait for an older answer to be out of the way."""

from bisect import insort
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from clock import Waiter
from drivers.link.matching import Conversation
from drivers.link.model import Exchange, Expect, Outcome

Go = Callable[[], Awaitable[bool]]


@dataclass(eq=False, slots=True)
class Ticket:
    """One exchange in the queue, and whoever waits for its outcome."""

    exchange: Exchange
    go: Go | None
    outcome: Waiter[Outcome]
    given_up: bool = False

    def settle(self, outcome: Outcome) -> None:
        """Tell the asker, if it still listens."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def fail(self, error: Exception) -> None:
        """Raise an error of the asker's own at the asker, if it still listens."""
        if not self.outcome.done():
            self.outcome.set_exception(error)


@dataclass(order=True, slots=True)
class _Place:
    rank: int
    number: int
    ticket: Ticket = field(compare=False)


class RankedQueue:
    """Tickets by rank, and in order of arrival within a rank."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Ticket]:
        return (place.ticket for place in self._places)

    def push(self, ticket: Ticket) -> None:
        """Line up behind all tickets of the same rank."""
        self._arrivals += 1
        insort(self._places, _Place(ticket.exchange.rank, self._arrivals, ticket))

    def remove(self, ticket: Ticket) -> bool:
        """Leave the queue; False if the ticket is not in it (any more)."""
        kept = [place for place in self._places if place.ticket is not ticket]
        left = len(kept) < len(self._places)
        self._places = kept
        return left

    def drain(self) -> list[Ticket]:
        """Empty the queue."""
        tickets = list(self)
        self._places.clear()
        return tickets


class Overdue:
    """Until when something may still come in of the questions that are over for their askers."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._until: dict[Expect, datetime] = {}

    def add(self, expects: Expect, until: datetime) -> None:
        """Note that something of a question may come in until then."""
        self._until[expects] = until

    def clear_at(self, expects: Expect, now: datetime) -> datetime | None:
        """From when on a question can be asked without taking an older one's answer for its own; None: at once."""
        self.forget(now)
        return max((self._until[older] for older in self._conversation.in_the_way(expects)), default=None)

    def forget(self, now: datetime) -> None:
        """Forget questions of which nothing can come in any more."""
        for expects in [expects for expects, until in self._until.items() if until <= now]:
            del self._until[expects]
            self._conversation.forget(expects)
