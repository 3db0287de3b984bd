"""19H, 1AH, 1BH: clear maximum demand (最大需量清零), meter (电表清零), events (事件清零), 7.11 to 7.13."""

from dataclasses import dataclass

from construct import Struct

from protocols.dlt645.functions.block import BLOCK
from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER
from protocols.dlt645.wire.password import OPERATOR, PASSWORD, Operator, Password

EVERY_EVENT = DI(0xFFFFFFFF)

_WHO = ("password" / PASSWORD, "operator" / OPERATOR)


@dataclass(frozen=True, slots=True)
class ClearDemandRequest:
    """Clear the maximum demand registers."""

    password: Password
    operator: Operator


@dataclass(frozen=True, slots=True)
class ClearMeterRequest:
    """Clear the whole meter, which destroys its billing data."""

    password: Password
    operator: Operator


@dataclass(frozen=True, slots=True)
class ClearMeterSecuredRequest:
    """Clear the whole meter at level 98H; ``block`` (20) is the security module's, in display order."""

    password: Password
    operator: Operator
    block: bytes


@dataclass(frozen=True, slots=True)
class ClearEventsRequest:
    """Clear the records of ``events``: `EVERY_EVENT`, or an event's identifier with DI0 = FFH."""

    password: Password
    operator: Operator
    events: DI


@dataclass(frozen=True, slots=True)
class ClearEventsSecuredRequest:
    """Clear events at level 98H: which ones, is inside of the security module's ``block`` (20, display order)."""

    password: Password
    operator: Operator
    block: bytes


@dataclass(frozen=True, slots=True)
class ClearNamedEventsSecuredRequest:
    """Clear events at level 98H with ``events`` in plain in front of the ``block``, as the text can be read, too.

    Accepted, never sent: nothing protects ``events``.
    """

    password: Password
    operator: Operator
    events: DI
    block: bytes


@dataclass(frozen=True, slots=True)
class ClearDemandAnswer:
    """Cleared."""


@dataclass(frozen=True, slots=True)
class ClearMeterAnswer:
    """Cleared."""


@dataclass(frozen=True, slots=True)
class ClearEventsAnswer:
    """Cleared."""


_PLAIN = Struct(*_WHO)
_SECURED = Struct(*_WHO, "block" / BLOCK)
_NAMED = Struct(*_WHO, "events" / IDENTIFIER, "block" / BLOCK)

FORMS = (
    Form(ClearDemandRequest, Function.CLEAR_DEMAND, False, _PLAIN, {8}),
    Form(ClearDemandAnswer, Function.CLEAR_DEMAND, True, Struct(), {0}),
    Form(ClearMeterRequest, Function.CLEAR_METER, False, _PLAIN, {8}),
    Form(ClearMeterSecuredRequest, Function.CLEAR_METER, False, _SECURED, {28}),
    Form(ClearMeterAnswer, Function.CLEAR_METER, True, Struct(), {0}),
    Form(ClearEventsRequest, Function.CLEAR_EVENTS, False, Struct(*_WHO, "events" / IDENTIFIER), {12}),
    Form(ClearEventsSecuredRequest, Function.CLEAR_EVENTS, False, _SECURED, {28}),
    Form(ClearNamedEventsSecuredRequest, Function.CLEAR_EVENTS, False, _NAMED, {32}),
    Form(ClearEventsAnswer, Function.CLEAR_EVENTS, True, Struct(), {0}),
)
