"""The DL/T 698.45 server of a simulated meter, asked in APDUs that have been bytes."""

from datetime import datetime, timedelta

import pytest

from protocols import dlt698
from protocols.dlt698 import OAD, OMD, TI, Dar, DataType, DateTimeS, Piid, TimeTag, Value, array, structure
from simulators.localtime import local
from simulators.meter import Dialect, Meter, Server698
from tests.simulators.conftest import NOON, MakeMeter

LATER = NOON + timedelta(days=3, hours=5)
RELAY = Value(DataType.OAD, OAD.parse("F2050201"))
TRIP = array(
    structure(
        RELAY,
        Value(DataType.UNSIGNED, 0),
        Value(DataType.LONG_UNSIGNED, 0),
        Value(DataType.BOOL, value=False),
    )
)
CLOSE = array(structure(RELAY, Value(DataType.ENUM, 1)))
PERMIT = array(structure(RELAY, Value(DataType.ENUM, 0)))
NULL = Value(DataType.NULL)


@pytest.fixture
def meter(make_meter: MakeMeter) -> Meter:
    """Give a 698 meter."""
    return make_meter(dialect=Dialect.DLT698)


def ask(meter: Meter, request: dlt698.Apdu, now: datetime = LATER) -> dlt698.Apdu:
    """Send an APDU as bytes and read the answer from bytes."""
    answer = Server698(meter).answer(dlt698.parse_apdu(dlt698.build_apdu(request)), now)
    assert answer is not None
    return dlt698.parse_apdu(dlt698.build_apdu(answer))


def get(meter: Meter, oad: str) -> Value | Dar:
    """Read one attribute."""
    answer = ask(meter, dlt698.GetNormalRequest(Piid(5), OAD.parse(oad)))
    assert isinstance(answer, dlt698.GetNormalResponse)
    assert answer.piid == Piid(5)
    return answer.result.result


def act(meter: Meter, omd: str, parameter: Value, tag: TimeTag | None) -> Dar:
    """Carry out one method."""
    request = dlt698.ActionNormalRequest(Piid(6), dlt698.Action(OMD.parse(omd), parameter), timetag=tag)
    answer = ask(meter, request)
    assert isinstance(answer, dlt698.ActionNormalResponse)
    return answer.result.dar


def tag(seconds_ago: int = 0, minutes: int = 5) -> TimeTag:
    """Make a TimeTag sent so long ago that may travel some minutes."""
    return TimeTag(DateTimeS.of(local(LATER) - timedelta(seconds=seconds_ago)), TI(1, minutes))


def test_registers_are_read_whole_and_by_element(meter: Meter) -> None:
    """00100200 gives total and tariffs, 00100201 the total alone, an index beyond them is out of range."""
    block = meter.registers(LATER).block
    values = tuple(Value(DataType.DOUBLE_LONG_UNSIGNED, register) for register in block)
    assert get(meter, "00100200") == array(*values)
    assert get(meter, "00100201") == values[0]
    assert get(meter, "00100209") is Dar.OUT_OF_RANGE
    assert get(meter, "00990200") is Dar.OBJECT_UNDEFINED


def test_identity_and_clock(meter: Meter) -> None:
    """40010200 is the address, 40000200 what the meter's clock shows."""
    assert get(meter, "40010200") == Value(DataType.OCTET_STRING, bytes.fromhex(meter.address))
    assert get(meter, "40000200") == Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))


def test_trip_shows_in_every_relay_object(meter: Meter) -> None:
    """After a trip word 3 has bits 4 and 6, output and command state bit 0; a close clears all."""
    assert act(meter, "80008100", TRIP, tag()) is Dar.SUCCESS
    assert get(meter, "20140203") == Value(DataType.BIT_STRING, "0000101000000000")
    assert get(meter, "80000300") == get(meter, "80000500") == Value(DataType.BIT_STRING, "10000000")
    assert act(meter, "80008200", CLOSE, tag()) is Dar.SUCCESS
    assert get(meter, "20140203") == Value(DataType.BIT_STRING, "0" * 16)


