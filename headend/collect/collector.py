"""The collector: rounds over all links, rounds that somebody starts, and live reads, over the drivers."""

from collections import Counter, defaultdict
from collections.abc import Collection as Many
from datetime import date, datetime, timedelta
from itertools import count

import structlog

from clock import Clock, Lock, Semaphore
from drivers.errors import DriverError
from drivers.link import Links
from drivers.link import Rank as LinkRank
from drivers.meter import Field, Told
from headend import archive
from headend.collect.answers import frames_of, why_missing, wire_place
from headend.collect.clockcheck import ClockCheck
from headend.collect.duties import day_counts
from headend.collect.intake import Intake
from headend.collect.live import WORKER, Want, answer, due_wants, give_up
from headend.collect.reasons import MissReason
from headend.collect.rounds import LinkRound, Round, Tally, Target, Tools, targets
from headend.collect.taking import Missed
from headend.config import Collection
from headend.store import BUSINESS_ZONE, By, Rank, Store, View, Worker

log = structlog.get_logger(__name__)

LIVE_PARALLEL = 8
REMEMBERED = 20
"""Rounds whose tallies are kept for those who watch."""
DEFAULT = Collection()
A_ROUND_BY_HAND = timedelta(hours=1)


class Collector:
    """Asks for what is due: daily freezes in rounds, live reads when somebody wishes for one, clocks now and then."""

    def __init__(self, store: Store, field: Field, links: Links, clock: Clock, manners: Collection = DEFAULT) -> None:
        self._tools = Tools(store, field, links, clock, manners)
        self._areas: dict[str, Semaphore] = {}
        self._busy: dict[str, Lock] = {}
        self._asked: Counter[str] = Counter()
        self._numbers = count(1)
        self._tallies: dict[int, Tally] = {}
        self.clocks = ClockCheck(store, field, links, clock, manners)

    async def round(self, name: str, day: date, until: datetime, *, passes: int = 1) -> str:
        """Ask for every freeze of ``day`` that is still missing, link by link at the same time.

        A link that is down is waited for until the round ends. With more than one pass, meters that were silent are
        asked again after growing pauses while there is time. Gives a note for the log.
        """
        await self._run(self._tally(name, day), until, passes=passes)
        total, read, missing = await self._tools.store.read(day_counts, day)
        if total:
            log.info("collect.round", round=name, day=str(day), read=read, due=total, missing=missing or None)
        return f"{read} of {total}"

    def start(self, day: date, *, link: str | None = None, points: Many[int] | None = None) -> Tally:
        """Start a round now, of everything that is missing of a day, of one link, or of some points; give its tally."""
        tally = self._tally("by-hand", day)
        until = self._tools.clock.now() + A_ROUND_BY_HAND
        self._tools.clock.spawn(self._run(tally, until, link=link, points=points), name="collect:by-hand")
        return tally

    def tally(self, number: int) -> Tally | None:
        """Give the tally of one of the last rounds."""
        return self._tallies.get(number)

    async def _run(
        self,
        tally: Tally,
        until: datetime,
        *,
        passes: int = 1,
        link: str | None = None,
        points: Many[int] | None = None,
    ) -> None:
        tools = self._tools
        by = By("system:collect", f"round:{tally.day}:{tally.name}", Rank.FIELD)
        intake = Intake(tools.store, tools.clock, by)
        is_today = tally.day == tools.clock.now().astimezone(BUSINESS_ZONE).date()
        plan = Round(intake, tally.day, until, passes, LinkRank.POLL if is_today else LinkRank.BACKFILL, tally)
        known = self._asked.copy()
        try:
            due, homeless = await tools.store.read(targets, tally.day, link, points)
            tally.due = len(due) + len(homeless)
            gone = [(duty, Missed(MissReason.NO_METER)) for duty in homeless]
            tally.count(zip((duty.point for duty in homeless), await intake.take(gone), strict=True))
            areas = await tools.store.read(archive.link_areas)
            by_link: defaultdict[str, list[Target]] = defaultdict(list)
            for target in due:
                by_link[target.place.link].append(target)
            await tools.clock.gather(
                *(self._link(plan, key, some, areas.get(key, key), known) for key, some in sorted(by_link.items()))
            )
        finally:
            tally.finish(tools.clock.now())

    async def _link(self, plan: Round, link: str, due: list[Target], area: str, known: Counter[str]) -> None:
        """Do one link's part; of two rounds that meet on a link the second one asks for what the first has left.

        ``known`` is how often each link had been asked before the targets were read.
        """
        tools = self._tools
        async with self._busy.setdefault(link, Lock(tools.clock)):
            if self._asked[link] != known[link]:
                points = [target.duty.point for target in due]
                before, (due, _) = len(due), await tools.store.read(targets, plan.day, link, points)
                plan.tally.due -= before - len(due)
            turn = self._areas.setdefault(area, Semaphore(tools.clock, tools.manners.links_per_area))
            try:
                self._asked[link] += 1
                await LinkRound(tools, plan, link, turn).run(due)
            except DriverError as error:
                log.warning("collect.no_road", link=link, reason=str(error))
                lost = Missed(MissReason.NO_ROAD, str(error))
                told = await plan.intake.take([(target.duty, lost) for target in due])
                plan.tally.count(zip((target.duty.point for target in due), told, strict=True))
            except Exception:  # a fault of one link's part ends no other's; its duties stay open for the next round
                log.exception("collect.link_failed", link=link, meters=len(due))

    def _tally(self, name: str, day: date) -> Tally:
        tally = Tally(next(self._numbers), name, day)
        self._tallies[tally.id] = tally
        for old in sorted(self._tallies)[:-REMEMBERED]:
            del self._tallies[old]
        return tally

    def wants_worker(self) -> Worker[Want]:
        """Make the worker that fulfils wishes for live reads."""
        return Worker(self._tools.clock, self._tools.store, WORKER, due_wants, self._fulfil, LIVE_PARALLEL)

    async def _fulfil(self, wish: Want) -> None:
        tools = self._tools
        by = By("system:collect", f"want:{wish.id}", Rank.FIELD)
        try:
            place = await tools.store.read(place_now, wish.account)
        except archive.NoPlaceError:
            await tools.store.write(by, give_up, wish)
            return
        rank = LinkRank.OPERATOR if wish.rank == Rank.PEOPLE else LinkRank.CHECK
        try:
            told = await tools.field.meter(wire_place(place)).registers(rank=rank)
        except DriverError as error:
            log.warning("collect.no_road", address=place.address, reason=str(error))
            await tools.store.write(by, answer, wish, place.point, place.address, None, MissReason.NO_ROAD.value)
            return
        total = told.value.total if isinstance(told, Told) else None
        reason = None if total is not None else why_missing(told)[0].value
        frames = frames_of(told.trace)
        ended = await tools.store.write(by, answer, wish, place.point, place.address, total, reason, frames)
        log.debug("collect.live", address=place.address, total=str(total), reason=reason, ended=ended)


def place_now(view: View, account: int) -> archive.Place:
    """Give the meter installed for an account today."""
    return archive.place(view, account, view.today)
