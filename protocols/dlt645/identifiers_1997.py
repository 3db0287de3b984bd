"""The few data identifiers of DL/T 645-1997 a head-end still meets, with their 2007 counterparts."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from construct import Sequence

from protocols.dlt645.di import DI
from protocols.dlt645.item import Identifier
from protocols.dlt645.values import Value
from protocols.errors import LocalProtocolError

_BLOCK = 0xF
_BLOCK_END = b"\xaa"


@cache
def table_1997() -> Mapping[int, Identifier]:
    """Every row of the packaged table by its two-byte identifier.

    The ``di`` of a row is that of the same item in 2007, or the two-byte number where there is none.
    """
    text = files("protocols.dlt645").joinpath("identifiers_1997.csv").read_text(encoding="utf-8")
    return {
        int(row["di"], 16): Identifier(
            di=DI.parse(row["di_2007"] or row["di"].zfill(8)),
            name_en=row["name_en"],
            name_zh=row["name_zh"],
            format=row["format"],
            unit=row["unit"],
            signed=row["signed"] == "yes",
            access="R",
        )
        for row in csv.DictReader(text.splitlines())
    }


def read_payload_1997(di: int, payload: bytes) -> tuple[Value, ...]:
    """Values of the bytes (unmasked, wire order) a meter of 1997 gave for ``di``.

    A block (low nibble F) ends with AAH. Raises as `read_payload` does.
    """
    row = table_1997().get(di)
    if row is None:
        raise LocalProtocolError(f"1997 data identifier {di:04X} is not in the table; add its row")
    if di & 0xF == _BLOCK:
        payload = payload.removesuffix(_BLOCK_END)
    return tuple(Sequence(*row.layout.fields_for(len(payload))).parse(payload))
