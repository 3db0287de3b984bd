"""Daily freezes of many meters asked of a concentrator's task records, and read row by row."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from protocols.dlt698 import (
    NULL,
    OAD,
    ROAD,
    TSA,
    Dar,
    DataType,
    DateTimeS,
    GetRecord,
    GetRecordRequest,
    MeterAddresses,
    Piid,
    ResultRecord,
    Selector5,
    Value,
    quantities,
    recipes,
)

TASK_RECORDS = OAD.parse("60120300")
METER_ADDRESS = OAD.parse("202A0200")
FREEZE = ROAD(recipes.DAILY_FREEZES, (recipes.FREEZE_TIME, recipes.FORWARD, recipes.REVERSE))


@dataclass(frozen=True, slots=True)
class Freeze:
    """One row: whose it is, its stamp and its forward energies in kWh, total first."""

    meter: str
    time: DateTimeS | None
    forward: tuple[Decimal | None, ...]


def read_daily_freezes(piid: Piid, meters: Iterable[str], stamp: DateTimeS) -> GetRecordRequest:
    """Ask for the freezes stored at that time."""
    selector = Selector5(stamp, MeterAddresses(tuple(TSA.of(meter) for meter in meters)))
    return GetRecordRequest(piid, GetRecord(TASK_RECORDS, selector, (METER_ADDRESS, FREEZE)))


def daily_freezes(record: ResultRecord) -> list[Freeze]:
    """Read the rows."""
    assert not isinstance(record.result, Dar)
    assert record.columns == (METER_ADDRESS, FREEZE)
    return [_freeze(meter.value, freeze) for meter, freeze in record.result]


def _freeze(meter: TSA, freeze: Value) -> Freeze:
    time, forward, _ = freeze.elements or (NULL, NULL, NULL)
    return Freeze(meter.digits, time.value if time.type is DataType.DATE_TIME_S else None, energies(forward))


def energies(value: Value | Dar) -> tuple[Decimal | None, ...]:
    """Give the forward energies in kWh, none for what did not come."""
    if isinstance(value, Dar) or value.type is DataType.NULL:
        return ()
    return tuple(None if item is None else item.amount for item in quantities(recipes.FORWARD, value))
