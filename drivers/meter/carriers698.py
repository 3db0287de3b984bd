"""How one DL/T 698.45 meter is read and ordered: by way of a concentrator, or itself.

========= ======================================= ======================================================
what      by a concentrator                       directly
========= ======================================= ======================================================
read      PROXY (代理)                            GET, block by block where the meter answers so
order     PROXY, or a complete frame, by model    ACTION, SET
secured   a complete frame inside of a PROXY      the frame itself
========= ======================================= ======================================================
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from drivers.meter.apdus import answer_to
from drivers.meter.asking import Inquiry, Question
from drivers.meter.model import Reason, Silence
from drivers.meter.order import Order
from drivers.meter.replies import Denied, Got, Missing, Reply, of_dar
from drivers.meter.roads import METER_WAIT, TOTAL_WAIT, ConcentratorRoad, DirectRoad
from drivers.meter.values698 import Attributes
from protocols.dlt698 import (
    OAD,
    Action,
    ActionNormalResponse,
    ActionResult,
    BlockRead,
    Broken,
    ClientApdu,
    Dar,
    DateTimeS,
    GetListRequest,
    GetListResponse,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    Joined,
    NextBlock,
    Piid,
    ProxyActionListResponse,
    ProxyGetListResponse,
    ProxyGetRecordResponse,
    ProxySetListResponse,
    RepeatedBlock,
    ResultNormal,
    ResultRecord,
    SecurityRequest,
    ServerApdu,
    SetNormalResponse,
    SetResult,
    Setting,
    TimeTag,
    recipes,
)
from protocols.dlt698.models import Model, Road

T = TypeVar("T")

Get = GetNormalRequest | GetListRequest | GetRecordRequest
GARBLED = Missing(Silence.GARBLED)


class Carrier698(ABC):
    """What carries questions and orders to one meter, and understands its answers."""

    @abstractmethod
    def piid(self) -> Piid:
        """See `Line698.piid`."""

    @abstractmethod
    def carry(self, request: ClientApdu | SecurityRequest, read: Callable[[bytes], Reply[T]]) -> Question[T]:
        """Make the question whose answer is an APDU of the meter itself, in a complete frame."""

    @abstractmethod
    async def attributes(self, inquiry: Inquiry, oads: tuple[OAD, ...]) -> Reply[Attributes]:
        """Read attributes; a refusal only if all of them are refused."""

    @abstractmethod
    async def frozen(self, inquiry: Inquiry, midnight: DateTimeS) -> Reply[Attributes]:
        """Read the row of the daily freezes that has this time; `NO_DATA` if there is none."""

    @abstractmethod
    async def rows(self, inquiry: Inquiry, wanted: GetRecord) -> Reply[ResultRecord]:
        """Read rows of a table that the meter keeps, none where there are none."""

    async def act(self, inquiry: Inquiry, action: Action, tag: TimeTag, order: Order) -> Reply[Dar]:
        """Have a method carried out, unprotected."""
        request = recipes.act(self.piid(), action, tag)
        return acted(await self._once(inquiry, request, order), action)

    async def set(self, inquiry: Inquiry, setting: Setting, tag: TimeTag, order: Order) -> Reply[Dar]:
        """Have an attribute set, unprotected."""
        request = recipes.put(self.piid(), setting, tag)
        return was_set(await self._once(inquiry, request, order), setting)

    async def _once(self, inquiry: Inquiry, request: ClientApdu, order: Order) -> Reply[ServerApdu]:
        return await inquiry.command(self.carry(request, partial(answer_to, request)), order.until, order.go)


class ProxyCarrier(Carrier698):
    """By way of a concentrator; the model of the meter says how its orders go."""

    def __init__(self, address: str, model: Model, road: ConcentratorRoad) -> None:
        self._address = address
        self._model = model
        self._road = road

    def piid(self) -> Piid:
        """See `Carrier698.piid`."""
        return self._road.piid()

    def carry(self, request: ClientApdu | SecurityRequest, read: Callable[[bytes], Reply[T]]) -> Question[T]:
        """See `Carrier698.carry`."""
        return self._road.forward(self._address, request, self._model, read)

    async def attributes(self, inquiry: Inquiry, oads: tuple[OAD, ...]) -> Reply[Attributes]:
        """See `Carrier698.attributes`."""
        return await inquiry.read(lambda: self._proxied_get(oads))

    async def frozen(self, inquiry: Inquiry, midnight: DateTimeS) -> Reply[Attributes]:
        """See `Carrier698.frozen`."""
        return await inquiry.read(lambda: self._proxied_freeze(midnight))

    async def rows(self, inquiry: Inquiry, wanted: GetRecord) -> Reply[ResultRecord]:
        """See `Carrier698.rows`."""
        return await inquiry.read(lambda: self._proxied_rows(wanted))

    async def act(self, inquiry: Inquiry, action: Action, tag: TimeTag, order: Order) -> Reply[Dar]:
        """See `Carrier698.act`."""
        if self._model.road is Road.FORWARD:
            return await super().act(inquiry, action, tag, order)
        return await inquiry.command(self._proxied_action(action, tag), order.until, order.go)

    async def set(self, inquiry: Inquiry, setting: Setting, tag: TimeTag, order: Order) -> Reply[Dar]:
        """See `Carrier698.set`; a concentrator that does it for us puts its own TimeTag, if any."""
        if self._model.road is Road.FORWARD:
            return await super().set(inquiry, setting, tag, order)
        return await inquiry.command(self._proxied_setting(setting), order.until, order.go)

    def _proxied_get(self, oads: tuple[OAD, ...]) -> Question[Attributes]:
        request = recipes.proxy_get(self.piid(), self._address, oads, total=TOTAL_WAIT, each=METER_WAIT)
        return self._road.ask(request, ProxyGetListResponse, partial(_proxied, self._address, oads))

    def _proxied_freeze(self, midnight: DateTimeS) -> Question[Attributes]:
        request = recipes.proxy_daily_freeze(self.piid(), self._address, midnight, timeout=TOTAL_WAIT)

        def read(response: ProxyGetRecordResponse) -> Reply[Attributes]:
            if response.server.digits != self._address:
                return Missing(Silence.OTHER_METER, response.server.digits)
            if response.record.oad != request.record.oad:
                return GARBLED
            return _row(response.record, by_concentrator=True)

        return self._road.ask(request, ProxyGetRecordResponse, read)

    def _proxied_rows(self, wanted: GetRecord) -> Question[ResultRecord]:
        request = recipes.proxy_record(self.piid(), self._address, wanted, timeout=TOTAL_WAIT)

        def read(response: ProxyGetRecordResponse) -> Reply[ResultRecord]:
            if response.server.digits != self._address:
                return Missing(Silence.OTHER_METER, response.server.digits)
            return _rows(response.record, wanted, by_concentrator=True)

        return self._road.ask(request, ProxyGetRecordResponse, read)

    def _proxied_action(self, action: Action, tag: TimeTag) -> Question[Dar]:
        request = recipes.proxy_act(self.piid(), self._address, action, tag, total=TOTAL_WAIT, each=METER_WAIT)

        def read(response: ProxyActionListResponse) -> Reply[Dar]:
            told = recipes.acted(response, self._address, action)
            return _of_concentrator(None if told is None else told.dar)

        return self._road.ask(request, ProxyActionListResponse, read)

    def _proxied_setting(self, setting: Setting) -> Question[Dar]:
        request = recipes.proxy_set(self.piid(), self._address, setting, total=TOTAL_WAIT, each=METER_WAIT)

        def read(response: ProxySetListResponse) -> Reply[Dar]:
            told = recipes.was_set(response, self._address, setting)
            return _of_concentrator(None if told is None else told.dar)

        return self._road.ask(request, ProxySetListResponse, read)


class DirectCarrier(Carrier698):
    """On the meter's own line, or over its own login."""

    def __init__(self, road: DirectRoad) -> None:
        self._road = road

    def piid(self) -> Piid:
        """See `Carrier698.piid`."""
        return self._road.piid()

    def carry(self, request: ClientApdu | SecurityRequest, read: Callable[[bytes], Reply[T]]) -> Question[T]:
        """See `Carrier698.carry`."""
        return self._road.carry(request, read)

    async def attributes(self, inquiry: Inquiry, oads: tuple[OAD, ...]) -> Reply[Attributes]:
        """See `Carrier698.attributes`."""
        match await self._get(inquiry, partial(_get_request, oads)):
            case Got(value=GetNormalResponse(result=ResultNormal(oad=oad, result=result))):
                return _attributes({oad: result}, oads)
            case Got(value=GetListResponse(results=results)):
                return _attributes({item.oad: item.result for item in results}, oads)
            case other:
                return otherwise(other)

    async def frozen(self, inquiry: Inquiry, midnight: DateTimeS) -> Reply[Attributes]:
        """See `Carrier698.frozen`."""
        match await self._get(inquiry, lambda piid: recipes.daily_freeze(piid, midnight)):
            case Got(value=GetRecordResponse(record=record)) if record.oad == recipes.DAILY_FREEZES:
                return _row(record)
            case other:
                return otherwise(other)

    async def rows(self, inquiry: Inquiry, wanted: GetRecord) -> Reply[ResultRecord]:
        """See `Carrier698.rows`."""
        match await self._get(inquiry, lambda piid: GetRecordRequest(piid, wanted)):
            case Got(value=GetRecordResponse(record=record)):
                return _rows(record, wanted)
            case other:
                return otherwise(other)

    async def _get(self, inquiry: Inquiry, make: Callable[[Piid], Get]) -> Reply[ServerApdu]:
        """Read, and fetch what follows if the answer comes in blocks (GetResponseNext)."""
        blocks = BlockRead(make(Piid(0)))
        reply = await inquiry.read(lambda: self._question(make(self.piid())))
        while isinstance(reply, Got) and isinstance(reply.value, GetNextResponse):
            match blocks.take(reply.value):
                case Joined(response=response):
                    return Got(response)
                case NextBlock() as following:
                    reply = await inquiry.read(partial(self._next, following))
                case Broken(why=why):
                    return Missing(Silence.GARBLED, why)
                case RepeatedBlock():
                    return Missing(Silence.GARBLED, "a block came twice")
        return reply

    def _next(self, following: NextBlock) -> Question[ServerApdu]:
        return self._question(following.request(self.piid()))

    def _question(self, request: ClientApdu) -> Question[ServerApdu]:
        return self.carry(request, partial(answer_to, request))


