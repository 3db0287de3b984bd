"""Our head-end's session before a terminal that others wrote, the engine of PyPI `dlt698`, which dials in over TCP.

Its limits: it takes requests from the one client address of its options, wants an association (CONNECT) before anything
else and reports only while it has one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from dlt698 import ConnectionProfile, Data, DataType, SessionOptions
from dlt698.protocol import (
    AssociationParameters,
    AttributeResult,
    ReportNotification,
)
from dlt698.protocol.link import ServerAddress
from dlt698.service import AttributeSchema
from dlt698.session import Engine, Role

from clock import Clock, RealClock
from protocols import dlt698
from protocols.dlt698 import OAD, OMD, Dar, Value, array, double_long_unsigned
from tests.acceptance.foreign import Foreign, Store, heard, local_time, moment, oad, objects_of, schema_of, terminal
from tests.protocols.dlt698.peer import ours

DIGITS = "000000000001"
ADDRESS = dlt698.Address.single(DIGITS)
CLOCK, NAME, ENERGY, FREEZES = (OAD.parse(text) for text in ("40000200", "40010200", "00100200", "50040200"))
FREEZE_TIME = OAD.parse("20210200")
SHORT_FRAME = 512
DAYS = 28
ENERGIES = [100 * number for number in range(60)]
NEW_NAME = Value(dlt698.DataType.OCTET_STRING, bytes.fromhex("210000123456"))
CONFORMANCE = dlt698.Conformance(0x16, bytes.fromhex("FFFFFFFFC0000000"), bytes(16))


def now_of(clock: Clock) -> dlt698.DateTime:
    """Give the time as it is written on the wire."""
    return ours(local_time(clock))  # type: ignore[no-any-return]


class HeadEnd(asyncio.Protocol):
    """Our head-end's session on the connection that a terminal of theirs opens."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.session = dlt698.ClientSession()
        self.events: list[dlt698.ClientEvent] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what comes, and answer logins and reports at once."""
        now, time = self.clock.now(), now_of(self.clock)
        for event in self.session.receive(data, now):
            self.events.append(event)
            match event:
                case dlt698.Transmit():
                    self.transport.write(event.data)
                case dlt698.LinkAsked():
                    self.transport.write(self.session.answer_link(event, received=time, responded=time, now=now))
                case dlt698.Reported():
                    self.transport.write(self.session.acknowledge(event, now))
                case _:
                    pass

    def told(self, kind: type[Any]) -> list[Any]:
        """Give the events of a class."""
        return [event for event in self.events if isinstance(event, kind)]

    async def ask(self, make: Callable[[dlt698.Piid], Any]) -> dlt698.Answered:
        """Ask, and wait for the answer."""
        before = len(self.told(dlt698.Answered))
        _, data = self.session.ask(ADDRESS, make, self.clock.now())
        self.transport.write(data)
        await heard(self.clock, lambda: len(self.told(dlt698.Answered)) > before)
        answered: dlt698.Answered = self.told(dlt698.Answered)[-1]
        return answered

    async def response(self, make: Callable[[dlt698.Piid], Any]) -> Any:
        """Ask, and give the response."""
        return (await self.ask(make)).response

    async def associate(self) -> dlt698.ConnectResponse:
        """Ask for an association with short frames."""
        limits = dlt698.Limits(SHORT_FRAME, SHORT_FRAME, 1, 2000)
        connected = await self.response(
            lambda piid: dlt698.ConnectRequest(piid, CONFORMANCE, limits, 600, dlt698.NullSecurity())
        )
        assert isinstance(connected, dlt698.ConnectResponse)
        return connected


class Terminal:
    """A terminal of theirs with a clock, a name, energies and a month of daily freezes, and our session before it."""

    def __init__(self, clock: Clock, *, blocks: bool) -> None:
        self.clock = clock
        self.head_end = HeadEnd(clock)
        energies = Data.array([Data.uint32(number) for number in ENERGIES])
        rows = [[moment(2026, 9, day), Data.array([Data.uint32(day)] * 5)] for day in range(1, DAYS + 1)]
        self.store = Store(
            {
                "40000200": moment(2026, 9, 14, 10, 11, 12),
                "40010200": Data.octet_string(bytes(6)),
                "00100200": energies,
            },
            {"50040200": rows},
        )
        self._blocks = blocks

    def engine(self) -> Callable[[], Engine]:
        """Make the engine of it."""
        sizes = AssociationParameters(
            version=0x16,
            protocol=[0xFF] * 8,
            function=[0xFF] * 16,
            send_frame_bytes=SHORT_FRAME,
            receive_frame_bytes=SHORT_FRAME,
            receive_window=1,
            apdu_bytes=2000,
            timeout_seconds=600,
        )
        options = SessionOptions(
            server=ServerAddress(bytes=bytes.fromhex(DIGITS)[::-1]),
            client_address=0x10,
            heartbeat_seconds=1,
            prefer_get_blocks=self._blocks,
            parameters=sizes,
            calendar_clock=lambda: local_time(self.clock),
        )
        schemas = [
            schema_of(0x4000, [_attribute(DataType.date_time_s, writable=True)], (127,)),
            schema_of(0x4001, [_attribute(DataType.octet_string, writable=True)]),
            schema_of(0x0010, [_attribute(DataType.array)]),
            schema_of(0x5004, [AttributeSchema(number=2, readable=True, record=True, type=DataType.array)]),
            schema_of(0x8000, [], (129, 130)),
        ]
        return terminal(options, lambda: objects_of(self.store, schemas))


def _attribute(kind: DataType, *, writable: bool = False) -> AttributeSchema:
    return AttributeSchema(number=2, readable=True, writable=writable, type=kind)


def before_a_terminal(story: Callable[[Terminal, Foreign], Awaitable[None]], *, blocks: bool = False) -> None:
    """Run a story with their terminal logged in to our session."""

    async def main() -> None:
        one = Terminal(RealClock(), blocks=blocks)
        server = await asyncio.get_running_loop().create_server(lambda: one.head_end, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]

        def dial(engine: Engine) -> None:
            engine.connect_tcp("127.0.0.1", port, ConnectionProfile.remote_public, role=Role.server)

        with Foreign(one.clock, one.engine(), dial) as foreign:
            await foreign.until(lambda told: told.state is not None and told.state.name == "preconnected")
            await story(one, foreign)
        server.close()

    asyncio.run(main())


def test_their_terminal_logs_in_and_beats() -> None:
    """Its login and heartbeats are told, and our answers are taken: it goes on by itself."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        await heard(one.clock, lambda: len(one.head_end.told(dlt698.LinkAsked)) > 2)
        kinds = [event.request.request for event in one.head_end.told(dlt698.LinkAsked)]
        assert kinds[:3] == [dlt698.LinkKind.LOGIN, dlt698.LinkKind.HEARTBEAT, dlt698.LinkKind.HEARTBEAT]
        assert not [told for told in foreign.told if told.kind == "diagnostic"]

    before_a_terminal(story)


