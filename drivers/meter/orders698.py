"""Orders to one DL/T 698.45 meter, by the road and with the protection that its model asks for."""

from datetime import datetime
from functools import partial

from drivers.meter.apdus import answer_to
from drivers.meter.asking import Inquiry, Question
from drivers.meter.meter import Bench
from drivers.meter.model import Place, Silence
from drivers.meter.order import Order
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.roads import METER_WAIT, TOTAL_WAIT, ConcentratorRoad
from drivers.meter.secured698 import MeterLine, Secured698
from drivers.meter.security import Fault, SecurityModuleError
from drivers.meter.serving import ABSENT, unsecured
from drivers.meter.values698 import Attributes
from protocols.dlt698 import (
    OAD,
    TI,
    Action,
    ActionNormalResponse,
    ActionResult,
    ClientApdu,
    Dar,
    DateTimeS,
    GetListResponse,
    ProxyActionListResponse,
    ProxySetListResponse,
    ServerApdu,
    SetNormalResponse,
    SetResult,
    Setting,
    TimeTag,
    TimeUnit,
    recipes,
)
from protocols.dlt698.models import Model, Road

UNPROVABLE = unsecured(SecurityModuleError(Fault.ABSENT, "none is configured, and this meter is read with a proof"))
"""What the reading of a meter that proves what it tells comes to without a module."""


class Orders698:
    """Switches and sets one meter, and reads what it can prove.

    A meter of `Protection.SECURED` gets complete frames at level ciphertext + SID_MAC under an association with its
    ESAM, and never a plain one in their place: without a module nothing is sent. The others get their orders from the
    concentrator, or as plain complete frames.
    """

    def __init__(self, place: Place, model: Model, bench: Bench, road: ConcentratorRoad) -> None:
        self._address = place.address
        self._model = model
        self._road = road
        self._clock = bench.clock
        self._line = MeterLine(place.address, model, road)
        self._secured = Secured698(place, model, bench, bench.security, self._line) if bench.security else None

    async def act(self, inquiry: Inquiry, action: Action, shown: datetime, order: Order) -> Reply[Dar]:
        """Have a method carried out that is valid from now, `shown` by the meter's clock, until the order's end."""
        tag = self._tag(shown, order)
        if self._model.road is Road.PROXY:
            return await inquiry.command(self._proxied_action(action, tag), order.until, order.go)
        match await self._forward(inquiry, recipes.act(self._road.piid(), action, tag), order):
            case Got(value=ActionNormalResponse(result=ActionResult(omd=omd, dar=dar))) if omd == action.omd:
                return Got(dar)
            case other:
                return _otherwise(other)

    async def set(self, inquiry: Inquiry, setting: Setting, shown: datetime, order: Order) -> Reply[Dar]:
        """Have an attribute set, likewise; a concentrator that does it for us puts its own TimeTag, if any."""
        if self._model.road is Road.PROXY:
            return await inquiry.command(self._proxied_setting(setting), order.until, order.go)
        match await self._forward(inquiry, recipes.put(self._road.piid(), setting, self._tag(shown, order)), order):
            case Got(value=SetNormalResponse(result=SetResult(oad=oad, dar=dar))) if oad == setting.oad:
                return Got(dar)
            case other:
                return _otherwise(other)

    async def proven(self, inquiry: Inquiry, oads: tuple[OAD, ...]) -> Reply[Attributes]:
        """Read attributes with a proof of their origin."""
        if self._secured is None:
            return UNPROVABLE
        match await self._secured.read(inquiry, lambda piid: recipes.get(piid, oads)):
            case Got(value=GetListResponse(results=results)) if {item.oad for item in results} == set(oads):
                return Got({item.oad: item.result for item in results})
            case other:
                return _otherwise(other)

    async def _forward(self, inquiry: Inquiry, request: ClientApdu, order: Order) -> Reply[ServerApdu]:
        if not self._model.is_secured:
            question = self._line.carry(request, partial(answer_to, request))
            return await inquiry.command(question, order.until, order.go)
        return ABSENT if self._secured is None else await self._secured.order(inquiry, request, order)

    def _proxied_action(self, action: Action, tag: TimeTag) -> Question[Dar]:
        piid, address = self._road.piid(), self._address
        request = recipes.proxy_act(piid, address, action, tag, total=TOTAL_WAIT, each=METER_WAIT)

        def read(response: ProxyActionListResponse) -> Reply[Dar]:
            told = recipes.acted(response, address, action)
            return _of_concentrator(None if told is None else told.dar)

        return self._road.ask(request, ProxyActionListResponse, read)

    def _proxied_setting(self, setting: Setting) -> Question[Dar]:
        piid, address = self._road.piid(), self._address
        request = recipes.proxy_set(piid, address, setting, total=TOTAL_WAIT, each=METER_WAIT)

        def read(response: ProxySetListResponse) -> Reply[Dar]:
            told = recipes.was_set(response, address, setting)
            return _of_concentrator(None if told is None else told.dar)

        return self._road.ask(request, ProxySetListResponse, read)

    def _tag(self, shown: datetime, order: Order) -> TimeTag:
        allowed = max(1, int((order.until - self._clock.now()).total_seconds()))
        return TimeTag(DateTimeS.of(shown), TI(TimeUnit.SECOND, allowed))


def _of_concentrator(told: Dar | None) -> Reply[Dar]:
    """Take what a concentrator says that a meter said, or that it does not know the meter."""
    if told is None:
        return Missing(Silence.GARBLED)
    return of_dar(told, by_concentrator=True) if told is Dar.OTHER else Got(told)


def _otherwise(reply: Reply[ServerApdu]) -> Denied | Missing:
    """Understand what is not the answer that was asked for."""
    return Missing(Silence.GARBLED) if isinstance(reply, Got) else reply
