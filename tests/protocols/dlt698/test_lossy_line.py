"""Two sessions over a line that cuts, doubles, delays and loses: every answer is its request's, or told as lost."""

from datetime import timedelta
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    Answered,
    Asked,
    ClientApdu,
    ClientSession,
    Dar,
    DataType,
    GetListRequest,
    GetListResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    Piid,
    Reported,
    ReportListNotification,
    ReportLost,
    ReportTaken,
    ResultNormal,
    ResultRecord,
    Selector9,
    SetListRequest,
    SetListResponse,
    SetResult,
    Setting,
    Unanswered,
    Value,
)
from tests.protocols.dlt698.pair import CONCENTRATOR, SECOND, Fate, Pair

TABLE = OAD.parse("50040200")
COLUMN = OAD.parse("20210200")


def _request(number: int, piid: Piid) -> ClientApdu:
    """Make a request that is like no other: by its number."""
    oads = tuple(OAD(number, 2, index) for index in range(number * 7 % 120 + 1))
    match number % 3:
        case 0:
            return GetNormalRequest(piid, oads[0])
        case 1:
            return GetListRequest(piid, oads)
        case _:
            return GetRecordRequest(piid, GetRecord(TABLE, Selector9(number % 256), (COLUMN, OAD(number, 2, 0))))


def _setting(number: int, piid: Piid) -> ClientApdu:
    """Make another request that is like no other, which may be open beside a read."""
    return SetListRequest(piid, tuple(Setting(OAD(number, 2, index), NULL) for index in range(number * 7 % 120 + 1)))


def _response(request: ClientApdu) -> GetNormalResponse | GetListResponse | GetRecordResponse | SetListResponse:
    """Answer a request so that the answer fits no other."""
    piid = request.piid
    match request:
        case SetListRequest(settings=settings):
            return SetListResponse(piid, tuple(SetResult(setting.oad, Dar.SUCCESS) for setting in settings))
        case GetNormalRequest(oad=oad):
            return GetNormalResponse(piid, ResultNormal(oad, Dar.OTHER))
        case GetListRequest(oads=oads):
            return GetListResponse(piid, tuple(ResultNormal(oad, Dar.OTHER) for oad in oads))
        case GetRecordRequest(record=record):
            assert isinstance(record.rows, Selector9)
            rows = tuple(
                (Value(DataType.UNSIGNED, row), Value(DataType.DOUBLE_LONG_UNSIGNED, record.rows.last))
                for row in range(record.rows.last * 5 % 200)
            )
            return GetRecordResponse(piid, ResultRecord(record.oad, record.columns, rows))
    raise AssertionError(request)


def _converse(pair: Pair, questions: int) -> list[ClientApdu]:
    """Ask one question after the other, and let the device answer each copy of one that it hears."""
    asked: list[ClientApdu] = []
    seen = 0
    while len(asked) < questions or not pair.client.room(CONCENTRATOR):
        if len(asked) < questions and pair.client.room(CONCENTRATOR):
            make = _setting if pair.client.is_reading(CONCENTRATOR) else _request
            request, data = pair.client.ask(CONCENTRATOR, partial(make, len(asked) + 1), pair.now)
            assert isinstance(request, ClientApdu)
            asked.append(request)
            pair.write_client(data)
        pair.pass_time(SECOND / 2)
        for event in pair.server_told(Asked)[seen:]:
            seen += 1
            assert isinstance(event.request, ClientApdu)
            pair.write_server(pair.server.respond(event, _response(event.request), pair.now))
    pair.pass_time(timedelta(minutes=5))
    return asked


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    lost=st.sampled_from([0, 0.05, 0.3]),
    doubled=st.sampled_from([0, 0.2]),
    slowest=st.sampled_from([0, 3, 12]),
    blocks=st.booleans(),
    window=st.sampled_from([1, 3]),
)
def test_every_answer_is_its_requests_or_told_as_lost(
    seed: int, lost: float, doubled: float, slowest: float, blocks: bool, window: int
) -> None:
    """Each request is told once, with its own answer or as unanswered; nothing is credited to another."""
    client = ClientSession(max_frame=200, window=window)
    pair = Pair(client, max_frame=200, blocks=blocks, fate=Fate(Random(seed), lost, doubled, slowest))
    asked = _converse(pair, questions=12)
    told = [event for event in pair.told_client if isinstance(event, Answered | Unanswered)]
    assert sorted(asked.index(event.request) for event in told if isinstance(event.request, ClientApdu)) == list(
        range(len(asked))
    )
    for event in told:
        if isinstance(event, Answered):
            assert isinstance(event.request, ClientApdu)
            assert event.response == _response(event.request)
            assert event.raws
    if not lost and slowest < 12 and window == 1:  # else long ones wait for one another beyond their time
        assert len(pair.client_told(Answered)) == len(asked)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    lost=st.sampled_from([0, 0.2, 0.5]),
    doubled=st.sampled_from([0, 0.3]),
    results=st.integers(1, 60),
)
def test_every_report_is_taken_or_told_as_lost(seed: int, lost: float, doubled: float, results: int) -> None:
    """A report that is kept arrives whole; the device learns of it or says that nobody took it."""
    pair = Pair(max_frame=120, fate=Fate(Random(seed), lost, doubled))
    content = tuple(ResultNormal(OAD(0x3320, 2, index), Dar.OTHER) for index in range(results))
    report, data = pair.server.report(lambda piid: ReportListNotification(piid, content), pair.now)
    pair.write_server(data)
    kept = 0
    for _ in range(120):
        pair.pass_time(2 * SECOND)
        for event in pair.client_told(Reported)[kept:]:
            kept += 1
            assert event.report == report
            pair.write_client(pair.client.acknowledge(event, pair.now))
    ends = [event for event in pair.told_server if isinstance(event, ReportLost | ReportTaken)]
    assert [event.report for event in ends if event.report is not None] == [report]
    if not lost:
        assert isinstance(ends[0], ReportTaken)


@pytest.mark.parametrize("blocks", [False, True], ids=["pieces", "blocks"])
def test_long_answers_come_whole_over_a_good_line(blocks: bool) -> None:
    """Both ways of a long answer give the same one."""
    pair = Pair(max_frame=200, blocks=blocks)
    asked = _converse(pair, questions=30)
    assert [event.response for event in pair.client_told(Answered)] == [_response(request) for request in asked]
    assert {len(event.raws) > 1 for event in pair.client_told(Answered)} == {True, False}
