"""Values as trees of named leaves."""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    OMD,
    ROAD,
    TSA,
    DataType,
    DateTimeS,
    ResultNormal,
    ResultRecord,
    ScalerUnit,
    Value,
    array,
    double_long_unsigned,
    long_unsigned,
    parse_apdu,
    parse_link,
    quantities,
    structure,
    unsigned,
)
from protocols.dlt698.objects import Fit, Item, Quantity, describe, describe_column, entry, known_attributes
from protocols.dlt698.objects.dictionary import rows
from protocols.dlt698.objects.quantities import _quantities
from protocols.dlt698.values.descriptors import CSD
from tests.protocols.dlt698.formats import fitting, leaf_values
from tests.protocols.dlt698.strategies import VECTORS, WILD

OADS = [oad for oad, _ in known_attributes()]
any_oad = st.builds(OAD, st.integers(0, 0xFFFF), st.integers(0, 255), st.integers(0, 255))
indexed = st.builds(lambda oad, index: OAD(oad.oi, oad.attribute, index), st.sampled_from(OADS), st.integers(0, 8))
NUMBERS = [oad for oad, row in known_attributes() if row.scaler is not None]


def told(of: str, value: Value) -> list[tuple[str, str]]:
    """Names and values of the leaves, with words where there are any."""
    shown = []
    for path, leaf in describe(OAD.parse(of), value).leaves():
        words = [word.en for word in leaf.words]
        shown.append(("/".join(word.en for word in path), " ".join([str(leaf.value), leaf.unit, *words]).strip()))
    return shown


def raw_leaves(value: Value) -> Iterator[Value]:
    """All values without elements, in order."""
    if not value.elements:
        yield value
    for element in value.elements:
        yield from raw_leaves(element)


@given(any_oad | indexed, WILD.datas)
def test_no_value_is_refused_and_no_part_of_it_is_lost(oad: OAD, value: Value) -> None:
    """Whatever comes for whatever is read; the leaves are those of the wire, each with a name."""
    item = describe(oad, value)
    leaves = [leaf for _, leaf in item.leaves()]
    assert [leaf.raw for leaf in leaves] == list(raw_leaves(value))
    assert all(leaf.name and leaf.chinese for leaf in leaves)
    assert item.name
    assert item.chinese


@given(st.sampled_from(OADS).flatmap(lambda oad: st.tuples(st.just(oad), fitting(entry(oad).layout))))
def test_what_the_dictionary_describes_is_told_as_listed(drawn: tuple[OAD, Value]) -> None:
    """A value of the type of its row fits, and no number becomes a float."""
    oad, value = drawn
    assert Fit.OTHER not in {item.fit for item in _all(describe(oad, value))}
    for item in _all(describe(oad, value)):
        assert not (isinstance(item.value, float) and item.fit is Fit.LISTED)


def _all(item: Item) -> Iterator[Item]:
    yield item
    for member in item.members:
        yield from _all(member)


@given(st.sampled_from(NUMBERS), WILD.datas | leaf_values | st.lists(leaf_values).map(lambda some: array(*some)))
def test_numbers_taken_fast_are_those_of_the_tree(oad: OAD, value: Value) -> None:
    """The short way of `quantities` leaves out nothing."""
    assert quantities(oad, value) == tuple(_quantities(describe(oad, value)))


@given(st.integers(0, 2**64 - 2))
def test_scaling_is_exact_whatever_the_context(raw: int) -> None:
    """No caller's context rounds a number of 64 bits."""
    with localcontext() as context:
        context.prec = 3
        item = describe(OAD.parse("00100401"), Value(DataType.LONG64_UNSIGNED, raw))
    assert item.value.as_tuple().exponent == -4
    assert int(item.value.scaleb(4)) == raw
    assert item.unit == "kWh"


