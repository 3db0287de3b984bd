"""APDUs of tools that were written by the drafts of 2016."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import Apdu, ClientApdu, build_apdu, parse_apdu
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import any_apdu


@given(any_apdu.filter(lambda apdu: isinstance(apdu, ClientApdu) and apdu.timetag is None))
def test_a_request_without_its_tail_is_read_leniently_and_refused_otherwise(apdu: Apdu) -> None:
    """The byte that says "no TimeTag" is missing, and nothing else."""
    octets = build_apdu(apdu)[:-1]
    assert parse_apdu(octets, lenient=True) == apdu
    with pytest.raises(RemoteProtocolError, match="truncated"):
        parse_apdu(octets)


@given(any_apdu, st.data())
def test_leniency_forgives_nothing_else(apdu: Apdu, data: st.DataObject) -> None:
    """What is cut off elsewhere, or comes from a server, is refused as ever."""
    octets = build_apdu(apdu)
    short = octets[: data.draw(st.integers(0, len(octets) - 1))]
    try:
        found = parse_apdu(short, lenient=True)
    except RemoteProtocolError:
        return
    assert isinstance(found, ClientApdu)
    assert build_apdu(found)[:-1] == short or parse_apdu(short) == found


@given(any_apdu)
def test_leniency_changes_nothing_of_what_is_whole(apdu: Apdu) -> None:
    """A whole APDU reads the same either way."""
    octets = build_apdu(apdu)
    assert repr(parse_apdu(octets, lenient=True)) == repr(parse_apdu(octets))
