"""Answers with records, straight to columns.

The APDU is read by the readers of its declaration; only its rows are read by templates (:mod:`.template`), and those
that follow none by the reader of Data, one by one. So head, columns and tail are judged as ever, and the columns are
what :func:`.building.table_of` makes of rows read one by one; a property test holds both equal.

``bench/dlt698_frames.py`` prints what that is worth: of 30 meters with 5 columns in a frame the tree of values takes
five times as long, most of it for making values that a database would only take apart again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from protocols.dlt698.apdu.common import (
    Apdu,
    FollowNormal,
    FollowRecord,
    Piid,
    RecordField,
    ResultRecord,
    Rows,
    ServerApdu,
    record_reader,
)
from protocols.dlt698.apdu.get import GetNextResponse, GetRecordListResponse, GetRecordResponse, RecordBlock
from protocols.dlt698.apdu.proxy import ProxyGetRecordResponse
from protocols.dlt698.apdu.registry import APDU, parse_apdu
from protocols.dlt698.apdu.report import ReportRecordNotification
from protocols.dlt698.axdr import LENGTH
from protocols.dlt698.axdr.reading import ASTRAY, AstrayError, Read, Readers
from protocols.dlt698.records.building import Builder, table_of
from protocols.dlt698.records.stored import STORES, Store
from protocols.dlt698.records.table import Leaf, Table, leaves_of
from protocols.dlt698.records.template import Drafter, Template
from protocols.dlt698.values.dar import Dar
from protocols.dlt698.values.data import DATA
from protocols.dlt698.values.descriptors import CSD, OAD, TSA
from protocols.dlt698.values.value import DataType

MOST_TEMPLATES = 8
"""Forms of rows remembered for one list of columns: kinds of meters, each with and without a value here and there."""
MOST_DRAFTS = 32
"""Templates made for one record: rows that go on differing are read alone, which takes less time."""
MOST_LISTS = 64
"""Lists of columns whose templates are remembered."""


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """A-ResultRecord with its rows as columns, or why there are none; ``columns`` as the server named them."""

    oad: OAD
    columns: tuple[CSD, ...]
    result: Table | Dar


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """A GET or PROXY answer or a report with records.

    ``server`` is the meter that a PROXY answer is of; ``block`` is the number of one of several, ``last`` the last.
    """

    answer: type[ServerApdu]
    piid: Piid
    records: tuple[BulkRecord, ...]
    block: int | None = None
    last: bool = True
    server: TSA | None = None
    follow: FollowNormal | tuple[BulkRecord, ...] | None = None


_RECORDS: Mapping[type, Callable[[Any], tuple[BulkRecord | ResultRecord, ...]]] = {
    GetRecordResponse: lambda apdu: (apdu.record,),
    GetRecordListResponse: lambda apdu: apdu.records,
    GetNextResponse: lambda apdu: apdu.content.results,
    ProxyGetRecordResponse: lambda apdu: (apdu.record,),
    ReportRecordNotification: lambda apdu: apdu.results,
}
"""Where the classes of APDU that have records have them."""


def has_records(apdu: Apdu) -> bool:
    """Whether an APDU that was skimmed (:meth:`BulkReader.skim`) lacks the rows of records."""
    return type(apdu) in _RECORDS or (isinstance(apdu, ServerApdu) and isinstance(apdu.follow, FollowRecord))


class _Skipped:
    """Takes rows as a builder does, and keeps none of them."""

    def __init__(self, _csds: tuple[CSD, ...]) -> None:
        pass

    def run(self, _template: Template, _data: bytes, _at: int, _count: int) -> None:
        """See `Builder.run`."""

    def row(self, _leaves: Iterable[Leaf]) -> None:
        """See `Builder.row`."""

    def table(self) -> Rows:
        """Give what was kept."""
        return ()


class BulkReader:
    """Reads answers with records; ``stores`` says what columns hold of types that no database takes as they are.

    What it learns of the forms of rows it remembers for the next answer: keep one for each ``stores``.
    """

    def __init__(self, stores: Mapping[DataType, Store] = STORES) -> None:
        self._stores = stores
        self._drafter = Drafter(stores)
        self._templates: dict[bytes, list[Template]] = {}
        self._read = self._readers(Builder, BulkRecord).of(APDU)
        self._skim = self._readers(_Skipped, ResultRecord).of(APDU)

    def read(self, octets: bytes) -> BulkAnswer | None:
        """Read the one APDU that fills ``octets``; None if it is none with records.

        Raises RemoteProtocolError as :func:`..apdu.registry.parse_apdu` does, and ``too_wide`` of :mod:`.building`.
        """
        try:
            apdu, end = self._read(octets, 0)
        except ASTRAY:
            apdu, end = None, -1
        if end != len(octets):
            apdu = parse_apdu(octets)
        if type(apdu) not in _RECORDS or (type(apdu) is GetNextResponse and not isinstance(apdu.content, RecordBlock)):
            return None
        is_block = isinstance(apdu, GetNextResponse)
        follow = apdu.follow
        return BulkAnswer(
            type(apdu),
            apdu.piid,
            tuple(map(self._record, _RECORDS[type(apdu)](apdu))),
            apdu.block if is_block else None,
            apdu.last if is_block else True,
            apdu.server if isinstance(apdu, ProxyGetRecordResponse) else None,
            tuple(map(self._record, follow.results)) if isinstance(follow, FollowRecord) else follow,
        )

    def _record(self, record: BulkRecord | ResultRecord) -> BulkRecord:
        """Take a record that has columns already, or which had to be read by walking its declaration."""
        if isinstance(record, BulkRecord):
            return record
        result = record.result
        return BulkRecord(
            record.oad,
            record.columns,
            result if isinstance(result, Dar) else table_of(record.columns, result, self._stores),
        )

    def skim(self, octets: bytes) -> Apdu:
        """Read any APDU, but keep no row of its records: for who only has to know whose it is, and that it is sound.

        Raises RemoteProtocolError as :func:`..apdu.registry.parse_apdu` does.
        """
        try:
            apdu, end = self._skim(octets, 0)
        except ASTRAY:
            return parse_apdu(octets)
        found: Apdu = apdu
        return found if end == len(octets) else parse_apdu(octets)

    def _readers(self, begin: Callable[[tuple[CSD, ...]], "Builder | _Skipped"], make: Callable[..., Any]) -> Readers:
        """Make the readers of APDUs whose rows are taken by what ``begin`` gives for a list of columns."""

        def record_of(_declaration: RecordField, readers: Readers) -> Read:
            count, cell = readers.of(LENGTH), readers.of(DATA)

            def read_rows(columns: tuple[CSD, ...], listed: bytes, data: bytes, at: int) -> tuple[Any, int]:
                left, at = count(data, at)
                if left and not columns:
                    raise AstrayError
                builder, known, drafts = begin(columns), self._known(listed), MOST_DRAFTS
                while left:
                    template, run = _fitting(known, data, at, left)
                    if template is None and drafts:
                        drafts -= 1
                        template, run = self._drafted(known, columns, data, at, left)
                    if template is not None:
                        builder.run(template, data, at, run)
                        at += run * template.size
                    else:
                        run, row = 1, []
                        for _ in columns:
                            value, at = cell(data, at)
                            row.append(value)
                        builder.row(leaves_of(columns, row, self._stores))
                    left -= run
                return builder.table(), at

            return record_reader(readers, read_rows, make)

        return Readers(instead={RecordField: record_of})

    def _known(self, listed: bytes) -> list[Template]:
        """Give the templates of a list of columns, by its bytes: to hash the columns takes as long as to read them."""
        known = self._templates.pop(listed, None)
        if known is None:
            known = []
            if len(self._templates) >= MOST_LISTS:
                del self._templates[next(iter(self._templates))]
        self._templates[listed] = known  # behind all others: what was not met for longest goes first
        return known

    def _drafted(
        self, known: list[Template], columns: tuple[CSD, ...], data: bytes, at: int, left: int
    ) -> tuple[Template | None, int]:
        """Make the template of the next row, and tell how many follow it; none where it has to be read alone."""
        drafted = self._drafter.draft(columns, data, at)
        if drafted is None:
            return None, 0
        known.insert(0, drafted)
        del known[MOST_TEMPLATES:]
        return drafted, drafted.run(data, at, left)


def _fitting(known: list[Template], data: bytes, at: int, left: int) -> tuple[Template | None, int]:
    """Find the template that the next rows follow, and how many of them.

    The one that fits goes to the front, so that the forms that are met most are tried first.
    """
    for place, template in enumerate(known):
        run = template.run(data, at, left)
        if run:
            if place:
                known.insert(0, known.pop(place))
            return template, run
    return None, 0


read_bulk = BulkReader().read
"""Read an answer with records, moments as ISO text; see :meth:`BulkReader.read`."""
