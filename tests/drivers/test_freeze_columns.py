"""Daily freezes read by columns are those that are read row by row."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.meter.concentrator import _RECORDS as RECORDS
from drivers.meter.concentrator import FREEZES, METER_ADDRESS
from drivers.meter.model import Freeze, Silence
from drivers.meter.replies import Got, Missing, Reply
from drivers.meter.values698 import freeze_of, freezes_of
from protocols.dlt698 import (
    NULL,
    OAD,
    ROAD,
    TSA,
    DataType,
    DateTimeS,
    GetRecordResponse,
    Piid,
    ResultRecord,
    Value,
    array,
    build_apdu,
    double_long_unsigned,
    structure,
)
from protocols.dlt698.objects import number
from protocols.dlt698.records import BulkRecord

DAY = date(2026, 5, 4)
NO_NUMBER = double_long_unsigned(0xFFFFFFFF)
MIDNIGHT = Value(DataType.DATE_TIME_S, DateTimeS(2026, 5, 4, 0, 0, 0))

numbers = st.integers(0, 2**32 - 1).map(double_long_unsigned)
foreign = st.sampled_from(
    [
        Value(DataType.ENUM, 3),
        Value(DataType.BOOL, True),
        Value(DataType.OI, 7),
        Value(DataType.FLOAT32, 1.5),
        Value(DataType.BIT_STRING, "0101"),
        Value(DataType.VISIBLE_STRING, "12"),
        Value(DataType.OCTET_STRING, b"\1"),
        structure(double_long_unsigned(4)),
    ]
)
registers = st.one_of(st.just(NULL), numbers, foreign)
energies = st.one_of(registers, st.lists(registers, max_size=5).map(lambda parts: array(*parts)))
moments = st.sampled_from([DateTimeS(2026, 5, day, 0, 0, second) for day in (3, 4) for second in (0, 1, None)])
stamps = moments.map(lambda moment: Value(DataType.DATE_TIME_S, moment))
usual = st.tuples(st.one_of(stamps, energies), energies, energies).map(lambda parts: array(*parts))
cells = st.one_of(usual, st.just(NULL), st.lists(energies, max_size=4).map(lambda parts: array(*parts)))


def _record(drawn: list[Value], column: ROAD = FREEZES) -> BulkRecord:
    meters = (Value(DataType.TSA, TSA.of(f"{number:012}")) for number in range(len(drawn)))
    record = ResultRecord(OAD.parse("60120300"), (METER_ADDRESS, column), tuple(zip(meters, drawn, strict=True)))
    answer = RECORDS.read(build_apdu(GetRecordResponse(Piid(1), record)))
    assert answer is not None
    return answer.records[0]


def _row_by_row(cell: Value) -> Reply[Freeze]:
    if cell.type is DataType.ARRAY and len(cell.elements) == len(FREEZES.oads):
        return freeze_of(dict(zip(FREEZES.oads, cell.elements, strict=True)), DAY)
    has_values = any(leaf not in {NULL, NO_NUMBER} for leaf in _leaves(cell))
    return Missing(Silence.GARBLED if has_values else Silence.NO_ANSWER)


def _leaves(cell: Value) -> list[Value]:
    if cell.type in {DataType.ARRAY, DataType.STRUCTURE}:
        return [leaf for element in cell.elements for leaf in _leaves(element)]
    return [cell]


@settings(max_examples=400)
@given(st.lists(cells, max_size=12))
@example([array(array(structure(double_long_unsigned(4))), NULL, NULL)])
def test_every_row_says_the_same_by_columns(drawn: list[Value]) -> None:
    """Silent meters, other days, fewer tariffs, values of another type, and a ROAD with an element too few."""
    assert freezes_of(_record(drawn), DAY) == list(map(_row_by_row, drawn))


@given(energies, energies)
def test_what_is_no_number_never_moves_the_registers_behind_it(forward: Value, reverse: Value) -> None:
    """A register is in the place of its tariff, or the row is not believed."""
    reply = freeze_of(dict(zip(FREEZES.oads, (MIDNIGHT, forward, reverse), strict=True)), DAY)
    if isinstance(reply, Got):
        raws = [number(member) for member in (forward.elements if forward.type is DataType.ARRAY else (forward,))]
        scaled = [None if raw is None else Decimal(raw) / 100 for raw in raws]
        assert [reply.value.total, *reply.value.tariffs] in [scaled or [None], scaled[:1] or [None]]


@pytest.mark.parametrize(
    "column",
    [
        ROAD(OAD.parse("50050200"), FREEZES.oads),
        ROAD(FREEZES.oad, (*FREEZES.oads[:2], FREEZES.oads[1])),
        ROAD(FREEZES.oad, (FREEZES.oads[0], FREEZES.oads[1], OAD.parse("00100201"))),
    ],
    ids=["another table", "an attribute twice", "an element beside its whole"],
)
def test_columns_of_which_nobody_knows_what_they_are_give_no_registers(column: ROAD) -> None:
    """The registers of another table, or of one of two columns that say the same, are believed of neither."""
    row = array(MIDNIGHT, array(double_long_unsigned(5)), array(double_long_unsigned(6)))
    assert freezes_of(_record([row], column), DAY) == [Missing(Silence.GARBLED)]


def test_a_meter_with_fewer_tariffs_keeps_them_beside_others() -> None:
    """What an array does not have is not missing, and what is missing in one makes its tariffs unknown."""
    rows = ((9, 4, 5), (9, 4, 3, 2), (9, 4, 5, None))
    forward = [array(*(NULL if one is None else double_long_unsigned(one) for one in each)) for each in rows]
    drawn = [array(MIDNIGHT, each, array()) for each in forward]
    tariffs = [reply.value.tariffs for reply in freezes_of(_record(drawn), DAY) if isinstance(reply, Got)]
    cents = [tuple(number * 100 for number in each) for each in tariffs]
    assert cents == [(4, 5), (4, 3, 2), ()]


def test_registers_are_scaled_exactly() -> None:
    """Hundredths of a kWh, as the dictionary says."""
    forward = array(double_long_unsigned(1234567), double_long_unsigned(301234))
    (reply,) = freezes_of(_record([array(MIDNIGHT, forward, array(double_long_unsigned(5)))]), DAY)
    assert isinstance(reply, Got)
    assert (reply.value.total, reply.value.tariffs) == (Decimal("12345.67"), (Decimal("3012.34"),))
    assert reply.value.reverse == Decimal("0.05")
