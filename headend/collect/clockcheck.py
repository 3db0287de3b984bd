"""The daily look at meters (每日巡检): clocks are read and set within limits, meters that stand still looked at."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import date, datetime

import structlog

from clock import Clock
from drivers.errors import DriverError
from drivers.link import Links
from drivers.link import Rank as LinkRank
from drivers.meter import Field, Meter, Refused, Told
from headend import archive
from headend.collect import clocks, stopped
from headend.collect.answers import asked_at, frames_of, wire_place
from headend.collect.frames import keep_frames
from headend.config import Collection
from headend.store import By, Rank, Store

log = structlog.get_logger(__name__)

RANK = LinkRank.BACKFILL
"""Behind everything else on a link: nothing waits for a clock."""

Look = Callable[[By, archive.Place, Meter, datetime], Awaitable[str]]


class ClockCheck:
    """Reads clocks, and what is behind meters that count nothing."""

    def __init__(self, store: Store, field: Field, links: Links, clock: Clock, manners: Collection) -> None:
        self._store = store
        self._field = field
        self._links = links
        self._clock = clock
        self._manners = manners

    async def run(self, day: date, until: datetime) -> str:
        """Look at the meters whose turn it is; gives a note for the log."""
        by = By("system:collect", f"clocks:{day}", Rank.BATCH)
        due = await self._store.read(clocks.due_clocks, self._manners.clock_days)
        clock_words = await self._everywhere(by, due, until, self._look_at_clock)
        still = await self._store.read(stopped.standing_still, day)
        still_words = await self._everywhere(by, still, until, self._look_behind)
        return f"{_said('clocks', clock_words)}; {_said('standing still', still_words)}"

    async def _everywhere(self, by: By, places: list[archive.Place], until: datetime, look: Look) -> Counter[str]:
        """Look at meters, link by link at the same time; a link that is down is left for another day."""
        by_link: defaultdict[str, list[archive.Place]] = defaultdict(list)
        for place in places:
            by_link[place.link].append(place)
        counts: Counter[str] = Counter()

        async def one_link(some: list[archive.Place]) -> None:
            for place in some:
                if self._clock.now() >= until:
                    counts["no time"] += 1
                    continue
                try:
                    counts[await look(by, place, self._field.meter(wire_place(place)), until)] += 1
                except DriverError as error:
                    counts["no road"] += 1
                    log.warning("collect.no_road", address=place.address, reason=str(error))

        await self._clock.gather(*(one_link(some) for _, some in sorted(by_link.items())))
        return counts

    async def _look_at_clock(self, by: By, place: archive.Place, meter: Meter, until: datetime) -> str:
        told = await meter.clock(rank=RANK, until=until)
        await self._store.write(by, keep_frames, frames_of(told.trace))
        if not isinstance(told, Told):
            return "refused" if isinstance(told, Refused) else "silent"
        error = clocks.error_of(told.value, asked_at(told.trace, told.at), told.at)
        found = await self._store.write(by, clocks.note_clock, place, error)
        if found is not clocks.Clock.FINE:
            log.info("collect.clock_off", address=place.address, off=clocks.in_words(error), then=found.value)
        is_free = self._manners.set_clocks and clocks.may_set(self._clock.now(), told.value)
        if found is not clocks.Clock.SET or not is_free:
            return found.value
        return await self._set(by, place, meter, until)

    async def _set(self, by: By, place: archive.Place, meter: Meter, until: datetime) -> str:
        if not await self._store.write(by, clocks.begin_setting, place):
            return "set already today"
        done = await meter.set_clock(rank=RANK, until=until)
        await self._store.write(by, keep_frames, frames_of(done.trace))
        if isinstance(done, Told):
            await self._store.write(by, clocks.end_setting, place, done=True, detail=done.value.how.value)
            return "was set"
        if isinstance(done, Refused):
            detail = f"{done.code} {done.reason.value}"
            await self._store.write(by, clocks.end_setting, place, done=False, detail=detail)
            return "not set"
        return "silent while being set"

    async def _look_behind(self, by: By, place: archive.Place, meter: Meter, until: datetime) -> str:
        told = await meter.phases(rank=RANK, until=until)
        await self._store.write(by, keep_frames, frames_of(told.trace))
        if not isinstance(told, Told):
            return "not told"
        found = await self._store.write(by, stopped.note_still, place, told.value.voltages, told.value.currents)
        if found:
            log.warning("collect.stopped", address=place.address)
        return "under load" if found else "without load"


def _said(what: str, counts: Counter[str]) -> str:
    words = ", ".join(f"{number} {word}" for word, number in sorted(counts.items()))
    return f"{what}: {words or 'none'}"
