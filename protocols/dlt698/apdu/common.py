# ruff: noqa: SLF001 - construct is extended by its own protocol of _parse, _parsereport and _build
"""What all APDUs share: PIID, tails, results (DL/T 698.45-2017, 应用层).

An APDU is ``tag, [kind], PIID, body, tail``. The tail of a client's APDU is an optional TimeTag, that of a
server's an optional FollowReport before it; LINK and SECURITY have neither.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, ClassVar

import construct as c

from protocols.dlt698.axdr import LENGTH, Adapted, Choice, Optionally, SequenceOf, Typed, reads, writer, writes
from protocols.dlt698.axdr.reading import AstrayError, Read, Readers
from protocols.dlt698.axdr.writing import Write
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.data import DATA, RSD_FIELD
from protocols.dlt698.values.descriptors import CSD, OAD, OAD_FIELD, RCSD_FIELD, TI, TI_FIELD
from protocols.dlt698.values.moments import DATE_TIME_S, DateTimeS
from protocols.dlt698.values.selection import RSD
from protocols.dlt698.values.value import Value
from protocols.errors import LocalProtocolError, RemoteProtocolError

PIIDS = 64  # the number is six bits


@dataclass(frozen=True, slots=True)
class Piid:
    """Service number 0..63 and priority (服务序号-优先级); ``acd`` = the server has events to be read (请求访问)."""

    number: int
    high: bool = False
    acd: bool = False


@dataclass(frozen=True, slots=True)
class TimeTag:
    """TimeTag (时间标签): when it was sent and how long it may travel; 0 = for ever."""

    sent: DateTimeS
    allowed: TI


@dataclass(frozen=True, slots=True)
class ResultNormal:
    """A-ResultNormal: an attribute and its value, or why there is none."""

    oad: OAD
    result: Value | Dar


Rows = tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """A-ResultRecord: a table, the columns that the server sends, and the rows, or why there are none.

    Each row holds one value per column; a ROAD column is one array with an element per OAD of it.
    """

    oad: OAD
    columns: tuple[CSD, ...]
    result: Rows | Dar


@dataclass(frozen=True, slots=True)
class GetRecord:
    """GetRecord: a table, which rows, which columns (none = all)."""

    oad: OAD
    rows: RSD
    columns: tuple[CSD, ...]


@dataclass(frozen=True, slots=True)
class FollowNormal:
    """FollowReport (跟随上报) 1: attributes; treat them as a report that wants no answer."""

    results: tuple[ResultNormal, ...]


@dataclass(frozen=True, slots=True)
class FollowRecord:
    """FollowReport (跟随上报) 2: records."""

    results: tuple[ResultRecord, ...]


@dataclass(frozen=True, slots=True)
class Apdu:
    """Any APDU: its tag, its kind within the service, and the service's name."""

    tag: ClassVar[int]
    kind: ClassVar[int | None] = None
    service: ClassVar[str]


@dataclass(frozen=True, slots=True)
class ClientApdu(Apdu):
    """An APDU of the client (客户机): PIID and TimeTag."""

    piid: Piid
    timetag: TimeTag | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class ServerApdu(Apdu):
    """An APDU of the server (服务器): PIID-ACD, FollowReport and TimeTag."""

    piid: Piid
    follow: FollowNormal | FollowRecord | None = field(default=None, kw_only=True)
    timetag: TimeTag | None = field(default=None, kw_only=True)


class _Rows(c.Construct):  # type: ignore[misc]  # construct ships no types
    """SEQUENCE OF A-RecordRow: one Data per column without a count; the columns are those before it."""

    def _parse(self, stream: BytesIO, context: Any, path: str) -> Rows:
        offset = stream.tell()
        count = LENGTH._parse(stream, context, path)
        columns = context["columns"]
        if count and not columns:
            raise RemoteProtocolError("bad_count", f"{count} rows without columns", offset=offset)
        return tuple(tuple(DATA._parse(stream, context, path) for _ in columns) for _ in range(count))

    def _build(self, obj: Rows, stream: BytesIO, context: Any, path: str) -> Rows:
        LENGTH._build(len(obj), stream, context, path)
        columns = context["columns"]
        for row in obj:
            if len(row) != len(columns) or not columns:
                raise LocalProtocolError(f"a row of {len(row)} values under {len(columns)} columns")
            for cell in row:
                DATA._build(cell, stream, context, path)
        return obj


class RecordField(Typed):
    """A-ResultRecord as a declaration of its own: what its rows are depends on the columns before them."""


ReadRows = Callable[[tuple[CSD, ...], bytes, bytes, int], tuple[Any, int]]
"""From the columns of a table, their own bytes, all bytes and a place to the rows there, and the place behind them."""


