"""Following declarations member by member: the same as reading, with the place of every part."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dlt698 import build_apdu, parse_apdu, parse_link
from protocols.dlt698.axdr.trace import Part, trace
from protocols.dlt698.inspect.declared import trace_apdu
from protocols.dlt698.values.moments import DATE_TIME_S
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import CLASSES, WILD, good_frames

APDUS = [parse_link(raw).user_data for raw in good_frames]


def check_parts(part: Part, octets: bytes) -> None:
    """Hold that parts lie inside of what they make up, one behind the other, without a gap."""
    assert 0 <= part.start <= part.end <= len(octets)
    at = part.start
    for each in part.parts:
        assert each.start == at
        check_parts(each, octets)
        at = each.end
    assert not part.parts or at == part.end
    assert all(each.is_whole for each in part.parts) or not part.is_whole


def refused(octets: bytes) -> RemoteProtocolError | None:
    """Why bytes are no APDU."""
    try:
        parse_apdu(octets)
    except RemoteProtocolError as error:
        return error
    return None


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=20)
@given(st.data())
def test_what_is_followed_is_what_is_read(cls: Any, data: st.DataObject) -> None:
    """Of every class: the same value, every byte in a part."""
    apdu = data.draw(WILD.apdus(cls))
    octets = build_apdu(apdu)
    found = trace_apdu(octets)
    assert (found.root.value, found.end, found.problem) == (parse_apdu(octets), len(octets), None)
    check_parts(found.root, octets)


@given(st.sampled_from(APDUS), st.data())
def test_what_cannot_be_read_is_followed_to_the_same_byte(octets: bytes, data: st.DataObject) -> None:
    """Bytes changed, lost or added: refused for the same reason, at the same byte where parsing knows it."""
    tampered = bytearray(octets)
    at = data.draw(st.integers(0, max(len(tampered) - 1, 0)))
    tampered[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    found = trace_apdu(bytes(tampered))
    check_parts(found.root, bytes(tampered))
    refusal = refused(bytes(tampered))
    if refusal is None:
        assert (found.root.value, found.problem) == (parse_apdu(bytes(tampered)), None)
        return
    assert found.problem is not None
    assert found.problem.reason == refusal.reason
    if refusal.offset is not None and refusal.reason != "truncated":
        assert found.problem.offset == refusal.offset


@given(st.binary(max_size=120))
def test_any_bytes_are_followed(octets: bytes) -> None:
    """Nothing raises; what is left over begins where the parts end."""
    found = trace_apdu(octets)
    check_parts(found.root, octets)
    assert found.end == found.root.end or found.problem is not None


def test_parts_have_the_names_of_their_fields() -> None:
    """A moment by its members; cut off, it says what is missing and where."""
    whole = trace(DATE_TIME_S, bytes.fromhex("07E80514081E00"), "moment")
    assert [(part.name, part.start, part.value) for part in whole.root.parts][:3] == [
        ("year", 0, 2024),
        ("month", 2, 5),
        ("day", 3, 20),
    ]
    cut = trace(DATE_TIME_S, bytes.fromhex("07E805"), "moment")
    assert cut.problem is not None
    assert (cut.problem.reason, cut.problem.offset, cut.problem.missing) == ("truncated", 3, 1)
    assert [part.is_whole for part in cut.root.parts] == [True, True, False]
