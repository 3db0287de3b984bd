"""Published frames, and frames built from the text of the standard, decode to exactly the stated fields.

``dlt645_vectors.json`` holds captures and published examples, ``dlt645_own.json`` frames for every function, format and
state word whose meaning was worked out by hand.
"""

import json
from collections import Counter
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
from protocols.dlt645.functions import FORMS
from protocols.dlt645.inspect import decode_frame, decode_stream, explain_frame
from protocols.dlt645.items.runstate import NAMES, WORDS
from protocols.errors import RemoteProtocolError
from protocols.inspect import decode

Vector = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "vectors"


def vectors(name: str) -> list[Vector]:
    """Vectors of one file."""
    found: list[Vector] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


PUBLISHED, OWN = vectors("dlt645_vectors"), vectors("dlt645_own")
VECTORS = PUBLISHED + OWN
NOT_COMPARED = {
    "constructed": "how the vector came about",
    "note": "why the vector is interesting",
    "semantic": "an opinion on the sender; what it comes from, a baud word without a rate, is stated and compared",
    "reassembled": "the payload of two frames, compared in test_the_parts_of_a_long_item_assemble",
    "frames": "compared frame by frame",
}
"""Keys of a vector that are no fields of its frame, each with the reason."""
FRAMES = [vector for vector in VECTORS if vector["decoded"]["valid"] and vector["direction"] != "stream"]
BAD = [vector for vector in VECTORS if not vector["decoded"]["valid"]]


def names(some: list[Vector]) -> pytest.MarkDecorator:
    """Parameters of a test: vectors by their meaning."""
    return pytest.mark.parametrize("vector", some, ids=lambda vector: vector["meaning"][:60])


def wrong_fields(stated: Vector, found: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fields that differ from what is stated, each with what was found in its place."""
    return {
        name: (value, found.get(name, "missing"))
        for name, value in stated.items()
        if name not in NOT_COMPARED and found.get(name, "missing") != value
    }


@names(VECTORS)
def test_a_vector_decodes_to_its_stated_fields(vector: Vector) -> None:
    """Every stated field is that of the vector: envelope, message, values, flags, refusals, faults."""
    raw, stated = bytes.fromhex(vector["hex"]), vector["decoded"]
    found = decode_stream(raw) if vector["direction"] == "stream" else decode_frame(raw)
    assert wrong_fields(stated, found) == {}
    inner: Any = found.get("frames", [])
    for each, frame in zip(stated.get("frames", []), inner, strict=True):
        assert wrong_fields(each, frame) == {}


@names(VECTORS)
def test_either_dialect_s_inspector_tells_the_same(vector: Vector) -> None:
    """The inspector that is not told the dialect finds it, and the same fields or the same fault."""
    raw, stated = bytes.fromhex(vector["hex"]), vector["decoded"]
    found = decode(raw)
    assert found["ok"] == stated["valid"]
    if not stated["valid"]:
        assert found["error_code"] == stated["error"]
        assert str(found["error"]).startswith(stated["error"])
    elif vector["direction"] != "stream":
        assert found["protocol"] == stated.get("protocol", "dlt645")
        assert wrong_fields(stated, found) == {}


@names(VECTORS)
def test_nothing_is_told_that_a_vector_does_not_state(vector: Vector) -> None:
    """A good frame without a stated fault, tail or value has none."""
    stated = vector["decoded"]
    if stated["valid"] and vector["direction"] != "stream":
        found = decode_frame(bytes.fromhex(vector["hex"]))
        for name in ("app_error", "trailing", "value", "values", "err", "serr", "partial"):
            untold = vector in PUBLISHED and stated["function"] == "14"  # its value is stated as payload only
            assert name in stated or name not in found or (untold and name == "value")


@names([vector for vector in FRAMES if "app_error" not in vector["decoded"]])
def test_a_vector_builds_back_to_its_bytes(vector: Vector) -> None:
    """Frame and message built from what was parsed are the bytes they came from."""
    raw = bytes.fromhex(vector["hex"]).removesuffix(bytes.fromhex(vector["decoded"].get("trailing", "")))
    frame = parse_frame(raw)
    assert build_frame(frame, wakeup=vector["decoded"]["preamble"]) == raw
    assert build_message(frame.address, parse_message(frame)) == frame


@names(FRAMES)
def test_a_good_vector_is_explained(vector: Vector) -> None:
    """The words name address, identifier and number with unit."""
    text, stated = "\n".join(explain_frame(bytes.fromhex(vector["hex"]))), vector["decoded"]
    assert stated["address"] in text
    assert stated.get("di", "") in text
    value, unit = stated.get("value") or next(iter(stated.get("values", [])), None), stated.get("unit", "")
    if value and unit and not set(unit) & set("+,"):
        assert (value if value.endswith(unit) else f"{value} {unit}") in text


@names(BAD)
def test_a_bad_vector_is_explained(vector: Vector) -> None:
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


def test_all_frames_of_the_files_arrive_over_one_line() -> None:
    """All valid frames sent one after the other come out of the receiver one by one."""
    line = b"".join(bytes.fromhex(vector["hex"]) for vector in FRAMES)
    received = [event for event in Receiver().receive(line) if isinstance(event, FrameReceived)]
    assert [event.frame for event in received] == [parse_first(bytes.fromhex(each["hex"]))[0] for each in FRAMES]


@names(FRAMES)
def test_a_vector_cut_anywhere_is_truncated(vector: Vector) -> None:
    """Every beginning of a frame is told as truncated, and by how many bytes as soon as its length is there."""
    raw = bytes.fromhex(vector["hex"])
    wakeup, whole = vector["decoded"]["preamble"], vector["decoded"]["preamble"] + vector["decoded"]["frame_len"]
    for size in range(wakeup + 1, whole):
        with pytest.raises(RemoteProtocolError) as caught:
            parse_frame(raw[:size])
        assert caught.value.reason == "truncated"
        known = size >= wakeup + 10
        assert caught.value.missing == (whole if known else wakeup + 12) - size
        assert caught.value.offset == size


def test_the_vectors_cover_every_function_both_ways() -> None:
    """Each function of both editions is there as request and as answer, and each that can be refused is refused."""
    seen = {(int(each["decoded"]["control"], 16) & 0x9F) for each in FRAMES if not each["decoded"]["abnormal"]}
    wanted = {form.function | (0x80 if form.from_slave else 0) for form in FORMS}
    never = {0x0F, 0x8F}  # the password of a meter of 1997
    assert wanted - seen <= never
    refused = {each["decoded"]["control"] for each in FRAMES if each["decoded"]["abnormal"]}
    assert refused >= {"C3", "D1", "D2", "D4", "D6", "D7", "D8", "D9", "DA", "DB", "DC", "DD", "C1", "C4"}


def test_the_vectors_cover_every_state_word() -> None:
    """Every run state word is there, and between them more than half of all named bits are set."""
    flags = Counter(
        (each["decoded"]["di"], flag)
        for each in FRAMES
        for flag in each["decoded"].get("flags", [])
        if each["decoded"]["di"] != "040005FF"
    )
    assert {di for di, _ in flags} == {f"0400050{number}" for number in WORDS}
    assert 2 * len(flags) > sum(len(bits) for number, bits in NAMES.items() if number not in {5, 6})
