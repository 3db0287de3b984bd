"""19H, 1AH, 1BH: clear maximum demand (最大需量清零), meter (电表清零), events (事件清零), 7.11 to 7.13."""

from datetime import datetime

from protocols.dlt645 import (
    ClearDemandAnswer,
    ClearDemandRequest,
    ClearEventsAnswer,
    ClearEventsRequest,
    ClearEventsSecuredRequest,
    ClearMeterAnswer,
    ClearMeterRequest,
    ClearMeterSecuredRequest,
    Function,
    Operator,
)
from protocols.dlt645.secured import ClearOrder, read_clear_plaintext
from simulators.meter.refusing import OTHER, RefusedError
from simulators.meter.slave645.access import check_password, check_plain, open_order
from simulators.meter.slave645.events import clear_events
from simulators.meter.slave645.unit import Unit

__all__ = [
    "clear_demand",
    "clear_events_plain",
    "clear_events_secured",
    "clear_meter",
    "clear_meter_secured",
]


def clear_demand(unit: Unit, request: ClearDemandRequest, now: datetime) -> ClearDemandAnswer:
    """Begin the maximum demand anew, by a password in any case."""
    check_password(unit, request.password, unit.profile.setting_level, now)
    unit.meter.clear_demand(now, request.operator.digits)
    return ClearDemandAnswer()


def clear_meter(unit: Unit, request: ClearMeterRequest, now: datetime) -> ClearMeterAnswer:
    """Clear the meter, by a password."""
    check_plain(unit, request.password, unit.profile.control_level, now)
    return _clear_meter(unit, request.operator, now)


def clear_meter_secured(unit: Unit, request: ClearMeterSecuredRequest, now: datetime) -> ClearMeterAnswer:
    """Clear the meter, by an order of level 98H."""
    _order(unit, request, Function.CLEAR_METER, now)
    return _clear_meter(unit, request.operator, now)


def clear_events_plain(unit: Unit, request: ClearEventsRequest, now: datetime) -> ClearEventsAnswer:
    """Clear events, by a password."""
    check_plain(unit, request.password, unit.profile.control_level, now)
    clear_events(unit, request.events, request.operator, now)
    return ClearEventsAnswer()


def clear_events_secured(unit: Unit, request: ClearEventsSecuredRequest, now: datetime) -> ClearEventsAnswer:
    """Clear the events that the hidden part of an order of level 98H names."""
    order = _order(unit, request, Function.CLEAR_EVENTS, now)
    assert order.events is not None
    clear_events(unit, order.events, request.operator, now)
    return ClearEventsAnswer()


def _order(
    unit: Unit, request: ClearMeterSecuredRequest | ClearEventsSecuredRequest, function: Function, now: datetime
) -> ClearOrder:
    order = read_clear_plaintext(open_order(unit, request.password, request.block, now))
    if order.function != function:
        raise RefusedError(OTHER)
    unit.check_unexpired(order.expires, now)
    return order


def _clear_meter(unit: Unit, operator: Operator, now: datetime) -> ClearMeterAnswer:
    unit.meter.clear(now, operator.digits)
    return ClearMeterAnswer()
