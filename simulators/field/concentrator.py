"""A concentrator (集中器): a terminal that answers GET, PROXY and what it doesn't know."""

from datetime import timedelta

from clock import Clock, Lock
from protocols import dlt698
from protocols.dlt698 import OAD, Dar, DataType, DateTimeS, ServerRules, Value
from simulators.faults import Faults
from simulators.field.proxy import Proxy
from simulators.field.records import TaskRecords
from simulators.field.terminal import Terminal
from simulators.localtime import local

__all__ = ["Concentrator"]

RULES = ServerRules(max_frame=2048)
"""Frames of 2048 bytes, as in many terminals; an answer that is longer goes out in pieces."""
THINKING = timedelta(milliseconds=200)
PER_ROW = timedelta(milliseconds=20)
CLOCK = OAD.parse("40000200")
ADDRESS = OAD.parse("40010200")
SERVICE_NOT_SUPPORTED = 2


class Concentrator(Terminal):
    """One concentrator with its own address (12 digits) and its heartbeat period (60 to 300 s)."""

    def __init__(
        self,
        clock: Clock,
        address: str,
        *,
        records: TaskRecords,
        proxy: Proxy,
        heartbeat: timedelta,
        rules: ServerRules = RULES,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(
            clock, address, name=f"concentrator {address}", heartbeat=heartbeat, rules=rules, faults=faults
        )
        self._digits = address
        self._records = records
        self._proxy = proxy
        self._own = Lock(clock)

    async def answer(self, asked: dlt698.Asked) -> dlt698.Apdu | None:
        """Answer for itself, one request after the other, or have the proxy ask its meters."""
        request = asked.request
        if isinstance(request, dlt698.ProxyRequest):
            return await self._proxy.answer(request)
        answer: dlt698.Apdu | None = None
        async with self._own:
            await self.clock.sleep(THINKING)
            match request:
                case dlt698.GetNormalRequest(piid=piid, oad=oad):
                    answer = dlt698.GetNormalResponse(piid, self._get(oad))
                case dlt698.GetListRequest(piid=piid, oads=oads):
                    answer = dlt698.GetListResponse(piid, tuple(map(self._get, oads)))
                case dlt698.GetRecordRequest(piid=piid, record=wanted):
                    record = self._records.read(wanted, self.clock.now())
                    if not isinstance(record.result, Dar):
                        await self.clock.sleep(PER_ROW * len(record.result))
                    answer = dlt698.GetRecordResponse(piid, record)
                case dlt698.ClientApdu(piid=piid):
                    answer = dlt698.ServerErrorResponse(piid, SERVICE_NOT_SUPPORTED)
        return answer

    def _get(self, oad: OAD) -> dlt698.ResultNormal:
        values = {
            CLOCK: Value(DataType.DATE_TIME_S, DateTimeS.of(local(self.clock.now()))),
            ADDRESS: Value(DataType.OCTET_STRING, bytes.fromhex(self._digits)),
        }
        return dlt698.ResultNormal(oad, values.get(oad, Dar.OBJECT_UNDEFINED))
