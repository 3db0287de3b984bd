"""Dates and times as meters write them: BCD pairs in a stated order, DL/T 645-2007, annex A."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Self

from protocols.dlt645.wire.bcd import check_digits, wire_of
from protocols.errors import LocalProtocolError

_PAIRS = re.compile("YY|MM|DD|WW|hh|mm|ss|NN")
_CENTURY = 2000
_DATE = ("YY", "MM", "DD")


@lru_cache(maxsize=256)
def _pairs(layout: str) -> tuple[str, ...] | None:
    """Places of a layout in their order; None where it has anything else in it."""
    pairs = tuple(_PAIRS.findall(layout))
    return pairs if "".join(pairs) == layout else None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Digits of a date or time in display order beside the layout that tells what each pair is.

    ``layout`` is made of YY MM DD hh mm ss, WW (weekday, 00 = Sunday) and NN (a table or slot number), as
    in ``YYMMDDhhmm``. Digits need not form an instant: all zero means "never", 99 is a wildcard in
    freeze commands. Meters keep local time without a zone.
    """

    layout: str
    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) != len(self.layout) or _pairs(self.layout) is None:
            raise LocalProtocolError(f"time {self.digits!r} does not fill the layout {self.layout!r}")
        check_digits(self.digits)

    @classmethod
    def of(cls, layout: str, instant: datetime) -> Self:
        """Stamp of a local instant; a layout with NN has none and raises LocalProtocolError."""
        parts = {
            "YY": instant.year % 100,
            "MM": instant.month,
            "DD": instant.day,
            "WW": instant.isoweekday() % 7,
            "hh": instant.hour,
            "mm": instant.minute,
            "ss": instant.second,
        }
        pairs = _pairs(layout) or ()
        if not set(pairs) <= set(parts) or not _CENTURY <= instant.year < _CENTURY + 100:
            raise LocalProtocolError(f"{instant} cannot be written as {layout!r}")
        return cls(layout, "".join(f"{parts[pair]:02d}" for pair in pairs))

    @classmethod
    def unpack(cls, layout: str, wire: bytes) -> Self:
        """Stamp from BCD bytes in wire order, lowest first; raises LocalProtocolError on other digits."""
        return cls(layout, wire[::-1].hex())

    def pack(self) -> bytes:
        """BCD bytes in wire order, lowest first."""
        return wire_of(self.digits)

    def part(self, pair: str) -> int | None:
        """Read the number in a place such as ``hh``; None where the layout has no such place."""
        pairs = _pairs(self.layout) or ()
        if pair not in pairs:
            return None
        at = 2 * pairs.index(pair)
        return int(self.digits[at : at + 2])

    @property
    def is_never(self) -> bool:
        """Whether all digits are zero, which stands for "no such record"."""
        return not self.digits.strip("0")

    def instant(self) -> datetime | None:
        """Local instant without a zone; None when no date is in it or its digits form none."""
        year, month, day = (self.part(pair) for pair in _DATE)
        if self.is_never or year is None or month is None or day is None:
            return None
        hour, minute, second = (self.part(pair) or 0 for pair in ("hh", "mm", "ss"))
        try:
            return datetime(_CENTURY + year, month, day, hour, minute, second)  # noqa: DTZ001  the meter knows no zone
        except ValueError:
            return None

    def __str__(self) -> str:
        return self.digits
