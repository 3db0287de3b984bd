"""Rows of a hex dump, as xxd, hexdump -C, od and Wireshark print them: offset, bytes, the same as characters."""

import re
from dataclasses import dataclass

__all__ = ["DumpRow", "read_dump", "read_row"]

_ROW = re.compile(r"\s*(?:0[xX])?([0-9a-fA-F]{4,16})(:?)([ \t]+)(\S.*)")
_LAST = re.compile(r"\s*([0-9a-fA-F]{6,16})\s*")
"""What hexdump and od print below the bytes: how many they were."""
_GROUP = re.compile(r"(?:[0-9a-fA-F]{2})+")
_GAP = re.compile(r" {2,}|\t+")
_FRAMED = re.compile(r"\|.*\||>.*<")
_LONGEST = 400
"""Characters of a row; more are no row of any dump."""
_BASES = (16, 10, 8)
_PRINTABLE = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class DumpRow:
    """The bytes of a row and the offset in front of them, as written."""

    offset: str
    data: bytes
    is_sure: bool

    def follows(self, before: "DumpRow | None") -> bool:
        """Whether this row goes on where another ends; offsets may be hexadecimal, decimal or octal."""
        return before is not None and any(
            _number(self.offset, base) == start + len(before.data)
            for base in _BASES
            if (start := _number(before.offset, base)) is not None
        )


def read_row(text: str, before: DumpRow | None = None) -> DumpRow | None:
    """Read a row of a dump, None if the line is none; slight marks will do for one that follows another."""
    last = _LAST.fullmatch(text)
    if last:
        row = DumpRow(last[1], b"", is_sure=False)
        return row if row.follows(before) else None
    found = _ROW.fullmatch(text.rstrip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    offset, colon, gap, rest = found.groups()
    parted = _parted(rest, pairs=not colon)
    if parted is None:
        return None
    data, is_shown = parted
    row = DumpRow(offset, data, is_sure=bool(colon) or is_shown or len(gap) > 1 or gap == "\t")
    is_first = set(offset) == {"0"} and len(data) > 1
    return row if row.is_sure or is_first or row.follows(before) else None


def read_dump(text: str) -> tuple[bytes, str] | None:
    """Read lines that are rows of one dump, each going on where the one before ends, and the first offset."""
    rows: list[DumpRow] = []
    for line in text.splitlines():
        row = read_row(line, rows[-1] if rows else None)
        if row is None or (rows and not row.follows(rows[-1])):
            return None
        rows.append(row)
    return (b"".join(row.data for row in rows), rows[0].offset) if rows else None


def _number(digits: str, base: int) -> int | None:
    try:
        return int(digits, base)
    except ValueError:
        return None


def _parted(rest: str, *, pairs: bool) -> tuple[bytes, bool] | None:
    """Part the bytes from the characters behind them, and tell whether there are such."""
    for gap in reversed([*_GAP.finditer(rest)]):
        data = _bytes(rest[: gap.start()], pairs=pairs)
        if data is not None and _shows(rest[gap.end() :], data):
            return data, True
    data = _bytes(rest, pairs=pairs)
    return None if data is None else (data, False)


def _bytes(text: str, *, pairs: bool) -> bytes | None:
    """Read groups of bytes; words without a colon in front are written in the order of the machine, so pairs only."""
    groups = text.replace("-", " ").split()
    if not all(_GROUP.fullmatch(group) and (len(group) == len("68") or not pairs) for group in groups):
        return None
    return bytes.fromhex("".join(groups))


def _shows(tail: str, data: bytes) -> bool:
    """Whether characters are those of the bytes; what cannot be printed may be shown as anything."""
    if _FRAMED.fullmatch(tail):
        return True
    shown = "".join(chr(byte) if byte in _PRINTABLE else "." for byte in data).strip()
    tail = tail.strip()
    return len(tail) == len(shown) and all(own in {".", other} for own, other in zip(shown, tail, strict=True))
