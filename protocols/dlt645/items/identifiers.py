"""The table of data identifiers, DL/T 645-2007, annex A, with the fee-control extension.

Rows are packaged data: identifier, names, format, unit, sign rule, access. A member of a family that the
table shows only by its first rows (the 40th daily freeze, tariff 7) is derived from those, see `families`.
"""

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from construct import Sequence

from protocols.dlt645.items.families import derive
from protocols.dlt645.items.formats import Layout
from protocols.dlt645.items.item import COLUMNS, Identifier, identifier_of_row
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.items.values import Value
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.plan import Read, Write, reader, writer
from protocols.errors import LocalProtocolError

_new = tuple.__new__


class Reading(NamedTuple):
    """An item with its values in wire order; ``tail`` holds bytes a model appended to the record."""

    identifier: Identifier
    values: tuple[Value, ...]
    tail: bytes = b""

    @property
    def value(self) -> Value:
        """The one value of an item that is a single field; LocalProtocolError for others."""
        if not self.identifier.layout.is_single:
            raise LocalProtocolError(f"{self.identifier.di} holds {len(self.values)} values, not one")
        return self.values[0]


@cache
def table() -> Mapping[DI, Identifier]:
    """Every row of the packaged table."""
    text = files("protocols.dlt645.items").joinpath("identifiers.csv").read_text(encoding="utf-8")
    columns = [{name: row[name] for name in COLUMNS} for row in csv.DictReader(text.splitlines())]
    return {DI(number): identifier for number, identifier in map(identifier_of_row, columns)}


@lru_cache(maxsize=4096)
def find(di: DI, profile: Profile = STANDARD) -> Identifier | None:
    """Tell what ``di`` stands for, by its own row or as a member of a family; None where nobody knows.

    The rows of the profile and their families come before those of the table.
    """
    own, rows = profile.rows, table()
    found = own.get(di) or derive(di, own.get) if own else None
    return found or rows.get(di) or derive(di, lambda of: own.get(of) or rows.get(of))


def identify(di: DI, profile: Profile = STANDARD) -> Identifier:
    """As `find`; raises LocalProtocolError where nobody knows the identifier."""
    found = find(di, profile)
    if found is None:
        raise LocalProtocolError(f"data identifier {di} is not in the table; add its row to identifiers.csv")
    return found


def read_payload(di: DI, payload: bytes, profile: Profile = STANDARD) -> Reading:
    """Values of the bytes (unmasked, wire order) that a meter of ``profile`` gave for ``di``.

    Raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where the bytes are too few or too
    many for the item, LocalProtocolError for an unknown identifier.
    """
    identifier, size, read = _planned(di, len(payload), profile)
    if size == len(payload):
        return _new(Reading, (identifier, read(payload), b""))
    return Reading(identifier, read(payload[:size]), payload[size:])


def write_payload(di: DI, *values: Value, profile: Profile = STANDARD) -> bytes:
    """Bytes (unmasked, wire order) of an item of a meter of ``profile``, the reverse of `read_payload`.

    Raises LocalProtocolError where a value does not fit its field or the number of values is wrong.
    """
    return writer_of(identify(di, profile).layout, len(values))(values)


@lru_cache(maxsize=4096)
def _planned(di: DI, length: int, profile: Profile) -> tuple[Identifier, int, Read]:
    """Tell what an item of the given length is, how many of its bytes are described, and how those are read."""
    identifier = identify(di, profile)
    size = identifier.layout.size
    described = min(size, length) if identifier.may_be_longer and size is not None else length
    return identifier, described, reader_of(identifier.layout, described)


@lru_cache(maxsize=1024)
def reader_of(layout: Layout, length: int) -> Read:
    """Give what reads an item of the given length; its layout is the same for every meter that sends it so.

    Raises RemoteProtocolError ``payload_length_does_not_fit_identifier`` where the layout has no such length.
    """
    return reader(Sequence(*layout.fields_for(length)), length)


@lru_cache(maxsize=1024)
def writer_of(layout: Layout, count: int) -> Write:
    """Give what builds an item of so many values, of whatever kind they are.

    Raises LocalProtocolError where the layout has not so many.
    """
    return writer(Sequence(*layout.fields_of(count)))
