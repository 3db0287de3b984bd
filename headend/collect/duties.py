"""Duties of the day: what is to be read, what came, and for each missing reading the reason."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Row, func, select

from headend import archive, work
from headend.archive import FlagKind
from headend.collect import duty_tables, queries
from headend.collect.frames import keep_frames
from headend.collect.model import FIRM, Mark, Registers
from headend.collect.service import store_reading
from headend.collect.validation import Finding, judge
from headend.store import Fact, Tx, View
from headend.store.tables import day_step
from headend.work import OrderKind

d = duty_tables.duty

ESTIMATE_STEP = "estimate"
"""Once this step of the day is done, a reading is late and tells those who computed without it."""

NO_READING_DAYS = 3
ONE_DAY = timedelta(days=1)


class MissReason(StrEnum):
    """Why a reading is missing (漏抄原因)."""

    NOT_ASKED = "not_asked"  # no round has got to it yet
    SILENT = "silent"  # the meter did not answer
    LINK_DOWN = "link_down"  # its concentrator is not connected
    REFUSED = "refused"  # the device answered with an error
    NO_FREEZE = "no_freeze"  # it answered, and has no freeze of that day
    GARBLED = "garbled"  # the answer made no sense
    UNKNOWN_METER = "unknown_meter"  # the concentrator does not know the meter


@dataclass(frozen=True, slots=True)
class FreezeRead:
    """A daily freeze as a meter told it: the registers, its own stamp, and the frames that carried it."""

    registers: Registers
    stamp: datetime | None
    frames: tuple[tuple[str, datetime, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a freeze: its mark, what was found, and whether it came after the run of its day."""

    mark: Mark
    findings: tuple[Finding, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """One reading still due."""

    day: date
    point: int
    account: int
    link: str
    tries: int


def plan(tx: Tx, day: date) -> int:
    """Make one duty per metering point due on ``day``; give how many are new. Doing it again adds only what is new."""
    rows = [
        {
            "day": day,
            "point": place.point,
            "account": place.account,
            "link": place.link,
            "reason": MissReason.NOT_ASKED.value,
            "at": tx.now,
        }
        for place in archive.places(tx, day)
    ]
    return tx.insert_new(d, rows, keys=["day", "point"])


def open_duties(view: View, day: date) -> list[Duty]:
    """List what is still to be read for ``day``, by link and point."""
    columns = (d.c.day, d.c.point, d.c.account, d.c.link, d.c.tries)
    rows = view.all(select(*columns).where(d.c.day == day, d.c.done.is_(False)).order_by(d.c.link, d.c.point))
    return [Duty(**row._asdict()) for row in rows]


def accept(tx: Tx, duty: Duty, freeze: FreezeRead) -> Accepted:
    """Validate and store a freeze, and end its duty; after the run of the day, say that a reading came late."""
    tx.lock(duty.account)
    before = queries.last_good(tx, duty.point, duty.day - ONE_DAY)
    meters = archive.installations(tx, duty.point)
    capacity = archive.account(tx, duty.account).capacity_kw
    verdict = judge(duty.day, freeze.registers, freeze.stamp, before, meters, capacity)
    keep_frames(tx, freeze.frames)
    stored = store_reading(
        tx,
        duty.account,
        duty.point,
        duty.day,
        freeze.registers,
        mark=verdict.mark,
        source="freeze",
        stamp=freeze.stamp,
        reason=",".join(verdict.findings) or None,
    )
    _close(tx, duty)
    if verdict.mark in FIRM:
        archive.end_flags(tx, duty.account, FlagKind.STALE_DATA, "a good reading came")
        evidence = {"reading": str(duty.day)}
        work.close_orders(tx, OrderKind.NO_READING, account=duty.account, done_by=tx.actor, evidence=evidence)
    late = _run_is_over(tx, duty.day)
    if late and stored is not None:
        tx.changed(duty.account, Fact.READING)
    return Accepted(verdict.mark, verdict.findings, late)


def miss(tx: Tx, duty: Duty, reason: MissReason, detail: str = "") -> None:
    """Note why a try brought no reading; the duty stays open for the next round."""
    this = (d.c.day == duty.day) & (d.c.point == duty.point) & d.c.done.is_(False)
    tx.execute(d.update().where(this).values(reason=reason.value, detail=detail[:200], tries=d.c.tries + 1, at=tx.now))


def flag_stale(tx: Tx, day: date) -> int:
    """Flag the accounts without a good freeze of ``day`` or of the day before (R3); work orders after three days."""
    count = 0
    for duty in open_duties(tx, day):
        newest = queries.last_good(tx, duty.point, day)
        age = NO_READING_DAYS if newest is None else (day - newest.day).days
        if age < 2:  # noqa: PLR2004 - the freeze of D-1 still counts
            continue
        count += 1
        tx.lock(duty.account)
        archive.set_flag(tx, duty.account, FlagKind.STALE_DATA, until=None, reason="no good freeze of two days")
        if age >= NO_READING_DAYS:
            due = tx.now + ONE_DAY
            work.open_order(tx, OrderKind.NO_READING, account=duty.account, due=due, values={"days": str(age)})
    return count


def day_counts(view: View, day: date) -> tuple[int, int, dict[str, int]]:
    """Give for a day: readings due, readings that came, and how many are missing for each reason."""
    rows = view.all(
        select(d.c.done, d.c.reason, func.count().label("number")).where(d.c.day == day).group_by(d.c.done, d.c.reason)
    )
    missing: Counter[str] = Counter()
    read = 0
    for row in rows:
        if row.done:
            read += row.number
        else:
            missing[str(row.reason)] += row.number
    return read + sum(missing.values()), read, dict(missing)


def missing(view: View, day: date) -> list[Row[tuple[int, str, str, int]]]:
    """List the missing readings of a day: account, reason, detail, tries."""
    columns = (d.c.account, d.c.reason, d.c.detail, d.c.tries)
    return list(view.all(select(*columns).where(d.c.day == day, d.c.done.is_(False)).order_by(d.c.account)))


def _close(tx: Tx, duty: Duty) -> None:
    this = (d.c.day == duty.day) & (d.c.point == duty.point)
    tx.execute(d.update().where(this).values(done=True, reason=None, detail=None, tries=d.c.tries + 1, at=tx.now))


def _run_is_over(view: View, day: date) -> bool:
    done = select(day_step.c.day).where(
        day_step.c.day == day, day_step.c.step == ESTIMATE_STEP, day_step.c.finished.is_not(None)
    )
    return view.one(done) is not None
