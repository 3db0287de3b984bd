"""Records as columns: the same as rows read one by one, whatever form the rows have."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    CSD,
    NULL,
    OAD,
    ROAD,
    TSA,
    Apdu,
    Dar,
    DataType,
    DateTimeS,
    FollowRecord,
    GetNextResponse,
    GetNormalResponse,
    GetRecordListResponse,
    GetRecordResponse,
    Piid,
    ProxyGetRecordResponse,
    RecordBlock,
    ReportRecordNotification,
    ResultNormal,
    ResultRecord,
    Rows,
    Value,
    array,
    build_apdu,
    double_long_unsigned,
    parse_apdu,
    structure,
)
from protocols.dlt698.records import STORES, BulkReader, BulkRecord, Table, read_bulk, table_of
from protocols.dlt698.records.bulk import MOST_LISTS, MOST_TEMPLATES
from protocols.dlt698.records.template import LONGEST_ROW
from protocols.dlt698.values.descriptors import CSD_FIELD
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import WILD

METER = OAD.parse("202A0200")
STAMP = OAD.parse("20210200")
FORWARD = OAD.parse("00100200")
FREEZES = ROAD(OAD.parse("50040200"), (STAMP, FORWARD))
COLUMNS = (METER, FREEZES)
PIID = Piid(9)


def _stamp(day: int) -> Value:
    return Value(DataType.DATE_TIME_S, DateTimeS(2026, 5, day, 0, 0, 0))


def _energies(*registers: int) -> Value:
    return array(*map(double_long_unsigned, registers))


def _row(meter: int, *cells: Value) -> tuple[Value, ...]:
    return Value(DataType.TSA, TSA.of(f"{meter:012}")), array(*cells) if cells else NULL


def _answer(rows: Rows, columns: Any = COLUMNS) -> bytes:
    return build_apdu(GetRecordResponse(PIID, ResultRecord(OAD.parse("60120300"), columns, rows)))


def _table(rows: Rows, columns: Any = COLUMNS) -> Table:
    answer = read_bulk(_answer(rows, columns))
    assert answer is not None
    (record,) = answer.records
    assert isinstance(record.result, Table)
    return record.result


def _one_by_one(record: ResultRecord) -> BulkRecord:
    result = record.result
    return BulkRecord(
        record.oad, record.columns, result if isinstance(result, Dar) else table_of(record.columns, result)
    )


@st.composite
def of_one_form(draw: st.DrawFn) -> tuple[tuple[CSD, ...], Rows]:
    """Draw many rows of a few forms: values of a type and size again, numbers other ones."""
    columns = tuple(draw(st.lists(WILD.values(CSD_FIELD), min_size=1, max_size=3)))
    forms = draw(st.lists(st.tuples(*[WILD.datas for _ in columns]), min_size=1, max_size=3))
    runs = draw(st.lists(st.tuples(st.sampled_from(forms), st.integers(1, 70)), max_size=3))
    seed = draw(st.integers(0, 2**31))
    places = [(form, seed + place) for form, run in runs for place in range(run)]
    return columns, tuple(tuple(_other(cell, other) for cell in form) for form, other in places)


def _other(value: Value, seed: int) -> Value:
    """Make a value of the same form with other numbers in it."""
    if value.type in {DataType.ARRAY, DataType.STRUCTURE}:
        return replace(value, value=tuple(_other(element, seed + 1) for element in value.elements))
    if value.type in {DataType.DOUBLE_LONG_UNSIGNED, DataType.LONG64_UNSIGNED}:
        return replace(value, value=0xFFFFFFFF if seed % 5 == 0 else seed)
    if value.type is DataType.OCTET_STRING:
        return replace(value, value=bytes((octet + seed) & 0xFF for octet in value.value))
    return value


@settings(max_examples=100)
@given(of_one_form())
def test_rows_of_any_form_make_the_columns_of_rows_read_one_by_one(drawn: tuple[tuple[CSD, ...], Rows]) -> None:
    """Runs of equal forms, odd rows between them, forms that come again."""
    columns, rows = drawn
    assert repr(_table(rows, columns)) == repr(table_of(columns, rows))


@settings(max_examples=60)
@given(of_one_form(), st.sampled_from([{}, STORES, {DataType.ENUM: repr, DataType.BIT_STRING: len}]))
def test_stores_of_ones_own_hold_for_rows_of_any_form(drawn: tuple[tuple[CSD, ...], Rows], stores: Any) -> None:
    """What a column holds does not depend on whether its row follows a template."""
    columns, rows = drawn
    answer = BulkReader(stores).read(_answer(rows, columns))
    assert answer is not None
    assert repr(answer.records[0].result) == repr(table_of(columns, rows, stores))


@given(st.one_of([WILD.apdus(cls) for cls in (GetRecordResponse, GetRecordListResponse, GetNextResponse)]))
def test_any_answer_has_the_records_of_its_apdu(apdu: Any) -> None:
    """Head, columns, refusals and what follows are those of the APDU; one without records is left alone."""
    answer = read_bulk(build_apdu(apdu))
    content = apdu.content if isinstance(apdu, GetNextResponse) else None
    if content is not None and not isinstance(content, RecordBlock):
        assert answer is None
        return
    assert answer is not None
    alone = apdu.record if isinstance(apdu, GetRecordResponse) else None
    records = content.results if content is not None else apdu.records if alone is None else (alone,)
    assert repr(answer.records) == repr(tuple(map(_one_by_one, records)))
    assert (answer.answer, answer.piid) == (type(apdu), apdu.piid)
    if content is not None:
        assert (answer.block, answer.last) == (apdu.block, apdu.last)


@settings(max_examples=150)
@given(of_one_form(), st.data())
def test_tampered_answers_are_judged_as_ever(drawn: tuple[tuple[CSD, ...], Rows], data: st.DataObject) -> None:
    """No template accepts what the declaration refuses, and what is wrong is told in the same words."""
    columns, rows = drawn
    octets = bytearray(_answer(rows[:20], columns))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    reader = BulkReader()
    reader.read(_answer(rows[:20], columns))  # so that there are templates to be misled by
    assert _outcome(lambda: _told_in_bulk(reader, bytes(octets))) == _outcome(lambda: _told(bytes(octets)))


def _outcome(work: Callable[[], object]) -> object:
    try:
        return work()
    except RemoteProtocolError as error:
        return error.reason, error.offset


def _told(octets: bytes) -> object:
    apdu = parse_apdu(octets)
    return repr(_one_by_one(apdu.record)) if isinstance(apdu, GetRecordResponse) else type(apdu)


def _told_in_bulk(reader: BulkReader, octets: bytes) -> object:
    answer = reader.read(octets)
    if answer is None or answer.answer is not GetRecordResponse:
        return type(parse_apdu(octets))
    return repr(answer.records[0])


@settings(max_examples=150)
@given(of_one_form(), st.data())
def test_skimming_judges_answers_as_reading_does(drawn: tuple[tuple[CSD, ...], Rows], data: st.DataObject) -> None:
    """The APDU without its rows, or the same refusal: rows that are not kept are still looked at."""
    columns, rows = drawn
    octets = bytearray(_answer(rows[:20], columns))
    at = data.draw(st.integers(0, len(octets)))
    octets[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    reader = BulkReader()
    reader.skim(_answer(rows[:20], columns))
    assert _outcome(lambda: _without_rows(reader.skim(bytes(octets)))) == _outcome(
        lambda: _without_rows(parse_apdu(bytes(octets)))
    )


def _without_rows(apdu: Apdu) -> str:
    if isinstance(apdu, GetRecordResponse) and not isinstance(apdu.record.result, Dar):
        return repr(replace(apdu, record=replace(apdu.record, result=())))
    return repr(apdu)


def test_skimming_keeps_no_row() -> None:
    """Whoever only matches answers to requests makes no values."""
    octets = _answer(tuple(_row(meter, _stamp(4), _energies(1)) for meter in range(50)))
    apdu = BulkReader().skim(octets)
    assert isinstance(apdu, GetRecordResponse)
    assert apdu.record == ResultRecord(OAD.parse("60120300"), COLUMNS, ())


def test_a_silent_meter_has_a_row_of_its_own() -> None:
    """NULL in place of what the concentrator has not read is None in each column, and the rows around it are whole."""
    rows = tuple(_row(meter, *([] if meter == 3 else [_stamp(4), _energies(meter, 1)])) for meter in range(6))
    table = _table(rows)
    assert table.count == 6
    assert table.values(METER)[3] == "000000000003"
    assert table.values(STAMP) == ["2026-05-04T00:00:00"] * 3 + [None] + ["2026-05-04T00:00:00"] * 2
    assert table.elements(FORWARD) == [[0, 1, 2, None, 4, 5], [1, 1, 1, None, 1, 1]]


def test_meters_with_fewer_tariffs_leave_the_rest_empty() -> None:
    """Forms may change from row to row."""
    table = _table(tuple(_row(meter, _stamp(4), _energies(*range(1, 2 + meter % 3))) for meter in range(6)))
    assert table.elements(FORWARD) == [[1] * 6, [None, 2, 2] * 2, [None, None, 3] * 2]
    assert table.sizes_of(FORWARD) == [1, 2, 3] * 2
    assert table.sizes_of(STAMP) == [None] * 6


ALONE = Value(DataType.RCSD, (METER,))
"""A value of no fixed size, so that its row follows no template."""


def test_all_ones_are_missing_in_a_row_that_follows_no_template() -> None:
    """FFFFFFFF is never 42 949 672.95 kWh."""
    table = _table(((_energies(0xFFFFFFFF, 5), ALONE),), (FORWARD, METER))
    assert table.elements(FORWARD) == [[None], [5]]


def test_a_structure_in_the_place_of_a_road_gives_nobody_its_values() -> None:
    """A ROAD column is one array; a structure of as many members says nothing about whose they are."""
    table = _table(((Value(DataType.TSA, TSA.of("1" * 12)), structure(_stamp(4), _energies(7))),))
    assert (table.values(STAMP), table.elements(FORWARD)) == ([None], [])


def test_a_column_has_the_type_of_the_first_row_that_has_it() -> None:
    """Whatever comes later, and in whatever order the forms are laid out."""
    long = Value(DataType.LONG_UNSIGNED, 5)
    rows = ((NULL,), (long,), (double_long_unsigned(6),), (long,))
    assert [column.type for column in _table(rows, (STAMP,)).columns] == [DataType.LONG_UNSIGNED]
    assert [column.type for column in _table(rows[2:], (STAMP,)).columns] == [DataType.DOUBLE_LONG_UNSIGNED]


@pytest.mark.parametrize("digits", ["12345", "00000000A1", "000000000001", "1" * 13])
def test_addresses_in_columns_are_those_of_their_tsa(digits: str) -> None:
    """Padded, of other sizes, or with letters: the digits are what TSA says."""
    tsa = TSA.of(digits)
    assert _table(((Value(DataType.TSA, tsa), NULL),)).values(METER) == [tsa.digits]


def test_of_an_attribute_named_twice_the_first_is_given() -> None:
    """By every way to ask for it."""
    twice = ROAD(FREEZES.oad, (FORWARD, FORWARD))
    table = _table(((array(_energies(1, 2), _energies(3, 4, 5)),),), (twice,))
    assert (table.elements(FORWARD)[:2], table.sizes_of(FORWARD)) == ([[1], [2]], [2])


def test_elements_beyond_the_last_that_an_oad_can_name_are_there_without_a_name() -> None:
    """The index of an OAD is one byte."""
    table = _table(((_energies(*range(300)),),), (FORWARD,))
    assert len(table.elements(FORWARD)) == 255
    assert [(str(column.oad), column.member) for column in table.columns[254:256]] == [
        ("001002FF", ()),
        ("00100200", (255,)),
    ]
    assert len(next(table.rows())) == 300


def test_rows_whose_columns_need_more_room_than_their_bytes_are_refused() -> None:
    """One row of very many leaves among very many that have none of them."""
    many = array(*(Value(DataType.BOOL, True) for _ in range(3000)))
    with pytest.raises(RemoteProtocolError, match="too_wide"):
        read_bulk(_answer(((many,), *((NULL,),) * 3000), (FORWARD,)))


def test_what_is_remembered_of_forms_is_bounded() -> None:
    """Ever new lists of columns and forms of rows, and rows too long for a template."""
    reader = BulkReader()
    for number in range(MOST_LISTS + 20):
        columns = (OAD(number, 2, 0),)
        rows = tuple((Value(DataType.OCTET_STRING, bytes(size)),) for size in range(MOST_TEMPLATES + 5))
        reader.read(_answer((*rows, (_energies(*range(LONGEST_ROW // 5 + 1)),)), columns))
    lists = reader._templates.values()
    assert len(lists) == MOST_LISTS
    assert {len(known) for known in lists} == {MOST_TEMPLATES}
    assert max(template.size for known in lists for template in known) < LONGEST_ROW


def test_rows_without_columns_are_refused() -> None:
    """Nobody can say where such a row ends."""
    octets = _answer((), ())[:-3] + b"\x02\x00\x00"
    for read in (read_bulk, parse_apdu):
        with pytest.raises(RemoteProtocolError, match="bad_count"):
            read(octets)


def test_a_proxy_answer_says_whose_rows_it_has() -> None:
    """The meter is named once, beside the record."""
    record = ResultRecord(FREEZES.oad, FREEZES.oads, ((_stamp(4), _energies(1)),))
    answer = read_bulk(build_apdu(ProxyGetRecordResponse(PIID, TSA.of("000000000007"), record)))
    assert answer is not None
    assert answer.server == TSA.of("000000000007")


def test_an_element_that_no_row_has_keeps_its_place() -> None:
    """A total that nobody has read must not be taken for the tariff behind it."""
    table = _table((_row(1, _stamp(4), array(NULL, double_long_unsigned(8), NULL, double_long_unsigned(9))),))
    assert table.elements(FORWARD) == [[None], [8], [None], [9]]


def test_all_ones_are_missing_and_no_number() -> None:
    """Some terminals fill a register that they have not read with FFFFFFFF."""
    table = _table((_row(1, _stamp(4), _energies(7, 0xFFFFFFFF)), _row(2, _stamp(4), _energies(8, 9))))
    assert table.elements(FORWARD) == [[7, 8], [None, 9]]


def test_what_no_row_has_is_none_in_each() -> None:
    """A column may be asked for without looking whether anybody has it."""
    table = _table((_row(1), _row(2)))
    assert table.values(STAMP) == [None, None]
    assert table.elements(FORWARD) == []
    assert _table(()).values(METER) == []


def test_a_road_with_another_number_of_elements_gives_nobody_its_values() -> None:
    """A concentrator that leaves an attribute out must not move the others into its place."""
    rows = (_row(1, _stamp(4), _energies(7)), _row(2, _energies(8)), _row(3, _stamp(4), _energies(9)))
    table = _table(rows)
    assert (table.values(STAMP)[1], table.elements(FORWARD)) == (None, [[7, None, 9]])
    assert [column.oad for column in table.columns if column.path[:1] == (-1,)] == [FREEZES.oad]


def test_leaves_inside_elements_have_their_places() -> None:
    """A maximum demand is an array of structures: each element has a value and a time."""
    demand = OAD.parse("10100200")
    cell = array(structure(double_long_unsigned(5), _stamp(3)), structure(double_long_unsigned(0), NULL))
    table = _table(((cell,),), (demand,))
    assert [(str(column.oad), column.member) for column in table.columns] == [
        ("10100201", (0,)),
        ("10100201", (1,)),
        ("10100202", (0,)),
    ]
    assert table.data == ([5], ["2026-05-03T00:00:00"], [0])


def test_moments_become_what_the_caller_stores() -> None:
    """A store of one's own takes the place of ISO text."""
    reader = BulkReader({DataType.DATE_TIME_S: lambda moment: moment.day, DataType.TSA: lambda tsa: tsa.digits[-2:]})
    answer = reader.read(_answer(tuple(_row(meter, _stamp(meter), _energies(1)) for meter in range(1, 4))))
    assert answer is not None
    table = answer.records[0].result
    assert isinstance(table, Table)
    assert (table.values(METER), table.values(STAMP)) == (["01", "02", "03"], [1, 2, 3])


