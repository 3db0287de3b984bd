"""Every identifier there is: rows, members of families, rows of profiles; each reads what it builds."""

from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Edition, Profile, find, labels, profiles, read_payload, write_payload
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.items.labels import rule_of, rules
from protocols.dlt645.items.rows import Layout
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError

MODELS = [one for one in profiles().values() if one.edition is Edition.E2007]


TARIFFS = (0x01, 0x04, 0x05, 0x3F, 0xFF)
"""Of the 63 tariffs those at the edges, and the block; the totals have rows."""


@cache
def members() -> list[DI]:
    """Every identifier that a row or a family gives a meaning; of most items only some tariffs."""
    places = {(di.di3, di.di2, di.di1) for di in table()}
    places |= {(di3, di2, di1) for di3, di2, _ in places if di3 <= 1 for di1 in TARIFFS}
    places |= {(0x00, 0x01, di1) for di1 in range(0x100)}
    return [di for place in sorted(places) for di0 in range(0x100) if find(di := DI.of(*place, di0))]


def test_the_families_are_as_large_as_the_standard_says() -> None:
    """Settlement periods, tariffs, freezes, records, harmonics, holidays: all are there, and no more."""
    found = members()
    of = {
        "periods of a total": [di for di in found if di >> 8 == 0x000100],
        "tariffs and block": [di for di in found if di & 0xFFFF00FF == 0x00010000],
        "daily freezes": [di for di in found if di >> 8 == 0x050601],
        "hourly freezes": [di for di in found if di >> 8 == 0x050401],
        "timed freezes": [di for di in found if di >> 8 == 0x0500FF],
        "instant freezes": [di for di in found if di >> 8 == 0x05010A],
        "switch freezes": [di for di in found if di >> 8 == 0x050710],
        "voltage losses": [di for di in found if di >> 8 == 0x030101],
        "trips": [di for di in found if di >> 8 == 0x1D00FF],
        "trip counts": [di for di in found if di >> 8 == 0x1D0000],
        "harmonics": [di for di in found if di >> 8 == 0x020A01],
        "holidays": [di for di in found if di >> 8 == 0x040300],
        "months of voltage statistics": [di for di in found if di >> 8 == 0x031002],
    }
    assert {name: len(some) for name, some in of.items()} == {
        "periods of a total": 14,
        "tariffs and block": 65,
        "daily freezes": 62,
        "hourly freezes": 254,
        "timed freezes": 60,
        "instant freezes": 3,
        "switch freezes": 2,
        "voltage losses": 10,
        "trips": 10,
        "trip counts": 1,
        "harmonics": 22,
        "holidays": 254,
        "months of voltage statistics": 13,
    }


def test_no_two_identifiers_have_the_same_name() -> None:
    """In English as in Chinese a name tells the item, the tariff, the phase, and how far back."""
    rows = [row for row in map(find, members()) if row]
    for name_of in ("name_en", "name_zh"):
        names = Counter(getattr(row, name_of) for row in rows)
        assert [name for name, times in names.items() if times > 1] == []


def test_every_rule_for_names_of_values_names_some() -> None:
    """A rule that no identifier matches first is a slip in its pattern."""
    reached = {id(rule_of(di)) for di in [*members(), *(row.di for row in table_1997().values())]}
    reached |= {id(rule_of(DI.of(6, part, 0, 1))) for part in range(1, 7)}
    assert [rule.patterns for rule in rules() if id(rule) not in reached] == []


_DIGITS = st.integers(0, 99).map(lambda pair: pair // 10 << 4 | pair % 10)
_BYTES = st.one_of(_DIGITS, _DIGITS, _DIGITS, st.sampled_from((0xFF, 0xEE, 0xAA, 0x80)), st.integers(0, 255))


def wires(size: int) -> st.SearchStrategy[bytes]:
    """Bytes that are mostly digits."""
    return st.lists(_BYTES, min_size=size, max_size=size).map(bytes)


def fitting(layout: Layout, more: int) -> int:
    """Length that one of the layout's rows has, with as many repeats, or bytes of a rest, as wanted."""
    row = layout.rows[more % len(layout.rows)]
    head, group = (sum(int(field.sizeof()) for field in fields) for fields in (row.head, row.group))
    return head + more * (group or int(row.rest is not None))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_row_builds_the_bytes_it_reads(model: Profile) -> None:
    """Without exception, in each of its layouts and for some repeats, and every value has a label."""
    rows = [*(find(di, model) for di in table()), *model.rows.values()]
    for row in rows:
        assert row is not None
        for more in range(0 if row.layout.walk else 4):
            wire = bytes(0x10 + place % 10 for place in range(fitting(row.layout, more)))
            values = read_payload(row.di, wire, model).values
            assert write_payload(row.di, *values, profile=model) == wire
            assert len(labels(row, len(values))) == len(values)


@given(st.data(), st.sampled_from(MODELS))
def test_what_any_member_reads_it_builds(data: st.DataObject, model: Profile) -> None:
    """Bytes of a length the item can have read as values that build bytes of the same values, in every profile."""
    di = data.draw(st.sampled_from(members()) | st.sampled_from(sorted(model.rows) or [DI(0)]).map(DI))
    row = find(di, model)
    assert row is not None
    wire = data.draw(wires(fitting(row.layout, data.draw(st.integers(0, 6)))))
    try:
        reading = read_payload(di, wire, model)
    except ProtocolError as error:
        assert isinstance(error, RemoteProtocolError)  # noqa: PT017  the wire's fault, not ours
        assert row.layout.walk is not None
        return
    built = write_payload(di, *reading.values, profile=model)
    assert read_payload(di, built, model).values == reading.values
    assert len(labels(row, len(reading.values))) == len(reading.values)


@given(st.data())
def test_a_number_of_values_that_fits_no_layout_is_refused(data: st.DataObject) -> None:
    """One value too many is never dropped, of whatever item."""
    row = find(data.draw(st.sampled_from(members())))
    assert row is not None
    if row.layout.size is not None:
        count = len(row.layout.fields_for(row.layout.size))
        with pytest.raises(LocalProtocolError):
            write_payload(row.di, *[None] * (count + 1))
