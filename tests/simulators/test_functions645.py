"""Every function of DL/T 645-2007 in a simulated meter of passwords: normal answer, refusal, silence."""

from datetime import timedelta
from decimal import Decimal

import pytest

from protocols import dlt645
from protocols.dlt645 import DI, EVERY_EVENT, Address, Output, Password, RelayAnswer, RelayCommand, Stamp, WriteAnswer
from protocols.dlt645.items.records import FreezeBlock, LoadRecords
from simulators.localtime import local
from simulators.meter.events import Kind
from tests.simulators.conftest import NOON, MakeMeter
from tests.simulators.master645 import LATER, OPERATOR, PASSWORD, Master, until

EVERYBODY = "999999999999"
NOW = Stamp("MMDDhhmm", "99999999")
UNAUTHORISED = {"password_or_unauthorised"}
NOTHING = {"no_requested_data"}
TIME = "YYMMDDhhmmss"


@pytest.fixture
def master(make_meter: MakeMeter) -> Master:
    """Give the master of a meter that takes passwords."""
    return Master(make_meter())


def kwh(registers: tuple[int, ...]) -> tuple[Decimal, ...]:
    """Give registers as they are read."""
    return tuple(Decimal(register).scaleb(-2) for register in registers)


def test_three_wrong_passwords_lock_the_level_for_a_day(master: Master) -> None:
    """After the third wrong one the right one is refused too, for 24 hours; another level is not concerned."""
    for _ in range(3):
        assert master.refusal(master.plain_order(password=Password(2, "000000"))) == UNAUTHORISED
    assert master.refusal(master.plain_order()) == UNAUTHORISED
    assert master.ask(master.setting(0x04000103, Decimal(15), password=Password(4, "123456"))) == WriteAnswer()
    tomorrow = LATER + timedelta(hours=24)
    late = dlt645.RelayRequest(PASSWORD, OPERATOR, RelayCommand.TRIP, until(now=tomorrow))
    assert master.refusal(late, tomorrow - timedelta(seconds=1)) == UNAUTHORISED
    assert master.ask(late, tomorrow) == RelayAnswer()


def test_a_right_password_forgives_the_wrong_ones(master: Master) -> None:
    """Two wrong ones, a right one and two wrong ones again lock nothing."""
    wrong = master.plain_order(password=Password(2, "000000"))
    for _ in range(2):
        for _ in range(2):
            assert master.refusal(wrong) == UNAUTHORISED
        assert master.ask(master.plain_order()) == RelayAnswer()


def test_a_higher_level_may_what_a_lower_may_and_not_the_reverse(master: Master) -> None:
    """Level 2 sets what level 4 may set; level 4 does not switch the relay."""
    assert master.ask(master.setting(0x04000103, Decimal(15), password=Password(2, "123456"))) == WriteAnswer()
    assert master.refusal(master.plain_order(password=Password(4, "123456"))) == UNAUTHORISED


def test_settings_are_kept_and_read_back(master: Master) -> None:
    """What was set is read as it was set, and the last record names who set what."""
    assert master.refusal(dlt645.ReadRequest(DI(0x04000103))) == NOTHING
    assert master.ask(master.setting(0x04000103, Decimal(15))) == WriteAnswer()
    assert master.ask(master.setting(0x04001003, Decimal("100.00"))) == WriteAnswer()
    assert master.read(0x04000103) == (Decimal(15),)
    assert master.read(0x04001003) == (Decimal("100.00"),)
    assert master.read(0x03300000) == (Decimal(2),)
    shown = Stamp.of(TIME, local(LATER))
    assert master.read(0x03300001) == (shown, OPERATOR.digits, DI(0x04001003), *[None] * 9)
    assert master.read(0x03300002)[2] == DI(0x04000103)
    never = master.read(0x03300003)[0]
    assert isinstance(never, Stamp)
    assert never.is_never


def test_what_cannot_be_set_is_refused(master: Master) -> None:
    """Unknown items, items that are only read, and values that are too long are refused."""
    assert master.refusal(dlt645.WriteRequest(DI(0x0ABCDEF0), PASSWORD, OPERATOR, bytes(2))) == NOTHING
    assert master.refusal(dlt645.WriteRequest(DI(0x04000501), PASSWORD, OPERATOR, bytes(2))) == {"other_error"}
    assert master.refusal(dlt645.WriteRequest(DI(0x04000103), PASSWORD, OPERATOR, bytes(3))) == {"other_error"}


