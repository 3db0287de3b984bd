"""Long answers block by block (应用层分帧, GetResponseNext): joining them at the client, cutting them at the server.

The first block comes in place of the answer; its number is 0 or 1 by maker, then each is one more. The client
asks for the next by the number of the last that it has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard, TypeVar

from protocols.dlt698.apdu.common import (
    RESULT_NORMAL_FIELD,
    RESULT_RECORD_FIELD,
    Apdu,
    Piid,
    ResultNormal,
    ResultRecord,
)
from protocols.dlt698.apdu.get import (
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    GetRecordListRequest,
    GetRecordListResponse,
    GetRecordRequest,
    GetRecordResponse,
    GetResponse,
    NormalBlock,
    RecordBlock,
)
from protocols.dlt698.axdr import build
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import OAD
from protocols.dlt698.values.value import DataType, Value

MOST_BLOCKS = 256  # a server that sends more of them, or repeats the same for ever, never ends
MOST_RESULTS = 16_384  # attributes and rows of one answer
_NUMBERS = 0x10000
_ENVELOPE = 16  # tag, kind, PIID, flag, number, choice, count and tail of a block, with counts of any size
RESTART = frozenset({Dar.FRAGMENTATION_CANCELLED, Dar.NOT_IN_FRAGMENTATION, Dar.BLOCK_NUMBER_INVALID})
"""What a server says when it does not hold the rest any more: the whole read has to start again."""

LongRead = GetNormalRequest | GetListRequest | GetRecordRequest | GetRecordListRequest
Result = TypeVar("Result", ResultNormal, ResultRecord)


@dataclass(frozen=True, slots=True)
class NextBlock:
    """There is more: ask for what follows this block."""

    after: int

    def request(self, piid: Piid) -> GetNextRequest:
        """Make the request for it."""
        return GetNextRequest(piid, self.after)


@dataclass(frozen=True, slots=True)
class RepeatedBlock:
    """The block is there already; the one that was asked for is still to come."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer as if it had come at once."""

    response: GetResponse


@dataclass(frozen=True, slots=True)
class Broken:
    """The answer cannot be put together; with ``restart`` the server asks for the whole read to start again."""

    why: str
    restart: bool = False


Progress = NextBlock | RepeatedBlock | Joined | Broken


class BlockRead:
    """The blocks of the answer to one request."""

    def __init__(self, request: LongRead) -> None:
        self._request = request
        self._results: list[ResultNormal | ResultRecord] = []
        self._size = 0
        self._blocks = 0
        self._last: int | None = None

    def take(self, block: GetNextResponse) -> Progress:
        """Take a block and tell what follows from it."""
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            return Broken(f"more than {MOST_BLOCKS} blocks")
        if isinstance(block.content, Dar):
            return self._refused(block, block.content)
        if self._last is not None and block.block == self._last:
            return RepeatedBlock()
        if self._last is not None and block.block != (self._last + 1) % _NUMBERS:
            return Broken(f"block {block.block} after block {self._last}")
        self._last = block.block
        self._results += block.content.results
        self._size += sum(map(_size, block.content.results))
        if self._size > MOST_RESULTS:
            return Broken(f"more than {MOST_RESULTS} results")
        return self._whole(block) if block.last else NextBlock(block.block)

    def _refused(self, block: GetNextResponse, dar: Dar) -> Progress:
        """Take a refusal for the whole answer, whatever came before it."""
        if dar in RESTART:
            return Broken(f"DAR {dar.value}", restart=True)
        match self._request:
            case GetNormalRequest(oad=oad):
                return Joined(GetNormalResponse(block.piid, ResultNormal(oad, dar)))
            case GetListRequest(oads=oads):
                return Joined(GetListResponse(block.piid, tuple(ResultNormal(oad, dar) for oad in oads)))
            case GetRecordRequest(record=record):
                return Joined(GetRecordResponse(block.piid, ResultRecord(record.oad, record.columns, dar)))
            case GetRecordListRequest(records=records):
                refused = tuple(ResultRecord(record.oad, record.columns, dar) for record in records)
                return Joined(GetRecordListResponse(block.piid, refused))

    def _whole(self, last: GetNextResponse) -> Progress:
        asked = _asked(self._request)
        normals = [one for one in self._results if isinstance(one, ResultNormal)]
        records = [one for one in self._results if isinstance(one, ResultRecord)]
        if len(set(asked)) == len(asked):
            normals, records = _joined(normals, _array), _joined(records, _rows)
        elif len(self._results) != len(asked):
            return Broken(f"{len(self._results)} results where {len(asked)} were asked, one attribute twice")
        response: GetResponse
        match self._request:
            case GetNormalRequest() if len(normals) == 1 and not records:
                response = GetNormalResponse(last.piid, normals[0])
            case GetRecordRequest() if len(records) == 1 and not normals:
                response = GetRecordResponse(last.piid, records[0])
            case GetListRequest() if not records:
                response = GetListResponse(last.piid, tuple(normals))
            case GetRecordListRequest() if not normals:
                response = GetRecordListResponse(last.piid, tuple(records))
            case _:
                return Broken(f"{len(normals)} attributes and {len(records)} records came in blocks")
        return Joined(replace(response, follow=last.follow, timetag=last.timetag))


