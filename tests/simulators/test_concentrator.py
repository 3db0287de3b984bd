"""The concentrator over real TCP: link management, task records, proxy, forwarding, all on the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from clock import SteppedClock, virtual_time
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, TI, Dar, DateTimeS, LinkKind, LinkResult, ServerRules, TimeTag, TimeUnit, recipes
from simulators.connection import Connection
from simulators.faults import Fault
from simulators.field import Concentrator, FrameSeen, Hop, Proxy, TaskRecords, Way
from simulators.field.concentrator import RULES
from simulators.localtime import SHANGHAI, local, midnight
from simulators.meter import Dialect, Meter, Silence
from simulators.ports import DialIn
from tests.simulators.conftest import NOON, MakeMeter
from tests.simulators.freezes import Freeze, daily_freezes, energies, read_daily_freezes
from tests.simulators.peer import HeadEnd

pytestmark = pytest.mark.asyncio

ADDRESS = "000000000001"
ONE, TWO, OLD = "000000001001", "000000001002", "000000002001"
PASSWORD = dlt645.Password(2, "123456")
TODAY = local(NOON).date() + timedelta(days=1)
MORNING = midnight(TODAY) + timedelta(hours=2)
CLOCK = OAD.parse("40000200")


@dataclass(frozen=True, slots=True)
class Scene:
    """A concentrator that has logged in."""

    clock: SteppedClock
    head_end: HeadEnd
    connection: Connection
    meters: dict[str, Meter]
    device: Concentrator

    async def ask(self, request: dlt698.ClientApdu) -> dlt698.Apdu:
        """Ask and wait for the answer."""
        asked = self.head_end.ask(self.connection, ADDRESS, request)
        return await self.clock.wait(asked, self.clock.now() + timedelta(hours=1))


@asynccontextmanager
async def scene(
    make_meter: MakeMeter,
    *,
    start: datetime = MORNING,
    silences: tuple[Silence, ...] = (),
    outages: tuple[Silence, ...] = (),
    rules: dlt698.ServerRules | None = None,
    **peer: bool,
) -> AsyncIterator[Scene]:
    """Set up two 698 meters and an old one behind a concentrator; the second is silent at times."""
    meters = {
        ONE: make_meter(ONE, dialect=Dialect.DLT698),
        TWO: make_meter(TWO, dialect=Dialect.DLT698, silences=silences),
        OLD: make_meter(OLD),
    }
    async with virtual_time(start) as clock:
        head_end = HeadEnd(clock, **peer)
        listener = await head_end.listen()
        hop = Hop(clock, meters, seed=1, latency_ms=(2000, 8000), password=PASSWORD)
        device = Concentrator(
            clock,
            ADDRESS,
            records=TaskRecords(meters),
            proxy=Proxy(clock, hop),
            heartbeat=timedelta(seconds=120),
            rules=rules or RULES,
        )
        device.start(DialIn(clock, listener, outages=outages))
        connection = await head_end.connections.get()
        yield Scene(clock, head_end, connection, meters, device)
        head_end.close()


async def test_logs_in_and_keeps_its_heartbeat(make_meter: MakeMeter) -> None:
    """The first frame is a login with the heartbeat period, then a heartbeat comes every period."""
    async with scene(make_meter) as at:
        await at.clock.sleep(timedelta(seconds=605))
        kinds = [link.request for link in at.head_end.links]
    assert kinds == [LinkKind.LOGIN] + 5 * [LinkKind.HEARTBEAT]
    assert {link.period for link in at.head_end.links} == {120}
    times = [link.time.at(SHANGHAI) for link in at.head_end.links]
    assert {round((b - a).total_seconds()) for a, b in pairwise(times) if a and b} == {120}


async def test_gives_the_connection_up_when_heartbeats_go_unanswered(make_meter: MakeMeter) -> None:
    """After three heartbeats without an answer the concentrator hangs up and logs in again."""
    async with scene(make_meter, deaf=True) as at:
        again = await at.head_end.connections.get()
        kinds = [link.request for link in at.head_end.links]
    assert again is not at.connection
    assert kinds == [LinkKind.LOGIN] + 3 * [LinkKind.HEARTBEAT] + [LinkKind.LOGIN]


async def test_tries_again_while_its_login_is_refused(make_meter: MakeMeter) -> None:
    """A head-end that does not know the concentrator is asked again, later and later."""
    async with virtual_time(MORNING) as clock:
        head_end = HeadEnd(clock, verdict=LinkResult.ILLEGAL_DEVICE)
        hop = Hop(clock, {ONE: make_meter(ONE)}, seed=1, latency_ms=(2000, 8000), password=PASSWORD)
        listener = await head_end.listen()
        records, proxy = TaskRecords({}), Proxy(clock, hop)
        heartbeat = timedelta(seconds=120)
        device = Concentrator(clock, ADDRESS, records=records, proxy=proxy, heartbeat=heartbeat)
        device.start(DialIn(clock, listener))
        await clock.sleep(timedelta(seconds=100))
        head_end.close()
    assert [link.request for link in head_end.links] == 4 * [LinkKind.LOGIN]


@pytest.mark.parametrize("blocks", [False, True], ids=["pieces", "blocks"])
async def test_long_answers_come_in_parts(make_meter: MakeMeter, blocks: bool) -> None:
    """In pieces of the link layer, or block by block as they are fetched; together they are the one long answer."""
    wanted = [CLOCK] * 40
    async with scene(make_meter, rules=ServerRules(max_frame=200, blocks=blocks)) as at:
        request = dlt698.GetListRequest(at.head_end.piid(), tuple(wanted))
        answer = await at.ask(request)
        results: list[dlt698.ResultNormal] = []
        while isinstance(answer, dlt698.GetNextResponse):
            assert isinstance(answer.content, dlt698.NormalBlock)
            results += answer.content.results
            if answer.last:
                break
            answer = await at.ask(dlt698.GetNextRequest(at.head_end.piid(), answer.block))
        frames = at.head_end.frames
    if blocks:
        assert len(frames) > 1
        assert set(frames) == {1}
    else:
        assert isinstance(answer, dlt698.GetListResponse)
        results = list(answer.results)
        assert frames == [4]
    assert [result.oad for result in results] == wanted


@pytest.mark.parametrize(("kind", "seconds"), [("lost", 10), ("duplicate", 0), ("slow", 3)])
async def test_further_pieces_suffer_faults(make_meter: MakeMeter, kind: str, seconds: int) -> None:
    """A fault that begins behind the first piece strikes the second; a lost one is sent again, and all comes whole."""
    async with scene(make_meter, rules=ServerRules(max_frame=200)) as at:
        seen: list[FrameSeen] = []
        at.device.observers.append(seen.append)
        at.device.faults.on(Fault(kind, begin=timedelta(milliseconds=100), count=1), at.clock.now())
        began = at.clock.now()
        answer = await at.ask(dlt698.GetListRequest(at.head_end.piid(), (CLOCK,) * 40))
        took = at.clock.now() - began
    assert isinstance(answer, dlt698.GetListResponse)
    assert len(answer.results) == 40
    assert timedelta(seconds=seconds) < took < timedelta(seconds=seconds + 1)
    struck = [frame for frame in seen if frame.note == kind]
    assert bool(struck) == (kind != "lost")
    pieces = [frame.raw for frame in seen if frame.way is Way.OUT]
    assert len(pieces) >= 4


async def test_long_requests_are_joined(make_meter: MakeMeter) -> None:
    """Pieces of a request are acknowledged one by one, and it is answered as a whole."""
    async with scene(make_meter) as at:
        asked = tuple(dlt698.OAD(0x4000, 2, index) for index in range(256))
        answer = await at.ask(dlt698.GetListRequest(at.head_end.piid(), asked))
    assert isinstance(answer, dlt698.GetListResponse)
    assert tuple(result.oad for result in answer.results) == asked


async def test_dials_again_when_the_connection_is_lost(make_meter: MakeMeter) -> None:
    """A lost connection is made anew after five seconds of business time."""
    async with scene(make_meter) as at:
        lost_at = at.clock.now()
        at.connection.close()
        await at.head_end.connections.get()
        assert at.clock.now() - lost_at == timedelta(seconds=5)


async def test_stays_away_during_an_outage(make_meter: MakeMeter) -> None:
    """An outage ends the connection at its first instant; the next login comes when it is over."""
    outage = Silence(MORNING + timedelta(minutes=10), MORNING + timedelta(minutes=50))
    async with scene(make_meter, outages=(outage,)) as at:
        await at.head_end.connections.get()
        assert at.clock.now() >= outage.end
        assert at.clock.now() - outage.end < timedelta(minutes=1)


async def test_task_records_hold_the_freezes_of_many_meters(make_meter: MakeMeter) -> None:
    """One record request gives a row for each meter that is held, with the registers of its midnight."""
    async with scene(make_meter) as at:
        stamp = DateTimeS.of(local(midnight(TODAY)))
        answer = await at.ask(read_daily_freezes(at.head_end.piid(), [ONE, TWO, OLD, "000000009999"], stamp))
    assert isinstance(answer, dlt698.GetRecordResponse)
    freezes = {freeze.meter: freeze for freeze in daily_freezes(answer.record)}
    assert set(freezes) == {ONE, TWO, OLD}
    for address, meter in at.meters.items():
        own = meter.freeze(TODAY, MORNING + timedelta(hours=1))
        assert own is not None
        assert freezes[address].time == stamp
        assert freezes[address].forward == tuple(Decimal(value).scaleb(-2) for value in own.registers.block)


async def test_silent_meter_has_nulls_until_it_is_collected(make_meter: MakeMeter) -> None:
    """A meter that was silent at night has a row without values; an hourly try fills it when it is back."""
    silence = Silence(midnight(TODAY), midnight(TODAY) + timedelta(hours=3))
    stamp = DateTimeS.of(local(midnight(TODAY)))
    async with scene(make_meter, silences=(silence,)) as at:
        found: list[Freeze] = []
        for _ in range(2):
            answer = await at.ask(read_daily_freezes(at.head_end.piid(), [TWO], stamp))
            assert isinstance(answer, dlt698.GetRecordResponse)
            found += daily_freezes(answer.record)
            await at.clock.sleep(timedelta(hours=2))
    assert [(freeze.meter, bool(freeze.forward), freeze.time) for freeze in found] == [
        (TWO, False, None),
        (TWO, True, stamp),
    ]


async def test_nothing_is_stored_before_the_collection(make_meter: MakeMeter) -> None:
    """At 00:02 the concentrator has not asked anybody yet: no rows."""
    async with scene(make_meter, start=midnight(TODAY) + timedelta(minutes=2)) as at:
        stamp = DateTimeS.of(local(midnight(TODAY)))
        answer = await at.ask(read_daily_freezes(at.head_end.piid(), [ONE, TWO], stamp))
    assert isinstance(answer, dlt698.GetRecordResponse)
    assert answer.record.result == ()


async def test_proxy_reads_take_the_time_of_the_power_line(make_meter: MakeMeter) -> None:
    """A proxied read gives the values of the instant in the middle of its 2 to 8 seconds."""
    async with scene(make_meter) as at:
        sent = at.clock.now()
        request = recipes.proxy_get(at.head_end.piid(), ONE, [recipes.FORWARD, recipes.CLOCK], total=60)
        answer = await at.ask(request)
        took = at.clock.now() - sent
    assert isinstance(answer, dlt698.ProxyGetListResponse)
    assert timedelta(seconds=2) <= took <= timedelta(seconds=8)
    values = recipes.proxied(answer, ONE)
    assert values[recipes.CLOCK] == dlt698.Value(dlt698.DataType.DATE_TIME_S, DateTimeS.of(local(sent + took / 2)))
    block = at.meters[ONE].registers(at.clock.now()).block
    assert energies(values[recipes.FORWARD]) == pytest.approx(
        tuple(Decimal(value).scaleb(-2) for value in block), abs=Decimal("0.01")
    )


async def test_unknown_meter_is_dar_255_and_silent_meter_dar_33(make_meter: MakeMeter) -> None:
    """A foreign address is answered at once; a silent meter only when its time-out is over."""
    silence = Silence(MORNING - timedelta(hours=1), MORNING + timedelta(hours=1))
    async with scene(make_meter, silences=(silence,)) as at:
        results = []
        for address in ("000000009999", OLD, TWO):
            sent = at.clock.now()
            request = recipes.proxy_get(at.head_end.piid(), address, [recipes.FORWARD], total=60, each=20)
            answer = await at.ask(request)
            assert isinstance(answer, dlt698.ProxyGetListResponse)
            result = recipes.proxied(answer, address)[recipes.FORWARD]
            results.append((result, at.clock.now() - sent))
    assert results == [
        (Dar.OTHER, timedelta(0)),
        (Dar.OTHER, timedelta(0)),
        (Dar.REQUEST_TIMEOUT, timedelta(seconds=20)),
    ]


async def test_one_proxy_request_at_a_time(make_meter: MakeMeter) -> None:
    """Two requests sent together are served one after the other, a record request in between."""
    async with scene(make_meter) as at:
        sent = at.clock.now()
        first, second = (
            at.head_end.ask(
                at.connection,
                ADDRESS,
                recipes.proxy_get(at.head_end.piid(), address, [recipes.FORWARD], total=60),
            )
            for address in (ONE, TWO)
        )
        own = at.head_end.ask(at.connection, ADDRESS, dlt698.GetNormalRequest(at.head_end.piid(), recipes.CLOCK))
        ends = []
        for waiter in (own, first, second):
            await at.clock.wait(waiter)
            ends.append(at.clock.now() - sent)
    assert ends == sorted(ends)
    assert ends[0] < timedelta(seconds=1)
    assert ends[2] - ends[1] >= timedelta(seconds=2)


async def test_relay_is_controlled_through_the_proxy(make_meter: MakeMeter) -> None:
    """PROXY ACTION with a TimeTag trips and closes; without a valid one it is refused with DAR 32."""
    async with scene(make_meter) as at:
        dars, open_ = [], []
        for action, age in ((recipes.trip(), 10), (recipes.trip(), 0), (recipes.close(direct=True), 0)):
            sent = DateTimeS.of(local(at.clock.now() - timedelta(minutes=age)))
            tag = TimeTag(sent, TI(TimeUnit.MINUTE, 5))
            answer = await at.ask(recipes.proxy_act(at.head_end.piid(), ONE, action, tag, total=60))
            assert isinstance(answer, dlt698.ProxyActionListResponse)
            result = recipes.acted(answer, ONE, action)
            assert result is not None
            dars.append(result.dar)
            open_.append(at.meters[ONE].relay(at.clock.now()).open)
    assert dars == [Dar.TIME_TAG_INVALID, Dar.SUCCESS, Dar.SUCCESS]
    assert open_ == [False, True, False]


async def test_forwards_frames_of_both_dialects(make_meter: MakeMeter) -> None:
    """A 645 frame and a 698 frame inside kind 7 come back as the meter's own answers."""
    async with scene(make_meter) as at:
        old = dlt645.build_message(dlt645.Address(OLD), dlt645.ReadRequest(dlt645.DI(0x0001FF00)))
        answer = await at.ask(recipes.forward(at.head_end.piid(), dlt645.build_frame(old)))
        assert isinstance(answer, dlt698.ProxyTransResponse)
        back = recipes.forwarded(answer)
        assert isinstance(back, bytes)
        assert dlt645.answers(old, dlt645.parse_frame(back)).is_answer

        inner = dlt698.build_apdu(dlt698.GetNormalRequest(dlt698.Piid(7), recipes.FORWARD))
        asked = dlt698.LinkFrame(dlt698.REQUEST, dlt698.Address.single(ONE), 0xA1, inner)
        answer = await at.ask(recipes.forward(at.head_end.piid(), dlt698.build_link(asked)))
        assert isinstance(answer, dlt698.ProxyTransResponse)
        back = recipes.forwarded(answer)
    assert isinstance(back, bytes)
    frame = dlt698.parse_link(back)
    assert (frame.control, frame.address, frame.client) == (dlt698.RESPONSE, asked.address, 0xA1)
    assert isinstance(dlt698.parse_apdu(frame.user_data), dlt698.GetNormalResponse)


async def test_forwarding_to_nobody_times_out(make_meter: MakeMeter) -> None:
    """A frame for a meter that is not there is answered with DAR 33 when the wait is over."""
    async with scene(make_meter) as at:
        sent = at.clock.now()
        frame = dlt645.build_message(dlt645.Address("000000009999"), dlt645.ReadAddressRequest())
        answer = await at.ask(recipes.forward(at.head_end.piid(), dlt645.build_frame(frame), wait=15))
        took = at.clock.now() - sent
    assert isinstance(answer, dlt698.ProxyTransResponse)
    assert recipes.forwarded(answer) is Dar.REQUEST_TIMEOUT
    assert took == timedelta(seconds=15)


async def test_same_seed_same_times(make_meter: MakeMeter) -> None:
    """The instants of all answers are the same in two runs of one seed."""
    runs = []
    for _ in range(2):
        ends = []
        async with scene(make_meter) as at:
            for address in (ONE, TWO, ONE, TWO):
                await at.ask(recipes.proxy_get(at.head_end.piid(), address, [recipes.FORWARD], total=60))
                ends.append(at.clock.now())
        runs.append(ends)
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 4
