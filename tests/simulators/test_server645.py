"""The DL/T 645 slave of a simulated meter, asked through the protocol's own master side."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from protocols import dlt645
from protocols.dlt645 import DI, Address, Bits, Password, ReadAnswer, Refusal, RelayAnswer, RelayCommand, Stamp
from simulators.localtime import local
from simulators.meter import Meter, Relay, Server645, Stuck
from tests.simulators.conftest import NOON, MakeMeter

PASSWORD = Password(2, "123456")
LATER = NOON + timedelta(days=3, hours=5)


def ask(meter: Meter, message: dlt645.Message, now: datetime = LATER, to: str | None = None) -> dlt645.Message | None:
    """Send a message as bytes and read the answer from bytes."""
    address = Address(to or meter.address)
    sent = dlt645.build_frame(dlt645.build_message(address, message))
    answer = Server645(meter, PASSWORD).answer(dlt645.parse_frame(sent), now)
    if answer is None:
        return None
    assert answer.address == Address(meter.address)
    received = dlt645.parse_frame(dlt645.build_frame(answer))
    return dlt645.parse_message(received)


def read(meter: Meter, di: int, now: datetime = LATER) -> tuple[dlt645.Value, ...]:
    """Read an item; an assertion fails where the meter refuses."""
    answer = ask(meter, dlt645.ReadRequest(DI(di)), now)
    assert isinstance(answer, ReadAnswer)
    return dlt645.read_payload(answer.di, answer.payload).values


def order(meter: Meter, command: RelayCommand, *, password: Password = PASSWORD, minutes: int = 5) -> object:
    """Send a relay command that is valid for some minutes."""
    expires = Stamp.of("YYMMDDhhmmss", local(LATER) + timedelta(minutes=minutes))
    return ask(meter, dlt645.RelayRequest(password, dlt645.Operator("00000001"), command, expires))


def word3(meter: Meter) -> int:
    """Read run-state word 3."""
    (word,) = read(meter, 0x04000503)
    assert isinstance(word, Bits)
    return word.value


def test_energy_block_is_total_and_tariffs(make_meter: MakeMeter) -> None:
    """0001FF00 gives the registers in 0.01 kWh, total first, and 00010000 the same total."""
    meter = make_meter()
    block = read(meter, 0x0001FF00)
    assert block == tuple(Decimal(register).scaleb(-2) for register in meter.registers(LATER).block)
    assert read(meter, 0x00010000) == block[:1]
    assert read(meter, 0x00000000) == block[:1]


def test_daily_freezes_count_backwards(make_meter: MakeMeter) -> None:
    """050600nn and 050601nn give time and registers of the nn-th last midnight."""
    meter = make_meter()
    for number in (1, 2, 3):
        (stamp,) = read(meter, 0x05060000 + number)
        block = read(meter, 0x05060100 + number)
        freeze = meter.freeze_back(number, LATER)
        assert freeze is not None
        assert stamp == Stamp.of("YYMMDDhhmm", freeze.stamp)
        assert block == tuple(Decimal(register).scaleb(-2) for register in freeze.registers.block)


def test_missing_freeze_is_no_data(make_meter: MakeMeter) -> None:
    """Freezes that were never made are refused with "no requested data", their time is all zeros."""
    meter = make_meter()
    answer = ask(meter, dlt645.ReadRequest(DI(0x05060120)))
    assert isinstance(answer, Refusal)
    assert answer.word == b"\x02"
    (never,) = read(meter, 0x05060020)
    assert isinstance(never, Stamp)
    assert never.is_never


def test_clock_identity_and_live_values(make_meter: MakeMeter) -> None:
    """Date, time, address, voltage and current come with the meter's error and the load of the moment."""
    meter = make_meter(drift=timedelta(seconds=17))
    shown = local(LATER) + timedelta(seconds=17)
    assert read(meter, 0x04000101) == (Stamp.of("YYMMDDWW", shown),)
    assert read(meter, 0x04000102) == (Stamp.of("hhmmss", shown),)
    assert read(meter, 0x04000401) == (meter.address,)
    volts, *others = read(meter, 0x0201FF00)
    amperes, *_ = read(meter, 0x0202FF00)
    assert others == [None, None]
    assert isinstance(volts, Decimal)
    assert isinstance(amperes, Decimal)
    assert abs(volts * amperes - meter.watts(LATER)) < 1


