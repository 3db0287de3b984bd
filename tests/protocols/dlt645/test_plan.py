"""Plans read, build and refuse exactly what the declarations they are made from do."""

from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from construct import Byte, Bytes, Const, Construct, GreedyBytes, Int16ul, Sequence, Struct, this
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.dlt645 import DI, Faulty, Stamp
from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.form import stamp
from protocols.dlt645.items import fields as field
from protocols.dlt645.items.identifiers import table
from protocols.dlt645.items.rows import Layout
from protocols.dlt645.wire.di import IDENTIFIER
from protocols.dlt645.wire.password import OPERATOR, PASSWORD
from protocols.dlt645.wire.plan import names, reader, writer
from tests.protocols.dlt645.strategies import messages_of_form

BCD = st.integers(0, 99).map(lambda pair: int(f"{pair:02d}", 16))
LAYOUTS = sorted({(row.format, row.signed): row.layout for row in table().values()}.items())
"""Every layout of the identifier table."""
REPEATS = 4


def told(work: Callable[[], Any]) -> tuple[type, str]:
    """What comes of a call, exponents of numbers and types of errors included."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  whatever is raised, both must raise it
        return type(error), str(error)
    return type(result), repr(result)


def payloads(size: int) -> st.SearchStrategy[bytes]:
    """Digits as meters send them, with stretches of FF fill, sign bits and noise."""
    digits = st.lists(BCD, min_size=size, max_size=size).map(bytearray)
    stretch = st.tuples(st.integers(0, size), st.sampled_from([b"\xff" * 4, b"\x80", b"\xaa"]) | st.binary(max_size=4))

    def marred(good: bytearray, where: list[tuple[int, bytes]]) -> bytes:
        for at, wrong in where:
            good[at : at + len(wrong)] = wrong
        return bytes(good[:size]).ljust(size, b"\0")

    return st.builds(marred, digits, st.lists(stretch, max_size=3))


def lengths(layout: Layout) -> list[int]:
    """Lengths that an item of a layout can have, the first few where there is no end of them."""
    if layout.size is not None:
        return [layout.size]
    fitting = (length for length in range(256) if any(row.fill(length) is not None for row in layout.rows))
    return list(islice(fitting, REPEATS))


@pytest.mark.parametrize("layout", [layout for _, layout in LAYOUTS], ids=[name for (name, _), _ in LAYOUTS])
@settings(max_examples=12)
@given(data=st.data())
def test_every_layout_of_the_table_is_read_and_built_as_declared(layout: Layout, data: st.DataObject) -> None:
    """Numbers, signs, FF fill, digits that are none: values and faults are the declaration's, and their bytes."""
    length = data.draw(st.sampled_from(lengths(layout)))
    payload = data.draw(payloads(length))
    declared = Sequence(*layout.fields_for(length))
    read = reader(declared, length)
    assert told(lambda: read(payload)) == told(lambda: tuple(declared.parse(payload)))
    try:
        values = read(payload)
    except Exception:  # noqa: BLE001  nothing to build
        return
    assert writer(declared)(values) == declared.build(values)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.message.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_form_is_read_as_declared(form: Form, data: st.DataObject) -> None:
    """In each of its lengths, digits that are no time included."""
    length = data.draw(st.sampled_from([length for length in range(256) if length in form.lengths]))
    more = data.draw(st.booleans()) and form.follows
    wire = data.draw(payloads(length))

    def declared() -> object:
        parts = form.layout.parse(wire, length=length)
        more_too = {"more": True} if more else {}
        return form.message(**{name: parts[name] for name in names(form.layout)}, **more_too)

    assert told(lambda: form.reader(length, more=more)(wire)) == told(declared)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.message.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_form_is_built_as_declared(form: Form, data: st.DataObject) -> None:
    """The bytes are those of the declaration, and so is what is raised for a part that does not fit its place."""
    message = data.draw(messages_of_form(form))
    given_parts = {part.name: getattr(message, part.name) for part in fields(message)}
    strange = st.none() | st.integers(-1, 300) | st.text(max_size=3) | st.binary(max_size=5) | st.just(Decimal(1))
    for name in data.draw(st.lists(st.sampled_from(sorted(given_parts) or [""]), max_size=1)):
        given_parts[name] = data.draw(strange)
    values = [given_parts[name] for name in names(form.layout)]
    assert told(lambda: writer(form.layout)(values)) == told(lambda: form.layout.build(given_parts))


