"""The due instants of a stepped clock, in the order `(at, id)`."""

import heapq
from collections.abc import Callable
from datetime import datetime

SPARE = 64
"""Cancelled entries that a heap may carry before it is worth the work to rebuild it."""


class Entry:
    """One due instant; `cancel` takes it out of its agenda."""

    __slots__ = ("_agenda", "ring")

    def __init__(self, agenda: "Agenda", ring: Callable[[], None]) -> None:
        self._agenda: Agenda | None = agenda
        self.ring = ring

    @property
    def live(self) -> bool:
        """Whether it is still to ring."""
        return self._agenda is not None

    def cancel(self) -> None:
        """Take it out; one that has rung or was cancelled stays as it is."""
        agenda = self.strike()
        if agenda is not None:
            agenda.struck()

    def strike(self) -> "Agenda | None":
        """Mark it as over and return the agenda that it was in."""
        agenda, self._agenda = self._agenda, None
        return agenda


class Agenda:
    """A heap of entries. Those at one instant come in the order in which they were added."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Entry]] = []
        self._last_id = 0
        self._cancelled = 0

    def add(self, at: datetime, ring: Callable[[], None]) -> Entry:
        """Have `ring()` due at `at`."""
        self._last_id += 1
        entry = Entry(self, ring)
        heapq.heappush(self._heap, (at, self._last_id, entry))
        return entry

    def next(self) -> datetime | None:
        """Return the earliest due instant."""
        heap = self._heap
        while heap and not heap[0][2].live:
            heapq.heappop(heap)
            self._cancelled -= 1
        return heap[0][0] if heap else None

    def pop(self) -> Entry:
        """Take the first entry out; raises `IndexError` when there is none."""
        self.next()
        entry = heapq.heappop(self._heap)[2]
        entry.strike()
        return entry

    def struck(self) -> None:
        """Note that one entry was cancelled, and sweep when more of them are dead than live."""
        self._cancelled += 1
        if self._cancelled > SPARE and self._cancelled * 2 > len(self._heap):
            self._heap = [item for item in self._heap if item[2].live]
            heapq.heapify(self._heap)
            self._cancelled = 0
