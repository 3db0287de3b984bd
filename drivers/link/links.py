"""All links of a gateway: who may dial in, whom we dial, and the way in for questions."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from clock import Clock, Waiter
from drivers.dial import Dialler, Pauses
from drivers.errors import DriversClosedError, UnknownLinkError
from drivers.link.concentrator import ConcentratorDialogue, link_of, turn_away
from drivers.link.connection import Begin, Connection, Dialogue
from drivers.link.dtu import DtuEvent, DtuStream, Registration
from drivers.link.events import (
    DialFailed,
    DownReason,
    ReportReceived,
    SecuredReport,
    StrangerReason,
    UnknownDevice,
)
from drivers.link.line import Admission, Line, Login, Logins, Observe
from drivers.link.model import DeviceKind, Exchange, LinkLimits, LinkStatus, Outcome
from drivers.link.raw import DTU_PREFIX, RawDialogue
from drivers.link.stranger import Stranger
from drivers.link.waiting import Go
from protocols import dlt698
from protocols.dlt698 import PIIDS, LinkResult, LoginRules, Verdict


class Links:
    """One queue per device, whatever connection it is reached by.

    What happens is told to `observe`, synchronously and in order; an observer must not call back.
    """

    def __init__(self, clock: Clock, limits: LinkLimits, *, observe: Observe) -> None:
        self.observe = observe
        self._clock = clock
        self._limits = limits
        self._lines: dict[str, Line] = {}
        self._piids: Counter[str] = Counter()
        self._logins = Logins(
            LoginRules(
                missed_heartbeats=limits.missed_heartbeats,
                default_period=limits.default_heartbeat,
                clock_trusted=limits.trusted_clock,
            )
        )
        self._strangers: set[Stranger] = set()
        self._connections: set[Connection] = set()
        self._servers: list[asyncio.Server] = []
        self._diallers: list[Dialler] = []
        self._closed = False

    def admit(self, devices: Mapping[str, DeviceKind]) -> None:
        """Let exactly these devices dial in; the others are dismissed. Dialled gateways are not concerned."""
        for link, line in list(self._lines.items()):
            if line.kind is not DeviceKind.GATEWAY and devices.get(link) is not line.kind:
                del self._lines[link]
                if line.login is not None:
                    line.log_out(line.login, DownReason.DISMISSED)
        for link, kind in devices.items():
            if link not in self._lines:
                self._add(link, kind)
        self._logins.admit(self._lines)

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Let devices dial in; returns the address, with the port that was chosen for port 0.

        Raises OSError when the address cannot be had.
        """
        server = await asyncio.get_running_loop().create_server(partial(self._connection, self._greet), host, port)
        self._servers.append(server)
        bound = server.sockets[0].getsockname()
        return bound[0], bound[1]

    def dial(self, host: str, port: int, link: str) -> None:
        """Keep a connection to a gateway with raw DL/T 645 behind it, calling again with growing pauses."""
        line = self._add(link, DeviceKind.GATEWAY)
        self._logins.admit(self._lines)
        pauses = Pauses(self._limits.redial_first, self._limits.redial_longest)
        dialler = Dialler(
            self._clock,
            host,
            port,
            pauses,
            factory=partial(self._connection, partial(self._answered, line)),
            failed=partial(self._dial_failed, link, f"{host}:{port}"),
        )
        self._diallers.append(dialler)
        dialler.start()

    async def ask(self, exchange: Exchange, go: Go | None = None) -> Outcome:
        """Queue the exchange and return what came of it.

        `go` is awaited when the line is the exchange's and its next byte would be this request's; False means
        that nothing is sent (`HELD_BACK`). Once it has said True the outcome is never `NotSent`. What `go`
        raises is raised here, and nothing was sent. A cancelled caller's request leaves the queue, or, once
        sent, keeps its place until its answer or deadline, so that a late answer is nobody's.

        Raises UnknownLinkError, DriversClosedError; ProtocolError for a request to a concentrator that is no frame.
        """
        if self._closed:
            raise DriversClosedError(f"a question to {exchange.link}")
        return await self._line(exchange.link).ask(exchange, go)

    def next_piid(self, link: str) -> int:
        """Give the service number 0..63 for the next request to a 698 device."""
        self._piids[link] += 1
        return self._piids[link] % PIIDS

    def is_up(self, link: str) -> bool:
        """Whether the device can be asked now."""
        return self._line(link).login is not None

    async def wait_up(self, link: str, until: datetime) -> bool:
        """Whether the device can be asked, waiting for its login until then."""
        return await self._line(link).wait_up(until)

    def status(self) -> tuple[LinkStatus, ...]:
        """All links, by key."""
        return tuple(line.status() for _, line in sorted(self._lines.items()))

    def acknowledge(self, report: ReportReceived | SecuredReport, answer: bytes | None = None) -> None:
        """Tell the device that its report is kept; after another login it will repeat it anyway.

        A secured report is answered by the SECURITY-Response `answer` and by nothing else: raises LocalProtocolError
        without one.
        """
        line = self._lines.get(report.link)
        if line is not None and line.login is not None and line.login.epoch == report.epoch:
            dialogue = line.login.connection.dialogue
            assert isinstance(dialogue, ConcentratorDialogue), "only concentrators report"
            dialogue.acknowledge(report.frame, answer)

    async def close(self) -> None:
        """Stop listening and dialling, end all connections; what waited is answered `NotSent` or `LinkLost`."""
        self._closed = True
        for server in self._servers:
            server.close()
        for dialler in self._diallers:
            dialler.stop()
        for line in self._lines.values():
            if line.login is not None:
                line.log_out(line.login, DownReason.STOPPED)
        for connection in list(self._connections):
            connection.close()
            await self._clock.wait(connection.gone)

    def _add(self, link: str, kind: DeviceKind) -> Line:
        line = Line(link, kind, self._clock, self._limits, self._logins, self.observe)
        self._lines[link] = line
        return line

    def _line(self, link: str) -> Line:
        line = self._lines.get(link)
        if line is None:
            raise UnknownLinkError(link)
        return line

    def _connection(self, begin: Begin, ended: Waiter[None] | None = None) -> Connection:
        def made(connection: Connection) -> Dialogue:
            self._connections.add(connection)
            connection.gone.listen(lambda: self._connections.discard(connection))
            return begin(connection)

        return Connection(self._clock, made, ended)

    def _greet(self, connection: Connection) -> Dialogue:
        stranger = Stranger(
            connection,
            clock=self._clock,
            limits=self._limits,
            observe=self.observe,
            settled=self._strangers.discard,
            terminal=self._terminal,
            dtu=self._dtu,
        )
        from_host = sum(other.host == stranger.host for other in self._strangers)
        self._strangers.add(stranger)
        if len(self._strangers) > self._limits.strangers:
            stranger.close(StrangerReason.TOO_MANY)
        elif from_host >= self._limits.strangers_per_host:
            stranger.close(StrangerReason.TOO_MANY_FROM_HOST)
        return stranger

    def _terminal(self, connection: Connection, receiver: dlt698.Receiver, events: list[dlt698.Received]) -> None:
        first = events[0]
        assert isinstance(first, dlt698.FrameReceived), "a terminal is known by its first frame"
        admission = self._judge(link_of(first.frame.address), connection)
        if admission.login is None:
            turn_away(connection, first, admission.verdict, self._clock.now())
            return
        line = self._lines[admission.login.device]
        dialogue = ConcentratorDialogue(
            admission.login, line, clock=self._clock, limits=self._limits, logins=self._logins, observe=self.observe
        )
        connection.dialogue = dialogue
        line.log_in(admission.login, admission.replaced)
        dialogue.take_over(receiver, events)

    def _dtu(self, connection: Connection, stream: DtuStream, events: list[DtuEvent]) -> None:
        first = events[0]
        assert isinstance(first, Registration), "a DTU is known by its registration"
        admission = self._judge(DTU_PREFIX + first.id, connection)
        if admission.login is None:
            connection.close()
            return
        self._speak_raw(admission.login, admission.replaced, stream).take(events[1:])

    def _answered(self, line: Line, connection: Connection) -> Dialogue:
        admission = self._logins.hear(line.link, connection, self._clock.now())
        assert admission.login is not None, "whom we dial is known"
        dialogue = self._speak_raw(admission.login, admission.replaced, DtuStream())
        if self._closed:
            connection.close()
        return dialogue

    def _speak_raw(self, login: Login, replaced: Login | None, stream: DtuStream) -> RawDialogue:
        line = self._lines[login.device]
        dialogue = RawDialogue(
            login, line, stream, clock=self._clock, limits=self._limits, logins=self._logins, observe=self.observe
        )
        login.connection.dialogue = dialogue
        line.log_in(login, replaced)
        return dialogue

    def _judge(self, link: str, connection: Connection) -> Admission:
        """Let a known device log in that has dialled in; nobody dials in under the name of a gateway."""
        now = self._clock.now()
        line = self._lines.get(link)
        admission: Admission
        if line is not None and line.kind is DeviceKind.GATEWAY:
            admission = dlt698.Admission(Verdict(LinkResult.ILLEGAL_DEVICE, self._limits.trusted_clock), close=True)
        else:
            admission = self._logins.hear(link, connection, now)
        if admission.login is None:
            self.observe(UnknownDevice(link, connection.peer, now))
        return admission

    def _dial_failed(self, link: str, peer: str, error: str, again: datetime) -> None:
        self.observe(DialFailed(link, peer, error, again, self._clock.now()))
