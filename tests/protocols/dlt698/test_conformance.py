"""What both sides of a CONNECT say they can, bit by bit, and the maker's version in its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import ConnectRequest, ConnectResponse, parse_apdu, parse_link
from protocols.dlt698.apdu.conformance import Conformance, FactoryVersion, FunctionBit, ProtocolBit
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.strategies import VECTORS

parts = st.builds(
    FactoryVersion,
    *[st.text("ABC019.", max_size=width) for width in (4, 4, 6, 4, 6, 8)],
)


@given(st.sets(st.integers(0, 63)), st.sets(st.integers(0, 127)))
def test_bits_become_blocks_and_come_back(protocol: set[int], function: set[int]) -> None:
    """Each bit is its own, bit 0 the first of the first byte."""
    made = Conformance.of(22, protocol, function)
    assert set(made.protocol_bits) == protocol
    assert set(made.function_bits) == function
    assert (len(made.protocol), len(made.function)) == (8, 16)


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=16, max_size=16))
def test_blocks_become_bits_and_come_back(protocol: bytes, function: bytes) -> None:
    """Bits without a name are kept as numbers."""
    came = Conformance(22, protocol, function)
    assert Conformance.of(22, came.protocol_bits, came.function_bits) == came


def test_bits_have_names_in_both_languages() -> None:
    """The request for everything names all services; relay control is bit 8 of the functions."""
    everything = Conformance(22, bytes.fromhex("FFFFFFFFC0000000"), b"\xff" * 16)
    assert list(everything.protocol_bits) == list(ProtocolBit)
    assert [bit.value for bit in ProtocolBit] == list(range(34))
    assert [bit.value for bit in FunctionBit] == list(range(18))
    assert all(bit.chinese for names in (ProtocolBit, FunctionBit) for bit in names)
    assert Conformance(0, b"\x80" + bytes(7), bytes([0, 0x80]) + bytes(14)).function_bits == (
        FunctionBit.RELAY_CONTROL,
    )
    assert Conformance(0, b"\x80" + bytes(7), bytes(16)).protocol_bits == (ProtocolBit.ASSOCIATION,)


@pytest.mark.parametrize(("protocol", "function"), [([64], []), ([-1], []), ([], [128])])
def test_a_bit_that_a_block_does_not_have_is_refused(protocol: list[int], function: list[int]) -> None:
    """By its number and the bounds."""
    with pytest.raises(LocalProtocolError, match=r"is out of 0\.\."):
        Conformance.of(22, protocol, function)


@given(parts)
def test_a_version_is_its_six_parts(version: FactoryVersion) -> None:
    """32 characters both ways."""
    assert len(version.text) == 32
    assert FactoryVersion.parse(version.text) == version


def test_a_part_that_is_too_long_is_refused() -> None:
    """A version of 33 characters is none."""
    with pytest.raises(LocalProtocolError, match="maker 'TOPSX'"):
        assert FactoryVersion("TOPSX", "", "", "", "", "").text


def test_captured_associations_are_understood() -> None:
    """Requests ask for the association, responses name their maker."""
    apdus = [
        parse_apdu(parse_link(bytes.fromhex(vector["hex"])).user_data)
        for vector in VECTORS
        if vector["decoded"].get("apdu", {}).get("service", "").startswith("CONNECT")
    ]
    requests = [apdu for apdu in apdus if isinstance(apdu, ConnectRequest)]
    responses = [apdu for apdu in apdus if isinstance(apdu, ConnectResponse)]
    assert all(ProtocolBit.ASSOCIATION in request.conformance.protocol_bits for request in requests)
    assert {len(response.factory_version.maker) for response in responses} == {4}
    assert all(response.factory_version.text == response.factory.replace("\0", " ") for response in responses)
