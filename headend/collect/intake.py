"""The way of a round's answers into the database: what comes in while one transaction is written shares the next."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clock import Clock, Lock
from headend.collect.taking import Accepted, Answer, Missed, take
from headend.store import By, Store

AT_ONCE = 100
"""Answers stored in one transaction, which then takes less than 100 ms."""


@dataclass(eq=False)
class _Handed:
    """Answers that somebody waits to see stored, and what became of them."""

    answers: Sequence[Answer]
    told: list[Accepted | Missed] | None = None


class Intake:
    """Stores the answers of all links of a round, as many in one transaction as have come in.

    No answer waits for company: while little comes in, each is stored by itself at once; the more comes in, the larger
    are the sets and the cheaper each answer. A link asks its next meter when its last answer is stored, so a crash
    loses at most what links have told since; those duties are open still, and meters keep their freezes for 62 days.
    """

    def __init__(self, store: Store, clock: Clock, by: By) -> None:
        self._store = store
        self._by = by
        self._turn = Lock(clock)
        self._waiting: deque[_Handed] = deque()

    async def take(self, answers: Sequence[Answer]) -> list[Accepted | Missed]:
        """Store answers, and give what became of each. Raises what the store raises."""
        told: list[Accepted | Missed] = []
        for at in range(0, len(answers), AT_ONCE):
            told += await self._take(_Handed(answers[at : at + AT_ONCE]))
        return told

    async def _take(self, handed: _Handed) -> list[Accepted | Missed]:
        self._waiting.append(handed)
        try:
            async with self._turn:
                if handed.told is None:
                    await self._write()
        finally:
            if handed.told is None:
                self._waiting.remove(handed)
        assert handed.told is not None, "who has the turn is the first of those that wait"
        return handed.told

    async def _write(self) -> None:
        batch = list(self._first())
        told = iter(await self._store.write(self._by, take, [one for each in batch for one in each.answers]))
        for each in batch:
            self._waiting.remove(each)
            each.told = [next(told) for _ in each.answers]

    def _first(self) -> Iterator[_Handed]:
        """Give those that have waited longest, as many as one transaction holds."""
        number = 0
        for each in self._waiting:
            number += len(each.answers)
            if number > AT_ONCE:
                return
            yield each