def test_their_terminal_wants_an_association_first() -> None:
    """Without one it says ERROR, which answers the question; with one it agrees on sizes, until it is released."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        del foreign
        end = one.head_end
        refused = await end.response(lambda piid: dlt698.GetNormalRequest(piid, CLOCK))
        assert isinstance(refused, dlt698.ServerErrorResponse)
        connected = await end.associate()
        assert (connected.result, connected.limits.send_frame) == (dlt698.ConnectResult.ALLOWED, SHORT_FRAME)
        assert isinstance(await end.response(lambda piid: dlt698.GetNormalRequest(piid, CLOCK)), dlt698.GetResponse)
        assert await end.response(dlt698.ReleaseRequest) == dlt698.ReleaseResponse(dlt698.Piid(3), 0)

    before_a_terminal(story)


def test_their_terminal_is_read() -> None:
    """An attribute, a list with one that does not exist, a digest, and rows of records."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        del foreign
        end = one.head_end
        await end.associate()
        shown = await end.response(lambda piid: dlt698.GetNormalRequest(piid, CLOCK))
        assert shown.result.result.value == dlt698.DateTimeS(2026, 9, 14, 10, 11, 12)
        several = await end.response(lambda piid: dlt698.GetListRequest(piid, (NAME, OAD.parse("40020200"))))
        assert [item.result for item in several.results] == [
            Value(dlt698.DataType.OCTET_STRING, bytes(6)),
            Dar.OBJECT_UNDEFINED,
        ]
        digest = await end.response(lambda piid: dlt698.GetMd5Request(piid, CLOCK))
        assert len(digest.result) == 16
        query = dlt698.GetRecord(FREEZES, dlt698.Selector9(1), (FREEZE_TIME, ENERGY))
        rows = await end.response(lambda piid: dlt698.GetRecordRequest(piid, query))
        _is_the_month(rows.record)

    before_a_terminal(story)


