"""Who waits for a link, in which order, and which questions must wait for an older answer to be out of the way."""

from bisect import insort
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from clock import Waiter
from drivers.link.model import Exchange, Expect, Expect645, Outcome

Go = Callable[[], Awaitable[bool]]

WILDCARD_645 = "AAAAAAAAAAAA"


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


def same_words(one: Expect, other: Expect) -> bool:
    """Whether the answer to one of two questions could be taken for the answer to the other."""
    if isinstance(one, Expect645) and isinstance(other, Expect645):
        return same_function(one, other) and (one.di, one.sequence) == (other.di, other.sequence)
    if isinstance(one, Expect645) or isinstance(other, Expect645):
        return False
    return (one.server, one.piid, one.service) == (other.server, other.piid, other.service)


def same_function(one: Expect, other: Expect) -> bool:
    """Whether two DL/T 645 questions ask the same meter for the same function, whatever the identifier."""
    return (
        isinstance(one, Expect645)
        and isinstance(other, Expect645)
        and one.function == other.function
        and (one.address == other.address or WILDCARD_645 in {one.address, other.address})
    )


class After(Enum):
    """What may still come in of a question that is over for its asker."""

    ANSWER = "answer"  # its answer: none has come yet
    COPY = "copy"  # a second copy of its answer
    COPY_OF_REFUSAL = "copy_of_refusal"  # which does not say what was refused


@dataclass(frozen=True, slots=True)
class _Echo:
    expects: Expect
    after: After
    until: datetime

    def bars(self, expects: Expect) -> bool:
        if self.after is After.COPY_OF_REFUSAL:
            return same_function(self.expects, expects)
        return same_words(self.expects, expects)


class Overdue:
    """Questions that are over for their askers, while something may still come in of them."""

    def __init__(self) -> None:
        self._echoes: list[_Echo] = []

    def add(self, expects: Expect, after: After, until: datetime) -> None:
        """Note that something of a question may come in until then."""
        self._echoes.append(_Echo(expects, after, until))

    def clear_at(self, expects: Expect, now: datetime) -> datetime | None:
        """From when on a question can be asked without taking an older one's answer for its own; None: at once."""
        self._forget(now)
        return max((echo.until for echo in self._echoes if echo.bars(expects)), default=None)

    def claims_refusal(self, expects: Expect, now: datetime) -> bool:
        """Whether a refusal that does not say of what could be for an unanswered older question."""
        self._forget(now)
        return any(echo.after is After.ANSWER and same_function(echo.expects, expects) for echo in self._echoes)

    def _forget(self, now: datetime) -> None:
        self._echoes = [echo for echo in self._echoes if echo.until > now]
