"""A gateway that the head-end dials through a proxy that misbehaves: the faults lie on the way to it."""

import asyncio
from datetime import timedelta

from clock import SteppedClock, run_virtual
from drivers.link import Device, DeviceKind, LinkLimits, Links, Rank, Tcp
from drivers.meter import Dialect, Field, MeterSettings, Place, Road, Told
from protocols import dlt645
from simulators.connection import Connection
from simulators.fault_proxy import Delay, Drop, Duplicate, FaultProxy, Flip, HalfOpen, Reset, Split
from simulators.field import Listener
from simulators.meter import Server645
from tests.acceptance.faulty import BEGIN, FRAME, PASSWORD, kwh, physical_meter

GATEWAY = "gw:STATION-01"
METERS = [f"{number:012d}" for number in range(1, 7)]
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
FAULTS = (
    Delay(chance=0.3, least=SECOND / 20, most=SECOND),
    Split(chance=0.3),
    Drop(chance=0.05),
    Flip(rate=1e-4, apart=FRAME),
    Duplicate(chance=0.1, after=SECOND / 2),
    Reset(every=15 * MINUTE),
    HalfOpen(every=6 * MINUTE, lasts=2 * MINUTE),
)


def test_a_gateway_is_dialled_through_all_faults() -> None:
    """Each answer is the asked meter's own, and with a proxy that behaves every meter answers."""

    async def main(clock: SteppedClock) -> None:
        places = {address: Place(address, Dialect.DLT645, Road.DTU, GATEWAY) for address in METERS}
        meters = {address: physical_meter(place, number) for number, (address, place) in enumerate(places.items())}
        servers = [Server645(meter, PASSWORD) for meter in meters.values()]

        async def serve(connection: Connection) -> None:
            receiver = dlt645.Receiver()
            while data := await connection.receive():
                for event in receiver.receive(data):
                    await clock.sleep(0.2)
                    for server in servers:
                        answer = isinstance(event, dlt645.FrameReceived) and server.answer(event.frame, clock.now())
                        connection.send(dlt645.build_frame(answer) if answer else b"")

        def accept(connection: Connection) -> None:
            clock.spawn(serve(connection), name="gateway")

        gateway = await asyncio.get_running_loop().create_server(lambda: Connection(clock, accept), "127.0.0.1", 0)
        proxy = FaultProxy(clock, Listener(*gateway.sockets[0].getsockname()[:2]), FAULTS, seed=3)
        where = await proxy.listen("127.0.0.1", 0)
        links = Links(clock, LinkLimits(), observe=lambda _: None)
        links.admit({GATEWAY: Device(DeviceKind.LINE_645, Tcp(where.host, where.port))})
        field = Field(clock, links, MeterSettings(password=PASSWORD))

        async def read(address: str) -> bool:
            before = kwh(meters[address].registers(clock.now()).total)
            answer = await field.meter(places[address]).registers(rank=Rank.OPERATOR)
            after = kwh(meters[address].registers(clock.now()).total)
            assert not isinstance(answer, Told) or before <= (answer.value.total or 0) <= after
            return isinstance(answer, Told)

        told = []
        while clock.now() < BEGIN + 60 * MINUTE:
            told += [await read(address) for address in METERS]
            await clock.sleep(20)
        assert {True, False} == set(told)
        assert proxy.injected.keys() >= {"drop", "reset", "half_open"}
        proxy.heal()
        await read(METERS[0])  # finds out a connection that is dead at its other end
        assert await links.wait_up(GATEWAY, clock.now() + 2 * MINUTE)
        assert [await read(address) for address in METERS] == [True] * len(METERS)
        [status] = links.status()
        assert (status.queued, status.busy) == (0, False)
        await links.close()
        await proxy.close()
        gateway.close()
        await clock.sleep(2)
        assert [task.get_name() for task in clock.tasks()] == []

    run_virtual(main, BEGIN, until=BEGIN + 180 * MINUTE)
