"""Hex dumps: what common programs print, read back to the bytes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.inspect import read_line
from protocols.inspect.hexdump import read_dump, read_row
from tests.protocols.dlt645.strategies import noise
from tests.protocols.inspect.test_dissect import TOTAL

Row = Callable[[int, bytes], str]


def shown(data: bytes) -> str:
    """Bytes as characters."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


def grouped(data: bytes, size: int) -> str:
    """Bytes in groups."""
    return data.hex(" ", -size)


STYLES: dict[str, Row] = {
    "xxd": lambda at, data: f"{at:08x}: {grouped(data, 2):39}  {shown(data)}",
    "xxd -g1": lambda at, data: f"{at:08x}: {grouped(data, 1):47}  {shown(data)}",
    "hexdump -C": lambda at, data: f"{at:08x}  {data[:8].hex(' '):23}  {data[8:].hex(' '):23}  |{shown(data)}|",
    "od -A x -t x1": lambda at, data: f"{at:06x} {data.hex(' ')}",
    "od -t x1": lambda at, data: f"{at:07o} {data.hex(' ')}",
    "od -A x -t x1z": lambda at, data: f"{at:06x} {data.hex(' '):47}  >{shown(data)}<",
    "wireshark": lambda at, data: f"{at:04x}   {data.hex(' '):47}   {shown(data)}",
    "offsets": lambda at, data: f"{at:04X}: {data.hex(' ').upper()}",
}


def dump(data: bytes, style: str, width: int = 16) -> list[str]:
    """Rows of a dump."""
    return [STYLES[style](at, data[at : at + width]) for at in range(0, len(data), width)]


@given(st.binary(min_size=2, max_size=200) | noise.filter(lambda data: len(data) > 1), st.sampled_from(sorted(STYLES)))
def test_what_programs_print_is_read_back(data: bytes, style: str) -> None:
    """Offsets and characters are no bytes, whatever the bytes are."""
    assert read_dump("\n".join(dump(data, style))) == (data, STYLES[style](0, b"\0").split()[0].rstrip(":"))


@pytest.mark.parametrize("style", ["xxd", "xxd -g1", "hexdump -C", "wireshark", "offsets"])
def test_a_row_by_itself_is_read(style: str) -> None:
    """In the middle of a dump, too."""
    first, second = dump(TOTAL, style)
    assert read_line(first).data == TOTAL[:16]
    assert read_line(second).data == TOTAL[16:]
    assert read_line(f"{first}\n{second}\n").data == TOTAL


@pytest.mark.parametrize(
    "text",
    [
        TOTAL.hex(),
        TOTAL.hex(" "),
        TOTAL.hex(" ", -2),
        TOTAL.hex(":"),
        "0000000 0168 1500 2311 6820",
        "0010 45 33 08 16",
        "00000014",
        "0010: 45 33 zz",
        "2026: link closed",
        "0010: 45 33 08 16" + " 00" * 200,
    ],
)
def test_other_lines_are_no_rows(text: str) -> None:
    """Nor are words in the machine's order, which would come out turned round."""
    assert read_row(text) is None


@given(st.text(max_size=60) | st.text("0123456789abcdef: |.\t", max_size=80))
def test_any_text_is_a_row_or_none(text: str) -> None:
    """Bytes come only from digits of the text."""
    row = read_row(text)
    assert row is None or 2 * len(row.data) < len(text)
