"""Who waits for a link, in which order, and which questions must wait for an older answer to be out of the way."""

from bisect import insort
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

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
        return (
            (one.address == other.address or WILDCARD_645 in {one.address, other.address})
            and (one.function, one.di, one.sequence) == (other.function, other.di, other.sequence)
        )  # fmt: skip
    if isinstance(one, Expect645) or isinstance(other, Expect645):
        return False
    return (one.server, one.piid, one.service) == (other.server, other.piid, other.service)


class Overdue:
    """Questions that are over for their askers, while an answer to them may still come in."""

    def __init__(self) -> None:
        self._until: dict[Expect, datetime] = {}

    def add(self, expects: Expect, until: datetime) -> None:
        """Note that an answer known by `expects` may come in until then."""
        self._until[expects] = max(until, self._until.get(expects, until))

    def clear_at(self, expects: Expect, now: datetime) -> datetime | None:
        """From when on the same words can be asked again; None: at once."""
        self._forget(now)
        return max((until for words, until in self._until.items() if same_words(words, expects)), default=None)

    def has_sibling(self, expects: Expect, now: datetime) -> bool:
        """Whether a refusal that names no identifier could belong to an older question of the same function."""
        self._forget(now)
        return isinstance(expects, Expect645) and any(
            isinstance(words, Expect645)
            and same_words(replace(words, di=None, sequence=None), replace(expects, di=None, sequence=None))
            for words in self._until
        )

    def _forget(self, now: datetime) -> None:
        self._until = {words: until for words, until in self._until.items() if until > now}