def test_a_short_command_needs_no_expiry(master: Master) -> None:
    """The short form of private-label meters switches the relay, with the right password only."""
    assert master.ask(dlt645.RelayShortRequest(PASSWORD, OPERATOR, RelayCommand.TRIP)) == RelayAnswer()
    assert master.word3() == 0x0050
    wrong = dlt645.RelayShortRequest(Password(2, "111111"), OPERATOR, RelayCommand.DIRECT_CLOSE)
    assert master.refusal(wrong) == UNAUTHORISED


@pytest.mark.parametrize("command", [RelayCommand.TRIP_THEN_DIRECT_CLOSE, RelayCommand.TRIP_THEN_PERMIT_CLOSE])
def test_a_pre_trip_recovers_by_itself(master: Master, command: RelayCommand) -> None:
    """So many times five minutes after the opening the relay closes (1DH), or may be closed by the key (1EH)."""
    assert master.refusal(dlt645.RelayRequest(PASSWORD, OPERATOR, command, until())) == {"other_error"}
    assert master.ask(master.setting(0x04001401, Decimal(1))) == WriteAnswer()
    assert master.ask(dlt645.RelayRequest(PASSWORD, OPERATOR, command, until(), 2)) == RelayAnswer()
    words = [master.word3(LATER + timedelta(minutes=minutes)) & 0x00D0 for minutes in (0, 1, 10, 11)]
    by_key = command is RelayCommand.TRIP_THEN_PERMIT_CLOSE
    assert words == [0x00C0, 0x0050, 0x0050, 0x0010 if by_key else 0x0000]
    later = LATER + timedelta(minutes=12)
    assert master.meter.relay(later).press_key(later) is by_key
    assert master.word3(later) == 0
    closed = Stamp.of(TIME, local(LATER) + timedelta(minutes=12 if by_key else 11))
    assert master.read(0x1E000101, later) == (closed,)


def test_a_close_ends_a_pre_trip(master: Master) -> None:
    """A direct close before the recovery leaves nothing that would move the relay later."""
    master.ask(dlt645.RelayRequest(PASSWORD, OPERATOR, RelayCommand.TRIP_THEN_DIRECT_CLOSE, until(), 1))
    master.ask(master.plain_order(RelayCommand.DIRECT_CLOSE))
    master.ask(master.plain_order())
    assert master.word3(LATER + timedelta(hours=1)) == 0x0050


def test_trips_are_counted_with_what_the_meter_showed(master: Master) -> None:
    """Each movement of the contact leaves a record, the last one first; the order alone does not."""
    later = LATER + timedelta(hours=1)
    master.ask(master.plain_order())
    master.ask(master.plain_order())
    master.ask(master.plain_order(RelayCommand.DIRECT_CLOSE))
    second = dlt645.RelayRequest(PASSWORD, dlt645.Operator("00000042"), RelayCommand.TRIP, until(now=later))
    master.ask(second, later)
    assert master.read(0x1D000001, later) == (Decimal(2),)
    last, first = master.read(0x1D00FF01, later), master.read(0x1D00FF02, later)
    assert last[:2] == (Stamp.of(TIME, local(later)), "00000042")
    assert first[:2] == (Stamp.of(TIME, local(LATER)), OPERATOR.digits)
    tripped = master.meter.events.last(Kind.TRIPPED, 2)
    assert tripped is not None
    assert first[2:4] == kwh((tripped.before.total, 0))
    assert master.read(0x1D00FF03, later)[2:4] == (Decimal(0), Decimal(0))


def test_a_freeze_at_once_is_kept_three_times(master: Master) -> None:
    """16H with 99 throughout freezes now, 0501 reads it by item and as a whole, the fourth one drives out the first."""
    assert master.refusal(dlt645.ReadRequest(DI(0x05010101))) == NOTHING
    totals = []
    for hour in range(4):
        at = LATER + timedelta(hours=hour)
        assert master.ask(dlt645.FreezeRequest(NOW), at) == dlt645.FreezeAnswer()
        totals.append(kwh(master.meter.registers(at).block))
    last = LATER + timedelta(hours=3)
    assert master.read(0x05010001, last) == (Stamp.of("YYMMDDhhmm", local(last)),)
    assert [master.read(0x05010100 + back, last) for back in (1, 2, 3)] == totals[:0:-1]
    assert master.refusal(dlt645.ReadRequest(DI(0x05010104)), last) == NOTHING
    (whole,) = master.read(0x0501FF01, last)
    assert isinstance(whole, FreezeBlock)
    assert (whole.at, whole.parts[1]) == (Stamp.of("YYMMDDhhmm", local(last)), totals[-1])


