"""Answers in blocks: cut anywhere, repeated, refused, they make the same answer or are told as broken."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    BlockRead,
    Broken,
    Dar,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecord,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    Joined,
    NextBlock,
    NormalBlock,
    Piid,
    RecordBlock,
    RepeatedBlock,
    ResultNormal,
    ResultRecord,
    Selector9,
    array,
    build_apdu,
    unsigned,
)
from protocols.dlt698.line.blocks import MOST_BLOCKS, LongRead, cut

PIID = Piid(7)
TABLE, OTHER_TABLE, COLUMN = OAD.parse("60120300"), OAD.parse("50040200"), OAD.parse("202A0200")
rows = st.lists(st.binary(max_size=1).map(lambda raw: (unsigned(len(raw)), NULL)), max_size=60).map(tuple)
normals = st.lists(st.sampled_from([NULL, unsigned(3), Dar.OTHER, array(unsigned(1), NULL)]), min_size=1, max_size=60)


def _record(oad: OAD, content: object) -> ResultRecord:
    return ResultRecord(oad, (COLUMN, TABLE), content)  # type: ignore[arg-type]  # rows or a Dar of the test


def _wanted(*oads: OAD) -> tuple[GetRecord, ...]:
    return tuple(GetRecord(oad, Selector9(1), (COLUMN, TABLE)) for oad in oads)


def _records(*oads: OAD) -> GetRecordListRequest:
    return GetRecordListRequest(PIID, _wanted(*oads))


def _block(number: int, *results: ResultNormal | ResultRecord, last: bool = False) -> GetNextResponse:
    records = [one for one in results if isinstance(one, ResultRecord)]
    attributes = [one for one in results if isinstance(one, ResultNormal)]
    content = RecordBlock(tuple(records)) if records else NormalBlock(tuple(attributes))
    return GetNextResponse(PIID, last=last, block=number, content=content)


def _carry(request: LongRead, response: GetNormalResponse | GetListResponse, room: int, first: int) -> object:
    """Cut an answer and join it again, by the requests that fetch it; None if it is not cut."""
    answer = cut(response, room, first)
    if answer is None:
        return None
    read = BlockRead(request)
    block = answer.begin(PIID)
    while True:
        progress = read.take(block)
        if not isinstance(progress, NextBlock):
            assert isinstance(progress, Joined)
            return progress.response
        assert progress.after == block.block
        again = answer.after(progress.request(PIID))
        assert answer.after(progress.request(PIID)) == again
        block = again


@given(normals, st.integers(40, 200), st.integers(0, 1))
def test_a_list_is_the_same_in_blocks(values: list[object], room: int, first: int) -> None:
    """Attributes come back in their order, whatever room a block has, and no block exceeds it."""
    oads = tuple(OAD(number, 2, 0) for number in range(len(values)))
    results = tuple(ResultNormal(oad, value) for oad, value in zip(oads, values, strict=True))  # type: ignore[arg-type]
    response = GetListResponse(PIID, results)
    carried = _carry(GetListRequest(PIID, oads), response, room, first)
    assert carried in (None, response)
    assert carried == response or len(build_apdu(response)) <= room + 16


@given(rows, rows, st.integers(40, 200))
def test_records_are_the_same_in_blocks(one: object, other: object, room: int) -> None:
    """The rows of one table that are spread over blocks are one record again."""
    response = GetRecordListResponse(PIID, (_record(TABLE, one), _record(OTHER_TABLE, other)))
    carried = _carry(_records(TABLE, OTHER_TABLE), response, room, 1)  # type: ignore[arg-type]  # any response
    assert carried in (None, response)
    single = GetRecordResponse(PIID, _record(TABLE, one))
    carried = _carry(GetRecordRequest(PIID, _wanted(TABLE)[0]), single, room, 0)  # type: ignore[arg-type]
    assert carried in (None, single)


def test_blocks_fit_into_their_room() -> None:
    """None is longer than it may be, unless one row alone is."""
    response = GetRecordResponse(PIID, _record(TABLE, ((unsigned(1), array(*[unsigned(2)] * 20)),) * 50))
    answer = cut(response, 200, 1)
    assert answer is not None
    block, sizes = answer.begin(PIID), []
    while not block.last:
        sizes.append(len(build_apdu(block)))
        block = answer.after(GetNextRequest(PIID, block.block))
    assert 120 < max(sizes) <= 200


@pytest.mark.parametrize("first", [0, 1, 7, 0xFFFF])
def test_the_first_number_is_the_servers_choice(first: int) -> None:
    """Whatever comes first is taken, and each number after it is one more."""
    read = BlockRead(GetListRequest(PIID, (TABLE, COLUMN)))
    assert read.take(_block(first, ResultNormal(TABLE, NULL))) == NextBlock(first)
    following = _block((first + 1) % 0x10000, ResultNormal(COLUMN, NULL), last=True)
    assert read.take(following) == Joined(
        GetListResponse(PIID, (ResultNormal(TABLE, NULL), ResultNormal(COLUMN, NULL)))
    )


def test_a_repeated_block_is_not_added() -> None:
    """It is told as such, and the one that was asked for is still taken."""
    read = BlockRead(GetListRequest(PIID, (TABLE, COLUMN)))
    first = _block(1, ResultNormal(TABLE, NULL))
    read.take(first)
    assert read.take(first) == RepeatedBlock()
    assert isinstance(read.take(_block(2, ResultNormal(COLUMN, NULL), last=True)), Joined)


def test_a_missing_block_breaks_the_answer() -> None:
    """A gap is never passed over."""
    read = BlockRead(GetListRequest(PIID, (TABLE,)))
    read.take(_block(1, ResultNormal(TABLE, NULL)))
    assert read.take(_block(3, ResultNormal(TABLE, NULL), last=True)) == Broken("block 3 after block 1")


@pytest.mark.parametrize("dar", [10, 11, 14])
def test_a_server_that_lost_its_place_asks_for_a_restart(dar: int) -> None:
    """DAR 10, 11 and 14 say that the whole read has to be asked again."""
    read = BlockRead(GetListRequest(PIID, (TABLE,)))
    read.take(_block(1, ResultNormal(TABLE, NULL)))
    lost = GetNextResponse(PIID, last=True, block=1, content=Dar(dar))
    assert read.take(lost) == Broken(f"DAR {dar}", restart=True)


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (GetNormalRequest(PIID, TABLE), GetNormalResponse(PIID, ResultNormal(TABLE, Dar.REFUSED))),
        (GetListRequest(PIID, (TABLE,)), GetListResponse(PIID, (ResultNormal(TABLE, Dar.REFUSED),))),
        (
            GetRecordRequest(PIID, _wanted(TABLE)[0]),
            GetRecordResponse(PIID, ResultRecord(TABLE, (COLUMN, TABLE), Dar.REFUSED)),
        ),
        (
            _records(TABLE, TABLE),
            GetRecordListResponse(PIID, (ResultRecord(TABLE, (COLUMN, TABLE), Dar.REFUSED),) * 2),
        ),
    ],
    ids=["one", "list", "record", "records"],
)
def test_another_refusal_refuses_all_that_was_asked(request_: LongRead, response: object) -> None:
    """It is told in the shape of the answer."""
    refusal = GetNextResponse(PIID, last=True, block=1, content=Dar.REFUSED)
    assert BlockRead(request_).take(refusal) == Joined(response)  # type: ignore[arg-type]  # a response off the table


def test_an_array_in_parts_is_one_array() -> None:
    """One attribute may be spread over blocks too, element by element."""
    read = BlockRead(GetNormalRequest(PIID, TABLE))
    read.take(_block(1, ResultNormal(TABLE, array(unsigned(1), unsigned(2)))))
    joined = read.take(_block(2, ResultNormal(TABLE, array(unsigned(3))), last=True))
    whole = array(unsigned(1), unsigned(2), unsigned(3))
    assert joined == Joined(GetNormalResponse(PIID, ResultNormal(TABLE, whole)))


def test_one_table_asked_twice_is_two_records() -> None:
    """They are only taken as they came, one result each; else it can't be told which row is whose."""
    one, other = _record(TABLE, ((NULL, NULL),)), _record(TABLE, ())
    read = BlockRead(_records(TABLE, TABLE))
    read.take(_block(1, one))
    assert read.take(_block(2, other, last=True)) == Joined(GetRecordListResponse(PIID, (one, other)))
    read = BlockRead(_records(TABLE, TABLE))
    read.take(_block(1, one, one))
    assert isinstance(read.take(_block(2, other, last=True)), Broken)


