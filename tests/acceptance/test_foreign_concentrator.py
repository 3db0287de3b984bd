"""A concentrator that others wrote, the engine of PyPI `dlt698`, which dials in to our own drivers over TCP.

Its limits: it takes requests from the one client address of its options, asks for an association (CONNECT) unless one
is preset, drops an ACTION whose TimeTag its own clock does not allow without a word, and leaves row selectors to the
store, which gives all its rows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from dlt698 import ConnectionProfile, Data, DataType, Omd, SessionOptions
from dlt698.protocol import LinkRequestType, ProxyTransResponse
from dlt698.protocol.link import ServerAddress
from dlt698.service import ActionValue, AttributeSchema
from dlt698.session import Engine, Role
from dlt698.transport import TransBridge

from clock import RealClock
from drivers.link import (
    Device,
    DeviceKind,
    DownReason,
    HeartbeatHeard,
    LinkDown,
    LinkEvent,
    LinkLimits,
    Links,
    LinkUp,
    Rank,
)
from drivers.meter import (
    Accepted,
    Answer,
    Dialect,
    Field,
    How,
    Meter,
    MeterSettings,
    Place,
    Reason,
    Refused,
    Release,
    Road,
    Silence,
    Silent,
    Told,
)
from protocols import dlt645
from tests.acceptance.foreign import Foreign, Meters, Store, heard, local_time, moment, objects_of, schema_of, terminal

Told_ = TypeVar("Told_")

CONCENTRATOR = "000000000001"
LINK = f"698:{CONCENTRATOR}"
METER = "000000001001"
ABSENT = "000000009999"
OLD = "000000002001"
DAY = date(2026, 9, 14)
PLACE = Place(METER, Dialect.DLT698, Road.PROXY, LINK)
OLD_PLACE = Place(OLD, Dialect.DLT645, Road.FORWARD, LINK)
MIDNIGHT = moment(2026, 9, 14)
ENERGIES = Data.array([Data.uint32(123_456), Data.uint32(100_006), Data.uint32(23_450)])
REVERSE = Data.array([Data.uint32(0)])
CLOSED, OPEN = b"\x00\x00", b"\x0a\x00"
TRIP, CLOSE, KEEP = "80008100", "80008200", "80017F00"


class ForeignMeter(Store):
    """A meter of theirs whose relay obeys."""

    def invoke(self, method: Omd, parameter: Data) -> ActionValue:
        """Trip and close."""
        done = super().invoke(method, parameter)
        word = {TRIP: OPEN, CLOSE: CLOSED}.get(self.obeyed[-1][0])
        if word is not None:
            self.attributes["20140203"] = Data.bit_string(16, word)
        return done


def a_meter() -> ForeignMeter:
    """Make a meter with what a head-end asks for."""
    return ForeignMeter(
        {
            "00100200": ENERGIES,
            "20000200": Data.array([Data.uint16(2215)]),
            "20010200": Data.array([Data.int32(-1234)]),
            "20140203": Data.bit_string(16, CLOSED),
            "40000200": moment(2026, 9, 14, 10, 11, 12),
            "40010200": Data.octet_string(bytes.fromhex(METER)),
            "80010200": Data.enumeration(0),
        },
        {"50040200": [[MIDNIGHT, ENERGIES, REVERSE]]},
    )


class Bench:
    """Our drivers with the foreign concentrator dialled in to them, on the real clock."""

    def __init__(self, clock: RealClock) -> None:
        self.clock = clock
        self.events: list[LinkEvent] = []
        self.links = Links(clock, LinkLimits(), observe=self.events.append)
        self.links.admit({LINK: Device(DeviceKind.CONCENTRATOR)})
        self.field = Field(clock, self.links, MeterSettings())
        self.store = ForeignMeter({}, {"60120300": [[Data.tsa(b"\x05" + bytes.fromhex(METER)), _collected()]]})
        self.meter_store = a_meter()
        self.bridge = TransBridge()

    @property
    def meter(self) -> Meter:
        """Our side of the meter."""
        return self.field.meter(PLACE)

    def foreign(self, port: int, heartbeat: int) -> Foreign:
        """Make the concentrator, which has its association preset and logs in."""
        options = SessionOptions(
            server=ServerAddress(bytes=bytes.fromhex(CONCENTRATOR)[::-1]),
            client_address=0x10,
            heartbeat_seconds=heartbeat,
            calendar_clock=lambda: local_time(self.clock),
            preset_association=True,
            require_login=False,
        )
        schema = schema_of(0x6012, [AttributeSchema(number=3, readable=True, record=True, type=DataType.array)])
        make = terminal(
            options,
            lambda: objects_of(self.store, [schema]),
            Meters({METER: self.meter_store}),
            self.bridge,
        )
        return Foreign(self.clock, make, lambda engine: _dial(engine, port))


def _collected() -> Data:
    return Data.array([MIDNIGHT, ENERGIES, REVERSE])


def _dial(engine: Engine, port: int) -> None:
    engine.connect_tcp("127.0.0.1", port, ConnectionProfile.local_preset, role=Role.server)


async def logged_in(bench: Bench, foreign: Foreign, heartbeat: int) -> None:
    """Have the concentrator log in, and wait for the link."""
    await foreign.until(lambda told: told.state is not None and told.state.name == "associated")
    login = await foreign.completed(lambda engine: engine.link(LinkRequestType.login, heartbeat))
    assert login.error is None
    assert await bench.links.wait_up(LINK, bench.clock.now() + timedelta(seconds=20))


def on_bench(story: Callable[[Bench], Awaitable[None]], *, heartbeat: int = 60) -> None:
    """Run a story with the concentrator logged in."""

    async def main() -> None:
        bench = Bench(RealClock())
        _, port = await bench.links.listen("127.0.0.1", 0)
        try:
            with bench.foreign(port, heartbeat) as foreign:
                await logged_in(bench, foreign, heartbeat)
                await story(bench)
        finally:
            await bench.links.close()

    asyncio.run(main())


async def events_of(bench: Bench, kind: type[LinkEvent], count: int = 1) -> list[LinkEvent]:
    """Wait until so many events of a class have been told."""
    await heard(bench.clock, lambda: sum(isinstance(event, kind) for event in bench.events) >= count)
    return [event for event in bench.events if isinstance(event, kind)]


def told(answer: Answer[Told_]) -> Told_:
    """Take the value out of an answer that must hold one."""
    assert isinstance(answer, Told), answer
    return answer.value


def test_it_logs_in_beats_and_hangs_up() -> None:
    """Its login brings the link up, its heartbeats bring its clock, its going takes the link down."""

    async def main() -> None:
        bench = Bench(RealClock())
        _, port = await bench.links.listen("127.0.0.1", 0)
        with bench.foreign(port, 1) as foreign:
            await logged_in(bench, foreign, 1)
            for beat in await events_of(bench, HeartbeatHeard, 2):
                assert isinstance(beat, HeartbeatHeard)
                assert beat.device_clock is not None
                assert abs(beat.device_clock - beat.at) < timedelta(seconds=60)
        (down,) = await events_of(bench, LinkDown)
        assert isinstance(down, LinkDown)
        assert down.reason is DownReason.CLOSED_BY_PEER
        assert [type(event) for event in bench.events if isinstance(event, LinkUp | LinkDown)] == [LinkUp, LinkDown]
        await bench.links.close()

    asyncio.run(main())


def test_registers_are_read_by_proxy() -> None:
    """Total and tariffs come to the hundredth, the concentrator asks its meter for them."""

    async def story(bench: Bench) -> None:
        registers = told(await bench.meter.registers(rank=Rank.OPERATOR))
        assert registers.total == Decimal("1234.56")
        assert registers.tariffs == (Decimal("1000.06"), Decimal("234.50"))

    on_bench(story)


def test_voltage_current_clock_and_relay_are_read_by_proxy() -> None:
    """Lists of attributes come back whole, signs and bits as they are."""

    async def story(bench: Bench) -> None:
        phases = told(await bench.meter.phases(rank=Rank.OPERATOR))
        assert (phases.voltages, phases.currents) == ((Decimal("221.5"),), (Decimal("-1.234"),))
        assert told(await bench.meter.clock(rank=Rank.CHECK)) == datetime(2026, 9, 14, 2, 11, 12, tzinfo=UTC)
        relay = told(await bench.meter.relay(rank=Rank.CHECK))
        assert (relay.open, relay.command_open, relay.keep_power, relay.address) == (False, False, False, METER)

    on_bench(story)


def test_a_daily_freeze_is_read_by_proxy() -> None:
    """A row of the meter's freeze table is asked for by its time."""

    async def story(bench: Bench) -> None:
        freeze = told(await bench.meter.daily_freeze(DAY))
        assert (freeze.day, freeze.total) == (DAY, Decimal("1234.56"))
        assert freeze.tariffs == (Decimal("1000.06"), Decimal("234.50"))

    on_bench(story)


