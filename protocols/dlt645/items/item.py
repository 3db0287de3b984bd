"""What a data identifier stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocols.dlt645.items.formats import Layout, layout
from protocols.dlt645.wire.di import DI
from protocols.errors import LocalProtocolError

_EVENT_CLASSES = range(0x10, 0x21)
_WHOLE_RECORD = 0xFF
_ACCESS = {"R", "W", "RW", "RW98", "RW99"}
_DIGITS, _DIGITS_1997 = 8, 4
_NEEDED = {"di", "name_en", "name_zh", "format"}
COLUMNS = ("di", "name_en", "name_zh", "format", "unit", "signed", "rw")
"""Columns that say what an identifier stands for."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A row of the identifier table.

    ``access`` is ``R``, ``W`` (write only), ``RW`` (plain write), ``RW98`` or ``RW99`` (write at that
    level on fee-control meters). ``unit`` is empty where there is none.
    """

    di: DI
    name_en: str
    name_zh: str
    format: str
    unit: str
    signed: bool
    access: str

    @property
    def layout(self) -> Layout:
        """Fields of the item."""
        return layout(self.format, signed=self.signed)

    @property
    def may_be_longer(self) -> bool:
        """Whether models exist that append fields to the standard's record (trips and other events)."""
        return self.di.di3 in _EVENT_CLASSES and self.di.di1 == _WHOLE_RECORD and self.layout.size is not None


def identifier_of_row(row: Mapping[str, Any]) -> tuple[int, Identifier]:
    """Read number and meaning of a row by the table's columns; ``unit``, ``signed`` and ``rw`` may be left out.

    An identifier has eight hex digits, one of 1997 four. Raises LocalProtocolError, naming row and column, where
    the row is none.
    """
    name = row.get("di", "without di")
    missing, strange = _NEEDED - set(row), set(row) - set(COLUMNS)
    if missing or strange:
        told = [*(f"lacks {column}" for column in sorted(missing)), *(f"has {column}" for column in sorted(strange))]
        raise LocalProtocolError(f"row {name} {', '.join(told)}; its columns are {', '.join(COLUMNS)}")
    access, signed = row.get("rw", "R"), row.get("signed", "no")
    if access not in _ACCESS or signed not in {"yes", "no"}:
        raise LocalProtocolError(f"row {name}: rw {access!r} or signed {signed!r} is none")
    texts = [row[column] for column in ("di", "name_en", "name_zh", "format")] + [row.get("unit", "")]
    if not all(isinstance(text, str) for text in texts):
        raise LocalProtocolError(f"row {name}: a column is no text")
    digits, name_en, name_zh, form, unit = texts
    number = DI.parse(digits.zfill(_DIGITS) if len(digits) == _DIGITS_1997 else digits)
    try:
        layout(form, signed=signed == "yes")
    except LocalProtocolError as error:
        raise LocalProtocolError(f"row {name}: {error}") from None
    return int(number), Identifier(number, name_en, name_zh, form, unit, signed == "yes", access)
