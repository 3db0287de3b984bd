"""DL/T 645-1997 in a simulated meter that was never replaced."""

from datetime import timedelta
from decimal import Decimal

import pytest

from protocols import dlt645
from protocols.dlt645 import Address, Bits, Password, Stamp, Value
from protocols.dlt645.items.identifiers_1997 import read_payload_1997, table_1997
from simulators.localtime import local
from tests.simulators.conftest import MakeMeter
from tests.simulators.master645 import LATER, PASSWORD, Master

UNKNOWN = {"wrong_identifier"}


@pytest.fixture
def master(make_meter: MakeMeter) -> Master:
    """Give the master of a meter of 1997 with a vendor's relay writes."""
    return Master(make_meter(profile="1997-prepaid", drift=timedelta(minutes=1)))


def read(master: Master, di: int) -> tuple[Value, ...]:
    """Read an item."""
    answer = master.ask(dlt645.Read1997Request(di))
    assert isinstance(answer, dlt645.Read1997Answer), answer
    assert answer.di == di
    return read_payload_1997(di, answer.payload)


def test_registers_and_their_block(master: Master) -> None:
    """9010 to 9014 and the block 901F give the registers; on the wire the block ends with AAH."""
    block = tuple(Decimal(register).scaleb(-2) for register in master.meter.registers(LATER).block)
    assert read(master, 0x901F) == block
    assert tuple(read(master, di)[0] for di in range(0x9010, 0x9015)) == block
    answer = master.ask(dlt645.Read1997Request(0x901F))
    assert isinstance(answer, dlt645.Read1997Answer)
    assert answer.payload[-1] == 0xAA


def test_values_have_the_edition_s_own_decimals(master: Master) -> None:
    """Voltage comes in whole volts, current in hundredths, power in tenths of a watt, clock and number as they are."""
    meter = master.meter
    assert read(master, 0xB611) == (round(Decimal(meter.decivolts(LATER)).scaleb(-1)),)
    assert read(master, 0xB621) == (round(Decimal(meter.milliamperes(LATER)).scaleb(-3), 2),)
    assert read(master, 0xB630) == (Decimal(meter.watts(LATER)).scaleb(-3),)
    assert read(master, 0xC011) == (Stamp.of("hhmmss", local(LATER) + timedelta(minutes=1)),)
    assert read(master, 0xC032) == (meter.plate.asset,)
    assert read(master, 0xC020) == (Bits(0, 8),)
    watts, at = meter.max_demand(LATER)
    assert read(master, 0xA010) == (Decimal(watts).scaleb(-3),)
    assert read(master, 0xB010) == (Stamp.of("MMDDhhmm", at),)
    assert read(master, 0xB212) == (Decimal(0),)


def test_every_item_of_the_table_is_read_or_refused(master: Master) -> None:
    """Whatever the table names is either laid out as it says or refused as unknown to this meter."""
    for di in table_1997():
        answer = master.ask(dlt645.Read1997Request(di))
        if isinstance(answer, dlt645.Read1997Answer):
            assert read_payload_1997(di, answer.payload)
        else:
            assert isinstance(answer, dlt645.Refusal)
            assert {reason.word for reason in answer.reasons} == UNKNOWN


def test_the_clock_is_set_with_the_password(master: Master) -> None:
    """C010 and C011 set date and time; a wrong password, another item and a wrong length change nothing."""
    time = Stamp.of("hhmmss", local(LATER)).pack()
    wrong = dlt645.Write1997Request(0xC011, Password(2, "000000"), time)
    assert {reason for reason in master.refusal(wrong) if "password" in reason}
    assert master.refusal(dlt645.Write1997Request(0xC030, PASSWORD, bytes(3))) == UNKNOWN
    assert master.refusal(dlt645.Write1997Request(0xC011, PASSWORD, time[1:]))
    assert master.meter.drift == timedelta(minutes=1)
    assert master.ask(dlt645.Write1997Request(0xC011, PASSWORD, time)) == dlt645.Write1997Answer()
    assert master.meter.drift == timedelta()


def test_a_vendor_s_write_moves_the_relay(make_meter: MakeMeter) -> None:
    """A model with relay writes obeys them; one without knows no such identifier."""
    master = Master(make_meter(profile="1997-prepaid"))
    writes = master.profile.relay
    for word, opened in (("trip", True), ("direct_close", False)):
        request = dlt645.Write1997Request(writes[word].di, PASSWORD, writes[word].payload)
        assert master.ask(request) == dlt645.Write1997Answer()
        assert master.meter.relay(LATER).open is opened
    plain = Master(make_meter(profile="1997"))
    trip = writes["trip"]
    assert plain.refusal(dlt645.Write1997Request(trip.di, PASSWORD, trip.payload)) == UNKNOWN


def test_upkeep(master: Master) -> None:
    """Baud, password, demand and address are changed as in 2007, with the functions of 1997."""
    assert master.ask(dlt645.ChangeBaud1997Request(0x08)) == dlt645.ChangeBaud1997Answer(0x08)
    assert master.refusal(dlt645.ChangeBaud1997Request(0x03))
    new = Password(4, "777777")
    assert master.ask(dlt645.ChangePassword1997Request(PASSWORD, new)) == dlt645.ChangePassword1997Answer(new)
    assert master.ask(dlt645.ClearDemand1997Request(new)) == dlt645.ClearDemand1997Answer()
    assert read(master, 0xA010) == (Decimal(0),)
    rename = dlt645.WriteAddress1997Request(Address("000000007777"))
    assert master.ask(rename, to="AAAAAAAAAAAA") is None
    master.meter.memory.programming = True
    assert master.ask(rename, to="AAAAAAAAAAAA") == dlt645.WriteAddress1997Answer()
    assert master.meter.address == "000000007777"


def test_what_belongs_to_2007_is_refused(master: Master) -> None:
    """A read of 2007 and the security functions mean nothing here; a re-read with nothing to repeat is refused."""
    assert master.refusal(dlt645.ReadRequest(dlt645.DI(0x00010000)))
    assert master.refusal(dlt645.ReadAgain1997Request())
