"""Clocks of meters and concentrators (时钟): how far each is off, what follows from that, and what was done.

The limits are those of validation (business rule 4.4); a clock that was read is kept, one that was set too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Row, func, select

from headend import archive, work
from headend.archive import NoPlaceError, Place
from headend.collect.duty_tables import clock_seen
from headend.store import BUSINESS_ZONE, Tx, View
from headend.work import OrderKind

c = clock_seen.c

ORDER_WITHIN = timedelta(days=3)

QUIET_BEFORE = time(23, 55)
QUIET_AFTER = time(0, 5)
"""No clock is set between these: a freeze is being made."""


class Clock(StrEnum):
    """What is to be done about a clock that is off."""

    FINE = "fine"
    SET = "set"  # it may be set from afar, once a day
    ORDER = "order"  # somebody has to look at the meter
    TARIFFS = "tariffs"  # its period registers are not trusted
    UNUSABLE = "unusable"  # no reading of it is usable for a cut (R3)


LIMITS: tuple[tuple[timedelta, Clock, str], ...] = (
    (timedelta(seconds=60), Clock.FINE, "nothing"),
    (timedelta(minutes=5), Clock.SET, "it is set from afar, at most once a day, not between 23:55 and 00:05"),
    (timedelta(minutes=30), Clock.ORDER, "work order METER_CLOCK"),
    (timedelta(hours=24), Clock.TARIFFS, "work order; its period registers are not trusted (finding `clock`)"),
    (timedelta.max, Clock.UNUSABLE, "work order; no reading of it is usable for a cut (R3)"),
)
"""Up to which error, whichever way, what is done."""

ORDERS = frozenset({Clock.ORDER, Clock.TARIFFS, Clock.UNUSABLE})


class Outcome(StrEnum):
    """What a row of the record tells."""

    SEEN = "seen"  # the clock was read
    HEARD = "heard"  # a device told its time by itself
    SETTING = "setting"  # it is about to be set: once a day, whatever comes of it
    WAS_SET = "was_set"
    NOT_SET = "not_set"


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """A row of the record; ``error`` is how far the clock was ahead of ours."""

    at: datetime
    outcome: Outcome
    error: timedelta | None
    detail: str | None


def judge_clock(error: timedelta) -> Clock:
    """Say what is to be done about a clock that is ``error`` ahead of ours, or behind it."""
    return next(clock for limit, clock, _ in LIMITS if abs(error) <= limit)


def in_words(error: timedelta) -> str:
    """Write how far a clock is off, in seconds and which way."""
    seconds = round(error.total_seconds())
    return f"{abs(seconds)} s {'ahead' if seconds >= 0 else 'behind'}"


def error_of(shown: datetime, asked: datetime, answered: datetime) -> timedelta:
    """Give by how much a clock is off at least, that showed a time somewhen between the question and its answer.

    On the power line both may be a minute apart; a clock that may be right is not called wrong.
    """
    if shown < asked:
        return shown - asked
    return max(shown - answered, timedelta())


def may_set(now: datetime, shown: datetime) -> bool:
    """Tell whether a clock that shows ``shown`` may be set now: by neither clock may a midnight come twice or never."""
    days = set()
    for at in (now, shown):
        local = at.astimezone(BUSINESS_ZONE)
        if local.time() >= QUIET_BEFORE or local.time() < QUIET_AFTER:
            return False
        days.add(local.date())
    return len(days) == 1


def due_clocks(view: View, every_days: int) -> list[Place]:
    """Give the meters whose clocks are to be read today: each one every so many days, one known to be off each day."""
    today = view.today
    off = last_errors(view)
    turn = today.toordinal() % every_days
    return [
        place
        for place in archive.places(view, today)
        if place.point % every_days == turn
        or judge_clock(off.get((place.account, place.address), timedelta())) is not Clock.FINE
    ]


def note_clock(tx: Tx, place: Place, error: timedelta) -> Clock:
    """Keep how far a meter's clock is off; opens the work order that follows, or closes it once the clock is right."""
    tx.lock(place.account)
    _add(tx, place, Outcome.SEEN, error=error)
    found = judge_clock(error)
    if found in ORDERS:
        _order(tx, place, {"off": in_words(error), "says": found.value})
    elif found is Clock.FINE:
        shown = {"clock": f"read on {tx.today}, {in_words(error)}"}
        work.close_orders(tx, OrderKind.METER_CLOCK, account=place.account, done_by=tx.actor, evidence=shown)
    return found


