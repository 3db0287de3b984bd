"""A table as columns: every leaf of its cells in a column of its own, whatever the rows look like."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from protocols.dlt698.records.stored import STORES, Store, stored
from protocols.dlt698.values.descriptors import CSD, OAD, ROAD
from protocols.dlt698.values.value import DataType, Value

Path = tuple[int, ...]
"""Where a leaf lies in its row: the column of the answer, then the places inside arrays and structures."""
Leaf = tuple[Path, DataType, Any]
"""A leaf of one row: where, of which type, and what a column holds of it; of an array its size."""

T = TypeVar("T")

CONTAINERS = frozenset({DataType.ARRAY, DataType.STRUCTURE})
MOST_ELEMENTS = 255  # that an OAD can name: its index is one byte
UNASSIGNED = -1
"""The place of leaves in the cell of a ROAD that has not one element for each of its OADs: they are nobody's."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: one leaf of each row.

    ``csd`` is the column as the server named it and ``path`` the places inside its cells, counted from 0, or
    ``UNASSIGNED``.
    """

    csd: CSD
    path: Path
    type: DataType

    @property
    def oad(self) -> OAD:
        """The attribute, or the element of it, that the leaf belongs to: element 1 of an array is the first.

        Elements beyond the 255th have no OAD of their own.
        """
        oad, path = self._attribute
        return OAD(oad.oi, oad.attribute, path[0] + 1) if path and not oad.index and path[0] < MOST_ELEMENTS else oad

    @property
    def member(self) -> Path:
        """Places inside that element, where it is an array or structure again."""
        oad, path = self._attribute
        return path if oad.index or (path and path[0] >= MOST_ELEMENTS) else path[1:]

    @property
    def _attribute(self) -> tuple[OAD, Path]:
        if isinstance(self.csd, ROAD):
            place = self.path[0] if self.path else len(self.csd.oads)
            if UNASSIGNED < place < len(self.csd.oads):
                return self.csd.oads[place], self.path[1:]
            return self.csd.oad, self.path
        return self.csd, self.path


@dataclass(frozen=True, slots=True)
class Table:
    """``count`` rows by columns: ``data`` has a list for each of ``columns``, with an entry for each row.

    None stands where a row has no such leaf, or says that it is missing. ``sizes`` has a list for each of ``arrays``
    with the number of elements in each row, None where it is no array, so that what is missing at the end of an array
    can be told from what it does not have.
    """

    count: int
    columns: tuple[Column, ...]
    data: tuple[list[Any], ...]
    arrays: tuple[Column, ...] = ()
    sizes: tuple[Sequence[int | None], ...] = ()

    def values(self, oad: OAD, member: Path = ()) -> list[Any]:
        """Give the values of an attribute or element, one a row; all None if no row has it.

        Of an attribute that is there twice, here as in the others, the first is given.
        """
        pairs = zip(self.columns, self.data, strict=True)
        found = (values for column, values in pairs if column.oad == oad and column.member == member)
        return next(found, [None] * self.count)

    def elements(self, oad: OAD) -> list[list[Any]]:
        """Give the columns of an attribute that is an array, the n-th element at place n - 1, up to the 255th."""
        pairs = zip(reversed(self.columns), reversed(self.data), strict=True)
        found = {column.oad.index: values for column, values in pairs if _is_element(column, oad)}
        nothing = [None] * self.count
        return [found.get(index, nothing) for index in range(1, max(found, default=0) + 1)]

    def sizes_of(self, oad: OAD) -> Sequence[int | None]:
        """Give the number of elements of an attribute in each row, None where it is no array."""
        pairs = zip(self.arrays, self.sizes, strict=True)
        return next((sizes for array, sizes in pairs if array.oad == oad and not array.member), [None] * self.count)

    def of(self, table: OAD) -> "Table":
        """Give the columns that come from that record table, which are those of its ROAD."""
        return Table(self.count, *_of_road(table, self.columns, self.data), *_of_road(table, self.arrays, self.sizes))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows as tuples in the order of ``columns``, as an INSERT takes them."""
        return zip(*self.data, strict=True)


def _of_road(table: OAD, columns: tuple[Column, ...], data: tuple[T, ...]) -> tuple[tuple[Column, ...], tuple[T, ...]]:
    pairs = zip(columns, data, strict=True)
    kept = [pair for pair in pairs if isinstance(pair[0].csd, ROAD) and pair[0].csd.oad == table]
    return tuple(column for column, _ in kept), tuple(values for _, values in kept)


def _is_element(column: Column, oad: OAD) -> bool:
    found = column.oad
    return bool(found.index) and not column.member and (found.oi, found.attribute) == (oad.oi, oad.attribute)


def leaves_of(csds: tuple[CSD, ...], row: Iterable[Value], stores: Mapping[DataType, Store] = STORES) -> Iterator[Leaf]:
    """Give the leaves of a row, and each array with its size; NULL is none, as it does not say of what."""
    for number, (csd, cell) in enumerate(zip(csds, row, strict=True)):
        yield from _leaves(root(number, csd, cell.type, len(cell.elements)), cell, stores)


def root(number: int, csd: CSD, kind: DataType, count: int) -> Path:
    """Tell where the leaves of a cell lie; ``count`` is that of its elements."""
    fits = not isinstance(csd, ROAD) or (kind is DataType.ARRAY and count == len(csd.oads))
    return (number,) if fits else (number, UNASSIGNED)


def _leaves(path: Path, value: Value, stores: Mapping[DataType, Store]) -> Iterator[Leaf]:
    if value.type in CONTAINERS:
        if value.type is DataType.ARRAY:
            yield path, value.type, len(value.elements)
        for number, element in enumerate(value.elements):
            yield from _leaves((*path, number), element, stores)
    elif value.type is not DataType.NULL:
        yield path, value.type, stored(value, stores)
