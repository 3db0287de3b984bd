"""Storing readings: each change is a new version with author and reason."""

from datetime import date, datetime
from decimal import Decimal

from headend.collect import queries, tables
from headend.collect.model import TARIFFS, Mark, Reading, Registers
from headend.store import Tx


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
) -> Reading | None:
    """Store the freeze of ``day`` 00:00 as the newest version; None if the newest one says the same already.

    A reading is never overwritten.
    """
    before = queries.reading(tx, point, day)
    if before is not None and (before.registers, before.mark) == (registers, mark):
        return None
    assert len(registers.tariffs) in {0, TARIFFS}, f"point {point}: {len(registers.tariffs)} period registers"
    version = 1 if before is None else before.version + 1
    tariffs = dict(zip(("t1", "t2", "t3", "t4"), registers.tariffs, strict=False))
    key = {"day": day, "point": point, "version": version, "account": account}
    row = {**key, "total": registers.total, **tariffs, "reverse": reverse, "mark": mark.value, "stamp": stamp}
    tx.insert(tables.reading, **row, source=source, reason=reason, evidence=evidence, **tx.stamp())
    return Reading(
        day, point, account, version, registers, mark, stamp, source, tx.now, reason, reverse=reverse, evidence=evidence
    )
