"""What security modules need and make: plaintexts, headers and payloads, laid out and read by both sides."""

from collections.abc import Callable
from decimal import Decimal
from typing import ParamSpec, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    DI,
    Address,
    Function,
    Operator,
    Password,
    RelayCommand,
    Stamp,
    WriteRequest,
    build_message,
    profile,
    profiles,
    write_payload,
)
from protocols.dlt645.items.identifiers import identify, table
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.secured import (
    MACED_LEVELS,
    SEALED_LEVELS,
    Maced,
    ParameterClass,
    SealedSetting,
    SettingOrder,
    apdu_header,
    clear_plaintext,
    dispersion_factor,
    display_order,
    pack_maced,
    pack_sealed,
    parameter_class,
    read_clear_plaintext,
    read_relay_plaintext,
    read_setting,
    read_setting_plaintext,
    relay_plaintext,
    setting_plaintext,
    unpack_maced,
    unpack_sealed,
    wire_order,
)
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import identifiers, stamps

P = ParamSpec("P")
T = TypeVar("T")

UNTIL = Stamp("YYMMDDhhmmss", "261122093015")
MAC = bytes.fromhex("A1A2A3A4")
STEPS = DI(0x040604FF)
PRICES = DI(0x040501FF)
TRIP_DELAY = DI(0x04001401)

expiries = stamps("YYMMDDhhmmss")
octets = st.integers(0, 255)
macs = st.binary(min_size=4, max_size=4)
models = st.sampled_from(list(profiles().values()))
settings = st.sampled_from([di for di, row in table().items() if row.access in {"RW98", "RW99"}])


def fitting(di: DI, model: Profile) -> st.SearchStrategy[bytes]:
    """Bytes of a length that the item has on meters of a model."""
    size = identify(di, model).layout.size
    return (
        st.binary(min_size=size, max_size=size)
        if size
        else st.integers(1, 12).flatmap(lambda count: st.binary(min_size=4 * count, max_size=4 * count))
    )


def refused_or(read: Callable[P, T], *args: P.args, **named: P.kwargs) -> T | str:
    """What a reader gives, or the reason for which it refuses."""
    try:
        return read(*args, **named)
    except RemoteProtocolError as error:
        return error.reason


def header(di: DI, length: int, model: Profile = STANDARD, level: int = 0x98) -> str:
    """Header of a setting as hex."""
    return apdu_header(di, length, model, level).hex().upper()


@given(octets, octets, expiries, models)
def test_a_relay_plaintext_reads_back(command: int, delay: int, expires: Stamp, model: Profile) -> None:
    """What a head-end lays out for a relay command, a meter of the same model reads; it has 8 bytes."""
    plain = relay_plaintext(command, delay, expires, model)
    assert len(plain) == 8
    assert read_relay_plaintext(plain, model) == (command, delay, expires)


def test_the_time_of_a_relay_plaintext_is_in_display_order_but_in_one_region() -> None:
    """N1 N2 YY MM DD hh mm ss, and seconds first for the module of Inner Mongolia West."""
    assert relay_plaintext(RelayCommand.TRIP, 0, UNTIL).hex() == "1a00261122093015"
    assert relay_plaintext(RelayCommand.TRIP, 0, UNTIL, profile("south-grid")).hex() == "1a00261122093015"
    assert relay_plaintext(RelayCommand.TRIP, 0, UNTIL, profile("inner-mongolia-west")).hex() == "1a00153009221126"


@given(expiries, st.none() | identifiers)
def test_a_clear_plaintext_reads_back(expires: Stamp, events: DI | None) -> None:
    """1AH goes without, 1BH with the identifier of the events to clear."""
    function = Function.CLEAR_METER if events is None else Function.CLEAR_EVENTS
    assert read_clear_plaintext(clear_plaintext(function, expires, events)) == (function, expires, events)


def test_clear_plaintexts_are_those_of_the_interface() -> None:
    """1A 00 or 1B 00, the time in display order, and for events their identifier in display order."""
    assert clear_plaintext(Function.CLEAR_METER, UNTIL).hex() == "1a00261122093015"
    assert clear_plaintext(Function.CLEAR_EVENTS, UNTIL, DI(0x03300DFF)).hex() == "1b0026112209301503300dff"


@pytest.mark.parametrize(
    ("function", "events"),
    [(Function.CLEAR_METER, DI(0xFFFFFFFF)), (Function.CLEAR_EVENTS, None), (Function.CLEAR_DEMAND, None)],
)
def test_a_clear_without_what_belongs_to_it_is_our_own_error(function: Function, events: DI | None) -> None:
    """Events need their identifier, the meter has none, and nothing else is a clear."""
    with pytest.raises(LocalProtocolError):
        clear_plaintext(function, UNTIL, events)


def test_a_time_of_another_layout_or_no_byte_is_our_own_error() -> None:
    """Nothing is padded or wrapped to make a plaintext."""
    with pytest.raises(LocalProtocolError, match="YYMMDDhhmmss"):
        relay_plaintext(RelayCommand.TRIP, 0, Stamp("YYMMDDhhmm", "2611220930"))
    with pytest.raises(LocalProtocolError, match="bytes"):
        relay_plaintext(RelayCommand.TRIP, 256, UNTIL)


