"""The identifier table of DL/T 645-1997."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Stamp, find, labels, profile
from protocols.dlt645.items.identifiers_1997 import (
    counterpart_1997,
    find_1997,
    read_payload_1997,
    table_1997,
    write_payload_1997,
)
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError

NUMBERS = sorted(table_1997())
NEEDED = (
    0x9010, 0x9011, 0x9014, 0x901F, 0x9020, 0x902F, 0x9110, 0x9120, 0x9410, 0x9810, 0xA010, 0xB010, 0xB210, 0xB212,
    0xB611, 0xB612, 0xB613, 0xB621, 0xB623, 0xB630, 0xB640, 0xB650, 0xC010, 0xC011, 0xC020, 0xC030, 0xC031, 0xC032,
    0xC033,
)  # fmt: skip


@given(st.sampled_from(NUMBERS), st.binary(max_size=80))
def test_any_payload_reads_and_builds_back_or_is_refused(di: int, wire: bytes) -> None:
    """What reads writes bytes that read as the same values, and nothing but ProtocolError is raised."""
    try:
        values = read_payload_1997(di, wire)
    except ProtocolError as error:
        assert isinstance(error, RemoteProtocolError)  # noqa: PT017  the wire's fault, not ours
        return
    assert read_payload_1997(di, write_payload_1997(di, *values)) == values


@pytest.mark.parametrize("di", NEEDED, ids=lambda di: f"{di:04X}")
def test_what_a_head_end_needs_is_in_the_table(di: int) -> None:
    """Energies with tariffs, demands, variables, clock and numbers are known by their two bytes."""
    assert find_1997(di) is not None


@pytest.mark.parametrize(
    ("di", "of_2007"),
    [
        (0x9010, 0x00010000),
        (0x9013, 0x00010300),
        (0x901F, 0x0001FF00),
        (0x942F, 0x0002FF01),
        (0x914F, 0x0008FF00),
        (0x915F, 0x0006FF00),
        (0x9810, 0x00010002),
        (0xB62F, 0x0202FF00),
        (0xC032, 0x04000402),
    ],
)
def test_an_item_leads_to_its_counterpart_and_back(di: int, of_2007: int) -> None:
    """What both editions have can be asked for by the one and understood by the other."""
    row = table_1997()[di]
    assert row.di == of_2007
    assert counterpart_1997(DI(of_2007)) == di


def test_every_counterpart_exists() -> None:
    """No item points to an identifier that 2007 does not have."""
    assert all(find(row.di) for row in table_1997().values() if row.di > 0xFFFF)
    assert counterpart_1997(DI(0x04000503)) is None


@pytest.mark.parametrize(
    ("di", "wire", "values"),
    [
        (0x9010, "01000000", (Decimal("0.01"),)),
        (0x901F, "0100000002000000aa", (Decimal("0.01"), Decimal("0.02"))),
        (0xB611, "0001", (Decimal(100),)),
        (0xB621, "5012", (Decimal("12.50"),)),
        (0xB630, "563412", (Decimal("12.3456"),)),
        (0xB640, "3412", (Decimal("12.34"),)),
        (0xB650, "0010", (Decimal("1.000"),)),
        (0xB010, "30091015", (Stamp("MMDDhhmm", "15100930"),)),
        (0xB61F, "20022102ffffaa", (Decimal(220), Decimal(221), None)),
        (0xC032, "121000000000", ("000000001012",)),
    ],
)
def test_items_read_and_write_as_meters_of_1997_do(di: int, wire: str, values: tuple[object, ...]) -> None:
    """Unit rules and decimals of 1997 differ from 2007, and a block ends with its mark."""
    assert read_payload_1997(di, bytes.fromhex(wire)) == values
    assert write_payload_1997(di, *read_payload_1997(di, bytes.fromhex(wire))).hex() == wire


def test_a_block_reads_without_its_mark_too() -> None:
    """A meter that leaves the mark out is understood, and one whose profile says so is answered alike."""
    values = read_payload_1997(0x901F, bytes.fromhex("0100000002000000"))
    assert values == (Decimal("0.01"), Decimal("0.02"))
    assert write_payload_1997(0x901F, *values, profile=profile("standard")).hex() == "0100000002000000"


def test_a_length_that_fits_no_block_is_refused() -> None:
    """Half an energy is none."""
    with pytest.raises(RemoteProtocolError, match="found 6"):
        read_payload_1997(0x901F, bytes(6))


def test_tariffs_are_named_in_items_and_in_blocks() -> None:
    """A tariff by itself and in its block is told by the name customers know."""
    assert table_1997()[0x9011].name_en == "forward active energy, T1 sharp, now"
    assert table_1997()[0x9017].name_zh == "(当前)正向有功费率7电能"
    for block in (0x901F, 0xA01F, 0xB01F):
        assert [label.en for label in labels(table_1997()[block], 3)] == ["total", "T1 sharp", "T2 peak"]


def test_an_unknown_identifier_is_named() -> None:
    """Who reads an item nobody knows is told which one."""
    with pytest.raises(LocalProtocolError, match="FFFF"):
        read_payload_1997(0xFFFF, b"")
