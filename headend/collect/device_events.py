"""Events of devices (事件): reports kept with what they say, records read of meters, and what was odd on a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from headend import archive
from headend.archive import Scope
from headend.collect import findings
from headend.collect.duty_tables import device_event, device_report
from headend.collect.reports import Told, told_by
from headend.collect.validation import Finding, Found
from headend.store import Tx, View

e = device_event.c

REPEATED_WITHIN = timedelta(hours=1)
REPEATED_AMONG = 200
"""Reports of a link among which a repeat is looked for."""


class Source(StrEnum):
    """How an event was learned of."""

    REPORT = "report"  # the device told it by itself
    FOLLOW = "follow"  # along with an answer
    RECORD = "record"  # read from the meter's event records
    LINE = "line"  # seen on the line: another meter answered


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """An event as it is kept; ``report`` is the number of the raw report behind it."""

    id: int
    at: datetime
    source: Source
    link: str
    account: int | None
    address: str | None
    object: str | None
    name: str
    chinese: str
    began: datetime | None
    value: Any
    error: str | None
    report: int | None


def keep_report(
    tx: Tx, link: str, frame: bytes, *, apdu: bytes | None = None, source: Source = Source.REPORT
) -> int | None:
    """Keep a device's report and what it says; ``apdu`` is what was opened out of a secured one.

    Devices repeat what was not acknowledged: the same frame is kept once, and None is given for it then. After an hour
    it is another report: numbers of reports are few, and not every one says when it is of.
    """
    r = device_report.c
    lately = tx.all(select(r.data, r.at).where(r.link == link).order_by(r.id.desc()).limit(REPEATED_AMONG))
    if any(row.data == frame and row.at > tx.now - REPEATED_WITHIN for row in lately):
        return None
    report = tx.insert(device_report, link=link, data=frame, **tx.stamp())
    for told in told_by(frame, apdu):
        _add(tx, link, told, source, report)
    return report


def keep_records(tx: Tx, link: str, records: Sequence[Told]) -> int:
    """Keep event records read of a meter; one that is known, by object and begin, is not kept twice. Gives the new."""
    new = 0
    for told in records:
        same = (e.address == told.address) & (e.object == told.object) & (e.began == told.began)
        if tx.one(select(e.id).where(same, e.source == Source.RECORD.value).limit(1)) is None:
            _add(tx, link, told, Source.RECORD, None)
            new += 1
    return new


def keep_stranger(tx: Tx, link: str, address: str) -> None:
    """Note that a meter answered over a link, of which nobody asked it there: its value was rejected.

    Where the archive knows that meter at another link, its account gets the finding, and a case that freezes cuts.
    """
    account, archived = _owner(tx, address)
    told = Told(address, None, "another meter answered", "非所召表计应答")
    _add(tx, link, told, Source.LINE, None)
    if account is None or archived == link:
        return
    place = archive.place(tx, account, tx.today)
    values = {"told": f"{address} over {link}", "archived": f"{address} over {archived}"}
    findings.note(tx, account, place.point, tx.today, None, (Found(Finding.ADDRESS, values),))


def device_events(
    view: View, *, scope: Scope, account: int | None = None, link: str | None = None, limit: int = 100
) -> list[DeviceEvent]:
    """Give the newest events of a scope, newest first; of an account's meters, of a link, or all.

    An event of nobody's meter belongs to the unit of its link.
    """
    found = select(device_event).order_by(e.id.desc()).limit(limit)
    if scope != archive.whole(view):
        of_link = e.account.is_(None) & e.link.in_(archive.links_within(scope))
        found = found.where(e.account.in_(archive.accounts_within(scope)) | of_link)
    if account is not None:
        found = found.where(e.account == account)
    if link is not None:
        found = found.where(e.link == link)
    return [_event(row) for row in view.all(found)]


def _add(tx: Tx, link: str, told: Told, source: Source, report: int | None) -> None:
    account = None if told.address is None else _owner(tx, told.address)[0]
    names = {"name": told.name, "chinese": told.chinese, "object": told.object, "address": told.address}
    says = {"began": told.began, "value": told.value, "error": told.error}
    row = {"source": source.value, "report": report, "link": link, "account": account}
    tx.insert(device_event, **row, **names, **says, **tx.stamp())


def _owner(view: View, address: str) -> tuple[int | None, str | None]:
    """Tell whose meter it is today, and at which link; nobody's where the archive does not know it."""
    placed = archive.placements(view.today).subquery()
    row = view.one(select(placed.c.account, placed.c.link).where(placed.c.address == address).limit(1))
    return (None, None) if row is None else (row.account, row.link)


def _event(row: Row[Any]) -> DeviceEvent:
    values = {name: getattr(row, name) for name in DeviceEvent.__dataclass_fields__}
    return DeviceEvent(**{**values, "source": Source(row.source)})
