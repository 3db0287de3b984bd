"""The inspector of both dialects: recognising, the common fields, words."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    Address,
    ReadAnswer,
    ReadNextRequest,
    ReadRequest,
    build_frame,
    build_message,
    parts_of,
)
from protocols.inspect import Dialect, decode, decode_stream, explain, recognise
from tests.protocols.dlt645.strategies import noise

VECTORS = Path(__file__).parents[1] / "vectors"
ABOUT_THE_VECTOR = {"constructed", "semantic", "nonstandard", "note", "reassembled", "error", "protocol"}
ALL = [
    (dialect, vector)
    for dialect in Dialect
    for vector in json.loads((VECTORS / f"{dialect}_vectors.json").read_text(encoding="utf-8"))
]
PARAMS = [pytest.param(*each, id=f"{each[0]} {each[1]['meaning'][:50]}") for each in ALL]
FRAMES = [param for param, each in zip(PARAMS, ALL, strict=True) if each[1]["direction"] != "stream"]
STREAMS = [param for param in PARAMS if param not in FRAMES]


@pytest.mark.parametrize(("dialect", "vector"), FRAMES)
def test_frames_of_both_dialects_are_told_apart_and_decoded(dialect: Dialect, vector: dict[str, Any]) -> None:
    """Good and broken frames go to their dialect, with ok, error and the vector's own fields."""
    stated = vector["decoded"]
    found = json.loads(json.dumps(decode(bytes.fromhex(vector["hex"]))))
    assert found["ok"] == stated["valid"]
    assert found["protocol"] == stated.get("protocol", dialect)
    assert found.get("error_code") == stated.get("error")
    assert (found["error"] or "").split(":")[0] == stated.get("error", "")
    wrong = {
        name: found.get(name, "missing")
        for name, value in stated.items()
        if name not in ABOUT_THE_VECTOR and found.get(name, "missing") != value
    }
    assert wrong == {}


@pytest.mark.parametrize(("dialect", "vector"), STREAMS)
def test_streams_of_both_dialects_give_their_frames(dialect: Dialect, vector: dict[str, Any]) -> None:
    """A stretch of line is read in the dialect that makes sense of it."""
    stated, found = vector["decoded"], decode_stream(bytes.fromhex(vector["hex"]))
    assert (found["ok"], found["protocol"]) == (True, dialect)
    frames: Any = found["frames"]
    assert len(frames) == len(stated["frames"])
    for name in {"skipped", "pending", "discarded"} & set(stated):
        assert found[name] == stated[name]


def test_a_frame_behind_noise_is_decoded_all_the_same() -> None:
    """Bytes that begin no frame but hold one come back as a stream."""
    found = decode(bytes.fromhex("686803000000000068910733343435333333D416"))
    assert (found["ok"], found["discarded"]) == (True, "68")


def test_a_645_frame_carried_in_a_698_frame_does_not_hide_it() -> None:
    """A proxied frame is part of the message around it."""
    carried = [
        bytes.fromhex(vector["hex"])
        for dialect, vector in ALL
        if dialect is Dialect.DLT698 and vector["decoded"]["valid"] and "9107333" in vector["hex"]
    ]
    assert all(recognise(raw) is Dialect.DLT698 for raw in carried)


@given(noise | st.binary(max_size=80))
def test_any_bytes_are_decoded_and_explained(raw: bytes) -> None:
    """Nothing raises; bytes without a frame are not ok and have a reason."""
    found = decode(raw)
    json.dumps(found)
    assert found["ok"] or found["error"]
    assert explain(raw)
    decode_stream(raw)


@pytest.mark.parametrize("raw", [b"", b"\xfe\xfe\xfe", b"Hello"])
def test_bytes_of_neither_dialect_have_no_protocol(raw: bytes) -> None:
    """What cannot be recognised says so in both forms."""
    found = decode(raw)
    assert (found["ok"], found["protocol"], found["error_code"]) == (False, None, "no_start")
    assert explain(raw).startswith("neither DL/T 645 nor DL/T 698.45")


def test_an_answer_is_explained_with_names_and_unit() -> None:
    """Address, function, item in both languages, value with unit."""
    text = explain(bytes.fromhex("681200000010206891083335C33389CB3433C416"))
    assert "201000000012" in text
    assert "read data 读数据" in text
    assert "00900200 remaining money, now (当前)剩余金额" in text
    assert "198.56 CNY" in text


def test_a_bad_frame_is_explained_with_its_fault() -> None:
    """A wrong checksum is told with the right one."""
    text = explain(bytes.fromhex("6812907856341268910833333433896745335516"))
    assert "checksum wrong 校验和错: expected 54, found 55" in text


def test_a_state_word_is_explained_by_its_flags() -> None:
    """The relay's state is told in words."""
    assert "relay_open 继电器断" in explain(bytes.fromhex("68611001301215689106363833378333BE16"))


GOOD = bytes.fromhex("6801001511232068910833333433896745330816")
BAD = GOOD[:-2] + b"\x00\x16"
CHECKSUM = {
    "error_code": "checksum",
    "error": "checksum: expected 08, found 00",
    "expected_cs": "08",
    "actual_cs": "00",
}


@pytest.mark.parametrize(
    ("raw", "key", "offset"),
    [(BAD + GOOD, "bad_frames", 0), (GOOD + BAD, "following", 20), (BAD + BAD, "following", 20)],
)
def test_a_bad_frame_beside_another_says_what_is_wrong_with_it(raw: bytes, key: str, offset: int) -> None:
    """In front of a good one, behind one, behind another bad one: reason, figures and faults at their bytes."""
    (bad,) = cast("list[dict[str, Any]]", decode(raw)[key])
    assert bad | CHECKSUM | {"ok": False, "offset": offset} == bad
    assert [(each["reason"], each["offset"]) for each in bad["faults"]] == [("checksum", offset + 18)]


@given(st.lists(st.sampled_from((GOOD, b"\xfe\xfe" + GOOD, b"\x68\x00", b"\x55" * 3)), max_size=5).map(b"".join))
def test_the_frames_of_a_stream_have_their_places(raw: bytes) -> None:
    """Wake-up bytes belong to their frame."""
    frames = cast("list[dict[str, Any]]", decode_stream(raw)["frames"])
    assert all(raw[frame["offset"] + frame["preamble"] :].startswith(GOOD) for frame in frames)
    assert len({frame["offset"] for frame in frames}) == len(frames)


@pytest.mark.parametrize("noise_in_front", [b"", b"\x55"])
def test_the_frame_with_the_last_part_of_an_item_has_the_whole(noise_in_front: bytes) -> None:
    """Values of all parts together, beside what the frame says itself."""
    meter, di = Address.meter("202311150001"), DI(0x0001FF00)
    parts = parts_of(ReadAnswer(di, bytes.fromhex("563412000100000002000000")), 8)
    talk = (ReadRequest(di), parts[0], ReadNextRequest(di, 1), parts[1])
    found = decode(noise_in_front + b"".join(build_frame(build_message(meter, each), wakeup=0) for each in talk))
    told: Any = found["frames"] if noise_in_front else [found, *cast("list[Any]", found["following"])]
    assert ["whole" in each for each in told] == [False, False, False, True]
    whole = told[-1]["whole"]
    assert (whole["di"], whole["values"], whole["unit"]) == ("0001FF00", ["1234.56", "0.01", "0.02"], "kWh")
    assert len(whole["fields"]) == 3
    json.dumps(found)
