"""Daily freezes read by columns are those that are read row by row."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.meter.concentrator import _RECORDS as RECORDS
from drivers.meter.concentrator import FREEZES, METER_ADDRESS
from drivers.meter.model import Freeze, Silence
from drivers.meter.replies import Got, Missing, Reply
from drivers.meter.values698 import freeze_of, freezes_of
from protocols.dlt698 import (
    NULL,
    OAD,
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
)
from protocols.dlt698.records import Table

DAY = date(2026, 5, 4)
NO_NUMBER = double_long_unsigned(0xFFFFFFFF)

numbers = st.integers(0, 2**32 - 1).map(double_long_unsigned)
energies = st.one_of(
    st.just(NULL), numbers, st.lists(st.just(NULL) | numbers, max_size=5).map(lambda parts: array(*parts))
)
stamps = st.sampled_from([DateTimeS(2026, 5, day, 0, 0, second) for day in (3, 4) for second in (0, 1, None)])
times = st.one_of(st.just(NULL), stamps.map(lambda stamp: Value(DataType.DATE_TIME_S, stamp)), numbers)
cells = st.one_of(
    st.just(NULL),
    st.tuples(times, energies, energies).map(lambda parts: array(*parts)),
    st.lists(energies, max_size=4).map(lambda parts: array(*parts)),
)
rows = st.lists(cells, max_size=12)


def _table(drawn: list[Value]) -> Table:
    meters = (Value(DataType.TSA, TSA.of(f"{number:012}")) for number in range(len(drawn)))
    record = ResultRecord(OAD.parse("60120300"), (METER_ADDRESS, FREEZES), tuple(zip(meters, drawn, strict=True)))
    answer = RECORDS.read(build_apdu(GetRecordResponse(Piid(1), record)))
    assert answer is not None
    (told,) = answer.records
    assert isinstance(told.result, Table)
    return told.result


def _row_by_row(cell: Value) -> Reply[Freeze]:
    if len(cell.elements) == len(FREEZES.oads):
        return freeze_of(dict(zip(FREEZES.oads, cell.elements, strict=True)), DAY)
    has_values = any(leaf not in {NULL, NO_NUMBER} for leaf in _leaves(cell))
    return Missing(Silence.GARBLED if has_values else Silence.NO_ANSWER)


def _leaves(cell: Value) -> list[Value]:
    if cell.type is not DataType.ARRAY:
        return [cell]
    return [leaf for element in cell.elements for leaf in _leaves(element)]


def _said(reply: Reply[Freeze]) -> object:
    """Give what a freeze says; one without any number is as good as none."""
    if isinstance(reply, Got):
        freeze = reply.value
        return freeze.stamp, freeze.total, freeze.tariffs, freeze.reverse
    return reply


@settings(max_examples=300)
@given(rows)
def test_every_row_says_the_same_by_columns(drawn: list[Value]) -> None:
    """Silent meters, other days, fewer tariffs, values of another type, and a ROAD with an element too few."""
    for cell, freeze in zip(drawn, freezes_of(_table(drawn), DAY), strict=True):
        assert _said(freeze) == _said(_row_by_row(cell))


def test_a_meter_with_fewer_tariffs_keeps_them_beside_others() -> None:
    """What an array does not have is not missing, and what is missing in one makes its tariffs unknown."""
    stamp, reverse = Value(DataType.DATE_TIME_S, DateTimeS(2026, 5, 4, 0, 0, 0)), array()
    registers = ((9, 4, 5), (9, 4, 3, 2), (9, 4, 5, None))
    forward = [array(*(NULL if one is None else double_long_unsigned(one) for one in each)) for each in registers]
    drawn = [array(stamp, each, reverse) for each in forward]
    tariffs = [reply.value.tariffs for reply in freezes_of(_table(drawn), DAY) if isinstance(reply, Got)]
    cents = [tuple(number * 100 for number in each) for each in tariffs]
    assert cents == [(4, 5), (4, 3, 2), ()]


def test_registers_are_scaled_exactly() -> None:
    """Hundredths of a kWh, as the dictionary says."""
    stamp = Value(DataType.DATE_TIME_S, DateTimeS(2026, 5, 4, 0, 0, 0))
    forward = array(double_long_unsigned(1234567), double_long_unsigned(301234))
    (reply,) = freezes_of(_table([array(stamp, forward, array(double_long_unsigned(5)))]), DAY)
    assert isinstance(reply, Got)
    assert (reply.value.total, reply.value.tariffs) == (Decimal("12345.67"), (Decimal("3012.34"),))
    assert reply.value.reverse == Decimal("0.05")
