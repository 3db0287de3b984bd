"""The bytes behind every value: kept as they went over the wire, append-only."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from headend.collect.duty_tables import device_report, raw_frame
from headend.store import Tx


def keep_frames(tx: Tx, frames: Iterable[tuple[str, datetime, bytes]]) -> None:
    """Keep frames (direction ``out`` or ``in``, instant, bytes) with the transaction's cause."""
    rows = [{"at": at, "direction": direction, "data": data, "cause": tx.cause} for direction, at, data in frames]
    if rows:
        tx.execute(raw_frame.insert(), rows)


def keep_report(tx: Tx, link: str, frame: bytes) -> None:
    """Keep a device's report; devices repeat what was not acknowledged, and the same frame is kept once."""
    r = device_report.c
    if tx.one(select(r.id).where(r.link == link, r.data == frame).limit(1)) is None:
        tx.insert(device_report, link=link, data=frame, **tx.stamp())
