"""Putting a table together of runs of rows that follow templates, and of rows that follow none."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from protocols.dlt698.apdu.common import Rows
from protocols.dlt698.records.stored import STORES, Store
from protocols.dlt698.records.table import Column, Leaf, Path, Table, leaves_of
from protocols.dlt698.records.template import Template
from protocols.dlt698.values.descriptors import CSD
from protocols.dlt698.values.value import DataType


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
            return Table(self._count, runs.template.heads, tuple(runs.template.columns(runs.rows)))
        columns: dict[Path, list[Any]] = {}
        kinds: dict[Path, tuple[int, DataType]] = {}
        for path, kind, places, values in self._pieces():
            column = columns.setdefault(path, [None] * self._count)
            at = 0
            for place in places:
                end = at + place.stop - place.start
                column[place] = values[at:end]
                at = end
            kinds[path] = min(kinds.get(path, (self._count, kind)), (places[0].start, kind))
        heads = tuple(Column(self._csds[path[0]], path[1:], kinds[path][1]) for path in sorted(columns))
        return Table(self._count, heads, tuple(columns[path] for path in sorted(columns)))

    def _pieces(self) -> Iterator[tuple[Path, DataType, list[slice], list[Any]]]:
        """Give the values of each leaf with the places of their rows, the leaf that came first at the front."""
        for runs in self._runs.values():
            for cell, values in zip(runs.template.cells, runs.template.columns(runs.rows), strict=True):
                yield cell.path, cell.type, runs.places, values
        for place, leaves in self._alone:
            for path, kind, value in leaves:
                yield path, kind, [slice(place, place + 1)], [value]


def table_of(columns: tuple[CSD, ...], rows: Rows, stores: Mapping[DataType, Store] = STORES) -> Table:
    """Lay out rows that have been read one by one."""
    builder = Builder(columns)
    for row in rows:
        builder.row(leaves_of(columns, row, stores))
    return builder.table()
