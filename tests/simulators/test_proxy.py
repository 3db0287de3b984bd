"""PROXY in a concentrator without keys: every kind, before a plain meter, a secured one, an old one and none."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import pytest

from clock import SteppedClock, virtual_time
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, TI, TSA, Dar, DataType, DateTimeS, Piid, Target, TimeTag, TimeUnit, Value, recipes
from simulators.field import Hop, Proxy
from simulators.localtime import local
from simulators.meter import Dialect
from tests.simulators.conftest import NOON, MakeMeter

pytestmark = pytest.mark.asyncio

PLAIN, SECURED, OLD, NOBODY = "000000001001", "000000001002", "000000002001", "000000009999"
EVERYBODY = (PLAIN, SECURED, OLD, NOBODY)
RELAY, CLOCK = OAD.parse("80000300"), recipes.CLOCK
OPEN, CLOSED = Value(DataType.BIT_STRING, "10000000"), Value(DataType.BIT_STRING, "00000000")
Item = TypeVar("Item")


def targets(item: Item) -> tuple[Target[Item], ...]:
    """Ask everybody for the same."""
    return tuple(Target(TSA.of(address), 20, (item,)) for address in EVERYBODY)


def tag(now: datetime) -> TimeTag:
    """Make a TimeTag for a quarter of an hour."""
    return TimeTag(DateTimeS.of(local(now)), TI(TimeUnit.MINUTE, 15))


async def answered(
    make_meter: MakeMeter, ask: Callable[[Proxy, SteppedClock], Awaitable[dlt698.Apdu]]
) -> tuple[dlt698.Apdu, timedelta]:
    """Give the answer of a proxy before three meters, and how long it took."""
    meters = {
        PLAIN: make_meter(PLAIN, dialect=Dialect.DLT698),
        SECURED: make_meter(SECURED, dialect=Dialect.DLT698, profile="state-grid-698"),
        OLD: make_meter(OLD),
    }
    async with virtual_time(NOON) as clock:
        hop = Hop(clock, meters, seed=1, latency_ms=(2000, 2000), password=dlt645.Password(2, "123456"))
        answer = await ask(Proxy(clock, hop), clock)
        return answer, clock.now() - NOON


async def test_reads_come_with_a_random_number(make_meter: MakeMeter) -> None:
    """A secured meter lets the concentrator read its relay; one that it does not have gives DAR 255."""
    answer, _ = await answered(
        make_meter, lambda proxy, _: proxy.answer(dlt698.ProxyGetListRequest(Piid(1), 0, targets(RELAY)))
    )
    assert isinstance(answer, dlt698.ProxyGetListResponse)
    told = [result.items[0].result for result in answer.results]
    assert told == [CLOSED, CLOSED, Dar.OTHER, Dar.OTHER]


async def test_orders_come_plain(make_meter: MakeMeter) -> None:
    """A secured meter refuses what a concentrator orders: DAR 15."""
    answer, _ = await answered(
        make_meter,
        lambda proxy, clock: proxy.answer(
            dlt698.ProxyActionListRequest(Piid(1), 0, targets(recipes.trip()), timetag=tag(clock.now()))
        ),
    )
    assert isinstance(answer, dlt698.ProxyActionListResponse)
    told = [result.items[0].dar for result in answer.results]
    assert told == [Dar.SUCCESS, Dar.NOT_AUTHORISED, Dar.OTHER, Dar.OTHER]


async def test_an_order_and_its_reading_are_one_request(make_meter: MakeMeter) -> None:
    """Kind 6 reads after the delay, which the answer takes longer for; who refuses still tells what is read."""
    item = dlt698.ActionThenGet(recipes.trip().omd, recipes.trip().parameter, RELAY, 5)
    answer, took = await answered(
        make_meter,
        lambda proxy, clock: proxy.answer(
            dlt698.ProxyActionThenGetListRequest(Piid(1), 0, targets(item)[:2], timetag=tag(clock.now()))
        ),
    )
    assert isinstance(answer, dlt698.ProxyActionThenGetListResponse)
    told = [(result.items[0].dar, result.items[0].read.result) for result in answer.results]
    assert told[0] == (Dar.SUCCESS, OPEN)
    assert told[1][0] is Dar.NOT_AUTHORISED
    assert took == timedelta(seconds=2 + 5 + 2 + 5)


async def test_who_is_not_reached_has_done_and_read_nothing(make_meter: MakeMeter) -> None:
    """Kinds 4 and 6 tell the reason in both places."""
    clock_now = Value(DataType.DATE_TIME_S, DateTimeS.of(local(NOON)))
    action = dlt698.ActionThenGet(recipes.trip().omd, recipes.trip().parameter, RELAY, 5)
    setting = dlt698.SetThenGet(CLOCK, clock_now, CLOCK, 2)
    for request in (
        dlt698.ProxyActionThenGetListRequest(Piid(1), 0, targets(action)[2:]),
        dlt698.ProxySetThenGetListRequest(Piid(1), 0, targets(setting)[2:]),
    ):
        answer, _ = await answered(make_meter, lambda proxy, _, asked=request: proxy.answer(asked))  # type: ignore[misc]
        assert isinstance(answer, dlt698.ProxyActionThenGetListResponse | dlt698.ProxySetThenGetListResponse)
        told = [(result.items[0].dar, result.items[0].read.result) for result in answer.results]
        assert told == [(Dar.OTHER, Dar.OTHER)] * 2


async def test_a_setting_and_its_reading_are_one_request(make_meter: MakeMeter) -> None:
    """Kind 4 sets a plain meter's clock and reads it back; a secured one refuses the setting, and tells its clock."""
    shown = DateTimeS.of(local(NOON + timedelta(hours=1)))
    item = dlt698.SetThenGet(CLOCK, Value(DataType.DATE_TIME_S, shown), CLOCK, 2)
    answer, _ = await answered(
        make_meter, lambda proxy, _: proxy.answer(dlt698.ProxySetThenGetListRequest(Piid(1), 0, targets(item)))
    )
    assert isinstance(answer, dlt698.ProxySetThenGetListResponse)
    plain, secured, *_ = (result.items[0] for result in answer.results)
    assert plain.dar is Dar.SUCCESS
    later = DateTimeS.of(local(NOON + timedelta(hours=1, seconds=2)))
    assert plain.read.result == Value(DataType.DATE_TIME_S, later)
    assert secured.dar is Dar.NOT_AUTHORISED
    assert isinstance(secured.read.result, Value)


