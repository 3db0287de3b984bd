"""The identifier table, its families, and reading and writing of whole items."""

import csv
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Bits, Faulty, Identifier, Stamp, find, identify, read_payload, write_payload
from protocols.dlt645.items.identifiers import table
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import identifiers

ROWS = sorted(table())
readable = st.sampled_from([di for di in ROWS if table()[di].layout.rows[0].rest is None])


def test_every_row_of_the_table_has_a_layout_of_its_stated_size() -> None:
    """Each format is understood and is as long as the table says; ``var`` depends on the meter, an open end on more."""
    text = files("protocols.dlt645.items").joinpath("identifiers.csv").read_text(encoding="utf-8")
    stated = {DI.parse(row["di"]): row["bytes"] for row in csv.DictReader(text.splitlines())}
    sizes = {di: row.layout.rows[0].size for di, row in table().items() if row.layout.rows[0].rest is None}
    fixed = {di: size for di, size in sizes.items() if str(size) != stated[di]}
    assert {di: stated[di] for di in fixed} == dict.fromkeys(fixed, "var")


@pytest.mark.parametrize("name", ["identifiers.csv", "identifiers_1997.csv"])
def test_every_row_of_a_table_stands_once_and_in_order(name: str) -> None:
    """A second row of an identifier would hide the first; each has its names in both languages."""
    text = files("protocols.dlt645.items").joinpath(name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    numbers = [row["di"] for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(row["name_en"].isascii() and row["name_en"] and not row["name_zh"].isascii() for row in rows)
    assert {row["rw"] for row in rows} <= {"R", "W", "RW", "RW98", "RW99"}


@pytest.mark.parametrize(
    ("di", "size"),
    [(0x00010000, 4), (0x0201FF00, 6), (0x03010000, 18), (0x03300201, 202), (0x040005FF, 14), (0x040604FF, 64)],
)
def test_sizes_of_fixed_items(di: int, size: int) -> None:
    """Repeats and groups of a format add up."""
    assert identify(DI(di)).layout.size == size


@given(readable, st.data())
def test_any_payload_of_an_item_builds_back(di: DI, data: st.DataObject) -> None:
    """Bytes of a right length read as values that build the same bytes, but for the sign of zero."""
    shape = identify(di).layout.rows[0]
    group = sum(field.sizeof() for field in shape.group)
    head = sum(field.sizeof() for field in shape.head)
    size = head + group * data.draw(st.integers(0, 5))
    raw = data.draw(st.binary(min_size=size, max_size=size))
    values = read_payload(di, raw).values
    built = write_payload(di, *values)
    assert read_payload(di, built).values == values
    assert built == raw or Decimal(0) in values


@given(identifiers | st.sampled_from(ROWS), st.binary(max_size=210))
def test_any_payload_reads_or_raises_a_protocol_error(di: DI, raw: bytes) -> None:
    """No identifier and no bytes make the reader raise anything but ProtocolError."""
    try:
        reading = read_payload(di, raw)
    except ProtocolError:
        return
    assert reading.identifier.di == di


@pytest.mark.parametrize(
    ("di", "name_en", "name_zh", "form"),
    [
        (0x05060028, "daily freeze, 40th last: time", "(上40次)日冻结时间", "YYMMDDhhmm"),
        (0x0506013E, "daily freeze, 62nd last: forward active energy block", None, "XXXXXX.XX*"),
        (0x00010700, "forward active energy, T7, now", "(当前)正向有功费率7电能", "XXXXXX.XX"),
        (0x0002000C, "reverse active energy, total, 12th last settlement day", None, "XXXXXX.XX"),
        (0x0003FF00, "combined reactive 1 energy, block total+tariffs, now", None, "XXXXXX.XX*"),
        (0x0103FF02, None, "(上2结算日)组合无功1最大需量及发生时间数据块", "(XX.XXXX+YYMMDDhhmm)*"),
        (0x0311000B, None, None, None),
        (0x1D000303, "3rd last trip: forward active energy then", None, "XXXXXX.XX"),
        (0x04050107, "tariff price set 1, T7", "第一套费率7电价", "NNNN.NNNN"),
        (0x04030014, "public holiday 20 and its day table", "第20公共假日日期及日时段表号", "YYMMDDNN"),
        (0x0506003F, None, None, None),
        (0x0001000D, None, None, None),
        (0x00900202, None, None, None),
        (0xFFFFFFFF, None, None, None),
    ],
)
def test_members_of_families_are_derived(di: int, name_en: str | None, name_zh: str | None, form: str | None) -> None:
    """A member beyond the table's rows has its own number in the names, and none exists past the limit."""
    found = find(DI(di))
    assert (found.format if found else None) == form
    if found and name_en:
        assert found.name_en == name_en
    if found and name_zh:
        assert found.name_zh == name_zh


@given(st.integers(1, 0x3E), st.sampled_from([0x050600, 0x050601]))
def test_all_62_daily_freezes_are_known(number: int, family: int) -> None:
    """050600nn and 050601nn exist for nn = 01..3E and inherit the first one's format."""
    found, first = find(DI(family << 8 | number)), find(DI(family << 8 | 1))
    assert isinstance(found, Identifier)
    assert isinstance(first, Identifier)
    assert (found.format, found.unit, found.signed) == (first.format, first.unit, first.signed)


def test_a_block_has_as_many_tariffs_as_the_meter_sends() -> None:
    """The number of tariffs follows from the length and is nowhere assumed."""
    block = bytes.fromhex("2901000062000000600000000300000002000000")
    total, *tariffs = read_payload(DI(0x0001FF00), block).values
    assert total == Decimal("1.29")
    assert tariffs == [Decimal("0.62"), Decimal("0.60"), Decimal("0.03"), Decimal("0.02")]
    assert read_payload(DI(0x0001FF00), block[:8]).values == (Decimal("1.29"), Decimal("0.62"))
    with pytest.raises(RemoteProtocolError, match="found 7"):
        read_payload(DI(0x0001FF00), block[:7])


def test_one_bad_field_does_not_spoil_its_neighbours() -> None:
    """In a block a phase with hex digits is a fault, one that is not fitted is None, the third is read."""
    values = read_payload(DI(0x0201FF00), bytes.fromhex("5622ffffa122")).values
    assert values == (Decimal("225.6"), None, Faulty("not_bcd", b"\xa1\x22"))


def test_demand_comes_with_its_time() -> None:
    """Values and times of a demand block alternate."""
    values = read_payload(DI(0x0101FF00), bytes.fromhex("5623010030091015" * 2)).values
    assert values == (Decimal("1.2356"), Stamp("YYMMDDhhmm", "1510093000")) * 2


def test_a_trip_record_may_be_longer_than_the_standard_says() -> None:
    """Models that append four bytes to the 34 of a trip record keep them in the tail."""
    reading = read_payload(DI(0x1D00FF01), bytes(38))
    assert (len(reading.values), reading.tail) == (8, bytes(4))


def test_only_a_single_field_has_the_value() -> None:
    """`value` of a block is our own error, even where it holds one value."""
    assert read_payload(DI(0x04000503), b"\x50\x00").value == Bits(0x50, 16)
    with pytest.raises(LocalProtocolError):
        _ = read_payload(DI(0x0001FF00), bytes(4)).value


def test_an_unknown_identifier_is_named() -> None:
    """Who reads an item nobody knows is told which one and where to add it."""
    with pytest.raises(LocalProtocolError, match=r"FFFFFFFF.*identifiers\.csv"):
        read_payload(DI(0xFFFFFFFF), b"")


def test_the_number_of_values_must_fit() -> None:
    """Two values do not fill a block of three phases."""
    with pytest.raises(LocalProtocolError, match="2 values"):
        write_payload(DI(0x0201FF00), Decimal(1), Decimal(2))
