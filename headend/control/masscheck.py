"""The mass check (批量停电闸门, R15): too many cuts at once are more likely our fault than the customers'."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from headend import archive, work
from headend.control.errors import NotSignableError
from headend.control.tables import mass_check
from headend.store import Fact, Tx, View
from headend.work import OrderKind

LOOK_BACK = 30
TIMES_MEAN = 3
SMALL_NUMBER = 20
AREA_SHARE = Decimal("0.05")
AREA_SMALL_NUMBER = 5
COUNTY_SHARE = Decimal("0.02")

m = mass_check.c


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether cuts may go on today: ``word`` is ``passed``, ``held``, ``released`` or ``not_done``."""

    word: str
    candidates: int = 0
    reasons: Mapping[str, str] | None = None

    @property
    def open(self) -> bool:
        """Whether cut decisions and their messages may go."""
        return self.word in {"passed", "released"}


def check(tx: Tx, day: date, candidates: frozenset[int]) -> Verdict:
    """Judge how many accounts are due for T05, T07, T10 or T13 today, once a day; the same verdict again later.

    Held are more than three times the 30-day mean and more than 20, or more than 5 % of an area (and more than 5), or
    more than 2 % of the county (with the same floor, as two of a village are no mass).
    """
    standing = verdict(tx, day)
    if standing.word != "not_done":
        return standing
    reasons = _reasons(tx, day, candidates)
    values = {"candidates": len(candidates), "passed": not reasons, "detail": reasons, "at": tx.now}
    tx.insert_new(mass_check, [{"day": day, **values}], keys=["day"])
    if reasons:
        whole = archive.whole(tx).unit
        work.open_order(tx, OrderKind.MASS_CHECK, unit=whole, due=tx.now + timedelta(hours=8), values=reasons)
    return verdict(tx, day)


def release_held(tx: Tx, day: date, user: str) -> Verdict:
    """Let the held cuts of a day pass in a manager's name. Raises :class:`NotSignableError` for others."""
    if archive.staff(tx, user).role != "MGR":
        raise NotSignableError(f"{user} is no manager; a held mass check is released by MGR")
    tx.execute(mass_check.update().where(m.day == day).values(released_by=tx.actor, released_at=tx.now))
    for account in archive.accounts(tx, scope=archive.whole(tx)):
        tx.changed(account.id, Fact.APPROVAL)
    return verdict(tx, day)


def verdict(view: View, day: date) -> Verdict:
    """Give the day's verdict."""
    row = view.one(select(mass_check).where(m.day == day))
    if row is None:
        return Verdict("not_done")
    word = "passed" if row.passed else ("released" if row.released_by else "held")
    return Verdict(word, row.candidates, row.detail)


def _reasons(view: View, day: date, candidates: frozenset[int]) -> dict[str, str]:
    reasons = {}
    since = select(func.avg(m.candidates)).where(m.day < day, m.day >= day - timedelta(days=LOOK_BACK))
    mean = Decimal(str(view.scalar(since) or 0))
    if len(candidates) > SMALL_NUMBER and len(candidates) > TIMES_MEAN * mean:
        reasons["mean"] = f"{len(candidates)} of {mean:.1f}"
    customers = view.all(archive.customers())
    sizes = Counter(row.area for row in customers if row.closed is None)
    hit = Counter(row.area for row in customers if row.account in candidates)
    for area, number in hit.items():
        if number > AREA_SMALL_NUMBER and number > AREA_SHARE * sizes[area]:
            reasons[f"area:{area}"] = f"{number} of {sizes[area]}"
    total = sum(sizes.values())
    if len(candidates) > SMALL_NUMBER and len(candidates) > COUNTY_SHARE * total:
        reasons["county"] = f"{len(candidates)} of {total}"
    return reasons
