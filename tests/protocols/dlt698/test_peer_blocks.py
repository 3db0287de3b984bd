"""Answers in blocks (GetResponseNext) cut by us and joined by PyPI ``dlt698``, and the other way round."""

from typing import Any

import pytest
from dlt698 import _native as theirs
from dlt698.codec import decode_apdu, encode_apdu

from protocols.dlt698 import (
    OAD,
    Dar,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetNextResponse,
    GetRecord,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    GetResponse,
    Piid,
    ResultNormal,
    ResultRecord,
    Rows,
    Selector9,
    array,
    build_apdu,
    double_long_unsigned,
    parse_apdu,
)
from protocols.dlt698.line.blocks import BlockRead, Joined, LongRead, NextBlock, cut
from tests.protocols.dlt698.examples import DAILY, ENERGY, FREEZE_TIME, STAMP
from tests.protocols.dlt698.peer import ours

PIID = Piid(7)
COLUMNS = (FREEZE_TIME, ENERGY)
ATTRIBUTES = tuple(OAD(0x2000 + number, 2, 0) for number in range(40))
MONTHLY = OAD.parse("50060200")
FIRST = 0
"""The number of the first block with the peer; other servers count from 1."""


def _rows(count: int) -> Rows:
    return tuple((STAMP, array(*[double_long_unsigned(number)] * 5)) for number in range(count))


def _query(table: OAD) -> GetRecord:
    return GetRecord(table, Selector9(1), COLUMNS)


DAYS, MONTHS = ResultRecord(DAILY, COLUMNS, _rows(30)), ResultRecord(MONTHLY, COLUMNS, _rows(12))
LONG: dict[str, tuple[LongRead, GetResponse]] = {
    "attributes": (
        GetListRequest(PIID, ATTRIBUTES),
        GetListResponse(
            PIID,
            tuple(
                ResultNormal(oad, array(double_long_unsigned(oad.oi)) if oad.oi % 3 else Dar.REFUSED)
                for oad in ATTRIBUTES
            ),
        ),
    ),
    "rows": (GetRecordRequest(PIID, _query(DAILY)), GetRecordResponse(PIID, DAYS)),
    "rows of tables": (
        GetRecordListRequest(PIID, (_query(DAILY), _query(MONTHLY))),
        GetRecordListResponse(PIID, (DAYS, MONTHS)),
    ),
}
rooms = pytest.mark.parametrize("room", [80, 200, 330])
answers = pytest.mark.parametrize("name", LONG)


@rooms
@answers
def test_the_peer_joins_the_blocks_that_we_cut(name: str, room: int) -> None:
    """Block by block, each asked for by the number of the one before, it has our answer in the end."""
    request, response = LONG[name]
    blocks = cut(response, room, FIRST)
    assert blocks is not None
    transfer = theirs.GetBlockTransfer(PIID.number, isinstance(response, GetRecordResponse | GetRecordListResponse))
    block = blocks.begin(PIID)
    joined: Any = None
    while joined is None:
        octets = build_apdu(block)
        assert len(octets) <= room
        joined = transfer.accept(_of_theirs(octets))
        block = blocks.after(GetNextRequest(PIID, block.block))
    assert (joined.piid_acd, _parts(joined)) == (request.piid.number, _parts(_of_theirs(build_apdu(response))))


@rooms
@answers
def test_we_join_the_blocks_that_the_peer_cuts(name: str, room: int) -> None:
    """Block by block, each asked for by the number of the one before, we have its answer in the end."""
    request, response = LONG[name]
    read = BlockRead(request)
    progress: object = None
    for block in theirs.GetBlockTransfer.split(_of_theirs(build_apdu(response)), room):
        assert progress is None or isinstance(progress, NextBlock)
        apdu = parse_apdu(encode_apdu(block))
        assert isinstance(apdu, GetNextResponse)
        progress = read.take(apdu)
    assert progress == Joined(response)


def _of_theirs(octets: bytes) -> Any:
    return decode_apdu(octets)


def _parts(response: Any) -> Any:
    """Give what is in a response of theirs, which is the same class for one and for several."""
    return ours(response.attributes if isinstance(response, theirs.GetResponse) else response.records)
