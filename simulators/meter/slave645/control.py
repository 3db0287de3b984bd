"""1CH relay control, alarm, protection (跳合闸、报警、保电): plain, short, and hidden at level 98H."""

from datetime import datetime

from protocols.dlt645 import Operator, RelayAnswer, RelayRequest, RelaySecuredRequest, RelayShortRequest
from protocols.dlt645.secured import RelayOrder, read_relay_plaintext
from simulators.meter.commands645 import COMMANDS
from simulators.meter.refusing import OTHER, RefusedError
from simulators.meter.slave645.access import check_plain, open_order
from simulators.meter.slave645.unit import Unit

__all__ = ["switch", "switch_secured", "switch_short"]


def switch(unit: Unit, request: RelayRequest, now: datetime) -> RelayAnswer:
    """Take a command in plain form, while it is valid."""
    check_plain(unit, request.password, unit.profile.control_level, now)
    return _obey(unit, RelayOrder(request.command, request.delay, request.expires), request.operator, now)


def switch_short(unit: Unit, request: RelayShortRequest, now: datetime) -> RelayAnswer:
    """Take a command that never expires, as private-label meters do."""
    check_plain(unit, request.password, unit.profile.control_level, now)
    return _act(unit, request.command, 0, request.operator, now)


def switch_secured(unit: Unit, request: RelaySecuredRequest, now: datetime) -> RelayAnswer:
    """Take a command that the security chip could open, while it is valid."""
    plain = open_order(unit, request.password, request.block, now)
    return _obey(unit, read_relay_plaintext(plain, unit.profile), request.operator, now)


def _obey(unit: Unit, order: RelayOrder, operator: Operator, now: datetime) -> RelayAnswer:
    unit.check_unexpired(order.expires, now)
    return _act(unit, order.command, order.delay, operator, now)


def _act(unit: Unit, command: int, delay: int, operator: Operator, now: datetime) -> RelayAnswer:
    relay = unit.meter.relay(now)
    relay.operator = operator.digits
    act = COMMANDS.get(command)
    if act is None or not act(relay, now, delay):
        raise RefusedError(OTHER)
    return RelayAnswer()