@given(st.binary(max_size=40), models)
def test_any_plaintext_is_read_or_refused(plain: bytes, model: Profile) -> None:
    """A wrong key decrypts to anything: each reader gives what builds back, or a RemoteProtocolError."""
    relay = refused_or(read_relay_plaintext, plain, model)
    assert isinstance(relay, str) or relay_plaintext(*relay, model) == plain
    setting = refused_or(read_setting_plaintext, plain, model)
    assert isinstance(setting, str) or setting_plaintext(*setting, model) == plain
    clear = refused_or(read_clear_plaintext, plain)
    assert isinstance(clear, str) or clear_plaintext(*clear)[2:] == plain[2:]


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        ("1A002611220930", "plaintext_length"),
        ("1A0026112209301500", "plaintext_length"),
        ("1A00261122093A15", "not_bcd"),
        ("1B00261122093015", "plaintext_length"),
        ("1900261122093015", "plaintext_function"),
        ("", "plaintext_function"),
    ],
)
def test_a_bad_clear_plaintext_is_refused_with_its_reason(plain: str, reason: str) -> None:
    """Length, digits and function are each named."""
    with pytest.raises(RemoteProtocolError) as caught:
        read_clear_plaintext(bytes.fromhex(plain))
    assert caught.value.reason == reason


@given(st.from_regex(r"[0-9]{1,12}", fullmatch=True))
def test_a_dispersion_factor_is_the_meter_number(number: str) -> None:
    """0000 and twelve digits, eight bytes."""
    assert dispersion_factor(number).hex() == number.zfill(16)


@pytest.mark.parametrize("number", ["", "1234567890123", "12345A", "١٢"])
def test_no_number_has_no_dispersion_factor(number: str) -> None:
    """A factor is never made of anything but 1 to 12 decimal digits."""
    with pytest.raises(LocalProtocolError):
        dispersion_factor(number)


@given(st.data(), settings, models)
def test_a_setting_plaintext_reads_back(data: st.DataObject, di: DI, model: Profile) -> None:
    """What is sealed for a meter says the item and the same bytes, and turning twice changes nothing."""
    item = data.draw(fitting(di, model))
    plain = setting_plaintext(di, item, model)
    assert plain[:4] == int(di).to_bytes(4, "big")
    assert read_setting_plaintext(plain, model) == SettingOrder(di, item)
    assert wire_order(di, display_order(di, item, model), model) == item


def test_only_bytes_within_an_item_are_turned() -> None:
    """Prices and steps stay in their order 1..n, each most significant byte first."""
    assert display_order(PRICES, bytes.fromhex("0050000000600000")).hex() == "0000500000006000"
    assert setting_plaintext(TRIP_DELAY, write_payload(TRIP_DELAY, Decimal(30))).hex() == "040014010030"
    turned = display_order(STEPS, bytes(range(64)))
    assert turned[:4] == bytes((3, 2, 1, 0))
    assert turned[-3:] == bytes((63, 62, 61))


def test_an_item_nobody_knows_is_one_field() -> None:
    """Vendors' settings without a row are turned as a whole."""
    assert setting_plaintext(DI(0x04800199), b"\x01\x02\x03").hex() == "04800199030201"


def test_data_that_do_not_fit_are_whose_fault_they_are() -> None:
    """Ours before they are sealed, the peer's after."""
    with pytest.raises(LocalProtocolError, match="04001401"):
        setting_plaintext(TRIP_DELAY, b"\x30")
    with pytest.raises(RemoteProtocolError, match="payload_length"):
        read_setting_plaintext(bytes.fromhex("0400140130"))


@given(st.binary(min_size=1, max_size=80), macs)
def test_a_maced_payload_unpacks(data: bytes, mac: bytes) -> None:
    """Level 99H: the item as it is, the MAC turned on its own."""
    payload = pack_maced(data, mac)
    assert payload == data + mac[::-1]
    assert unpack_maced(payload) == Maced(data, mac)
    assert all(read_setting(level, payload) == Maced(data, mac) for level in MACED_LEVELS)


@given(st.integers(1, 6).flatmap(lambda blocks: st.binary(min_size=16 * blocks, max_size=16 * blocks)), macs)
def test_a_sealed_payload_unpacks(ciphertext: bytes, mac: bytes) -> None:
    """Level 98H: the ciphertext turned as one unit, the MAC turned on its own and behind it."""
    payload = pack_sealed(ciphertext, mac)
    assert payload == ciphertext[::-1] + mac[::-1]
    assert unpack_sealed(payload) == SealedSetting(ciphertext, mac)
    assert all(read_setting(level, payload) == SealedSetting(ciphertext, mac) for level in SEALED_LEVELS)


