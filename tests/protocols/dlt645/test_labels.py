"""Names of the single values of items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, identify, labels, parts, read_payload
from protocols.dlt645.items.identifiers import table
from protocols.errors import RemoteProtocolError

ROWS = sorted(table())
MANY = [di for di in ROWS if table()[di].layout.walk is None and not table()[di].layout.is_single]


@pytest.mark.parametrize("di", MANY, ids=str)
def test_every_value_of_every_item_has_a_name_of_its_own(di: DI) -> None:
    """No value of the table's items is told only by its number, and no two of an item are told alike."""
    row = table()[di]
    for fields in row.layout.rows:
        count = len(fields.head) + 7 * len(fields.group)
        names = labels(row, count)
        assert len(names) == count
        assert not [
            name for name in names if "value" in name.en and ", value" in name.en and "step table" not in name.en
        ]
        assert len({name.en for name in names}) == count
        assert len({name.zh for name in names}) == count


def test_a_block_names_its_tariffs() -> None:
    """The total comes first, then the tariffs by the names customers know, then by number."""
    names = labels(identify(DI(0x0001FF00)), 7)
    assert [name.en for name in names] == ["total", "T1 sharp", "T2 peak", "T3 flat", "T4 valley", "T5", "T6"]
    assert [name.zh for name in names[:2]] == ["总", "费率1(尖)"]
    assert {name.unit for name in names} == {"kWh"}


def test_counts_and_minutes_have_their_own_units() -> None:
    """A unit joined of two belongs half to each value."""
    assert [name.unit for name in labels(identify(DI(0x03010000)), 6)] == ["times", "min"] * 3


def test_a_trip_record_is_named_field_by_field() -> None:
    """Time, operator and energies of a trip, in both languages."""
    names = labels(identify(DI(0x1D00FF03)), 8)
    assert [(name.en, name.zh, name.unit) for name in names[:3]] == [
        ("time", "发生时刻", ""),
        ("operator", "操作者代码", ""),
        ("forward active energy", "正向有功总电能", "kWh"),
    ]


def test_what_no_layout_describes_is_not_named_as_if_it_were() -> None:
    """A record of a length that only its beginning is known of has no name of another field in it."""
    shown = list(parts(identify(DI(0x03010101)), bytes(100)))
    assert [part.label.en for part in shown] == ["start", "undescribed data"]
    assert [part.label.en for part in parts(identify(DI(0x03010101)), bytes(131))][:2] == ["start", "end"]


@pytest.mark.parametrize(
    ("di", "count", "units"),
    [
        (0x03300F01, 4, ["", "", "CNY/kWh", "CNY/kWh"]),
        (0x03340001, 4, ["", "CNY", "CNY", "CNY"]),
        (0x03350001, 6, ["", "", "kWh", "kWh", "kWh", "kWh"]),
        (0x03370001, 6, ["", "", "kWh", "kWh", "kWh", "kWh"]),
    ],
)
def test_a_record_without_a_unit_of_its_own_has_those_of_its_values(di: int, count: int, units: list[str]) -> None:
    """A record is no amount, what stands in it is."""
    identifier = identify(DI(di))
    assert identifier.unit == ""
    assert [name.unit for name in labels(identifier, count)] == units


def test_a_single_value_has_the_name_of_its_item() -> None:
    """What is one field is called as the identifier is."""
    (name,) = labels(identify(DI(0x00900200)), 1)
    assert name == ("remaining money, now", "(当前)剩余金额", "CNY")


def test_the_parts_of_a_freeze_are_named_with_their_block() -> None:
    """In a whole freeze each value tells which quantity it is of, and marks are told as such."""
    wire = bytes.fromhex("0000091015aa0100000002000000" + "aa" * 10)
    shown = list(parts(identify(DI(0x0506FF01)), wire))
    assert [part.label.en for part in shown[:4]] == [
        "time",
        "mark between sub-blocks",
        "forward active energy, total",
        "forward active energy, T1 sharp",
    ]
    assert [part.is_frame for part in shown[:4]] == [False, True, False, False]
    assert shown[3].label.zh == "正向有功费率1(尖)电能"


@given(st.sampled_from(ROWS), st.binary(max_size=140))
def test_parts_cover_a_payload_without_gap(di: DI, wire: bytes) -> None:
    """What reads can be gone through part by part, and the parts are all of it."""
    try:
        reading = read_payload(di, wire)
    except RemoteProtocolError:
        with pytest.raises(RemoteProtocolError):
            list(parts(identify(di), wire))
        return
    shown = list(parts(reading.identifier, wire))
    assert sum(part.size for part in shown) == len(wire)
    if reading.identifier.layout.walk is None:
        assert tuple(part.value for part in shown)[: len(reading.values)] == reading.values
