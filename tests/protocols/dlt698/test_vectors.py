"""Frames of real devices, of the standard's annex and of other implementations."""

from typing import Any

import pytest

from protocols.dlt698 import build_apdu, build_link, parse_apdu, parse_fragment, parse_link
from protocols.dlt698.inspect import decode_frame, decode_stream, explain_frame
from protocols.dlt698.wire.fragment import build_fragment
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import VECTORS


def _named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector, id=vector.get("id") or vector["meaning"][:60]) for vector in vectors]


FRAMES = [vector for vector in VECTORS if vector["decoded"]["kind"] == "frame"]
NEGATIVES = [vector for vector in VECTORS if vector["decoded"]["kind"] == "negative"]
STREAMS = [vector for vector in VECTORS if vector["decoded"]["kind"] == "stream"]


def test_there_are_vectors_of_each_sort() -> None:
    """The file holds frames, frames to be refused and streams."""
    assert (len(FRAMES), len(NEGATIVES), len(STREAMS)) == (171, 18, 9)


@pytest.mark.parametrize("vector", _named(FRAMES + NEGATIVES))
def test_a_frame_says_exactly_what_its_vector_states(vector: dict[str, Any]) -> None:
    """A good frame decodes to all its fields; a bad one is refused for the stated reason."""
    found = decode_frame(bytes.fromhex(vector["hex"]))
    assert bool(found.pop("message", None)) == (vector["decoded"]["kind"] == "negative")
    assert found == vector["decoded"]


@pytest.mark.parametrize("vector", _named(STREAMS))
def test_a_stream_delivers_its_frames_and_counts_the_rest(vector: dict[str, Any]) -> None:
    """Frames come out in order; thrown away and kept bytes are as many as stated."""
    assert decode_stream(bytes.fromhex(vector["hex"])) == vector["decoded"]


@pytest.mark.parametrize("vector", _named(FRAMES))
def test_a_frame_builds_back_to_the_same_bytes(vector: dict[str, Any]) -> None:
    """Link layer, fragment and APDU of every good frame re-encode identically."""
    raw = bytes.fromhex(vector["hex"])
    frame = parse_link(raw)
    assert build_link(frame) == raw
    if "fragment" in vector["decoded"]:
        assert build_fragment(parse_fragment(frame.user_data)) == frame.user_data
    if "apdu" in vector["decoded"]:
        assert build_apdu(parse_apdu(frame.user_data)) == frame.user_data


@pytest.mark.parametrize("vector", _named(FRAMES))
def test_the_inspector_tells_people_the_service_and_the_address(vector: dict[str, Any]) -> None:
    """Who speaks and which service it is stands in the lines for people."""
    decoded = vector["decoded"]
    lines = "\n".join(explain_frame(bytes.fromhex(vector["hex"])))
    assert decoded["link"]["sa"].removesuffix("01" if decoded["link"]["logical"] == 2 else "") in lines
    if "apdu" in decoded:
        assert decoded["apdu"]["service"] in lines


@pytest.mark.parametrize("vector", _named(NEGATIVES))
def test_a_refusal_tells_reason_and_place(vector: dict[str, Any]) -> None:
    """Whoever parses a bad frame learns the reason word, and people read it too."""
    raw = bytes.fromhex(vector["hex"])
    with pytest.raises(RemoteProtocolError) as caught:
        parse_apdu(parse_link(raw).user_data)
    assert str(caught.value).startswith(caught.value.reason + ": ")
    assert caught.value.reason in explain_frame(raw)[-1]


def test_values_come_with_their_units() -> None:
    """A freeze record is told in kilowatt-hours with names in both languages."""
    raw = next(
        vector["hex"]
        for vector in FRAMES
        if vector["decoded"].get("apdu", {}).get("service") == "GET-Response"
        and vector["decoded"]["apdu"]["piid"] == 25
    )
    text = "\n".join(explain_frame(bytes.fromhex(raw)))
    assert "日冻结" in text
    assert "forward active energy" in text
    assert "12345.67 kWh, 3012.34 kWh" in text
