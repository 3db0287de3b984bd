"""The roads under test. A road is a class: where its device is, and how the device comes to be at the other end."""

import asyncio
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import uvloop

from clock import Clock, Queue, SteppedClock, run_virtual
from drivers.link import (
    Device,
    DeviceKind,
    DialsIn,
    Endpoint,
    LinkEvent,
    LinkLimits,
    Links,
    LinkUp,
    Parity,
    SerialPort,
    Tcp,
)
from tests.certificates import Authority
from tests.drivers.conformance.pipes import Pipe, PtyPipe, TcpPipe
from tests.drivers.conformance.speech import Speech, Speech645, Speech698
from tests.drivers.conformance.world import Observe, World, make_links
from tests.drivers.peers import A_698, A_DTU, CONCENTRATOR, START, Peer

Story = Callable[[World], Awaitable[None]]

CONCENTRATOR_698 = Speech698(DeviceKind.CONCENTRATOR, CONCENTRATOR)
METERS_698 = Speech698()
METERS_645 = Speech645()
DTU_645 = Speech645(DeviceKind.DTU, A_DTU.removeprefix("dtu:"))
LINKS: Mapping[Speech, str] = {
    CONCENTRATOR_698: A_698,
    METERS_698: "line:meters",
    METERS_645: "line:meters",
    DTU_645: A_DTU,
}


class Road(ABC):
    """How to run a story over one road, in time that is stepped or real."""

    name: str
    speeches: tuple[Speech, ...]
    """What the road carries."""
    patience = timedelta(seconds=3)
    """What a question is given."""
    has_logins = False
    """Whether a device that is up may come by another connection and say who it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, speech: Speech, story: Story) -> None:
        """Run a story, in stepped time unless a road can't count its bytes."""

        async def main(clock: SteppedClock) -> None:
            await self.play(clock, speech, story, LinkLimits())

        run_virtual(main, START, until=START.replace(hour=3), loop_factory=uvloop.new_event_loop)

    async def play(self, clock: Clock, speech: Speech, story: Story, limits: LinkLimits) -> None:
        """Make the world, run the story in it, and end the world."""
        endpoint = await self.open(clock)
        device = Device(speech.kind, endpoint)
        world = World(clock, LINKS[speech], device, speech, limits, self.patience, self.links)
        world.call = lambda: self.call(world)
        await self.ready(world)
        try:
            await story(world)
        finally:
            await world.links.close()
            await self.shut()

    async def open(self, clock: Clock) -> Endpoint:
        """Make what has to be there before our links, and tell where the device will be."""
        del clock
        return DialsIn()

    def links(self, clock: Clock, limits: LinkLimits, observe: Observe) -> Links:
        """Make our links."""
        return make_links(clock, limits, observe)

    async def ready(self, world: World) -> None:
        """Make our side ready for the device."""
        world.links.admit({world.link: world.device})

    @abstractmethod
    async def call(self, world: World) -> Pipe:
        """Have the device come, and give its end."""

    async def shut(self) -> None:  # noqa: B027  # most roads make nothing
        """End what `open` has made."""


class DialIn(Road):
    """Concentrators and DTUs dial in."""

    name = "dial-in"
    speeches = (CONCENTRATOR_698, DTU_645)
    has_logins = True
    _address = ("", 0)

    async def ready(self, world: World) -> None:
        """See `Road.ready`."""
        await super().ready(world)
        self._address = await world.links.listen("127.0.0.1", 0)

    async def call(self, world: World) -> Pipe:
        """See `Road.call`."""
        return await self._greet(world, await TcpPipe.dial(world.clock, self._address))

    async def _greet(self, world: World, pipe: Pipe) -> Pipe:
        welcome = b""
        pipe.send(world.speech.hello())
        while not world.speech.is_welcome(welcome):
            welcome += await pipe.inbox.get()
        return pipe


class DialInTls(DialIn):
    """The same over TLS, where each side shows the other a certificate that it trusts."""

    name = "dial-in-tls"
    _theirs: ssl.SSLContext

    async def ready(self, world: World) -> None:
        """See `Road.ready`."""
        authority = Authority(self._folder)
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.verify_mode = ssl.CERT_REQUIRED
        self._theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for context, name in ((ours, "head-end"), (self._theirs, "device")):
            signed = authority.sign(name)
            context.load_cert_chain(signed.certificate, signed.key)
            context.load_verify_locations(authority.certificate)
        await Road.ready(self, world)
        self._address = await world.links.listen("127.0.0.1", 0, tls=ours)

    async def call(self, world: World) -> Pipe:
        """See `Road.call`."""
        return await self._greet(world, await TcpPipe.dial(world.clock, self._address, self._theirs))


class TcpClient(Road):
    """We dial: a serial server before a line of meters, or a terminal that listens."""

    name = "tcp-client"
    speeches = (METERS_645, METERS_698, CONCENTRATOR_698)
    _server: asyncio.Server
    _accepted: Queue[Peer]

    async def open(self, clock: Clock) -> Endpoint:
        """See `Road.open`."""
        self._accepted = Queue(clock)

        def accept() -> Peer:
            peer = Peer(clock)
            self._accepted.try_put(peer)
            return peer

        self._server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0)
        return Tcp(*self._server.sockets[0].getsockname())

    async def call(self, world: World) -> Pipe:
        """See `Road.call`."""
        del world
        return TcpPipe(await self._accepted.get())

    async def shut(self) -> None:
        """See `Road.shut`."""
        self._server.close()


class Serial(Road):
    """A line of meters at a serial port, which is there when its adapter is plugged in."""

    name = "serial"
    speeches = (METERS_645, METERS_698)
    baud = 9600
    _plugged: PtyPipe | None = None

    @property
    def path(self) -> Path:
        """Where the device of the adapter appears."""
        return self._folder / "ttyUSB0"

    async def open(self, clock: Clock) -> Endpoint:
        """See `Road.open`."""
        del clock
        return SerialPort(str(self.path), self.baud, Parity.NONE)

    async def ready(self, world: World) -> None:
        """See `Road.ready`."""
        world.listeners.append(self._reached)
        await super().ready(world)

    async def call(self, world: World) -> Pipe:
        """See `Road.call`."""
        pipe = self._plugged = PtyPipe(world.clock, self.path)
        return pipe

    def _reached(self, event: LinkEvent) -> None:
        if isinstance(event, LinkUp) and self._plugged is not None:
            self._plugged.reached()
            self._plugged = None