async def test_a_secured_meter_cannot_be_set_plainly(make_meter: MakeMeter) -> None:
    """Kind 3 is refused by it as kind 5 is."""
    setting = recipes.set_clock(DateTimeS.of(local(NOON)))
    answer, _ = await answered(
        make_meter, lambda proxy, _: proxy.answer(dlt698.ProxySetListRequest(Piid(1), 0, targets(setting)))
    )
    assert isinstance(answer, dlt698.ProxySetListResponse)
    told = [result.items[0].dar for result in answer.results]
    assert told == [Dar.SUCCESS, Dar.NOT_AUTHORISED, Dar.OTHER, Dar.OTHER]


@pytest.mark.parametrize(("address", "answers"), [(PLAIN, True), (SECURED, True), (OLD, False), (NOBODY, False)])
async def test_a_complete_frame_reaches_who_speaks_its_language(
    make_meter: MakeMeter, address: str, *, answers: bool
) -> None:
    """Kind 7 brings a DL/T 698.45 frame to its meter; an old meter at that address understands nothing of it."""
    request = dlt698.build_apdu(recipes.get(Piid(1), [CLOCK]))
    frame = recipes.frame_for(address, 0xA1, request)
    answer, _ = await answered(make_meter, lambda proxy, _: proxy.answer(recipes.forward(Piid(1), frame, wait=20)))
    assert isinstance(answer, dlt698.ProxyTransResponse)
    back = recipes.forwarded(answer)
    assert (back is not Dar.REQUEST_TIMEOUT) is answers
    if isinstance(back, bytes):
        assert recipes.frame_of(address, back) is not None


async def test_a_delay_within_a_complete_frame_is_waited_for(make_meter: MakeMeter) -> None:
    """What a meter is asked to read later comes that much later through kind 7 too."""
    item = dlt698.ActionThenGet(recipes.trip().omd, recipes.trip().parameter, RELAY, 9)

    async def ask(proxy: Proxy, clock: SteppedClock) -> dlt698.Apdu:
        request = dlt698.ActionThenGetRequest(Piid(1), (item,), timetag=tag(clock.now()))
        frame = recipes.frame_for(PLAIN, 0x10, dlt698.build_apdu(request))
        return await proxy.answer(recipes.forward(Piid(1), frame, wait=20))

    _, took = await answered(make_meter, ask)
    assert took == timedelta(seconds=2 + 9)
