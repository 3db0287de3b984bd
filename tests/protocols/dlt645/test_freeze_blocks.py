"""Whole freezes, sub-block by sub-block."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import DI, FreezeBlock, Stamp, read_payload, write_payload
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError

DAILY = DI(0x0506FF01)
HOURLY = DI(0x0504FF01)
AT = Stamp("YYMMDDhhmm", "2511220000")
TIME = "0000221125"
FORWARD = (Decimal("12.30"), Decimal("1.00"), Decimal("2.00"), Decimal("3.00"), Decimal("6.30"))
WHOLE = bytes.fromhex(
    f"{TIME} aa 30120000 00010000 00020000 00030000 30060000 aa 0000000000000000000000000000000000000000 aa"
    " 01000080 aa 02000000 aa aa aa aa aa 563412 3009221125 aa aa"
    " 010000 010080 000000 000000 000000 000000 000000 000000"
)


def test_a_whole_freeze_is_read_by_sub_block() -> None:
    """Time, energies, demand with its time and variables lie under the DI1 that reads each alone."""
    freeze = read_payload(DAILY, WHOLE).value
    assert isinstance(freeze, FreezeBlock)
    assert freeze.at == AT
    assert list(freeze.parts) == [0x00, 0x01, 0x02, 0x03, 0x04, 0x09, 0x10]
    assert freeze.parts[0x01] == FORWARD
    assert freeze.parts[0x03] == (Decimal("-0.01"),)
    assert freeze.parts[0x09] == (Decimal("12.3456"), Stamp("YYMMDDhhmm", "2511220930"))
    assert freeze.parts[0x10][1] == Decimal("-0.0001")


def test_a_whole_freeze_builds_to_its_bytes() -> None:
    """A simulated meter sends what was read, empty sub-blocks included; a mark at the end is not needed."""
    assert write_payload(DAILY, *read_payload(DAILY, WHOLE).values) == WHOLE
    assert read_payload(DAILY, WHOLE + b"\xaa").values == read_payload(DAILY, WHOLE).values


@pytest.mark.parametrize("di", [0x0500FF3C, 0x0501FF03, 0x0502FF02, 0x0503FF01, 0x0505FF02, 0x0506FF3E, 0x0507FF01])
def test_every_kind_of_freeze_has_its_whole_block(di: int) -> None:
    """Timed, instant, daily freezes and those of switches are alike, as far back as each is kept."""
    assert read_payload(DI(di), WHOLE).values == read_payload(DAILY, WHOLE).values


def test_an_hourly_freeze_holds_two_totals() -> None:
    """It has a time and the two totals, no tariffs."""
    freeze = read_payload(HOURLY, bytes.fromhex(f"{TIME}aa30120000aa01000000")).value
    assert freeze == FreezeBlock({0: (AT,), 1: (Decimal("12.30"),), 2: (Decimal("0.01"),)})


def test_a_sub_block_that_is_not_available_is_none_throughout() -> None:
    """FF fill in a sub-block is no mark and no number."""
    freeze = read_payload(HOURLY, bytes.fromhex("ffffffffff aa ffffffff aa 01000000")).value
    assert isinstance(freeze, FreezeBlock)
    assert (freeze.at, freeze.parts) == (None, {0: (None,), 1: (None,), 2: (Decimal("0.01"),)})


@pytest.mark.parametrize(
    ("di", "wire", "reason"),
    [
        (DAILY, "", "sub_blocks"),
        (DAILY, f"{TIME}aa30120000", "sub_blocks"),
        (HOURLY, f"{TIME}aa30120000aaaa00", "sub_blocks"),
        (HOURLY, f"{TIME}aa301200aa00000000", "sub_blocks"),
        (HOURLY, f"{TIME}aa3012", "payload_length_does_not_fit_identifier"),
    ],
)
def test_sub_blocks_that_cannot_be_told_apart_are_refused(di: DI, wire: str, reason: str) -> None:
    """With fewer marks than sub-blocks nobody knows which energy is which, so none is guessed."""
    with pytest.raises(RemoteProtocolError) as caught:
        read_payload(di, bytes.fromhex(wire))
    assert caught.value.reason == reason


energies = st.lists(st.none() | st.integers(0, 79999999).map(lambda n: Decimal(n).scaleb(-2)), min_size=1, max_size=6)
freezes = st.fixed_dictionaries(
    {}, optional={0: st.just((AT,))} | {number: energies.map(tuple) for number in range(1, 9)}
).map(FreezeBlock)


@given(freezes)
def test_freezes_build_and_read_to_themselves(freeze: FreezeBlock) -> None:
    """Whichever sub-blocks a meter keeps, with any number of tariffs, what was built is read."""
    assert read_payload(DAILY, write_payload(DAILY, freeze)).value == freeze


@given(st.sampled_from([DAILY, HOURLY]), st.lists(st.binary(max_size=9), max_size=13).map(b"\xaa".join))
def test_any_bytes_read_or_are_refused(di: DI, wire: bytes) -> None:
    """No bytes make the reader raise anything but ProtocolError, and what reads builds back."""
    try:
        found = read_payload(di, wire).values
    except ProtocolError:
        return
    assert read_payload(di, write_payload(di, *found)).values == found


@pytest.mark.parametrize(
    "block", [FreezeBlock({0x33: (AT,)}), FreezeBlock({1: ()}), FreezeBlock({0: (Decimal(1),)}), AT]
)
def test_a_block_that_does_not_fit_is_our_own_error(block: FreezeBlock | Stamp) -> None:
    """A sub-block that is none, one without values and a wrong value are not sent."""
    with pytest.raises(LocalProtocolError):
        write_payload(DAILY, block)