def test_trip_and_close_show_in_word_3(make_meter: MakeMeter) -> None:
    """A trip sets bits 4 and 6, a direct close clears both, and the block of words tells the same."""
    meter = make_meter()
    assert isinstance(order(meter, RelayCommand.TRIP), RelayAnswer)
    assert word3(meter) == 0x0050
    assert read(meter, 0x040005FF)[2] == Bits(0x0050, 16)
    assert isinstance(order(meter, RelayCommand.DIRECT_CLOSE), RelayAnswer)
    assert word3(meter) == 0


def test_permission_clears_the_command_only(make_meter: MakeMeter) -> None:
    """After a permission bit 6 is clear and bit 4 still set: the customer has to press the key."""
    meter = make_meter()
    order(meter, RelayCommand.TRIP)
    order(meter, RelayCommand.PERMIT_CLOSE)
    assert word3(meter) == 0x0010
    meter.relay(LATER).press_key(LATER)
    assert word3(meter) == 0


def test_protection_shows_and_refuses(make_meter: MakeMeter) -> None:
    """Under protection bit 12 is set and a trip is refused; afterwards it is accepted again."""
    meter = make_meter()
    order(meter, RelayCommand.PROTECT)
    assert word3(meter) == 0x1000
    assert isinstance(order(meter, RelayCommand.TRIP), Refusal)
    order(meter, RelayCommand.PROTECT_OFF)
    assert isinstance(order(meter, RelayCommand.TRIP), RelayAnswer)


def test_welded_relay_answers_well_and_shows_it(make_meter: MakeMeter) -> None:
    """A relay that is stuck closed accepts the trip; only bit 4 tells that nothing moved."""
    meter = make_meter(relay=Relay(stuck=Stuck.CLOSED))
    assert isinstance(order(meter, RelayCommand.TRIP), RelayAnswer)
    assert word3(meter) == 0x0040


def test_expired_command_does_nothing(make_meter: MakeMeter) -> None:
    """A command is compared with the meter's own clock: past its expiry it is refused."""
    meter = make_meter(drift=timedelta(minutes=6))
    assert isinstance(order(meter, RelayCommand.TRIP, minutes=5), Refusal)
    assert isinstance(order(meter, RelayCommand.TRIP, minutes=7), RelayAnswer)


def test_wrong_password_does_nothing(make_meter: MakeMeter) -> None:
    """A wrong password, or the right one at another level, is refused as not authorised."""
    meter = make_meter()
    for wrong in (Password(2, "654321"), Password(4, "123456")):
        answer = order(meter, RelayCommand.TRIP, password=wrong)
        assert isinstance(answer, Refusal)
        assert answer.word == b"\x04"
    assert word3(meter) == 0


def test_meter_knows_who_is_meant(make_meter: MakeMeter) -> None:
    """The own address, its short form and the wildcard are answered under the own address, others are not."""
    meter = make_meter("000000001001")
    request = dlt645.ReadAddressRequest()
    for addressed in ("000000001001", "AAAAAAAA1001", "AAAAAAAAAAAA"):
        assert ask(meter, request, to=addressed) == dlt645.ReadAddressAnswer(Address(meter.address))
    assert ask(meter, request, to="000000001002") is None
    assert ask(meter, dlt645.ReadRequest(DI(0x00010000)), to="999999999999") is None


@pytest.mark.parametrize(("ahead", "obeyed"), [(200, True), (400, False)])
def test_broadcast_time_is_obeyed_within_five_minutes(make_meter: MakeMeter, ahead: int, *, obeyed: bool) -> None:
    """08H sets a clock that is less than five minutes off, and leaves a worse one alone."""
    meter = make_meter(drift=timedelta(seconds=ahead))
    request = dlt645.BroadcastTime(Stamp.of("YYMMDDhhmmss", local(LATER)))
    assert ask(meter, request, to="999999999999") is None
    assert (meter.clock(LATER) == local(LATER)) is obeyed


def test_clock_is_set_with_the_password(make_meter: MakeMeter) -> None:
    """14H on 0400010C sets the clock; an unknown item is refused."""
    meter = make_meter(drift=timedelta(hours=3))
    payload = dlt645.write_payload(DI(0x0400010C), Stamp.of("YYMMDDWWhhmmss", local(LATER)))
    who = dlt645.Operator("00000001")
    assert ask(meter, dlt645.WriteRequest(DI(0x0400010C), PASSWORD, who, payload)) == dlt645.WriteAnswer()
    assert meter.clock(LATER) == local(LATER)
    assert isinstance(ask(meter, dlt645.WriteRequest(DI(0x04000401), PASSWORD, who, bytes(6))), Refusal)
    wrong = dlt645.WriteRequest(DI(0x0400010C), Password(2, "000000"), who, payload)
    assert isinstance(ask(meter, wrong), Refusal)
