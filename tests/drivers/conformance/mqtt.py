"""The road over MQTT: a real Mosquitto between our links and the device's own client, in real time."""

from contextlib import AsyncExitStack
from datetime import timedelta

import uvloop

from clock import Clock, Queue, RealClock
from drivers.link import DownReason, Endpoint, LinkLimits, Links, Topic
from tests.broker import Mosquitto, mosquitto
from tests.drivers.at_broker import LIMITS, Sender, device, settings_for
from tests.drivers.conformance.pipes import Pipe
from tests.drivers.conformance.roads import CONCENTRATOR_698, DTU_645, METERS_645, METERS_698, Road, Story
from tests.drivers.conformance.speech import Speech
from tests.drivers.conformance.world import Observe, World

IDENTITY = "device-1"


class TopicPipe(Pipe):
    """A device's client at the broker."""

    def __init__(self, clock: Clock, sender: Sender) -> None:
        self.clock = clock
        self.inbox = Queue(clock)
        self.gone = clock.future()
        self._sender = sender
        clock.spawn(self._take(), name="device takes")

    def send(self, data: bytes) -> None:
        """See `Pipe.send`."""
        self.clock.spawn(self._sender.say(data), name="device says")

    def cut(self) -> None:
        """See `Pipe.cut`."""
        self._sender.vanish()
        self.gone.set_result(None)

    async def hung_up(self) -> None:
        """See `Pipe.hung_up`: the broker tells a device nothing of us."""

    async def online(self) -> None:
        """Tell of the device's presence."""
        await self._sender.tell("online")

    async def _take(self) -> None:
        while True:
            message = await self._sender.inbox.get()
            assert isinstance(message.payload, bytes)
            self.inbox.try_put(message.payload)


class Mqtt(Road):
    """A concentrator, a DTU or a line that has topics at a broker of its own."""

    name = "mqtt"
    speeches = (CONCENTRATOR_698, METERS_645, METERS_698, DTU_645)
    patience = timedelta(seconds=60)
    _broker: Mosquitto
    _devices: AsyncExitStack
    _pipe: TopicPipe | None = None

    def run(self, speech: Speech, story: Story) -> None:
        """See `Road.run`; nobody can count bytes at a broker."""
        with mosquitto() as self._broker:
            uvloop.run(self.play(RealClock(), speech, story, LIMITS))

    async def open(self, clock: Clock) -> Endpoint:
        """See `Road.open`."""
        del clock
        self._devices = AsyncExitStack()
        return Topic(IDENTITY)

    def links(self, clock: Clock, limits: LinkLimits, observe: Observe) -> Links:
        """See `Road.links`."""
        return Links(clock, limits, observe=observe, broker=settings_for(self._broker))

    async def ready(self, world: World) -> None:
        """See `Road.ready`."""
        world.brief = timedelta(seconds=1)
        world.loss = DownReason.OFFLINE
        await super().ready(world)

    async def call(self, world: World) -> Pipe:
        """See `Road.call`."""
        if self._pipe is None or self._pipe.gone.done():
            sender = await self._devices.enter_async_context(device(world.clock, self._broker, IDENTITY))
            self._pipe = TopicPipe(world.clock, sender)
        await self._pipe.online()
        return self._pipe

    async def shut(self) -> None:
        """See `Road.shut`."""
        await self._devices.aclose()
