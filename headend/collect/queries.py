"""Readings: the newest version of one, of a point's days, or of everybody."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, literal, select

from headend import archive
from headend.collect import tables
from headend.collect.duty_tables import relay_seen
from headend.collect.energy import legs_between, plausible_kwh, sound_energy
from headend.collect.model import FIRM, DayEnergy, Mark, Reading, Registers
from headend.store import BUSINESS_ZONE, View

r = tables.reading

ONE_DAY = timedelta(days=1)

GOOD_DAYS = 7
LOOK_BACK = 60
"""How many days back good days are looked for."""

_newer = tables.reading.alias("newer")
_TARIFFS = ("t1", "t2", "t3", "t4")
_COLUMNS = (
    *("day", "point", "account", "version", "total", *_TARIFFS, "reverse"),
    *("mark", "stamp", "source", "at", "reason", "evidence", "periods_suspect"),
)

_ALL = select(*(r.c[name] for name in _COLUMNS))

_NEWEST = _ALL.where(
    ~select(_newer.c.version)
    .where(_newer.c.day == r.c.day, _newer.c.point == r.c.point, _newer.c.version > r.c.version)
    .exists()
)


def readings(day: date) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` (and by ``point``): the newest version of the day's freeze, any mark.

    Columns: day, account, point, version, total, t1 to t4, reverse, mark, stamp, source, at, reason, evidence,
    periods_suspect. For many, join on ``point``: it is the key of the table.
    """
    return _NEWEST.where(r.c.day == literal(day))


def reading(view: View, point: int, day: date) -> Reading | None:
    """Give the newest version of a point's freeze of ``day``; None if there is no reading."""
    return newest(view, [point], day).get(point)


def newest(view: View, points: Collection[int], day: date) -> dict[int, Reading]:
    """Give the newest version of the freeze of ``day`` of each of the points that has one."""
    rows = view.all(_NEWEST.where(r.c.day == day, r.c.point.in_(points)))
    return {row.point: as_reading(row) for row in rows}


def readings_of(view: View, point: int, first: date, last: date) -> dict[date, Reading]:
    """Give the newest versions of a point's freezes from ``first`` to ``last``, both included, by day."""
    rows = view.all(_NEWEST.where(r.c.day.in_(list(_days(first, last))), r.c.point == point).order_by(r.c.day))
    return {row.day: as_reading(row) for row in rows}


def versions(view: View, point: int, day: date) -> list[Reading]:
    """Give every version of a point's freeze of ``day``, the first one first."""
    rows = view.all(_ALL.where(r.c.day == day, r.c.point == point).order_by(r.c.version))
    return [as_reading(row) for row in rows]


def suspect_ones(view: View, day: date) -> dict[int, int]:
    """Give the points whose newest version of the freeze of ``day`` is marked S, with their accounts."""
    rows = view.all(_NEWEST.where(r.c.day == day, r.c.mark == Mark.S.value).with_only_columns(r.c.point, r.c.account))
    return {row.point: row.account for row in rows}


def last_good(view: View, point: int, day: date) -> Reading | None:
    """Give the latest freeze up to ``day`` that is marked G or C, at most :data:`LOOK_BACK` days old."""
    return last_good_of(view, [point], day).get(point)


def last_trusted(view: View, point: int, day: date) -> Reading | None:
    """Give the latest such freeze whose period registers are trusted too."""
    return last_good_of(view, [point], day, periods=True).get(point)


def last_good_of(view: View, points: Collection[int], day: date, *, periods: bool = False) -> dict[int, Reading]:
    """Give the same for each of the points that has one: nearly all of them have that of ``day`` itself.

    With ``periods``, only a freeze whose period registers are trusted too will do.
    """
    found = {point: each for point, each in newest(view, points, day).items() if _is_good(each, periods=periods)}
    rest = [point for point in points if point not in found]
    if not rest:
        return found
    before = list(_days(day - LOOK_BACK * ONE_DAY, day - ONE_DAY))
    firm = _NEWEST.where(r.c.day.in_(before), r.c.point.in_(rest), r.c.mark.in_([mark.value for mark in FIRM]))
    if periods:
        firm = firm.where(~r.c.periods_suspect)
    good = firm.with_only_columns(r.c.point, func.max(r.c.day).label("day")).group_by(r.c.point).subquery()
    latest = _NEWEST.join(good, (r.c.day == good.c.day) & (r.c.point == good.c.point))
    return found | {row.point: as_reading(row) for row in view.all(latest)}


