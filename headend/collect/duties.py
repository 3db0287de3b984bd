"""Duties of the day: what is to be read, what came, and for each missing reading the reason."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, func, select

from headend import archive, work
from headend.archive import FlagKind
from headend.collect import duty_tables, queries
from headend.collect.reasons import MissReason
from headend.store import Tx, View
from headend.store.tables import day_step
from headend.work import OrderKind

d = duty_tables.duty

ESTIMATE_STEP = "estimate"
"""Once this step of the day has begun, a reading is late and tells those who may have computed without it."""

STALE_DAYS = 2
"""The freeze of D-1 still counts."""
NO_READING_DAYS = 3
MOST_NAMED = 500
"""Points that are named in a query; of more the rows are sorted out afterwards."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """One reading still due; ``reason`` is that of the last try, ``was_silent`` tells of the day before."""

    day: date
    point: int
    account: int
    link: str
    tries: int
    reason: MissReason = MissReason.NOT_ASKED
    was_silent: bool = False


def plan(tx: Tx, day: date) -> int:
    """Make one duty per metering point due on ``day``; give how many are new. Doing it again adds only what is new.

    A meter that is installed on a day has no freeze of its 00:00: its readings begin the day after.
    """
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
        if place.since < day
    ]
    return tx.insert_new(d, rows, keys=["day", "point"])


def open_duties(view: View, day: date, *, link: str | None = None, points: Collection[int] | None = None) -> list[Duty]:
    """List what is still to be read for ``day``, by link and point; of one link, of some points, or all of it."""
    before = d.alias("before")
    silent = (before.c.reason == MissReason.SILENT.value) & before.c.done.is_(False)
    was_silent = select(before.c.point).where(before.c.day == day - ONE_DAY, before.c.point == d.c.point, silent)
    columns = (
        d.c.day,
        d.c.point,
        d.c.account,
        d.c.link,
        d.c.tries,
        d.c.reason,
        was_silent.exists().label("was_silent"),
    )
    found = select(*columns).where(d.c.day == day, d.c.done.is_(False)).order_by(d.c.link, d.c.point)
    if link is not None:
        found = found.where(d.c.link == link)
    if points is not None and len(points) <= MOST_NAMED:
        found = found.where(d.c.point.in_(list(points)))
    wanted = None if points is None else frozenset(points)
    return [
        Duty(**{**row._asdict(), "reason": MissReason(row.reason or MissReason.NOT_ASKED)})
        for row in view.all(found)
        if wanted is None or row.point in wanted
    ]


def settle_duty(tx: Tx, account: int, point: int, day: date, *, firm: bool) -> bool:
    """End a duty that has its reading; a good one ends what was said of the account's silence.

    Gives whether the run of that day has begun, so that those who may have computed without it have to be told.
    """
    return settle_duties(tx, day, {point: account}, [account] if firm else [])


def settle_duties(tx: Tx, day: date, ended: Mapping[int, int], firm: Collection[int]) -> bool:
    """End duties of ``day``: points with their accounts; ``firm`` are the accounts whose reading is a good one."""
    these = (d.c.day == day) & d.c.point.in_(list(ended))
    tx.execute(d.update().where(these).values(done=True, reason=None, detail=None, tries=d.c.tries + 1, at=tx.now))
    if firm and day >= tx.today - ONE_DAY:
        for account in sorted(archive.flagged(tx, firm, FlagKind.STALE_DATA)):
            archive.end_flags(tx, account, FlagKind.STALE_DATA, "a good reading came")
        evidence = {"reading": str(day)}
        for account in sorted(work.with_open(tx, firm, OrderKind.NO_READING)):
            work.close_orders(tx, OrderKind.NO_READING, account=account, done_by=tx.actor, evidence=evidence)
    return _run_has_begun(tx, day)


def unread(view: View, day: date) -> dict[int, int]:
    """Give the points without a good freeze of ``day``, with their accounts: nothing came, or nothing believable."""
    return queries.suspect_ones(view, day) | {duty.point: duty.account for duty in open_duties(view, day)}


def flag_stale(tx: Tx, day: date, points: Mapping[int, int]) -> int:
    """Flag those without a good freeze of ``day`` or of the day before (R3); work orders after three days.

    ``points`` are some of :func:`unread`: a meter that tells every day what can't be believed is no better off than a
    silent one. Gives how many are stale.
    """
    good = queries.last_good_of(tx, list(points), day)
    ages = {point: (day - good[point].day).days if point in good else NO_READING_DAYS for point in sorted(points)}
    stale = [point for point, age in ages.items() if age >= STALE_DAYS]
    for point in stale:
        _flag_stale(tx, points[point], ages[point])
    return len(stale)


def _flag_stale(tx: Tx, account: int, age: int) -> None:
    tx.lock(account)
    archive.set_flag(tx, account, FlagKind.STALE_DATA, until=None, reason="no good freeze of two days")
    if age >= NO_READING_DAYS:
        work.open_order(tx, OrderKind.NO_READING, account=account, due=tx.now + ONE_DAY, values={"days": str(age)})


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


def link_counts(view: View, day: date) -> dict[str, tuple[int, int, dict[str, int]]]:
    """Give the same as :func:`day_counts` for each link."""
    number = func.count().label("number")
    rows = view.all(
        select(d.c.link, d.c.done, d.c.reason, number).where(d.c.day == day).group_by(d.c.link, d.c.done, d.c.reason)
    )
    due: Counter[str] = Counter()
    read: Counter[str] = Counter()
    reasons: dict[str, dict[str, int]] = {}
    for row in rows:
        due[row.link] += row.number
        if row.done:
            read[row.link] += row.number
        else:
            reasons.setdefault(row.link, {})[str(row.reason)] = row.number
    return {link: (due[link], read[link], reasons.get(link, {})) for link in sorted(due)}


def missing(view: View, day: date) -> list[Row[tuple[int, str, str, str, int, datetime]]]:
    """List the missing readings of a day: account, link, reason, detail, tries, when it was last tried."""
    columns = (d.c.account, d.c.link, d.c.reason, d.c.detail, d.c.tries, d.c.at)
    return list(view.all(select(*columns).where(d.c.day == day, d.c.done.is_(False)).order_by(d.c.account)))


def _run_has_begun(view: View, day: date) -> bool:
    begun = select(day_step.c.day).where(day_step.c.day == day, day_step.c.step == ESTIMATE_STEP)
    return view.one(begun) is not None
