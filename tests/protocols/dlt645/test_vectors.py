"""Published and built frames of the vector file decode to exactly the stated fields."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.dlt645 import (
    Assembly,
    FrameReceived,
    ReadAnswer,
    ReadNextAnswer,
    Receiver,
    build_frame,
    build_message,
    parse_first,
    parse_frame,
    parse_message,
)
from protocols.dlt645.inspect import decode_frame, decode_stream, explain_frame

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "dlt645_vectors.json").read_text(encoding="utf-8")
)
ABOUT_THE_VECTOR = {"constructed", "semantic", "nonstandard", "note", "reassembled"}
"""Keys that tell of the vector itself or of more than its one frame."""
VALID = [vector for vector in VECTORS if vector["decoded"]["valid"]]
FRAMES = [vector for vector in VALID if vector["direction"] != "stream"]


def wrong_fields(stated: dict[str, Any], found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields that differ from what is stated, each with what was found in its place."""
    return {
        name: (value, found.get(name, "missing"))
        for name, value in stated.items()
        if name not in ABOUT_THE_VECTOR | {"frames"} and found.get(name, "missing") != value
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["meaning"][:60])
def test_a_vector_decodes_to_its_stated_fields(vector: dict[str, Any]) -> None:
    """Envelope, identifier, payload, value and unit, refusals and faults are those of the vector."""
    raw, stated = bytes.fromhex(vector["hex"]), vector["decoded"]
    found = decode_stream(raw) if vector["direction"] == "stream" else decode_frame(raw)
    assert wrong_fields(stated, found) == {}
    inner: Any = found.get("frames", [])
    for each, frame in zip(stated.get("frames", []), inner, strict=True):
        assert wrong_fields(each, frame) == {}


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["meaning"][:60])
def test_a_vector_builds_back_to_its_bytes(vector: dict[str, Any]) -> None:
    """Frame and message built from what was parsed are the bytes they came from."""
    raw = bytes.fromhex(vector["hex"]).removesuffix(bytes.fromhex(vector["decoded"].get("trailing", "")))
    frame = parse_frame(raw)
    assert build_frame(frame, wakeup=vector["decoded"]["preamble"]) == raw
    assert build_message(frame.address, parse_message(frame)) == frame


@pytest.mark.parametrize("vector", FRAMES, ids=lambda vector: vector["meaning"][:60])
def test_a_good_vector_is_explained(vector: dict[str, Any]) -> None:
    """The words name address, identifier and number with unit."""
    text, stated = "\n".join(explain_frame(bytes.fromhex(vector["hex"]))), vector["decoded"]
    assert stated["address"] in text
    assert stated.get("di", "") in text
    if stated.get("unit"):
        assert f"{stated.get('value') or stated['values'][0]} {stated['unit']}" in text


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if not vector["decoded"]["valid"]],
    ids=lambda vector: vector["meaning"][:60],
)
def test_a_bad_vector_is_explained(vector: dict[str, Any]) -> None:
    """The words say what is wrong and with what byte."""
    text = "\n".join(explain_frame(bytes.fromhex(vector["hex"])))
    assert "wrong 错误" in text
    assert vector["decoded"].get("expected_cs", "") in text


def test_the_parts_of_a_long_item_assemble() -> None:
    """The two frames of the cover record vector give the sixty bytes it states."""
    last = next(vector for vector in VECTORS if "reassembled" in vector["decoded"])
    first = VECTORS[VECTORS.index(last) - 2]
    begun = parse_message(parse_frame(bytes.fromhex(first["hex"])))
    ended = parse_message(parse_frame(bytes.fromhex(last["hex"])))
    assert isinstance(begun, ReadAnswer)
    assert isinstance(ended, ReadNextAnswer)
    assembly = Assembly(begun)
    assert assembly.add(ended) is None
    assert assembly.payload.hex().upper() == last["decoded"]["reassembled"]


def test_all_frames_of_the_file_arrive_over_one_line() -> None:
    """All valid frames sent one after the other come out of the receiver one by one."""
    line = b"".join(bytes.fromhex(vector["hex"]) for vector in FRAMES)
    received = [event for event in Receiver().receive(line) if isinstance(event, FrameReceived)]
    assert [event.frame for event in received] == [parse_first(bytes.fromhex(each["hex"]))[0] for each in FRAMES]
