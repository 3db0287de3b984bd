"""A head-end's links and its devices at a real broker, on the real clock: whatever is waited for has a deadline."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from socket import SHUT_RDWR, socket
from typing import TypeVar

import aiomqtt
import uvloop
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from clock import Clock, Queue, RealClock
from drivers.dial import Pauses
from drivers.link import (
    BrokerSettings,
    BrokerUp,
    Device,
    DeviceKind,
    Exchange,
    Expect698,
    LinkEvent,
    LinkLimits,
    Links,
    Rank,
    ReportReceived,
    Topic,
)
from protocols import dlt645, dlt698
from tests.broker import Mosquitto
from tests.drivers.peers import frame_698, read_645

CONCENTRATOR = "000000000001"
A_698 = f"698:{CONCENTRATOR}"
A_LINE = "line:SHOPS"
DEVICES = {
    A_698: Device(DeviceKind.CONCENTRATOR, Topic("conc-1")),
    A_LINE: Device(DeviceKind.LINE_645, Topic("dtu.7")),
}
SOON = timedelta(seconds=30)
"""How long a busy machine may take for what happens at once."""
LIMITS = LinkLimits(redial_first=timedelta(milliseconds=50))
Event = TypeVar("Event")


@dataclass(frozen=True)
class Sender:
    """A device's own client at the broker: what comes down its topic goes into the inbox."""

    clock: Clock
    client: aiomqtt.Client
    identity: str
    inbox: Queue[aiomqtt.Message]

    async def say(self, payload: bytes) -> None:
        """Send a message up."""
        await self.client.publish(f"headend/{self.identity}/up", payload, qos=1)

    async def tell(self, word: str) -> None:
        """Tell of its presence."""
        await self.client.publish(f"headend/{self.identity}/status", word, qos=1, retain=True)

    async def take(self) -> aiomqtt.Message:
        """Wait for a message down."""
        return await self.clock.wait(self.clock.spawn(self.inbox.get(), name="inbox"), self.clock.now() + SOON)

    async def hear(self) -> bytes:
        """Wait for a message down; gives what it carries."""
        message = await self.take()
        assert isinstance(message.payload, bytes)
        return message.payload

    def vanish(self) -> None:
        """Lose the connection without a word."""
        cut(self.client)

    async def listen(self) -> None:
        """Take what comes, until the connection is lost."""
        try:
            async for message in self.client.messages:
                self.inbox.try_put(message)
        except aiomqtt.MqttError:
            return


class Office:
    """Links that reach their devices by a broker, and what they tell."""

    def __init__(self, clock: Clock, settings: BrokerSettings, limits: LinkLimits = LIMITS) -> None:
        self.clock = clock
        self.events: list[LinkEvent] = []
        self.keeps = True
        self._nudge = clock.nudge()
        self.links = Links(clock, limits, observe=self._hear, broker=settings)

    def _hear(self, event: LinkEvent) -> None:
        self.events.append(event)
        self._nudge.set()
        if isinstance(event, ReportReceived) and self.keeps:
            self.clock.spawn(self._keep(event), name="keep")

    async def _keep(self, report: ReportReceived) -> None:
        self.links.acknowledge(report)

    def told(self, kind: type[Event]) -> list[Event]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[Event], number: int = 1) -> Event:
        """Wait for so many events of a class; gives the last of them."""
        by = self.clock.now() + SOON
        while len(self.told(kind)) < number:
            assert await self.clock.wait_nudge(self._nudge, by), f"no {kind.__name__} among {self.events}"
        return self.told(kind)[number - 1]

    async def up(self, link: str) -> None:
        """Wait for a login."""
        assert await self.links.wait_up(link, self.clock.now() + SOON), self.events

    def cut(self) -> None:
        """Lose the connection to the broker."""
        broker = self.links._broker
        assert broker is not None
        assert broker._session is not None
        cut(broker._session._client)


