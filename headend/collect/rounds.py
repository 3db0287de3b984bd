"""Collection rounds (采集轮次): how a link's meters are asked, who comes first, what is asked again and when."""

from collections import Counter
from collections.abc import Collection as Many
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from clock import Clock, DeadlineError, Semaphore, Waiter
from drivers.errors import DriverError
from drivers.link import Links
from drivers.link import Rank as LinkRank
from drivers.meter import Field, Road
from headend import archive
from headend.collect.answers import freeze_read, wire_place
from headend.collect.duties import Duty, open_duties
from headend.collect.intake import Intake
from headend.collect.reasons import MissReason
from headend.collect.taking import Accepted, Answer, FreezeRead, Missed
from headend.config import Collection
from headend.store import Store, View

log = structlog.get_logger(__name__)

NOT_YET_ASKED = frozenset({MissReason.NOT_ASKED, MissReason.LINK_DOWN, MissReason.TIME_UP})
"""Reasons after which the concentrator is still to be asked for what it has collected."""

WORTH_ASKING_AGAIN = frozenset({MissReason.SILENT, MissReason.LINK_DOWN, MissReason.GARBLED, MissReason.OTHER_METER})
"""What may be otherwise a little later; the other reasons stay what they are until somebody does something."""


@dataclass(frozen=True, slots=True)
class Target:
    """A duty together with where its meter is; ``stored`` asks the concentrator for what it has collected of it."""

    duty: Duty
    place: archive.Place
    stored: bool

    @property
    def goes_last(self) -> bool:
        """Whether it was silent at the last try, or the day before: such a one waits until its neighbours are read."""
        return self.duty.was_silent or self.duty.reason is MissReason.SILENT


@dataclass
class Tally:
    """How a round stands; whoever watches it waits here for a change."""

    id: int
    name: str
    day: date
    due: int = 0
    read: int = 0
    version: int = 0  # grows with each change
    finished: datetime | None = None
    _missing: dict[int, MissReason] = field(default_factory=dict)
    _watchers: list[Waiter[None]] = field(default_factory=list)

    @property
    def missed(self) -> Counter[MissReason]:
        """How many were asked for and have not come, by the reason of their last try."""
        return Counter(self._missing.values())

    def count(self, told: Iterable[tuple[int, Accepted | Missed]]) -> None:
        """Count what has come in, by metering point: one that was missed and comes after all is read."""
        for point, one in told:
            if isinstance(one, Missed):
                self._missing[point] = one.reason
            else:
                self._missing.pop(point, None)
                self.read += 1
        self._tell()

    def finish(self, at: datetime) -> None:
        """Note the end of the round."""
        self.finished = at
        self._tell()

    async def changed(self, clock: Clock, seen: int, until: datetime) -> None:
        """Wait until the round stands otherwise than at ``seen``, at most until an instant."""
        if self.version != seen or self.finished is not None:
            return
        coming: Waiter[None] = clock.future()
        self._watchers.append(coming)
        try:
            await clock.wait(coming, until)
        except DeadlineError:
            self._watchers.remove(coming)

    def _tell(self) -> None:
        self.version += 1
        watchers, self._watchers = self._watchers, []
        for each in watchers:
            if not each.done():
                each.set_result(None)


@dataclass(frozen=True, slots=True)
class Round:
    """One round: which day, until when, how many passes; and where its answers go."""

    intake: Intake
    day: date
    until: datetime
    passes: int
    rank: LinkRank
    tally: Tally


@dataclass(frozen=True, slots=True)
class Tools:
    """What asking needs."""

    store: Store
    field: Field
    links: Links
    clock: Clock
    manners: Collection