@pytest.mark.parametrize(
    ("wish", "days", "times"),
    [
        ("99999915", 0.125, ["16 17:15", "16 18:15", "16 19:15"]),
        ("99991800", 3, ["16 18:00", "17 18:00", "18 18:00"]),
        ("99012300", 50, ["01 23:00", "01 23:00"]),
        ("09170630", 400, ["17 06:30", "17 06:30"]),
    ],
)
def test_freezes_come_when_the_clock_shows_it(make_meter: MakeMeter, wish: str, days: float, times: list[str]) -> None:
    """Hourly, daily, monthly or on a date, told to everybody, the freezes lie under 0500 with their times."""
    master = Master(make_meter(drift=timedelta(minutes=2)))
    assert master.ask(dlt645.FreezeRequest(Stamp("MMDDhhmm", wish)), to=EVERYBODY) is None
    end = LATER + timedelta(days=days)
    master.meter.advance(end)
    assert [freeze.stamp.strftime("%d %H:%M") for freeze in reversed(master.meter.wished)] == times
    oldest = master.meter.wished[-1]
    assert master.read(0x05000000 + len(times), end) == (Stamp.of("YYMMDDhhmm", oldest.stamp),)
    assert master.read(0x05000100 + len(times), end) == kwh(oldest.registers.block)


@pytest.mark.parametrize("digits", ["99999960", "99992500", "13010000", "02300000", "99019930", "09999930"])
def test_a_freeze_on_no_date_is_refused(master: Master, digits: str) -> None:
    """A time that never comes, and 99 below a given place, are refused."""
    assert master.refusal(dlt645.FreezeRequest(Stamp("MMDDhhmm", digits))) == {"other_error"}


def test_a_long_record_comes_in_parts(master: Master) -> None:
    """The record of a demand clear has 202 bytes: 11H brings the first part, 12H the rest, as often as asked."""
    clear = dlt645.ClearDemandRequest(Password(4, "123456"), OPERATOR)
    watts, at = master.meter.max_demand(LATER)
    assert watts > 0
    demand = (Decimal(watts).scaleb(-3), Stamp.of("YYMMDDhhmm", at))
    assert master.read(0x01010000) == demand
    assert master.ask(clear) == dlt645.ClearDemandAnswer()
    assert master.read(0x01010000) == (Decimal(0), Stamp.of("YYMMDDhhmm", local(LATER)))
    first = master.ask(dlt645.ReadRequest(DI(0x03300201)))
    assert isinstance(first, dlt645.ReadAnswer)
    assert first.more
    rest = [master.ask(dlt645.ReadNextRequest(DI(0x03300201), 1)) for _ in range(2)]
    assert rest[0] == rest[1]
    assert master.refusal(dlt645.ReadNextRequest(DI(0x03300201), 2)) == NOTHING
    assert master.read(0x03300201)[:4] == (Stamp.of(TIME, local(LATER)), OPERATOR.digits, *demand)
    assert master.ask(dlt645.ReadRequest(DI(0x00010000)))
    assert master.refusal(dlt645.ReadNextRequest(DI(0x03300201), 1)) == NOTHING