def test_a_value_of_another_type_is_told_as_such() -> None:
    """Wider numbers are scaled as the attribute is, other types read by their tag; words are told where they can be."""
    wider = describe(OAD.parse("00100201"), Value(DataType.LONG64_UNSIGNED, 12345))
    assert (wider.value, wider.unit, wider.fit) == (Decimal("123.45"), "kWh", Fit.OTHER)
    text = describe(OAD.parse("00100201"), Value(DataType.VISIBLE_STRING, "123"))
    assert (text.value, text.unit, text.fit) == ("123", "", Fit.OTHER)
    whole = describe(OAD.parse("00100201"), array(double_long_unsigned(1), double_long_unsigned(2)))
    assert (whole.fit, [member.name for member in whole.members]) == (Fit.OTHER, ["total", "tariff 1"])
    alone = describe(OAD.parse("00100200"), double_long_unsigned(100))
    assert (alone.value, alone.fit) == (Decimal("1.00"), Fit.OTHER)
    state = describe(OAD.parse("80010200"), unsigned(1))
    assert ([word.en for word in state.words], state.fit) == (["on"], Fit.OTHER)
    word = describe(OAD.parse("20140203"), Value(DataType.BIT_STRING, "00001000"))
    assert ([each.en for each in word.words], word.fit) == (["relay open"], Fit.OTHER)
    longer = describe(OAD.parse("202C0200"), structure(*[double_long_unsigned(1)] * 3))
    assert (longer.fit, longer.members[0].unit, longer.members[2].fit) == (Fit.OTHER, "yuan", Fit.OTHER)
    assert describe(OAD.parse("202C0200"), structure(double_long_unsigned(1))).fit is Fit.OTHER


@pytest.mark.parametrize(
    ("oad", "name", "chinese"),
    [
        ("00100201", "forward active energy (import), total", "正向有功电能 总"),
        ("00100203", "forward active energy (import), tariff 2", "正向有功电能 费率2"),
        ("20000202", "voltage per phase, phase B", "电压 B相"),
        ("20040201", "active power total and per phase, total", "有功功率 总"),
        ("20140203", "meter status words, word 3", "电能表运行状态字 运行状态字3"),
        ("00102201", "forward active energy (import), total, before the event starts", "正向有功电能 总 事件发生前"),
        ("00208200", "reverse active energy (export), after the event ends", "反向有功电能 事件结束后"),
        ("00200300", "reverse active energy (export), scaler and unit", "反向有功电能 换算及单位"),
        ("30110400", "meter event: power down, present record count", "电能表掉电事件 当前记录数"),
        ("30000700", "meter event: voltage loss, record table 2", "电能表失压事件 记录表2"),
        ("50060300", "monthly freeze linked attributes", "月冻结 关联对象属性表"),
        ("45010300", "public network module 2, head-end addresses", "公网通信模块2 主站通信参数表"),
        ("40000100", "clock, logical name", "日期时间 逻辑名"),
        ("40000000", "clock, all attributes", "日期时间 全部属性"),
        ("02FF0200", "energy 02FF", "电能量02FF"),
        ("3FFF0900", "event 3FFF, attribute 9", "事件3FFF 属性9"),
        ("FFFF0902", "object FFFF, attribute 9, element 2", "对象FFFF 属性9 第2项"),
    ],
)
def test_an_attribute_has_its_name(oad: str, name: str, chinese: str) -> None:
    """With its element and its feature; what the class has in common; the kind of what nobody describes."""
    item = describe(OAD.parse(oad), NULL)
    assert (item.name, item.chinese) == (name, chinese)


def test_a_method_has_its_name() -> None:
    """Of the row, of the class, or its number."""
    assert entry(OMD.parse("80008100")).chinese == "跳闸"
    assert entry(OMD.parse("50060800")).name == "monthly freeze, clear linked attributes"
    assert entry(OMD.parse("80000900")).name == "remote control configuration, method 9"


