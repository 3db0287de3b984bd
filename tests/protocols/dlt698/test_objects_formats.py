"""The format language, and that every row of the dictionary is written in it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import DataType
from protocols.dlt698.objects.dictionary import Entry, class_attributes, interface_class, ranges, rows
from protocols.dlt698.objects.formats import (
    Anything,
    Array,
    Leaf,
    Listed,
    Member,
    Scaling,
    View,
    leaves,
    parse_format,
    shapes,
)
from protocols.dlt698.objects.units import UNITS
from protocols.dlt698.objects.words import Word, class_names, is_known, is_list
from protocols.dlt698.values.value import INTEGERS
from protocols.errors import LocalProtocolError

ROWS = [*rows().values(), *class_attributes().values()]
_OWN_UNITS = {"", "cm", "kWh or yuan"}
"""Units of members that Scaler_Unit has no code for."""


def test_every_row_is_written_in_the_format_language() -> None:
    """Words, lists of elements and units that it names are there."""
    for row in ROWS:
        for leaf in leaves(row.layout):
            assert not leaf.words or is_known(leaf.words), row
            assert leaf.scaling is None or leaf.scaling.unit in {*UNITS.values(), *_OWN_UNITS}, row
        for names in _lists(row):
            assert is_list(names), row


def _lists(row: Entry) -> list[str]:
    found, left = [], [row.layout]
    while left:
        form = left.pop()
        if isinstance(form, Array):
            found.append(form.names)
            left.append(form.element)
        elif isinstance(form, Listed):
            left.extend(member.format for member in form.members)
    return found


def test_every_row_has_names_and_what_is_scaled_has_numbers() -> None:
    """Names in both languages; a scaler stands with whole numbers only; access is one of four."""
    for (oi, member), row in rows().items():
        assert row.name, (oi, member)
        assert row.chinese, (oi, member)
        assert row.access in ({"X"} if member.startswith("m") else {"R", "W", "RW"})
        assert row.unit in {*UNITS.values(), ""}
        if row.scaler is not None:
            assert any(leaf.type in INTEGERS and leaf.scaling is None for leaf in leaves(row.layout))


def test_no_two_rows_have_one_name() -> None:
    """Neither in English nor in Chinese, so that a name says which attribute it is."""
    assert len({row.name for row in rows().values()}) == len(rows())
    assert len({row.chinese for row in rows().values()}) == len(rows())


def test_every_object_has_a_class() -> None:
    """The ranges hold all objects of the table, and the classes that they name have names."""
    assert all(interface_class(oi) is not None for oi, _ in rows())
    assert {each.interface for each in ranges()} <= set(class_names())
    assert {interface for interface, _ in class_attributes()} <= {0, *class_names()}


def test_every_shape_is_used() -> None:
    """A shape stands for a part of a row, or of a shape that does."""
    texts = [row.format for row in ROWS] + list(shapes().values())
    for name in shapes():
        assert any(f"${name}" in text for text in texts), name


def test_a_format_says_what_a_value_is_made_of() -> None:
    """Structures with named members, arrays with a list of names, leaves with size, scaler, words and view."""
    assert parse_format("[{a/甲: long-unsigned @-1 V, b/乙: octet-string(4) as ip?}; phases]") == Array(
        Listed(
            DataType.STRUCTURE,
            (
                Member(Word("a", "甲"), Leaf(DataType.LONG_UNSIGNED, scaling=Scaling(-1, "V"))),
                Member(Word("b", "乙"), Leaf(DataType.OCTET_STRING, size=4, view=View.IP, optional=True)),
            ),
        ),
        "phases",
    )
    assert parse_format("{a/甲: enum #relay state, b/乙: Data?, ...}") == Listed(
        DataType.STRUCTURE,
        (Member(Word("a", "甲"), Leaf(DataType.ENUM, words="relay state")), Member(Word("b", "乙"), Anything(True))),
        open=True,
    )
    assert parse_format("[a/甲: bit-string(16)]") == Listed(
        DataType.ARRAY, (Member(Word("a", "甲"), Leaf(DataType.BIT_STRING, size=16)),)
    )
    assert parse_format("date_time_s") == Leaf(DataType.DATE_TIME_S)
    assert parse_format("SID_MAC") == Leaf(DataType.SID_MAC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "[long]",
        "[long; ]",
        "{long}",
        "{a: long}",
        "{a/甲: long",
        "[long; phases",
        "$nothing",
        "long @x",
        "long]",
    ],
)
def test_what_is_no_format_is_refused(text: str) -> None:
    """With an error that shows the place."""
    with pytest.raises(LocalProtocolError, match="format"):
        parse_format(text)


@given(st.text("[]{}:;,?@#$/. abclong-unsigned甲", max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is read is a format, or refused."""
    with suppress(LocalProtocolError):
        assert parse_format(text) is not None
