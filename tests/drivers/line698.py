"""DL/T 698.45 meters that are asked themselves: on one line behind a serial server, or each by its own login."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from clock import SteppedClock, run_virtual
from drivers.link import Device, DeviceKind, LinkEvent, LinkLimits, Links, Tcp
from drivers.meter import Dialect, Field, Meter698, MeterSettings, Place, Road, SecurityModule
from protocols import dlt698
from simulators import meter as models
from simulators.connection import Connection
from simulators.localtime import local
from tests.drivers.scene import NEW, OTHER, START, Trouble, physical

A_LINE = "line:SHED-7"
A_LOGIN = f"698:{OTHER}"
THINKING = timedelta(milliseconds=300)
HEARTBEAT = 120


class Line698:
    """Meters that hear whatever goes over a connection, each with a session of its own."""

    def __init__(
        self, clock: SteppedClock, meters: Collection[models.Meter], rules: dlt698.ServerRules | None = None
    ) -> None:
        self._clock = clock
        self._servers = [models.Server698(meter) for meter in meters]
        self._rules = rules or dlt698.ServerRules()
        self._server: asyncio.Server | None = None

    async def listen(self) -> Tcp:
        """Let the head-end call; gives where."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._clock, lambda made: self._begin(made, log_in=False)), "127.0.0.1", 0
        )
        return Tcp(*self._server.sockets[0].getsockname())

    def close(self) -> None:
        """Take no more calls."""
        if self._server is not None:
            self._server.close()

    async def log_in(self, host: str, port: int) -> None:
        """Call the head-end and say who it is."""
        self._begin(await Connection.dial(self._clock, host, port), log_in=True)

    def _begin(self, connection: Connection, *, log_in: bool) -> None:
        self._clock.spawn(self._serve(connection, log_in=log_in), name="line of meters")

    async def _serve(self, connection: Connection, *, log_in: bool) -> None:
        sessions = {
            server: dlt698.ServerSession(dlt698.Address.single(server.meter.address), rules=self._rules)
            for server in self._servers
        }
        now = self._clock.now()
        for session in sessions.values():
            if log_in:
                time = dlt698.DateTime.of(local(now))
                connection.send(session.link(dlt698.LinkKind.LOGIN, HEARTBEAT, time, now))
        while data := await connection.receive():
            for server, session in sessions.items():
                for event in session.receive(data, self._clock.now()):
                    await self._act(connection, server, session, event)

    async def _act(
        self,
        connection: Connection,
        server: models.Server698,
        session: dlt698.ServerSession,
        event: dlt698.ServerEvent,
    ) -> None:
        now = self._clock.now()
        if isinstance(event, dlt698.Transmit):
            connection.send(event.data)
        if not isinstance(event, dlt698.Asked) or not server.meter.hears(now):
            return
        answer = server.answer(event.request, now, client=event.frame.client)
        if answer is not None:
            await self._clock.sleep(THINKING)
            connection.send(session.respond(event, answer, self._clock.now()))


@dataclass(slots=True)
class Shed:
    """Drivers and two meters: one on a line that is dialled, one that logs in itself."""

    clock: SteppedClock
    links: Links
    field: Field
    events: list[LinkEvent]
    meters: Mapping[str, models.Meter]
    line: Line698

    def place(self, address: str) -> Place:
        """Give the place of a meter."""
        profile = self.meters[address].plate.profile
        return Place(address, Dialect.DLT698, Road.DIRECT, A_LINE if address == NEW else A_LOGIN, profile)

    def meter(self, address: str) -> Meter698:
        """Give our side of a meter."""
        meter = self.field.meter(self.place(address))
        assert isinstance(meter, Meter698)
        return meter


def in_shed(
    story: Callable[[Shed], Awaitable[None]],
    *,
    profile: str = "standard",
    rules: dlt698.ServerRules | None = None,
    settings: MeterSettings | None = None,
    security: SecurityModule | None = None,
) -> None:
    """Run a story from 02:00 of the second day on, with both meters of one profile."""
    begin = START + timedelta(hours=14)

    async def main(clock: SteppedClock) -> None:
        meters = {address: physical(address, Trouble(profile=profile)) for address in (NEW, OTHER)}
        line = Line698(clock, [meters[NEW]], rules)
        events: list[LinkEvent] = []
        links = Links(clock, LinkLimits(), observe=events.append)
        links.admit(
            {
                A_LINE: Device(DeviceKind.LINE_698, await line.listen()),
                A_LOGIN: Device(DeviceKind.CONCENTRATOR),
            }
        )
        await Line698(clock, [meters[OTHER]], rules).log_in(*await links.listen("127.0.0.1", 0))
        for link in (A_LINE, A_LOGIN):
            assert await links.wait_up(link, clock.now() + timedelta(seconds=5))
        try:
            field = Field(clock, links, settings or MeterSettings(), security)
            await story(Shed(clock, links, field, events, meters, line))
        finally:
            line.close()
            await links.close()

    run_virtual(main, begin, until=begin + timedelta(days=1))
