"""19H, 1AH, 1BH: clear maximum demand (最大需量清零), meter (电表清零), events (事件清零), 7.11 to 7.13."""

from dataclasses import dataclass

from construct import GreedyBytes, Struct

from protocols.dlt645.control import Function
from protocols.dlt645.di import DI, IDENTIFIER
from protocols.dlt645.functions.form import Form
from protocols.dlt645.password import OPERATOR, PASSWORD, Operator, Password

EVERY_EVENT = DI(0xFFFFFFFF)

_WHO = ("password" / PASSWORD, "operator" / OPERATOR)
_HSM_PAYLOAD = range(20, 53)


@dataclass(frozen=True, slots=True)
class ClearDemandRequest:
    """Clear the maximum demand registers."""

    password: Password
    operator: Operator


@dataclass(frozen=True, slots=True)
class ClearMeterRequest:
    """Clear the whole meter, which destroys its billing data; ``payload`` is the HSM's at level 98H."""

    password: Password
    operator: Operator
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class ClearEventsRequest:
    """Clear the records of ``events``: `EVERY_EVENT`, or an event's identifier with DI0 = FFH."""

    password: Password
    operator: Operator
    events: DI


@dataclass(frozen=True, slots=True)
class ClearEventsSecuredRequest:
    """Clear events at level 98H: which ones is inside the HSM's ``payload``."""

    password: Password
    operator: Operator
    payload: bytes


@dataclass(frozen=True, slots=True)
class ClearDemandAnswer:
    """Cleared."""


@dataclass(frozen=True, slots=True)
class ClearMeterAnswer:
    """Cleared."""


@dataclass(frozen=True, slots=True)
class ClearEventsAnswer:
    """Cleared."""


_SECURED = Struct(*_WHO, "payload" / GreedyBytes)
_SECURED_LENGTHS = range(8 + _HSM_PAYLOAD.start, 8 + _HSM_PAYLOAD.stop)

FORMS = (
    Form(ClearDemandRequest, Function.CLEAR_DEMAND, False, Struct(*_WHO), {8}),
    Form(ClearDemandAnswer, Function.CLEAR_DEMAND, True, Struct(), {0}),
    Form(ClearMeterRequest, Function.CLEAR_METER, False, _SECURED, {8, *_SECURED_LENGTHS}),
    Form(ClearMeterAnswer, Function.CLEAR_METER, True, Struct(), {0}),
    Form(ClearEventsRequest, Function.CLEAR_EVENTS, False, Struct(*_WHO, "events" / IDENTIFIER), {12}),
    Form(ClearEventsSecuredRequest, Function.CLEAR_EVENTS, False, _SECURED, _SECURED_LENGTHS),
    Form(ClearEventsAnswer, Function.CLEAR_EVENTS, True, Struct(), {0}),
)
