"""How the fields of a data item stand one behind the other, for any length a meter may send."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from construct import Construct

from protocols.dlt645.items.values import Value
from protocols.errors import LocalProtocolError, RemoteProtocolError

__all__ = ["Layout", "Piece", "Rest", "Row", "misfit"]


class Piece(NamedTuple):
    """A stretch of a record: value ``place`` (from 0) of ``total`` in sub-block ``part``.

    What only holds the record together is bytes in wire order with the word for it in ``frame``: ``mark``
    between sub-blocks, ``begin``, ``length``, ``checksum`` and ``end`` of a load record, ``begin_incorrect`` of one
    that the meter itself calls incorrect, ``checksum_wrong`` where the check sum does not fit. ``frame`` is
    ``time`` for a load record's time, else empty.
    """

    value: Value
    size: int
    part: int = 0
    place: int = 0
    total: int = 0
    frame: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What one value takes to the end of the data.

    ``make`` gives its field for so many bytes, or for None one that builds as many as the value needs. An
    ``optional`` rest has no value where no bytes are left. What is in it may be ``undescribed``.
    """

    make: Callable[[int | None], Construct]
    optional: bool = False
    undescribed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Fields of an item: a head, then a group that may repeat to the end, or a rest of one value."""

    head: tuple[Construct, ...]
    group: tuple[Construct, ...] = ()
    rest: Rest | None = None

    @property
    def size(self) -> int | None:
        """Bytes of the row, None where that depends on the meter."""
        return None if self.group or self.rest else _size(self.head)

    @property
    def is_undescribed(self) -> bool:
        """Whether the row ends in bytes that nobody has described."""
        return self.rest is not None and self.rest.undescribed

    @property
    def wanted(self) -> str:
        """Lengths the row can have, in words."""
        shown = str(_size(self.head))
        return shown + (f" + n × {_size(self.group)}" if self.group else " or more" if self.rest else "")

    def fill(self, length: int) -> tuple[Construct, ...] | None:
        """Fields that fill ``length`` bytes exactly, None where none do."""
        left, step = length - _size(self.head), _size(self.group)
        if self.rest and (left > 0 or (left == 0 and not self.rest.optional)):
            return (*self.head, self.rest.make(left))
        return self._times(left, step)

    def hold(self, count: int) -> tuple[Construct, ...] | None:
        """Fields that hold ``count`` values, None where the row has not so many."""
        left, step = count - len(self.head), len(self.group)
        if self.rest and (left == 1 or not self.rest.optional):
            return (*self.head, self.rest.make(None)) if left == 1 else None
        return self._times(left, step)

    def _times(self, left: int, step: int) -> tuple[Construct, ...] | None:
        """Head and as many groups of ``step`` as make up what is ``left``."""
        if left == 0:
            return self.head
        if left > 0 and step and left % step == 0:
            return self.head + self.group * (left // step)
        return None

    def fields_for(self, length: int) -> tuple[Construct, ...]:
        """As `fill`; raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where nothing fits."""
        fields = self.fill(length)
        if fields is None:
            raise misfit(self.wanted, length)
        return fields

    def fields_of(self, count: int) -> tuple[Construct, ...]:
        """As `hold`; raises LocalProtocolError where the row has not so many values."""
        fields = self.hold(count)
        if fields is None:
            raise LocalProtocolError(f"{count} values do not fill an item of {len(self.head)} fields")
        return fields


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Fields of a data item, in one or several rows: models of meters send the one or the other.

    The first row that a length, or a number of values, fits is taken. A record of one field, which holds many
    values, has a ``walk`` that goes through these.
    """

    rows: tuple[Row, ...]
    walk: Callable[[bytes], Iterator["Piece"]] | None = None

    @property
    def is_single(self) -> bool:
        """Whether the item is exactly one field."""
        row = self.rows[0]
        return len(self.rows) == 1 and row.hold(1) is not None and row.hold(0) is None and row.hold(2) is None

    @property
    def open_ended(self) -> bool:
        """Whether the item may end in bytes that nobody has described."""
        return any(row.is_undescribed for row in self.rows)

    @property
    def size(self) -> int | None:
        """Bytes of the item, None where that depends on the meter."""
        return self.rows[0].size if len(self.rows) == 1 else None

    def fields_for(self, length: int) -> tuple[Construct, ...]:
        """Fields that fill ``length`` bytes exactly.

        Raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where none do.
        """
        for row in self.rows:
            fields = row.fill(length)
            if fields is not None:
                return fields
        raise misfit(" or ".join(row.wanted for row in self.rows), length)

    def fields_of(self, count: int) -> tuple[Construct, ...]:
        """Fields that hold ``count`` values; raises LocalProtocolError where the item has not so many."""
        for row in self.rows:
            fields = row.hold(count)
            if fields is not None:
                return fields
        sizes = " or ".join(str(len(row.head)) for row in self.rows)
        raise LocalProtocolError(f"{count} values do not fill an item of {sizes} fields")


def misfit(wanted: str, length: int) -> RemoteProtocolError:
    """Say that an item cannot be so long."""
    return RemoteProtocolError(
        "payload_length_does_not_fit_identifier",
        f"expected {wanted} bytes, found {length}",
        expected=wanted,
        found=str(length),
    )


def _size(fields: Sequence[Construct]) -> int:
    return sum(field.sizeof() for field in fields)
