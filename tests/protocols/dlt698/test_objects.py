"""The object dictionary: numbers with units, names, status words."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    OMD,
    TSA,
    Dar,
    DataType,
    DateTime,
    DateTimeS,
    Quantity,
    Value,
    array,
    double_long_unsigned,
    long_unsigned,
    objects,
    quantities,
    structure,
)
from protocols.errors import LocalProtocolError

BEIJING = timezone(timedelta(hours=8))


def test_every_row_of_the_dictionary_can_be_looked_up() -> None:
    """Attributes have names in both languages and a format; scalers come with integers."""
    rows = list(objects.known_attributes())
    assert len(rows) > 500
    for oad, entry in rows:
        assert objects.attribute(oad) == entry
        assert entry.name
        assert entry.chinese
        assert entry.format


@pytest.mark.parametrize(
    ("oad", "value", "shown"),
    [
        ("00100201", double_long_unsigned(1234567), ["12345.67 kWh"]),
        ("00000200", array(Value(DataType.DOUBLE_LONG, -12345), NULL), ["-123.45 kWh", None]),
        ("20000200", array(long_unsigned(2203), long_unsigned(0xFFFF)), ["220.3 V", None]),
        ("200A0201", Value(DataType.LONG, 998), ["0.998"]),
        ("202C0200", structure(double_long_unsigned(12850), double_long_unsigned(17)), ["128.50 yuan"]),
        (
            "10100200",
            array(
                structure(double_long_unsigned(31250), Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 3, 19, 15, 0))),
                structure(double_long_unsigned(0), NULL),
            ),
            ["3.1250 kW", "0.0000 kW"],
        ),
        ("00102201", double_long_unsigned(100), ["1.00 kWh"]),
        ("40010200", Value(DataType.OCTET_STRING, b"\x01"), []),
        ("FFFF0200", double_long_unsigned(1), []),
    ],
)
def test_numbers_come_with_scaler_and_unit(oad: str, value: Value, shown: list[str | None]) -> None:
    """Energies, voltages, ratios, amounts and demands by the dictionary; the unknown stays raw."""
    found = quantities(OAD.parse(oad), value)
    assert [None if item is None else str(item) for item in found] == shown


@given(st.lists(st.integers(0, 0xFFFFFFFE), max_size=64))
def test_scaling_is_exact(numbers: list[int]) -> None:
    """No number is rounded: each is its raw integer in hundredths."""
    found = quantities(OAD.parse("00100200"), array(*map(double_long_unsigned, numbers)))
    assert [item.amount * 100 for item in found if item is not None] == numbers
    assert all(item is not None and item.amount.as_tuple().exponent == -2 for item in found)


def test_a_quantity_is_decimal_and_unit() -> None:
    """What comes out is a value of its own."""
    assert quantities(OAD.parse("200F0200"), long_unsigned(5001)) == (Quantity(Decimal("50.01"), "Hz"),)


def test_methods_are_named() -> None:
    """8000.129 is the trip."""
    entry = objects.method(OMD.parse("80008100"))
    assert entry is not None
    assert entry.chinese == "跳闸"
    assert objects.method(OMD.parse("80000100")) is None


@given(st.integers(0, 255))
def test_every_result_has_a_name_and_words(number: int) -> None:
    """Known or not, a DAR is its number and can be shown."""
    dar = Dar(number)
    assert dar == number
    assert dar.name
    assert dar.chinese


@pytest.mark.parametrize("number", [-1, 256, "x"])
def test_what_is_no_byte_is_no_result(number: Any) -> None:
    """A DAR is one byte."""
    with pytest.raises(ValueError, match="is not a valid Dar"):
        Dar(number)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31), timezones=st.just(BEIJING)))  # noqa: DTZ001  # the bounds are naive by that function's contract
def test_a_moment_goes_to_the_wire_and_comes_back(moment: datetime) -> None:
    """Local fields with the day of the week from Sunday 0, to the second or the millisecond."""
    assert DateTimeS.of(moment).at(BEIJING) == moment.replace(microsecond=0)
    long = DateTime.of(moment)
    assert long.at(BEIJING) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert long.weekday == int(moment.strftime("%w"))


@pytest.mark.parametrize(
    "moment",
    [
        DateTimeS(None, 5, 20, 8, 30, 0),
        DateTimeS(2024, 2, 30, 8, 30, 0),
        DateTimeS(2024, 5, 20, 24, 0, 0),
        DateTimeS(None, None, None, None, None, None),
    ],
)
def test_an_impossible_moment_is_none(moment: DateTimeS) -> None:
    """Devices send such dates; they have no instant."""
    assert moment.at(UTC) is None


def test_descriptors_are_written_as_in_the_tables() -> None:
    """Eight hex digits both ways; the feature of an event column is apart from the attribute number."""
    oad = OAD.parse("00102201")
    assert str(oad) == "00102201"
    assert (oad.number, oad.feature, oad.index) == (2, 1, 1)
    assert str(OMD.parse("80008100")) == "80008100"
    for bad in ("", "0010", "0010020X", "0010020000"):
        with pytest.raises(LocalProtocolError, match="eight hex digits"):
            OAD.parse(bad)


def test_a_server_address_is_the_length_byte_and_the_digits() -> None:
    """Natural order, padded with F to whole bytes; what is no address is our own error."""
    assert TSA.of("000032456789").octets == bytes.fromhex("05000032456789")
    assert TSA.of("123").octets == bytes.fromhex("01123F")
    assert (TSA(b"").af, TSA(b"").digits, TSA(b"").logical) == (None, "", 0)
    for bad in ("", "12X4", "1" * 33):
        with pytest.raises(LocalProtocolError, match="server address"):
            TSA.of(bad)