def _get_request(oads: tuple[OAD, ...], piid: Piid) -> GetNormalRequest | GetListRequest:
    return GetNormalRequest(piid, *oads) if len(oads) == 1 else recipes.get(piid, oads)


def acted(reply: Reply[ServerApdu], action: Action) -> Reply[Dar]:
    """Understand what a meter says to an ACTION-Request."""
    match reply:
        case Got(value=ActionNormalResponse(result=ActionResult(omd=omd, dar=dar))) if omd == action.omd:
            return Got(dar)
        case other:
            return otherwise(other)


def was_set(reply: Reply[ServerApdu], setting: Setting) -> Reply[Dar]:
    """Understand what a meter says to a SET-Request."""
    match reply:
        case Got(value=SetNormalResponse(result=SetResult(oad=oad, dar=dar))) if oad == setting.oad:
            return Got(dar)
        case other:
            return otherwise(other)


def otherwise(reply: Reply[Any]) -> Denied | Missing:
    """Understand what is not the answer that was asked for."""
    return GARBLED if isinstance(reply, Got) else reply


def _attributes(results: Attributes, asked: tuple[OAD, ...], *, by_concentrator: bool = False) -> Reply[Attributes]:
    """Give what came of attributes, matched by OAD as orders differ."""
    if results.keys() != set(asked):
        return GARBLED
    refusals = [result for result in results.values() if isinstance(result, Dar)]
    if len(refusals) == len(results):
        return of_dar(refusals[0], by_concentrator=by_concentrator)
    return Got(results)


