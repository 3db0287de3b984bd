"""Asking a simulated device through a port of the test's own, whatever the road."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from clock import Clock, DeadlineError, Waiter
from protocols import dlt645, dlt698
from protocols.catalogue import Protocol
from protocols.dlt645 import DI, Address, ReadRequest
from protocols.dlt645.items.identifiers_1997 import read_payload_1997
from protocols.dlt698 import OAD, Piid
from simulators.bench import Bench, MeterWish, make_meter
from simulators.field.ear import Ear, Heard
from simulators.meter import Dialect
from simulators.ports import Channel, DialIn, Ended, Listener, Port, Pty, SerialPort, Setting, TcpServer

T = TypeVar("T")

ADDRESS = "000000001001"
TOTAL = DI(0x00010000)
ENERGY = OAD.parse("00100200")
CLIENT = 0x10
PATIENCE = timedelta(seconds=30)
ROADS = ("tcp server", "tcp dial-in", "pty", "serial")

Story = Callable[["Caller"], Awaitable[None]]


class Caller:
    """Who is at the other end of a channel."""

    def __init__(self, clock: Clock, channel: Channel) -> None:
        self.clock = clock
        self.channel = channel
        self._ear = Ear(Dialect, clock.now())
        self.came: list[tuple[timedelta, bytes]] = []
        """Bytes that came, and how long after the start of this conversation."""
        self._began = clock.now()

    async def hear(self, patience: timedelta = PATIENCE) -> list[Heard]:
        """Wait for one frame at least; gives none when the patience has run out or the channel has ended."""
        until = self.clock.now() + patience
        while True:
            coming = self.clock.spawn(self.channel.receive(), name="caller")
            try:
                data = await self.clock.wait(coming, until)
            except DeadlineError:
                await self.clock.cancel(coming)
                return []
            if not data:
                return []
            self.came.append((self.clock.now() - self._began, data))
            if heard := self._ear.hear(data, self.clock.now()):
                return heard

    async def ask(self, raw: bytes, patience: timedelta = PATIENCE) -> list[Heard]:
        """Send bytes and wait for frames."""
        self.channel.send(raw)
        return await self.hear(patience)

    async def total(self, address: str = ADDRESS, protocol: Protocol = Protocol.DLT645) -> Decimal | None:
        """Read the total energy in kWh, in the words of a language; None where no answer comes."""
        heard = await self.ask(question(address, protocol))
        return total_of(heard[-1]) if heard else None


async def welcome(caller: Caller) -> dlt698.LinkKind:
    """Accept the next login or heartbeat of a terminal."""
    end = dlt698.ClientEnd()
    (asked,) = end.receive(await caller.channel.receive(), caller.clock.now())
    assert isinstance(asked, dlt698.LinkAsked), asked
    at = asked.request.time
    caller.channel.send(end.answer_link(asked, received=at, responded=at, now=caller.clock.now()))
    return asked.request.request


async def check_read(
    caller: Caller, bench: Bench, address: str = ADDRESS, protocol: Protocol = Protocol.DLT645
) -> None:
    """Read a meter, and hold the answer to what it shows."""
    before = shown(bench, address)
    total = await caller.total(address, protocol)
    assert total is not None, "no answer"
    assert before <= total <= shown(bench, address)


def question(address: str = ADDRESS, protocol: Protocol = Protocol.DLT645) -> bytes:
    """Ask for the total energy."""
    if protocol is Protocol.DLT698:
        request = dlt698.build_apdu(dlt698.GetNormalRequest(Piid(1), ENERGY))
        called = dlt698.Address.wildcard() if "A" in address else dlt698.Address.single(address)
        return dlt698.build_link(dlt698.LinkFrame(dlt698.REQUEST, called, CLIENT, request))
    message: dlt645.Message = ReadRequest(TOTAL)
    if protocol is Protocol.DLT645_1997:
        message = dlt645.Read1997Request(0x9010)
    return dlt645.build_frame(dlt645.build_message(Address(address), message))


def total_of(heard: Heard) -> Decimal | None:
    """Read the total energy out of an answer; None where it is refused."""
    if isinstance(heard.frame, dlt698.LinkFrame):
        apdu = dlt698.parse_apdu(heard.frame.user_data)
        assert isinstance(apdu, dlt698.GetNormalResponse), apdu
        result = apdu.result.result
        return None if isinstance(result, dlt698.Dar) else Decimal(result.elements[0].value).scaleb(-2)
    old = heard.frame.control.function < dlt645.Function.READ
    answer = dlt645.parse_message(heard.frame, dlt645.Edition.E1997 if old else dlt645.Edition.E2007)
    if isinstance(answer, dlt645.Read1997Answer):
        return Decimal(str(read_payload_1997(answer.di, answer.payload)[0]))
    if isinstance(answer, dlt645.ReadAnswer):
        return Decimal(str(dlt645.read_payload(TOTAL, answer.payload).value))
    assert isinstance(answer, dlt645.Refusal), answer
    return None


def shown(bench: Bench, address: str = ADDRESS) -> Decimal:
    """Give what the meter shows at this moment."""
    return Decimal(bench.meters[address].registers(bench.clock.now()).total).scaleb(-2)


def make_bench(clock: Clock, protocol: Protocol = Protocol.DLT645, *addresses: str, **options: object) -> Bench:
    """Put meters on a bench."""
    meters = [make_meter(MeterWish(address, protocol), clock.now()) for address in addresses or (ADDRESS,)]
    return Bench(clock, meters, **options)  # type: ignore[arg-type]  # passed on as they are


async def road(clock: Clock, name: str) -> tuple[Port, Port]:
    """Make both ends of a road: the device's port and the caller's, which is the same thing turned round."""
    if name.startswith("tcp"):
        server = TcpServer(clock, "127.0.0.1", 0)
        await server.open()
        caller = DialIn(clock, Listener("127.0.0.1", server.port))
        return (server, caller) if name == "tcp server" else (caller, server)
    pty = Pty(clock)
    await pty.open()
    serial = SerialPort(clock, Setting(pty.device))
    return (pty, serial) if name == "pty" else (serial, pty)


async def call(clock: Clock, bench: Bench, ports: tuple[Port, Port], story: Story) -> None:
    """Run a bench at its port and a story at the other; both are over when the story is."""
    near, far = ports
    await near.open()  # a serial port that is opened forgets what has come before
    device = clock.spawn(bench.run(near), name="bench")
    try:
        await once(clock, far, story)
    finally:
        await clock.cancel(device)


async def once(clock: Clock, far: Port, story: Story) -> None:
    """Have one conversation at a port, and close it."""
    told: Waiter[None] = clock.future()

    async def serve(channel: Channel) -> Ended:
        if not told.done():
            try:
                await story(Caller(clock, channel))
                told.set_result(None)
            except Exception as error:  # noqa: BLE001  # it is raised where the story was begun
                told.set_exception(error)
        while await channel.receive():
            pass
        return Ended()

    caller = clock.spawn(far.run(serve), name="caller")
    try:
        await clock.wait(told)
    finally:
        await clock.cancel(caller)
