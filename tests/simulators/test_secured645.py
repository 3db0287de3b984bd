"""A simulated meter with a security chip: it obeys who has proved himself, and says why it does not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from protocols import dlt645
from protocols.dlt645 import DI, Password, RelayAnswer, RelayCommand, SecurityAnswer, SecurityRequest, Stamp, secured
from protocols.dlt645.functions.authentication import (
    END_AUTHENTICATION,
    SET_VALIDITY,
    EndAuthentication,
    EndAuthenticationAnswer,
    SetValidity,
)
from protocols.dlt645.functions.purse import (
    OPEN_ACCOUNT,
    QUERY_STATE,
    RECHARGE,
    OpenAccount,
    QueryState,
    QueryStateAnswer,
    Recharge,
)
from protocols.dlt645.functions.security import SecurityPayload, read_security, write_security
from protocols.dlt645.wire.bcd import wire_of
from simulators.localtime import local
from simulators.meter import Kind
from tests.simulators.conftest import MakeMeter
from tests.simulators.master645 import LATER, MACED, OPERATOR, SEALED, Master, made, until

AUTHENTICATED = 1 << 13
UNOPENED = 1 << 15
RELAY_OPEN = 0x0050
RELAY_BITS = RELAY_OPEN | 1 << 12
CUSTOMER = "000037010001"


@pytest.fixture
def master(make_meter: MakeMeter) -> Master:
    """Give the master of a meter of the State Grid's 2013 model."""
    return Master(make_meter(profile="state-grid-2013"))


def purchase(master: Master, fen: int, count: int, customer: str = CUSTOMER, *, opens: bool = False) -> SecurityRequest:
    """Make an opening of the account, or a recharge."""
    assert master.session is not None
    order = made(master.module.purse(master.session, fen, count, customer))
    kind = OpenAccount if opens else Recharge
    parts = kind(order.amount, order.count, order.mac_amount, order.customer, order.mac_customer)
    return SecurityRequest(OPEN_ACCOUNT if opens else RECHARGE, OPERATOR, write_security(parts))


def state(master: Master) -> SecurityPayload | bytes:
    """Query the state of the purse."""
    answer = master.ask(SecurityRequest(QUERY_STATE, OPERATOR, write_security(QueryState())))
    assert isinstance(answer, SecurityAnswer)
    return read_security(QUERY_STATE, answer.payload, from_slave=True)


def test_an_authentication_shows_and_runs_out(master: Master) -> None:
    """Word 3 bit 13 and the time left tell of it; after half an hour it is gone."""
    assert not master.word3() & AUTHENTICATED
    assert master.read(0x02800022) == (Decimal(0),)
    master.authenticate()
    assert master.word3() & AUTHENTICATED
    assert master.read(0x02800022) == (Decimal(30),)
    assert master.word3(LATER + timedelta(minutes=29)) & AUTHENTICATED
    assert not master.word3(LATER + timedelta(minutes=30)) & AUTHENTICATED


def test_each_authentication_has_its_own_random_number(make_meter: MakeMeter) -> None:
    """Two authentications differ, and the same meter in another run gives the same two."""
    runs = []
    for _ in range(2):
        master = Master(make_meter(profile="state-grid-2013"))
        runs.append([(master.authenticate().random2, master.authenticate().esam_no) for _ in range(2)])
    assert runs[0] == runs[1]
    assert runs[0][0][0] != runs[0][1][0]


@pytest.mark.parametrize("wrong", [{"number": "1"}, {"root": bytes(16)}])
def test_who_does_not_know_the_keys_is_refused(make_meter: MakeMeter, wrong: dict[str, str | bytes]) -> None:
    """Another meter's factor and another root key are refused, and end the authentication that was."""
    meter = make_meter(profile="state-grid-2013")
    Master(meter).authenticate()
    stranger = Master(meter, **wrong)  # type: ignore[arg-type]  # one of two named fields
    assert stranger.refusal(stranger.challenge()) == {"identity_authentication_failed"}
    assert not stranger.word3() & AUTHENTICATED


def test_secured_commands_move_the_relay(master: Master) -> None:
    """At level 98H the relay trips and closes; both are recorded with the operator and the registers of then."""
    master.authenticate()
    assert master.ask(master.order(RelayCommand.TRIP)) == RelayAnswer()
    assert master.word3() & RELAY_BITS == RELAY_OPEN
    assert master.ask(master.order(RelayCommand.DIRECT_CLOSE), LATER + timedelta(minutes=1)) == RelayAnswer()
    assert master.word3(LATER + timedelta(minutes=1)) & RELAY_BITS == 0
    total = Decimal(master.meter.registers(LATER).total).scaleb(-2)
    trip = (Stamp.of("YYMMDDhhmmss", local(LATER)), OPERATOR.digits, total, *[Decimal(0)] * 5)
    assert master.read(0x1D000001) == master.read(0x1E000001) == (Decimal(1),)
    assert master.read(0x1D00FF01) == trip
    assert [master.read(0x1D000001 + (field << 8)) for field in range(1, 9)] == [(value,) for value in trip]
    assert master.read(0x1E00FF01)[0] == Stamp.of("YYMMDDhhmmss", local(LATER) + timedelta(minutes=1))


