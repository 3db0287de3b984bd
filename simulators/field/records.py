"""The task record table 60120300 of a concentrator: the daily freezes that it has collected by itself.

Each meter is asked once between 00:05 and 00:30, and again every hour while it has not answered. Nothing runs
for it: what was collected by when follows from the meters' silences.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from protocols.dlt698 import (
    CSD,
    NULL,
    OAD,
    ROAD,
    RSD,
    TSA,
    AllMeters,
    Dar,
    DataType,
    DateTimeS,
    GetRecord,
    MeterAddresses,
    ResultRecord,
    Selector4,
    Selector5,
    Selector7,
    Value,
    array,
)
from simulators.localtime import SHANGHAI, local, midnight
from simulators.meter import Freeze
from simulators.meter.objects698 import DAILY_FREEZES, FORWARD, REVERSE, freeze_column

__all__ = ["TASK_RECORDS", "TaskRecords"]

TASK_RECORDS = OAD.parse("60120300")
ADDRESS = OAD.parse("202A0200")
METER_ADDRESS = OAD.parse("40010200")
STARTED = OAD.parse("60400200")
SUCCEEDED = OAD.parse("60410200")
STORED = OAD.parse("60420200")
ALL_COLUMNS: tuple[CSD, ...] = (ADDRESS, STARTED, SUCCEEDED, STORED, ROAD(DAILY_FREEZES, (FORWARD, REVERSE)))
FIRST_ROUND = timedelta(minutes=5), timedelta(minutes=30)
AGAIN = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_DAYS = 31


class Collected(Protocol):
    """What a concentrator collects from: a meter's freezes, and when it answers."""

    def freeze(self, day: date, now: datetime) -> Freeze | None:
        """Give the freeze of 00:00 of a day, None if there is none (yet, or any more)."""

    def hears(self, now: datetime) -> bool:
        """Tell whether a frame sent at this instant reaches the meter."""


class TaskRecords:
    """What one concentrator has stored of the meters behind it (by communication address).

    ``place`` tells at which place a meter is asked, where that is known without going through all of them.
    """

    def __init__(self, meters: Mapping[str, Collected], place: Callable[[str], int] | None = None) -> None:
        self._meters = meters
        self._place = place or {address: place for place, address in enumerate(meters)}.__getitem__

    def read(self, wanted: GetRecord, now: datetime) -> ResultRecord:
        """Answer a GET record; a meter that has not answered has a row of its address and NULLs."""
        columns = wanted.columns or ALL_COLUMNS
        selected = self._selected(wanted.rows)
        if wanted.oad != TASK_RECORDS:
            return ResultRecord(wanted.oad, columns, Dar.OBJECT_UNDEFINED)
        if isinstance(selected, Dar):
            return ResultRecord(wanted.oad, columns, selected)
        rows = [
            self._row(columns, address, day, now) for address, day in selected if self._first_try(address, day) <= now
        ]
        return ResultRecord(wanted.oad, columns, tuple(rows))

    def _selected(self, rows: RSD) -> list[tuple[str, date]] | Dar:
        """List the meters and days that a selector asks for."""
        match rows:
            case Selector4(time=time, meters=meters) | Selector5(time=time, meters=meters):
                first = time.at(SHANGHAI)
                last = first and first + DAY
            case Selector7(start=start, end=end, meters=meters):
                first, last = start.at(SHANGHAI), end.at(SHANGHAI)
            case _:
                return Dar.REFUSED
        if not isinstance(meters, AllMeters | MeterAddresses):
            return Dar.REFUSED
        if first is None or last is None or last - first > MOST_DAYS * DAY:
            return Dar.OUT_OF_RANGE
        asked = self._meters if isinstance(meters, AllMeters) else (tsa.digits for tsa in meters.addresses)
        held = [address for address in asked if address in self._meters]
        return [(address, day) for day in _days(first, last) for address in held]

    def _row(self, columns: tuple[CSD, ...], address: str, day: date, now: datetime) -> tuple[Value, ...]:
        got = self._collected(address, day, now)
        known: dict[CSD, Value] = {
            ADDRESS: Value(DataType.TSA, TSA.of(address)),
            METER_ADDRESS: Value(DataType.OCTET_STRING, bytes.fromhex(address)),
            STARTED: _stamp(self._first_try(address, day)),
            STORED: _stamp(midnight(day)),
            SUCCEEDED: _stamp(got[0]) if got else NULL,
        }
        freeze = got[1] if got else None
        return tuple(known.get(column) or _frozen(column, freeze) for column in columns)

    def _first_try(self, address: str, day: date) -> datetime:
        begin, end = FIRST_ROUND
        return midnight(day) + begin + (end - begin) * self._place(address) / len(self._meters)

    def _collected(self, address: str, day: date, now: datetime) -> tuple[datetime, Freeze] | None:
        """Tell when the freeze of a day came in, and the freeze; None if it has not come by now."""
        meter = self._meters[address]
        freeze = meter.freeze(day, now)
        if freeze is None:
            return None
        at = self._first_try(address, day)
        while at <= now:
            if meter.hears(at) and freeze.made <= at:
                return at, freeze
            at += AGAIN
        return None


def _days(first: datetime, last: datetime) -> Iterable[date]:
    day = local(first).date()
    while midnight(day) < last:
        yield day
        day += DAY


def _frozen(column: CSD, freeze: Freeze | None) -> Value:
    """Give a column of the freeze, NULL if there is no freeze or no such column."""
    if freeze is None:
        return NULL
    if isinstance(column, OAD):
        return freeze_column(freeze, column) or NULL
    if column.oad != DAILY_FREEZES:
        return NULL
    return array(*(freeze_column(freeze, oad) or NULL for oad in column.oads))


def _stamp(at: datetime) -> Value:
    return Value(DataType.DATE_TIME_S, DateTimeS.of(local(at)))
