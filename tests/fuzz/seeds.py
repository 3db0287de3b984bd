"""Where the fuzzer starts: every published frame, every identifier and format, as inputs of each target."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.wire.frame import count_wakeup
from tests.fuzz.targets import SECURITY

__all__ = ["seeds"]

VECTORS = Path(__file__).parents[1] / "protocols" / "vectors"


def seeds() -> Mapping[str, list[bytes]]:
    """Inputs by target."""
    vectors = list(_vectors())
    raw = [bytes.fromhex(vector["hex"]) for vector in vectors]
    good = [vector["decoded"] | {"raw": data} for vector, data in zip(vectors, raw, strict=True)]
    fields = [_fields(each) for each in good if each["valid"] and "data" in each]
    answers = [
        bytes.fromhex(each["di"])[::-1] + bytes.fromhex(each["payload"])
        for each in good
        if len(each.get("di", "")) == 8 and each.get("payload")
    ]
    return {
        "frames": raw,
        "declarations": raw + fields,
        "inspection": raw + [profile.to_bytes() + each for each in fields for profile in (0, 1)],
        "messages": [edition + each for each in fields for edition in (b"\0", b"\1")],
        "payloads": [b"\0\0" + each[3::-1] + each[4:] for each in answers],
        "payloads_1997": [b"\0\1" + place.to_bytes(2) + bytes(4) for place, _ in enumerate(table_1997())],
        "streams": [bytes([7]) + each for each in raw],
        "cuts": [bytes([7]) + each for each in raw],
        "long_reads": [bytes([1, 40]) + bytes(range(40)) + bytes([step] * 12) for step in range(8)],
        "security": [
            bytes([form.from_slave, SECURITY.index(di)]) + bytes(form.size) for form in PAYLOADS for di in form.dis
        ],
        "texts": [form.encode() for form in sorted({row.format for row in table().values()})]
        + [b"68610100000000", b"9010", b'[own]\ntitle_en = "own"\ntitle_zh = "own"\nwakeup = 1\n'],
    }


def _vectors() -> Iterator[dict[str, Any]]:
    for path in sorted(VECTORS.glob("dlt645_*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))


def _fields(good: dict[str, Any]) -> bytes:
    """Address, control byte and plain data field, which the targets seal into a frame again."""
    at = count_wakeup(good["raw"]) + 1
    return bytes(good["raw"][at : at + 6]) + bytes.fromhex(good["control"]) + bytes.fromhex(good["data"])
