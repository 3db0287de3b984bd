"""Files of handhelds: what a row must hold, and what is said of one that does not."""

import csv
import io
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.collect import HandheldError, Registers, read_file
from headend.collect.handheld import COLUMNS, BadRowError, Why, read_row
from tests.rooms import MONDAY, local

D = Decimal
GOOD = {"account": "3701000001", "day": "2026-09-14", "total": "4150.25"}
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=12).map(str.strip)


def test_a_file_is_read_by_its_header_in_either_language() -> None:
    """Columns may stand in any order, be Chinese, and be parted by comma, semicolon or tab; empty lines are none."""
    english = "account,day,total\n3701000001,2026-09-14,4150.25\n\n3701000002,2026-09-14,1.00\n"
    chinese = "总示数;户号;日期\n4150.25;3701000001;2026-09-14\n;;\n1.00;3701000002;2026-09-14\n"
    rows = [(2, GOOD), (4, {"account": "3701000002", "day": "2026-09-14", "total": "1.00"})]
    assert read_file(english.encode()) == rows
    assert [(line, dict(sorted(row.items()))) for line, row in read_file(chinese.encode("gb18030"))] == [
        (line, dict(sorted(row.items()))) for line, row in rows
    ]
    assert read_file(english.replace(",", "\t").encode("utf-8-sig")) == rows


@pytest.mark.parametrize("content", [b"", b"account,day\n1,2\n", b"\xff\xfe\x00\xd8", b"\n\n"])
def test_a_file_without_the_needed_columns_is_refused(content: bytes) -> None:
    """The message names the columns."""
    with pytest.raises(HandheldError, match=r"columns|text"):
        read_file(content)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, TEXTS)), max_size=5))
def test_what_a_handheld_wrote_is_what_is_read(rows: list[dict[str, str]]) -> None:
    """Each cell of each row comes back as it was, whatever stands in it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS))
    writer.writeheader()
    writer.writerows(rows)
    read = [row for _, row in read_file(out.getvalue().encode())]
    assert read == [row for row in rows if any(row.values())]


def test_a_freeze_and_a_shown_register_are_told_apart() -> None:
    """`day` is the freeze of its midnight, `time` what the meter showed then, by local time."""
    freeze = read_row(GOOD)
    assert (freeze.day, freeze.at, freeze.registers) == (MONDAY, None, Registers(D("4150.25")))
    shown = read_row(
        {"meter": "1", "time": "2026/09/14 10:23", "total": "4150.25", "t1": "1", "t2": "2", "t3": "3", "t4": "4"}
    )
    assert (shown.meter, shown.day, shown.at) == ("000000000001", date(2026, 9, 14), local("2026-09-14 10:23"))
    assert shown.registers.tariffs == (D(1), D(2), D(3), D(4))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"account": ""}, "customer in `account` or the meter in `meter`"),
        ({"day": ""}, "either `day` for a freeze, or `time`"),
        ({"time": "2026-09-14 10:00"}, "either `day` for a freeze, or `time`"),
        ({"day": "14.9.2026"}, "write it as 2026-09-14"),
        ({"day": "", "time": "noon"}, "write it as 2026-09-14 10:23"),
        ({"total": "4150,25"}, "such as 4150.25"),
        ({"total": ""}, "such as 4150.25"),
        ({"total": "NaN"}, "at most 8 digits"),
        ({"total": "-1"}, "at most 8 digits"),
        ({"total": "1.00001"}, "4 decimals"),
        ({"t1": "1.00"}, "all of t1 to t4, or none"),
        ({"note": "x" * 101}, "longer than 100"),
        ({"colour": "red"}, "no column 'colour'"),
    ],
)
def test_a_bad_row_says_what_to_do(change: dict[str, str], says: str) -> None:
    """Each fault names the column and how it is written."""
    with pytest.raises(BadRowError, match=r".") as told:
        read_row(GOOD | change)
    assert says in str(told.value)
    assert told.value.why is Why.FORMAT


@given(st.dictionaries(st.sampled_from(list(COLUMNS)), st.text(max_size=20)))
def test_no_row_is_more_than_bad(row: dict[str, str]) -> None:
    """Whatever stands in a row, it is read or it is a bad row."""
    with suppress(BadRowError):
        assert read_row(row).key


def test_the_same_reading_has_the_same_key() -> None:
    """However its numbers and days are written; another register, photo or reader is another reading."""
    same = read_row(GOOD | {"total": " 4150.250 ", "day": "2026/09/14"})
    assert same.key == read_row(GOOD).key
    others = [{"total": "4150.26"}, {"photo": "p1"}, {"reader": "zheng.tech"}, {"account": "3701000002"}]
    assert len({read_row(GOOD | other).key for other in others} | {same.key}) == 5


def test_a_row_that_is_longer_than_the_header_is_told() -> None:
    """A comma within a number moves everything behind it: such a row is not taken for what it seems to say."""
    [(line, row)] = read_file(b"account,day,total,photo\n3701000001,2026-09-14,4,150.25,IMG-1\n")
    with pytest.raises(BadRowError, match="there is no column 'cell 5'"):
        read_row(row)
    assert line == 2
    [(_, fine)] = read_file(b"account,day,total,\n3701000001,2026-09-14,4150.25,,,\n")
    assert read_row(fine).registers.total == D("4150.25")


def test_a_column_that_is_there_twice_is_refused() -> None:
    """In one language or in two."""
    with pytest.raises(HandheldError, match="`total` is there twice"):
        read_file("account,day,total,总示数\n3701000001,2026-09-14,1,2\n".encode())
