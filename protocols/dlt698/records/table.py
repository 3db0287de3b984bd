"""A table as columns: every leaf of its cells in a column of its own, whatever the rows look like."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocols.dlt698.apdu.common import Rows
from protocols.dlt698.records.stored import STORES, Store, stored
from protocols.dlt698.values.descriptors import CSD, OAD, ROAD
from protocols.dlt698.values.value import DataType, Value

Path = tuple[int, ...]
"""Where a leaf lies in its row: the column of the answer, then the places inside arrays and structures."""
Leaf = tuple[Path, DataType, Any]
"""A leaf of one row: where, of which type, and what a column holds of it."""

CONTAINERS = frozenset({DataType.ARRAY, DataType.STRUCTURE})


@dataclass(frozen=True, slots=True)
class Column:
    """One leaf of all rows: ``values`` has one entry a row, None where the row has no such leaf, or says "missing".

    ``csd`` is the column as the server named it and ``path`` the places inside its cells, counted from 0.
    """

    csd: CSD
    path: Path
    type: DataType
    values: list[Any] = field(repr=False)

    @property
    def oad(self) -> OAD:
        """The attribute, or the element of it, that the leaf belongs to: element 1 of an array is the first."""
        oad, path = self._attribute
        return OAD(oad.oi, oad.attribute, path[0] + 1) if path and not oad.index else oad

    @property
    def member(self) -> Path:
        """Places inside that element, where it is an array or structure again."""
        oad, path = self._attribute
        return path if oad.index else path[1:]

    @property
    def _attribute(self) -> tuple[OAD, Path]:
        if isinstance(self.csd, ROAD):
            place = self.path[0] if self.path else len(self.csd.oads)
            if place < len(self.csd.oads):
                return self.csd.oads[place], self.path[1:]
            return self.csd.oad, self.path
        return self.csd, self.path


@dataclass(frozen=True, slots=True)
class Table:
    """``count`` rows as columns, in the order of the first row that has them."""

    count: int
    columns: tuple[Column, ...]

    def values(self, oad: OAD, member: Path = ()) -> list[Any]:
        """Give the values of an attribute or element, one a row; all None if no row has it."""
        found = (column.values for column in self.columns if column.oad == oad and column.member == member)
        return next(found, [None] * self.count)

    def elements(self, oad: OAD) -> list[list[Any]]:
        """Give the columns of an attribute that is an array, its first element first."""
        members = [column for column in self.columns if _is_element(column, oad)]
        return [column.values for column in sorted(members, key=lambda column: column.oad.index)]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows as tuples in the order of ``columns``, as an INSERT takes them."""
        return zip(*(column.values for column in self.columns), strict=True)


def _is_element(column: Column, oad: OAD) -> bool:
    found = column.oad
    return bool(found.index) and not column.member and (found.oi, found.attribute) == (oad.oi, oad.attribute)


class Builder:
    """Puts a table together, run by run."""

    def __init__(self, csds: tuple[CSD, ...]) -> None:
        self._csds = csds
        self._growing: dict[Path, tuple[DataType, list[Any]]] = {}
        self._count = 0

    def add(self, count: int, leaves: Iterable[tuple[Path, DataType, Iterable[Any]]]) -> None:
        """Add rows: for each leaf that they all have, its values in their order."""
        for path, kind, values in leaves:
            known = self._growing.get(path)
            if known is None:
                known = self._growing[path] = kind, []
            column = known[1]
            if len(column) < self._count:
                column += [None] * (self._count - len(column))
            column += values
        self._count += count

    def table(self) -> Table:
        """Give the table."""
        columns = [self._column(path, *grown) for path, grown in sorted(self._growing.items())]
        return Table(self._count, tuple(columns))

    def _column(self, path: Path, kind: DataType, values: list[Any]) -> Column:
        if len(values) < self._count:
            values += [None] * (self._count - len(values))
        return Column(self._csds[path[0]], path[1:], kind, values)


def leaves_of(row: Iterable[Value], stores: Mapping[DataType, Store] = STORES) -> Iterator[Leaf]:
    """Give the leaves of a row; NULL is none, as it does not say of what."""
    for number, cell in enumerate(row):
        yield from _leaves((number,), cell, stores)


def _leaves(path: Path, value: Value, stores: Mapping[DataType, Store]) -> Iterator[Leaf]:
    if value.type in CONTAINERS:
        for number, element in enumerate(value.elements):
            yield from _leaves((*path, number), element, stores)
    elif value.type is not DataType.NULL:
        yield path, value.type, stored(value, stores)


def table_of(columns: tuple[CSD, ...], rows: Rows, stores: Mapping[DataType, Store] = STORES) -> Table:
    """Lay out rows that have been read one by one."""
    builder = Builder(columns)
    for row in rows:
        builder.add(1, ((path, kind, (value,)) for path, kind, value in leaves_of(row, stores)))
    return builder.table()
