"""What a meter tells of its state, events and money, in DL/T 645 and in DL/T 698.45."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from protocols import dlt645, dlt698
from protocols.dlt645 import DI, Address, Bits, Password, RelayCommand, Stamp, WriteAnswer
from protocols.dlt645.items.runstate import MeterType, StateWord
from protocols.dlt698 import NULL, OAD, Dar, DataType, DateTimeS, Value, array, double_long_unsigned, structure
from protocols.dlt698.objects import describe
from simulators.localtime import local
from simulators.meter import Dialect, Kind, Limits, Meter, Relay, Server645, Server698, Stuck, Wallet
from simulators.meter.events698 import EVENT_TABLES
from tests.simulators.conftest import NOON, MakeMeter
from tests.simulators.master645 import LATER, OPERATOR, PASSWORD, Master
from tests.simulators.master698 import Master698

TIME = "YYMMDDhhmmss"
HOUR = timedelta(hours=1)
RELAY = Value(DataType.OAD, OAD.parse("F2050201"))
UNAUTHORISED = {"password_or_unauthorised"}
NOTHING = {"no_requested_data"}


def words(master: Master, now: datetime = LATER) -> set[str]:
    """Read the seven run state words, and give the names of all bits that are on."""
    values = master.read(0x040005FF, now)
    found = [StateWord(number, word.value) for number, word in enumerate(values, 1) if isinstance(word, Bits)]
    assert len(found) == 7
    return {name for word in found for name in word.flags}


def trip(delay: int = 0, limit: int = 0, *, closes: bool = False) -> Value:
    """Make the parameter of a trip."""
    return array(
        structure(
            RELAY,
            Value(DataType.UNSIGNED, delay),
            Value(DataType.LONG_UNSIGNED, limit),
            Value(DataType.BOOL, value=closes),
        )
    )


@pytest.fixture
def master(make_meter: MakeMeter) -> Master:
    """Give the master of a DL/T 645 meter of passwords."""
    return Master(make_meter())


@pytest.fixture
def master698(make_meter: MakeMeter) -> Master698:
    """Give the master of a DL/T 698.45 meter without security."""
    return Master698(make_meter(dialect=Dialect.DLT698), LATER)


def kwh(steps: int) -> Decimal:
    """Give steps of a register as they are read."""
    return Decimal(steps).scaleb(-2)


def test_a_meter_at_rest_has_no_bit_on(master: Master) -> None:
    """A sound meter of remote fee control, closed and with all covers on, tells of nothing."""
    assert words(master) == set()


def test_run_state_words_tell_what_befell(master: Master) -> None:
    """Each mishap has its bit in its word, and only that."""
    meter = master.meter
    meter.set_load(LATER, -20_000)
    meter.goes_on(Kind.COVER, LATER, on=True)
    meter.goes_on(Kind.TERMINAL_COVER, LATER, on=True)
    meter.memory.programming = True
    meter.clockwork.battery_low = True
    meter.fail_clock(LATER)
    relay = meter.relay(LATER)
    relay.stuck = Stuck.CLOSED
    relay.trip(LATER)
    relay.protect(LATER, on=True)
    assert words(master) == {
        "active_power_reversed",
        "active_power_reversed_a",
        "clock_battery_low",
        "clock_fault",
        "control_circuit_error",
        "meter_cover_open",
        "overload",
        "programming_allowed",
        "protected",
        "relay_command_open",
        "reverse_flow",
        "terminal_cover_open",
    }


def test_a_held_trip_alarms(master: Master) -> None:
    """While the current holds the trip back, word 3 has command and alarm, and the contact is closed."""
    master.meter.set_load(LATER, 9000)
    settings = ((0x04001402, Decimal("20.000")), (0x04001403, Decimal(60)))
    assert [master.ask(master.setting(di, value)) for di, value in settings] == [WriteAnswer()] * 2
    assert [master.read(di) for di, _ in settings] == [(value,) for _, value in settings]
    master.ask(master.plain_order())
    assert words(master) == {"relay_command_open", "pre_trip_alarm"}
    assert words(master, LATER + HOUR) == {"relay_command_open", "relay_open"}


def test_the_lamp_is_ordered_on_and_off(master: Master) -> None:
    """2AH lights the alarm lamp, 2BH puts it out; the relay does not move."""
    relay = master.meter.relay(LATER)
    master.ask(master.plain_order(RelayCommand.ALARM))
    assert relay.alarm
    master.ask(master.plain_order(RelayCommand.ALARM_OFF))
    assert (relay.alarm, relay.movements) == (False, [])


def test_covers_and_power_failures_are_read(master: Master) -> None:
    """03300D and 03300E give times and energies of both moments, 031100 times; what goes on has no end yet."""
    meter = master.meter
    meter.goes_on(Kind.COVER, LATER, on=True)
    opened = kwh(meter.registers(LATER).total)
    end = Stamp(TIME, "000000000000")
    start = Stamp.of(TIME, local(LATER))
    zeros = (Decimal(0),) * 4
    assert master.read(0x03300D01) == (start, end, opened, Decimal(0), *zeros, Decimal(0), Decimal(0), *zeros)
    later = LATER + HOUR
    meter.goes_on(Kind.COVER, later, on=False)
    closed = kwh(meter.registers(later).total)
    ended = Stamp.of(TIME, local(later))
    assert master.read(0x03300D01, later) == (start, ended, opened, Decimal(0), *zeros, closed, Decimal(0), *zeros)
    assert master.read(0x03300D00, later) == (Decimal(1),)
    assert master.read(0x03300E00, later) == (Decimal(0),)
    meter.power_off(later)
    meter.power_on(later + HOUR)
    assert master.read(0x03110001, later + HOUR) == (ended, Stamp.of(TIME, local(later + HOUR)))
    assert master.read(0x03110000, later + HOUR) == (Decimal(1),)


def test_faults_of_the_relay_and_magnets_are_read(make_meter: MakeMeter) -> None:
    """0335 and 0336 have a record with the times, and their number."""
    master = Master(make_meter(relay=Relay(stuck=Stuck.OPEN)))
    relay = master.meter.relay(LATER)
    relay.trip(LATER)
    relay.close(LATER)
    master.meter.goes_on(Kind.MAGNET, LATER, on=True)
    master.meter.goes_on(Kind.MAGNET, LATER + HOUR, on=False)
    start, end = (Stamp.of(TIME, local(at)) for at in (LATER, LATER + HOUR))
    energies = (kwh(master.meter.registers(LATER + HOUR).total), Decimal(0)) * 2
    assert master.read(0x03350001, LATER + HOUR) == (start, end, *energies)
    assert master.read(0x03360001, LATER + HOUR)[:2] == (start, Stamp(TIME, "000000000000"))
    assert master.read(0x03360000, LATER + HOUR) == (Decimal(1),)


def test_reversed_power_is_read(master: Master) -> None:
    """1B01 counts it and has its time; the reverse register is read whole and by tariff, the combined one has both."""
    meter = master.meter
    meter.set_load(LATER, -1000)
    later = LATER + HOUR
    assert master.read(0x1B010001, later) == (Decimal(1),)
    assert master.read(0x1B010101, later) == (Stamp.of(TIME, local(LATER)),)
    assert master.read(0x00020000, later) == (Decimal("1.00"),)
    assert master.read(0x0002FF00, later) == tuple(map(Decimal, ("1", "0", "1", "0", "0")))
    assert master.read(0x00000000, later) == (kwh(meter.registers(later).total) + 1,)
    assert master.read(0x02030000, later) == (Decimal("-1.0000"),)


def test_locked_passwords_open_nothing(master: Master) -> None:
    """While the meter is locked the right password is refused, at every level; afterwards it is taken."""
    master.meter.memory.locked_until = LATER + HOUR
    assert master.refusal(master.plain_order()) == UNAUTHORISED
    assert master.refusal(master.setting(0x04000103, Decimal(15), password=Password(4, "123456"))) == UNAUTHORISED
    assert master.ask(master.setting(0x04000103, Decimal(15)), LATER + HOUR) == WriteAnswer()


def test_the_ratios_are_read(make_meter: MakeMeter) -> None:
    """04000306 and 04000307 give the transformer ratios, 401C and 401D the same in hundredths."""
    master = Master(make_meter(ct=40))
    assert (master.read(0x04000306), master.read(0x04000307)) == ((Decimal(40),), (Decimal(1),))
    other = Master698(make_meter(ct=40, dialect=Dialect.DLT698), LATER)
    assert (other.get("401C0200"), other.get("401D0200")) == (double_long_unsigned(4000), double_long_unsigned(100))


def prepaid(make_meter: MakeMeter, dialect: Dialect = Dialect.DLT645) -> Meter:
    """Make a meter of local prepayment with 20 yuan."""
    limits = Limits(alarm_1=1000, alarm_2=500, overdraft=300, hoarding=100_000, close=200)
    wallet = Wallet(local=True, opened=True, micro=20_000_000, prices=(5469,) * 4, limits=limits)
    return make_meter(wallet=wallet, dialect=dialect, watts=400)


def test_money_is_read_in_645(make_meter: MakeMeter) -> None:
    """Remaining and overdrawn amount, price in force, limits, and bits of prepayment and overdraft."""
    master = Master(prepaid(make_meter))
    assert master.read(0x00900200, NOON) == (Decimal("20.00"),)
    assert master.read(0x00900201, NOON) == (Decimal(0),)
    assert master.read(0x02800020, NOON) == (Decimal("0.5469"),)
    limits = [master.read(0x04001000 + number, NOON)[0] for number in range(1, 6)]
    assert limits == [Decimal(10), Decimal(5), Decimal(3), Decimal(1000), Decimal(2)]
    end = NOON + timedelta(days=9)
    relay = master.meter.relay(end)
    assert relay.open
    relay.press_key(end)
    later = end + timedelta(days=9)
    assert StateWord(3, master.word3(later)).meter_type is MeterType.PREPAID_MONEY
    assert {"overdraft", "relay_open"} <= words(master, later)
    assert master.read(0x00900201, later) == (Decimal("3.00"),)
    master.meter.buy(later, 5000)
    assert [master.read(0x03330001 + (number << 8), later) for number in range(2, 7)] == [
        (Decimal(1),),
        (Decimal(50),),
        (Decimal(0),),
        (Decimal("46.99"),),
        (Decimal(50),),
    ]


def test_a_limit_that_is_raised_cuts_at_once(make_meter: MakeMeter) -> None:
    """Setting alarm amount 2 above the balance opens the contact, lowering the price changes what follows."""
    master = Master(prepaid(make_meter))
    assert master.ask(master.setting(0x04001002, Decimal("50.00")), LATER) == WriteAnswer()
    assert master.meter.relay(LATER).open
    assert master.read(0x04001002) == (Decimal("50.00"),)
    prices = tuple(map(Decimal, ("0.9876", "0.6543", "0.4321", "0.1234")))
    assert master.ask(master.setting(0x040501FF, *prices), LATER) == WriteAnswer()
    assert master.meter.wallet.prices == (9876, 6543, 4321, 1234)
    assert master.read(0x040501FF) == prices


def test_a_remote_meter_has_no_money_to_tell(master: Master) -> None:
    """Without a chip and without prepayment there is no such item."""
    for di in (0x00900200, 0x02800020, 0x03330301):
        assert master.refusal(dlt645.ReadRequest(DI(di))) == NOTHING


def test_money_is_read_and_set_in_698(make_meter: MakeMeter) -> None:
    """202C, 202D, 202E, prices and limits; a limit above the balance opens the contact."""
    master = Master698(prepaid(make_meter, Dialect.DLT698), NOON)
    assert master.get("202C0200") == structure(double_long_unsigned(2000), double_long_unsigned(0))
    assert master.get("202C0201") == double_long_unsigned(2000)
    assert master.get("202D0200") == double_long_unsigned(0)
    assert master.get("201A0200") == double_long_unsigned(5469)
    assert master.get("401E0200") == structure(*map(double_long_unsigned, (1000, 500)))
    assert master.get("401F0200") == structure(*map(double_long_unsigned, (300, 100_000, 200)))
    assert master.set("401E0200", structure(*map(double_long_unsigned, (9000, 8000)))) is Dar.SUCCESS
    assert master.meter.relay(NOON).open
    assert master.set("401E0200", double_long_unsigned(1)) is Dar.TYPE_MISMATCH
    prices = array(*map(double_long_unsigned, (1, 2, 3, 4)))
    assert master.set("40180200", prices) is Dar.SUCCESS
    assert master.get("40180200") == prices
    master.meter.buy(NOON, 1234)
    assert master.get("202C0202") == double_long_unsigned(1)
    assert master.get("202E0200") == double_long_unsigned(1234)


def test_a_trip_for_a_limited_time(master698: Master698) -> None:
    """With a limit time the contact opens at once and closes, or may be closed, after so many minutes."""
    assert master698.act("80008100", trip(delay=9, limit=30, closes=True)) is Dar.SUCCESS
    assert master698.meter.relay(LATER).open
    assert master698.act("80008100", trip(limit=30)) is Dar.REFUSED
    assert master698.get("20410200") == Value(DataType.BIT_STRING, "0000000010000000")
    assert not master698.meter.relay(LATER + HOUR).open
    master698.now = LATER + HOUR
    assert master698.act("80008100", trip(limit=30)) is Dar.SUCCESS
    relay = master698.meter.relay(LATER + 2 * HOUR)
    assert (relay.open, relay.command_open, relay.permitted) == (True, False, True)


def test_the_last_command_is_told(master698: Master698) -> None:
    """2040 names the last command, with large current while it is held; 8000 attribute 2 sets when it is."""
    hold = structure(double_long_unsigned(200_000), Value(DataType.LONG_UNSIGNED, 60))
    assert master698.set("80000200", hold) is Dar.SUCCESS
    assert master698.get("80000200") == hold
    assert master698.meter.relay(LATER).hold_current_ma == 20_000
    master698.meter.set_load(LATER, 9000)
    assert master698.act("80008100", trip()) is Dar.SUCCESS
    assert master698.get("20400200") == Value(DataType.BIT_STRING, "0010010000000000")
    assert master698.get("80000400") == Value(DataType.BIT_STRING, "10000000")
    assert master698.act("80017F00", NULL) is Dar.SUCCESS
    assert master698.act("80008100", trip()) is Dar.REFUSED
    assert master698.get("20410200") == Value(DataType.BIT_STRING, "0000010000000000")
    assert master698.act("80007F00", NULL) is Dar.SUCCESS
    assert master698.get("20400200") == Value(DataType.BIT_STRING, "0000000000100000")
    assert master698.get("80000400") == Value(DataType.BIT_STRING, "10000000")


def test_events_are_read_by_row(master698: Master698) -> None:
    """The n-th last trip, those that began at a time or within two, and all of them; columns as they are asked."""
    meter = master698.meter
    times = [LATER + number * HOUR for number in range(3)]
    for at in times:
        relay = meter.relay(at)
        relay.trip(at)
        relay.close(at)
    master698.now = times[-1]
    stamps = [Value(DataType.DATE_TIME_S, DateTimeS.of(local(at))) for at in times]
    start = OAD.parse("201E0200")
    both = ("20220200", "201E0200")
    third, second = ((double_long_unsigned(number), stamps[number - 1]) for number in (3, 2))
    assert master698.rows("301F0200", dlt698.Selector9(2), *both) == [second]
    assert master698.rows("301F0200", dlt698.Selector9(9), *both) == []
    assert master698.rows("301F0200", dlt698.Selector1(start, stamps[1]), *both) == [second]
    span = dlt698.Selector2(start, stamps[1], Value(DataType.DATE_TIME_S, DateTimeS.of(local(times[2] + HOUR))), NULL)
    assert master698.rows("301F0200", span, *both) == [third, second]
    assert master698.rows("301F0200", dlt698.Selector10(1, dlt698.AllMeters()), *both) is Dar.REFUSED
    first = meter.events.last(Kind.CLOSED, 3)
    assert first is not None
    total = first.before.total
    energies = ("00102201", "00108201", "00202201", "20400200")
    cells = (double_long_unsigned(total), double_long_unsigned(total), double_long_unsigned(0), NULL)
    assert master698.rows("30200200", dlt698.Selector9(3), *energies) == [cells]


def test_an_event_that_goes_on_has_no_end(master698: Master698) -> None:
    """An open cover has NULL for its end and for the energy after it; both come when it is closed."""
    meter = master698.meter
    meter.goes_on(Kind.COVER, LATER, on=True)
    columns = ("20200200", "00108201")
    assert master698.rows("301B0200", dlt698.Selector9(1), *columns) == [(NULL, NULL)]
    meter.goes_on(Kind.COVER, LATER, on=False)
    stamp = Value(DataType.DATE_TIME_S, DateTimeS.of(local(LATER)))
    energy = double_long_unsigned(meter.registers(LATER).total)
    assert master698.rows("301B0200", dlt698.Selector9(1), *columns) == [(stamp, energy)]
    assert master698.get("301B0400") == Value(DataType.LONG_UNSIGNED, 1)


@pytest.mark.parametrize("table", sorted(map(str, EVENT_TABLES)))
def test_every_event_object_is_in_the_dictionary(master698: Master698, table: str) -> None:
    """A whole record table is read as the object dictionary declares it, with records and without."""
    meter, oad = master698.meter, OAD.parse(table)
    empty = master698.get(table)
    assert empty == array()
    kind = EVENT_TABLES[oad]
    meter.note(kind, LATER, details=(1, 2, 3, 4, 5))
    value = master698.get(table)
    assert isinstance(value, Value)
    item = describe(oad, value)
    assert item.fit
    (record,) = value.elements
    assert record.elements[0] == double_long_unsigned(1)
    rows = master698.rows(table, dlt698.AllRows())
    assert isinstance(rows, list)
    assert rows[0][:2] == record.elements[:2]


def test_a_server_answers_for_the_meter_that_hangs_there(make_meter: MakeMeter) -> None:
    """One that stood before a replacement answers for the new meter, with nothing that the old one was told."""
    meter = make_meter()
    server = Server645(meter, PASSWORD)

    def ask(message: dlt645.Message) -> dlt645.Message:
        answer = server.answer(dlt645.build_message(Address(meter.address), message), LATER)
        assert answer is not None
        return dlt645.parse_message(answer)

    setting = dlt645.WriteRequest(DI(0x04000103), PASSWORD, OPERATOR, b"\x15")
    assert ask(setting) == WriteAnswer()
    meter.replace(LATER, replace(meter.plate, address="000000008888", profile="state-grid-2013"), register=7)
    assert ask(dlt645.ReadRequest(DI(0x00010000))) == dlt645.ReadAnswer(DI(0x00010000), bytes.fromhex("07000000"))
    assert isinstance(ask(dlt645.ReadRequest(DI(0x04000103))), dlt645.Refusal)
    order = dlt645.RelayShortRequest(PASSWORD, OPERATOR, RelayCommand.TRIP)
    assert isinstance(ask(order), dlt645.Refusal), "the new meter takes secured orders only"


def test_a_secured_server_answers_for_the_meter_that_hangs_there(make_meter: MakeMeter) -> None:
    """A DL/T 698.45 server finds the chip of the new meter, which asks for protection where the old one did not."""
    meter = make_meter(dialect=Dialect.DLT698)
    server = Server698(meter)
    request = dlt698.GetNormalRequest(dlt698.Piid(1), OAD.parse("20140200"))
    plain = server.answer(request, LATER)
    meter.replace(LATER, replace(meter.plate, profile="state-grid-698"))
    secured = server.answer(request, LATER)
    assert isinstance(plain, dlt698.GetNormalResponse)
    assert isinstance(secured, dlt698.GetNormalResponse)
    assert isinstance(plain.result.result, Value)
    assert secured.result.result is Dar.NOT_AUTHORISED


def test_a_locked_chip_lets_nobody_in(make_meter: MakeMeter) -> None:
    """While a secured meter is locked it answers what is secured as suspended (DAR 31), and the plain part as ever."""
    meter = make_meter(dialect=Dialect.DLT698, profile="state-grid-698")
    server = Server698(meter)
    meter.memory.locked_until = LATER + HOUR
    read = dlt698.build_apdu(dlt698.GetNormalRequest(dlt698.Piid(1), OAD.parse("20140200")))
    proven = dlt698.SecurityRequest(dlt698.Plaintext(read), dlt698.RandomNumber(bytes(16)))
    assert server.answer(proven, LATER) == dlt698.SecurityResponse(Dar.METER_SUSPENDED, None)
    assert isinstance(server.answer(proven, LATER + HOUR), dlt698.SecurityResponse)
    assert server.answer(proven, LATER + HOUR) != dlt698.SecurityResponse(Dar.METER_SUSPENDED, None)


def test_a_meter_without_money_refuses_to_close_in_both_languages(make_meter: MakeMeter) -> None:
    """With the overdraft used up, close and permission are refused; protection closes, and its end trips."""
    later = NOON + timedelta(days=30)
    meters = [prepaid(make_meter, dialect) for dialect in (Dialect.DLT645, Dialect.DLT698)]
    for meter in meters:
        meter.relay(later - 20 * HOUR).press_key(later - 20 * HOUR)
        meter.wallet.micro = -3_000_000
        meter.settle_money(later)
        assert meter.relay(later).barred
    master, other = Master(meters[0]), Master698(meters[1], later)
    for command in (RelayCommand.DIRECT_CLOSE, RelayCommand.PERMIT_CLOSE):
        order = dlt645.RelayShortRequest(PASSWORD, OPERATOR, command)
        assert master.refusal(order, later) == {"other_error"}
    for kind in (0, 1):
        assert other.act("80008200", array(structure(RELAY, Value(DataType.ENUM, kind)))) is Dar.REFUSED
    assert other.act("80017F00", NULL) is Dar.SUCCESS
    assert not other.meter.relay(later).open
    assert other.act("80018000", NULL) is Dar.SUCCESS
    assert other.meter.relay(later).open


def test_what_is_measured_is_read_in_698(master698: Master698) -> None:
    """Power, combined energy, power factor and frequency fit what the object dictionary says of them."""
    meter = master698.meter
    meter.set_load(LATER, 1500)
    assert master698.get("20040201") == Value(DataType.DOUBLE_LONG, 15_000)
    assert master698.get("00000201") == Value(DataType.DOUBLE_LONG, meter.registers(LATER).total)
    for oad in ("00000200", "00200200", "20040200", "200A0200", "200F0200", "20400200", "20410200", "202D0200"):
        value = master698.get(oad)
        assert isinstance(value, Value)
        assert describe(OAD.parse(oad), value).fit, oad


@pytest.mark.parametrize("oad", ["401E0200", "401F0200", "40180200", "80000200"])
def test_settings_of_the_wrong_form_change_nothing(master698: Master698, oad: str) -> None:
    """Too few members, or others than the object has, are a type mismatch; what was read is read again."""
    before = master698.get(oad)
    for wrong in (structure(double_long_unsigned(1)), array(NULL, NULL, NULL, NULL), NULL):
        assert master698.set(oad, wrong) is Dar.TYPE_MISMATCH
    assert master698.get(oad) == before


def test_the_alarm_is_raised_and_cleared_in_698(master698: Master698) -> None:
    """8000.127 lights the alarm, 8000.128 puts it out, and 2040 names each."""
    for method, lit, bits in (("80007F00", True, 10), ("80008000", False, 11)):
        assert master698.act(method, NULL) is Dar.SUCCESS
        assert master698.meter.relay(LATER).alarm is lit
        word = "".join("1" if bit == bits else "0" for bit in range(16))
        assert master698.get("20400200") == Value(DataType.BIT_STRING, word)
