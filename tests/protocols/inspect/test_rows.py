"""A dissection as rows: what is long, what is wrong, what is carried inside."""

from typing import Any, cast

from protocols.dissection import (
    Bit,
    Dissection,
    Fault,
    Field,
    Inner,
    Kind,
    Language,
    Words,
    explain_dissection,
    in_order,
    plain,
    rows_of,
)
from protocols.dissection.rows import BYTES_A_ROW, MOST_ROWS

LONG = bytes(BYTES_A_ROW * MOST_ROWS + 20)
SEALED = Field(0, LONG, Words("ciphertext", "密文"))
TITLE = Words("a frame")


def test_of_a_long_field_the_first_rows_are_shown_and_the_rest_counted() -> None:
    """A ciphertext of kilobytes does not push everything else off the screen."""
    rows = list(rows_of(Dissection((SEALED,), TITLE), Language.ENGLISH))
    assert len(rows) == MOST_ROWS + 1
    assert (rows[-1].offset, rows[-1].wire, rows[-1].value) == (BYTES_A_ROW * MOST_ROWS, b"", "… 20 bytes more")


def test_a_wrong_byte_is_shown_wherever_it_lies() -> None:
    """A fault behind the rows that would be shown keeps them all."""
    fault = Fault("not_bcd", len(LONG) - 1, "00-99", "FF", Words("damaged"))
    rows = list(rows_of(Dissection((SEALED,), TITLE, faults=(fault,)), Language.ENGLISH))
    assert b"".join(row.wire for row in rows) == LONG
    assert rows[-2].wrong == {(len(LONG) - 1) % BYTES_A_ROW}
    assert (rows[-1].kind, rows[-1].value) == (Kind.WRONG, "not bcd: expected 00-99, found FF; damaged")


def test_bytes_that_are_wrong_together_are_all_marked() -> None:
    """A check sum of two bytes, in the rows and as an object."""
    fault = Fault("bad_fcs", 1, "0102", "0304", size=2)
    found = Dissection((Field(0, bytes(4), Words("check")),), TITLE, faults=(fault,))
    first, _ = rows_of(found, Language.ENGLISH)
    assert first.wrong == {1, 2}
    assert [each["size"] for each in cast("Any", plain(found)["faults"])] == [2]


def test_what_is_carried_inside_has_a_heading_and_stands_deeper() -> None:
    """Title and gist in front of its first byte; its bits below it."""
    outer = Field(0, b"\x01", Words("length", "长度"))
    bits = (Bit("D7", "1", Words("set")),)
    inner = Field(1, b"\x68", Words("start", "起始符"), depth=1, bits=bits)
    found = Dissection((inner,), Words("the inner one"), Words("what it tells"))
    rows = list(rows_of(Dissection((outer, inner), TITLE, inner=(Inner(1, b"\x68", found),)), Language.CHINESE))
    assert [(row.kind, row.name, row.value) for row in rows] == [
        (Kind.FIELD, "长度", ""),
        (Kind.INSIDE, "内嵌帧", "the inner one"),
        (Kind.INSIDE, "", "what it tells"),
        (Kind.FIELD, "  起始符", ""),
        (Kind.KEY, "    D7 = 1", "set"),
    ]


def test_faults_are_ordered_and_named() -> None:
    """By their bytes; one without a row in the table is called by its own word."""
    faults = in_order(
        [Fault("odd_thing", 7, "-", "-"), Fault("cut", 2, "9", "2")], {"cut": Words("cut off", "数据不完整")}
    )
    assert [fault.said(Language.CHINESE) for fault in faults] == [
        "数据不完整: 应为 9, 实为 2",
        "odd thing: 应为 -, 实为 -",
    ]


def test_what_is_found_moves_as_a_whole() -> None:
    """Fields, faults and what is inside, for a place further on in the input."""
    inside = Dissection((Field(1, b"\x68", Words("start")),), TITLE)
    found = Dissection((SEALED,), TITLE, faults=(Fault("cut", 3, "-", "-"),), inner=(Inner(1, b"\x68", inside),))
    moved = found.moved(10)
    assert (moved.fields[0].offset, moved.faults[0].offset) == (10, 13)
    assert (moved.inner[0].offset, moved.inner[0].found.fields[0].offset) == (11, 11)
    assert found.moved(0) is found
    assert plain(moved)["faults"]
    assert explain_dissection(moved)