def _is_the_month(record: dlt698.ResultRecord) -> None:
    assert record.columns == (FREEZE_TIME, ENERGY)
    assert isinstance(record.result, tuple)
    assert [row[0].value.day for row in record.result] == list(range(1, DAYS + 1))
    assert [row[1] for row in record.result] == [array(*[double_long_unsigned(day)] * 5) for day in range(1, DAYS + 1)]


@pytest.mark.parametrize("blocks", [False, True], ids=["pieces", "blocks"])
def test_long_answers_of_their_terminal_come_whole(blocks: bool) -> None:
    """What does not fit into a frame comes in pieces or blocks, acknowledged or asked for one by one, and is whole."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        del foreign
        end = one.head_end
        await end.associate()
        query = dlt698.GetRecord(FREEZES, dlt698.Selector9(1), (FREEZE_TIME, ENERGY))
        answered = await end.ask(lambda piid: dlt698.GetRecordRequest(piid, query))
        assert len(answered.raws) > 1
        parts = [dlt698.parse_link(raw) for raw in answered.raws]
        assert all(part.control.fragmented is not blocks for part in parts)
        assert isinstance(answered.response, dlt698.GetRecordResponse)
        _is_the_month(answered.response.record)

    before_a_terminal(story, blocks=blocks)


def test_long_questions_reach_their_terminal_whole() -> None:
    """A request that does not fit into a frame goes in pieces, each when it has acknowledged the one before."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        del foreign
        end = one.head_end
        await end.associate()
        many = await end.response(lambda piid: dlt698.GetListRequest(piid, (NAME,) * 130))
        assert len(many.results) == 130
        assert {result.oad for result in many.results} == {NAME}

    before_a_terminal(story)


def test_their_terminal_is_set_and_ordered() -> None:
    """Each kind of SET and ACTION is obeyed once and answered in its kind; what cannot be written is refused."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        del foreign
        end = one.head_end
        await end.associate()
        setting = dlt698.Setting(NAME, NEW_NAME)
        done = await end.response(lambda piid: dlt698.SetNormalRequest(piid, setting))
        assert done.result == dlt698.SetResult(NAME, Dar.SUCCESS)
        refused = dlt698.Setting(ENERGY, array())
        both = await end.response(lambda piid: dlt698.SetListRequest(piid, (setting, refused)))
        assert [result.dar for result in both.results] == [Dar.SUCCESS, Dar.REFUSED]
        then = dlt698.SetThenGet(NAME, NEW_NAME, NAME, 0)
        read = await end.response(lambda piid: dlt698.SetThenGetRequest(piid, (then,)))
        assert read.results[0].read == dlt698.ResultNormal(NAME, NEW_NAME)
        trip, close = dlt698.Action(OMD.parse("80008100"), dlt698.NULL), OMD.parse("80008200")
        acted = await end.response(lambda piid: dlt698.ActionNormalRequest(piid, trip))
        assert acted.result == dlt698.ActionResult(trip.omd, Dar.SUCCESS)
        twice = await end.response(lambda piid: dlt698.ActionListRequest(piid, (trip, trip)))
        assert [result.dar for result in twice.results] == [Dar.SUCCESS] * 2
        after = dlt698.ActionThenGet(close, dlt698.NULL, NAME, 0)
        seen = await end.response(lambda piid: dlt698.ActionThenGetRequest(piid, (after,)))
        assert seen.results[0].read == dlt698.ResultNormal(NAME, NEW_NAME)
        assert [name for name, _ in one.store.obeyed] == ["80008100"] * 3 + ["80008200"]

    before_a_terminal(story)


def test_their_terminal_reports() -> None:
    """Its report is told with its values, and our answer is the one it waits for."""

    async def story(one: Terminal, foreign: Foreign) -> None:
        await one.head_end.associate()
        report = ReportNotification(payload=[AttributeResult(attribute=oad("40000200"), result=moment(2026, 9, 1))])
        taken = await foreign.completed(lambda engine: engine.exchange(report))
        assert taken.error is None
        assert ours(taken.message).oads == (CLOCK,)
        (reported,) = one.head_end.told(dlt698.Reported)
        (result,) = reported.report.results
        assert (result.oad, result.result.value.day) == (CLOCK, 1)

    before_a_terminal(story)