def test_a_refused_table_tells_its_dar() -> None:
    """Why there are no rows is part of the answer."""
    refused = ResultRecord(OAD.parse("60120300"), COLUMNS, Dar.BLOCK_UNAVAILABLE)
    answer = read_bulk(build_apdu(ProxyGetRecordResponse(PIID, TSA.of("000000000001"), refused)))
    assert answer is not None
    assert answer.records == (BulkRecord(refused.oad, COLUMNS, Dar.BLOCK_UNAVAILABLE),)


def test_reports_and_what_follows_an_answer_have_columns_too() -> None:
    """Records come by themselves as well, and behind other answers."""
    record = ResultRecord(OAD.parse("60120300"), COLUMNS, (_row(1, _stamp(4), _energies(1)),))
    report = read_bulk(build_apdu(ReportRecordNotification(PIID, (record,))))
    assert report is not None
    assert report.records == (_one_by_one(record),)
    answer = read_bulk(build_apdu(GetRecordResponse(PIID, record, follow=FollowRecord((record,)))))
    assert answer is not None
    assert answer.follow == (_one_by_one(record),)


def test_answers_without_records_are_left_alone() -> None:
    """None says that it is another kind of answer."""
    assert read_bulk(build_apdu(GetNormalResponse(PIID, ResultNormal(STAMP, _stamp(1))))) is None


def test_columns_go_into_a_database_as_they_are() -> None:
    """One statement takes all rows; texts, numbers, bytes and nothing else."""
    table = _table(tuple(_row(meter, _stamp(4), _energies(100 + meter, 5)) for meter in range(200)))
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE TABLE freeze (meter TEXT, stamp TEXT, total INTEGER, tariff_1 INTEGER)")
        database.executemany("INSERT INTO freeze VALUES (?, ?, ?, ?)", table.rows())
        found = database.execute("SELECT count(*), sum(total), min(stamp), max(meter) FROM freeze").fetchone()
    finally:
        database.close()
    assert found == (200, sum(range(100, 300)), "2026-05-04T00:00:00", "000000000199")