DEMAND = structure(double_long_unsigned(31250), Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 3, 19, 15, 0)))
UNIT = structure(
    long_unsigned(7),
    structure(
        Value(DataType.TSA, TSA.of("000032456789")),
        Value(DataType.ENUM, 3),
        Value(DataType.ENUM, 2),
        Value(DataType.OAD, OAD.parse("F2010201")),
        Value(DataType.OCTET_STRING, b"\0"),
        unsigned(4),
        unsigned(1),
        Value(DataType.ENUM, 1),
        long_unsigned(2200),
        long_unsigned(50),
    ),
    structure(Value(DataType.TSA, TSA(b"")), Value(DataType.OCTET_STRING, b""), long_unsigned(1), long_unsigned(1)),
    array(),
)


@pytest.mark.parametrize(
    ("oad", "value", "leaves"),
    [
        (
            "202C0200",
            structure(double_long_unsigned(12850), double_long_unsigned(17)),
            [("remaining amount", "128.50 yuan"), ("purchases", "17")],
        ),
        (
            "10100200",
            array(DEMAND, structure(double_long_unsigned(0), NULL)),
            [
                ("total/value", "3.1250 kW"),
                ("total/time", "DateTimeS(year=2024, month=5, day=3, hour=19, minute=15, second=0)"),
                ("tariff 1/value", "0.0000 kW"),
                ("tariff 1/time", "None"),
            ],
        ),
        ("20000202", long_unsigned(2203), [("", "220.3 V")]),
        ("20000202", long_unsigned(0xFFFF), [("", "None V")]),
        (
            "20140203",
            Value(DataType.BIT_STRING, "0000101000000001"),
            [("", "0000101000000001  relay open trip commanded remote account not opened")],
        ),
        ("20140204", Value(DataType.BIT_STRING, "1" + "0" * 15), [("", f"1{'0' * 15}  phase A voltage loss")]),
        ("80000300", Value(DataType.BIT_STRING, "10000000"), [("", "10000000  relay 1 open")]),
        ("80010200", Value(DataType.ENUM, 2), [("", "2  automatic")]),
        ("80010200", Value(DataType.ENUM, 9), [("", "9")]),
        ("40010200", Value(DataType.OCTET_STRING, bytes.fromhex("000032456789")), [("", "000032456789")]),
        (
            "45000301",
            structure(Value(DataType.OCTET_STRING, bytes([10, 0, 0, 1])), long_unsigned(6000)),
            [("address", "10.0.0.1"), ("port", "6000")],
        ),
        (
            "33000201",
            structure(Value(DataType.OAD, OAD.parse("45000200")), unsigned(0b0101)),
            [("channel", "45000200"), ("state", "5  start reported end reported")],
        ),
        (
            "F1010301",
            structure(Value(DataType.OI, 0x8000), long_unsigned(0x8410)),
            [("object", "32768"), ("mode", "33808  GET plaintext SET plaintext + MAC ACTION ciphertext + MAC")],
        ),
    ],
)
def test_leaves_have_names_units_and_words(oad: str, value: Value, leaves: list[tuple[str, str]]) -> None:
    """Each leaf has its own name, scaler and unit, and enums and bits their meaning."""
    assert told(oad, value) == leaves


def test_an_archive_unit_is_named_throughout() -> None:
    """The deepest structure of the table."""
    leaves = dict(told("60000201", UNIT))
    assert leaves["basic/address"] == str(TSA.of("000032456789"))
    assert leaves["basic/baud rate"] == "3  2400 bit/s"
    assert leaves["basic/protocol"] == "2  DL/T 645-2007"
    assert leaves["basic/rated voltage"] == "220.0 V"
    assert leaves["extension/CT ratio"] == "1"


