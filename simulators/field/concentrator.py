"""A concentrator (集中器): dials in, logs in, keeps its heartbeat, answers GET, PROXY and what it doesn't know."""

from dataclasses import dataclass, field
from datetime import timedelta

from clock import Clock, DeadlineError, Lock, Task, Waiter
from protocols import dlt698
from protocols.dlt698 import OAD, Dar, DataType, DateTime, DateTimeS, LinkKind, LinkResult, Piid, Value
from protocols.errors import ProtocolError
from simulators.connection import Connection
from simulators.field.dialer import Dialer, Listener
from simulators.field.proxy import Proxy
from simulators.field.records import TaskRecords
from simulators.localtime import local
from simulators.meter import Silence

__all__ = ["Concentrator"]

LINK_PATIENCE = timedelta(seconds=30)
MISSED_HEARTBEATS = 3  # after so many without an answer a terminal gives the connection up
THINKING = timedelta(milliseconds=200)
PER_ROW = timedelta(milliseconds=20)
CLOCK = OAD.parse("40000200")
ADDRESS = OAD.parse("40010200")
SERVICE_NOT_SUPPORTED = 2
PIIDS = 64


@dataclass(slots=True)
class _Visit:
    """One connection: what was received on it, and who waits for which LINK answer."""

    connection: Connection
    receiver: dlt698.Receiver = field(default_factory=dlt698.Receiver)
    waiting: dict[int, Waiter[dlt698.LinkResponse]] = field(default_factory=dict)
    number: int = 0


class Concentrator(Dialer):
    """One concentrator with its own address (12 digits) and its heartbeat period (60 to 300 s)."""

    def __init__(
        self,
        clock: Clock,
        listener: Listener,
        address: str,
        *,
        records: TaskRecords,
        proxy: Proxy,
        heartbeat: timedelta,
        outages: tuple[Silence, ...] = (),
    ) -> None:
        super().__init__(clock, listener, name=f"concentrator {address}", outages=outages)
        self.address = dlt698.Address.single(address)
        self._digits = address
        self._records = records
        self._proxy = proxy
        self._heartbeat = heartbeat
        self._own = Lock(clock)

    async def serve(self, connection: Connection) -> bool:
        """Log in, then answer until the connection ends; False if the login was not accepted."""
        visit = _Visit(connection)
        reader = self.clock.spawn(self._read(visit), name=f"{self.name}, reading")
        try:
            if not await self._link(visit, LinkKind.LOGIN):
                return False
            beats = self.clock.spawn(self._beat(visit), name=f"{self.name}, heartbeat")
            try:
                await self.clock.wait(reader)
            finally:
                await self.clock.cancel(beats)
            return True
        finally:
            await self.clock.cancel(reader)

    async def _read(self, visit: _Visit) -> None:
        """Take frames off the connection; each request is worked on by a task of its own."""
        works: set[Task[None]] = set()
        try:
            while data := await visit.connection.receive():
                for event in visit.receiver.receive(data):
                    if isinstance(event, dlt698.FrameReceived):
                        work = self.clock.spawn(self._take(visit, event.frame), name=f"{self.name}, request")
                        works.add(work)
                        work.add_done_callback(works.discard)
        finally:
            await self.clock.cancel(*works)

    async def _take(self, visit: _Visit, frame: dlt698.LinkFrame) -> None:
        if frame.control.from_server or not frame.address.matches(self.address):
            return
        try:
            apdu = dlt698.parse_apdu(frame.user_data)
        except ProtocolError:
            return
        if isinstance(apdu, dlt698.LinkResponse):
            waiter = visit.waiting.pop(apdu.piid.number, None)
            if waiter is not None:
                waiter.set_result(apdu)
            return
        answer = await self._answer(apdu)
        if answer is not None:
            self._send(visit, dlt698.RESPONSE, frame.client, answer)

    async def _answer(self, request: dlt698.Apdu) -> dlt698.Apdu | None:
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

    async def _beat(self, visit: _Visit) -> None:
        """Send heartbeats until too many have gone unanswered, then give the connection up."""
        missed = 0
        while missed < MISSED_HEARTBEATS:
            await self.clock.sleep(self._heartbeat)
            missed = 0 if await self._link(visit, LinkKind.HEARTBEAT) else missed + 1
        visit.connection.close()

    async def _link(self, visit: _Visit, kind: LinkKind) -> bool:
        """Send a LINK-Request; whether it was answered with success."""
        number = visit.number = (visit.number + 1) % PIIDS
        waiter: Waiter[dlt698.LinkResponse] = self.clock.future()
        visit.waiting[number] = waiter
        now = self.clock.now()
        period = self._heartbeat // timedelta(seconds=1)
        request = dlt698.LinkRequest(Piid(number), kind, period, DateTime.of(local(now)))
        self._send(visit, dlt698.LINK_REQUEST, 0, request)
        try:
            answer = await self.clock.wait(waiter, now + LINK_PATIENCE)
        except DeadlineError:
            visit.waiting.pop(number, None)
            return False
        return answer.verdict.result == LinkResult.SUCCESS

    def _send(self, visit: _Visit, control: dlt698.Control, client: int, apdu: dlt698.Apdu) -> None:
        frame = dlt698.LinkFrame(control, self.address, client, dlt698.build_apdu(apdu))
        visit.connection.send(dlt698.build_link(frame))
