"""Who is at the other end of a connection, and the dialogue that is held with it."""

from collections.abc import Mapping
from functools import partial

from clock import Waiter
from drivers.link.connection import Begin, Connection, Dialogue
from drivers.link.dialogue698 import Dialogue698, link_of, turn_away
from drivers.link.doorkeeper import Doorkeeper
from drivers.link.dtu import DtuEvent, DtuStream, Registration
from drivers.link.endpoints import DialsIn
from drivers.link.events import StrangerReason, UnknownDevice
from drivers.link.line import Admission, Line, Login, Means
from drivers.link.model import SPEAK_698
from drivers.link.raw import DTU_PREFIX, RawDialogue
from drivers.link.stranger import Stranger
from drivers.link.stream import StreamConnection
from drivers.link.unwanted import Unwanted
from protocols import dlt698
from protocols.dlt698 import LinkResult, Verdict


class Reception:
    """Opens the dialogue of each connection.

    Who dials in is a stranger until its first bytes say who it is. Who was dialled, and whoever else is known by how
    it is reached, is logged in from the start.
    """

    def __init__(self, means: Means, lines: Mapping[str, Line]) -> None:
        self._means = means
        self._lines = lines
        self._doorkeeper = Doorkeeper(means.limits)
        self._connections: set[Connection] = set()
        self._closed = False

    def strange(self) -> StreamConnection:
        """Make the connection of somebody who dials in."""
        return StreamConnection(self._means.clock, partial(self._enter, self._greet))

    def known(self, line: Line, ended: Waiter[None]) -> StreamConnection:
        """Make a connection to the device of a line; `ended` is settled when it is over."""
        return StreamConnection(self._means.clock, self.begin_with(line), ended)

    def begin_with(self, line: Line) -> Begin:
        """Give what opens the dialogue of a connection that is known to lead to the device of a line."""
        return partial(self._enter, partial(self._log_in, line))

    def _log_in(self, line: Line, connection: Connection) -> Dialogue:
        """Log in the device of a line, unless it was dismissed while it was being reached."""
        if self._closed or self._lines.get(line.link) is not line:
            connection.close()
            return Unwanted()
        admission = self._means.logins.hear(line.link, connection, self._means.clock.now())
        assert admission.login is not None, "who is reached is known"
        admission.login.period = None  # it may be silent for ever, unless it logs in and names a heartbeat
        dialogue: Dialogue
        if line.kind in SPEAK_698:
            dialogue = self._speak_698(admission.login, admission.replaced)
        else:
            dialogue = self._speak_raw(admission.login, admission.replaced, DtuStream())
        return dialogue

    async def close(self) -> None:
        """End all connections, and those that are being made as soon as they are."""
        self._closed = True
        for connection in list(self._connections):
            connection.close()
            await self._means.clock.wait(connection.gone)

    def _enter(self, begin: Begin, connection: Connection) -> Dialogue:
        self._connections.add(connection)
        connection.gone.listen(lambda: self._connections.discard(connection))
        return begin(connection)

    def _greet(self, connection: Connection) -> Dialogue:
        stranger = Stranger(
            connection,
            self._means,
            settled=self._doorkeeper.leave,
            terminal=self._terminal,
            dtu=self._dtu,
        )
        refusal = self._doorkeeper.enter(connection.host)
        if len(self._connections) > self._means.limits.connections:
            refusal = StrangerReason.TOO_MANY
        if refusal is not None:
            stranger.close(refusal)
        return stranger

    def _terminal(self, connection: Connection, receiver: dlt698.Receiver, events: list[dlt698.Received]) -> None:
        first = events[0]
        assert isinstance(first, dlt698.FrameReceived), "a terminal is known by its first frame"
        admission = self._judge(link_of(first.frame.address), connection)
        if admission.login is None:
            turn_away(connection, first, admission.verdict, self._means.clock.now())
            return
        self._speak_698(admission.login, admission.replaced).take_over(receiver, events)

    def _dtu(self, connection: Connection, stream: DtuStream, events: list[DtuEvent]) -> None:
        first = events[0]
        assert isinstance(first, Registration), "a DTU is known by its registration"
        admission = self._judge(DTU_PREFIX + first.id, connection)
        if admission.login is None:
            connection.close()
            return
        admission.login.period = self._means.limits.dtu_heartbeat
        self._speak_raw(admission.login, admission.replaced, stream).take(events[1:])

    def _speak_698(self, login: Login, replaced: Login | None) -> Dialogue698:
        line = self._lines[login.device]
        dialogue = Dialogue698(login, line, self._means)
        login.connection.dialogue = dialogue
        line.log_in(login, replaced)
        return dialogue

    def _speak_raw(self, login: Login, replaced: Login | None, stream: DtuStream) -> RawDialogue:
        line = self._lines[login.device]
        dialogue = RawDialogue(login, line, stream, self._means)
        login.connection.dialogue = dialogue
        line.log_in(login, replaced)
        return dialogue

    def _judge(self, link: str, connection: Connection) -> Admission:
        """Let a known device log in that has dialled in; nobody dials in under the name of one that we reach."""
        means, line = self._means, self._lines.get(link)
        now = means.clock.now()
        admission: Admission
        if line is None or isinstance(line.device.endpoint, DialsIn):
            admission = means.logins.hear(link, connection, now)
        else:
            admission = dlt698.Admission(Verdict(LinkResult.ILLEGAL_DEVICE, means.limits.trusted_clock), close=True)
        if admission.login is None:
            means.observe(UnknownDevice(link, connection.peer, now))
        return admission
