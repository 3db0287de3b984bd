"""Meters that stand still (停走): three days without a step, though voltage and current are there (A07)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from headend import archive
from headend.archive import Place
from headend.collect import findings, queries
from headend.collect.model import FIRM
from headend.collect.relays import open_since
from headend.collect.validation import Finding, Found
from headend.store import Tx, View

DAYS = 3
AGAIN_AFTER = 7
"""A meter that stands still is looked at after three days, then once a week: empty houses are many."""

PRESENT_V = Decimal(132)
"""Sixty percent of 220 V."""
PRESENT_A = Decimal("0.05")
"""11 W: in three days a meter counts 0.8 kWh of it."""

ONE_DAY = timedelta(days=1)


def standing_still(view: View, day: date) -> list[Place]:
    """Give the meters to be looked at today: those whose register has not moved for three days, or a week more.

    Relays known to be open are left out: nothing is expected to move there.
    """
    now, then = (queries.readings(each).subquery() for each in (day, day - DAYS * ONE_DAY))
    firm = [mark.value for mark in FIRM]
    same = select(now.c.point).join(then, now.c.point == then.c.point)
    same = same.where(now.c.total == then.c.total, now.c.mark.in_(firm), then.c.mark.in_(firm))
    points = {row.point for row in view.all(same)}
    if not points:
        return []
    return [
        place
        for place in archive.places(view, day)
        if place.point in points and open_since(view, place.account) is None and _is_its_turn(view, place, day)
    ]


def still_days(view: View, point: int, day: date) -> int:
    """Count the days up to the freeze of ``day`` on which a register has not moved, by good freezes in a row."""
    found = queries.readings_of(view, point, day - queries.LOOK_BACK * ONE_DAY, day)
    last = found.get(day)
    days = 0
    while last is not None and (before := found.get(day - (days + 1) * ONE_DAY)) is not None:
        if before.mark not in FIRM or before.total != last.total:
            break
        days += 1
    return days


def note_still(tx: Tx, place: Place, voltages: Sequence[Decimal | None], currents: Sequence[Decimal | None]) -> bool:
    """Note a meter that counts nothing under load, with the work order that follows; gives whether there is a load."""
    loaded = [
        (volt, abs(amp))
        for volt, amp in zip(voltages, currents, strict=False)
        if volt is not None and amp is not None and volt >= PRESENT_V and abs(amp) >= PRESENT_A
    ]
    if not loaded:
        return False
    volt, amp = max(loaded, key=lambda phase: phase[1])
    reading = queries.reading(tx, place.point, tx.today)
    days = still_days(tx, place.point, tx.today)
    found = Found(Finding.STOPPED, {"days": str(days), "voltage": str(volt), "current": str(amp)})
    version = None if reading is None else reading.version
    findings.note(tx, place.account, place.point, tx.today, version, (found,))
    return True


def _is_its_turn(view: View, place: Place, day: date) -> bool:
    days = still_days(view, place.point, day)
    return days >= DAYS and (days - DAYS) % AGAIN_AFTER == 0
