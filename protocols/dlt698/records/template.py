"""Templates: the bytes that all rows of one form share, and a packing for those in which they differ.

A template is made of one row by the declaration of Data: type tags, counts and lengths are what has to be the same,
everything else is a leaf of fixed size. So many rows are compared with it at once, as one large number, and unpacked
by one :class:`struct.Struct`. A row of any other form, such as NULL for a silent meter, ends the run.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import construct as c

from protocols.dlt698.axdr import LENGTH, OCTETS, Adapted, Length
from protocols.dlt698.axdr.reading import READERS, AstrayError, numbers_of, packing_of
from protocols.dlt698.objects.numbers import MISSING
from protocols.dlt698.records.stored import AS_THEY_ARE, FROM_OCTETS, Store
from protocols.dlt698.records.table import CONTAINERS, Column, Path, root
from protocols.dlt698.values.data import BIT_COUNT, DATA, BitString, Data, bits_of, build_data
from protocols.dlt698.values.descriptors import CSD
from protocols.dlt698.values.value import DataType, Value

MOST_ROWS = 64
"""Rows compared at once: of a longer run the comparison of what follows an odd row would be for nothing."""
LONGEST_ROW = 1024
"""Bytes of a row that a template is made of; rows of a meter have some 100, and longer ones are read by themselves."""
MOST_BYTES = 8192
"""Bytes compared at once, and kept as a pattern."""
_REMEMBERED = 4096  # texts of moments: the meters of a concentrator share theirs

Decode = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A leaf: where it lies, its type, and how its unpacked values become those of a column (None: as they are)."""

    path: Path
    type: DataType
    decode: Decode | None
    missing: int | None

    def column(self, values: tuple[Any, ...]) -> list[Any]:
        """Make values of a column of what was unpacked."""
        if self.decode is not None:
            return list(map(self.decode, values))
        if self.missing is not None and self.missing in values:
            return [None if value == self.missing else value for value in values]
        return list(values)


