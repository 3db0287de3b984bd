"""PROXY (代理) in a concentrator: asks its meters on the head-end's behalf, one exchange at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from clock import Clock, Lock
from protocols import dlt698
from protocols.dlt698 import OAD, TSA, Action, Dar, Setting, Target, TargetResult, TimeTag
from simulators.field.hop import Hop
from simulators.meter import Dialect, Server698

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
        answer: dlt698.Apdu
        async with self._port:
            match request:
                case dlt698.ProxyGetListRequest(piid=piid, timeout=timeout, targets=targets):
                    answer = dlt698.ProxyGetListResponse(piid, await self._each(timeout, targets, _get, _not_got))
                case dlt698.ProxyActionListRequest(piid=piid, timeout=timeout, targets=actions, timetag=tag):
                    done = await self._each(timeout, actions, _act(tag), _not_done)
                    answer = dlt698.ProxyActionListResponse(piid, done)
                case dlt698.ProxySetListRequest(piid=piid, timeout=timeout, targets=settings):
                    answer = dlt698.ProxySetListResponse(piid, await self._each(timeout, settings, _set, _not_set))
                case dlt698.ProxyGetRecordRequest():
                    answer = await self._record(request)
                case dlt698.ProxyTransRequest():
                    answer = await self._forward(request)
                case _:
                    answer = dlt698.ServerErrorResponse(request.piid, SERVICE_NOT_SUPPORTED)
        return answer

    async def _each(
        self,
        total: int,
        targets: tuple[Target[Item], ...],
        ask: Callable[[Server698, Item, datetime], Result],
        fail: Callable[[Item, Dar], Result],
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
                server, back = reached
                items = tuple(ask(server, item, self._clock.now()) for item in target.items)
                await self._clock.sleep(back)
            results.append(TargetResult(target.server, items))
        return tuple(results)

    async def _record(self, request: dlt698.ProxyGetRecordRequest) -> dlt698.ProxyGetRecordResponse:
        reached = await self._reach(request.server, self._clock.now() + _wait(request.timeout))
        wanted = request.record
        if isinstance(reached, Dar):
            record = dlt698.ResultRecord(wanted.oad, wanted.columns, reached)
        else:
            server, back = reached
            record = server.record(wanted, self._clock.now())
            await self._clock.sleep(back)
        return dlt698.ProxyGetRecordResponse(request.piid, request.server, record)

    async def _forward(self, request: dlt698.ProxyTransRequest) -> dlt698.ProxyTransResponse:
        """Forward a frame without looking into it (透明转发)."""
        if request.port.oi not in PORTS:
            return dlt698.ProxyTransResponse(request.piid, request.port, Dar.OBJECT_DOES_NOT_EXIST)
        until = self._clock.now() + _wait(request.frame_wait)
        answer = await self._hop.forward(request.frame, until)
        return dlt698.ProxyTransResponse(request.piid, request.port, answer or Dar.REQUEST_TIMEOUT)

    async def _reach(self, address: TSA, until: datetime) -> tuple[Server698, timedelta] | Dar:
        """Carry a question to a meter: its server and the way back, or why there is none."""
        meter = self._hop.meter(address.digits)
        if meter is None or meter.plate.dialect is not Dialect.DLT698:
            return Dar.OTHER
        back = await self._hop.reach(meter, until)
        return Dar.REQUEST_TIMEOUT if back is None else (Server698(meter), back)


def _wait(seconds: int) -> timedelta:
    return timedelta(seconds=seconds) if seconds else DEFAULT_WAIT


def _get(server: Server698, oad: OAD, now: datetime) -> dlt698.ResultNormal:
    return server.get(oad, now)


def _not_got(oad: OAD, dar: Dar) -> dlt698.ResultNormal:
    return dlt698.ResultNormal(oad, dar)


def _act(tag: TimeTag | None) -> Callable[[Server698, Action, datetime], dlt698.ActionResult]:
    return lambda server, action, now: server.act(action, tag, now)


def _not_done(action: Action, dar: Dar) -> dlt698.ActionResult:
    return dlt698.ActionResult(action.omd, dar)


def _set(server: Server698, setting: Setting, now: datetime) -> dlt698.SetResult:
    return server.set(setting, now)


def _not_set(setting: Setting, dar: Dar) -> dlt698.SetResult:
    return dlt698.SetResult(setting.oad, dar)
