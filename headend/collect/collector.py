"""Rounds of collection (采集轮次) and live reads, over the drivers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from clock import Clock
from drivers.link import Links
from drivers.link import Rank as LinkRank
from drivers.meter import (
    Answer,
    Dialect,
    Field,
    Freeze,
    Place,
    Reason,
    Refused,
    Road,
    Silence,
    Silent,
    Told,
    WireFrame,
)
from headend import archive
from headend.collect.duties import Accepted, Duty, FreezeRead, MissReason, accept, day_counts, miss, open_duties
from headend.collect.live import WORKER, Want, answer, due_wants
from headend.collect.model import Registers
from headend.store import By, Rank, Store, View, Worker

log = structlog.get_logger(__name__)

SILENCES: Mapping[Silence, MissReason] = {
    Silence.NO_ANSWER: MissReason.SILENT,
    Silence.LINK_DOWN: MissReason.LINK_DOWN,
    Silence.LINK_LOST: MissReason.LINK_DOWN,
    Silence.EXPIRED: MissReason.NOT_ASKED,
    Silence.HELD_BACK: MissReason.NOT_ASKED,
    Silence.QUEUE_FULL: MissReason.NOT_ASKED,
    Silence.GARBLED: MissReason.GARBLED,
    Silence.SECURITY: MissReason.NOT_ASKED,
}

REFUSALS: Mapping[Reason, MissReason] = {
    Reason.NO_DATA: MissReason.NO_FREEZE,
    Reason.OTHER_DAY: MissReason.NO_FREEZE,
    Reason.ADDRESS: MissReason.UNKNOWN_METER,
}

LIVE_PARALLEL = 8


@dataclass(frozen=True, slots=True)
class Target:
    """A duty together with where its meter is."""

    duty: Duty
    place: Place


def frames_of(trace: Sequence[WireFrame]) -> tuple[tuple[str, datetime, bytes], ...]:
    """Give the frames behind an answer in the form that is stored."""
    return tuple((frame.way.value, frame.at, frame.data) for frame in trace)


def wire_place(place: archive.Place) -> Place:
    """Say where a meter is in the drivers' words."""
    return Place(place.address, Dialect(place.dialect), Road(place.road), place.link, place.profile)


def targets(view: View, day: date) -> list[Target]:
    """Find where the meters of the open duties are."""
    places = {place.point: place for place in archive.places(view, day)}
    return [Target(duty, wire_place(places[duty.point])) for duty in open_duties(view, day) if duty.point in places]


class Collector:
    """Asks for what is due: daily freezes in rounds, live reads when somebody wishes for one."""

    def __init__(self, store: Store, field: Field, links: Links, clock: Clock) -> None:
        self._store = store
        self._field = field
        self._links = links
        self._clock = clock

    async def round(self, name: str, day: date, until: datetime) -> str:
        """Ask once for every freeze of ``day`` that is still missing, link by link at the same time.

        A link that is down is waited for until the round ends. Gives a note for the log.
        """
        by = By("system:collect", f"round:{day}:{name}", Rank.FIELD)
        due = await self._store.read(targets, day)
        by_link: defaultdict[str, list[Target]] = defaultdict(list)
        for target in due:
            by_link[target.place.link].append(target)
        await self._clock.gather(*(self._ask_link(by, link, due, until) for link, due in sorted(by_link.items())))
        total, read, missing = await self._store.read(day_counts, day)
        if due:
            log.info("collect.round", round=name, day=str(day), read=read, due=total, missing=missing or None)
        return f"{read} of {total}"

    async def _ask_link(self, by: By, link: str, due: list[Target], until: datetime) -> None:
        if not await self._links.wait_up(link, until):
            for target in due:
                await self._store.write(by, miss, target.duty, MissReason.LINK_DOWN)
            log.warning("collect.link_down", link=link, meters=len(due))
            return
        counted: Counter[str] = Counter()
        for target, told in (await self._ask_concentrator(link, due, until)).items():
            counted[await self._settle(by, target, told)] += 1
        for target in due:
            if target.place.road is not Road.PROXY or target.duty.tries > 0:
                told = await self._field.meter(target.place).daily_freeze(target.duty.day, until=until)
                counted[await self._settle(by, target, told)] += 1
        log.debug("collect.link", link=link, **counted)

    async def _ask_concentrator(self, link: str, due: list[Target], until: datetime) -> dict[Target, Answer[Freeze]]:
        """Ask a concentrator once for what it has collected of many meters.

        What it did not have at the first try is asked of the meters themselves: it may have lost them.
        """
        bulk = [target for target in due if target.place.road is Road.PROXY and target.duty.tries == 0]
        if not bulk:
            return {}
        addresses = [target.place.address for target in bulk]
        answers = await self._field.concentrator(link).daily_freezes(bulk[0].duty.day, addresses, until=until)
        return {target: answers[target.place.address] for target in bulk}

    async def _settle(self, by: By, target: Target, told: Answer[Freeze]) -> str:
        """Store one answer, or the reason why there is none; give a word for the count."""
        total = told.value.total if isinstance(told, Told) else None
        if isinstance(told, Told) and total is not None:
            freeze = told.value
            read = FreezeRead(Registers(total, freeze.tariffs), freeze.stamp, frames_of(told.trace))
            accepted: Accepted = await self._store.write(by, accept, target.duty, read)
            if accepted.findings:
                log.warning("collect.suspect", address=target.place.address, found=list(accepted.findings))
            return "read" if not accepted.late else "late"
        reason, detail = why_missing(told)
        await self._store.write(by, miss, target.duty, reason, detail)
        return reason.value

    def wants_worker(self) -> Worker[Want]:
        """Make the worker that fulfils wishes for live reads."""
        return Worker(self._clock, self._store, WORKER, due_wants, self._fulfil, LIVE_PARALLEL)

    async def _fulfil(self, wish: Want) -> None:
        place = await self._store.read(place_now, wish.account)
        rank = LinkRank.OPERATOR if wish.rank == Rank.PEOPLE else LinkRank.CHECK
        told = await self._field.meter(wire_place(place)).registers(rank=rank)
        total = told.value.total if isinstance(told, Told) else None
        reason = None if total is not None else why_missing(told)[0].value
        by = By("system:collect", f"want:{wish.id}", Rank.FIELD)
        ended = await self._store.write(
            by, answer, wish, place.point, place.address, total, reason, frames_of(told.trace)
        )
        log.debug("collect.live", address=place.address, total=str(total), reason=reason, ended=ended)


def place_now(view: View, account: int) -> archive.Place:
    """Give the meter installed for an account today."""
    return archive.place(view, account, view.today)


def why_missing(told: Answer[object]) -> tuple[MissReason, str]:
    """Say in a duty's words why an answer brought no value, with the device's own code."""
    match told:
        case Refused():
            return REFUSALS.get(told.reason, MissReason.REFUSED), f"{told.code} {told.reason}"
        case Silent():
            return SILENCES[told.reason], told.reason.value
        case _:
            return MissReason.NO_FREEZE, ""
