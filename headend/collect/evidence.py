"""What an audit (稽查) looks at: the relay states that meters told, days with duties, versions of readings."""

from datetime import date

from sqlalchemy import Row, func, select

from headend.collect.duty_tables import duty, relay_seen
from headend.collect.relays import RelaySeen
from headend.collect.tables import reading
from headend.store import View


def relays(view: View, account: int) -> list[RelaySeen]:
    """Give every relay state seen of an account's meters, oldest first."""
    s = relay_seen.c
    columns = (s.open, s.command_open, s.keep_power, s.current_a.label("current"), s.address, s.at, s.source)
    rows = view.all(select(*columns).where(s.account == account).order_by(s.at, s.id))
    return [RelaySeen(**row._asdict()) for row in rows]


def open_relays(view: View) -> dict[int, bool]:
    """Tell of each account whose relay was ever read whether the newest read found it open."""
    s = relay_seen.c
    place = func.row_number().over(partition_by=s.account, order_by=(s.at.desc(), s.id.desc())).label("place")
    ranked = select(s.account, s.open, place).subquery()
    rows = view.all(select(ranked.c.account, ranked.c.open).where(ranked.c.place == 1))
    return {row.account: row.open for row in rows}


def duty_days(view: View) -> list[date]:
    """Give the days for which readings were due, oldest first."""
    return [row.day for row in view.all(select(duty.c.day).distinct().order_by(duty.c.day))]


def version_gaps(view: View) -> list[Row[tuple[date, int, int, int]]]:
    """Find readings of which a version is missing: day, account, versions there are, newest version."""
    r = reading.c
    number, newest = func.count().label("number"), func.max(r.version).label("newest")
    groups = select(r.day, func.max(r.account).label("account"), number, newest).group_by(r.day, r.point)
    return list(view.all(groups.having(number != newest).order_by(r.day)))