def test_all_ones_are_missing_where_something_is_measured() -> None:
    """In a reading or a counter they say that there is nothing; in a setting 65535 is a number."""
    assert describe(OAD.parse("30110400"), long_unsigned(0xFFFF)).value is None
    assert describe(OAD.parse("401C0200"), double_long_unsigned(0xFFFFFFFF)).value is None
    port = structure(Value(DataType.OCTET_STRING, bytes(4)), long_unsigned(0xFFFF))
    assert describe(OAD.parse("45000301"), port).members[1].value == 0xFFFF


def test_the_device_knows_its_scaler_better() -> None:
    """Its Scaler_Unit goes before the table's, for unknown objects too, but not before a member's own."""
    finer = ScalerUnit(-3, 33)
    oad, value = OAD.parse("00100201"), double_long_unsigned(123456)
    assert quantities(oad, value, finer) == (Quantity(Decimal("123.456"), "kWh"),)
    assert quantities(OAD.parse("02FF0201"), value) == ()
    assert quantities(OAD.parse("02FF0201"), value, finer) == (Quantity(Decimal("123.456"), "kWh"),)
    wallet = structure(double_long_unsigned(12850), double_long_unsigned(17))
    assert describe(OAD.parse("202C0200"), wallet, finer).members[0].unit == "yuan"
    assert quantities(oad, value, ScalerUnit(-3, 200)) == (Quantity(Decimal("123.456"), ""),)


def test_a_column_of_a_record_is_named_value_by_value() -> None:
    """A ROAD column holds one value for each of its OADs; NULL where the record has none."""
    road = ROAD(OAD.parse("50040200"), (OAD.parse("20210200"), OAD.parse("00100200")))
    time = Value(DataType.DATE_TIME_S, DateTimeS(2024, 5, 20, 0, 0, 0))
    cell = describe_column(road, array(time, array(double_long_unsigned(1217))))
    assert cell.name == "daily freeze records"
    assert [member.name for member in cell.members] == ["freeze time", "forward active energy (import)"]
    assert cell.members[1].members[0].value == Decimal("12.17")
    assert describe_column(road, NULL).value is None
    assert describe_column(road, array(time)).fit is Fit.OTHER
    assert describe_column(OAD.parse("202A0200"), Value(DataType.TSA, TSA.of("12"))).value == TSA.of("12")


def _cells(part: Any) -> Iterator[tuple[CSD | OMD, Value]]:
    if isinstance(part, ResultNormal) and isinstance(part.result, Value):
        yield part.oad, part.result
    elif isinstance(part, ResultRecord) and isinstance(part.result, tuple):
        for row in part.result:
            yield from zip(part.columns, row, strict=True)
    elif isinstance(part, tuple):
        for each in part:
            yield from _cells(each)
    elif hasattr(part, "parameter"):
        yield part.omd, part.parameter
    elif hasattr(part, "__dataclass_fields__") and not isinstance(part, Value):
        for name in part.__dataclass_fields__:
            yield from _cells(getattr(part, name))


SERVICES = ("GET-Response", "ACTION-Request", "REPORT-Notification", "PROXY")
APDUS = [
    parse_apdu(parse_link(bytes.fromhex(vector["hex"])).user_data)
    for vector in VECTORS
    if vector["decoded"].get("apdu", {}).get("service", "").startswith(SERVICES)
]


def test_values_of_captured_frames_have_the_types_of_the_dictionary() -> None:
    """What devices sent and head-ends ordered is as the table says, or not in it."""
    count = 0
    for apdu in APDUS:
        for of, value in _cells(apdu):
            item = describe(of, value) if isinstance(of, OMD) else describe_column(of, value)
            assert Fit.OTHER not in {each.fit for each in _all(item)}, (of, value)
            count += 1
    assert count > 80


def test_every_row_is_found_by_its_descriptor() -> None:
    """Attributes and methods of the table are their own entries."""
    for (oi, member), row in rows().items():
        of = OMD(oi, int(member[1:])) if member.startswith("m") else OAD(oi, int(member), 0)
        assert entry(of) == row
