"""A line as bytes: to listen at, or to ask whoever may be there; no session, no queue and no address stand between."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import aiomqtt

from clock import Clock, DeadlineError, LinkEnd, Task, Waiter, link_key
from drivers.dial import over_tcp
from drivers.link import BrokerSettings, SerialPort, Tcp, Topic
from drivers.link.serial_port import over_serial
from simulators.master.bench import BenchError
from simulators.master.reach import Way

__all__ = ["Wire", "at_wire"]

QOS = 1
CONNECTING = timedelta(seconds=10)
CLOSING = timedelta(seconds=1)


class Wire(ABC):
    """Keeps what comes until it is taken, and nudges; ``is_over`` says that nothing comes any more."""

    def __init__(self, clock: Clock) -> None:
        self.nudge = clock.nudge()
        self.is_over = False
        self._heard = bytearray()

    def take(self) -> bytes:
        """Give what has come since the last time."""
        heard = bytes(self._heard)
        self._heard.clear()
        return heard

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Put bytes on the line."""

    @abstractmethod
    async def close(self) -> None:
        """Hang up."""

    def _hear(self, data: bytes) -> None:
        self._heard += data
        self.nudge.set()

    def _end(self) -> None:
        self.is_over = True
        self.nudge.set()


class _Cable(asyncio.Protocol, Wire):
    """A serial port, or a connection to a serial server; its bytes are counted on the clock."""

    _transport: asyncio.Transport
    _counted: LinkEnd

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._clock = clock
        self.made: Waiter[None] = clock.future()
        self._gone: Waiter[None] = clock.future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a stream protocol is given a stream transport
        self._counted = self._clock.link(link_key(transport))
        self.made.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._hear(data)
        self._counted.received(len(data))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._counted.lost()
        self._gone.set_result(None)
        self._end()

    async def send(self, data: bytes) -> None:
        self._counted.sent(len(data))
        self._transport.write(data)

    async def close(self) -> None:
        self._transport.close()
        with suppress(DeadlineError):  # what a line does not take is not waited for
            await self._clock.wait(self._gone, self._clock.now() + CLOSING)


class _Topics(Wire):
    """A device at a broker: its messages, and with ``overhears`` those to it as well."""

    def __init__(self, clock: Clock, settings: BrokerSettings, identity: str, *, overhears: bool) -> None:
        super().__init__(clock)
        self._clock = clock
        self._down = settings.downlinks.topic(identity)
        self._topics = [settings.uplinks.topic(identity), *([self._down] if overhears else [])]
        self._client = aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username,
            password=settings.password,
            identifier=settings.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            tls_context=settings.tls,
            timeout=CONNECTING.total_seconds(),
        )
        self._reading: Task[None] | None = None

    async def open(self) -> None:
        """Connect and subscribe; raises BenchError."""
        try:
            await self._client.__aenter__()
            for topic in self._topics:
                await self._client.subscribe(topic, qos=QOS)
        except aiomqtt.MqttError as error:
            raise BenchError(f"the broker is not to be had: {error}") from None
        self._reading = self._clock.spawn(self._read(), name="topics")

    async def send(self, data: bytes) -> None:
        try:
            await self._client.publish(self._down, data, qos=QOS)
        except aiomqtt.MqttError:
            self._end()

    async def close(self) -> None:
        if self._reading is not None:
            await self._clock.cancel(self._reading)
            await self._client.__aexit__(None, None, None)

    async def _read(self) -> None:
        try:
            async for message in self._client.messages:
                if isinstance(message.payload, bytes | bytearray) and not message.retain:
                    self._hear(bytes(message.payload))
        except aiomqtt.MqttError:
            self._end()


@asynccontextmanager
async def at_wire(clock: Clock, way: Way, *, overhears: bool = False) -> AsyncIterator[Wire]:
    """Be at a line. At a broker it is what the device says, and if ``overhears`` what is said to it as well.

    Raises:
        BenchError: the line cannot be reached.

    """
    wire = await _open(clock, way, overhears=overhears)
    try:
        yield wire
    finally:
        await wire.close()


async def _open(clock: Clock, way: Way, *, overhears: bool) -> Wire:
    match way.endpoint:
        case Topic(identity=identity) if way.broker is not None:
            topics = _Topics(clock, way.broker, identity, overhears=overhears)
            await topics.open()
            return topics
        case Tcp(host=host, port=port):
            reach = over_tcp(host, port)
        case SerialPort() as port:
            reach = over_serial(port)
        case _:
            raise BenchError(f"nobody can be at {way.endpoint}: give a serial port, a serial server or a broker")
    cable = _Cable(clock)
    try:
        await reach(lambda: cable)
    except OSError as error:
        raise BenchError(f"{way.endpoint}: {error.strerror or error}") from None
    await clock.wait(cable.made)  # a serial port is made a moment later
    return cable
