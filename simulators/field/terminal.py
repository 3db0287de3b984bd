"""A terminal of DL/T 698.45 (终端): logs in, keeps its heartbeat, and answers what it is asked.

A concentrator is one; so is a meter with a modem of its own.
"""

from abc import abstractmethod
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock, Nudge, Task, Waiter
from protocols import dlt698
from protocols.dlt698 import DateTime, LinkKind, ServerEvent, ServerRules
from simulators.faults import Faults, Part
from simulators.field.device import Device
from simulators.field.ear import Ear, Heard
from simulators.field.seen import Way
from simulators.localtime import local
from simulators.meter import Dialect, Meter, Server698
from simulators.ports import Channel, Ended

__all__ = ["HEARTBEAT", "MeterTerminal", "Terminal"]

HEARTBEAT = timedelta(seconds=60)


@dataclass(slots=True)
class _Visit:
    """One connection: what is said on it, and whether the head-end has accepted the login."""

    channel: Channel
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


class Terminal(Device):
    """One terminal with its own address (12 digits) and its heartbeat period (60 to 300 s)."""

    def __init__(
        self,
        clock: Clock,
        address: str,
        *,
        name: str,
        heartbeat: timedelta,
        rules: ServerRules,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(clock, name=name, faults=faults)
        self.address = dlt698.Address.single(address)
        self._heartbeat = heartbeat
        self._rules = rules
        self._visits: list[_Visit] = []

    async def converse(self, channel: Channel) -> Ended:
        """Log in, then answer until the connection ends."""
        session = dlt698.ServerSession(self.address, rules=self._rules)
        visit = _Visit(channel, session, self.clock.future(), set(), self.clock.nudge())
        self._visits.append(visit)
        self._link(visit, LinkKind.LOGIN)
        reader = self.clock.spawn(self._read(visit), name=f"{self.name}, reading")
        timer = self.clock.spawn(self._watch(visit), name=f"{self.name}, timer")
        try:
            accepted = await self.clock.wait(visit.accepted)
            if accepted:
                await self.clock.wait(reader)
            return Ended(known=accepted)
        finally:
            self._visits.remove(visit)
            await self.clock.cancel(timer, reader)

    def leave(self, channel: Channel) -> None:
        """Log out, and close."""
        for visit in self._visits:
            if visit.channel is channel:
                self._link(visit, LinkKind.LOGOUT)
        super().leave(channel)

    @abstractmethod
    async def answer(self, asked: dlt698.Asked) -> dlt698.Apdu | None:
        """Answer a request, taking the time that the device takes; None where it says nothing."""

    async def _read(self, visit: _Visit) -> None:
        """Take what comes in, until the connection ends."""
        ear = Ear([Dialect.DLT698], self.clock.now())
        try:
            while data := await visit.channel.receive():
                self._see_links(ear.hear(data, self.clock.now()) if self.observers else [])
                self._act(visit, visit.session.receive(data, self.clock.now()))
                visit.plan()
            visit.decide(accepted=False)
        finally:
            await self.clock.cancel(*visit.works)

    def _see_links(self, heard: list[Heard]) -> None:
        """Show the answers to logins and heartbeats; a request is shown when its fate is drawn."""
        for one in heard:
            if isinstance(one.frame, dlt698.LinkFrame) and one.frame.control == dlt698.LINK_RESPONSE:
                self.see(Way.IN, one.raw)

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
                    self._put(visit, self.faults.meet_piece(data, self.clock.now()))
                case dlt698.Asked():
                    self._begin(visit, self._work(visit, event), "request")
                case dlt698.HeartbeatDue():
                    self._link(visit, LinkKind.HEARTBEAT)
                case dlt698.LinkAnswered(request=dlt698.LinkRequest(request=LinkKind.LOGIN)):
                    visit.decide(accepted=event.accepted)
                case dlt698.LinkUnanswered(give_up=True):
                    visit.channel.close()

    def _begin(self, visit: _Visit, job: Coroutine[object, object, None], what: str) -> None:
        work = self.clock.spawn(job, name=f"{self.name}, {what}")
        visit.works.add(work)
        work.add_done_callback(visit.works.discard)

    async def _work(self, visit: _Visit, asked: dlt698.Asked) -> None:
        request = dlt698.build_link(asked.frame)
        fate = self.faults.meet(request, self.clock.now())
        self.see(Way.IN, request, fate.note)
        if fate.echoes:
            self._send(visit, request, "echo")
        reply = fate.instead
        if reply is None:
            answer = await self.answer(asked) if fate.heard else None
            reply = b"" if answer is None else visit.session.respond(asked, answer, self.clock.now())
        await self._say(visit, fate.shape(reply))
        visit.plan()

    def _put(self, visit: _Visit, parts: tuple[Part, ...]) -> None:
        """Send at once what leaves at once, which is everything on a sound wire."""
        if any(part.after for part in parts):
            self._begin(visit, self._say(visit, parts), "piece")
            return
        for part in parts:
            self._send(visit, part.data, part.note)

    async def _say(self, visit: _Visit, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if part.after:
                await self.clock.sleep(part.after)
            self._send(visit, part.data, part.note)

    def _send(self, visit: _Visit, data: bytes, note: str = "") -> None:
        if data:
            visit.channel.send(data)
            self.see(Way.OUT, data, note)

    def _link(self, visit: _Visit, kind: LinkKind) -> None:
        now = self.clock.now()
        period = self._heartbeat // timedelta(seconds=1)
        said = visit.session.link(kind, period, DateTime.of(local(now)), now)
        self._put(visit, self.faults.meet_login(said, now))


class MeterTerminal(Terminal):
    """A DL/T 698.45 meter with a modem: it logs in under its own address."""

    def __init__(
        self, clock: Clock, meter: Meter, *, heartbeat: timedelta = HEARTBEAT, faults: Faults | None = None
    ) -> None:
        rules = ServerRules(lenient=True)
        super().__init__(
            clock, meter.address, name=f"meter {meter.address}", heartbeat=heartbeat, rules=rules, faults=faults
        )
        self._meter = meter

    async def answer(self, asked: dlt698.Asked) -> dlt698.Apdu | None:
        """Answer as the meter does."""
        server = Server698(self._meter)
        answer = server.answer(asked.request, self.clock.now(), client=asked.frame.client)
        if server.services.took:
            await self.clock.sleep(server.services.took)
        return answer
