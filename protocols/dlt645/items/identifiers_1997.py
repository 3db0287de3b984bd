"""The data identifiers of DL/T 645-1997, annex A, for meters never replaced, with their 2007 counterparts.

Rows are packaged data as those of 2007 are; what holds for a total is there for its tariffs too. The identifiers
have two bytes. A block has the low nibble F and ends with AAH.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files

from protocols.dlt645.items.identifiers import reader_of, writer_of
from protocols.dlt645.items.item import Identifier, identifier_of_row
from protocols.dlt645.items.profile import Profile, profile
from protocols.dlt645.items.values import Value
from protocols.dlt645.wire.di import DI
from protocols.errors import LocalProtocolError

__all__ = [
    "STANDARD_1997",
    "counterpart_1997",
    "find_1997",
    "identify_1997",
    "read_payload_1997",
    "table_1997",
    "write_payload_1997",
]

STANDARD_1997 = profile("1997")
"""A meter that is as the standard of 1997 has it."""

_COLUMNS = ("name_en", "name_zh", "format", "unit", "signed", "rw")
_BLOCK = 0xF
_BLOCK_END = b"\xaa"
_TARIFFS = range(1, 0xF)
_NAMED = {1: ("sharp", "尖"), 2: ("peak", "峰"), 3: ("flat", "平"), 4: ("valley", "谷")}
_WITH_TIME = 0x01
"""Class of 2007 whose items hold demand and time, which are two items in 1997."""


@cache
def table_1997() -> Mapping[int, Identifier]:
    """Every item by its two-byte identifier, tariffs and blocks of tariffs among them.

    The ``di`` of an item is that of the same item in 2007, or the two-byte number where there is none.
    """
    text = files("protocols.dlt645.items").joinpath("identifiers_1997.csv").read_text(encoding="utf-8")
    found: dict[int, Identifier] = {}
    for columns in csv.DictReader(text.splitlines()):
        number = int(columns["di"], 16)
        named = {name: columns[name] for name in _COLUMNS}
        _, row = identifier_of_row(named | {"di": columns["di_2007"] or columns["di"]})
        found |= {number: row} | dict(_tariffs(number, row))
    return found


def _tariffs(number: int, total: Identifier) -> Iterator[tuple[int, Identifier]]:
    """Tariffs of a total, and the block of total and tariffs."""
    if ", total," not in total.name_en:
        return
    is_shared = total.di > 0xFFFF  # noqa: PLR2004  two bytes
    for tariff in _TARIFFS:
        name_en, name_zh = _NAMED.get(tariff, ("", ""))
        yield (
            number + tariff,
            replace(
                total,
                di=DI(total.di + (tariff << 8)) if is_shared else DI(number + tariff),
                name_en=total.name_en.replace(", total,", f", T{tariff} {name_en}".rstrip() + ","),
                name_zh=total.name_zh.replace("总", f"费率{tariff}" + (f"({name_zh})" if name_zh else "")),
            ),
        )
    block = number + _BLOCK
    yield (
        block,
        replace(
            total,
            di=DI(total.di + 0xFF00) if is_shared and total.di.di3 != _WITH_TIME else DI(block),
            name_en=total.name_en.replace(", total,", ", block total+tariffs,"),
            name_zh=total.name_zh.replace("总", "") + "数据块",
            format=f"{total.format}*",
        ),
    )


@lru_cache(maxsize=4096)
def find_1997(di: int, profile: Profile = STANDARD_1997) -> Identifier | None:
    """Tell what ``di`` (DI1 DI0 as in 9010H) stands for, by the profile's rows first; None where nobody knows."""
    return profile.rows.get(di) or table_1997().get(di)


@lru_cache(maxsize=4096)
def counterpart_1997(di: DI) -> int | None:
    """Two-byte identifier of the item that 2007 calls ``di``; None where 1997 has none."""
    return next((number for number, row in table_1997().items() if row.di == di), None)


def read_payload_1997(di: int, payload: bytes, profile: Profile = STANDARD_1997) -> tuple[Value, ...]:
    """Values of the bytes (unmasked, wire order) a meter of 1997 gave for ``di``, a block with or without its mark.

    Raises as `read_payload` does.
    """
    row = identify_1997(di, profile)
    if _is_block(di, row):
        payload = payload.removesuffix(_BLOCK_END)
    return reader_of(row.layout, len(payload))(payload)


def write_payload_1997(di: int, *values: Value, profile: Profile = STANDARD_1997) -> bytes:
    """Bytes (unmasked, wire order) of an item, the reverse of `read_payload_1997`.

    Raises LocalProtocolError where a value does not fit its field or the number of values is wrong.
    """
    row = identify_1997(di, profile)
    built = writer_of(row.layout, len(values))(values)
    return built + _BLOCK_END if profile.block_end_mark and _is_block(di, row) else built


def identify_1997(di: int, profile: Profile = STANDARD_1997) -> Identifier:
    """As `find_1997`; raises LocalProtocolError where nobody knows the identifier."""
    row = find_1997(di, profile)
    if row is None:
        raise LocalProtocolError(f"1997 data identifier {di:04X} is not in the table; add its row")
    return row


def _is_block(di: int, row: Identifier) -> bool:
    return di & 0xF == _BLOCK and not row.layout.is_single
