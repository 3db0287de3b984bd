"""PROXY (代理) in a concentrator: asks its meters on the head-end's behalf, one exchange at a time.

What it reads it asks for in plaintext with a random number, what it orders in plaintext: it has no keys, so a secured
meter refuses its orders (DAR 15), and the head-end has to forward complete frames.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from clock import Clock, Lock
from protocols import dlt698
from protocols.dlt698 import (
    OAD,
    TSA,
    Action,
    ActionThenGet,
    Dar,
    ResultNormal,
    SetThenGet,
    Setting,
    Target,
    TargetResult,
)
from simulators.field.hop import Hop
from simulators.meter import Came, Dialect, Level, Server698, Services698

__all__ = ["Proxy"]

Item = TypeVar("Item")
Result = TypeVar("Result")

DEFAULT_WAIT = timedelta(seconds=30)  # for a time-out of 0, which means "the concentrator's own"
PORTS = frozenset({0xF201, 0xF209})  # RS-485 and the PLC / RF module
SERVICE_NOT_SUPPORTED = 2


class Proxy:
    """The proxy of one concentrator; its port serves one request at a time, the rest waits its turn."""

    def __init__(self, clock: Clock, hop: Hop) -> None:
        self._clock = clock
        self._hop = hop
        self._port = Lock(clock)

    async def answer(self, request: dlt698.ProxyRequest) -> dlt698.Apdu:
        """Carry out a proxy request; kinds that are not simulated get an ERROR-Response."""
        async with self._port:
            return await self._answer(request)

    async def _answer(self, request: dlt698.ProxyRequest) -> dlt698.Apdu:
        piid, tag = request.piid, request.timetag
        answer: dlt698.Apdu
        match request:
            case dlt698.ProxyGetListRequest(timeout=total, targets=reads):
                got = await self._each(total, reads, Services698.get, _not_got, Level.PROVEN, tag)
                answer = dlt698.ProxyGetListResponse(piid, got)
            case dlt698.ProxyGetRecordRequest():
                answer = await self._record(request)
            case dlt698.ProxySetListRequest(timeout=total, targets=settings):
                put = await self._each(total, settings, Services698.set, _not_set, Level.PLAIN, tag)
                answer = dlt698.ProxySetListResponse(piid, put)
            case dlt698.ProxySetThenGetListRequest(timeout=total, targets=pairs):
                seen = await self._each(total, pairs, Services698.set_then_get, _not_seen_set, Level.PLAIN, tag)
                answer = dlt698.ProxySetThenGetListResponse(piid, seen)
            case dlt698.ProxyActionListRequest(timeout=total, targets=actions):
                done = await self._each(total, actions, Services698.act, _not_done, Level.PLAIN, tag)
                answer = dlt698.ProxyActionListResponse(piid, done)
            case dlt698.ProxyActionThenGetListRequest(timeout=total, targets=both):
                shown = await self._each(total, both, Services698.act_then_get, _not_seen_done, Level.PLAIN, tag)
                answer = dlt698.ProxyActionThenGetListResponse(piid, shown)
            case dlt698.ProxyTransRequest():
                answer = await self._forward(request)
            case _:
                answer = dlt698.ServerErrorResponse(piid, SERVICE_NOT_SUPPORTED)
        return answer

    async def _each(
        self,
        total: int,
        targets: tuple[Target[Item], ...],
        ask: Callable[[Services698, Item, Came], Result],
        fail: Callable[[Item, Dar], Result],
        level: Level,
        tag: dlt698.TimeTag | None,
    ) -> tuple[TargetResult[Result], ...]:
        """Ask one meter after the other; the total time-out cuts the last ones short."""
        end = self._clock.now() + timedelta(seconds=total) if total else None
        results: list[TargetResult[Result]] = []
        for target in targets:
            until = self._clock.now() + _wait(target.timeout)
            reached = await self._reach(target.server, until if end is None else min(until, end))
            if isinstance(reached, Dar):
                items = tuple(fail(item, reached) for item in target.items)
            else:
                services, back = reached
                came = Came(self._clock.now(), level, tag)
                items = tuple(ask(services, item, came) for item in target.items)
                await self._clock.sleep(services.took + back)
            results.append(TargetResult(target.server, items))
        return tuple(results)

    async def _record(self, request: dlt698.ProxyGetRecordRequest) -> dlt698.ProxyGetRecordResponse:
        reached = await self._reach(request.server, self._clock.now() + _wait(request.timeout))
        wanted = request.record
        if isinstance(reached, Dar):
            record = dlt698.ResultRecord(wanted.oad, wanted.columns, reached)
        else:
            services, back = reached
            record = services.record(wanted, Came(self._clock.now(), Level.PROVEN))
            await self._clock.sleep(back)
        return dlt698.ProxyGetRecordResponse(request.piid, request.server, record)

    async def _forward(self, request: dlt698.ProxyTransRequest) -> dlt698.ProxyTransResponse:
        """Forward a frame without looking into it (透明转发)."""
        if request.port.oi not in PORTS:
            return dlt698.ProxyTransResponse(request.piid, request.port, Dar.OBJECT_DOES_NOT_EXIST)
        until = self._clock.now() + _wait(request.frame_wait)
        answer = await self._hop.forward(request.frame, until)
        return dlt698.ProxyTransResponse(request.piid, request.port, answer or Dar.REQUEST_TIMEOUT)

    async def _reach(self, address: TSA, until: datetime) -> tuple[Services698, timedelta] | Dar:
        """Carry a question to a meter: what it can do and the way back, or why there is none."""
        meter = self._hop.meter(address.digits)
        if meter is None or meter.plate.dialect is not Dialect.DLT698:
            return Dar.OTHER
        back = await self._hop.reach(meter, until)
        return Dar.REQUEST_TIMEOUT if back is None else (Server698(meter).services, back)


def _wait(seconds: int) -> timedelta:
    return timedelta(seconds=seconds) if seconds else DEFAULT_WAIT


def _not_got(oad: OAD, dar: Dar) -> ResultNormal:
    return ResultNormal(oad, dar)


def _not_set(setting: Setting, dar: Dar) -> dlt698.SetResult:
    return dlt698.SetResult(setting.oad, dar)


def _not_seen_set(setting: SetThenGet, dar: Dar) -> dlt698.SetThenGetResult:
    return dlt698.SetThenGetResult(setting.oad, dar, ResultNormal(setting.read, dar))


def _not_done(action: Action, dar: Dar) -> dlt698.ActionResult:
    return dlt698.ActionResult(action.omd, dar)


def _not_seen_done(action: ActionThenGet, dar: Dar) -> dlt698.ActionThenGetResult:
    return dlt698.ActionThenGetResult(action.omd, dar, None, ResultNormal(action.read, dar))
