"""The other side of the wire for the tests of the drivers: real TCP, bytes counted, everything by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from clock import Clock, LinkEnd, Queue, SteppedClock, Waiter, link_key, run_virtual
from drivers.link import Device, DeviceKind, Exchange, Expect698, LinkEvent, LinkLimits, Links, Rank
from protocols import dlt645, dlt698

START = datetime(2026, 9, 14, 0, 5, tzinfo=UTC)
CONCENTRATOR = "000000000001"
A_698 = f"698:{CONCENTRATOR}"
A_DTU = "dtu:SHOPS-01"
DEVICES = {A_698: Device(DeviceKind.CONCENTRATOR), A_DTU: Device(DeviceKind.DTU)}
Event = TypeVar("Event")


class Peer(asyncio.Protocol):
    """One counted TCP connection; frames and other bytes go into the inbox as they come."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.inbox: Queue[bytes] = Queue(clock)
        self.gone: Waiter[None] = clock.future()
        self.transport: asyncio.Transport
        self.end: LinkEnd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin counting."""
        self.transport = cast("asyncio.Transport", transport)
        self.end = self.clock.link(link_key(transport))

    def data_received(self, data: bytes) -> None:
        """Keep what came."""
        self.inbox.try_put(data)
        self.end.received(len(data))

    def connection_lost(self, _error: Exception | None) -> None:
        """Say that it is over."""
        self.end.lost()
        self.gone.set_result(None)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.end.sent(len(data))
        self.transport.write(data)

    def close(self) -> None:
        """Hang up."""
        self.end.lost()
        self.transport.close()


class Office:
    """Links that listen on a port of their own, and what they tell."""

    def __init__(self, clock: SteppedClock, limits: LinkLimits) -> None:
        self.clock = clock
        self.events: list[LinkEvent] = []
        self.observe: Callable[[LinkEvent], None] | None = None
        self.links = Links(clock, limits, observe=self._hear)
        self.address = ("", 0)

    def _hear(self, event: LinkEvent) -> None:
        self.events.append(event)
        if self.observe is not None:
            self.observe(event)

    async def open(self) -> None:
        """Listen, with the usual devices admitted."""
        self.links.admit(DEVICES)
        self.address = await self.links.listen("127.0.0.1", 0)

    async def connect(self) -> Peer:
        """Dial in."""
        loop = asyncio.get_running_loop()
        _, peer = await loop.create_connection(lambda: Peer(self.clock), *self.address)
        return peer

    async def dtu(self) -> Peer:
        """Dial in as the DTU."""
        peer = await self.connect()
        peer.send(b"REG:SHOPS-01\r\n")
        assert await self.links.wait_up(A_DTU, self.clock.now() + timedelta(seconds=1))
        return peer

    async def concentrator(self) -> Peer:
        """Dial in as the concentrator; the answer to the login is taken."""
        peer = await self.connect()
        peer.send(link_request(dlt698.LinkKind.LOGIN))
        await peer.inbox.get()
        return peer

    def told(self, kind: type[Event]) -> list[Event]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]


def in_office(
    story: Callable[[Office], Awaitable[None]], limits: LinkLimits | None = None, minutes: float = 60
) -> None:
    """Run a story in virtual time over real TCP in one process."""

    async def main(clock: SteppedClock) -> None:
        office = Office(clock, limits or LinkLimits())
        await office.open()
        try:
            await story(office)
        finally:
            await office.links.close()

    run_virtual(main, START, until=START + timedelta(minutes=minutes))


def frame_698(apdu: dlt698.Apdu, control: int = 0xC3, address: str = CONCENTRATOR) -> bytes:
    """Build a frame of the concentrator."""
    return dlt698.build_link(
        dlt698.LinkFrame(dlt698.Control.of(control), dlt698.Address.single(address), 0x10, dlt698.build_apdu(apdu))
    )


def link_request(kind: dlt698.LinkKind, address: str = CONCENTRATOR, period: int = 300) -> bytes:
    """Build a login, heartbeat or logout."""
    time = dlt698.DateTime(2026, 9, 14, 1, 8, 5, 0, 123)
    return frame_698(dlt698.LinkRequest(dlt698.Piid(5), kind, period, time), 0x81, address)


def apdu_in(data: bytes) -> dlt698.Apdu:
    """Read the APDU of one frame."""
    return dlt698.parse_apdu(dlt698.parse_link(data).user_data)


def get_request(piid: int) -> bytes:
    """Build a request for the concentrator's clock."""
    return frame_698(dlt698.GetNormalRequest(dlt698.Piid(piid), dlt698.OAD.parse("40000200")), 0x43)


def get_response(piid: int, number: int = 7, address: str = CONCENTRATOR) -> bytes:
    """Build the answer to it, which holds a number to tell answers apart."""
    result = dlt698.ResultNormal(
        dlt698.OAD.parse("40000200"), dlt698.Value(dlt698.DataType.DOUBLE_LONG_UNSIGNED, number)
    )
    return frame_698(dlt698.GetNormalResponse(dlt698.Piid(piid), result), address=address)


def ask_698(
    office: Office, piid: int, rank: Rank = Rank.POLL, *, patience: float = 60, epoch: int | None = None
) -> Exchange:
    """Make the exchange for `get_request`."""
    return Exchange(
        link=A_698,
        epoch=epoch,
        request=get_request(piid),
        expects=Expect698(CONCENTRATOR, piid, 133, frozenset({1})),
        rank=rank,
        expires=office.clock.now() + timedelta(minutes=30),
        patience=timedelta(seconds=patience),
    )


def read_645(meter: str, di: str) -> bytes:
    """Build a read request."""
    message = dlt645.ReadRequest(dlt645.DI.parse(di))
    return dlt645.build_frame(dlt645.build_message(dlt645.Address.meter(meter), message))


def answer_645(meter: str, di: str, payload: bytes) -> bytes:
    """Build the answer to a read request."""
    message = dlt645.ReadAnswer(dlt645.DI.parse(di), payload)
    return dlt645.build_frame(dlt645.build_message(dlt645.Address.meter(meter), message), wakeup=0)


def ask_645(office: Office, meter: str, di: str, rank: Rank = Rank.POLL, *, patience: float = 3) -> Exchange:
    """Make the exchange for `read_645`."""
    request = read_645(meter, di)
    return Exchange(
        link=A_DTU,
        epoch=None,
        request=request,
        expects=dlt645.Expected.of(dlt645.parse_frame(request)),
        rank=rank,
        expires=office.clock.now() + timedelta(minutes=30),
        patience=timedelta(seconds=patience),
    )


def limits_with(**changes: Any) -> LinkLimits:
    """Give the usual limits with some of them changed."""
    return replace(LinkLimits(), **changes)
