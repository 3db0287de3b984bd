"""A device at a real broker, on the real clock."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiomqtt
import pytest

from clock import Clock, RealClock
from protocols.catalogue import Protocol
from simulators.errors import PortError
from simulators.field.ear import Ear
from simulators.meter import Dialect
from simulators.ports import Broker, Topics, read_broker
from simulators.ports.mqtt import Mqtt
from tests.broker import Mosquitto, mosquitto
from tests.simulators.calling import ADDRESS, make_bench, question, shown, total_of

IDENTITY = "meter-1"
TOPICS = Topics.of(IDENTITY)
PATIENCE = timedelta(seconds=60)


class HeadEnd:
    """A client of the broker that knows the topics."""

    def __init__(self, clock: Clock, client: aiomqtt.Client) -> None:
        self.clock = clock
        self.client = client
        self.status: list[str] = []
        self.up: list[bytes] = []

    async def listen(self) -> None:
        """Collect what comes."""
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            if str(message.topic) == TOPICS.status:
                self.status.append(message.payload.decode())
            else:
                self.up.append(message.payload)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to have come."""
        end = self.clock.now() + PATIENCE
        while not holds():
            assert self.clock.now() < end, (self.status, self.up)
            await self.clock.sleep(0.01)

    async def send(self, raw: bytes) -> None:
        """Publish a frame for the device."""
        await self.client.publish(TOPICS.down, raw, qos=1)


@asynccontextmanager
async def head_end(clock: Clock, broker: Mosquitto) -> AsyncIterator[HeadEnd]:
    """Be at the broker and listen to the device."""
    tls = ssl.create_default_context(cafile=broker.ca) if broker.ca else None
    client = aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5, tls_context=tls)
    async with client:
        for topic in (TOPICS.up, TOPICS.status):
            await client.subscribe(topic, qos=1)
        seen = HeadEnd(clock, client)
        task = clock.spawn(seen.listen(), name="head-end")
        yield seen
        await clock.cancel(task)


def at_broker(
    broker: Mosquitto, story: Callable[[HeadEnd, Mqtt], Awaitable[None]], *, keeps: timedelta = timedelta()
) -> None:
    """Run a story with a head-end and the port of a device."""

    async def main() -> None:
        clock = RealClock()
        port = Mqtt(clock, Broker(broker.host, broker.port, bool(broker.ca), broker.ca), IDENTITY, keeps=keeps)
        async with head_end(clock, broker) as seen:
            await story(seen, port)

    asyncio.run(main())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("protocol", Protocol)
def test_frames_are_payloads(protocol: Protocol, tls: bool) -> None:
    """A meter answers on its own topic what comes down to it, in each language."""

    async def story(seen: HeadEnd, port: Mqtt) -> None:
        bench = make_bench(seen.clock, protocol, baud=None, latency_ms=(1, 2))
        task = seen.clock.spawn(bench.run(port), name="bench")
        await seen.until(lambda: seen.status == ["online"])
        before = shown(bench)
        await seen.send(question(ADDRESS, protocol))
        await seen.until(lambda: bool(seen.up))
        (heard,) = Ear(Dialect, seen.clock.now()).hear(seen.up[0], seen.clock.now())
        total = total_of(heard)
        assert total is not None
        assert before <= total <= shown(bench)
        await seen.clock.cancel(task)

    with mosquitto(tls=tls) as broker:
        at_broker(broker, story)


def test_presence_is_retained_and_ends_with_the_device() -> None:
    """Who subscribes late learns that the device is there; when it goes it says so itself."""

    async def story(seen: HeadEnd, port: Mqtt) -> None:
        task = seen.clock.spawn(make_bench(seen.clock).run(port), name="bench")
        await seen.until(lambda: seen.status == ["online"])
        async with aiomqtt.Client(seen.client._hostname, seen.client._port) as late:
            await late.subscribe(TOPICS.status)
            message = await anext(late.messages)
            assert (message.payload, message.retain) == (b"online", True)
        await seen.clock.cancel(task)
        await seen.until(lambda: seen.status == ["online", "offline"])

    with mosquitto() as broker:
        at_broker(broker, story)


def test_last_will_tells_of_a_device_that_was_torn_off() -> None:
    """A connection that ends without a word makes the broker say offline; the device comes back by itself."""

    async def story(seen: HeadEnd, port: Mqtt) -> None:
        told: list[str] = []
        port.tell = told.append
        relays: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(
            lambda reader, writer: _relay(reader, writer, seen.client._port, relays), "127.0.0.1", 0
        )
        through = server.sockets[0].getsockname()[1]
        torn = Mqtt(seen.clock, Broker("127.0.0.1", through), IDENTITY)
        task = seen.clock.spawn(make_bench(seen.clock).run(torn), name="bench")
        await seen.until(lambda: seen.status == ["online"])
        for writer in relays:
            writer.transport.abort()
        await seen.until(lambda: seen.status == ["online", "offline", "online"])
        await seen.clock.cancel(task)
        server.close()

    with mosquitto() as broker:
        at_broker(broker, story)


def test_what_came_while_the_device_was_away_is_delivered() -> None:
    """With a session that the broker keeps, a question put to an absent device is answered on its return."""

    async def story(seen: HeadEnd, port: Mqtt) -> None:
        bench = make_bench(seen.clock, baud=None, latency_ms=(1, 2))
        task = seen.clock.spawn(bench.run(port), name="bench")
        await seen.until(lambda: seen.status == ["online"])
        await seen.clock.cancel(task)
        await seen.until(lambda: seen.status == ["online", "offline"])
        await seen.send(question())
        task = seen.clock.spawn(bench.run(port), name="bench")
        await seen.until(lambda: bool(seen.up))
        await seen.clock.cancel(task)

    with mosquitto() as broker:
        at_broker(broker, story, keeps=timedelta(minutes=5))


def test_broker_that_is_not_there_is_told_of() -> None:
    """A device without a broker says so, and goes on trying."""

    async def main() -> None:
        clock = RealClock()
        with mosquitto() as gone:
            pass
        port = Mqtt(clock, Broker(gone.host, gone.port), IDENTITY)
        told: list[str] = []
        port.tell = told.append
        task = clock.spawn(make_bench(clock).run(port), name="bench")
        while not told:
            await clock.sleep(0.01)
        assert f"mqtt://{gone.host}:{gone.port} is not to be had" in told[0]
        assert not task.done()
        await clock.cancel(task)

    asyncio.run(main())


def test_addresses_of_brokers_are_read() -> None:
    """Port, identity, authorities and password come out; another form is refused, and no password told."""
    assert read_broker("mqtt://h") == (Broker("h", 1883), "")
    secured = Broker("h", 1, True, Path("/x"), "u", "p@")
    assert read_broker("mqtts://u:p%40@h:1/a?ca=/x") == (secured, "a")
    for wrong in ("h:1883", "http://h", "mqtt://", "mqtt://h:99999", "mqtt://h?x=1", "mqtt://[h", "mqtt://u:secret@/a"):
        with pytest.raises(PortError, match="is no broker") as told:
            read_broker(wrong)
        assert "secret" not in str(told.value)


async def _relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, relays: list[asyncio.StreamWriter]
) -> None:
    """Carry bytes both ways between the device and the broker."""
    theirs, ours = await asyncio.open_connection("127.0.0.1", port)
    relays += [writer, ours]
    clock = RealClock()
    await clock.gather(_carry(reader, ours), _carry(theirs, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(4096):
            writer.write(data)
    except ConnectionError:
        pass
    writer.close()
