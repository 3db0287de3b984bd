"""Where the fuzzer starts: every published frame, every identifier and format, as inputs of each target."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.identifiers_1997 import table_1997
from protocols.dlt645.wire.frame import count_wakeup
from protocols.dlt698 import DataType, Value, build_apdu, build_data, parse_link
from tests.fuzz.targets import SECURITY
from tests.fuzz.targets_698 import ATTRIBUTES
from tests.protocols.dlt698.examples import APDUS, VALUES

__all__ = ["seeds"]

VECTORS = Path(__file__).parents[1] / "protocols" / "vectors"


def seeds() -> Mapping[str, list[bytes]]:
    """Inputs by target."""
    return _seeds_645() | _seeds_698()


def _seeds_645() -> dict[str, list[bytes]]:
    vectors = list(_vectors("dlt645"))
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


def _seeds_698() -> dict[str, list[bytes]]:
    vectors = [(bytes.fromhex(vector["hex"]), vector["decoded"]) for vector in _vectors("dlt698")]
    raw = [data for data, _ in vectors]
    good = [parse_link(data) for data, decoded in vectors if decoded["kind"] == "frame"]
    apdus = [build_apdu(apdu) for apdu in APDUS]
    heads = [bytes([frame.control.octet, 0, 0, 0]) for frame in good]
    contents = [frame.user_data for frame in good] + apdus
    sealable = [bytes([0x43, 0, 0, 0x10]) + each for each in apdus] + [
        head + frame.user_data for head, frame in zip(heads, good, strict=True)
    ]
    values = [build_data(value) for value in VALUES]
    numbers = [build_data(Value(DataType.DOUBLE_LONG_UNSIGNED, 2 * place)) for place in range(len(ATTRIBUTES))]
    return {
        "frames_698": raw + sealable,
        "apdus_698": contents,
        "data_698": values,
        "declarations_698": contents + values,
        "records_698": [len(each).to_bytes(2) + each + each for each in contents if len(each) < 250],
        "traces_698": contents,
        "streams_698": [bytes([0]) + bytes([1, len(each)]) + each for each in sealable if len(each) <= 40]
        + [bytes([7]) + each for each in raw],
        "cuts_698": [bytes([0]) + bytes([1, len(each)]) + each for each in sealable if len(each) <= 40],
        "fragments_698": [bytes([0, 200, 20, 100]) + bytes(range(100)) + bytes([0, step] * 20) for step in range(6)],
        "sessions_698": [
            bytes([size, 3, size, blocks]) + bytes([0, place, 1, place + step] * 12)
            for size in (0, 100)
            for blocks in (0, 1)
            for place in range(0, 60, 4)
            for step in range(3)
        ]
        + [bytes([0, 0, 0, 0]) + bytes([act, 1, step] * 12) for act in range(7) for step in range(4)]
        + [bytes([0, 0, 0, 0, 4, len(each)]) + each for each in sealable if len(each) <= 60],
        "inspection_698": [bytes([0]) + each for each in sealable],
        "readings_698": [b"\1" + place.to_bytes(2) + each for place, each in enumerate(numbers)]
        + [b"\1" + place.to_bytes(2) + each for place, each in enumerate(values)],
        "texts_698": [b"00100200", b"8000 8100", b"000032456789", b"1", b"AA" * 6, b"12X4"],
    }


def _vectors(dialect: str) -> Iterator[dict[str, Any]]:
    for path in sorted(VECTORS.glob(f"{dialect}_*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))


def _fields(good: dict[str, Any]) -> bytes:
    """Address, control byte and plain data field, which the targets seal into a frame again."""
    at = count_wakeup(good["raw"]) + 1
    return bytes(good["raw"][at : at + 6]) + bytes.fromhex(good["control"]) + bytes.fromhex(good["data"])
