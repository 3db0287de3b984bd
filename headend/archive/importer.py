"""Taking an archive file into the archive.

An import adds. It never changes what is there: a row that says otherwise than the archive is a bad row, as stages,
contracts and calendars change by acts of people that leave a trail. So the same file twice changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, select

from headend.archive import tables
from headend.archive.document import AccountRow, Archive, Staff
from headend.archive.import_rows import (
    account_row,
    agreement_rows,
    contact_rows,
    cycle_start,
    flag_rows,
    imported,
    installation_row,
    meter_row,
    opening_row,
)
from headend.archive.model import BadRow, Imported, ImportReport, UnitKind
from headend.store import Tx

CHUNK = 1000
"""Rows per statement."""


class _BadRowError(Exception):
    """The row at hand can't be taken; carries the reason."""


def import_archive(tx: Tx, document: Archive) -> ImportReport:
    """Add what an archive file holds and the archive doesn't.

    Bad rows, also those found while the file was read, are in the report; the rest is in the archive. The report
    names every account of the file with what other rooms load for it: the opening deposit and the history.
    """
    return _Import(tx, list(document.bad)).run(document)


@dataclass
class _Import:
    """One import on its way."""

    tx: Tx
    bad: list[BadRow]
    units: dict[str, int] = field(default_factory=dict)
    areas: set[str] = field(default_factory=set)
    links: dict[str, int] = field(default_factory=dict)

    def run(self, document: Archive) -> ImportReport:
        units = self._units(document)
        concentrators = self._concentrators(document)
        days = self._calendar(document)
        staff = self._staff(document)
        accounts = self._accounts(document)
        return ImportReport(units, concentrators, days, staff, tuple(accounts), tuple(self.bad))

    def _units(self, document: Archive) -> int:
        county = document.county
        new = int(self._unit("county", UnitKind.COUNTY, None, county.code, name=county.name, stage=0))
        for path, station in document.stations:
            new += self._unit(path, UnitKind.STATION, county.code, station.code, name=station.name, stage=0)
        for path, area in document.areas:
            new += self._unit(path, UnitKind.AREA, area.station, area.code, name=area.name, stage=area.stage)
            if area.code in self.units:
                self.areas.add(area.code)
        return new

    def _unit(self, path: str, kind: UnitKind, parent: str | None, code: str, **values: Any) -> bool:
        if parent is not None and parent not in self.units:
            return self._refuse(path, f"its parent unit {parent} is not in the archive")
        above = None if parent is None else self.units[parent]
        row = {"kind": kind.value, "parent": above, "code": code, **values}
        return self._add_or_compare(path, tables.unit, "code", row, self.units)

    def _concentrators(self, document: Archive) -> int:
        new = 0
        for path, device in document.concentrators:
            if device.area not in self.areas:
                self._refuse(path, f"its area {device.area} is not in the archive")
                continue
            row = {**device.model_dump(mode="json", exclude={"area"}), "unit": self.units[device.area]}
            new += self._add_or_compare(path, tables.concentrator, "link", row, self.links)
        return new

    def _calendar(self, document: Archive) -> int:
        new = 0
        for path, day in document.calendar:
            author = {"year": day.day.year, "author": self.tx.actor}
            self.tx.insert_new(tables.calendar_year, [author], keys=["year"])
            row = {"day": day.day, "kind": day.kind.value, "name": day.name}
            new += self._add_or_compare(path, tables.calendar_day, "day", row, {})
        return new

    def _staff(self, document: Archive) -> int:
        new = 0
        for path, member in document.staff:
            if member.unit not in self.units:
                self._refuse(path, f"its unit {member.unit} is not in the archive")
            else:
                new += self._member(path, member)
        return new

    def _member(self, path: str, member: Staff) -> bool:
        s, p = tables.staff.c, tables.person.c
        stored = self.tx.one(
            select(s.role, s.unit, p.name, p.phone).join(tables.person, s.person == p.id).where(s.user == member.user)
        )
        wanted = {"role": member.role, "unit": self.units[member.unit], "name": member.name, "phone": member.phone}
        if stored is not None:
            return self._compared(path, f"user {member.user}", _differences(stored, wanted))
        person = self.tx.insert(tables.person, name=member.name, phone=member.phone)
        self.tx.insert(tables.staff, user=member.user, role=member.role, unit=wanted["unit"], person=person)
        return True

    def _accounts(self, document: Archive) -> Iterator[Imported]:
        known = _Known.of(self.tx)
        for start in range(0, len(document.accounts), CHUNK):
            fresh: list[AccountRow] = []
            for path, row in document.accounts[start : start + CHUNK]:
                try:
                    self._check(row)
                    if known.check(row):
                        yield imported(row, known.accounts[row.no], new=False)
                    else:
                        fresh.append(row)
                except _BadRowError as error:
                    self._refuse(path, str(error))
            yield from self._insert(fresh)

    def _check(self, row: AccountRow) -> None:
        if row.area not in self.areas:
            raise _BadRowError(f"its area {row.area} is not in the archive")
        if row.meter.link not in self.links:
            raise _BadRowError(f"its meter's link {row.meter.link} is not in the archive")
        last = max(h.day for h in row.history)
        if row.meter.installed > last.replace(day=1):
            raise _BadRowError(f"its meter was installed on {row.meter.installed}, after the cycle began")

    def _insert(self, rows: Sequence[AccountRow]) -> Iterator[Imported]:
        if not rows:
            return
        tx = self.tx
        persons = _insert_many(tx, tables.person, [{"name": row.customer} for row in rows])
        accounts = _insert_many(
            tx,
            tables.account,
            [{**account_row(r), "unit": self.units[r.area], "person": p} for r, p in zip(rows, persons, strict=True)],
        )
        points = _insert_many(tx, tables.point, [{"account": a} for a in accounts])
        meters = _insert_many(tx, tables.meter, [meter_row(row.meter) for row in rows])
        joined = list(zip(rows, accounts, points, meters, strict=True))
        _insert_many(
            tx,
            tables.installation,
            [
                {**installation_row(r.meter), "point": p, "meter": m, "concentrator": self.links[r.meter.link]}
                for r, _, p, m in joined
            ],
        )
        _insert_plain(tx, tables.opening, [opening_row(r, a) for r, a, _, _ in joined])
        _insert_plain(tx, tables.contact, [c for r, a, _, _ in joined for c in contact_rows(r, a)])
        _insert_plain(tx, tables.agreement, [g for r, a, _, _ in joined for g in agreement_rows(r, a)])
        _insert_plain(tx, tables.flag, [{**f, "since": tx.now} for r, a, _, _ in joined for f in flag_rows(r, a)])
        for row, account, point, _ in joined:
            yield imported(row, (account, point), new=True)

    def _add_or_compare(self, path: str, table: Table, key: str, row: Mapping[str, Any], ids: dict[str, int]) -> bool:
        """Insert a row whose key is new; else compare it with the stored one. Remember its id either way."""
        stored = self.tx.one(select(table).where(table.c[key] == row[key]))
        if stored is None:
            ids[str(row[key])] = self.tx.insert(table, **row)
            return True
        other = _differences(stored, row)
        if "id" in table.c and "kind" not in other:
            ids[str(row[key])] = stored.id
        return self._compared(path, f"{table.name} {row[key]}", other)

    def _compared(self, path: str, name: str, other: Sequence[str]) -> bool:
        """Refuse a row that says otherwise than the archive; False in any case, as nothing is new."""
        return self._refuse(path, _otherwise(name, other)) if other else False

    def _refuse(self, path: str, reason: str) -> bool:
        self.bad.append(BadRow(path, reason))
        return False


