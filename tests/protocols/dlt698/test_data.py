"""Data: types, lengths, depth."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.dlt698 import NULL, DataType, Value, array, build_data, parse_data, structure
from protocols.dlt698.values.data import MAX_DEPTH
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt698.strategies import WILD


@given(WILD.datas)
def test_every_value_reads_back(value: Value) -> None:
    """What is built parses to the equal value."""
    assert parse_data(build_data(value)) == value


@given(st.binary(max_size=60))
@example(bytes([9, 0x88]) + b"\xff" * 8)
@example(bytes([1, 1]) * 500)
@example(bytes([4, 0x84, 0x7F, 0xFF, 0xFF, 0xFF]))
def test_arbitrary_bytes_are_data_or_a_protocol_error(octets: bytes) -> None:
    """Huge counts, deep nesting and noise raise RemoteProtocolError, and what parses builds to an equal value."""
    try:
        value = parse_data(octets)
    except RemoteProtocolError:
        return
    again = build_data(value)
    assert build_data(parse_data(again)) == again


@given(st.binary(max_size=130), st.integers(0, 6))
def test_lengths_longer_than_needed_are_read_and_the_shortest_is_written(content: bytes, padding: int) -> None:
    """Padded lengths mean the same; building gives one byte up to 127."""
    length = len(content).to_bytes(1 + padding, "big")
    padded = bytes([9, 0x80 | len(length)]) + length + content
    value = parse_data(padded)
    assert value == Value(DataType.OCTET_STRING, content)
    head = bytes([9, len(content)]) if len(content) < 128 else bytes([9, 0x81, len(content)])
    assert build_data(value) == head + content


@pytest.mark.parametrize("tag", [7, 8, 11, 13, 14, 19, *range(29, 80), *range(97, 256)])
def test_reserved_types_are_refused(tag: int) -> None:
    """A reserved type tag is no Data."""
    with pytest.raises(RemoteProtocolError, match=f"bad_type: reserved data type {tag}$"):
        parse_data(bytes([tag]) + bytes(40))


@pytest.mark.parametrize("container", [array, structure])
def test_depth_is_bounded_both_ways(container: type) -> None:
    """Eight levels of containers are read and built; the ninth is refused."""
    value = NULL
    for _ in range(MAX_DEPTH):
        value = container(value)
    octets = build_data(value)
    assert parse_data(octets) == value
    with pytest.raises(LocalProtocolError, match="deeper"):
        build_data(container(value))
    with pytest.raises(RemoteProtocolError, match="too_deep"):
        parse_data(octets[:2] + octets)


def test_a_count_beyond_the_bytes_is_refused_at_once() -> None:
    """Four bytes that promise four thousand million elements cost nothing."""
    with pytest.raises(RemoteProtocolError) as caught:
        parse_data(bytes.fromhex("0184FFFFFFFF"))
    assert caught.value.reason == "truncated"
    assert caught.value.missing == 0xFFFFFFFF


def test_bit_0_is_the_first_of_the_first_byte() -> None:
    """Status word 0A00H of 16 bits has bits 4 and 6 set."""
    value = parse_data(bytes.fromhex("04100A00"))
    assert value.value == "0000101000000000"
    assert parse_data(bytes.fromhex("0403E0")).value == "111"
    assert build_data(Value(DataType.BIT_STRING, "111")) == bytes.fromhex("0403E0")


def test_bool_is_true_for_anything_but_zero() -> None:
    """FFH is true and is written as 1."""
    assert build_data(parse_data(b"\x03\xff")) == b"\x03\x01"
