"""Records that are more than a row of values: whole freeze blocks and load records, DL/T 645-2007, annexes A and B.

Their sub-blocks are parted by AAH, which no BCD digits contain, and one that the meter does not keep is empty.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from construct import Construct, ExprAdapter, GreedyBytes, Sequence

from protocols.dlt645.items.fields import stamp
from protocols.dlt645.items.rows import Piece, Row
from protocols.dlt645.items.values import Record, Value
from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["FreezeBlock", "LoadRecord", "LoadRecords", "freeze_block", "load_records"]

Parts = Mapping[int, tuple[Value, ...]]
"""Values of sub-blocks by number; one that the meter does not keep is not in it."""

_MARK = b"\xaa"
_BEGIN = b"\xa0\xa0"
_BEGIN_INCORRECT = b"\xe0\xe0"
_END = 0xE5
_TIME = stamp("YYMMDDhhmm")
_TIME_SIZE = 5
_HEAD = 3
_TAIL = 2
"""Check sum and end code."""
_LONGEST = 0xFF
_MARKED = Piece(_MARK, len(_MARK), frame="mark")


@dataclass(frozen=True, slots=True)
class FreezeBlock(Record):
    """A whole freeze (冻结数据块): sub-blocks by DI1 of the item that reads each alone, 00 the time."""

    parts: Parts

    @property
    def at(self) -> Value:
        """When it was frozen; None where the meter does not say."""
        return self.parts.get(0, (None,))[0]


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """A load record (负荷记录): the values of each class (1..6) that the meter keeps.

    Where the record is not correct, its values must not be relied on: the meter says so itself by how the record
    begins, or its check sum does not fit.
    """

    at: Value
    classes: Parts
    is_correct: bool = True


@dataclass(frozen=True, slots=True)
class LoadRecords(Record):
    """Load records in the order they were sent, none where the meter has none of the time asked for."""

    records: tuple[LoadRecord, ...]

    def __iter__(self) -> Iterator[LoadRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


def freeze_block(parts: Mapping[int, Row], size: int | None) -> Construct:
    """Field of a `FreezeBlock` with the rows of its sub-blocks by number."""

    def read(wire: bytes) -> FreezeBlock:
        return FreezeBlock(_parts(walk_freeze(parts, wire)))

    return _field(size, FreezeBlock, read, lambda block: _joined(parts, block.parts))


def walk_freeze(parts: Mapping[int, Row], wire: bytes) -> Iterator[Piece]:
    """Go through a whole freeze, piece by piece.

    Raises RemoteProtocolError ``sub_blocks`` where the marks do not part it into its sub-blocks.
    """
    return _walk_parts(parts, wire)


def load_records(classes: Mapping[int, Row], size: int | None) -> Construct:
    """Field of `LoadRecords` with the rows of the classes by number."""

    def read(wire: bytes) -> LoadRecords:
        return LoadRecords(tuple(_records(walk_load(classes, wire))))

    def write(records: LoadRecords) -> bytes:
        return b"".join(_load_record(classes, record) for record in records)

    return _field(size, LoadRecords, read, write)


def walk_load(classes: Mapping[int, Row], wire: bytes) -> Iterator[Piece]:
    """Go through load records, piece by piece.

    Raises RemoteProtocolError ``load_record`` where a record has no begin, length or end, and ``sub_blocks`` where
    the marks do not part it into its classes.
    """
    at = 0
    while at < len(wire):
        end = at + _HEAD + _body_size(wire, at)
        begin = wire[at : at + len(_BEGIN)]
        yield Piece(begin, len(begin), frame="begin" if begin == _BEGIN else "begin_incorrect")
        yield Piece(wire[at + 2 : at + _HEAD], 1, frame="length")
        since = at + _HEAD
        yield Piece(_TIME.decode(wire[since : since + _TIME_SIZE]), _TIME_SIZE, frame="time")
        yield from _walk_parts(classes, wire[since + _TIME_SIZE : end])
        fits = sum(wire[at:end]) & 0xFF == wire[end]
        yield Piece(wire[end : end + 1], 1, frame="checksum" if fits else "checksum_wrong")
        yield Piece(wire[end + 1 : end + _TAIL], 1, frame="end")
        at = end + _TAIL


def _body_size(wire: bytes, at: int) -> int:
    """Bytes of a record between its length byte and its check sum.

    Where the length byte counts the check sum and the end as well, or the whole record, the end code tells.
    """
    if wire[at : at + len(_BEGIN)] in {_BEGIN, _BEGIN_INCORRECT} and len(wire) >= at + _HEAD:
        for counted in (0, _TAIL, _HEAD + _TAIL):
            size = wire[at + 2] - counted
            if size >= _TIME_SIZE and wire[at + _HEAD + size + 1 : at + _HEAD + size + _TAIL] == bytes([_END]):
                return size
    raise RemoteProtocolError("load_record", f"no load record from byte {at} on", offset=at)


def _walk_parts(parts: Mapping[int, Row], wire: bytes) -> Iterator[Piece]:
    """Go through sub-blocks by their marks; a lone one may stand in its place among the marks of all."""
    last = len(parts) - 1
    around = _marks(wire, 0) if not last else 0
    yield from [_MARKED] * around
    at = around
    for order, (number, row) in enumerate(parts.items()):
        size = _part_size(row, wire, at)
        if size:
            fields = row.fields_for(size)
            for place, field in enumerate(fields):
                yield Piece(field.decode(wire[at : at + field.size]), field.size, number, place, len(fields))
                at += field.size
        if wire[at : at + 1] == _MARK:
            yield _MARKED
            at += len(_MARK)
        elif order != last:
            break
    around = _marks(wire, at) if not last else 0
    yield from [_MARKED] * around
    at += around
    if at != len(wire) or order != last:
        raise RemoteProtocolError(
            "sub_blocks",
            f"sub-block {number:02X} ends at byte {at} of {len(wire)}, {last - order} more belong behind it",
            offset=at,
        )


def _marks(wire: bytes, at: int) -> int:
    """Bytes of the marks that stand at ``at``."""
    return len(wire) - at - len(wire[at:].lstrip(_MARK))


def _part_size(row: Row, wire: bytes, at: int) -> int:
    """Bytes of the sub-block that begins at ``at``: to the mark behind it, or the end."""
    if row.size is not None and wire[at : at + 1] not in {_MARK, b""}:
        return min(row.size, len(wire) - at)
    end = wire.find(_MARK, at)
    return (len(wire) if end < 0 else end) - at


def _parts(pieces: Iterator[Piece]) -> Parts:
    found: dict[int, list[Value]] = {}
    for piece in pieces:
        if not piece.frame:
            found.setdefault(piece.part, []).append(piece.value)
    return {part: tuple(values) for part, values in found.items()}


def _records(pieces: Iterator[Piece]) -> Iterator[LoadRecord]:
    record: list[Piece] = []
    for piece in pieces:
        record.append(piece)
        if piece.frame == "end":
            time = next(piece.value for piece in record if piece.frame == "time")
            is_correct = not any(piece.frame in {"begin_incorrect", "checksum_wrong"} for piece in record)
            yield LoadRecord(time, _parts(iter(record)), is_correct)
            record = []


def _joined(rows: Mapping[int, Row], parts: Parts) -> bytes:
    strange = set(parts) - set(rows)
    if strange:
        raise LocalProtocolError(f"sub-block {min(strange):02X} is none of the item's")
    return _MARK.join(_block(row, parts[number]) if number in parts else b"" for number, row in rows.items())


def _block(row: Row, values: tuple[Value, ...]) -> bytes:
    if not values:
        raise LocalProtocolError("a sub-block without values is left out")
    built: bytes = Sequence(*row.fields_of(len(values))).build(values)
    return built


def _load_record(classes: Mapping[int, Row], record: LoadRecord) -> bytes:
    body: bytes = _TIME.build(record.at) + _joined(classes, record.classes) + _MARK
    if len(body) > _LONGEST:
        raise LocalProtocolError(f"a load record of {len(body)} bytes is too long")
    framed = (_BEGIN if record.is_correct else _BEGIN_INCORRECT) + bytes([len(body)]) + body
    return framed + bytes([sum(framed) & 0xFF, _END])


def _field(
    size: int | None, kind: type[Record], read: Callable[[bytes], Value], write: Callable[..., bytes]
) -> Construct:
    def encode(value: Value) -> bytes:
        if not isinstance(value, kind):
            raise LocalProtocolError(f"{value!r} given where a field takes {kind.__name__}")
        return write(value)

    if size is None:
        return ExprAdapter(GreedyBytes, lambda wire, _: read(wire), lambda value, _: encode(value))
    return Fixed(size, read, encode)
