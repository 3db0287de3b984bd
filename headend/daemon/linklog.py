"""The way of link events into the database: in sets, behind everything else, a storm of logins like a single one."""

from collections import Counter
from datetime import date, timedelta

import structlog

from clock import Clock, Lock, Task
from drivers.link import LinkDown, LinkEvent, LinkReplaced, LinkUp
from headend.collect import LinkNote, keep_link_notes
from headend.daemon.hearing import name_of, values_of
from headend.store import BUSINESS_ZONE, By, Rank, Store

log = structlog.get_logger(__name__)

BY = By("system:links", "logins", Rank.BATCH)

EVERY = timedelta(seconds=2)
"""How long events are gathered before they are written; what a crash may lose."""

AGAIN_AFTER = timedelta(seconds=30)
"""When the database took none, how long they wait."""

AT_ONCE = 2000
"""Entries in one transaction: some twenty milliseconds."""

MOST_A_DAY = 200
"""Entries kept of one link on one day; a device that logs in again and again fills no disk."""

MOST_WAITING = 100_000
"""Entries in memory while the database takes none."""


class LinkLog:
    """Keeps when each link went up, down, or was replaced by another connection of the same device."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[LinkNote] = []
        self._writing: Task[None] | None = None
        self._turn = Lock(clock)
        self._number: Counter[str] = Counter()
        self._day: date | None = None

    def started(self) -> None:
        """Note that the head-end begins to listen: whatever link was up before is not up any more."""
        self._add(LinkNote(None, self._clock.now(), "started", {}))

    def hear(self, event: LinkEvent) -> bool:
        """Take an event if it is one that is kept here; tells whether it is."""
        if not isinstance(event, LinkUp | LinkDown | LinkReplaced):
            return False
        day = event.at.astimezone(BUSINESS_ZONE).date()
        if day != self._day:
            self._day = day
            self._number.clear()
        self._number[event.link] += 1
        number = self._number[event.link]
        if number < MOST_A_DAY:
            values = {name: str(value) for name, value in values_of(event).items() if name != "link"}
            self._add(LinkNote(event.link, event.at, name_of(event), values))
        elif number == MOST_A_DAY:
            self._add(LinkNote(event.link, event.at, "too_many", {"until": "midnight"}))
        return True

    async def finish(self) -> None:
        """Write what waits; for when no link is there any more."""
        await self._write()

    def _add(self, note: LinkNote) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(note)
        if self._writing is None:
            self._writing = self._clock.spawn(self._write_soon(), name="links:logins")

    async def _write_soon(self) -> None:
        try:
            await self._clock.sleep(EVERY)
            while not await self._write():
                await self._clock.sleep(AGAIN_AFTER)
        finally:
            self._writing = None

    async def _write(self) -> bool:
        """Write what waits; False if the database takes none, and what it did not take waits on."""
        async with self._turn:
            while self._waiting:
                some = self._waiting[:AT_ONCE]
                try:
                    await self._store.write(BY, keep_link_notes, some)
                except Exception:  # no entry is worth a link: the daemon goes on
                    log.exception("links.not_kept", entries=len(self._waiting))
                    return False
                del self._waiting[: len(some)]
        return True