def test_load_records_of_full_hours(master: Master) -> None:
    """06000001 gives so many records from a time on; none is no error, and other classes come alone."""
    since = Stamp.of("YYMMDDhhmm", local(LATER) - timedelta(hours=5, minutes=30))
    answer = master.ask(dlt645.ReadBlocksSinceRequest(DI(0x06000001), 3, since))
    assert isinstance(answer, dlt645.ReadAnswer)
    assembly = dlt645.Assembly(answer)
    while assembly.next_request is not None:
        part = master.ask(assembly.next_request)
        assert isinstance(part, dlt645.ReadNextAnswer)
        assembly.add(part)
    (records,) = dlt645.read_payload(answer.di, assembly.payload).values
    assert isinstance(records, LoadRecords)
    assert [record.at for record in records] == [
        Stamp.of("YYMMDDhhmm", local(LATER) - timedelta(hours=back)) for back in (5, 4, 3)
    ]
    watts = master.meter.watts_then(LATER - timedelta(hours=5))
    assert records.records[0].classes[2][0] == Decimal(watts).scaleb(-3)
    latest = master.ask(dlt645.ReadBlocksRequest(DI(0x06020002), 1))
    assert isinstance(latest, dlt645.ReadAnswer)
    (only,) = dlt645.read_payload(latest.di, latest.payload).values
    assert isinstance(only, LoadRecords)
    assert [set(record.classes) for record in only] == [{2}]
    future = Stamp.of("YYMMDDhhmm", local(LATER) + timedelta(days=1))
    none = master.ask(dlt645.ReadBlocksSinceRequest(DI(0x06000001), 3, future))
    assert none == dlt645.ReadAnswer(DI(0x06000001), b"")


def test_there_are_no_load_records_of_a_power_failure(master: Master) -> None:
    """The full hours without power have none; those before and after stand beside each other."""
    meter, dark = master.meter, LATER + timedelta(hours=1, minutes=30)
    meter.power_off(dark)
    meter.power_on(dark + timedelta(hours=2))

    answer = master.ask(dlt645.ReadBlocksRequest(DI(0x06000002), 2), dark + timedelta(hours=3))
    assert isinstance(answer, dlt645.ReadAnswer)
    (records,) = dlt645.read_payload(answer.di, answer.payload).values
    assert isinstance(records, LoadRecords)
    assert [record.at for record in records] == [
        Stamp.of("YYMMDDhhmm", local(LATER) + timedelta(hours=hours)) for hours in (1, 4)
    ]


def test_the_broadcast_time_is_followed_once_a_day(make_meter: MakeMeter) -> None:
    """The second broadcast of a day changes nothing; that of the next day does."""
    master = Master(make_meter(drift=timedelta(seconds=200)))

    def told(days: int, seconds: int) -> timedelta:
        now = LATER + timedelta(days=days)
        time = Stamp.of(TIME, local(now) + timedelta(seconds=seconds))
        assert master.ask(dlt645.BroadcastTime(time), now, to=EVERYBODY) is None
        return master.meter.drift

    assert told(0, 0) == timedelta()
    assert told(0, 60) == timedelta()
    assert told(1, 60) == timedelta(seconds=60)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_the_broadcast_time_is_not_followed_near_midnight(make_meter: MakeMeter, minutes: int) -> None:
    """Within five minutes of midnight a meter keeps its clock, so that no freeze is skipped or made twice."""
    master = Master(make_meter(drift=timedelta(seconds=30)))
    midnight = LATER.replace(hour=16, minute=0) + timedelta(minutes=minutes)
    master.ask(dlt645.BroadcastTime(Stamp.of(TIME, local(midnight))), midnight, to=EVERYBODY)
    assert master.meter.drift == timedelta(seconds=30)


def test_an_address_is_written_with_the_key_only(master: Master) -> None:
    """15H is obeyed while the programming key is pressed, and answered under the new address; else there is silence."""
    request = dlt645.WriteAddressRequest(Address("000000007777"))
    assert master.ask(request, to="AAAAAAAAAAAA") is None
    master.meter.memory.programming = True
    assert master.word3() == 0x0008
    assert master.ask(request, to="AAAAAAAAAAAA") == dlt645.WriteAddressAnswer()
    assert master.meter.address == "000000007777"
    assert master.ask(dlt645.ReadAddressRequest()) == dlt645.ReadAddressAnswer(Address("000000007777"))


def test_a_baud_rate_of_the_standard_is_taken(master: Master) -> None:
    """17H answers with the same word, or with the reason of its own."""
    assert master.ask(dlt645.ChangeBaudRequest(0x20)) == dlt645.ChangeBaudAnswer(0x20)
    assert master.meter.memory.baud == 9600
    assert master.refusal(dlt645.ChangeBaudRequest(0x30)) == {"baud_not_changeable"}


