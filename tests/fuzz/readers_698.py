"""DL/T 698.45 is read in several ways, by speed and purpose; the fuzzer looks for bytes that they read differently.

The declaration, walked by construct, is the authority. Beside it stand the readers derived from it, those that put
records into columns, and the one that says where each part lies.
"""

from collections.abc import Callable
from itertools import pairwise

from protocols.dlt698 import (
    Apdu,
    Dar,
    GetNextResponse,
    GetRecordListResponse,
    GetRecordResponse,
    ProxyGetRecordResponse,
    RecordBlock,
    ReportRecordNotification,
    ResultRecord,
    parse_apdu,
    parse_data,
    parse_link,
)
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import walk
from protocols.dlt698.axdr.trace import Part, trace
from protocols.dlt698.records import BulkReader, BulkRecord, table_of
from protocols.dlt698.values.data import DATA
from protocols.dlt698.wire.link import FRAME
from protocols.errors import RemoteProtocolError
from tests.fuzz.drawn import Drawn, attempt, sealed_698

READER = BulkReader()
"""Takes as long to make as a hundred reads; what it learns is forgotten between inputs."""

__all__ = ["declarations_698", "records_698", "traces_698"]


def declarations_698(data: bytes) -> None:
    """The fast way through frames, APDUs and Data reads what walking their declarations reads, errors too."""
    assert _said(parse_apdu, data) == _said(_walked, data)
    assert _said(parse_data, data) == _said(lambda octets: walk(DATA, octets, "Data"), data)
    frame = sealed_698(data)
    assert parse_link(frame) == walk(FRAME, frame, "link frame")


def _walked(octets: bytes) -> object:
    return walk(APDU, octets, "APDU")


def _said(read: Callable[[bytes], object], data: bytes) -> str:
    found = attempt(read, data, RemoteProtocolError)
    return f"{found} {vars(found)}" if isinstance(found, RemoteProtocolError) else repr(found)


def records_698(data: bytes) -> None:
    """Records read to columns are those read one by one, whatever forms the reader has learned from before."""
    drawn = Drawn(data)
    before, octets = drawn.take(drawn.number(0x1FF)), drawn.rest()
    READER._templates.clear()
    for each in (before, octets, octets):
        apdu = attempt(parse_apdu, each, RemoteProtocolError)
        answer = attempt(READER.read, each, RemoteProtocolError)
        if isinstance(apdu, RemoteProtocolError):
            assert isinstance(answer, RemoteProtocolError)
            assert (answer.reason, answer.offset) == (apdu.reason, apdu.offset)
            continue
        records = _records(apdu)
        assert not isinstance(answer, RemoteProtocolError)
        assert (answer is None) == (records is None)
        if answer is not None and records is not None:
            assert repr(answer.records) == repr(tuple(map(_by_columns, records)))


def _records(apdu: Apdu) -> tuple[ResultRecord, ...] | None:
    match apdu:
        case GetRecordResponse(record=record) | ProxyGetRecordResponse(record=record):
            return (record,)
        case GetRecordListResponse(records=records) | ReportRecordNotification(results=records):
            return records
        case GetNextResponse(content=RecordBlock(results=records)):
            return records
    return None


def _by_columns(record: ResultRecord) -> BulkRecord:
    result = record.result if isinstance(record.result, Dar) else table_of(record.columns, record.result)
    return BulkRecord(record.oad, record.columns, result)


def traces_698(data: bytes) -> None:
    """What says where each part lies reads the same, refuses for the same reason, and no two parts overlap."""
    found = trace(APDU, data, "APDU")
    walked = attempt(_walked, data, RemoteProtocolError)
    if isinstance(walked, RemoteProtocolError):
        assert found.problem is not None
        assert found.problem.reason == walked.reason
    else:
        assert found.problem is None
        assert repr(found.root.value) == repr(walked)
        assert (found.root.start, found.root.end) == (0, len(data))
    for part in found.root.walk():
        _lies_well(part)


def _lies_well(part: Part) -> None:
    assert part.start <= part.end
    if part.parts:
        assert part.start <= part.parts[0].start
        assert part.parts[-1].end <= part.end
    for one, following in pairwise(part.parts):
        assert one.end <= following.start
