"""Files of a handheld (抄表机): what a row of one must hold, and what is wrong with it, told so that it can be mended.

Pure functions. A file is CSV with a header; the names of columns are English or Chinese, their order does not matter.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from headend.collect.model import TARIFFS, Registers
from headend.store import BUSINESS_ZONE

Row = Mapping[str, str]

COLUMNS: Mapping[str, tuple[str, str]] = {
    "account": ("户号", "customer number; this or `meter`, or both to have them compared"),
    "meter": ("表号", "the meter's communication address, 12 digits"),
    "day": ("日期", "2026-09-14: the registers are the meter's freeze of that day 00:00; this or `time`"),
    "time": ("时间", "2026-09-14 10:23, local: the registers as the meter showed them at that time"),
    "total": ("总示数", "kWh as shown, such as 4150.25"),
    "t1": ("尖", "period registers; all four or none"),
    "t2": ("峰", ""),
    "t3": ("平", ""),
    "t4": ("谷", ""),
    "photo": ("照片", "reference of the photo; needed where a stored reading is corrected"),
    "reader": ("抄表员", "user name of who read it; a correction is read by one person and imported by another"),
    "note": ("备注", "anything"),
}
"""Columns: the Chinese name, and what stands in it."""

NEEDED = ("total",)
LONGEST = 100
DECIMALS = 4


class HandheldError(Exception):
    """A file that is none; the message says what it lacks."""


class Why(StrEnum):
    """Why a row was not taken."""

    FORMAT = "format"
    UNKNOWN = "unknown"  # no such account or meter
    ADDRESS = "address"  # the meter is another customer's
    DAY = "day"  # a day that can't be
    IMPLAUSIBLE = "implausible"
    NO_PROOF = "no_proof"  # a correction without photo, or by one person alone


class BadRowError(Exception):
    """A row that is not taken; the message says why, and what to do."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class HandRow:
    """A row, read: registers of a meter either as frozen at ``day`` 00:00, or as shown at ``at``."""

    account: str | None
    meter: str | None
    day: date
    at: datetime | None
    registers: Registers
    photo: str
    reader: str
    note: str

    @property
    def key(self) -> str:
        """What makes the same reading the same, whatever file and line it stands in."""
        what = [self.account, self.meter, str(self.day), str(self.at), self.photo, self.reader]
        numbers = [str(number.normalize()) for number in (self.registers.total, *self.registers.tariffs)]
        return key_of([*what, *numbers])


def key_of(parts: object) -> str:
    """Give the key of whatever stands in a row."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def read_file(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Cut a file into rows with their line numbers; empty lines are left out. Raises :class:`HandheldError`.

    UTF-8 or GB 18030, as old handhelds write it; comma, semicolon or tab between the columns.
    """
    text = _text(content)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [_column(name) for name in next(reader, [])]
    if not header or "total" not in header:
        raise HandheldError(f"the first line names the columns, {', '.join(COLUMNS)}; `total` is always needed")
    if twice := next((name for name in header if name and header.count(name) > 1), None):
        raise HandheldError(f"the column `{twice}` is there twice; nobody can tell which of them counts")
    return [
        (reader.line_num, _named(header, [cell.strip() for cell in cells]))
        for cells in reader
        if any(cell.strip() for cell in cells)
    ]


def read_row(row: Row) -> HandRow:
    """Read a row. Raises :class:`BadRowError`."""
    strange = sorted(set(row) - set(COLUMNS))
    if strange:
        raise BadRowError(Why.FORMAT, f"there is no column {strange[0]!r}; the columns are {', '.join(COLUMNS)}")
    given = {name: row.get(name, "").strip() for name in COLUMNS}
    if not given["account"] and not given["meter"]:
        raise BadRowError(Why.FORMAT, "name the customer in `account` or the meter in `meter`")
    if bool(given["day"]) == bool(given["time"]):
        raise BadRowError(Why.FORMAT, "give either `day` for a freeze, or `time` for what was shown then")
    at = _time(given["time"]) if given["time"] else None
    day = _day(given["day"]) if at is None else at.astimezone(BUSINESS_ZONE).date()
    tariffs = [given[f"t{n}"] for n in range(1, TARIFFS + 1)]
    if any(tariffs) and not all(tariffs):
        raise BadRowError(Why.FORMAT, "give all of t1 to t4, or none of them")
    registers = Registers(
        _number("total", given["total"]), tuple(_number("t1 to t4", each) for each in tariffs if each)
    )
    too_long = next((name for name in ("photo", "reader", "note") if len(given[name]) > LONGEST), None)
    if too_long:
        raise BadRowError(Why.FORMAT, f"`{too_long}` is longer than {LONGEST} characters")
    meter = given["meter"].zfill(12) if given["meter"].isdigit() else given["meter"]
    return HandRow(
        given["account"] or None, meter or None, day, at, registers, given["photo"], given["reader"], given["note"]
    )


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise HandheldError("the file is no text; export it from the handheld as CSV")


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    """Give the cells by column; those beyond the header keep their place, so that a shifted row is told as one."""
    beyond = {f"cell {number}": cell for number, cell in enumerate(cells, 1) if number > len(header) and cell}
    return {name: cell for name, cell in zip(header, cells, strict=False) if name or cell} | beyond


def _column(name: str) -> str:
    plain = name.strip().lower()
    return next((column for column, (chinese, _) in COLUMNS.items() if plain in {column, chinese}), plain)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise BadRowError(Why.FORMAT, f"day {text!r}: write it as 2026-09-14") from None


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise BadRowError(Why.FORMAT, f"time {text!r}: write it as 2026-09-14 10:23") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=BUSINESS_ZONE)


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadRowError(Why.FORMAT, f"{name} {text!r}: write the register in kWh, such as 4150.25") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -DECIMALS or not 0 <= number < Decimal(10) ** 8:
        raise BadRowError(Why.FORMAT, f"{name} {text!r}: a register has at most 8 digits and {DECIMALS} decimals")
    return number
