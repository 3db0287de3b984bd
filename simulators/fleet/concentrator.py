"""A concentrator of a fleet: a session of DL/T 698.45 and a number, from which everything else follows."""

from datetime import datetime, timedelta

from protocols import dlt698
from protocols.dlt698 import DateTime, LinkKind, QueueFullError, ServerEvent, ServerSession
from simulators.field.concentrator import RULES
from simulators.fleet.caller import Caller, Means
from simulators.fleet.terminal import answer_698
from simulators.localtime import local

__all__ = ["FleetConcentrator"]


class FleetConcentrator(Caller):
    """Logs in, keeps its heartbeat, and answers at once what it is asked."""

    __slots__ = ("_session",)

    def __init__(self, means: Means, number: int) -> None:
        super().__init__(means, number)
        self._session: ServerSession | None = None

    def begin(self, now: datetime) -> None:
        """Log in."""
        self._session = ServerSession(dlt698.Address.single(self._means.plan.identity(self.number)), rules=RULES)
        self._link(LinkKind.LOGIN, now)

    def receive(self, data: bytes, now: datetime) -> None:
        """Take the answer to a login, and answer requests."""
        if self._session is not None:
            self._act(self._session.receive(data, now), now)

    def overdue(self, now: datetime) -> None:
        """Do what is due: heartbeats, and whatever is sent again."""
        if self._session is not None:
            self._act(self._session.overdue(now), now)

    def deadline(self) -> datetime | None:
        """Tell when the session has something to do."""
        return self._session.deadline() if self._session is not None else None

    def _shut(self) -> None:
        super()._shut()
        self._session = None

    def _act(self, events: list[ServerEvent], now: datetime) -> None:
        for event in events:
            match event:
                case dlt698.Transmit(data=data):
                    self.send(data)
                case dlt698.Asked():
                    self._answer(event, now)
                case dlt698.HeartbeatDue():
                    self._means.figures.heartbeats += 1
                    self._link(LinkKind.HEARTBEAT, now)
                case dlt698.LinkAnswered(request=dlt698.LinkRequest(request=LinkKind.LOGIN)):
                    self._judged(accepted=event.accepted)
                case dlt698.LinkUnanswered(give_up=True):
                    self._means.figures.unanswered += 1
                    self.hang_up()

    def _answer(self, asked: dlt698.Asked, now: datetime) -> None:
        figures, plan = self._means.figures, self._means.plan
        figures.requests += 1
        answer = answer_698(plan.identity(self.number), plan.branch(self.number), asked.request, now)
        if answer is None or self._session is None:
            return
        if isinstance(answer, dlt698.GetRecordResponse) and isinstance(answer.record.result, tuple):
            figures.rows += len(answer.record.result)
        try:
            self.send(self._session.respond(asked, answer, now))
        except QueueFullError:
            self.hang_up()  # a head-end that asks on and acknowledges no piece of any answer

    def _judged(self, *, accepted: bool) -> None:
        if accepted:
            self.is_up()
        else:
            self._means.figures.refused += 1
            self.hang_up()

    def _link(self, kind: LinkKind, now: datetime) -> None:
        assert self._session is not None, "a session lasts as long as its connection"
        period = self._means.plan.heartbeat // timedelta(seconds=1)
        self.send(self._session.link(kind, period, DateTime.of(local(now)), now))