def test_a_password_is_changed_by_its_level_or_a_higher_one(master: Master) -> None:
    """18H gives a level a new password; a lower level, a wrong one and another level's identifier give none."""
    four, two = dlt645.password_identifier(4), dlt645.password_identifier(2)
    new = Password(4, "777777")
    assert master.ask(dlt645.ChangePasswordRequest(four, PASSWORD, new)) == dlt645.ChangePasswordAnswer(new)
    assert master.refusal(master.setting(0x04000103, Decimal(1), password=Password(4, "123456"))) == UNAUTHORISED
    assert master.ask(master.setting(0x04000103, Decimal(1), password=new)) == WriteAnswer()
    assert master.refusal(dlt645.ChangePasswordRequest(two, new, Password(2, "777777"))) == UNAUTHORISED
    assert master.refusal(dlt645.ChangePasswordRequest(two, PASSWORD, new)) == {"other_error"}


def test_events_are_cleared_but_for_the_record_of_it(master: Master) -> None:
    """1BH clears one kind or all; that it was done stays."""
    master.ask(master.plain_order())
    master.ask(master.setting(0x04000103, Decimal(15)))
    one = dlt645.ClearEventsRequest(PASSWORD, OPERATOR, DI(0x033000FF))
    assert master.ask(one) == dlt645.ClearEventsAnswer()
    assert (master.read(0x03300000), master.read(0x1D000001)) == ((Decimal(0),), (Decimal(1),))
    assert master.ask(dlt645.ClearEventsRequest(PASSWORD, OPERATOR, EVERY_EVENT)) == dlt645.ClearEventsAnswer()
    assert master.read(0x1D000001) == (Decimal(0),)
    assert master.read(0x03300300) == (Decimal(2),)
    assert master.read(0x03300301)[1:] in {(OPERATOR.digits, EVERY_EVENT), (OPERATOR.digits, None)}
    assert master.read(0x03300302)[1:] == (OPERATOR.digits, DI(0x033000FF))
    for kept in (0x033003FF, 0x03300000):
        assert master.refusal(dlt645.ClearEventsRequest(PASSWORD, OPERATOR, DI(kept))) == {"other_error"}


def test_a_meter_is_cleared_with_a_record_of_what_was(master: Master) -> None:
    """1AH sets registers and freezes to nothing, and keeps the energies of before."""
    before = master.read(0x00010000)
    assert master.refusal(dlt645.ClearMeterRequest(Password(4, "123456"), OPERATOR)) == UNAUTHORISED
    assert master.ask(dlt645.ClearMeterRequest(PASSWORD, OPERATOR)) == dlt645.ClearMeterAnswer()
    assert master.read(0x0001FF00) == (Decimal(0),) * 5
    assert master.refusal(dlt645.ReadRequest(DI(0x05060101))) == NOTHING
    assert master.read(0x03300100) == (Decimal(1),)
    assert master.read(0x03300101)[:3] == (Stamp.of(TIME, local(LATER)), OPERATOR.digits, *before)


def test_the_terminal_is_switched(master: Master) -> None:
    """1DH answers with the same signal; a broadcast is obeyed in silence, an unknown signal refused."""
    assert master.ask(dlt645.OutputRequest(Output.DEMAND_PERIOD)) == dlt645.OutputAnswer(Output.DEMAND_PERIOD)
    assert master.ask(dlt645.OutputRequest(Output.SLOT_SWITCH), to=EVERYBODY) is None
    assert master.meter.memory.output == Output.SLOT_SWITCH
    assert master.refusal(dlt645.OutputRequest(3)) == {"other_error"}


def test_a_broadcast_does_nothing_else(master: Master) -> None:
    """Neither a relay command nor a setting is obeyed when it is sent to everybody."""
    assert master.ask(master.plain_order(), to=EVERYBODY) is None
    assert master.ask(master.setting(0x04000103, Decimal(15)), to=EVERYBODY) is None
    assert master.word3() == 0
    assert master.refusal(dlt645.ReadRequest(DI(0x04000103))) == NOTHING


def test_the_maximum_demand_is_of_hours_with_power(make_meter: MakeMeter) -> None:
    """Hours that began with an open relay do not count."""
    master = Master(make_meter())
    relay = master.meter.relay(NOON)
    relay.trip(NOON)
    assert master.meter.max_demand(NOON + timedelta(hours=5))[0] == 0
    relay.close(NOON + timedelta(hours=5))
    watts, at = master.meter.max_demand(NOON + timedelta(hours=7))
    assert watts == max(master.meter.watts_then(NOON + timedelta(hours=back)) for back in (5, 6))
    assert local(NOON + timedelta(hours=6)) <= at <= local(NOON + timedelta(hours=7))
