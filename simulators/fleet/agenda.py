"""Who has something to do when: one timer for any number of devices."""

import heapq
from datetime import datetime
from itertools import count
from typing import Protocol

from clock import Clock

__all__ = ["Agenda", "Due"]


class Due(Protocol):
    """Somebody who wants to be called at an instant."""

    planned: datetime | None
    """The instant at which it is called next, by its last entry in the agenda."""

    def due(self, now: datetime) -> None:
        """Do what is due, and plan again."""


class Agenda:
    """Calls everybody at the instant that he has planned last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nudge = clock.nudge()
        self._entries: list[tuple[datetime, int, Due]] = []
        self._order = count()

    def plan(self, who: Due, at: datetime | None) -> None:
        """Call somebody at ``at``, or earlier if he has planned that; a call for nothing costs little."""
        if at is None or (who.planned is not None and who.planned <= at):
            return
        who.planned = at
        heapq.heappush(self._entries, (at, next(self._order), who))
        if self._entries[0][2] is who:
            self._nudge.set()

    async def run(self) -> None:
        """Call, for ever."""
        while True:
            now = self._clock.now()
            while self._entries and self._entries[0][0] <= now:
                at, _, who = heapq.heappop(self._entries)
                if who.planned == at:
                    who.planned = None
                    who.due(now)
            await self._clock.wait_nudge(self._nudge, self._entries[0][0] if self._entries else None)
