"""Our terminal's side before a head-end that others wrote, the engine of PyPI `dlt698`, which listens over TCP.

Its limits: it takes frames with the one client address (CA) of its options, LINK frames included, so that its own is 0;
a CONNECT-Response must agree to no more than it asked for; it takes reports only while associated; and it counts the
blocks of an answer from 0.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from dlt698 import ConnectionProfile, Data, SessionOptions
from dlt698.model import AllMeters, DateTimeS, Road, Selector5, Selector9, Tsa
from dlt698.protocol import ActionMethod, AssociationParameters, GetRecord, ProxyGetTarget, ProxyRequest, SetAttribute
from dlt698.protocol.link import ServerAddress
from dlt698.session import Engine, Role

from clock import Clock, RealClock
from drivers.zone import BEIJING
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, OMD, Dar, Value, array, double_long_unsigned
from simulators import field as devices
from simulators import meter as models
from simulators.ports import DialIn, Listener
from tests.acceptance.foreign import Foreign, heard, local_time, moment, oad, omd
from tests.protocols.dlt698.peer import ours

DIGITS = "000000000001"
ADDRESS = dlt698.Address.single(DIGITS)
METER = "000000001001"
METER_TSA = b"\x05" + bytes.fromhex(METER)
CLOCK, NAME, ENERGY = (OAD.parse(text) for text in ("40000200", "40010200", "00100200"))
SHORT_FRAME = 512
DAYS = 28
ENERGIES = [100 * number for number in range(60)]
KNOWS_BLOCKS, KNOWS_NONE = [0xFF, 0xFF, 0xF8] + [0] * 5, [0xFD, 0xFF, 0xF8] + [0] * 5
"""Conformance of their protocol, with and without bit 6: answers in blocks (GetResponseNext)."""


class Device(asyncio.Protocol):
    """Our device's session, dialled to a head-end of theirs; it answers from what it holds."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        rules = dlt698.ServerRules(max_frame=SHORT_FRAME, first_block=0)
        self.session = dlt698.ServerSession(ADDRESS, rules=rules)
        self.events: list[dlt698.ServerEvent] = []
        self.obeyed: list[OMD] = []
        self.values: dict[OAD, Value] = {
            CLOCK: Value(dlt698.DataType.DATE_TIME_S, dlt698.DateTimeS(2026, 9, 14, 10, 11, 12)),
            NAME: Value(dlt698.DataType.OCTET_STRING, bytes.fromhex(DIGITS)),
            ENERGY: array(*map(double_long_unsigned, ENERGIES)),
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.link(dlt698.LinkKind.LOGIN)

    def link(self, kind: dlt698.LinkKind) -> None:
        """Log in, beat or log out."""
        self.transport.write(self.session.link(kind, 60, ours(local_time(self.clock)), self.clock.now()))

    def data_received(self, data: bytes) -> None:
        """Take what comes, and answer what is asked."""
        now = self.clock.now()
        for event in self.session.receive(data, now):
            self.events.append(event)
            if isinstance(event, dlt698.Transmit):
                self.transport.write(event.data)
            elif isinstance(event, dlt698.Asked):
                self.transport.write(self.session.respond(event, self._answer(event.request), now))

    def _answer(self, request: dlt698.Apdu) -> dlt698.Apdu:
        match request:
            case dlt698.ConnectRequest(piid=piid, conformance=asked, limits=limits, timeout=timeout):
                sizes = dlt698.Limits(SHORT_FRAME, SHORT_FRAME, 1, limits.apdu)
                return dlt698.ConnectResponse(piid, "OURS".ljust(32), asked, sizes, timeout, 0, None)
            case dlt698.ReleaseRequest(piid=piid):
                return dlt698.ReleaseResponse(piid, 0)
            case dlt698.SetNormalRequest(piid=piid, setting=setting):
                self.values[setting.oad] = setting.value
                return dlt698.SetNormalResponse(piid, dlt698.SetResult(setting.oad, Dar.SUCCESS))
            case dlt698.ActionNormalRequest(piid=piid, action=action):
                self.obeyed.append(action.omd)
                return dlt698.ActionNormalResponse(piid, dlt698.ActionResult(action.omd, Dar.SUCCESS))
        return self._answer_get(request)

    def _answer_get(self, request: dlt698.Apdu) -> dlt698.Apdu:
        match request:
            case dlt698.GetNormalRequest(piid=piid, oad=one):
                return dlt698.GetNormalResponse(piid, self._read(one))
            case dlt698.GetListRequest(piid=piid, oads=several):
                return dlt698.GetListResponse(piid, tuple(map(self._read, several)))
            case dlt698.GetRecordRequest(piid=piid, record=query):
                rows = tuple((self.values[CLOCK], array(*[double_long_unsigned(day)] * 5)) for day in range(DAYS))
                return dlt698.GetRecordResponse(piid, dlt698.ResultRecord(query.oad, query.columns, rows))
        raise AssertionError(f"nobody asks {type(request).__name__} here")

    def _read(self, one: OAD) -> dlt698.ResultNormal:
        return dlt698.ResultNormal(one, self.values.get(one, Dar.OBJECT_DOES_NOT_EXIST))


def their_head_end(clock: Clock, *, preset: bool = False, blocks: bool = False) -> Foreign:
    """Make a head-end of theirs that listens for one terminal; its port is what it has begun with.

    With its association ``preset`` it asks for none, else it says whether it takes ``blocks``.
    """
    profile = ConnectionProfile.local_preset if preset else ConnectionProfile.remote_public

    def make() -> Engine:
        options = SessionOptions(
            role=Role.client,
            server=ServerAddress(bytes=bytes.fromhex(DIGITS)[::-1]),
            client_address=0,
            preset_association=preset,
            require_login=not preset,
            request_timeout=20.0,
            parameters=AssociationParameters(
                version=0x16,
                protocol=KNOWS_BLOCKS if blocks else KNOWS_NONE,
                function=[0] * 16,
                send_frame_bytes=1024,
                receive_frame_bytes=1024,
                receive_window=1,
                apdu_bytes=1024,
                timeout_seconds=600,
            ),
            calendar_clock=lambda: local_time(clock),
        )
        return Engine(options, None)

    def listen(engine: Engine) -> int:
        return engine.listen("127.0.0.1", 0, profile, role=Role.client)

    return Foreign(clock, make, listen)


async def logged_in(foreign: Foreign) -> int:
    """Wait until a terminal of ours is logged in; gives the number of its connection."""
    told = await foreign.until(lambda told: told.state is not None and told.state.name == "preconnected")
    return told.connection


def before_their_head_end(story: Callable[[Device, Foreign, int], Awaitable[None]], *, blocks: bool = False) -> None:
    """Run a story with our device logged in to their head-end."""

    async def main() -> None:
        clock = RealClock()
        device = Device(clock)
        with their_head_end(clock, blocks=blocks) as foreign:
            await asyncio.get_running_loop().create_connection(lambda: device, "127.0.0.1", foreign.begun.result())
            await story(device, foreign, await logged_in(foreign))
        device.transport.close()

    asyncio.run(main())


def test_their_head_end_takes_our_login_and_heartbeat() -> None:
    """Both are answered with success and our own time copied."""

    async def story(device: Device, foreign: Foreign, connection: int) -> None:
        del foreign, connection
        device.link(dlt698.LinkKind.HEARTBEAT)
        await heard(device.clock, lambda: len(device.events) > 1)
        login, beat = device.events
        for answered, kind in ((login, dlt698.LinkKind.LOGIN), (beat, dlt698.LinkKind.HEARTBEAT)):
            assert isinstance(answered, dlt698.LinkAnswered)
            assert answered.accepted
            assert answered.request is not None
            assert answered.request.request is kind

    before_their_head_end(story)


@pytest.mark.parametrize("blocks", [False, True], ids=["pieces", "blocks"])
def test_their_head_end_reads_sets_and_orders_our_device(blocks: bool) -> None:
    """It associates, reads attributes and records, long ones in pieces or blocks, writes, orders and releases."""

    async def story(device: Device, foreign: Foreign, connection: int) -> None:
        async def exchange(act: Callable[[Engine], int]) -> Any:
            completed = await foreign.completed(act)
            assert completed.error is None, completed.error.context
            return ours(completed.message)

        await exchange(lambda engine: engine.connect(connection))
        shown = await exchange(lambda engine: engine.get([oad("40000200")], False, connection))
        assert shown.result == dlt698.ResultNormal(CLOCK, device.values[CLOCK])
        several = [oad(text) for text in ("40010200", "00100200", "40020200")]
        read = await exchange(lambda engine: engine.get(several, True, connection))
        assert [item.result for item in read.results] == [
            device.values[NAME],
            device.values[ENERGY],
            Dar.OBJECT_DOES_NOT_EXIST,
        ]
        query = GetRecord(
            attribute=oad("50040200"), rows=Selector9(previous=1), columns=[oad("20210200"), oad("00100200")]
        )
        rows = await exchange(lambda engine: engine.get_record([query], False, connection))
        assert [row[1].elements[4].value for row in rows.record.result] == list(range(DAYS))
        assert any(isinstance(event, dlt698.Transmit) for event in device.events), "the rows are too many for a frame"
        clock = SetAttribute(attribute=oad("40000200"), value=moment(2026, 10, 1))
        written = await exchange(lambda engine: engine.set([clock], False, connection))
        assert (written.result.dar, device.values[CLOCK].value.month) == (Dar.SUCCESS, 10)
        trip = ActionMethod(method=omd("80008100"), parameter=Data.null())
        await exchange(lambda engine: engine.action([trip], False, connection))
        assert device.obeyed == [OMD.parse("80008100")]
        await exchange(lambda engine: engine.release(connection))

    before_their_head_end(story, blocks=blocks)


def test_their_head_end_takes_our_report() -> None:
    """It is handed over with its value, and what it answers ends our repeats."""

    async def story(device: Device, foreign: Foreign, connection: int) -> None:
        taken: list[Any] = []

        def take(report: Any) -> bool:
            taken.append(ours(report))
            return True

        assert (await foreign.completed(lambda engine: engine.connect(connection))).error is None
        await foreign.do(lambda engine: engine.session_at(connection).set_report_handler(take))
        result = dlt698.ResultNormal(ENERGY, device.values[ENERGY])
        now = device.clock.now()
        report, data = device.session.report(lambda piid: dlt698.ReportListNotification(piid, (result,)), now)
        device.transport.write(data)
        await heard(device.clock, lambda: any(isinstance(event, dlt698.ReportTaken) for event in device.events))
        (told,) = [event for event in device.events if isinstance(event, dlt698.ReportTaken)]
        assert (told.report, taken) == (report, [report])

    before_their_head_end(story)


def _simulated(clock: Clock) -> devices.Concentrator:
    """Make the simulated concentrator of the demo with one meter behind it, and no waits on its power line."""
    plate = models.Plate(METER, f"37{METER[-10:]}", models.Dialect.DLT698)
    load = models.Load(7, METER, models.Household.FAMILY, 600)
    meter = models.Meter(plate, load, start=clock.now() - timedelta(days=3), register=421_137)
    hop = devices.Hop(clock, {METER: meter}, seed=1, latency_ms=(1, 2), password=dlt645.Password(2, "123456"))
    return devices.Concentrator(
        clock,
        DIGITS,
        records=devices.TaskRecords({METER: meter}),
        proxy=devices.Proxy(clock, hop),
        heartbeat=timedelta(seconds=60),
    )


def test_their_head_end_reads_the_simulated_concentrator() -> None:
    """Its address and clock, the stored freezes of its meter, and the meter itself by PROXY."""

    async def main() -> None:
        clock = RealClock()
        with their_head_end(clock, preset=True) as foreign:
            task = _simulated(clock).start(DialIn(clock, Listener("127.0.0.1", foreign.begun.result())))
            told = await foreign.until(lambda told: told.state is not None and told.state.name == "associated")
            link = told.connection

            async def exchange(act: Callable[[Engine], int]) -> Any:
                completed = await foreign.completed(act)
                assert completed.error is None, completed.error.context
                return ours(completed.message)

            name = await exchange(lambda engine: engine.get([oad("40010200")], False, link))
            assert name.result.result.value.hex() == DIGITS
            shown = await exchange(lambda engine: engine.get([oad("40000200")], False, link))
            assert abs(shown.result.result.value.at(BEIJING) - clock.now()) < timedelta(seconds=60)
            target = ProxyGetTarget(server=Tsa(value=METER_TSA), timeout_seconds=20, items=[oad("00100200")])
            request = ProxyRequest(payload=[target], timeout_seconds=20)
            proxied = await exchange(lambda engine: engine.exchange(request, link))
            (answer,) = proxied.results
            assert answer.server.digits == METER
            (energies,) = dlt698.quantities(ENERGY, answer.items[0].result)[:1]
            assert energies is not None
            assert energies.amount >= Decimal("4211.37")
            today = local_time(clock).value[:4]
            query = GetRecord(
                attribute=oad("60120300"),
                rows=Selector5(time=DateTimeS(value=[*today, 0, 0, 0]), meters=AllMeters()),
                columns=[
                    oad("202A0200"),
                    Road(attribute=oad("50040200"), associated=[oad("20210200"), oad("00100200")]),
                ],
            )
            rows = await exchange(lambda engine: engine.get_record([query], False, link))
            assert [row[0].value.digits for row in rows.record.result] == [METER]
            await clock.cancel(task)

    asyncio.run(main())