def cut(client: aiomqtt.Client) -> None:
    """Break a client's connection without a DISCONNECT."""
    sock = client._client.socket()
    assert isinstance(sock, socket)
    sock.shutdown(SHUT_RDWR)


def settings_for(broker: Mosquitto, **changes: object) -> BrokerSettings:
    """Give settings that call the broker again at once."""
    pauses = Pauses(timedelta(milliseconds=20), timedelta(milliseconds=100))
    return replace(BrokerSettings(broker.host, broker.port, pauses=pauses), **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def device(
    clock: Clock,
    broker: Mosquitto,
    identity: str,
    *,
    password: str | None = None,
    will: bool = True,
    listens: bool = True,
    keeps: int = 0,
) -> AsyncIterator[Sender]:
    """Be a device at the broker, which ``keeps`` what comes down for so many seconds while the device is away."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = keeps
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=None if password is None else identity,
        password=password,
        identifier=f"device-{identity}",
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=not keeps,
        properties=properties,
        tls_context=ssl.create_default_context(cafile=broker.ca) if broker.ca else None,
        will=aiomqtt.Will(f"headend/{identity}/status", b"offline", qos=1, retain=True) if will else None,
    )
    client.pending_calls_threshold = 1000
    sender = Sender(clock, client, identity, Queue(clock))
    try:
        async with client:
            if listens:
                await client.subscribe(f"headend/{identity}/down", qos=1)
            listener = clock.spawn(sender.listen(), name=f"device {identity}")
            try:
                yield sender
            finally:
                await clock.cancel(listener)
    except aiomqtt.MqttError:
        assert client._disconnected.done(), "only a device that has vanished leaves without a word"


@asynccontextmanager
async def office(
    clock: Clock, settings: BrokerSettings, limits: LinkLimits = LIMITS, *, keeps: bool = True
) -> AsyncIterator[Office]:
    """Be the head-end at its broker, with the usual devices admitted; it ``keeps`` reports, or does not."""
    at = Office(clock, settings, limits)
    at.keeps = keeps
    at.links.admit(DEVICES)
    try:
        await at.until(BrokerUp)
        yield at
    finally:
        await at.links.close()


def run(story: Callable[[Clock], Awaitable[None]]) -> None:
    """Run a story on the loop that the daemon has."""

    async def main() -> None:
        await story(RealClock())

    uvloop.run(main())


def ask_698(clock: Clock, piid: int, *, patience: float = 30, address: str = CONCENTRATOR) -> Exchange:
    """Ask a concentrator for its clock."""
    request = dlt698.GetNormalRequest(dlt698.Piid(piid), dlt698.OAD.parse("40000200"))
    return Exchange(
        link=f"698:{address}",
        epoch=None,
        request=frame_698(request, 0x43, address),
        expects=Expect698(address, piid, 133, frozenset({1})),
        rank=Rank.POLL,
        expires=clock.now() + timedelta(minutes=1),
        patience=timedelta(seconds=patience),
    )


def ask_645(clock: Clock, meter: str, di: str, *, patience: float = 30, expires: datetime | None = None) -> Exchange:
    """Read an item of a meter on the line."""
    request = read_645(meter, di)
    return Exchange(
        link=A_LINE,
        epoch=None,
        request=request,
        expects=dlt645.Expected.of(dlt645.parse_frame(request)),
        rank=Rank.RESTORE,
        expires=expires or clock.now() + timedelta(minutes=1),
        patience=timedelta(seconds=patience),
    )


def report(number: int, address: str = CONCENTRATOR) -> bytes:
    """Build a report of the concentrator, with a number to tell it from others."""
    value = dlt698.Value(dlt698.DataType.DOUBLE_LONG_UNSIGNED, number)
    result = dlt698.ResultNormal(dlt698.OAD.parse("33200200"), value)
    notification = dlt698.ReportListNotification(dlt698.Piid(number % 64), (result,))
    return frame_698(notification, 0x83, address)
