"""Values for the wire out of plain ones."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    OMD,
    TI,
    TSA,
    DataType,
    Date,
    DateTime,
    DateTimeS,
    ScalerUnit,
    Time,
    Value,
    array,
    build_data,
    double_long_unsigned,
    long_unsigned,
    parse_data,
    structure,
)
from protocols.dlt698.objects import compose, describe
from protocols.dlt698.objects.dictionary import rows
from protocols.dlt698.values.selection import AllMeters
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.formats import fitting, leaf_values

FIRST = {(row.format, row.scaling, row.access == "R"): key for key, row in reversed(list(rows().items()))}


def _descriptor(oi: int, member: str) -> OAD | OMD:
    return OMD(oi, int(member[1:])) if member.startswith("m") else OAD(oi, int(member), 0)


@pytest.mark.parametrize("of", [_descriptor(*key) for key in FIRST.values()], ids=str)
@settings(max_examples=10)
@given(data=st.data())
def test_what_was_read_is_written_again(of: OAD | OMD, data: st.DataObject) -> None:
    """Each format of the table, in each scaling: value, names and plain values, the same value."""
    value = data.draw(fitting(rows()[of.oi, str(of.number) if isinstance(of, OAD) else f"m{of.method}"].layout))
    assert compose(of, describe(of, value).plain) == value


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=20)
    | st.binary(max_size=8)
    | st.datetimes()
    | st.sampled_from(["12.34", "2024-05-20T08:30:00", "15 min", "00100200", "all", "1e99999999", "0e999999"])
    | leaf_values,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([_descriptor(*key) for key in rows()]), PLAIN)
def test_whatever_is_given_becomes_a_value_or_is_refused(of: OAD | OMD, plain: Any) -> None:
    """What is built can be sent; nothing else than our own error comes out."""
    try:
        value = compose(of, plain)
    except LocalProtocolError:
        return
    assert parse_data(build_data(value)) is not None


@given(st.decimals(0, 42949672, places=2))
def test_amounts_are_written_exactly(amount: Decimal) -> None:
    """A price or an amount is the number of its steps, as Decimal or as text."""
    expected = structure(double_long_unsigned(int(amount * 100)), double_long_unsigned(1))
    assert compose(OAD.parse("202C0200"), [amount, 1]) == expected
    assert compose(OAD.parse("202C0200"), [str(amount), "1"]) == expected


@pytest.mark.parametrize(
    ("of", "plain", "value"),
    [
        ("40180202", "0.5012", double_long_unsigned(5012)),
        ("40000200", "2024-05-20T08:30:00", Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 20, 8, 30, 0))),
        ("40000200", "2024-*-20 *:30:00", Value(DataType.DATE_TIME_S, DateTimeS(2024, None, 20, None, 30, 0))),
        (
            "40000200",
            datetime(2024, 5, 20, 8, 30, tzinfo=UTC),
            Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 20, 8, 30, 0)),
        ),
        (
            "40110201",
            ["2024-05-20", 3],
            structure(Value(DataType.DATE, Date(2024, 5, 20, 1)), Value(DataType.UNSIGNED, 3)),
        ),
        (
            "42040200",
            ["23:30:00", "true"],
            structure(Value(DataType.TIME, Time(23, 30, 0)), Value(DataType.BOOL, True)),
        ),
        ("40010200", "00003245678", Value(DataType.OCTET_STRING, bytes.fromhex("00003245678F"))),
        ("41120200", "01010000", Value(DataType.BIT_STRING, "01010000")),
        ("41170200", "15 min", Value(DataType.TI, TI(1, 15))),
        ("F1010200", "on", Value(DataType.ENUM, 1)),
        ("40000300", "终端精确对时", Value(DataType.ENUM, 1)),
        ("40000300", 255, Value(DataType.ENUM, 255)),
        ("45000301", ["10.0.0.1", 6000], structure(Value(DataType.OCTET_STRING, b"\n\0\0\1"), long_unsigned(6000))),
        ("43000A00", ["45000200"], array(Value(DataType.OAD, OAD.parse("45000200")))),
        ("202A0200", "000032456789", Value(DataType.TSA, TSA.of("000032456789"))),
        ("43000501", "4000", Value(DataType.OI, 0x4000)),
        ("41030200", "asset 1", Value(DataType.VISIBLE_STRING, "asset 1")),
        ("20200200", Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 20, 8, 30, 0)), None),
    ],
)
def test_plain_values_become_those_of_the_wire(of: str, plain: Any, value: Value | None) -> None:
    """By the type and the scaler of the table; texts are understood as people write them."""
    assert compose(OAD.parse(of), plain) == (plain if value is None else value)


def test_members_are_given_in_order_or_by_name() -> None:
    """A trip of the first relay, in both ways, and a scheme for all meters."""
    trip = OMD.parse("80008100")
    listed = compose(trip, [["F2050201", 0, 30, True]])
    assert listed == compose(
        trip, [{"auto close": True, "relay": "F2050201", "alarm delay": "0", "limit time": Decimal(30)}]
    )
    assert compose(OMD.parse("80007F00"), None) == NULL
    scheme = compose(OAD.parse("60140201"), [1, 10, [0, NULL], ["00100200"], "all", "today 00:00"])
    assert scheme.elements[4].value == AllMeters()


def test_the_device_knows_its_scaler_better() -> None:
    """A number is taken in the steps of the device where it has told them."""
    assert compose(OAD.parse("401C0200"), 150) == double_long_unsigned(15000)
    assert compose(OAD.parse("401C0200"), 150, ScalerUnit(0, 255)) == double_long_unsigned(150)


@pytest.mark.parametrize(
    ("of", "plain", "told"),
    [
        ("202C0200", ["1.234", 1], "202C0200 wallet file: remaining amount: 1.234 yuan is finer"),
        ("202C0200", ["-1", 1], r"out of 0\.00\.\.42949672\.95 yuan"),
        ("202C0200", ["1e99", 1], "no number that fits"),
        ("202C0200", ["NaN", 1], "no number that fits"),
        ("202C0200", [1, 2, 3], "3 members where 2 are needed: remaining amount, purchases"),
        ("202C0200", {"amount": 1}, "missing"),
        ("202C0200", "12", "no list of members"),
        ("202C0200", [None, 1], "NULL is given where it doesn't fit"),
        ("202C0200", [True, 1], "no exact number"),
        ("00100201", 1.5, "no exact number"),
        ("00100201", "x", "no number"),
        ("00100200", "12", "no list of elements"),
        ("00100201", long_unsigned(1), "LONG_UNSIGNED is given where it doesn't fit"),
        ("20140208", "0" * 16, "no element 8"),
        ("40000200", "2024-02-30T00:00:00", "in no calendar"),
        ("40000200", "yesterday", "no date and time"),
        ("40000300", "by guess", "no number"),
        ("40010200", "12X4", "no digits text"),
        ("41120200", "0101", "4 bits where 8 are needed"),
        ("41120200", "0101000x", "no text of 0 and 1"),
        ("41030200", "x" * 33, "33 bytes where 32 at most"),
        ("41030200", "电表", "does not hold"),
        ("41030200", 5, "no text"),
        ("41170200", "15 parsec", "no interval"),
        ("42040200", ["24:00:00", True], "in no calendar"),
        ("42040200", ["23:00:00", "maybe"], "neither true nor false"),
        ("45000301", ["10.0.0", 1], "no ip text"),
        ("45000301", ["10.0.0.256", 1], "no ip text"),
        ("60140201", [1, 1, [0, NULL], [], "some", 0], "no set of meters"),
        ("43000501", "clock", "no OI"),
        ("00100300", "kWh", "value of its own class"),
        ("FFFF0200", 1, "a Value is needed"),
    ],
)
def test_what_does_not_fit_is_refused(of: str, plain: Any, told: str) -> None:
    """With an error that names the object, the part and what is wrong with it."""
    with pytest.raises(LocalProtocolError, match=told):
        compose(OAD.parse(of), plain)


def test_a_method_without_parameter_takes_none() -> None:
    """Something is refused."""
    with pytest.raises(LocalProtocolError, match="where nothing may be"):
        compose(OMD.parse("80007F00"), 1)


def test_a_moment_without_all_of_it_has_no_weekday() -> None:
    """The day of the week follows from the date, or is not given."""
    holidays = OAD.parse("40110201")
    assert compose(holidays, ["2024-05-*", 1]).elements[0].value == Date(2024, 5, None, None)
    assert DateTime(2024, 5, 20, 1, 8, 30, 0, 0).weekday == 1
