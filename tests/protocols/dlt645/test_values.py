"""Fields of data items: exact numbers, signs, what is not available, faults kept as values."""

from decimal import Decimal, localcontext

import pytest
from construct import Construct
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, Bits, Faulty, Stamp, Value
from protocols.dlt645.items.fields import bits, code, identifier, number, opaque, stamp, text
from protocols.errors import LocalProtocolError

digits = st.integers(1, 4).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, 2 * size)))


@given(digits, st.data(), st.booleans())
def test_a_number_builds_and_parses_to_itself(shape: tuple[int, int], data: st.DataObject, signed: bool) -> None:
    """Every number that fits a format goes through its bytes unchanged, to the last decimal."""
    size, places = shape
    top = (8 if signed else 10) * 10 ** (2 * size - 1) - 1
    value = Decimal(data.draw(st.integers(-top if signed else 0, top))).scaleb(-places)
    field = number(2 * size - places, places, signed)
    parsed = field.parse(field.build(value))
    assert (parsed, str(parsed)) == (value, str(value)) or parsed == value == 0


@given(digits, st.data(), st.booleans())
def test_any_bytes_of_a_number_read_as_number_fault_or_nothing(
    shape: tuple[int, int], data: st.DataObject, signed: bool
) -> None:
    """Bytes give an exact Decimal, None for FFH throughout, or a fault that keeps them."""
    size, places = shape
    raw = data.draw(st.binary(min_size=size, max_size=size))
    value = number(2 * size - places, places, signed).parse(raw)
    if raw == b"\xff" * size:
        assert value is None
    elif isinstance(value, Faulty):
        top = raw[-1] & 0x7F if signed else raw[-1]
        assert value == Faulty("not_bcd", raw)
        assert not (raw[:-1] + bytes([top])).hex().isdecimal()
    else:
        assert isinstance(value, Decimal)
        assert -value.as_tuple().exponent == places  # type: ignore[operator]  # finite


@given(digits, st.data(), st.booleans())
def test_a_number_builds_from_any_form_of_its_decimal(
    shape: tuple[int, int], data: st.DataObject, signed: bool
) -> None:
    """1, 1.0 and 10E-1 are the same amount, and its digits and sign alone are what is built."""
    size, places = shape
    top = (8 if signed else 10) * 10 ** (2 * size - 1) - 1
    count = data.draw(st.integers(-top if signed else 0, top))
    value = Decimal(count).scaleb(-places)
    shown = data.draw(st.sampled_from([value, value.normalize(), Decimal(f"{count}000E-{places + 3}")]))
    wire = bytearray(bytes.fromhex(f"{abs(count):0{2 * size}d}")[::-1])
    wire[-1] |= 0x80 if count < 0 else 0
    assert number(2 * size - places, places, signed).build(shown) == wire


def test_a_number_does_not_depend_on_the_decimal_context() -> None:
    """A caller who works with three digits still gets all eight."""
    field = number(6, 2, signed=True)
    with localcontext(prec=3):
        assert field.parse(bytes.fromhex("26001080")) == Decimal("-1000.26")
        assert field.build(Decimal("-1000.26")).hex() == "26001080"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (number(6, 2, signed=False), Decimal(1000000)),
        (number(6, 2, signed=True), Decimal(800000)),
        (number(6, 2, signed=True), Decimal("800000.00")),
        (number(6, 2, signed=False), Decimal(-1)),
        (number(6, 2, signed=False), Decimal("0.001")),
        (number(6, 2, signed=False), Decimal("1E-999999")),
        (number(6, 2, signed=False), Decimal("1E999999")),
        (number(6, 2, signed=False), Decimal("NaN")),
        (number(6, 2, signed=False), "12"),
        (number(6, 2, signed=False), 12.0),
        (code(6, decimal=True), "12"),
        (code(6, decimal=True), "1234567890AB"),
        (code(4, decimal=False), "not hex!"),
        (code(4, decimal=False), "１２３４５６７８"),
        (text(4), "abcde"),
        (text(4), "电表"),
        (bits(16), Bits(0, 8)),
        (bits(8), Bits(256, 8)),
        (opaque(4), b"abc"),
        (opaque(4), None),
        (stamp("YYMMDD"), Stamp("hhmmss", "120000")),
        (identifier(), Decimal(0)),
    ],
)
def test_a_value_that_does_not_fit_is_our_own_error(field: Construct, value: Value) -> None:
    """What cannot be laid out exactly is refused, not rounded, cut or wrapped."""
    with pytest.raises(LocalProtocolError):
        field.build(value)


@pytest.mark.parametrize(
    ("field", "wire", "value"),
    [
        (number(6, 2, signed=False), "56980100", Decimal("198.56")),
        (number(6, 2, signed=True), "26001080", Decimal("-1000.26")),
        (number(6, 2, signed=False), "26001080", Decimal("801000.26")),
        (number(2, 4, signed=True), "123480", Decimal("-0.3412")),
        (number(6, 0, signed=False), "270000", Decimal(27)),
        (code(6, decimal=True), "610100000000", "000000000161"),
        (code(4, decimal=False), "78563412", "12345678"),
        (stamp("YYMMDDhhmm"), "0000091015", Stamp("YYMMDDhhmm", "1510090000")),
        (text(6), "56302e303232", "220.0V"),
        (text(8), "000056302e303232", "220.0V"),
        (bits(16), "5000", Bits(0x50, 16)),
        (bits(8), "ff", Bits(0xFF, 8)),
        (identifier(), "00000100", DI(0x00010000)),
        (opaque(4), "11223344", bytes.fromhex("44332211")),
        (number(3, 1, signed=False), "ffff", None),
        (bits(16), "ffff", None),
        (number(3, 1, signed=False), "a122", Faulty("not_bcd", b"\xa1\x22")),
        (text(2), "e59b", Faulty("not_ascii", b"\xe5\x9b")),
    ],
)
def test_fields_read_and_write_as_meters_do(field: Construct, wire: str, value: Value) -> None:
    """Lowest byte first, implied point, sign in the top bit, FFH for nothing, faults back to their bytes."""
    assert field.parse(bytes.fromhex(wire)) == value
    assert field.build(value).hex() == wire


def test_minus_zero_reads_as_zero() -> None:
    """The sign bit alone makes no negative nothing."""
    assert str(number(6, 2, signed=True).parse(bytes.fromhex("00000080"))) == "0.00"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=16))
def test_text_survives_its_padding(shown: str) -> None:
    """Printable text shorter than its field is padded with NUL and comes back without."""
    assert text(16).parse(text(16).build(shown)) == shown


@pytest.mark.parametrize(("wire", "filler"), [("eeee", True), ("eeef", False), ("a122", False)])
def test_filler_is_a_fault_that_says_what_it_stands_for(wire: str, filler: bool) -> None:
    """EEH throughout is no number: the meter has no such record yet."""
    value = number(3, 1, signed=False).parse(bytes.fromhex(wire))
    assert isinstance(value, Faulty)
    assert (value.fault, value.is_filler) == ("not_bcd", filler)
