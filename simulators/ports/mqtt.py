"""A device at an MQTT broker: frames are payloads, up and down by a topic each, and a third tells its presence.

MQTT 5, QoS 1. ``online`` is retained under the topic of its presence, ``offline`` is its last will. What comes down is
acknowledged when the device comes back for more, so that what it has not dealt with is delivered again. The library's
sockets run by themselves: this port is for the real clock.
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from clock import Clock, DeadlineError, Queue
from simulators.errors import PortError
from simulators.ports.broker import Broker, Topics
from simulators.ports.port import Ended, Port, Serve

__all__ = ["Mqtt"]

QOS = 1
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
"""Without it each exchange waits 40 ms for the acknowledgement of the last packet."""
PAUSE = timedelta(seconds=5)
LAST_WORDS = timedelta(seconds=3)


class _MqttChannel:
    """The conversation while the broker holds the connection."""

    def __init__(self, clock: Clock, peer: str) -> None:
        self.peer = peer
        self._inbox: Queue[tuple[bytes, Callable[[], object]]] = Queue(clock)
        self.outbox: Queue[bytes] = Queue(clock)
        self._taken: Callable[[], object] = lambda: None
        self._open = True

    @property
    def open(self) -> bool:
        """Whether the broker still takes what is sent."""
        return self._open

    def hand(self, data: bytes, acknowledge: Callable[[], object]) -> None:
        """Take what has come down."""
        if data:
            self._inbox.try_put((data, acknowledge))
        else:
            acknowledge()

    async def receive(self) -> bytes:
        """Acknowledge what was taken before, and wait for more."""
        self._taken()
        self._taken = lambda: None
        data, self._taken = await self._inbox.get()
        return data

    def send(self, data: bytes) -> None:
        """Queue a message for the broker."""
        if self._open and data:
            self.outbox.try_put(data)

    def close(self) -> None:
        """End it, behind what is queued."""
        if self._open:
            self._open = False
            self.outbox.try_put(b"")
            self._inbox.try_put((b"", lambda: None))


class Mqtt(Port):
    """One device at a broker.

    With ``keeps`` the broker holds what comes down while the device is away, for so long (session expiry).
    """

    def __init__(
        self,
        clock: Clock,
        broker: Broker,
        identity: str,
        *,
        topics: Topics | None = None,
        keeps: timedelta = timedelta(),
    ) -> None:
        self._clock = clock
        self._broker = broker
        self._identity = identity
        self._topics = topics or Topics.of(identity)
        self._keeps = keeps
        super().__init__(
            f"at {broker}, topics {self._topics.up} and {self._topics.down}", f"--mqtt {broker}/{identity}"
        )

    async def open(self) -> None:
        """Look at what the connection needs: the broker itself may come later."""
        self._tls()

    async def run(self, serve: Serve) -> None:
        """Be at the broker, and come back to it."""
        while True:
            try:
                ended = await self._visit(serve)
            except aiomqtt.MqttError as error:
                self.tell(f"{self._broker} is not to be had ({error}): again in {PAUSE.seconds} s")
                ended = Ended(known=False)
            await self._clock.sleep(PAUSE if ended.away is None else ended.away)

    async def _visit(self, serve: Serve) -> Ended:
        topics = self._topics
        channel = _MqttChannel(self._clock, str(self._broker))
        async with self._client() as client:
            await client.subscribe(topics.down, qos=QOS)
            await client.publish(topics.status, b"online", qos=QOS, retain=True)
            reader = self._clock.spawn(_read(client, channel), name=f"{self.where}, down")
            writer = self._clock.spawn(_write(client, channel, topics.up), name=f"{self.where}, up")
            try:
                return await serve(channel)
            finally:
                channel.close()
                with suppress(DeadlineError, aiomqtt.MqttError):
                    await self._clock.wait(writer, self._clock.now() + LAST_WORDS)
                    await client.publish(topics.status, b"offline", qos=QOS, retain=True)
                await self._clock.cancel(reader, writer)

    def _client(self) -> aiomqtt.Client:
        broker, properties = self._broker, Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._keeps // timedelta(seconds=1)
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.user,
            password=broker.password,
            identifier=f"metersim-{self._identity}",
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(self._topics.status, b"offline", qos=QOS, retain=True),
            clean_start=not self._keeps,
            properties=properties,
            tls_context=self._tls(),
            socket_options=[NO_DELAY],
        )
        client._client.manual_ack_set(True)  # noqa: SLF001  # the library acknowledges before anybody has taken it
        return client

    def _tls(self) -> ssl.SSLContext | None:
        if not self._broker.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self._broker.ca)
        except OSError as error:
            raise PortError(
                f"the authorities in {self._broker.ca} cannot be read: {error.strerror or error}"
            ) from error


async def _read(client: aiomqtt.Client, channel: _MqttChannel) -> None:
    """Hand on what comes down, until the connection is lost."""
    try:
        async for message in client.messages:
            data = bytes(message.payload) if isinstance(message.payload, bytes | bytearray) else b""
            channel.hand(data, partial(client._client.ack, message.mid, message.qos))  # noqa: SLF001
    except aiomqtt.MqttError:
        channel.close()


async def _write(client: aiomqtt.Client, channel: _MqttChannel, topic: str) -> None:
    while data := await channel.outbox.get():
        try:
            await client.publish(topic, data, qos=QOS)
        except aiomqtt.MqttError:
            channel.close()
            return