def good_days(view: View, point: int, day: date, limit: int = GOOD_DAYS) -> list[DayEnergy]:
    """Give the last good days of a point that ended by the freeze of ``day``, latest first.

    A good day lies between two neighbouring freezes marked G or C, the relay closed. At most ``limit``, none older
    than :data:`LOOK_BACK` days. Its energy is given by period where the period registers can be trusted.
    """
    found = readings_of(view, point, day - LOOK_BACK * ONE_DAY, day)
    meters = archive.installations(view, point)
    if not found or not meters:
        return []
    capacity = archive.account(view, meters[-1].account).capacity_kw
    most = plausible_kwh(capacity, meters[-1].current_max_a, meters[-1].phases, 24)
    account = meters[-1].account
    dark = dark_days(view, range(account, account + 1), day - LOOK_BACK * ONE_DAY, day).get(account, frozenset())
    energies = (
        DayEnergy(start.day, energy)
        for start, end in _firm_pairs(found)
        if start.day not in dark
        and (energy := sound_energy(legs_between(meters, start.day, start.trusted, end.day, end.trusted), most))
    )
    return [energy for energy, _ in zip(energies, range(limit), strict=False)]


def dark_days(view: View, accounts: range, first: date, last: date) -> dict[int, frozenset[date]]:
    """Give, for accounts of the range, the days from ``first`` to ``last`` on which the relay was open at some time.

    As the relay was seen: from a look that found it open to the next one that found it closed. Accounts without such
    a day are left out.
    """
    begin, end = (datetime.combine(day, time(), BUSINESS_ZONE) for day in (first - LOOK_BACK * ONE_DAY, last + ONE_DAY))
    s = relay_seen.c
    bounds = (s.account >= accounts.start) & (s.account < accounts.stop) & (s.at >= begin) & (s.at < end)
    found: dict[int, set[date]] = {}
    opened = dict.fromkeys(_open_at(view, accounts, begin), begin.date())
    for row in view.all(select(s.account, s.open, s.at).where(bounds).order_by(s.account, s.at, s.id)):
        day = row.at.astimezone(BUSINESS_ZONE).date()
        if row.open:
            opened.setdefault(row.account, day)
        elif row.account in opened:
            found.setdefault(row.account, set()).update(_days(opened.pop(row.account), day))
    for account, since in opened.items():
        found.setdefault(account, set()).update(_days(since, last))
    within = {account: frozenset(d for d in days if first <= d <= last) for account, days in found.items()}
    return {account: days for account, days in within.items() if days}


def _open_at(view: View, accounts: range, at: datetime) -> list[int]:
    """Give the accounts of a range whose relay was open at the last look before an instant."""
    s = relay_seen.c
    earlier = (s.account >= accounts.start) & (s.account < accounts.stop) & (s.at < at)
    place = func.row_number().over(partition_by=s.account, order_by=(s.at.desc(), s.id.desc())).label("place")
    ranked = select(s.account, s.open, place).where(earlier).subquery()
    return [row.account for row in view.all(select(ranked.c.account).where(ranked.c.place == 1, ranked.c.open))]


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * ONE_DAY for n in range((last - first).days + 1))


def as_reading(row: Row[Any]) -> Reading:
    """Turn a row of :func:`readings` into a value."""
    values = row._asdict()
    tariffs = tuple(t for t in (values.pop(name) for name in _TARIFFS) if t is not None)
    registers = Registers(values.pop("total"), tariffs)
    return Reading(**{**values, "registers": registers, "mark": Mark(row.mark)})


def _is_good(reading: Reading, *, periods: bool) -> bool:
    return reading.mark in FIRM and not (periods and reading.periods_suspect)


def _firm_pairs(found: Mapping[date, Reading]) -> Iterator[tuple[Reading, Reading]]:
    """Give neighbouring freezes marked G or C, latest first."""
    for day in sorted(found, reverse=True):
        before = found.get(day - ONE_DAY)
        if before is not None and before.mark in FIRM and found[day].mark in FIRM:
            yield before, found[day]
