"""The readers and writers derived from the declarations say what the declarations say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import construct as c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    REQUEST,
    Address,
    Apdu,
    LinkFrame,
    build_apdu,
    build_data,
    build_link,
    parse_data,
    parse_link,
)
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.axdr import build_walking, parse, walk, writer
from protocols.dlt698.axdr.reading import ASTRAY, READERS
from protocols.dlt698.values.data import DATA
from protocols.dlt698.values.value import DataType, Value
from protocols.dlt698.wire.link import FRAME, HEADER, MAX_HEADER, frame_size, look_at_header
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt698.strategies import CLASSES, WILD, any_apdu, good_frames, link_frames


def _walked(declaration: Any, octets: bytes) -> Any:
    """Give the value, or the error as its parts."""
    try:
        return walk(declaration, octets, "it")
    except RemoteProtocolError as error:
        return error.reason, error.message, error.offset


def _parsed(declaration: Any, octets: bytes) -> Any:
    try:
        return parse(declaration, octets, "it")
    except RemoteProtocolError as error:
        return error.reason, error.message, error.offset


def _is_astray(declaration: Any, octets: bytes) -> bool:
    try:
        _, end = READERS.of(declaration)(octets, 0)
    except ASTRAY:
        return True
    return end != len(octets)


@st.composite
def tampered(draw: st.DrawFn, drawn: st.SearchStrategy[bytes]) -> bytes:
    """Draw bytes in which some were changed, left out or put in."""
    octets = bytearray(draw(drawn))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(octets)))
        octets[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(octets)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(st.data())
def test_apdus_in_order_are_read_without_walking(cls: type[Apdu], data: st.DataObject) -> None:
    """What is built of any class is read by its reader alone, and is what walking gives."""
    octets = build_apdu(data.draw(WILD.apdus(cls)))
    assert not _is_astray(APDU, octets)
    assert repr(_parsed(APDU, octets)) == repr(_walked(APDU, octets))


@given(WILD.datas)
def test_data_in_order_are_read_without_walking(value: Value) -> None:
    """The same for Data of every type."""
    octets = build_data(value)
    assert not _is_astray(DATA, octets)
    assert repr(_parsed(DATA, octets)) == repr(_walked(DATA, octets))


@settings(max_examples=500)
@given(tampered(any_apdu.map(build_apdu)))
def test_tampered_apdus_are_judged_alike(octets: bytes) -> None:
    """A reader accepts nothing that the declaration refuses, and what is wrong is told in the declaration's words."""
    assert repr(_parsed(APDU, octets)) == repr(_walked(APDU, octets))


@settings(max_examples=500)
@given(tampered(WILD.datas.map(build_data)))
def test_tampered_data_are_judged_alike(octets: bytes) -> None:
    """The same for Data of every type."""
    assert repr(_parsed(DATA, octets)) == repr(_walked(DATA, octets))


@given(any_apdu.map(build_apdu), st.data())
def test_apdus_cut_short_are_judged_alike(octets: bytes, data: st.DataObject) -> None:
    """No reader takes the end of the bytes for the end of a value."""
    short = octets[: data.draw(st.integers(0, len(octets) - 1))]
    assert repr(_parsed(APDU, short)) == repr(_walked(APDU, short))


@pytest.mark.parametrize("octets", [b"\x09\x84\x00\x00\x00\x02ab", b"\x0a\x82\x00\x07abcdefg", b"\x04\x81\x03\xe0"])
def test_longer_lengths_than_needed_are_read_without_walking(octets: bytes) -> None:
    """Devices send them all the time, so that they must not be slow."""
    assert not _is_astray(DATA, octets)


@pytest.mark.parametrize("octets", [b"\x09\x89" + bytes(8) + b"\1a", b"\x09\x80", b"\x0c\x02\xc3\x28", b"\x0c\x01\xff"])
def test_odd_lengths_and_texts_are_judged_alike(octets: bytes) -> None:
    """A length of more bytes than anybody needs, one of none, and bytes that are no UTF-8."""
    assert repr(_parsed(DATA, octets)) == repr(_walked(DATA, octets))


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind_are_read(kind: Callable[[bytes], Any]) -> None:
    """A caller's buffer need not be copied first."""
    assert parse_data(kind(b"\x0a\x02ab")) == Value(DataType.VISIBLE_STRING, "ab")


@given(link_frames)
def test_frames_in_order_are_read_as_declared(frame: LinkFrame) -> None:
    """The check of the good case gives the frame that walking gives."""
    raw = build_link(frame)
    assert parse_link(raw) == _walked(FRAME, raw) == frame
    assert frame_size(raw[:MAX_HEADER]) == HEADER.parse(raw).head.length + 2


