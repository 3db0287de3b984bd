"""What the fuzzer has a DL/T 698.45 head-end and device say to each other, over a line that loses and adds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from protocols.dlt698 import (
    Address,
    Answered,
    Apdu,
    Asked,
    ClientApdu,
    ClientErrorResponse,
    ClientEvent,
    ClientSession,
    DateTime,
    LinkAsked,
    LinkKind,
    Piid,
    Reported,
    ReportNotification,
    ReportResponse,
    SecuredReported,
    SecurityRequest,
    SecurityResponse,
    ServerApdu,
    ServerEvent,
    ServerRules,
    ServerSession,
    Transmit,
    Unanswered,
)
from protocols.errors import LocalProtocolError
from tests.fuzz.drawn import Drawn, attempt, sealed_698
from tests.protocols.dlt698.examples import APDUS

__all__ = ["sessions_698"]

METER = Address.single("00")
"""Fuzz bytes begin as zeros, so that this is the address they find first."""
BEGIN = datetime(2026, 9, 14, tzinfo=UTC)
MOMENT = DateTime.of(BEGIN)
SHORTEST = 80
"""The shortest frame that a session is told to keep to; the answer to a login fits."""
MOST_TURNS = 600
"""More than the pieces of the APDUs here, each acknowledged, on the shortest frames."""
MOST_AT_ONCE = 4
MOST_DEADLINES = 600
"""More than what can be due one after the other once nobody says anything new."""

QUESTIONS: tuple[ClientApdu | SecurityRequest, ...] = tuple(
    apdu
    for apdu in APDUS
    if isinstance(apdu, ClientApdu | SecurityRequest) and not isinstance(apdu, ReportResponse | ClientErrorResponse)
)
ANSWERS = tuple(
    apdu
    for apdu in APDUS
    if isinstance(apdu, ServerApdu | SecurityResponse) and not isinstance(apdu, ReportNotification)
)
REPORTS = tuple(apdu for apdu in APDUS if isinstance(apdu, ReportNotification | SecurityRequest))


def numbered(apdu: Apdu, piid: Piid) -> Apdu:
    """Give an APDU a number; one inside of SECURITY keeps its own."""
    return replace(apdu, piid=piid) if isinstance(apdu, ClientApdu | ServerApdu) else apdu


class Talk:
    """A head-end and a device on one line, what is open between them, and the time."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.now = BEGIN
        self.client = ClientSession(max_frame=SHORTEST + drawn.number(200), window=1 + drawn.number(3))
        rules = ServerRules(max_frame=SHORTEST + drawn.number(200), blocks=bool(drawn.number(1)))
        self.server = ServerSession(METER, rules=rules)
        self.asked: list[Asked] = []
        self.open: list[Apdu] = []

    def client_does(self, events: Sequence[ClientEvent]) -> bytes:
        """Take what the head-end is told: a question ends once at most. Gives what it writes."""
        back = b""
        for event in events:
            match event:
                case Transmit():
                    back += event.data
                case Answered() | Unanswered():
                    assert event.request in self.open, "what was not asked is not answered"
                    self.open.remove(event.request)
                case LinkAsked():
                    back += self.client.answer_link(event, received=MOMENT, responded=MOMENT, now=self.now)
                case Reported() | SecuredReported():
                    back += self._acknowledge(event)
                case _:
                    pass
        return back

    def _acknowledge(self, event: Reported | SecuredReported) -> bytes:
        answer = None if isinstance(event, Reported) else b"\x90\x02\x16\x00"
        written = attempt(lambda told: self.client.acknowledge(told, self.now, answer), event, LocalProtocolError)
        return b"" if isinstance(written, LocalProtocolError) else written

    def server_does(self, events: Sequence[ServerEvent]) -> bytes:
        """Take what the device is told; what it writes by itself."""
        self.asked += [event for event in events if isinstance(event, Asked)]
        return b"".join(event.data for event in events if isinstance(event, Transmit))

    def carry(self, to_server: bytes = b"", to_client: bytes = b"") -> None:
        """Carry bytes both ways over a line that may spoil them, until it is quiet."""
        for _ in range(MOST_TURNS):
            to_client += self.server_does(self.server.receive(self._carried(to_server), self.now))
            to_server = self.client_does(self.client.receive(self._carried(to_client), self.now))
            to_client = b""
            if not to_server:
                return
        raise AssertionError("two sides answer one another without end")

    def _carried(self, data: bytes) -> bytes:
        return self.drawn.one_of((data, data + data, data[: len(data) // 2], b"")) if data and self.drawn else data

    def ask(self) -> None:
        """Ask something."""
        question = self.drawn.one_of(QUESTIONS)
        request, data = self.client.ask(METER, lambda piid: numbered(question, piid), self.now)  # type: ignore[arg-type,return-value]
        self.open.append(request)
        self.carry(to_server=data)

    def answer(self) -> None:
        """Answer what was asked first, rightly or not."""
        if self.asked:
            asked = self.asked.pop(0)
            piid = getattr(asked.request, "piid", Piid(0))
            response = numbered(self.drawn.one_of(ANSWERS), piid)
            self.carry(to_client=self.server.respond(asked, response, self.now))

    def link(self) -> None:
        """Log in, beat or log out."""
        kind = self.drawn.one_of(tuple(LinkKind))
        self.carry(to_client=self.server.link(kind, 180, MOMENT, self.now))

    def report(self) -> None:
        """Report something."""
        report = self.drawn.one_of(REPORTS)
        _, data = self.server.report(lambda piid: numbered(report, piid), self.now)  # type: ignore[arg-type,return-value]
        self.carry(to_client=data)

    def stranger(self) -> None:
        """Let both hear a frame that neither sent."""
        frame = sealed_698(self.drawn.take(self.drawn.number(60)))
        self.carry(to_server=frame, to_client=frame)

    def noise(self) -> None:
        """Let both hear noise."""
        noise = self.drawn.take(self.drawn.number(20))
        self.carry(to_server=noise, to_client=noise)

    def wait(self) -> None:
        """Let time pass, and what is due by then be done."""
        self.now += timedelta(seconds=self.drawn.number(100))
        self.catch_up()

    def catch_up(self) -> None:
        """Do what is due, and what is due at once because of that; then nothing is due any more."""
        for _ in range(MOST_AT_ONCE):
            to_server = self.client_does(self.client.overdue(self.now))
            to_client = self.server_does(self.server.overdue(self.now))
            self.carry(to_server, to_client)
            deadline = self.deadline()
            if deadline is None or deadline > self.now:
                return
        raise AssertionError("what was done is still due")

    def deadline(self) -> datetime | None:
        """When something is due at either end."""
        deadlines = (self.client.deadline(), self.server.deadline())
        return min((instant for instant in deadlines if instant is not None), default=None)

    def end(self) -> None:
        """Let all that is due come; then no question is open, and nothing waits."""
        for _ in range(MOST_DEADLINES):
            deadline = self.deadline()
            if deadline is None:
                break
            self.now = max(self.now, deadline)
            self.catch_up()
        else:
            raise AssertionError("something is always due")
        assert not self.open, "every question ends"


def sessions_698(data: bytes) -> None:
    """Head-end and device survive any order of acts and bytes; every question ends, and ends once."""
    drawn = Drawn(data)
    talk = Talk(drawn)
    may_be_refused = (talk.ask, talk.answer, talk.report)
    acts: tuple[Callable[[], None], ...] = (*may_be_refused, talk.link, talk.stranger, talk.noise, talk.wait)
    while drawn:
        act = drawn.one_of(acts)
        refused = attempt(lambda do: do(), act, LocalProtocolError)
        assert refused is None or act in may_be_refused, refused
    talk.end()
