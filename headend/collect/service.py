"""Storing readings: each change is a new version with author and reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from headend.collect import queries, tables
from headend.collect.model import TARIFFS, Mark, Reading, Registers
from headend.store import Tx


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be stored of a freeze as its newest version."""

    account: int
    point: int
    registers: Registers
    mark: Mark
    source: str
    stamp: datetime | None = None
    reverse: Decimal | None = None
    reason: str | None = None
    evidence: str | None = None
    periods_suspect: bool = False

    def says(self, known: Reading) -> bool:
        """Tell whether a reading says the same already."""
        same = (known.registers, known.mark, known.periods_suspect)
        return same == (self.registers, self.mark, self.periods_suspect)


def store_reading(
    tx: Tx,
    account: int,
    point: int,
    day: date,
    registers: Registers,
    *,
    mark: Mark,
    source: str,
    stamp: datetime | None = None,
    reverse: Decimal | None = None,
    reason: str | None = None,
    evidence: str | None = None,
    periods_suspect: bool = False,
) -> Reading | None:
    """Store the freeze of ``day`` 00:00 as the newest version; None if the newest one says the same already.

    A reading is never overwritten.
    """
    entry = Entry(account, point, registers, mark, source, stamp, reverse, reason, evidence, periods_suspect)
    return store_readings(tx, day, [entry], queries.newest(tx, [point], day)).get(point)


def store_readings(tx: Tx, day: date, entries: Sequence[Entry], known: Mapping[int, Reading]) -> dict[int, Reading]:
    """Store freezes of ``day`` 00:00 of different points, whose newest versions are ``known``; give the new ones."""
    new = {entry.point: _next(tx, day, entry, known.get(entry.point)) for entry in entries}
    stored = {point: each for point, each in new.items() if each is not None}
    if stored:
        tx.execute(tables.reading.insert(), [{**_row(each), **tx.stamp()} for each in stored.values()])
    return stored


def _next(tx: Tx, day: date, entry: Entry, before: Reading | None) -> Reading | None:
    if before is not None and entry.says(before):
        return None
    tariffs = len(entry.registers.tariffs)
    assert tariffs in {0, TARIFFS}, f"point {entry.point}: {tariffs} period registers"
    return Reading(
        day=day,
        point=entry.point,
        account=entry.account,
        version=1 if before is None else before.version + 1,
        registers=entry.registers,
        mark=entry.mark,
        stamp=entry.stamp,
        source=entry.source,
        at=tx.now,
        reason=entry.reason,
        reverse=entry.reverse,
        evidence=entry.evidence,
        periods_suspect=entry.periods_suspect,
    )


def _row(new: Reading) -> dict[str, object]:
    own = (
        *("day", "point", "account", "version", "total", "stamp", "source"),
        *("reason", "reverse", "evidence", "periods_suspect"),
    )
    tariffs = new.tariffs or (None,) * TARIFFS
    periods = dict(zip(("t1", "t2", "t3", "t4"), tariffs, strict=True))
    return {**{name: getattr(new, name) for name in own}, **periods, "mark": new.mark.value}
