"""Load records (负荷记录) of every full hour of the meter's clock, DL/T 645-2007, annex B."""

from datetime import datetime, timedelta
from decimal import Decimal

from protocols.dlt645 import DI, Stamp, Value, write_payload
from protocols.dlt645.items.records import LoadRecord, LoadRecords
from simulators.localtime import SHANGHAI
from simulators.meter.model import Meter
from simulators.meter.refusing import NO_DATA, RefusedError
from simulators.meter.slave645.unit import Unit

__all__ = ["load_records"]

RECORDS = 0x06
ALL, SINCE, LATEST = 0x00, 0x01, 0x02
HOURS_KEPT = 1440
ONE_HOUR = timedelta(hours=1)
NONE = Decimal(0)
FREQUENCY = Decimal(50)


def load_records(unit: Unit, di: DI, blocks: int, since: Stamp | None, now: datetime) -> bytes:
    """Give up to ``blocks`` records in the order of their times; empty where there are none, as without power.

    06cc0000 gives the earliest that are kept, 06cc0002 the latest, 06cc0001 those from ``since`` on. Classes 1 to 3
    and 6 are kept: voltage and current, power, power factor, demand.
    """
    if di.di3 != RECORDS or di.di1 != 0 or di.di2 not in {ALL, *KEPT} or (since is None) == (di.di0 == SINCE):
        raise RefusedError(NO_DATA)
    meter = unit.meter
    meter.advance(now)
    hours = [hour for hour in _hours(meter, now) if meter.decivolts(meter.clockwork.true(hour))]
    if since is not None:
        first = since.instant()
        hours = [hour for hour in hours if first is not None and hour >= first.replace(tzinfo=SHANGHAI)]
    hours = hours[-blocks:] if di.di0 == LATEST else hours[:blocks]
    if not hours or not blocks:
        return b""
    records = tuple(_record(meter, hour, di.di2) for hour in hours)
    return write_payload(di, LoadRecords(records), profile=unit.profile)


def _hours(meter: Meter, now: datetime) -> list[datetime]:
    """Give the full hours that have passed since the meter was started, by its clock, oldest first."""
    last = meter.clock(now).replace(minute=0, second=0, microsecond=0)
    passed = (last - meter.clock(meter.started)) // ONE_HOUR + 1
    return [last - back * ONE_HOUR for back in range(min(passed, HOURS_KEPT) - 1, -1, -1)]


def _record(meter: Meter, hour: datetime, of_class: int) -> LoadRecord:
    at = meter.clockwork.true(hour)
    kept = {number: read(meter, at) for number, read in KEPT.items() if of_class in {ALL, number}}
    return LoadRecord(Stamp.of("YYMMDDhhmm", hour), kept)


def _supply(meter: Meter, at: datetime) -> tuple[Value, ...]:
    decivolts = meter.decivolts(at)
    amperes = Decimal(meter.watts_then(at) * 10_000 // decivolts).scaleb(-3)
    return (Decimal(decivolts).scaleb(-1), None, None, amperes, None, None, FREQUENCY)


def _power(meter: Meter, at: datetime) -> tuple[Value, ...]:
    kilowatts = Decimal(meter.watts_then(at)).scaleb(-3)
    return (kilowatts, kilowatts, NONE, NONE, NONE, NONE, NONE, NONE)


def _factor(_meter: Meter, _at: datetime) -> tuple[Value, ...]:
    return (Decimal(1),) * 4


def _demand(meter: Meter, at: datetime) -> tuple[Value, ...]:
    return (Decimal(meter.watts_then(at - ONE_HOUR)).scaleb(-3), NONE)


KEPT = {1: _supply, 2: _power, 3: _factor, 6: _demand}
