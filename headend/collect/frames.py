"""The bytes behind every value: kept as they went over the wire, append-only."""

from collections.abc import Iterable
from datetime import datetime

from headend.collect.duty_tables import raw_frame
from headend.store import Tx


def keep_frames(tx: Tx, frames: Iterable[tuple[str, datetime, bytes]]) -> None:
    """Keep frames (direction ``out`` or ``in``, instant, bytes) with the transaction's cause."""
    rows = [{"at": at, "direction": direction, "data": data, "cause": tx.cause} for direction, at, data in frames]
    if rows:
        tx.execute(raw_frame.insert(), rows)