@pytest.mark.parametrize("name", ["state-grid-2009", "south-grid", "inner-mongolia-west"])
def test_other_models_take_their_own_layout(make_meter: MakeMeter, name: str) -> None:
    """A relay command and a setting laid out for the model work on it."""
    master = Master(make_meter(profile=name))
    master.authenticate()
    assert master.ask(master.order(RelayCommand.TRIP)) == RelayAnswer()
    assert master.ask(master.maced(0x04001001, Decimal("20.00"))) == dlt645.WriteAnswer()


def test_plain_form_is_refused(master: Master) -> None:
    """Neither a relay command nor a guarded setting is taken by password, right as it may be."""
    assert master.refusal(master.plain_order()) == {"password_or_unauthorised"}
    assert master.refusal(master.setting(0x04001401, Decimal(3))) == {"password_or_unauthorised"}
    short = dlt645.RelayShortRequest(Password(2, "123456"), OPERATOR, RelayCommand.TRIP)
    assert master.refusal(short) == {"password_or_unauthorised"}
    assert not master.word3() & RELAY_BITS


def test_without_an_authentication_nothing_is_done(master: Master) -> None:
    """An order under an authentication that ran out, or was ended, is refused as unauthenticated."""
    master.authenticate(LATER - timedelta(minutes=30))
    assert master.refusal(master.order(RelayCommand.TRIP)) == {"identity_authentication_failed"}
    master.authenticate()
    told = master.ask(SecurityRequest(END_AUTHENTICATION, OPERATOR, write_security(EndAuthentication())))
    assert isinstance(told, SecurityAnswer)
    assert isinstance(read_security(told.di, told.payload, from_slave=True), EndAuthenticationAnswer)
    assert master.refusal(master.order(RelayCommand.TRIP)) == {"identity_authentication_failed"}
    assert not master.word3() & RELAY_OPEN


def test_an_order_of_an_earlier_authentication_is_worth_nothing(master: Master) -> None:
    """A recorded order does not pass the next authentication's check."""
    master.authenticate()
    recorded = master.order(RelayCommand.TRIP)
    master.authenticate()
    assert master.refusal(recorded) == {"esam_verification_failed"}


def test_a_changed_byte_is_refused(master: Master) -> None:
    """Whatever byte of the block is changed, the chip refuses it."""
    master.authenticate()
    block = master.order(RelayCommand.TRIP).block
    for place in range(len(block)):
        changed = bytes(octet ^ (at == place) for at, octet in enumerate(block))
        request = dlt645.RelaySecuredRequest(SEALED, OPERATOR, changed)
        assert master.refusal(request) == {"esam_verification_failed"}


def test_an_expired_secured_command_does_nothing(make_meter: MakeMeter) -> None:
    """The hidden expiry is compared with the meter's own clock."""
    master = Master(make_meter(profile="state-grid-2013", drift=timedelta(minutes=6)))
    master.authenticate()
    assert master.refusal(master.order(RelayCommand.TRIP, minutes=5)) == {"other_error"}
    assert master.ask(master.order(RelayCommand.TRIP, minutes=7)) == RelayAnswer()


def test_settings_go_by_their_class(master: Master) -> None:
    """Class 1 is taken with a MAC, class 2 hidden, class 3 by password; each is read back, none in another's way."""
    master.authenticate()
    assert master.ask(master.maced(0x04001001, Decimal("20.00"))) == dlt645.WriteAnswer()
    assert master.read(0x04001001) == (Decimal("20.00"),)
    assert master.ask(master.sealed(0x04001401, Decimal(7))) == dlt645.WriteAnswer()
    assert master.read(0x04001401) == (Decimal(7),)
    assert master.ask(master.setting(0x04000103, Decimal(15))) == dlt645.WriteAnswer()
    assert master.ask(master.sealed(0x04000103, Decimal(30))) == dlt645.WriteAnswer()
    assert master.read(0x04000103) == (Decimal(30),)
    assert master.read(0x03300000) == (Decimal(4),)
    record = master.read(0x03300001)
    assert record == (Stamp.of("YYMMDDhhmmss", local(LATER)), OPERATOR.digits, DI(0x04000103), *[None] * 9)


