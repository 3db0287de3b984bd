"""Load records."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    LoadRecord,
    LoadRecords,
    Stamp,
    Value,
    identify,
    parts,
    read_payload,
    write_payload,
)
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError

ALL = DI(0x06000001)
POWER = DI(0x06020001)
AT = Stamp("YYMMDDhhmm", "2511220615")
RECORD = bytes.fromhex(
    "a0a05c 1506221125"
    "002201220022 012300000000ffffff 0050 aa"
    "563412 123480 000000 000000 010000 000000 000000 000000 aa"
    "0010 9089 0000 0000 aa"
    "01000000 02000000 03000080 04000000 aa"
    "01000000 02000000 03000000 04000000 aa"
    "341200 785680 aa"
)
"""A record of all classes up to its check sum."""


def framed(record: bytes, *, length: int | None = None) -> bytes:
    """A record with its length, check sum and end."""
    whole = record[:2] + bytes([len(record) - 3 if length is None else length]) + record[3:]
    return whole + bytes([sum(whole) & 0xFF, 0xE5])


def test_a_record_holds_all_classes() -> None:
    """Voltages, currents and frequency, powers, power factors, energies, quadrants and demand at a time."""
    (records,) = read_payload(ALL, framed(RECORD)).values
    assert isinstance(records, LoadRecords)
    (record,) = records
    assert record.at == AT
    assert list(record.classes) == [1, 2, 3, 4, 5, 6]
    assert record.classes[1] == (
        Decimal("220.0"), Decimal("220.1"), Decimal("220.0"), Decimal("2.301"), Decimal(0), None, Decimal("50.00")
    )  # fmt: skip
    assert record.classes[2][:2] == (Decimal("12.3456"), Decimal("-0.3412"))
    assert record.classes[3][1] == Decimal("-0.990")
    assert record.classes[4][2] == Decimal("-0.03")
    assert record.classes[6] == (Decimal("0.1234"), Decimal("-0.5678"))


@pytest.mark.parametrize("counted", [0, 2, 5])
def test_the_length_may_count_what_frames_the_record(counted: int) -> None:
    """Whether the length byte counts check sum and end, or the whole record, the end code tells."""
    wire = framed(RECORD, length=len(RECORD) - 3 + counted)
    assert read_payload(ALL, wire).values == read_payload(ALL, framed(RECORD)).values


def test_several_records_follow_each_other() -> None:
    """As many as were asked for, in one payload or in one that was put together from follow-ups."""
    (records,) = read_payload(ALL, framed(RECORD) * 3).values
    assert isinstance(records, LoadRecords)
    assert [record.at for record in records] == [AT] * len(records) == [AT] * 3


def test_a_class_the_meter_does_not_keep_is_left_out() -> None:
    """Between two marks with nothing in them there is no class."""
    (records,) = read_payload(ALL, framed(RECORD[:8] + b"\xaa" * 5)).values
    assert records == LoadRecords((LoadRecord(AT, {}),))
    energies = RECORD[:8] + b"\xaa" * 3 + bytes(16) + b"\xaa" * 2
    (records,) = read_payload(ALL, framed(energies)).values
    assert isinstance(records, LoadRecords)
    assert [list(record.classes) for record in records] == [[4]]


def test_the_mark_behind_the_last_class_may_be_missing() -> None:
    """Some meters part the classes by marks instead of ending each with one."""
    assert read_payload(ALL, framed(RECORD[:-1])).values == read_payload(ALL, framed(RECORD)).values
    assert write_payload(ALL, *read_payload(ALL, framed(RECORD[:-1])).values) == framed(RECORD)


@pytest.mark.parametrize(("before", "behind"), [(0, 0), (0, 1), (1, 0), (1, 5)])
def test_a_class_read_alone_may_stand_among_the_marks_of_all(before: int, behind: int) -> None:
    """Meters send the class behind the time, or in its place among the empty ones."""
    body = RECORD[:8] + b"\xaa" * before + bytes(24) + b"\xaa" * behind
    (records,) = read_payload(POWER, framed(body)).values
    assert records == LoadRecords((LoadRecord(AT, {2: (Decimal(0),) * 8}),))


def test_a_record_the_meter_calls_incorrect_is_told_apart() -> None:
    """E0H in place of A0H says that the block is not correct: the values are there, and marked."""
    wire = framed(b"\xe0\xe0" + RECORD[2:])
    (records,) = read_payload(ALL, framed(RECORD) + wire).values
    assert isinstance(records, LoadRecords)
    assert [record.is_correct for record in records] == [True, False]
    assert len({str(record.classes) for record in records}) == 1
    assert write_payload(ALL, records) == framed(RECORD) + wire


def test_a_record_whose_sum_does_not_fit_is_marked() -> None:
    """Nothing is lost by a wrong sum, and nothing is taken for right."""
    wire = framed(RECORD)[:-2] + b"\x00\xe5"
    (records,) = read_payload(ALL, wire).values
    assert isinstance(records, LoadRecords)
    assert [record.is_correct for record in records] == [False]
    assert "负荷记录累加校验码, 不符" in [part.label.zh for part in parts(identify(ALL), wire)]


def test_no_record_is_no_error() -> None:
    """A meter that has none of the time asked for sends the identifier alone."""
    assert read_payload(ALL, b"").values == ()
    assert write_payload(ALL, LoadRecords(())) == b""


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (framed(RECORD)[:-1], "load_record"),
        (framed(RECORD) + b"\xa0", "load_record"),
        (b"\xa1" + framed(RECORD)[1:], "load_record"),
        (framed(RECORD[:8] + b"\xaa"), "sub_blocks"),
        (framed(RECORD + b"\x00"), "sub_blocks"),
        (framed(RECORD[:10]), "payload_length_does_not_fit_identifier"),
    ],
)
def test_a_broken_record_is_refused(wire: bytes, reason: str) -> None:
    """Where a record does not begin, end or part as it should, none of it is guessed."""
    with pytest.raises(RemoteProtocolError) as caught:
        read_payload(ALL, wire)
    assert caught.value.reason == reason


def test_the_frame_of_a_record_is_told_apart_from_its_values() -> None:
    """Begin, length, marks, check sum and end are bytes of the record that are no values."""
    shown = list(parts(identify(ALL), framed(RECORD)))
    assert [part.label.zh for part in shown if part.is_frame] == [
        "负荷记录起始码", "负荷记录字节数", *["块分隔码"] * 6, "负荷记录累加校验码", "负荷记录结束码"
    ]  # fmt: skip
    assert [part.label for part in shown if not part.is_frame][1] == ("phase A voltage", "A相电压", "V")
    assert [part.label.unit for part in shown if not part.is_frame][-1] == "kvar"


def values(sizes: tuple[int, int]) -> st.SearchStrategy[tuple[Value, ...]]:
    """Small numbers of so many decimals, or nothing."""
    count, places = sizes
    one = st.none() | st.integers(0, 79).map(lambda digits: Decimal(digits).scaleb(-places))
    return st.tuples(*[one] * count)


SHAPES = {1: (7, 1), 2: (8, 4), 3: (4, 3), 4: (4, 2), 5: (4, 2), 6: (2, 4)}
records = st.lists(
    st.builds(
        LoadRecord,
        st.none() | st.just(AT),
        st.fixed_dictionaries({}, optional={number: values(shape) for number, shape in SHAPES.items()}),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
).map(lambda some: LoadRecords(tuple(some)))


@given(records)
def test_records_build_and_read_to_themselves(some: LoadRecords) -> None:
    """What a simulated meter sends is what a head-end reads, whichever classes there are."""
    assert read_payload(ALL, write_payload(ALL, some)).values == (some,)


@given(
    st.sampled_from([ALL, POWER]),
    st.binary(max_size=140) | st.binary(max_size=60).map(lambda body: framed(b"\xa0\xa0\0" + body)),
)
def test_any_bytes_read_or_are_refused(di: DI, wire: bytes) -> None:
    """No bytes make the reader raise anything but ProtocolError, and what reads builds back."""
    try:
        found = read_payload(di, wire).values
    except ProtocolError:
        return
    assert read_payload(di, write_payload(di, *found)).values == found


@pytest.mark.parametrize(
    "record",
    [
        LoadRecord(AT, {7: (Decimal(0),)}),
        LoadRecord(AT, {2: ()}),
        LoadRecord(AT, {2: (Decimal(0),)}),
        LoadRecord(Decimal(0), {}),
    ],
)
def test_a_record_that_does_not_fit_is_our_own_error(record: LoadRecord) -> None:
    """A class that is none, a number of values that is wrong or a time that is none is not sent."""
    with pytest.raises(LocalProtocolError):
        write_payload(ALL, LoadRecords((record,)))


def test_another_value_in_place_of_records_is_our_own_error() -> None:
    """A number is no load record."""
    with pytest.raises(LocalProtocolError, match="LoadRecords"):
        write_payload(ALL, Decimal(1))