def test_daily_freezes_of_many_are_read_from_its_own_records() -> None:
    """One record request; a meter that has no row is said to have none."""

    async def story(bench: Bench) -> None:
        answers = await bench.field.concentrator(LINK).daily_freezes(DAY, [METER, ABSENT])
        assert told(answers[METER]).total == Decimal("1234.56")
        missing = answers[ABSENT]
        assert isinstance(missing, Refused), missing
        assert missing.reason is Reason.NO_DATA

    on_bench(story)


def test_the_clock_is_set_by_proxy() -> None:
    """The meter of theirs keeps what it is told, and the read-back finds it."""

    async def story(bench: Bench) -> None:
        assert told(await bench.meter.set_clock()).how is How.NOW
        shown = told(await bench.meter.clock(rank=Rank.CHECK))
        assert abs(shown - bench.clock.now()) < timedelta(seconds=60)

    on_bench(story)


def test_the_relay_is_tripped_closed_and_kept_by_proxy() -> None:
    """Each order is accepted, reaches the meter of theirs once, and its state is read back."""

    async def agree() -> bool:
        return True

    async def story(bench: Bench) -> None:
        until = bench.clock.now() + timedelta(hours=1)
        release = Release(17, METER, until, "OPR01")
        assert told(await bench.meter.trip(release, agree, until=until)) == Accepted(How.UNKNOWN)
        assert told(await bench.meter.relay(rank=Rank.CHECK)).open
        assert told(await bench.meter.close()) == Accepted(How.UNKNOWN)
        assert not told(await bench.meter.relay(rank=Rank.CHECK)).open
        assert told(await bench.meter.keep(on=True)) == Accepted(How.NOW)
        assert [name for name, _ in bench.meter_store.obeyed] == [TRIP, CLOSE, KEEP]

    on_bench(story)


