"""All links of a gateway: who may dial in, whom we dial, and the way in for questions."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from clock import Clock
from drivers.dial import Dialler, Pauses, Reach, over_tcp
from drivers.errors import DriversClosedError, UnknownLinkError
from drivers.link.dialogue698 import Dialogue698
from drivers.link.endpoints import Endpoint, SerialPort, Tcp, Topic
from drivers.link.events import DialFailed, DownReason, ReportReceived, ReportUnkept, SecuredReport, Unreachable
from drivers.link.line import Line, Logins, Means, Observe
from drivers.link.model import Device, Exchange, LinkLimits, LinkStatus, Outcome
from drivers.link.mqtt import BrokerSettings
from drivers.link.pacing import Pacing
from drivers.link.receipts import Receipts
from drivers.link.reception import Reception
from drivers.link.serial_port import over_serial
from drivers.link.waiting import Go
from protocols.dlt698 import PIIDS, LoginRules

if TYPE_CHECKING:
    from drivers.link.broker import Broker

_BACKLOG = 32_768
"""Calls that may wait to be taken, as far as the system lets (net.core.somaxconn); whoever finds no room is reset.

With a hundred, as is usual, most of a storm of logins goes unheard for a second or more.
"""


class Links:
    """One queue per device, whatever connection it is reached by.

    What happens is told to `observe`, synchronously and in order; an observer must not call back. Devices that have
    topics are reached by the one `broker`; without one they are told of as `Unreachable`.
    """

    def __init__(
        self, clock: Clock, limits: LinkLimits, *, observe: Observe, broker: BrokerSettings | None = None
    ) -> None:
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
        receipts = Receipts(clock, limits.unkept_report, self._unkept)
        self._means = Means(clock, limits, self._logins, observe, receipts)
        self._reception = Reception(self._means, self._lines)
        self._broker = None if broker is None else self._broker_at(broker)
        self._servers: list[asyncio.Server] = []
        self._diallers: dict[str, Dialler[asyncio.Protocol]] = {}
        self._closed = False

    def admit(self, devices: Mapping[str, Device]) -> None:
        """Know exactly these devices, by link: those that dial in may, the others are reached for.

        A device that is no longer among them, or is reached otherwise than before, is dismissed.
        """
        for link, line in list(self._lines.items()):
            if devices.get(link) != line.device:
                self._dismiss(line)
        added = [
            self._lines.setdefault(link, Line(link, device, self._means))
            for link, device in devices.items()
            if link not in self._lines
        ]
        self._logins.admit(self._lines)
        for line in added:
            self._reach_for(line)
        self._find_at_broker([line for line in self._lines.values() if isinstance(line.device.endpoint, Topic)])

    async def listen(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Let devices dial in, over TLS if a context is given; may be called for several ports.

        Returns the address, with the port that was chosen for port 0. Raises OSError when it cannot be had.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._reception.strange, host, port, ssl=tls, backlog=_BACKLOG)
        self._servers.append(server)
        bound = server.sockets[0].getsockname()
        return bound[0], bound[1]

    def drop(self, link: str) -> bool:
        """End the current login of a device, and its connection; whether there was one. It comes back by itself.

        Raises UnknownLinkError.
        """
        line = self._line(link)
        if line.login is None:
            return False
        line.log_out(line.login, DownReason.DROPPED)
        return True

    def device(self, link: str) -> Device:
        """Tell what stands at the far end of a link; raises UnknownLinkError."""
        return self._line(link).device

    def pacing(self, link: str) -> Pacing:
        """Tell how long things take on the road to a device; raises UnknownLinkError."""
        return self._line(link).pacing

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
            assert isinstance(dialogue, Dialogue698), "a report is DL/T 698.45"
            dialogue.acknowledge(report.frame, answer)
        self._means.receipts.settle(report.link, report.frame)

    async def close(self) -> None:
        """Stop listening and dialling, end all connections; what waited is answered `NotSent` or `LinkLost`."""
        self._closed = True
        for server in self._servers:
            server.close()
        for dialler in self._diallers.values():
            dialler.stop()
        if self._broker is not None:
            await self._broker.close()
        for line in self._lines.values():
            if line.login is not None:
                line.log_out(line.login, DownReason.STOPPED)
        await self._reception.close()
        for dialler in self._diallers.values():
            await dialler.ended()

    def _line(self, link: str) -> Line:
        line = self._lines.get(link)
        if line is None:
            raise UnknownLinkError(link)
        return line

    def _dismiss(self, line: Line) -> None:
        del self._lines[line.link]
        dialler = self._diallers.pop(line.link, None)
        if self._broker is not None:
            self._broker.dismiss(line)
        if line.login is not None:
            line.log_out(line.login, DownReason.DISMISSED)
        if dialler is not None:
            dialler.stop()
            self._clock.spawn(dialler.ended(), name=f"dismiss {dialler.peer}")

    def _reach_for(self, line: Line) -> None:
        """Keep a connection to a device that does not dial in, trying again with growing pauses."""
        way = _way_to(line.device.endpoint)
        if way is None:
            return
        peer, reach = way
        here = isinstance(line.device.endpoint, SerialPort)
        longest = self._limits.reopen_longest if here else self._limits.redial_longest
        dialler: Dialler[asyncio.Protocol] = Dialler(
            self._clock,
            peer,
            reach,
            Pauses(self._limits.redial_first, longest),
            factory=partial(self._reception.known, line),
            failed=partial(self._dial_failed, line.link, peer),
        )
        self._diallers[line.link] = dialler
        dialler.start()

    def _broker_at(self, settings: BrokerSettings) -> "Broker":
        from drivers.link.broker import Broker  # noqa: PLC0415 - loads an MQTT client, which most never need

        return Broker(settings, self._means, self._reception.begin_with)

    def _find_at_broker(self, lines: list[Line]) -> None:
        if self._broker is not None:
            self._broker.admit(lines)
            return
        for line in lines:
            why = "no MQTT broker is set: name one in the settings"
            self.observe(Unreachable(line.link, str(line.device.endpoint), why, self._clock.now()))

    def _unkept(self, link: str) -> None:
        self.observe(ReportUnkept(link, self._clock.now()))

    def _dial_failed(self, link: str, peer: str, error: str, again: datetime) -> None:
        self.observe(DialFailed(link, peer, error, again, self._clock.now()))


def _way_to(endpoint: Endpoint) -> tuple[str, Reach[asyncio.Protocol]] | None:
    """Tell where a device is and how it is connected; None if we do not connect it."""
    match endpoint:
        case Tcp(host=host, port=port):
            return f"{host}:{port}", over_tcp(host, port)
        case SerialPort(device=device):
            return device, over_serial(endpoint)
        case _:
            return None