@pytest.mark.parametrize("length", range(60))
def test_the_payload_of_a_setting_has_its_length(length: int) -> None:
    """Data and a MAC, or whole blocks and a MAC; under a password's level the payload is the item."""
    payload = bytes(range(length))
    for level in SEALED_LEVELS:
        sealed = refused_or(read_setting, level, payload)
        assert isinstance(sealed, SealedSetting) if length in {20, 36, 52} else sealed == "sealed_length"
    for level in MACED_LEVELS:
        maced = refused_or(read_setting, level, payload)
        assert isinstance(maced, Maced) if length > len(MAC) else maced == "maced_length"
    for level in range(10):
        assert read_setting(level, payload) == payload


def test_parts_of_a_wrong_size_are_our_own_error() -> None:
    """A MAC has four bytes, a ciphertext whole blocks."""
    with pytest.raises(LocalProtocolError, match="MAC"):
        pack_maced(b"\x01", MAC[:3])
    with pytest.raises(LocalProtocolError, match="ciphertext"):
        pack_sealed(bytes(15), MAC)
    with pytest.raises(LocalProtocolError, match="ciphertext"):
        pack_sealed(b"", MAC)


def test_the_level_follows_from_the_access_of_the_item() -> None:
    """RW99 is class 1, RW98 class 2, RW a password's; what is only read cannot be set."""
    classes = {
        0x04001001: (ParameterClass.ESAM, 0x99),
        0x04001401: (ParameterClass.SEALED, 0x98),
        0x04000101: (ParameterClass.PASSWORD, None),
    }
    assert {di: (parameter_class(DI(di)), parameter_class(DI(di)).level) for di in classes} == classes
    with pytest.raises(LocalProtocolError, match="cannot be set"):
        parameter_class(DI(0x00010000))


@pytest.mark.parametrize(
    ("di", "length", "state_grid", "south_grid"),
    [
        (0x04000108, 5, "04D6820A09", "04D6810A09"),
        (0x04001001, 4, "04D6821008", "04D6811008"),
        (0x04001002, 4, "04D6821408", "04D6811408"),
        (0x04000306, 3, "04D6821807", "04D6811807"),
        (0x04000307, 3, "04D6821B07", "04D6811B07"),
        (0x04000402, 6, "04D6821E0A", "04D6811E0A"),
        (0x0400040E, 6, "04D682240A", "04D681240A"),
        (0x070001FF, 2, "04D6822B06", "04D6812B06"),
        (0x040501FF, 16, "04D6830414", "04D6830414"),
        (0x040604FF, 64, "04D6838444", "04D6838444"),
        (0x040606FF, 64, "04D6833444", "04D6833444"),
        (0x040607FF, 64, "04D6837A44", "04D6837A44"),
        (0x040502FF, 16, "04D6840414", "04D6840414"),
        (0x040605FF, 64, "04D6848444", "04D6848444"),
        (0x04060AFF, 64, "04D6843444", "04D6843444"),
        (0x04060BFF, 64, "04D6847A44", "04D6847A44"),
        (0x04000109, 5, "04D684C409", "04D684C009"),
    ],
)
def test_class_1_settings_have_their_places_in_the_chip(di: int, length: int, state_grid: str, south_grid: str) -> None:
    """File and offset are those of the grid's chip, LC counts the data and a MAC."""
    assert header(DI(di), length) == state_grid
    assert header(DI(di), length, profile("south-grid")) == south_grid


@pytest.mark.parametrize(
    ("di", "files"),
    [
        (0x04001401, ("89", "88")),
        (0x04010001, ("90", "89")),
        (0x04020001, ("91", "90")),
        (0x04030001, ("92", "91")),
        (0x04040101, ("93", "92")),
        (0x04800001, ("92", "91")),
    ],
)
def test_sealed_settings_have_the_file_of_their_second_byte(di: int, files: tuple[str, str]) -> None:
    """DI2 modulo 5 picks the file, at level 96H the one before."""
    assert header(DI(di), 2) == f"04D6{files[0]}0014"
    assert header(DI(di), 2, level=0x96) == f"04D6{files[1]}0014"


@given(st.integers(0, 200))
def test_lc_of_a_sealed_setting_counts_what_the_chip_gets(length: int) -> None:
    """One byte of length, identifier and data in blocks of 16, and the MAC."""
    blocks = -(-(1 + 4 + length) // 16)
    assert apdu_header(TRIP_DELAY, length)[4] == 16 * blocks + 4


def test_a_setting_without_a_header_is_our_own_error() -> None:
    """A single price has no place of its own, and one command takes no more than LC can count."""
    with pytest.raises(LocalProtocolError, match="04050101"):
        header(DI(0x04050101), 4)
    with pytest.raises(LocalProtocolError, match="256"):
        header(PRICES, 252)
    with pytest.raises(LocalProtocolError, match="level"):
        header(TRIP_DELAY, 2, level=0x02)


def test_a_class_1_setting_on_the_wire() -> None:
    """DI, 99 with password, operator, the item lowest byte first, the MAC turned on its own."""
    request = WriteRequest(
        DI(0x04001001), Password(0x99), Operator("12345678"), pack_maced(bytes.fromhex("00500000"), MAC)
    )
    data = build_message(Address.meter("123456789012"), request).data
    assert data.hex().upper() == "01100004" + "99000000" + "78563412" + "00500000" + "A4A3A2A1"