def test_permission_waits_for_the_key(meter: Meter) -> None:
    """A close of kind 0 clears the command and leaves the contact open."""
    act(meter, "80008100", TRIP, tag())
    act(meter, "80008200", PERMIT, tag())
    assert get(meter, "80000300") == Value(DataType.BIT_STRING, "10000000")
    assert get(meter, "80000500") == Value(DataType.BIT_STRING, "00000000")


@pytest.mark.parametrize(
    "wrong",
    [None, tag(seconds_ago=301), tag(seconds_ago=-301), TimeTag(DateTimeS.of(local(LATER)), TI(9, 5))],
)
def test_control_needs_a_valid_time_tag(meter: Meter, wrong: TimeTag | None) -> None:
    """Without a TimeTag, or with one that is too old, from the future or of no unit, nothing moves (DAR 32)."""
    assert act(meter, "80008100", TRIP, wrong) is Dar.TIME_TAG_INVALID
    assert act(meter, "80017F00", NULL, wrong) is Dar.TIME_TAG_INVALID
    assert not meter.relay(LATER).open
    assert not meter.relay(LATER).protected


def test_time_tag_is_compared_with_the_meters_clock(make_meter: MakeMeter) -> None:
    """A meter whose clock is ten minutes off takes a fresh TimeTag for an old one; interval 0 never ends."""
    meter = make_meter(dialect=Dialect.DLT698, drift=timedelta(minutes=10))
    assert act(meter, "80008100", TRIP, tag()) is Dar.TIME_TAG_INVALID
    assert act(meter, "80008100", TRIP, tag(minutes=0)) is Dar.SUCCESS


def test_protection_refuses_trips_and_restores(meter: Meter) -> None:
    """8001.127 closes an open relay and makes trips fail with DAR 3 until 8001.128."""
    act(meter, "80008100", TRIP, tag())
    assert act(meter, "80017F00", NULL, tag()) is Dar.SUCCESS
    assert not meter.relay(LATER).open
    assert get(meter, "80010200") == Value(DataType.ENUM, 1)
    assert act(meter, "80008100", TRIP, tag()) is Dar.REFUSED
    assert act(meter, "80018000", NULL, tag()) is Dar.SUCCESS
    assert act(meter, "80008100", TRIP, tag()) is Dar.SUCCESS


def test_malformed_control_is_refused(meter: Meter) -> None:
    """Two relays at once, wrong types, another relay and unknown methods are refused by name."""
    twice = array(*TRIP.elements, *TRIP.elements)
    foreign = array(structure(Value(DataType.OAD, OAD.parse("F2050202")), Value(DataType.ENUM, 1)))
    assert act(meter, "80008100", twice, tag()) is Dar.TYPE_MISMATCH
    assert act(meter, "80008100", CLOSE, tag()) is Dar.TYPE_MISMATCH
    assert act(meter, "80008200", foreign, tag()) is Dar.OBJECT_DOES_NOT_EXIST
    assert act(meter, "80008300", NULL, tag()) is Dar.OBJECT_UNDEFINED


def test_freeze_by_time_and_by_number(meter: Meter) -> None:
    """The daily freeze table gives the same row by freeze time and by number, and no row where there is none."""
    columns = (OAD.parse("20210200"), OAD.parse("00100200"))
    freeze = meter.freeze_back(2, LATER)
    assert freeze is not None
    by_time = dlt698.Selector1(columns[0], Value(DataType.DATE_TIME_S, DateTimeS.of(freeze.stamp)))
    rows = []
    for selector in (by_time, dlt698.Selector9(2), dlt698.Selector9(50)):
        wanted = dlt698.GetRecord(OAD.parse("50040200"), selector, columns)
        answer = ask(meter, dlt698.GetRecordRequest(Piid(1), wanted))
        assert isinstance(answer, dlt698.GetRecordResponse)
        rows.append(answer.record.result)
    assert rows[0] == rows[1]
    assert rows[2] == ()
    assert not isinstance(rows[0], Dar)
    assert rows[0][0][1].elements[0].value == freeze.registers.total


