"""Frames: layout, mask, checksum, and what a broken one is called."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import WILDCARD, Address, Control, Frame, Function, build_frame, parse_first, parse_frame
from protocols.dlt645.wire.address import address_of
from protocols.dlt645.wire.control import CONTROL
from protocols.dlt645.wire.di import di_of
from protocols.dlt645.wire.frame import ENVELOPE, _declared, accept, count_wakeup, fault_at
from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import addresses, controls, frames, noise

READ = bytes.fromhex("68610100000000681104333334331416")


@given(frames, st.integers(0, 9))
def test_a_built_frame_parses_back(frame: Frame, wakeup: int) -> None:
    """What is built is parsed to the same frame, whatever the number of wake-up bytes."""
    assert parse_frame(build_frame(frame, wakeup=wakeup)) == frame


@given(frames)
def test_the_layout_on_the_wire_is_the_standards(frame: Frame) -> None:
    """Address lowest byte first, 33H on each data byte, sum of all bytes from the first 68H modulo 256."""
    raw = build_frame(frame, wakeup=0)
    masked = bytes((byte + 0x33) % 256 for byte in frame.data)
    head = b"\x68" + bytes.fromhex(frame.address.digits)[::-1] + b"\x68"
    body = head + bytes([frame.control.byte, len(frame.data)]) + masked
    assert raw == body + bytes([sum(body) % 256, 0x16])


@given(frames, st.data())
def test_one_changed_byte_is_never_taken_for_a_frame(frame: Frame, data: st.DataObject) -> None:
    """Any single byte changed to any other value makes the frame invalid."""
    raw = bytearray(build_frame(frame, wakeup=0))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(RemoteProtocolError):
        parse_frame(bytes(raw))


@given(frames, st.data())
def test_a_cut_frame_says_how_much_is_missing(frame: Frame, data: st.DataObject) -> None:
    """A cut frame is truncated by what was cut off, or by the shortest frame where its length is unknown."""
    raw = build_frame(frame, wakeup=0)
    cut = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(RemoteProtocolError) as caught:
        parse_frame(raw[:cut])
    assert (caught.value.reason, caught.value.missing) == (
        "truncated",
        len(raw) - cut if cut >= 10 else 12 - cut,
    )


@given(noise | st.binary(max_size=300))
def test_any_bytes_parse_or_raise_a_protocol_error(raw: bytes) -> None:
    """No byte string makes the parser raise anything but ProtocolError."""
    try:
        frame, end = parse_first(raw)
    except ProtocolError:
        return
    assert raw[:end].endswith(build_frame(frame, wakeup=0))


@given(frames, st.integers(0, 9))
def test_frames_are_built_as_the_declaration_builds_them(frame: Frame, wakeup: int) -> None:
    """Byte for byte, behind as many wake-up bytes as are asked for."""
    body = {"address": frame.address, "control": frame.control, "data": frame.data}
    declared = ENVELOPE.build({"body": {"value": body}})
    assert build_frame(frame, wakeup=wakeup) == b"\xfe" * wakeup + declared


CHANGES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=2)


@given(frames, st.integers(0, 5), CHANGES, st.integers(-3, 3))
def test_a_frame_is_read_and_refused_as_the_declaration_does(
    frame: Frame, wakeup: int, changes: list[tuple[int, int]], longer: int
) -> None:
    """Changed, cut or with bytes behind it: the same frame, or the same fault at the same byte."""
    raw = bytearray(build_frame(frame, wakeup=wakeup))
    for at, byte in changes:
        raw[at % len(raw)] = byte
    window = bytes(raw[: len(raw) + min(longer, 0)]) + b"\x16" * longer
    at = count_wakeup(window)
    declared = told(lambda: _declared(window[at:], at))
    assert told(lambda: parse_first(window)[0]) == declared
    whole = isinstance(declared, Frame) and declared.size == len(window) - at
    assert accept(window[at:]) == (declared if whole else None)


@given(frames, st.integers(1, 255), st.data())
def test_a_wrong_end_byte_is_not_made_good_by_another_wrong_byte(
    frame: Frame, change: int, data: st.DataObject
) -> None:
    """Nor a wrong length by bytes that keep the sum: each part of a frame is checked by itself."""
    raw = bytearray(build_frame(frame, wakeup=0))
    swapped = bytearray(raw)
    at = data.draw(st.integers(1, 6))
    swapped[at] = (swapped[at] - change) % 256
    swapped[-1] = (swapped[-1] + change) % 256
    body = bytes(raw[:-2]) + bytes([change])
    longer = body + bytes([sum(body) & 0xFF, 0x16])
    assert accept(bytes(swapped)) is None
    assert accept(longer) is None
    with pytest.raises(RemoteProtocolError):
        parse_frame(bytes(swapped))
    with pytest.raises(RemoteProtocolError):
        parse_frame(longer)


def told(read: Callable[[], Frame]) -> Frame | dict[str, object]:
    """Give what is read, or all that is told of the fault."""
    try:
        return read()
    except RemoteProtocolError as error:
        return vars(error)


@given(frames)
def test_a_frame_is_a_value(frame: Frame) -> None:
    """Equal parts make equal frames, which can be kept in a set but not changed; none shows data of a request."""
    same = Frame(frame.address, frame.control, frame.data)
    assert {frame, same} == {frame}
    shown = frame.data.hex().upper() if frame.control.from_slave else f"{len(frame.data)} bytes"
    assert repr(frame) == f"Frame({frame.address}, {frame.control.byte:02X}, {shown})"
    with pytest.raises(AttributeError):
        frame.data = b""  # type: ignore[misc]
    with pytest.raises(LocalProtocolError):
        frame._replace(data=bytes(256))


@given(st.binary(min_size=6, max_size=6))
def test_an_address_off_the_wire_is_any_other_of_the_same_digits(wire: bytes) -> None:
    """Made without a check, as six bytes cannot fail it."""
    assert address_of(wire) == Address.from_wire(wire) == Address(wire[::-1].hex().upper())
    assert address_of(wire).to_wire() == wire


def test_addresses_and_identifiers_of_a_whole_region_take_no_more_memory_than_of_a_village() -> None:
    """What is kept of the wire to make things once is bounded."""
    for number in range(20_000):
        address_of(number.to_bytes(6, "little"))
        di_of(number.to_bytes(4, "little"))
    assert address_of.cache_info().currsize == address_of.cache_info().maxsize
    assert di_of.cache_info().currsize == di_of.cache_info().maxsize


@given(frames, st.data())
def test_the_cheap_look_agrees_with_the_declaration(frame: Frame, data: st.DataObject) -> None:
    """`fault_at` names the reason the declaration refuses a frame for, and none where it accepts."""
    raw = bytearray(build_frame(frame, wakeup=0))
    for _ in range(data.draw(st.integers(0, 2))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(raw[: data.draw(st.integers(10, len(raw)))])
    if cut[0] == 0xFE:
        return
    try:
        parse_first(cut)
        reason = None
    except RemoteProtocolError as error:
        reason = error.reason
    assert fault_at(cut) == reason


@pytest.mark.parametrize(
    ("raw", "reason", "expected", "found"),
    [
        (READ[:-2] + b"\x15\x16", "checksum", "14", "15"),
        (READ[:-1] + b"\x17", "end_byte", "16", "17"),
        (READ[:7] + b"\x69" + READ[8:], "second_start", "68", "69"),
        (b"\x00" + READ[1:], "no_start", "68", "00"),
        (b"", "no_start", "68", None),
        (READ + b"\xa0\x09", "trailing", None, "A009"),
    ],
)
def test_a_fault_names_what_was_expected_and_found(
    raw: bytes, reason: str, expected: str | None, found: str | None
) -> None:
    """Each fault has its machine word, the byte that belongs there and the one that came."""
    with pytest.raises(RemoteProtocolError, match=f"^{reason}: ") as caught:
        parse_frame(raw)
    assert (caught.value.reason, caught.value.expected, caught.value.found) == (reason, expected, found)


def test_a_frame_whose_checksum_is_the_end_byte_is_whole() -> None:
    """The end is found by the length byte and never by searching for 16H."""
    raw = bytes.fromhex("6861010000000068910733343535CC7C331616")
    assert parse_frame(raw).data.hex() == "00010202994900"


def test_reading_the_address_is_the_constant_frame() -> None:
    """The request for the communication address is the frame the standard prints."""
    frame = Frame(WILDCARD, Control(Function.READ_ADDRESS))
    assert build_frame(frame).hex().upper() == "FEFEFEFE68AAAAAAAAAAAA681300DF16"


def test_more_than_255_bytes_of_data_are_refused() -> None:
    """A data field that the length byte cannot count is our own error."""
    with pytest.raises(LocalProtocolError, match="256 bytes"):
        Frame(WILDCARD, Control(Function.READ), bytes(256))


@given(controls)
def test_the_control_byte_has_a_place_for_each_part(control: Control) -> None:
    """D7 direction, D6 abnormal, D5 follow-up, D4..D0 function."""
    byte = control.from_slave * 128 + control.abnormal * 64 + control.follow * 32 + control.function
    assert control.byte == byte
    assert CONTROL.parse(bytes([byte])) == control


@given(st.integers(-40, 300).filter(lambda code: not 0 <= code < 32))
def test_a_function_code_of_more_than_five_bits_is_refused(code: int) -> None:
    """There is no place for it in the control byte."""
    with pytest.raises(LocalProtocolError, match="function code"):
        Control(code)


@given(addresses, st.integers(1, 5))
def test_a_shortened_address_covers_the_meters_that_end_like_it(address: Address, kept: int) -> None:
    """AAH in place of the high bytes leaves the low ones to compare; the wildcard leaves none."""
    low = address.digits[-2 * kept :]
    assert Address.short(low).covers(address)
    assert WILDCARD.covers(address)
    other = f"{(int(address.digits) + 1) % 10**12:012d}"
    assert not Address.short(low).covers(Address(other))


@pytest.mark.parametrize("number", ["", "12345678901234", "12A4", "99" * 6, "１２"])
def test_a_number_no_meter_can_have_is_refused(number: str) -> None:
    """A meter's number is 1 to 12 ASCII digits and not the broadcast address."""
    with pytest.raises(LocalProtocolError):
        Address.meter(number)
