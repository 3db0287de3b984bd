"""A concentrator (集中器): dials in, logs in, keeps its heartbeat, answers GET, PROXY and what it doesn't know."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock, Lock, Nudge, Task, Waiter
from protocols import dlt698
from protocols.dlt698 import OAD, Dar, DataType, DateTime, DateTimeS, LinkKind, ServerEvent, ServerRules, Value
from simulators.connection import Connection
from simulators.field.dialer import Dialer, Listener
from simulators.field.proxy import Proxy
from simulators.field.records import TaskRecords
from simulators.localtime import local
from simulators.meter import Silence

__all__ = ["Concentrator"]

RULES = ServerRules(max_frame=2048)
"""Frames of 2048 bytes, as in many terminals; an answer that is longer goes out in pieces."""
THINKING = timedelta(milliseconds=200)
PER_ROW = timedelta(milliseconds=20)
CLOCK = OAD.parse("40000200")
ADDRESS = OAD.parse("40010200")
SERVICE_NOT_SUPPORTED = 2


@dataclass(slots=True)
class _Visit:
    """One connection: what is said on it, and whether the head-end has accepted the login."""

    connection: Connection
    session: dlt698.ServerSession
    accepted: Waiter[bool]
    works: set[Task[None]]
    nudge: Nudge
    planned: datetime | None = None

    def plan(self) -> None:
        """Wake the timer if it would be late by now."""
        due = self.session.deadline()
        if due is not None and (self.planned is None or due < self.planned):
            self.nudge.set()

    def decide(self, *, accepted: bool) -> None:
        """Settle whether the login was accepted, at the first time."""
        if not self.accepted.done():
            self.accepted.set_result(accepted)


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
        rules: ServerRules = RULES,
    ) -> None:
        super().__init__(clock, listener, name=f"concentrator {address}", outages=outages)
        self.address = dlt698.Address.single(address)
        self._digits = address
        self._records = records
        self._proxy = proxy
        self._heartbeat = heartbeat
        self._rules = rules
        self._own = Lock(clock)

    async def serve(self, connection: Connection) -> bool:
        """Log in, then answer until the connection ends; False if the login was not accepted."""
        session = dlt698.ServerSession(self.address, rules=self._rules)
        visit = _Visit(connection, session, self.clock.future(), set(), self.clock.nudge())
        self._link(visit, LinkKind.LOGIN)
        reader = self.clock.spawn(self._read(visit), name=f"{self.name}, reading")
        timer = self.clock.spawn(self._watch(visit), name=f"{self.name}, timer")
        try:
            accepted = await self.clock.wait(visit.accepted)
            if accepted:
                await self.clock.wait(reader)
            return accepted
        finally:
            await self.clock.cancel(timer, reader)

    async def _read(self, visit: _Visit) -> None:
        """Take what comes in, until the connection ends."""
        try:
            while data := await visit.connection.receive():
                self._act(visit, visit.session.receive(data, self.clock.now()))
                visit.plan()
            visit.decide(accepted=False)
        finally:
            await self.clock.cancel(*visit.works)

    async def _watch(self, visit: _Visit) -> None:
        """Do what is due: heartbeats, and whatever is sent again."""
        while True:
            visit.planned = visit.session.deadline()
            if visit.planned is not None and visit.planned <= self.clock.now():
                self._act(visit, visit.session.overdue(self.clock.now()))
            else:
                await self.clock.wait_nudge(visit.nudge, visit.planned)

    def _act(self, visit: _Visit, events: list[ServerEvent]) -> None:
        """Act on what happened; each request is worked on by a task of its own."""
        for event in events:
            match event:
                case dlt698.Transmit(data=data):
                    visit.connection.send(data)
                case dlt698.Asked():
                    work = self.clock.spawn(self._work(visit, event), name=f"{self.name}, request")
                    visit.works.add(work)
                    work.add_done_callback(visit.works.discard)
                case dlt698.HeartbeatDue():
                    self._link(visit, LinkKind.HEARTBEAT)
                case dlt698.LinkAnswered(request=dlt698.LinkRequest(request=LinkKind.LOGIN)):
                    visit.decide(accepted=event.accepted)
                case dlt698.LinkUnanswered(give_up=True):
                    visit.connection.close()

    async def _work(self, visit: _Visit, asked: dlt698.Asked) -> None:
        answer = await self._answer(asked.request)
        if answer is not None:
            visit.connection.send(visit.session.respond(asked, answer, self.clock.now()))
            visit.plan()

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

    def _link(self, visit: _Visit, kind: LinkKind) -> None:
        now = self.clock.now()
        period = self._heartbeat // timedelta(seconds=1)
        visit.connection.send(visit.session.link(kind, period, DateTime.of(local(now)), now))