def test_clock_can_be_set(make_meter: MakeMeter) -> None:
    """SET 40000200 sets the clock; other attributes can't be set."""
    meter = make_meter(dialect=Dialect.DLT698, drift=timedelta(minutes=10))
    right = Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))
    for oad, dar in (("40000200", Dar.SUCCESS), ("40010200", Dar.REFUSED)):
        answer = ask(meter, dlt698.SetNormalRequest(Piid(2), dlt698.Setting(OAD.parse(oad), right)))
        assert isinstance(answer, dlt698.SetNormalResponse)
        assert answer.result.dar is dar
    assert meter.clock(LATER) == local(LATER)


def test_foreign_service_is_an_error_response(meter: Meter) -> None:
    """A service that meters don't have is answered with an ERROR-Response of the same number."""
    request = dlt698.ProxyGetListRequest(Piid(9), 10, ())
    answer = ask(meter, request)
    assert answer == dlt698.ServerErrorResponse(Piid(9), 2)


def test_lists_are_done_item_by_item(make_meter: MakeMeter) -> None:
    """Several records, and several settings, get an answer each, in the order asked."""
    meter = make_meter(dialect=Dialect.DLT698, drift=timedelta(minutes=10))
    columns = (OAD.parse("20210200"),)
    wanted = [dlt698.GetRecord(OAD.parse(oad), dlt698.Selector9(1), columns) for oad in ("50040200", "50060200")]
    records = ask(meter, dlt698.GetRecordListRequest(Piid(1), tuple(wanted)))
    assert isinstance(records, dlt698.GetRecordListResponse)
    assert [isinstance(record.result, Dar) for record in records.records] == [False, True]
    right = Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))
    settings = tuple(dlt698.Setting(OAD.parse(oad), right) for oad in ("40010200", "40000200"))
    answer = ask(meter, dlt698.SetListRequest(Piid(2), settings))
    assert isinstance(answer, dlt698.SetListResponse)
    assert [result.dar for result in answer.results] == [Dar.REFUSED, Dar.SUCCESS]
    assert meter.clock(LATER) == local(LATER)


def test_what_is_read_after_an_act_is_read_later(meter: Meter) -> None:
    """ActionThenGet reads the relay after the delay, and the meter takes so long."""
    relay = OAD.parse("80000300")
    trip = dlt698.ActionThenGet(OMD.parse("80008100"), TRIP, relay, 5)
    close = dlt698.ActionThenGet(OMD.parse("80008200"), CLOSE, OAD.parse("40000200"), 7)
    server = Server698(meter)
    answer = server.answer(dlt698.ActionThenGetRequest(Piid(1), (trip, close), timetag=tag()), LATER)
    assert isinstance(answer, dlt698.ActionThenGetResponse)
    assert [result.dar for result in answer.results] == [Dar.SUCCESS, Dar.SUCCESS]
    assert answer.results[0].read.result == Value(DataType.BIT_STRING, "10000000")
    later = DateTimeS.of(local(LATER + timedelta(seconds=12)))
    assert answer.results[1].read.result == Value(DataType.DATE_TIME_S, later)
    assert server.services.took == timedelta(seconds=12)


def test_what_is_read_after_a_setting_shows_it(make_meter: MakeMeter) -> None:
    """SetThenGet sets the clock and reads it back."""
    meter = make_meter(dialect=Dialect.DLT698, drift=timedelta(hours=2))
    clock = OAD.parse("40000200")
    right = Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))
    answer = ask(meter, dlt698.SetThenGetRequest(Piid(1), (dlt698.SetThenGet(clock, right, clock, 3),)))
    assert isinstance(answer, dlt698.SetThenGetResponse)
    (result,) = answer.results
    assert result.dar is Dar.SUCCESS
    assert result.read.result == Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER + timedelta(seconds=3))))


def test_a_time_tag_counts_wherever_there_is_one(meter: Meter) -> None:
    """A setting without a TimeTag is taken; one whose TimeTag is none of the meter's time is not."""
    right = Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))
    setting = dlt698.Setting(OAD.parse("40000200"), right)
    for timetag, dar in ((None, Dar.SUCCESS), (tag(), Dar.SUCCESS), (tag(seconds_ago=301), Dar.TIME_TAG_INVALID)):
        answer = ask(meter, dlt698.SetNormalRequest(Piid(2), setting, timetag=timetag))
        assert isinstance(answer, dlt698.SetNormalResponse)
        assert answer.result.dar is dar