@dataclass
class _Known:
    """What is taken already: numbers of accounts with what identifies them, addresses and assets of meters."""

    accounts: dict[str, tuple[int, int]]
    faces: dict[str, tuple[Any, ...]]
    addresses: set[str]
    assets: set[str]

    @classmethod
    def of(cls, tx: Tx) -> "_Known":
        a, o, p, i, m = (t.c for t in (tables.account, tables.opening, tables.point, tables.installation, tables.meter))
        stored = tx.all(
            select(a.id, a.no, a.class_code, a.price_code, a.generates, p.id.label("point"), o.deposit, o.cycle_start)
            .add_columns(m.address, m.profile)
            .join(tables.point, p.account == a.id)
            .join(tables.installation, (i.point == p.id) & i.until.is_(None))
            .join(tables.meter, i.meter == m.id)
            .join(tables.opening, o.account == a.id)
        )
        meters = tx.all(select(m.address, m.asset))
        return cls(
            {row.no: (row.id, row.point) for row in stored},
            {
                row.no: (
                    *(row.class_code, row.price_code, row.generates),
                    *(row.address, row.profile, row.deposit, row.cycle_start),
                )
                for row in stored
            },
            {row.address for row in meters},
            {row.asset for row in meters},
        )

    def check(self, row: AccountRow) -> bool:
        """Tell whether the account is there already, the same; raise if it, or its meter, is there otherwise."""
        names = ("class", "price", "generates", "meter.address", "meter.profile", "opening.deposit", "cycle start")
        plate = (row.meter.address, row.meter.profile)
        face = (row.class_code, row.price, row.generates, *plate, row.opening.deposit, cycle_start(row))
        stored = self.faces.setdefault(row.no, face)
        if stored is not face:
            other = [name for name, old, new in zip(names, stored, face, strict=True) if old != new]
            if other or row.no not in self.accounts:
                raise _BadRowError(_otherwise(f"account {row.no}", other) if other else f"account {row.no} comes twice")
            return True
        if row.meter.address in self.addresses or row.meter.asset in self.assets:
            del self.faces[row.no]
            raise _BadRowError(f"meter {row.meter.address} (asset {row.meter.asset}) is installed elsewhere already")
        self.addresses.add(row.meter.address)
        self.assets.add(row.meter.asset)
        return False


def _differences(stored: Row[Any], row: Mapping[str, Any]) -> list[str]:
    there = stored._asdict()
    return [key for key in row if there[key] != row[key]]


def _otherwise(name: str, keys: Sequence[str]) -> str:
    return f"{name} is in the archive with another {', '.join(keys)}; an import adds and never changes"


def _insert_many(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows and give their ids in the order of the rows."""
    statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)
    return [row.id for row in tx.execute(statement, rows)]


def _insert_plain(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        tx.execute(table.insert(), rows)