def begin_setting(tx: Tx, place: Place) -> bool:
    """Note that a clock is about to be set; False, and nothing noted, if that was tried today already."""
    midnight = datetime.combine(tx.today, time(), BUSINESS_ZONE)
    tried = select(c.id).where(c.account == place.account, c.at >= midnight, c.outcome == Outcome.SETTING.value)
    if tx.scalar(tried.limit(1)) is not None:
        return False
    _add(tx, place, Outcome.SETTING)
    return True


def end_setting(tx: Tx, place: Place, *, done: bool, detail: str) -> None:
    """Note what came of setting a clock; a meter that does not let its clock be set needs a visit."""
    tx.lock(place.account)
    _add(tx, place, Outcome.WAS_SET if done else Outcome.NOT_SET, detail=detail)
    if not done:
        _order(tx, place, {"not_set": detail})


def note_heard(tx: Tx, link: str, error: timedelta) -> Clock:
    """Keep how far a concentrator's own clock is off, as its heartbeat told; a bad one opens a work order."""
    row = {"link": link, "error_s": round(error.total_seconds()), "outcome": Outcome.HEARD.value}
    tx.insert(clock_seen, **row, **tx.stamp())
    found = judge_clock(error)
    if found in ORDERS:
        values = {"link": link, "off": in_words(error)}
        unit = archive.link_unit(tx, link)
        work.open_order(tx, OrderKind.METER_CLOCK, unit=unit, due=tx.now + ORDER_WITHIN, values=values)
    return found


def last_error(view: View, account: int) -> timedelta | None:
    """Give by how much the clock of an account's meter was off when it was last read; None if it never was (R3)."""
    try:
        place = archive.place(view, account, view.today)
    except NoPlaceError:
        return None
    return last_errors(view, [account]).get((account, place.address))


def last_errors(view: View, accounts: Collection[int] | None = None) -> dict[tuple[int, str], timedelta]:
    """Give the same for those of the accounts, or of all, whose clock was ever read, by account and meter's address.

    The clock of a meter that was removed says nothing of the one that came for it.
    """
    which = c.account.is_not(None) if accounts is None else c.account.in_(accounts)
    newest = select(func.max(c.id)).where(which, c.error_s.is_not(None)).group_by(c.account, c.address)
    rows = view.all(select(c.account, c.address, c.error_s).where(c.id.in_(newest)))
    return {(row.account, row.address): timedelta(seconds=row.error_s) for row in rows}


def clock_history(
    view: View, *, account: int | None = None, link: str | None = None, limit: int = 20
) -> list[ClockSeen]:
    """Give the newest rows about the clock of an account's meter, or of a concentrator, newest first."""
    about = (c.account == account) if account is not None else (c.link == link) & c.account.is_(None)
    columns = (c.at, c.outcome, c.error_s, c.detail)
    return [_seen(row) for row in view.all(select(*columns).where(about).order_by(c.id.desc()).limit(limit))]


def _order(tx: Tx, place: Place, values: dict[str, str]) -> None:
    told = {"address": place.address, **values}
    work.open_order(tx, OrderKind.METER_CLOCK, account=place.account, due=tx.now + ORDER_WITHIN, values=told)


def _add(tx: Tx, place: Place, outcome: Outcome, *, error: timedelta | None = None, detail: str | None = None) -> None:
    seconds = None if error is None else round(error.total_seconds())
    row = {"link": place.link, "account": place.account, "address": place.address, "outcome": outcome.value}
    tx.insert(clock_seen, **row, error_s=seconds, detail=detail and detail[:200], **tx.stamp())


def _seen(row: Row[tuple[object, ...]]) -> ClockSeen:
    error = None if row.error_s is None else timedelta(seconds=row.error_s)
    return ClockSeen(row.at, Outcome(row.outcome), error, row.detail)