def record_reader(readers: Readers, read_rows: ReadRows, make: Callable[..., Any] = ResultRecord) -> Read:
    """Make the reader of a record whose rows are read by ``read_rows``, and of which ``make`` makes something."""
    read_oad, read_columns, read_dar = map(readers.of, (OAD_FIELD, RCSD_FIELD, DAR_FIELD))

    def read(data: bytes, at: int) -> tuple[Any, int]:
        oad, at = read_oad(data, at)
        columns, end = read_columns(data, at)
        has_rows = data[end]
        if has_rows > 1:
            raise AstrayError
        result, at = read_rows(columns, data[at:end], data, end + 1) if has_rows else read_dar(data, end + 1)
        return make(oad, columns, result), at

    return read


@reads(RecordField)
def read_record(_declaration: RecordField, readers: Readers) -> Read:
    """Read a record, each cell of its rows as a Value."""
    count, cell = readers.of(LENGTH), readers.of(DATA)

    def read_rows(columns: tuple[CSD, ...], _listed: bytes, data: bytes, at: int) -> tuple[Rows, int]:
        number, at = count(data, at)
        if number and not columns:
            raise AstrayError
        rows = []
        for _ in range(number):
            row = []
            for _ in columns:
                value, at = cell(data, at)
                row.append(value)
            rows.append(tuple(row))
        return tuple(rows), at

    return record_reader(readers, read_rows)


@writes(RecordField)
def write_record(_declaration: RecordField) -> Write:
    """Write a record."""
    write_oad, write_columns, write_dar = map(writer, (OAD_FIELD, RCSD_FIELD, DAR_FIELD))
    count, cell = writer(LENGTH), writer(DATA)

    def write(record: ResultRecord, out: bytearray) -> None:
        write_oad(record.oad, out)
        write_columns(record.columns, out)
        if isinstance(record.result, Dar):
            out.append(0)
            write_dar(record.result, out)
            return
        if type(record.result) is not tuple:
            raise TypeError
        out.append(1)
        count(len(record.result), out)
        for row in record.result:
            if len(row) != len(record.columns) or not row:
                raise ValueError
            for value in row:
                cell(value, out)

    return write


def _piid(octet: int) -> Piid:
    return Piid(octet & (PIIDS - 1), bool(octet & 0x80), bool(octet & 0x40))


def _octet(piid: Piid) -> int:
    if not 0 <= piid.number < PIIDS:
        raise LocalProtocolError(f"PIID {piid.number} is out of 0..{PIIDS - 1}")
    return bool(piid.high) << 7 | bool(piid.acd) << 6 | piid.number


PIID_FIELD = Adapted(c.Int8ub, _piid, _octet)
TIME_TAG_FIELD = Typed(TimeTag, "sent" / DATE_TIME_S, "allowed" / TI_FIELD)
DAR_FIELD = Adapted(c.Int8ub, Dar, int)
RESULT_NORMAL_FIELD = Typed(
    ResultNormal, "oad" / OAD_FIELD, "result" / Choice("Get-Result", {0: (Dar, DAR_FIELD), 1: (Value, DATA)})
)
RESULT_RECORD_FIELD = RecordField(
    ResultRecord,
    "oad" / OAD_FIELD,
    "columns" / RCSD_FIELD,
    "result" / Choice("record result", {0: (Dar, DAR_FIELD), 1: (tuple, _Rows())}),
)
GET_RECORD_FIELD = Typed(GetRecord, "oad" / OAD_FIELD, "rows" / RSD_FIELD, "columns" / RCSD_FIELD)
FOLLOW_FIELD = Choice(
    "FollowReport",
    {
        1: (FollowNormal, Typed(FollowNormal, "results" / SequenceOf(RESULT_NORMAL_FIELD))),
        2: (FollowRecord, Typed(FollowRecord, "results" / SequenceOf(RESULT_RECORD_FIELD))),
    },
)

PIID = "piid" / PIID_FIELD
CLIENT_TAIL = ("timetag" / Optionally(TIME_TAG_FIELD),)
SERVER_TAIL = ("follow" / Optionally(FOLLOW_FIELD), *CLIENT_TAIL)


def client(cls: type[ClientApdu], *body: Any) -> Typed:
    """Declare a client's APDU: PIID, body, TimeTag."""
    return Typed(cls, PIID, *body, *CLIENT_TAIL)


def server(cls: type[ServerApdu], *body: Any) -> Typed:
    """Declare a server's APDU: PIID-ACD, body, FollowReport, TimeTag."""
    return Typed(cls, PIID, *body, *SERVER_TAIL)


def kinds(*declarations: Typed) -> Choice:
    """Declare the kinds of one service by their classes' ``kind``."""
    service = declarations[0].cls.service
    return Choice(f"{service} kind", {item.cls.kind: (item.cls, item) for item in declarations}, reason="unknown_kind")
