"""Whatever reaches a simulated DL/T 645 meter, it answers within the protocol or stays silent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import dlt645
from protocols.dlt645 import Address, Control, Frame
from protocols.dlt645.items.profile import profiles
from simulators.meter import Dialect, Household, Load, Meter, Plate, Server645
from tests.simulators.conftest import NOON
from tests.simulators.master645 import LATER, PASSWORD, Master

ADDRESS = "000000001001"
ADDRESSES = st.sampled_from([ADDRESS, "AAAAAAAAAAAA", "999999999999", "000000001002"])
CODES = st.integers(0, 31)
PASSWORDS = st.sampled_from(["02563412", "04563412", "98000000", "99000000"]).map(bytes.fromhex)
OPERATORS = st.binary(min_size=4, max_size=4)
ITEMS = st.sampled_from(["01010004", "0C010004", "01140004", "01100004", "FF010504", "FF000007", "010C0004"])
TAILS = st.binary(max_size=48)
SHAPED = st.one_of(
    st.binary(max_size=60),
    st.tuples(PASSWORDS, OPERATORS, TAILS).map(b"".join),
    st.tuples(ITEMS.map(bytes.fromhex), PASSWORDS, OPERATORS, TAILS).map(b"".join),
    st.tuples(ITEMS.map(bytes.fromhex), TAILS).map(b"".join),
)
"""Data fields of no shape at all, and of the shapes that orders, settings and reads have."""


def meter_of(profile: str) -> Meter:
    """Give a meter of a model, three days old."""
    plate = Plate(ADDRESS, "370000001001", Dialect.DLT645, profile=profile)
    return Meter(plate, Load(7, ADDRESS, Household.FAMILY, 600), start=NOON, register=421_137)


@pytest.mark.parametrize("profile", sorted(profiles()))
@given(
    frames=st.lists(st.tuples(ADDRESSES, CODES, SHAPED), min_size=1, max_size=6),
    authenticated=st.booleans(),
)
def test_any_request_is_answered_within_the_protocol(
    profile: str, frames: list[tuple[str, int, bytes]], authenticated: bool
) -> None:
    """Every answer is a frame of the meter's own address and of the function asked, that the master understands."""
    meter = meter_of(profile)
    server, master = Server645(meter, PASSWORD), Master(meter)
    if authenticated and meter.memory.esam is not None:
        master.authenticate(LATER)
    for number, (address, code, data) in enumerate(frames):
        frame = Frame(Address(address), Control(code), data)
        answer = server.answer(frame, LATER + timedelta(seconds=number))
        if answer is None:
            continue
        assert answer.address == Address(ADDRESS)
        assert answer.control.from_slave
        assert answer.control.function == code
        assert len(answer.data) <= 200
        parsed = dlt645.parse_frame(dlt645.build_frame(answer))
        assert not isinstance(dlt645.parse_message(parsed, master.profile.edition), dlt645.Unknown)


@pytest.mark.parametrize("profile", sorted(profiles()))
@given(bits=st.integers(0, 255), data=st.binary(max_size=20))
def test_an_answer_is_never_answered(profile: str, bits: int, data: bytes) -> None:
    """What another meter says on the line is not for this one."""
    control = Control(bits & 31, from_slave=True, abnormal=bool(bits & 64), follow=bool(bits & 32))
    assert Server645(meter_of(profile), PASSWORD).answer(Frame(Address(ADDRESS), control, data), LATER) is None