def test_a_setting_in_another_class_is_refused(master: Master) -> None:
    """A class 1 item is not taken hidden, nor a class 2 item in plain with a MAC."""
    master.authenticate()
    data = dlt645.write_payload(DI(0x04001401), Decimal(7))
    maced = dlt645.WriteRequest(DI(0x04001401), Password(0x99), OPERATOR, secured.pack_maced(data, bytes(4)))
    assert master.refusal(maced) == {"password_or_unauthorised"}
    sealed = master.sealed(0x04001401, Decimal(7))
    other = dlt645.WriteRequest(DI(0x04001001), SEALED, OPERATOR, sealed.payload)
    assert master.refusal(other) == {"password_or_unauthorised"}
    renamed = dlt645.WriteRequest(DI(0x04001402), SEALED, OPERATOR, sealed.payload)
    assert master.refusal(renamed) == {"esam_verification_failed"}


def test_a_price_block_keeps_its_order(master: Master) -> None:
    """Several values under one MAC come back as they were written."""
    master.authenticate()
    prices = [Decimal(price) for price in ("0.6000", "0.5469", "0.4100", "0.3000")]
    assert master.ask(master.maced(0x040501FF, *prices)) == dlt645.WriteAnswer()
    assert master.read(0x040501FF) == tuple(prices)


@pytest.mark.parametrize(("name", "dates"), [("state-grid-2013", 4), ("south-grid", 6)])
def test_a_step_table_has_the_models_own_size(make_meter: MakeMeter, name: str, dates: int) -> None:
    """The step table is taken in the layout of the model, and refused in that of another."""
    master, table = Master(make_meter(profile=name)), 0x040604FF
    master.authenticate()
    steps = [Decimal(200 * number).quantize(Decimal("0.01")) for number in range(1, 7)]
    prices = [Decimal(5000 + number).scaleb(-4) for number in range(7)]
    days = [Stamp("MMDDhh", f"{month:02d}0100") for month in range(1, dates + 1)]
    assert master.ask(master.maced(table, *steps, *prices, *days)) == dlt645.WriteAnswer()
    assert master.read(table) == (*steps, *prices, *days)
    whole = dlt645.write_payload(DI(table), *steps, *prices, *days, profile=master.profile)
    short = dlt645.WriteRequest(DI(table), MACED, OPERATOR, secured.pack_maced(whole[:-6], bytes(4)))
    assert master.refusal(short) == {"other_error"}


def test_the_clock_is_set_hidden(make_meter: MakeMeter) -> None:
    """0400010C at level 98H sets the clock, and the record tells before and after."""
    master = Master(make_meter(profile="state-grid-2013", drift=timedelta(hours=3)))
    master.authenticate()
    wanted = Stamp.of("YYMMDDWWhhmmss", local(LATER))
    before = Stamp.of("YYMMDDhhmmss", master.meter.clock(LATER))
    assert master.ask(master.sealed(0x0400010C, wanted)) == dlt645.WriteAnswer()
    assert master.meter.clock(LATER) == local(LATER)
    assert master.read(0x03300401) == (OPERATOR.digits, before, Stamp.of("YYMMDDhhmmss", local(LATER)))


def test_the_trip_delay_is_obeyed(master: Master) -> None:
    """After 04001401 is set a trip waits so long, with the alarm bit on."""
    master.authenticate()
    master.ask(master.sealed(0x04001401, Decimal(5)))
    master.ask(master.order(RelayCommand.TRIP))
    assert master.word3() & (RELAY_OPEN | 1 << 7) == 0x00C0
    assert master.word3(LATER + timedelta(minutes=5)) & (RELAY_OPEN | 1 << 7) == RELAY_OPEN
    assert master.read(0x1D000101, LATER + timedelta(minutes=5)) == (until(5),)


def test_validity_is_set_with_its_mac(master: Master) -> None:
    """070001FF changes how long the next authentication holds; without the right MAC it changes nothing."""
    session = master.authenticate()
    minutes = wire_of("0010")[::-1]
    header = secured.apdu_header(SET_VALIDITY, len(minutes), master.profile)
    mac = made(master.module.setting_mac(session, header, minutes))
    wrong = SecurityRequest(SET_VALIDITY, OPERATOR, write_security(SetValidity(10, bytes(4))))
    assert master.refusal(wrong) == {"esam_verification_failed"}
    right = SecurityRequest(SET_VALIDITY, OPERATOR, write_security(SetValidity(10, mac)))
    assert master.ask(right) == SecurityAnswer(SET_VALIDITY, b"")
    master.authenticate()
    assert master.read(0x02800022) == (Decimal(10),)