class LinkRound:
    """One link's part of a round."""

    def __init__(self, tools: Tools, plan: Round, link: str, area: Semaphore) -> None:
        self._tools = tools
        self._plan = plan
        self._link = link
        self._area = area

    async def run(self, due: list[Target]) -> None:
        """Ask for everything due; meters that stay silent are asked again after growing pauses while there is time."""
        clock, plan = self._tools.clock, self._plan
        pause = timedelta(minutes=self._tools.manners.first_pause_min)
        for number in range(plan.passes):
            if number:
                if clock.now() + pause >= plan.until:
                    return
                await clock.sleep(pause)
                pause *= 2
            if not await self._is_up(due):
                return
            async with self._area:
                due = await self._pass(due)
            if not due:
                return

    async def _is_up(self, due: list[Target]) -> bool:
        """Wait for the link until the round ends; what that means for its meters is noted at once."""
        tools, plan = self._tools, self._plan
        if not tools.links.is_up(self._link):
            down = Missed(MissReason.LINK_DOWN)
            await self._take([(target.duty, down) for target in due], count=False)
            log.warning("collect.link_down", link=self._link, meters=len(due))
        if await tools.links.wait_up(self._link, plan.until):
            return True
        plan.tally.count((target.duty.point, Missed(MissReason.LINK_DOWN)) for target in due)
        return False

    async def _pass(self, due: list[Target]) -> list[Target]:
        """Ask once for each; give what is worth asking for again."""
        told = await self._stored([target for target in due if target.stored])
        await self._take([(target.duty, answer) for target, answer in told])
        lacking = [_after(target, answer) for target, answer in told if isinstance(answer, Missed)]
        # what the concentrator has not got is asked of the meter itself: in the next pass, at once if there is none
        is_last = self._plan.passes == 1
        at_once = [target for target in lacking if is_last and not target.stored]
        again = [target for target in lacking if target.stored or not is_last]
        single = [*(target for target in due if not target.stored), *at_once]
        for target in sorted(single, key=lambda t: (t.goes_last, t.duty.point)):
            answer = await self._single(target)
            await self._take([(target.duty, answer)])
            if isinstance(answer, Missed) and answer.reason in WORTH_ASKING_AGAIN:
                again.append(_after(target, answer))
            if self._tools.manners.pause_s:
                await self._tools.clock.sleep(self._tools.manners.pause_s)
        return again

    async def _stored(self, targets: list[Target]) -> list[tuple[Target, FreezeRead | Missed]]:
        """Ask a concentrator for what it has collected of many meters, in few requests."""
        if not targets:
            return []
        addresses = [target.place.address for target in targets]
        concentrator = self._tools.field.concentrator(self._link)
        plan = self._plan
        answers = await concentrator.daily_freezes(plan.day, addresses, rank=plan.rank, until=plan.until)
        return [(target, freeze_read(answers[target.place.address])) for target in targets]

    async def _single(self, target: Target) -> FreezeRead | Missed:
        plan = self._plan
        try:
            meter = self._tools.field.meter(wire_place(target.place))
        except DriverError as error:
            return Missed(MissReason.NO_ROAD, str(error))
        return freeze_read(await meter.daily_freeze(plan.day, rank=plan.rank, until=plan.until))

    async def _take(self, answers: Sequence[Answer], *, count: bool = True) -> None:
        told = await self._plan.intake.take(answers)
        for (duty, _), one in zip(answers, told, strict=True):
            if isinstance(one, Accepted) and one.findings:
                log.warning("collect.found", point=duty.point, day=str(duty.day), found=list(one.findings))
        if count:
            self._plan.tally.count(zip((duty.point for duty, _ in answers), told, strict=True))


def targets(
    view: View, day: date, link: str | None = None, points: Many[int] | None = None
) -> tuple[list[Target], list[Duty]]:
    """Find where the meters of the open duties are; and the duties whose point has no meter any more.

    One that was put in on the day itself is none: what it showed at 00:00 is not what its predecessor had counted.
    """
    places = {place.point: place for place in archive.places(view, day, link) if place.since < day}
    duties = open_duties(view, day, link=link, points=points)
    found = [_target(duty, places[duty.point]) for duty in duties if duty.point in places]
    return found, [duty for duty in duties if duty.point not in places]


def _target(duty: Duty, place: archive.Place) -> Target:
    return Target(duty, place, Road(place.road) is Road.PROXY and duty.reason in NOT_YET_ASKED)


def _after(target: Target, answer: Missed) -> Target:
    """Give a target as it stands after a try: the meter itself is asked next, unless nobody could be."""
    duty = replace(target.duty, tries=target.duty.tries + 1, reason=answer.reason)
    return Target(duty, target.place, target.stored and answer.reason in NOT_YET_ASKED)
