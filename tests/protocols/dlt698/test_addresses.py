"""Addresses of devices: the digits, the logical address and what tells devices apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import NULL, TSA, Address, AddressKind, DataType, Value
from protocols.dlt698.objects import meter_digits
from protocols.errors import LocalProtocolError

numbers = st.text("0123456789", min_size=1, max_size=32)


@given(numbers)
def test_digits_are_read_back_as_they_were_given(digits: str) -> None:
    """An odd number of digits is padded with F on the wire, and the F is no digit."""
    assert Address.single(digits).digits == digits
    assert TSA.of(digits).digits == digits
    assert len(Address.single(digits).octets) == (len(digits) + 1) // 2


@given(st.text("0123456789", min_size=1, max_size=30), st.integers(0, 255))
def test_the_extended_logical_address_is_no_part_of_the_digits(digits: str, logical: int) -> None:
    """The byte of its own is cut off before the F is looked for."""
    address = Address.extended_single(digits, logical)
    assert address.key == (digits, logical)
    assert TSA(bytes([0x20 | len(address.octets) - 1]) + address.octets).key == address.key


@given(numbers, st.sampled_from([0, 1]))
def test_one_meter_has_one_key(digits: str, logical: int) -> None:
    """Address field and TSA of a meter tell the same device."""
    assert TSA.of(digits, logical).key == Address.single(digits, logical).key == (digits, logical)


@given(st.binary(min_size=1, max_size=16).filter(lambda octets: len(octets) != 5))
def test_a_server_address_with_a_wrong_inner_length_is_what_came(octets: bytes) -> None:
    """The outer length is the truth: all bytes behind the first are the address."""
    assert TSA(b"\x0f" + octets).digits == Address(AddressKind.SINGLE, octets).digits


def test_six_bytes_that_count_nothing_are_a_meter_address() -> None:
    """Some terminals leave the AF-like byte out; where it counts the rest it is one."""
    assert TSA(bytes.fromhex("000032456789")).digits == "000032456789"
    assert TSA(bytes.fromhex("000032456789")).af is None
    assert TSA(bytes.fromhex("040032456789")).digits == "0032456789"


@pytest.mark.parametrize(
    ("wire", "digits"),
    [("33092039", "39200933"), ("33092039000001", "01000039200933"), ("4F23", "234"), ("FFFF", "FFFF")],
)
def test_addresses_of_other_lengths_are_read(wire: str, digits: str) -> None:
    """Four and seven bytes are in use; only one F behind digits is padding."""
    assert Address(AddressKind.SINGLE, bytes.fromhex(wire)[::-1]).digits == digits


def test_a_logical_address_of_a_server_is_a_bit() -> None:
    """Others need the extended form, which no TSA is made in."""
    with pytest.raises(LocalProtocolError, match="neither 0 nor 1"):
        TSA.of("000032456789", 2)


@given(numbers)
def test_both_address_columns_give_the_digits(digits: str) -> None:
    """202A is a TSA, 4001 an octet-string."""
    assert meter_digits(Value(DataType.TSA, TSA.of(digits))) == digits
    assert meter_digits(Value(DataType.OCTET_STRING, Address.single(digits).octets)) == digits


@pytest.mark.parametrize("value", [NULL, Value(DataType.UNSIGNED, 1), Value(DataType.TSA, TSA(b""))])
def test_what_is_no_address_has_no_digits(value: Value) -> None:
    """A missing cell names no meter."""
    assert meter_digits(value) is None