VALUES: list[Any] = [
    Decimal("1.25"),
    Decimal("-1.25"),
    Decimal("1E+9"),
    None,
    "12",
    b"\1\2",
    Faulty("not_bcd", b"\xaa\1"),
    7,
]
FIELDS = [
    field.number(2, 2, signed=False),
    field.number(2, 2, signed=True),
    field.code(2, decimal=True),
    field.code(2, decimal=False),
    field.stamp("hhmm"),
    field.bits(16),
    field.text(2),
    field.opaque(2),
]


@given(st.lists(st.sampled_from(FIELDS), max_size=5), st.data())
def test_any_row_of_fields_is_read_as_declared(row: list[Construct], data: st.DataObject) -> None:
    """Whatever stands beside whatever: digits are cut from the hex of the whole, other bytes from the bytes."""
    declared = Sequence(*row)
    payload = data.draw(payloads(2 * len(row)))
    assert told(lambda: reader(declared, len(payload))(payload)) == told(lambda: tuple(declared.parse(payload)))


@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(VALUES)), max_size=3))
def test_any_value_in_any_field_is_built_or_refused_as_declared(row: list[tuple[Construct, Any]]) -> None:
    """A value that does not fit its field raises what the declaration raises."""
    declared = Sequence(*(part for part, _ in row))
    values = [value for _, value in row]
    assert told(lambda: writer(declared)(values)) == told(lambda: declared.build(values))


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=40))
def test_registers_behind_each_other_are_read_in_their_order(numbers: list[int]) -> None:
    """The first on the wire is the first of the values, to the last decimal."""
    declared = Sequence(*[field.number(2, 2, signed=False)] * len(numbers))
    wire = b"".join(bytes.fromhex(f"{number:04d}")[::-1] for number in numbers)
    assert reader(declared, len(wire))(wire) == tuple(Decimal(number).scaleb(-2) for number in numbers)


DECLARED = [
    Struct("di" / IDENTIFIER, "payload" / GreedyBytes),
    Struct("di" / IDENTIFIER, "count" / Byte, "since" / stamp("hhmm"), "word" / Int16ul),
    Struct("password" / PASSWORD, "operator" / OPERATOR, "raw" / Bytes(3)),
    Struct("payload" / Bytes(lambda context: context["_params"]["length"] - 1), "seq" / Byte),
    Struct("size" / Byte, "text" / Bytes(this.size), "rest" / GreedyBytes),
    Struct("rest" / GreedyBytes, "never" / Byte),
    Struct("rest" / GreedyBytes, "nothing" / Bytes(0), "nothing_more" / GreedyBytes),
    Struct("raw" / Bytes(3), "rest" / GreedyBytes),
    Struct("mark" / Const(b"\x01"), "inner" / Struct("word" / Int16ul), "rest" / GreedyBytes),
    Struct(Byte, "after_a_nameless_one" / Byte),
    Struct("_hidden" / Byte, "shown" / Byte),
    Struct(),
]


@pytest.mark.parametrize("declared", DECLARED, ids=str)
@example(b"")
@example(b"\x01\x02\x03\x04\x05\x12\x00\x34\x56")
@given(st.binary(max_size=12))
def test_any_declaration_is_read_as_it_stands(declared: Construct, wire: bytes) -> None:
    """What a plan does not understand, and data that is too short, is left to the declaration."""

    def walked() -> tuple[Any, ...]:
        parts = declared.parse(wire, length=len(wire))
        return tuple(parts[name] for name in names(declared))

    assert told(lambda: reader(declared, len(wire))(wire)) == told(walked)


@pytest.mark.parametrize("declared", DECLARED, ids=str)
@given(data=st.data())
def test_any_declaration_is_built_as_it_stands(declared: Construct, data: st.DataObject) -> None:
    """Also from values of the wrong kind and size."""
    parts = st.sampled_from(
        [DI(1), 5, 256, b"", b"\1\2\3", bytearray(b"\1\2\3"), Stamp("hhmm", "1234"), {"word": 1}, None]
    )
    values = [data.draw(parts) for _ in names(declared)]
    given_parts = dict(zip(names(declared), values, strict=True))
    assert told(lambda: writer(declared)(values)) == told(lambda: declared.build(given_parts))
