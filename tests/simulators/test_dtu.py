"""The DTU over real TCP: registration, and a half-duplex line of old meters at its own speed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from clock import DeadlineError, SteppedClock, virtual_time
from protocols import dlt645
from protocols.dlt645 import DI, Address, ReadRequest
from simulators.connection import Connection
from simulators.field import Dtu, Line
from simulators.meter import Silence
from simulators.ports import DialIn
from tests.simulators.conftest import NOON, MakeMeter
from tests.simulators.peer import HeadEnd

pytestmark = pytest.mark.asyncio

ADDRESSES = tuple(f"00000000300{place}" for place in range(1, 9))
SILENT = ADDRESSES[7]
READ = ReadRequest(DI(0x0001FF00))
BYTE = timedelta(seconds=11 / 2400)


@dataclass(frozen=True, slots=True)
class Scene:
    """A DTU that has registered."""

    clock: SteppedClock
    head_end: HeadEnd
    connection: Connection

    def send(self, address: str, message: dlt645.Message = READ) -> dlt645.Frame:
        """Put a request on the line."""
        frame = dlt645.build_message(Address(address), message)
        self.connection.send(dlt645.build_frame(frame))
        return frame


@asynccontextmanager
async def scene(make_meter: MakeMeter, *, echoes: bool = False) -> AsyncIterator[Scene]:
    """Set up eight meters on one line, the last one deaf."""
    silence = Silence(NOON, NOON + timedelta(days=1))
    meters = {address: make_meter(address, silences=(silence,) if address == SILENT else ()) for address in ADDRESSES}
    async with virtual_time(NOON) as clock:
        head_end = HeadEnd(clock)
        listener = await head_end.listen()
        line = Line(clock, meters, name="shops", seed=1, password=dlt645.Password(2, "123456"), echoes=echoes)
        Dtu(clock, "SHOPS-01", line, heartbeat=timedelta(seconds=60)).start(DialIn(clock, listener))
        yield Scene(clock, head_end, await head_end.connections.get())
        head_end.close()


async def test_registers_and_repeats_it(make_meter: MakeMeter) -> None:
    """The registration packet comes first and then once a minute."""
    async with scene(make_meter) as at:
        await at.clock.sleep(timedelta(seconds=185))
        assert at.head_end.registrations == 4 * [b"REG:SHOPS-01\r\n"]


async def test_meter_answers_after_delay_and_bytes(make_meter: MakeMeter) -> None:
    """An answer takes the bytes of both frames at 2400 baud and a response delay of 20 to 500 ms."""
    async with scene(make_meter) as at:
        sent = at.clock.now()
        request = at.send(ADDRESSES[2])
        answer = await at.head_end.frame()
        took = at.clock.now() - sent
    assert dlt645.answers(request, answer).is_answer
    on_the_wire = BYTE * sum(len(dlt645.build_frame(frame)) for frame in (request, answer))
    assert timedelta(milliseconds=19) <= took - on_the_wire <= timedelta(milliseconds=501)


async def test_line_serves_one_at_a_time(make_meter: MakeMeter) -> None:
    """Requests that come together are answered one after the other, in their order."""
    async with scene(make_meter) as at:
        requests = [at.send(address) for address in ADDRESSES[:4]]
        ends = []
        for request in requests:
            answer = await at.head_end.frame()
            assert dlt645.answers(request, answer).is_answer
            ends.append(at.clock.now())
    assert len(set(ends)) == len(ends)


@pytest.mark.parametrize("address", [SILENT, "000000009999", "AAAAAAAAAAAA"])
async def test_nobody_or_everybody_is_silence(make_meter: MakeMeter, address: str) -> None:
    """A deaf meter, a foreign address and a wildcard on a line of eight give no answer; the next one is served."""
    async with scene(make_meter) as at:
        at.send(address)
        waiting = at.clock.spawn(at.head_end.frame(), name="answer")
        with pytest.raises(DeadlineError):
            await at.clock.wait(waiting, at.clock.now() + timedelta(seconds=10))
        request = at.send(ADDRESSES[0])
        assert dlt645.answers(request, await at.clock.wait(waiting)).is_answer


async def test_adapter_may_return_what_it_is_sent(make_meter: MakeMeter) -> None:
    """An echoing line says the request first, and the answer after the response delay."""
    async with scene(make_meter, echoes=True) as at:
        request = at.send(ADDRESSES[2])
        assert await at.head_end.frame() == request
        returned = at.clock.now()
        answer = await at.head_end.frame()
        assert dlt645.answers(request, answer).is_answer
        assert at.clock.now() - returned >= timedelta(milliseconds=20)


async def test_request_broken_off_is_no_part_of_the_next(make_meter: MakeMeter) -> None:
    """After more than half a second what was begun is forgotten, and the next request is heard."""
    async with scene(make_meter) as at:
        at.connection.send(bytes.fromhex("681290785634126811FF"))
        await at.clock.sleep(timedelta(seconds=0.6))
        request = at.send(ADDRESSES[2])
        assert dlt645.answers(request, await at.head_end.frame()).is_answer


async def test_registers_again_after_a_lost_connection(make_meter: MakeMeter) -> None:
    """When the head-end hangs up the DTU dials again and registers, sooner for a head-end that has spoken to it."""
    async with scene(make_meter) as at:
        at.send(ADDRESSES[0])
        await at.head_end.frame()
        lost = at.clock.now()
        at.connection.close()
        await at.head_end.connections.get()
        assert at.clock.now() - lost == timedelta(seconds=5)
