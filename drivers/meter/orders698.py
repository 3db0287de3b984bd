"""Orders to one DL/T 698.45 meter, with the protection that its model asks for."""

from datetime import datetime

from drivers.meter.asking import Inquiry
from drivers.meter.carriers698 import Carrier698, acted, otherwise, was_set
from drivers.meter.meter import Bench
from drivers.meter.model import Place
from drivers.meter.order import Order
from drivers.meter.replies import Got, Reply
from drivers.meter.secured698 import Secured698
from drivers.meter.security import Fault, SecurityModuleError
from drivers.meter.serving import ABSENT, unsecured
from drivers.meter.values698 import Attributes
from protocols.dlt698 import (
    OAD,
    TI,
    Action,
    ClientApdu,
    Dar,
    DateTimeS,
    GetListResponse,
    ServerApdu,
    Setting,
    TimeTag,
    TimeUnit,
    recipes,
)
from protocols.dlt698.models import Model

UNPROVABLE = unsecured(SecurityModuleError(Fault.ABSENT, "none is configured, and this meter is read with a proof"))
"""What the reading of a meter that proves what it tells comes to without a module."""


class Orders698:
    """Switches and sets one meter, and reads what it can prove.

    A meter of `Protection.SECURED` gets complete frames at level ciphertext + SID_MAC under an association with its
    ESAM, and never a plain one in their place: without a module nothing is sent.
    """

    def __init__(self, place: Place, model: Model, bench: Bench, carrier: Carrier698) -> None:
        self._model = model
        self._carrier = carrier
        self._clock = bench.clock
        self._secured = Secured698(place, model, bench, bench.security, carrier) if bench.security else None

    async def act(self, inquiry: Inquiry, action: Action, shown: datetime, order: Order) -> Reply[Dar]:
        """Have a method carried out that is valid from now, `shown` by the meter's clock, until the order's end."""
        tag = self._tag(shown, order)
        if not self._model.is_secured:
            return await self._carrier.act(inquiry, action, tag, order)
        return acted(await self._protected(inquiry, recipes.act(self._carrier.piid(), action, tag), order), action)

    async def set(self, inquiry: Inquiry, setting: Setting, shown: datetime, order: Order) -> Reply[Dar]:
        """Have an attribute set, likewise."""
        tag = self._tag(shown, order)
        if not self._model.is_secured:
            return await self._carrier.set(inquiry, setting, tag, order)
        return was_set(await self._protected(inquiry, recipes.put(self._carrier.piid(), setting, tag), order), setting)

    async def proven(self, inquiry: Inquiry, oads: tuple[OAD, ...]) -> Reply[Attributes]:
        """Read attributes with a proof of their origin."""
        if self._secured is None:
            return UNPROVABLE
        match await self._secured.read(inquiry, lambda piid: recipes.get(piid, oads)):
            case Got(value=GetListResponse(results=results)) if {item.oad for item in results} == set(oads):
                return Got({item.oad: item.result for item in results})
            case other:
                return otherwise(other)

    async def _protected(self, inquiry: Inquiry, request: ClientApdu, order: Order) -> Reply[ServerApdu]:
        return ABSENT if self._secured is None else await self._secured.order(inquiry, request, order)

    def _tag(self, shown: datetime, order: Order) -> TimeTag:
        allowed = max(1, int((order.until - self._clock.now()).total_seconds()))
        return TimeTag(DateTimeS.of(shown), TI(TimeUnit.SECOND, allowed))