def test_clears_are_hidden_too(master: Master) -> None:
    """1AH and 1BH at level 98H clear what their hidden part says, and leave a record; another's part does nothing."""
    master.authenticate()
    master.ask(master.order(RelayCommand.TRIP))
    trips = secured.clear_plaintext(dlt645.Function.CLEAR_EVENTS, until(), DI(0x1D0000FF))
    events = dlt645.ClearEventsSecuredRequest(SEALED, OPERATOR, master.block(trips))
    assert master.ask(events) == dlt645.ClearEventsAnswer()
    assert master.read(0x1D000001) == (Decimal(0),)
    assert master.read(0x03300300) == (Decimal(1),)
    crossed = dlt645.ClearMeterSecuredRequest(SEALED, OPERATOR, events.block)
    assert master.refusal(crossed) == {"other_error"}
    whole = secured.clear_plaintext(dlt645.Function.CLEAR_METER, until())
    clear = dlt645.ClearMeterSecuredRequest(SEALED, OPERATOR, master.block(whole))
    total = master.read(0x00010000)
    assert master.ask(clear) == dlt645.ClearMeterAnswer()
    assert master.read(0x00010000) == (Decimal(0),)
    assert master.read(0x03300101)[2:3] == total


def test_a_purchase_counts_once(master: Master) -> None:
    """An opening and a recharge are added; repeated, out of turn or for another customer, they change nothing."""
    master.authenticate()
    assert master.word3() & UNOPENED
    assert master.refusal(purchase(master, 5000, 1)) == {"other_error"}
    assert master.ask(purchase(master, 5000, 1, opens=True)) == SecurityAnswer(OPEN_ACCOUNT, b"")
    assert not master.word3() & UNOPENED
    assert master.ask(purchase(master, 2550, 2)) == SecurityAnswer(RECHARGE, b"")
    assert master.refusal(purchase(master, 2550, 2)) == {"repeated_recharge"}
    assert master.refusal(purchase(master, 2550, 4)) == {"recharge_count_wrong"}
    assert master.refusal(purchase(master, 2550, 3, "000000000001")) == {"customer_number_mismatch"}
    assert master.refusal(purchase(master, 2550, 3, opens=True)) == {"other_error"}
    told = state(master)
    assert isinstance(told, QueryStateAnswer)
    assert (told.balance_fen, told.count, told.customer) == (7550, 2, CUSTOMER)
    assert master.read(0x00900200) == (Decimal("75.50"),)


def test_a_meter_without_a_chip_knows_no_security(make_meter: MakeMeter) -> None:
    """03H to a meter of passwords is refused with a security word, as is an unknown command to any."""
    plain = Master(make_meter())
    assert plain.refusal(plain.challenge()) == {"other_error"}
    assert plain.ask(dlt645.ReadRequest(DI(0x02800022))) == dlt645.Refusal(dlt645.Function.READ, b"\x02")
    secure = Master(make_meter(profile="state-grid-2013"))
    unknown = SecurityRequest(DI(0x07FFFFFF), OPERATOR, b"")
    assert secure.ask(unknown) == dlt645.Refusal(dlt645.Function.SECURITY, b"\x01\x00")


def test_a_purchase_goes_into_the_wallet_with_a_record(master: Master) -> None:
    """Opening and recharge are events with the balance before and after; the wallet is the meter's own."""
    master.authenticate()
    assert isinstance(master.ask(purchase(master, 1000, 1, opens=True)), SecurityAnswer)
    assert isinstance(master.ask(purchase(master, 500, 2)), SecurityAnswer)
    assert [event.details for event in master.meter.events.all(Kind.PURCHASE)] == [
        (2, 500, 1000, 1500, 1500),
        (1, 1000, 0, 1000, 1000),
    ]
    assert master.meter.wallet.customer == CUSTOMER
    assert master.read(0x03330301) == (Decimal("5.00"),)
    assert master.read(0x03330402) == (Decimal("0.00"),)


def test_more_than_the_hoarding_limit_is_refused(master: Master) -> None:
    """A recharge over the limit is refused by its own bit of SERR; the same count may be tried with less."""
    master.meter.wallet.limits.hoarding = 1200
    master.authenticate()
    master.ask(purchase(master, 1000, 1, opens=True))
    assert master.refusal(purchase(master, 201, 2)) == {"hoarding_limit_exceeded"}
    assert isinstance(master.ask(purchase(master, 200, 2)), SecurityAnswer)
    assert master.meter.wallet.balance_fen == 1200


def test_a_locked_meter_authenticates_nobody(master: Master) -> None:
    """While it is locked every security command is refused, and power that fails ends an authentication."""
    master.authenticate()
    master.meter.power_off(LATER)
    master.meter.power_on(LATER)
    assert not master.word3() & AUTHENTICATED
    master.meter.memory.locked_until = LATER + timedelta(hours=1)
    with pytest.raises(AssertionError, match="Refusal"):
        master.authenticate()
