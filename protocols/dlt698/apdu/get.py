"""GET (读取): attributes, records of freeze and task tables, and answers in blocks."""

from dataclasses import dataclass
from typing import ClassVar

import construct as c

from protocols.dlt698.apdu.common import (
    DAR_FIELD,
    GET_RECORD_FIELD,
    RESULT_NORMAL_FIELD,
    RESULT_RECORD_FIELD,
    ClientApdu,
    GetRecord,
    ResultNormal,
    ResultRecord,
    ServerApdu,
    client,
    kinds,
    server,
)
from protocols.dlt698.axdr import OCTETS, Adapted, Choice, SequenceOf, Typed
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.descriptors import OAD, OAD_FIELD


@dataclass(frozen=True, slots=True)
class GetRequest(ClientApdu):
    """Any GET-Request."""

    tag = 5
    service = "GET-Request"


@dataclass(frozen=True, slots=True)
class GetNormalRequest(GetRequest):
    """One attribute."""

    kind = 1

    oad: OAD


@dataclass(frozen=True, slots=True)
class GetListRequest(GetRequest):
    """Several attributes."""

    kind = 2

    oads: tuple[OAD, ...]


@dataclass(frozen=True, slots=True)
class GetRecordRequest(GetRequest):
    """Rows of a table."""

    kind = 3

    record: GetRecord


@dataclass(frozen=True, slots=True)
class GetRecordListRequest(GetRequest):
    """Rows of several tables."""

    kind = 4

    records: tuple[GetRecord, ...]


@dataclass(frozen=True, slots=True)
class GetNextRequest(GetRequest):
    """The block after ``block``, the last one received correctly."""

    kind = 5

    block: int


@dataclass(frozen=True, slots=True)
class GetMd5Request(GetRequest):
    """MD5 of one attribute."""

    kind = 6

    oad: OAD


@dataclass(frozen=True, slots=True)
class GetResponse(ServerApdu):
    """Any GET-Response."""

    tag = 133
    service = "GET-Response"


@dataclass(frozen=True, slots=True)
class GetNormalResponse(GetResponse):
    """One attribute."""

    kind = 1

    result: ResultNormal


@dataclass(frozen=True, slots=True)
class GetListResponse(GetResponse):
    """Several attributes, in the order asked; match them by OAD all the same."""

    kind = 2

    results: tuple[ResultNormal, ...]


@dataclass(frozen=True, slots=True)
class GetRecordResponse(GetResponse):
    """Rows of a table; no row is a normal answer."""

    kind = 3

    record: ResultRecord


@dataclass(frozen=True, slots=True)
class GetRecordListResponse(GetResponse):
    """Rows of several tables."""

    kind = 4

    records: tuple[ResultRecord, ...]


@dataclass(frozen=True, slots=True)
class NormalBlock:
    """Content of a block: attributes."""

    choice: ClassVar[int] = 1
    results: tuple[ResultNormal, ...]


@dataclass(frozen=True, slots=True)
class RecordBlock:
    """Content of a block: records; the rows of all blocks together are the answer."""

    choice: ClassVar[int] = 2
    results: tuple[ResultRecord, ...]


@dataclass(frozen=True, slots=True)
class GetNextResponse(GetResponse):
    """One block of an answer (应用层分帧); the first number is 0 or 1 by maker, then each is one more."""

    kind = 5

    last: bool
    block: int
    content: Dar | NormalBlock | RecordBlock


@dataclass(frozen=True, slots=True)
class GetMd5Response(GetResponse):
    """MD5 of one attribute."""

    kind = 6

    oad: OAD
    result: bytes | Dar


_CONTENT = Choice(
    "block content",
    {
        0: (Dar, DAR_FIELD),
        1: (NormalBlock, Typed(NormalBlock, "results" / SequenceOf(RESULT_NORMAL_FIELD))),
        2: (RecordBlock, Typed(RecordBlock, "results" / SequenceOf(RESULT_RECORD_FIELD))),
    },
)

GET_REQUEST = kinds(
    client(GetNormalRequest, "oad" / OAD_FIELD),
    client(GetListRequest, "oads" / SequenceOf(OAD_FIELD)),
    client(GetRecordRequest, "record" / GET_RECORD_FIELD),
    client(GetRecordListRequest, "records" / SequenceOf(GET_RECORD_FIELD)),
    client(GetNextRequest, "block" / c.Int16ub),
    client(GetMd5Request, "oad" / OAD_FIELD),
)
GET_RESPONSE = kinds(
    server(GetNormalResponse, "result" / RESULT_NORMAL_FIELD),
    server(GetListResponse, "results" / SequenceOf(RESULT_NORMAL_FIELD)),
    server(GetRecordResponse, "record" / RESULT_RECORD_FIELD),
    server(GetRecordListResponse, "records" / SequenceOf(RESULT_RECORD_FIELD)),
    server(GetNextResponse, "last" / Adapted(c.Int8ub, bool, int), "block" / c.Int16ub, "content" / _CONTENT),
    server(
        GetMd5Response,
        "oad" / OAD_FIELD,
        "result" / Choice("MD5 result", {0: (Dar, DAR_FIELD), 1: (bytes, OCTETS)}),
    ),
)
