"""Putting a table together of runs of rows that follow templates, and of rows that follow none."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from protocols.dlt698.apdu.common import Rows
from protocols.dlt698.records.stored import STORES, Store
from protocols.dlt698.records.table import Column, Leaf, Path, Table, leaves_of
from protocols.dlt698.records.template import Template
from protocols.dlt698.values.descriptors import CSD
from protocols.dlt698.values.value import DataType
from protocols.errors import RemoteProtocolError

MOST_CELLS = 1 << 20
"""Cells of a table whose rows differ: a thousand meters with a thousand columns. Its bytes do not bound them."""
_Piece = tuple[Path, DataType, list[slice], list[Any]]
"""Values of a leaf, or sizes of an array, with the places of their rows in the table."""


class _Runs:
    """All rows that follow one template, and their places in the table."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self.rows: list[tuple[Any, ...]] = []
        self.places: list[slice] = []


class Builder:
    """Collects rows in their order, and lays them out by columns at the end."""

    def __init__(self, csds: tuple[CSD, ...]) -> None:
        self._csds = csds
        self._count = 0
        self._runs: dict[int, _Runs] = {}
        self._alone: list[tuple[int, list[Leaf]]] = []

    def run(self, template: Template, data: bytes, at: int, count: int) -> None:
        """Add rows that follow a template."""
        runs = self._runs.get(id(template))
        if runs is None:
            runs = self._runs[id(template)] = _Runs(template)
        runs.rows.extend(template.unpack(data, at, count))
        runs.places.append(slice(self._count, self._count + count))
        self._count += count

    def row(self, leaves: Iterable[Leaf]) -> None:
        """Add a row that was read by itself."""
        self._alone.append((self._count, list(leaves)))
        self._count += 1

    def table(self) -> Table:
        """Give the table."""
        if len(self._runs) == 1 and not self._alone:
            (runs,) = self._runs.values()
            template = runs.template
            sizes = tuple([size] * self._count for _, size in template.arrays)
            return Table(self._count, template.heads, tuple(template.columns(runs.rows)), template.array_heads, sizes)
        leaves, arrays = _Growing(self._csds, self._count), _Growing(self._csds, self._count)
        for path, kind, places, values in self._pieces():
            (arrays if kind is DataType.ARRAY else leaves).put(path, kind, places, values)
        return Table(self._count, *leaves.columns(), *arrays.columns())

    def _pieces(self) -> Iterator[_Piece]:
        for runs in self._runs.values():
            template, places = runs.template, runs.places
            for cell, values in zip(template.cells, template.columns(runs.rows), strict=True):
                yield cell.path, cell.type, places, values
            for path, size in template.arrays:
                yield path, DataType.ARRAY, places, [size] * len(runs.rows)
        for place, leaves in self._alone:
            for path, kind, value in leaves:
                yield path, kind, [slice(place, place + 1)], [value]


class _Growing:
    """Columns that not all rows have."""

    def __init__(self, csds: tuple[CSD, ...], count: int) -> None:
        self._csds = csds
        self._count = count
        self._columns: dict[Path, list[Any]] = {}
        self._kinds: dict[Path, tuple[int, DataType]] = {}

    def put(self, path: Path, kind: DataType, places: list[slice], values: list[Any]) -> None:
        """Put values where their rows are; the type of a column is that of the first row that has it.

        Raises RemoteProtocolError ``too_wide``: columns that a few rows have take room for all the others.
        """
        column = self._columns.get(path)
        if column is None:
            if (len(self._columns) + 1) * self._count > MOST_CELLS:
                raise RemoteProtocolError("too_wide", f"{self._count} rows with more than {len(self._columns)} columns")
            column = self._columns[path] = [None] * self._count
        at = 0
        for place in places:
            end = at + place.stop - place.start
            column[place] = values[at:end]
            at = end
        self._kinds[path] = min(self._kinds.get(path, (self._count, kind)), (places[0].start, kind))

    def columns(self) -> tuple[tuple[Column, ...], tuple[list[Any], ...]]:
        """Give the columns and what they hold, by their places in a row."""
        paths = sorted(self._columns)
        heads = tuple(Column(self._csds[path[0]], path[1:], self._kinds[path][1]) for path in paths)
        return heads, tuple(self._columns[path] for path in paths)


def table_of(columns: tuple[CSD, ...], rows: Rows, stores: Mapping[DataType, Store] = STORES) -> Table:
    """Lay out rows that have been read one by one; raises RemoteProtocolError ``too_wide``."""
    builder = Builder(columns)
    for row in rows:
        builder.row(leaves_of(columns, row, stores))
    return builder.table()