@pytest.mark.parametrize(
    ("request_", "results"),
    [
        (GetNormalRequest(PIID, TABLE), [ResultNormal(TABLE, NULL), ResultNormal(TABLE, NULL)]),
        (GetNormalRequest(PIID, TABLE), [_record(TABLE, ())]),
        (GetNormalRequest(PIID, TABLE), []),
        (GetListRequest(PIID, (TABLE,)), [_record(TABLE, ())]),
        (GetRecordRequest(PIID, _wanted(TABLE)[0]), [ResultNormal(TABLE, NULL)]),
        (GetRecordRequest(PIID, _wanted(TABLE)[0]), [_record(TABLE, ()), _record(OTHER_TABLE, ())]),
        (_records(TABLE), [ResultNormal(TABLE, NULL)]),
    ],
)
def test_what_does_not_answer_the_request_is_broken(request_: LongRead, results: list[ResultNormal]) -> None:
    """Records where attributes were asked, two where it was one: nothing is made of them."""
    assert isinstance(BlockRead(request_).take(_block(1, *results, last=True)), Broken)


def test_rows_under_other_columns_are_not_mixed() -> None:
    """A table whose columns change from block to block is no answer to one record."""
    read = BlockRead(GetRecordRequest(PIID, _wanted(TABLE)[0]))
    read.take(_block(1, _record(TABLE, ((NULL, NULL),))))
    odd = replace(_record(TABLE, ((NULL,),)), columns=(COLUMN,))
    assert isinstance(read.take(_block(2, odd, last=True)), Broken)


