"""Freezes (冻结) as they are read: on time, at once, of a day; DL/T 645-2007, annex A, class 05."""

from datetime import datetime

from protocols.dlt645 import DI, Stamp, Value
from protocols.dlt645.items.records import FreezeBlock
from simulators.meter.model import FREEZES_KEPT, INSTANTS_KEPT, WISHED_KEPT, Meter
from simulators.meter.objects645 import FROZEN
from simulators.meter.registers import Freeze
from simulators.meter.slave645.unit import Unit

__all__ = ["frozen"]

FREEZES = 0x05
WHOLE = 0xFF
NEVER = Stamp("YYMMDDhhmm", "0000000000")
KEPT = {0x00: WISHED_KEPT, 0x01: INSTANTS_KEPT, 0x06: FREEZES_KEPT}
"""By DI2, how many there can be; DI0 counts back from the last."""


def frozen(unit: Unit, di: DI, now: datetime) -> tuple[Value, ...]:
    """Give an item of a freeze; a time of zeros for one that was not made, nothing else of it."""
    item = _whole if di.di1 == WHOLE else FROZEN.get(di.di1)
    if di.di3 != FREEZES or item is None or not 1 <= di.di0 <= KEPT.get(di.di2, 0):
        return ()
    freeze = _freeze(unit.meter, di, now)
    if freeze is None:
        return (NEVER,) if di.di1 == 0 else ()
    return item(freeze)


def _whole(freeze: Freeze) -> tuple[Value, ...]:
    return (FreezeBlock({number: item(freeze) for number, item in FROZEN.items()}),)


def _freeze(meter: Meter, di: DI, now: datetime) -> Freeze | None:
    meter.advance(now)
    kinds = {0x00: meter.wished, 0x01: meter.instants}
    if di.di2 not in kinds:
        return meter.freeze_back(di.di0, now)
    kept = kinds[di.di2]
    return kept[di.di0 - 1] if di.di0 <= len(kept) else None