class Template:
    """Rows of one form: ``cells`` are their leaves, ``heads`` the columns that these become.

    ``arrays`` are places and sizes of the arrays, ``array_heads`` the columns that they would be.
    """

    def __init__(
        self,
        csds: tuple[CSD, ...],
        mask: bytes,
        constants: bytes,
        packing: struct.Struct,
        cells: tuple[Cell, ...],
        arrays: tuple[tuple[Path, int], ...],
    ) -> None:
        self.size = len(mask)
        self._most = min(MOST_ROWS, MOST_BYTES // self.size)
        self._mask = int.from_bytes(mask * self._most, "big")
        self._constants = int.from_bytes(constants * self._most, "big")
        self._packing = packing
        self.cells = cells
        self.arrays = arrays
        self.heads = tuple(Column(csds[cell.path[0]], cell.path[1:], cell.type) for cell in cells)
        self.array_heads = tuple(Column(csds[path[0]], path[1:], DataType.ARRAY) for path, _ in arrays)

    def run(self, data: bytes, at: int, most: int) -> int:
        """Count the rows of this form from a place on; at most ``most``, and as many as are compared at once."""
        count = min(most, self._most, (len(data) - at) // self.size)
        if count <= 0:
            return 0
        length = count * self.size
        unused = 8 * (self._most * self.size - length)
        found = int.from_bytes(data[at : at + length], "big") & (self._mask >> unused)
        differing = found ^ (self._constants >> unused)
        return (length - (differing.bit_length() + 7) // 8) // self.size

    def unpack(self, data: bytes, at: int, count: int) -> Iterator[tuple[Any, ...]]:
        """Take the leaves out of that many rows of this form, each as it is on the wire."""
        return self._packing.iter_unpack(data[at : at + count * self.size])

    def columns(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """Make what columns hold of rows that were unpacked; one list for each cell."""
        for cell, values in zip(self.cells, zip(*rows, strict=True), strict=True):
            yield cell.column(values)


class Drafter:
    """Makes templates of rows; ``stores`` says what columns hold."""

    def __init__(self, stores: Mapping[DataType, Store]) -> None:
        self._stores = stores
        self._decoders: dict[DataType, Decode] = {}

    def draft(self, csds: tuple[CSD, ...], data: bytes, at: int) -> Template | None:
        """Make the template of the row that begins at a place; None if it is too long or holds what has no fixed size.

        Raises what a reader raises where there is no row in order.
        """
        draft = _Draft(data, at)
        fits = all(self._cell(number, csd, draft) for number, csd in enumerate(csds))
        return draft.template(csds) if fits and not draft.is_too_long else None

    def _cell(self, number: int, csd: CSD, draft: "_Draft") -> bool:
        head = draft.head(DATA)
        return self._value(root(number, csd, head.kind, head.count), head, draft)

    def _value(self, path: Path, head: "_Head", draft: "_Draft") -> bool:
        kind, body = head.kind, head.body
        if draft.is_too_long:
            return False
        if kind in CONTAINERS:
            if kind is DataType.ARRAY:
                draft.array(path, head.count)
            return all(self._value((*path, place), draft.head(body.subcon), draft) for place in range(head.count))
        if kind is DataType.NULL:
            return True
        leaf = self._leaf(kind, body, draft)
        if leaf is None:
            return False
        size, decode = leaf
        draft.leaf(size, Cell(path, kind, decode, MISSING.get(kind)))
        return True

    def _leaf(self, kind: DataType, body: Any, draft: "_Draft") -> tuple[str, Decode | None] | None:
        """Give the packing of a leaf and what becomes of it; None for a type that is too rare to be planned for."""
        store = self._stores.get(kind)
        numbers = numbers_of(body)
        if numbers is not None:
            return self._numbers(kind, body, packing_of(numbers))
        if isinstance(body, BitString):
            bits = draft.count(BIT_COUNT)
            return f"{(bits + 7) // 8}s", _then(lambda octets: bits_of(octets, bits), store)
        if body is OCTETS:
            return f"{draft.count(LENGTH)}s", store
        if isinstance(body, Adapted) and body.subcon is OCTETS:
            whole = (lambda octets: build_data(Value(kind, body.decode(octets)))) if self._is_kept(kind) else None
            return f"{draft.count(LENGTH)}s", whole or FROM_OCTETS.get(store) or _then(body.decode, store)
        return None

    def _numbers(self, kind: DataType, body: Any, packed: struct.Struct) -> tuple[str, Decode | None]:
        store = self._stores.get(kind)
        if isinstance(body, c.FormatField):
            return packed.format[1:], store
        if kind not in self._decoders:
            read = READERS.of(body)
            whole = (lambda octets: bytes([kind]) + octets) if self._is_kept(kind) else None
            self._decoders[kind] = lru_cache(_REMEMBERED)(whole or _then(lambda octets: read(octets, 0)[0], store))
        return f"{packed.size}s", self._decoders[kind]

    def _is_kept(self, kind: DataType) -> bool:
        """Whether a column holds the bytes on the wire, as no database takes the value."""
        return kind not in self._stores and kind not in AS_THEY_ARE


def _then(first: Decode, store: Store | None) -> Decode:
    return first if store is None else lambda raw: store(first(raw))


@dataclass(frozen=True, slots=True)
class _Head:
    """The type of a value, its declaration, and how many elements it has."""

    kind: DataType
    body: Any
    count: int


class _Draft:
    """A template under way, from a place on."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._start = self._at = at
        self._mask = bytearray()
        self._format = [">"]
        self._cells: list[Cell] = []
        self._arrays: list[tuple[Path, int]] = []

    @property
    def is_too_long(self) -> bool:
        """Whether the row is too long for a template already."""
        return len(self._mask) > LONGEST_ROW

    def constants(self, size: int) -> bytes:
        """Take bytes that are the same in all rows."""
        end = self._at + size
        found = self._data[self._at : end]
        if len(found) < size:
            raise AstrayError
        self._at = end
        self._mask += b"\xff" * size
        self._format.append(f"{size}x")
        return found

    def head(self, level: Data) -> _Head:
        """Take the type of a value, and the number of its elements where it has any."""
        kind, body = level.bodies[self.constants(1)[0]]
        return _Head(kind, body, self.count(LENGTH) if kind in CONTAINERS else 0)

    def count(self, declaration: Length) -> int:
        """Take a length or count, which is the same in all rows."""
        found: tuple[int, int] = READERS.of(declaration)(self._data, self._at)
        count, end = found
        self.constants(end - self._at)
        return count

    def leaf(self, packing: str, cell: Cell) -> None:
        """Take what differs from row to row."""
        size = struct.calcsize(">" + packing)
        self._at += size
        if self._at > len(self._data):
            raise AstrayError
        self._mask += bytes(size)
        self._format.append(packing)
        self._cells.append(cell)

    def array(self, path: Path, size: int) -> None:
        """Note that the elements of an array follow."""
        self._arrays.append((path, size))

    def template(self, csds: tuple[CSD, ...]) -> Template:
        """Give the template."""
        row = self._data[self._start : self._at]
        shared = bytes(octet & mask for octet, mask in zip(row, self._mask, strict=True))
        packing = struct.Struct("".join(self._format))
        return Template(csds, bytes(self._mask), shared, packing, tuple(self._cells), tuple(self._arrays))