def _proxied(address: str, asked: tuple[OAD, ...], response: ProxyGetListResponse) -> Reply[Attributes]:
    return _attributes(recipes.proxied(response, address), asked, by_concentrator=True)


def _rows(record: ResultRecord, wanted: GetRecord, *, by_concentrator: bool = False) -> Reply[ResultRecord]:
    """Give the rows of the table that was asked for."""
    if record.oad != wanted.oad:
        return GARBLED
    return of_dar(record.result, by_concentrator=by_concentrator) if isinstance(record.result, Dar) else Got(record)


def _row(record: ResultRecord, *, by_concentrator: bool = False) -> Reply[Attributes]:
    """Give the first row of a table."""
    if isinstance(record.result, Dar):
        return of_dar(record.result, by_concentrator=by_concentrator)
    if not record.result:
        return Denied(Reason.NO_DATA, "no row")
    values = dict(zip(record.columns, record.result[0], strict=True))
    return Got({oad: value for oad, value in values.items() if isinstance(oad, OAD)})


def _of_concentrator(told: Dar | None) -> Reply[Dar]:
    """Take what a concentrator says that a meter said, or that it does not know the meter."""
    if told is None:
        return GARBLED
    return of_dar(told, by_concentrator=True) if told is Dar.OTHER else Got(told)