heads = st.builds(
    lambda length, rest: b"\x68" + length.to_bytes(2, "little") + rest,
    st.one_of(st.integers(0, 40), st.sampled_from([0x3FFF, 0x4000, 0x8010, 0xFFFF])),
    st.binary(max_size=24),
)


heads_of_frames = link_frames.map(lambda frame: build_link(frame)[:MAX_HEADER])


@settings(max_examples=500)
@given(st.one_of(st.binary(max_size=24), heads, tampered(heads_of_frames)))
def test_headers_are_judged_alike(head: bytes) -> None:
    """The look at a header finds the size, or refuses it for the reason that walking its declaration gives."""
    assert look_at_header(head) == _walked_header(head[:MAX_HEADER])


def _walked_header(head: bytes) -> int | str:
    try:
        size: int = HEADER.parse(head).head.length + 2
    except RemoteProtocolError as error:
        return error.reason
    except c.StreamError:
        return "truncated"
    return size


@settings(max_examples=300)
@given(tampered(st.sampled_from(good_frames) | link_frames.map(build_link)))
def test_tampered_frames_are_judged_alike(raw: bytes) -> None:
    """The check of the good case accepts nothing that the declaration refuses."""
    try:
        frame = parse_link(raw)
    except RemoteProtocolError:
        return
    assert frame == _walked(FRAME, raw)


def _written(declaration: Any, value: Any) -> bytes:
    out = bytearray()
    writer(declaration)(value, out)
    return bytes(out)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=40)
@given(st.data())
def test_apdus_are_written_without_walking(cls: type[Apdu], data: st.DataObject) -> None:
    """What the writer of any class puts out is what walking its declaration does."""
    apdu = data.draw(WILD.apdus(cls))
    assert _written(APDU, apdu) == build_walking(APDU, apdu, "it")


@given(WILD.datas)
def test_data_are_written_without_walking(value: Value) -> None:
    """The same for Data of every type."""
    assert _written(DATA, value) == build_walking(DATA, value, "it")


@given(link_frames)
def test_frames_are_written_as_declared(frame: LinkFrame) -> None:
    """The quick way and the declaration give the same bytes."""
    assert build_link(frame) == build_walking(FRAME, frame, "it")


NO_NUMBERS: list[Any] = [-1, 2**64, 1.5, "1", None, b"1", True]


@given(st.sampled_from([kind for kind in DataType if kind is not DataType.NULL]), st.sampled_from(NO_NUMBERS))
def test_values_that_do_not_fit_are_judged_alike(kind: DataType, content: Any) -> None:
    """A writer takes nothing that its declaration refuses."""
    value = Value(kind, content)
    try:
        expected = build_walking(DATA, value, "Data")
    except LocalProtocolError as refusal:
        with pytest.raises(LocalProtocolError) as refused:
            build_data(value)
        assert str(refused.value) == str(refusal)  # noqa: PT017 - the same words are the point
    else:
        assert build_data(value) == expected


@given(link_frames, st.sampled_from([{"client": 256}, {"client": -1}, {"client": None}, {"user_data": bytes(16384)}]))
def test_frames_that_do_not_fit_are_refused(frame: LinkFrame, wrong: dict[str, Any]) -> None:
    """A field out of its range is told by the declaration."""
    with pytest.raises(LocalProtocolError):
        build_link(replace(frame, **wrong))


@pytest.mark.parametrize("wrong", [{"function": 8}, {"function": -1}])
def test_control_fields_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    """A function code never spills into the flags beside it."""
    frame = LinkFrame(replace(REQUEST, **wrong), Address.single("1" * 12), 0, b"")
    with pytest.raises(LocalProtocolError, match="function code"):
        build_link(frame)


def test_values_of_endless_depth_are_refused_in_short_words() -> None:
    """What is told of a value that does not fit is bounded, as is the way to it."""
    value = NULL
    for _ in range(5000):
        value = Value(DataType.ARRAY, (value,))
    for wrong in (
        value,
        Value(DataType.ARRAY, (Value(DataType.INTEGER, "x"), value)),
        Value(DataType.LONG64, 10**5000),
    ):
        with pytest.raises(LocalProtocolError) as refused:
            build_data(wrong)
        assert len(str(refused.value)) < 1000


def test_a_bool_is_written_as_0_or_1() -> None:
    """Whatever Python takes for true."""
    assert build_data(Value(DataType.BOOL, 200)) == b"\x03\x01"
