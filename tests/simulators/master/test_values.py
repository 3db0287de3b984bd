"""What was read as texts: exact numbers, ISO times, names of the parts, and what is none."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.link import Tcp
from protocols import dlt645, dlt698
from protocols.catalogue import Item, Protocol, find_item
from protocols.dissection import Language
from protocols.dlt645 import DI, STANDARD, read_payload, write_payload
from protocols.dlt698 import NULL, OAD, DataType, DateTimeS, Value, array
from simulators.master import Outcome, Way, Wish
from simulators.master.model import UNLISTED
from simulators.master.values import parts_of_attribute, parts_of_reading

ENERGY, BLOCK, FREEZE = DI.parse("00010000"), DI.parse("0001FF00"), DI.parse("05060001")


def of_645(di: DI, payload: bytes) -> Outcome:
    """Give what a payload says of an item."""
    item = find_item(Protocol.DLT645, str(di), STANDARD)
    return Outcome(item, parts_of_reading(read_payload(di, payload), STANDARD))


def of_698(oad: str, value: Value) -> Outcome:
    """Give what a value says of an attribute."""
    return Outcome(find_item(Protocol.DLT698, oad, STANDARD), parts_of_attribute(OAD.parse(oad), value))


@given(st.integers(0, 99_999_999))
def test_number_is_told_as_exactly_as_it_was_sent(hundredths: int) -> None:
    """An energy of DL/T 645 is its decimal digits, without an exponent, whatever its size."""
    number = Decimal(hundredths).scaleb(-2)
    document = of_645(ENERGY, write_payload(ENERGY, number)).document()
    assert document["value"] == f"{number:.2f}"
    assert (document["unit"], document["ok"], document["error"]) == ("kWh", True, None)
    assert "values" not in document


@given(st.integers(0, 2**32 - 2))
def test_number_of_698_is_told_with_its_scaler(raw: int) -> None:
    """An energy of DL/T 698.45 likewise, by the scaler of the object dictionary."""
    document = of_698("00100201", Value(DataType.DOUBLE_LONG_UNSIGNED, raw)).document()
    assert document["value"] == f"{Decimal(raw).scaleb(-2):.2f}"
    assert document["unit"] == "kWh"


@given(st.binary(min_size=1, max_size=40))
def test_what_is_in_no_table_is_told_as_it_came(payload: bytes) -> None:
    """All bytes of an item that nobody knows are its value, in hex and with the highest first."""
    di = DI.parse("DEADBEEF")
    wish = Wish(Protocol.DLT645, Way(Tcp("127.0.0.1", 1)), unlisted=(di,))
    parts = parts_of_reading(read_payload(di, payload, wish.profile), wish.profile)
    document = Outcome(Item("DEADBEEF", UNLISTED), parts).document()
    assert bytes.fromhex(document["value"])[::-1] == payload
    assert (document["unit"], document["ok"], "values" in document) == ("", True, False)


def test_block_has_its_values_one_by_one() -> None:
    """An item of several numbers has them joined in its value, and each with its name and unit in `values`."""
    document = of_645(BLOCK, write_payload(BLOCK, Decimal("3.00"), Decimal("1.00"), Decimal("2.00"))).document()
    assert document["value"] == "3.00, 1.00, 2.00"
    assert document["unit"] == "kWh"
    assert [each["value"] for each in document["values"]] == ["3.00", "1.00", "2.00"]
    assert {each["unit"] for each in document["values"]} == {"kWh"}
    assert "total" in document["values"][0]["name"]


def test_array_names_what_is_not_fitted() -> None:
    """A phase that is not fitted has no value, and is there in its place."""
    volts = array(Value(DataType.LONG_UNSIGNED, 2215), NULL, NULL)
    document = of_698("20000200", volts).document()
    assert (document["value"], document["unit"]) == ("221.5, -, -", "V")
    assert [(each["name"], each["value"]) for each in document["values"]] == [
        ("phase A", "221.5"),
        ("phase B", None),
        ("phase C", None),
    ]


def test_whole_freeze_is_told_part_by_part() -> None:
    """A record of several sub-blocks comes value by value, without what holds it together."""
    stamp = dlt645.Stamp.of("YYMMDDhhmm", datetime(2026, 9, 14))  # noqa: DTZ001  meters know no zone
    block = dlt645.FreezeBlock({0: (stamp,), 1: (Decimal("3.00"), Decimal("1.00"))})
    di = DI.parse("0506FF01")
    outcome = of_645(di, write_payload(di, block))
    assert [part.text for part in outcome.parts] == ["2026-09-14T00:00:00", "3.00", "1.00"]


@pytest.mark.parametrize(
    ("di", "wire", "text"),
    [
        ("04000101", "01140926", "2026-09-14"),
        ("04000102", "563412", "12:34:56"),
        ("04000101", "00000000", "00000000"),
        ("04000401", "563412000000", "000000123456"),
        ("00010000", "FFFFFFFF", None),
    ],
)
def test_times_codes_and_fill_of_645(di: str, wire: str, text: str | None) -> None:
    """Dates and times are ISO, codes their digits, and fill bytes no value."""
    outcome = of_645(DI.parse(di), bytes.fromhex(wire))
    assert (outcome.value, outcome.ok) == (text, True)


@pytest.mark.parametrize(
    ("oad", "value", "text"),
    [
        ("40000200", Value(DataType.DATE_TIME_S, DateTimeS(2026, 9, 14, 1, 2, 3)), "2026-09-14T01:02:03"),
        ("40000200", NULL, None),
        ("40010200", Value(DataType.OCTET_STRING, bytes.fromhex("000000123456")), "000000123456"),
        ("80010200", Value(DataType.ENUM, 1), "1"),
        ("20140201", Value(DataType.BIT_STRING, "0" * 16), "0" * 16),
        ("43000300", Value(DataType.VISIBLE_STRING, "SIMU"), "SIMU"),
        ("FFFF0200", Value(DataType.OCTET_STRING, b"\x01\xab"), "01AB"),
        ("FFFF0200", Value(DataType.BOOL, True), "true"),
        ("40300200", Value(DataType.DATE, dlt698.Date(2026, 9, 14, 1)), "2026-09-14"),
    ],
)
def test_times_codes_and_words_of_698(oad: str, value: Value, text: str | None) -> None:
    """Moments are ISO without their weekday, octets hex, enums their number."""
    assert of_698(oad, value).value == text


def test_bits_that_are_set_are_told() -> None:
    """A run state word says what its set bits mean, beside its digits."""
    (part,) = of_645(DI.parse("04000503"), bytes.fromhex("5000")).parts
    assert part.text == "0050"
    assert "relay" in part.meaning.said(Language.ENGLISH)


def test_value_that_is_none_is_a_fault() -> None:
    """Bytes that are no digits are told as a fault of their part."""
    (part,) = of_645(ENERGY, bytes.fromhex("0A000000")).parts
    assert (part.text, "not_bcd" in part.fault) == (None, True)


def test_failure_has_an_error_and_no_value() -> None:
    """What was not read has its reason, the unit that it would have, and no value."""
    item = Item("00010000", find_item(Protocol.DLT645, "00010000", STANDARD).name, "kWh")
    document = Outcome(item, error="no answer").document()
    assert (document["value"], document["unit"], document["ok"], document["error"]) == (
        None,
        "kWh",
        False,
        "no answer",
    )