def test_what_a_meter_does_not_keep_is_refused() -> None:
    """Its data access result comes as a refusal with its reason."""

    async def story(bench: Bench) -> None:
        del bench.meter_store.attributes["00100200"]
        answer = await bench.meter.registers(rank=Rank.OPERATOR)
        assert isinstance(answer, Refused), answer

    on_bench(story)


def _answered(frame: bytes) -> bytes:
    """Answer as a DL/T 645 meter at the concentrator's port."""
    meter = dlt645.SlaveSession(dlt645.Address(OLD), dlt645.Edition.E2007)
    (asked,) = meter.receive(frame)
    assert isinstance(asked, dlt645.Asked)
    payload = bytes.fromhex("56341200 06000100 50230000 00000000 00000000".replace(" ", ""))
    return meter.answer(dlt645.ReadAnswer(dlt645.DI(0x0001FF00), payload))


def test_frames_of_dlt645_are_forwarded() -> None:
    """The concentrator sends the frame at its port as it is, and brings the meter's frame back."""

    async def story(bench: Bench) -> None:
        async def port() -> bytes:
            while not (jobs := bench.bridge.drain()):
                await bench.clock.sleep(0.01)
            (job,) = jobs
            answer = ProxyTransResponse(port=job.request.port, result=_answered(job.request.command))
            assert bench.bridge.complete(job.token, answer)
            return bytes(job.request.command)

        asked = bench.clock.spawn(port(), name="port")
        registers = told(await bench.field.meter(OLD_PLACE).registers(rank=Rank.OPERATOR))
        assert registers.total == Decimal("1234.56")
        assert (await bench.clock.wait(asked)).lstrip(b"\xfe")[:1] == b"\x68"

    on_bench(story)


def test_a_meter_that_does_not_answer_is_silent() -> None:
    """The concentrator's own time-out (DAR 33) is the meter's silence, not a refusal."""

    async def story(bench: Bench) -> None:
        async def port() -> None:
            while True:
                for job in bench.bridge.drain():
                    bench.bridge.complete(job.token, ProxyTransResponse(port=job.request.port, result=33))
                await bench.clock.sleep(0.01)

        silent = bench.clock.spawn(port(), name="port")
        answer = await bench.field.meter(OLD_PLACE).registers(rank=Rank.OPERATOR)
        await bench.clock.cancel(silent)
        assert isinstance(answer, Silent), answer
        assert answer.reason is Silence.NO_ANSWER

    on_bench(story)
