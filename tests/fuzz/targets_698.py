"""What the fuzzer aims at in DL/T 698.45: frames, APDUs, Data, the inspector, the dictionary.

The promises are those of `targets`: nothing but `ProtocolError` comes out, what was understood can be said again, and
no input makes more of itself than it has bytes for.
"""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from protocols import inspect
from protocols.dlt698 import (
    OAD,
    OMD,
    TSA,
    Address,
    Apdu,
    DataType,
    Quantity,
    Value,
    build_apdu,
    build_data,
    build_link,
    parse_apdu,
    parse_data,
    parse_link,
    quantities,
    relay_word,
    set_bits,
)
from protocols.dlt698.objects import Item, describe, known_attributes
from protocols.dlt698.values.data import MAX_DEPTH
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.fuzz.drawn import Drawn, attempt, sealed_698

__all__ = [
    "apdus_698",
    "data_698",
    "frames_698",
    "inspection_698",
    "readings_698",
    "texts_698",
]

FRAME_REASONS = {"bad_start", "bad_length", "bad_hcs", "truncated", "trailing_bytes", "bad_fcs", "bad_end"}
APDU_REASONS = {
    "unknown_tag",
    "unknown_kind",
    "bad_type",
    "bad_choice",
    "bad_length",
    "bad_count",
    "too_deep",
    "truncated",
    "trailing_bytes",
}
NO_TIME_TAG = b"\0"
PARTS_PER_BYTE = 8
"""Objects that a byte may become: a bit-string's byte is eight digits of one text, a NULL a value and its type."""
FIXED_PARTS = 40
"""Fields of the largest APDU that has nothing in it."""
ATTRIBUTES = tuple(oad for oad, _ in known_attributes())


def frames_698(data: bytes) -> None:
    """A frame parses and builds back to its bytes, or is refused with one of the seven reasons of the link layer."""
    raw = sealed_698(data)
    assert build_link(parse_link(raw)) == raw
    frame = attempt(parse_link, data, RemoteProtocolError)
    if isinstance(frame, RemoteProtocolError):
        assert frame.reason in FRAME_REASONS
        assert frame.missing is None or frame.reason == "truncated"
    else:
        assert build_link(frame) == data


def apdus_698(data: bytes) -> None:
    """An APDU builds back to bytes that mean the same, no longer than they came, and costs no more than its size."""
    apdu = attempt(parse_apdu, data, RemoteProtocolError)
    if isinstance(apdu, RemoteProtocolError):
        assert apdu.reason in APDU_REASONS, apdu.reason
        assert apdu.offset is None or apdu.offset <= len(data)
        lenient = attempt(_parse_leniently, data, RemoteProtocolError)
        assert isinstance(lenient, RemoteProtocolError) or repr(lenient) == repr(parse_apdu(data + NO_TIME_TAG))
        return
    assert _parts(apdu) <= PARTS_PER_BYTE * len(data) + FIXED_PARTS
    shortest = build_apdu(apdu)
    assert len(shortest) <= len(data)
    assert repr(parse_apdu(shortest)) == repr(apdu)
    assert build_apdu(parse_apdu(shortest)) == shortest


def _parse_leniently(data: bytes) -> Apdu:
    return parse_apdu(data, lenient=True)


def data_698(data: bytes) -> None:
    """Data of any type builds back to bytes that mean the same; its depth is bounded."""
    value = attempt(parse_data, data, RemoteProtocolError)
    if isinstance(value, RemoteProtocolError):
        assert value.reason in APDU_REASONS, value.reason
        return
    assert _parts(value) <= PARTS_PER_BYTE * len(data) + FIXED_PARTS
    assert _depth(value) <= MAX_DEPTH + 1
    shortest = build_data(value)
    assert len(shortest) <= len(data)
    assert repr(parse_data(shortest)) == repr(value)
    assert build_data(parse_data(shortest)) == shortest


def _members(value: object) -> tuple[object, ...]:
    if is_dataclass(value):
        return tuple(getattr(value, field.name) for field in fields(value))
    return value if isinstance(value, tuple) else ()


def _parts(value: object) -> int:
    """Count the objects that were made."""
    return 1 + sum(map(_parts, _members(value)))


def _depth(value: object) -> int:
    """Count the levels of Data, whatever lies between them."""
    return isinstance(value, Value) + max(map(_depth, _members(value)), default=0)


def inspection_698(data: bytes) -> None:
    """Whatever the bytes are, the inspector has something to say about them that fits in JSON and on a screen."""
    drawn = Drawn(data)
    noise = drawn.take(drawn.number(6))
    for raw in (data, sealed_698(data), noise + sealed_698(drawn.rest())):
        told = inspect.decode(raw)
        assert bool(told["ok"]) == (told["error"] is None)
        json.dumps(told, allow_nan=False)
        json.dumps(inspect.decode_stream(raw), allow_nan=False)
        assert inspect.explain(raw)


def readings_698(data: bytes) -> None:
    """Any value under any attribute or method is named part by part; its numbers are the same, asked for alone."""
    drawn = Drawn(data)
    of = (
        drawn.one_of(ATTRIBUTES) if drawn.number(1) else OAD(drawn.number(0xFFFF), drawn.number(255), drawn.number(255))
    )
    value = attempt(parse_data, drawn.rest(), RemoteProtocolError)
    if isinstance(value, RemoteProtocolError):
        return
    item = describe(of, value)
    found = quantities(of, value)
    assert found == tuple(_quantities(item))
    assert len(found) <= _parts(value)
    assert describe(OMD(of.oi, of.attribute), value).name
    bits = set_bits(value)
    assert (bits is None) == (value.type is not DataType.BIT_STRING)
    word = relay_word(value)
    assert word is None or (bits is not None and word.is_open == (4 in bits))


def _quantities(item: Item) -> Iterator[Quantity | None]:
    if item.is_scaled:
        yield None if item.value is None else Quantity(item.value, item.unit)
    for member in item.members:
        yield from _quantities(member)


def texts_698(data: bytes) -> None:
    """Descriptors and addresses are read from text as they are written, or refused by ourselves."""
    text = data.decode("utf-8", "replace")
    for read in (OAD.parse, OMD.parse):
        try:
            assert str(read(text)) == "".join(text.split()).upper()
        except LocalProtocolError:
            continue
    for name in (TSA.of, Address.single, Address.wildcard, Address.group):
        try:
            named = name(text)
        except LocalProtocolError:
            continue
        assert name(named.digits) == named