def test_a_server_without_end_is_stopped() -> None:
    """Blocks and results are bounded, repeats among them."""
    read = BlockRead(GetRecordRequest(PIID, _wanted(TABLE)[0]))
    block = _block(1, _record(TABLE, ()))
    ends = [read.take(block) for _ in range(MOST_BLOCKS + 1)]
    assert isinstance(ends[-1], Broken)
    assert not isinstance(ends[-2], Broken)
    read = BlockRead(GetRecordRequest(PIID, _wanted(TABLE)[0]))
    many = ((NULL, NULL),) * 10_000
    read.take(_block(1, _record(TABLE, many)))
    assert isinstance(read.take(_block(2, _record(TABLE, many), last=True)), Broken)


def test_a_block_that_is_not_there_is_refused() -> None:
    """DAR 14 for numbers before the first and behind the last."""
    answer = cut(GetRecordResponse(PIID, _record(TABLE, ((NULL, NULL),) * 20)), 60, 1)
    assert answer is not None
    for number in (0, 500):
        assert answer.after(GetNextRequest(PIID, number)).content is Dar.BLOCK_NUMBER_INVALID


@pytest.mark.parametrize(
    "response",
    [
        GetNormalResponse(PIID, ResultNormal(TABLE, array(*[NULL] * 500))),
        GetRecordResponse(PIID, _record(TABLE, ((array(*[NULL] * 500), NULL),))),
        GetRecordResponse(PIID, ResultRecord(TABLE, (COLUMN,), Dar.OTHER)),
    ],
    ids=["one attribute", "one row", "no row"],
)
def test_what_has_no_parts_is_not_cut(response: GetNormalResponse) -> None:
    """It goes out in pieces of the link layer instead."""
    assert cut(response, 100, 1) is None