class BlockAnswer:
    """A long answer at the server, kept for the requests that fetch it; ``first`` is the number of its first block."""

    def __init__(self, parts: Sequence[NormalBlock | RecordBlock], first: int) -> None:
        self._parts = parts
        self._first = first

    def begin(self, piid: Piid) -> GetNextResponse:
        """Give the first block, in place of the answer."""
        return self._block(piid, 0)

    def after(self, request: GetNextRequest) -> GetNextResponse:
        """Give the block after the one that the client has, as often as it is asked for; DAR 14 if there is none."""
        place = request.block - self._first + 1
        if not 0 < place < len(self._parts):
            return GetNextResponse(request.piid, last=True, block=request.block, content=Dar.BLOCK_NUMBER_INVALID)
        return self._block(request.piid, place)

    def _block(self, piid: Piid, place: int) -> GetNextResponse:
        return GetNextResponse(
            piid, last=place == len(self._parts) - 1, block=self._first + place, content=self._parts[place]
        )


def not_in_blocks(request: GetNextRequest) -> GetNextResponse:
    """Say that there is no long answer to be fetched (DAR 11)."""
    return GetNextResponse(request.piid, last=True, block=request.block, content=Dar.NOT_IN_FRAGMENTATION)


def cut(response: Apdu, room: int, first: int) -> BlockAnswer | None:
    """Cut an answer into blocks of at most ``room`` bytes of APDU, between attributes or rows.

    None for an answer that has no parts to be cut between. What is longer by itself makes a block that is too long.
    """
    parts: list[NormalBlock | RecordBlock]
    match response:
        case GetListResponse(results=results):
            packed = _packed([(len(build(RESULT_NORMAL_FIELD, one, "result")), one) for one in results], room)
            parts = [NormalBlock(tuple(normals)) for normals in packed]
        case GetRecordResponse(record=record):
            parts = [RecordBlock(tuple(_joined(rows, _rows))) for rows in _packed(_rows_apart(record), room)]
        case GetRecordListResponse(records=records):
            rows_apart = [row for record in records for row in _rows_apart(record)]
            parts = [RecordBlock(tuple(_joined(rows, _rows))) for rows in _packed(rows_apart, room)]
        case _:
            return None
    return BlockAnswer(parts, first) if len(parts) > 1 else None


def _asked(request: LongRead) -> tuple[OAD, ...]:
    match request:
        case GetNormalRequest(oad=oad):
            return (oad,)
        case GetListRequest(oads=oads):
            return oads
        case GetRecordRequest(record=record):
            return (record.oad,)
        case GetRecordListRequest(records=records):
            return tuple(record.oad for record in records)


def _size(result: ResultNormal | ResultRecord) -> int:
    return 1 if isinstance(result, ResultNormal) or isinstance(result.result, Dar) else max(1, len(result.result))


def _joined(results: Sequence[Result], together: Callable[[Result, Result], Result | None]) -> list[Result]:
    """Join neighbours that are parts of one."""
    whole: list[Result] = []
    for result in results:
        longer = together(whole[-1], result) if whole and whole[-1].oad == result.oad else None
        if longer is None:
            whole.append(result)
        else:
            whole[-1] = longer
    return whole


def _rows(one: ResultRecord, other: ResultRecord) -> ResultRecord | None:
    """Put the rows of one table under the same columns together."""
    if one.columns != other.columns or isinstance(one.result, Dar) or isinstance(other.result, Dar):
        return None
    return replace(one, result=one.result + other.result)


def _array(one: ResultNormal, other: ResultNormal) -> ResultNormal | None:
    """Put the elements of one array together."""
    if not (_is_array(one.result) and _is_array(other.result)):
        return None
    return replace(one, result=Value(DataType.ARRAY, one.result.value + other.result.value))


def _is_array(result: Value | Dar) -> TypeGuard[Value]:
    return isinstance(result, Value) and result.type is DataType.ARRAY


def _rows_apart(record: ResultRecord) -> list[tuple[int, ResultRecord]]:
    """Give a record row by row, each with its size in bytes."""
    if isinstance(record.result, Dar) or not record.result:
        return [(len(build(RESULT_RECORD_FIELD, record, "record")), record)]
    apart = [replace(record, result=(row,)) for row in record.result]
    return [(len(build(RESULT_RECORD_FIELD, one, "record")), one) for one in apart]


def _packed(parts: Sequence[tuple[int, Result]], room: int) -> list[list[Result]]:
    """Put parts together as long as they fit into the room of one block."""
    packed: list[list[Result]] = []
    left = 0
    for size, part in parts:
        if not packed or size > left:
            packed.append([])
            left = room - _ENVELOPE
        packed[-1].append(part)
        left -= size
    return packed
